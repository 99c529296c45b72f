"""What goes out to one address: nothing twice, a flood as one digest, retries with back-off."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.clock import SECOND
from bench.messages import Message
from bench.notices.notice import URGENT, Notice, Topic
from bench.notices.outbox import (
    FIRST_RETRY,
    LONGEST_RETRY,
    MOST_SINGLE,
    MOST_WAITING,
    QUIET,
    TOO_OLD,
    Outbox,
)
from bench.notices.settings import Subscription
from bench.safeguard import Priority


def notice(key="alarm:oil-hot", topic=Topic.ALARM, priority=Priority.HIGH):
    subject = Message("notice.alarm", {"limit": key, "reaction": "warn"})
    line = Message("notice.value", {"said": "393 K"})
    return Notice(topic, key, subject, (line,), 0, priority)


def outbox(**more):
    return Outbox(Subscription("phone", "json://127.0.0.1", **more), "cell-3")


def emptied(box, now):
    """Deliver all that is due; return it."""
    found = []
    while (letter := box.due(now)) is not None:
        box.sent(letter)
        found.append(letter)
    return found


def test_the_same_thing_goes_out_once_in_ten_minutes_and_then_with_its_number():
    box = outbox()
    for second in range(10):
        box.take(notice(), second * SECOND)
    assert len(emptied(box, 10 * SECOND)) == 1
    assert emptied(box, QUIET - 1) == []
    assert box.next_due(10 * SECOND) == QUIET
    (again,) = emptied(box, QUIET)
    assert again.repeats == 8  # ten came: one was told, this one, and eight beside
    assert "8" in again.body("en")


def test_a_flood_becomes_one_digest():
    box = outbox()
    for number in range(40):
        box.take(notice(f"alarm:a{number}"), number * SECOND)
    assert len(emptied(box, 40 * SECOND)) == MOST_SINGLE
    (digest,) = emptied(box, 120 * SECOND)
    assert len(digest.notices) == 35
    assert "35" in digest.title("en")
    assert digest.title("en").startswith("[cell-3]")
    for number in range(40, 80):
        box.take(notice(f"alarm:a{number}"), 130 * SECOND)
    assert emptied(box, 130 * SECOND) == []
    assert len(emptied(box, 130 * SECOND + QUIET)) == 1


@pytest.mark.parametrize("topic", sorted(URGENT, key=str))
def test_a_trip_or_a_stop_never_waits_for_a_digest(topic):
    box = outbox()
    for number in range(40):
        box.take(notice(f"alarm:a{number}"), 0)
    emptied(box, 0)
    box.take(notice("trip", topic), SECOND)
    (letter,) = emptied(box, SECOND)
    assert letter.notices[0].topic is topic


def test_what_fails_is_tried_again_ever_more_rarely_and_given_up_after_a_day():
    box, now, pauses = outbox(), 0, []
    box.take(notice(), 0)
    while (letter := box.due(now)) is not None:
        box.failed(letter, now)
        due = box.next_due(now)
        if box.given_up:
            break
        pauses.append(due - now)
        assert box.due(due - 1) is None
        now = due
    assert pauses[:3] == [FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY]
    assert max(pauses) == LONGEST_RETRY
    assert TOO_OLD <= now <= TOO_OLD + LONGEST_RETRY
    assert box.given_up == 1
    assert box.due(now + TOO_OLD) is None


def test_once_it_works_again_nothing_waits_for_the_pause():
    box = outbox()
    box.take(notice("alarm:a"), 0)
    box.take(notice("alarm:b"), 0)
    box.failed(box.due(0), 0)
    assert box.due(1) is None
    assert box.sent(box.due(FIRST_RETRY)) == 1
    assert box.due(FIRST_RETRY) is not None


def test_only_what_an_address_wants_is_taken():
    box = outbox(topics=frozenset({Topic.ALARM, Topic.TRIP}), at_least=Priority.HIGH)
    box.take(notice("alarm:low", priority=Priority.LOW), 0)
    box.take(notice("alarm:medium", priority=Priority.MEDIUM), 0)
    box.take(notice("end", Topic.END), 0)
    assert box.due(0) is None
    box.take(notice("trip", Topic.TRIP, Priority.LOW), 0)
    assert box.due(0) is not None


def test_at_the_end_nothing_waits():
    box = outbox()
    for number in range(20):
        box.take(notice(f"alarm:a{number}"), 0)
    emptied(box, 0)
    letter = box.due(1, is_last=True)
    assert len(letter.notices) == 20 - MOST_SINGLE


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 400 * SECOND), st.integers(0, 30), st.sampled_from(list(Topic)),
            st.booleans(),
        ),
        max_size=150,
    )
)  # fmt: skip
def test_whatever_happens_no_more_waits_than_may_and_nothing_goes_out_twice_too_soon(steps):
    box, now, single = outbox(), 0, {}
    for pause, number, topic, works in steps:
        now += pause
        box.take(notice(f"{topic.value}:{number}", topic), now)
        letter = box.due(now)
        assert len(box._waiting) <= MOST_WAITING
        if letter is None:
            continue
        if not works:
            box.failed(letter, now)
            continue
        box.sent(letter)
        if len(letter.notices) > 1 or letter.omitted:
            assert not letter.is_urgent
            continue
        key = letter.notices[0].key
        assert letter.made_ns - single.get(key, -QUIET) >= QUIET
        single[key] = letter.made_ns


def test_what_is_most_urgent_goes_out_first():
    box = outbox(at_least=Priority.LOW)
    box.take(notice("alarm:low", priority=Priority.LOW), 0)
    box.take(notice("alarm:high", priority=Priority.HIGH), 1)
    box.take(notice("trip", Topic.TRIP), 2)
    assert [each.notices[0].key for each in emptied(box, 3)] == ["trip", "alarm:high", "alarm:low"]
