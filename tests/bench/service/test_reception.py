"""Whose request it is, whether it has a form, whether there is room: without any socket."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.clock import MILLISECOND, SECOND
from bench.messages import Message
from bench.service import wire
from bench.service.port import BenchState, Reply
from bench.service.reception import (
    MOST_PER_CLIENT,
    MOST_PER_SECOND,
    MOST_WAITING,
    Reception,
)
from bench.service.requests import Hold, Note, StopNow
from bench.service.sockets import Connection, Received

HERE = b"\0one"
DONE = Reply(is_accepted=True)


def note(sequence=1, request=None, *, sender=HERE, connection=7):
    request = request or Note("x")
    data = wire.encode_request(request, sequence=sequence, sender="mk")
    return Received(sender, connection, data)


def take(reception, received, now=0):
    reception.take(received, now)


def said(reception):
    """Answers since the last call: (to, sequence, why not)."""
    found = [(to, wire.decode_answer(data)) for to, data in reception.outgoing]
    reception.outgoing.clear()
    return [
        (to, each.sequence, each.reply.reason.id if each.reply.reason else "") for to, each in found
    ]


@pytest.fixture
def reception():
    reception = Reception()
    reception.note(Connection(7, is_open=True))
    return reception


def test_a_request_waits_for_the_scan_and_its_answer_goes_to_who_asked(reception):
    take(reception, note(5))
    (asked,) = reception.queue
    assert (asked.request, asked.sender.name) == (Note("x"), "mk")
    assert said(reception) == []
    asked.answer(DONE)
    reception.finish()
    assert said(reception) == [(HERE, 5, "")]


def test_who_begins_to_talk_hears_the_newest_state_and_its_own_name(reception):
    reception.state = BenchState(rig="cell")
    take(reception, note(1, wire.Hello()))
    answered = wire.decode_answer(reception.outgoing[0][1])
    assert answered.state == BenchState(rig="cell")
    assert {answered.client} == reception.clients
    assert not reception.queue


@pytest.mark.parametrize(("sequence", "reason"), [(5, "out-of-order"), (4, "out-of-order")])
def test_a_request_that_comes_twice_or_late_is_done_once(reception, sequence, reason):
    take(reception, note(5))
    take(reception, note(sequence))
    assert said(reception) == [(HERE, sequence, f"gate.{reason}")]
    assert len(reception.queue) == 1


@pytest.mark.parametrize("data", [None, b"", b"\x00", b"\xff" * 100, b"\x00" * 70_000])
def test_what_has_no_form_is_answered_counted_and_told_once(reception, data):
    for _ in range(100):
        take(reception, Received(HERE, 7, data))
    assert not reception.queue
    assert len(said(reception)) == 100
    assert reception.counts == Counter(malformed=100)
    (complaint,) = reception.complaints.due(0)
    assert complaint == Message("gate.complaint-malformed", {"client": "client-1", "count": 100})


def test_a_client_that_gives_itself_a_name_is_not_heard(reception):
    take(reception, note(sender=b"client-1"))
    assert not reception.queue
    assert said(reception) == [(b"client-1", -1, "gate.malformed")]


def test_one_client_has_its_share_of_the_queue_and_no_more(reception):
    for sequence in range(1000):
        take(reception, note(sequence))
    assert len(reception.queue) == MOST_PER_CLIENT
    assert reception.counts["busy"] == 1000 - MOST_PER_CLIENT
    take(reception, note(sender=b"\0two", connection=8))
    assert reception.queue[-1].sender.client == "client-2"


def test_all_clients_together_fill_the_queue_and_no_more(reception):
    for number in range(50):
        reception.note(Connection(100 + number, is_open=True))
        for sequence in range(10):
            take(reception, note(sequence, sender=b"\0%d" % number, connection=100 + number))
    assert len(reception.queue) == MOST_WAITING
    assert len(said(reception)) == 500 - MOST_WAITING


def test_a_stop_finds_room_in_a_full_queue_and_comes_first(reception):
    for sequence in range(100):
        take(reception, note(sequence))
    take(reception, note(100, StopNow()))
    assert reception.queue[0].request == StopNow()
    for sequence in range(101, 1000):
        take(reception, note(sequence, StopNow()))
    assert len(reception.queue) == 2 * MOST_PER_CLIENT


def test_room_is_free_again_once_a_request_is_answered(reception):
    for sequence in range(MOST_PER_CLIENT):
        take(reception, note(sequence))
    for asked in reception.queue:
        asked.answer(Reply(is_accepted=False, reason=Message("gate.busy")))
    reception.queue.clear()
    reception.finish()
    take(reception, note(100))
    assert len(reception.queue) == 1
    assert reception.counts == Counter(refused=MOST_PER_CLIENT)


def test_a_client_that_is_answered_at_once_is_held_to_a_rate(reception):
    for sequence in range(10_000):  # 1,000 a second
        take(reception, note(sequence), now=sequence * MILLISECOND)
        scan(reception, 1)
    assert reception.counts["accepted"] == pytest.approx(11 * MOST_PER_SECOND, abs=1)
    take(reception, note(10_000, StopNow()), now=10 * SECOND)
    assert reception.queue[0].request == StopNow()


def test_a_client_is_gone_when_its_connection_is(reception):
    take(reception, note())
    assert reception.clients == {"client-1"}
    reception.note(Connection(7, is_open=False))
    assert reception.clients == frozenset()
    reception.queue[0].answer(DONE)
    reception.finish()  # its answer goes nowhere, and nothing breaks


def test_what_a_client_asked_just_before_it_went_is_still_done(reception):
    reception.note(Connection(7, is_open=False))
    take(reception, note(1, StopNow()))
    assert reception.queue[0].request == StopNow()
    assert reception.clients == frozenset()


def test_a_socket_used_again_is_another_client(reception):
    take(reception, note(9))
    reception.note(Connection(7, is_open=False))
    reception.note(Connection(7, is_open=True))
    take(reception, note(1, sender=b"\0two"))
    assert [asked.sender.client for asked in reception.queue] == ["client-1", "client-2"]
    assert reception.clients == {"client-2"}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(0, 5), st.integers(0, 40)),
        st.tuples(st.just("stop"), st.integers(0, 5), st.integers(0, 40)),
        st.tuples(st.just("junk"), st.integers(0, 5), st.binary(max_size=5)),
        st.tuples(st.just("open"), st.integers(0, 5), st.booleans()),
        st.tuples(st.just("scan"), st.integers(0, 30), st.none()),
    ),
    max_size=120,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_every_message_is_answered_once_and_no_queue_grows_without_end(steps):
    reception, sent, answered = Reception(), Counter(), Counter()
    for action, number, detail in steps:
        sender = b"\0%d" % number
        if action == "open":
            reception.note(Connection(number, is_open=detail))
        elif action == "scan":
            scan(reception, number)
        else:
            sent[sender] += 1
            kind = StopNow() if action == "stop" else Hold()
            data = (
                wire.encode_request(kind, sequence=detail, sender="")
                if action != "junk"
                else detail
            )
            take(reception, Received(sender, number, data))
        assert len(reception.queue) <= 2 * MOST_WAITING
        answered.update(to for to, _, _ in said(reception))
    scan(reception, len(reception.queue))
    answered.update(to for to, _, _ in said(reception))
    assert answered == sent
    assert reception.counts.total() == sent.total()


def scan(reception, most):
    for _ in range(min(most, len(reception.queue))):
        reception.queue.popleft().answer(DONE)
    reception.finish()
