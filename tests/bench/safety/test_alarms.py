"""Horn, beacon, first-out, shelving and flood, one sentence each."""

from dataclasses import replace

import pytest

from bench.clock import SECOND
from bench.errors import Refused
from bench.safeguard import Priority, Reaction, Scope
from bench.safety.alarms import AlarmBook, AlarmState, value_shown
from bench.safety.limits import Change
from tests.bench.small_bench import limit, model_of

WARN = replace(limit("warn", "x.a > 1", Reaction.WARN), scope=Scope.OBJECT)
HOLD = replace(
    limit("hold", "x.a > 2", Reaction.HOLD), scope=Scope.OBJECT, priority=Priority.MEDIUM
)
STOP = replace(limit("stop", "x.a > 3"), priority=Priority.HIGH)
LATCHED = replace(WARN, id="latched", is_latched=True)


class Desk:
    """Somebody at an alarm book, with a watch."""

    def __init__(self, *limits):
        self.book = AlarmBook(limits)
        self.now = 0

    def come(self, *limits, at=None):
        self._take(limits, at, is_active=True)

    def go(self, *limits, at=None):
        self._take(limits, at, is_active=False)

    def _take(self, limits, at, *, is_active):
        self.now = self.now if at is None else at * SECOND
        changes = [Change(each, is_active, by_quality=False, value=4.0) for each in limits]
        self.book.take(changes, self.now, self.now)

    def wait_until(self, seconds):
        self.now = round(seconds * SECOND)
        self.book.tick(self.now, self.now)

    def shelve(self, name, seconds):
        self.book.shelve(name, seconds, "noise", "ann", now=self.now, utc=self.now)

    @property
    def states(self):
        return {each.limit.id: each.state.value for each in self.book.alarms}

    def told(self):
        return [message.id for _, _, message in self.book.take_news()]


@pytest.mark.parametrize(("given", "again"), [(STOP, 30), (HOLD, 60)])
def test_the_horn_sounds_again_until_somebody_acknowledges(given, again):
    desk = Desk(given)
    desk.come(given)
    assert desk.book.is_horn_on
    desk.book.silence("ann")
    desk.wait_until(again - 0.1)
    assert not desk.book.is_horn_on
    desk.wait_until(again)
    assert desk.book.is_horn_on
    desk.book.acknowledge("", "ann")
    desk.wait_until(3 * again)
    assert not desk.book.is_horn_on
    assert desk.states == {given.id: "acknowledged"}


def test_a_low_alarm_is_not_heard_and_a_new_one_is_heard_at_once():
    desk = Desk(WARN, HOLD, STOP)
    desk.come(WARN)
    assert not desk.book.is_horn_on
    desk.come(HOLD)
    desk.book.silence("ann")
    desk.come(STOP)
    assert desk.book.is_horn_on


def test_the_beacon_stays_until_a_stop_is_normal():
    desk = Desk(HOLD, STOP)
    desk.come(HOLD)
    assert not desk.book.is_beacon_on
    desk.come(STOP)
    desk.book.acknowledge("", "ann")
    assert desk.book.is_beacon_on
    desk.go(STOP)
    assert not desk.book.is_beacon_on


def test_the_first_alarm_that_calls_for_more_than_a_hold_opens_an_incident():
    other = replace(STOP, id="other")
    desk = Desk(WARN, STOP, other)
    desk.come(WARN, at=1)
    assert desk.book.incident is None
    desk.come(STOP, at=100)
    desk.come(other, at=110)
    assert desk.book.first_out == "stop"
    assert [each.limit.id for each in desk.book.alarms if each.is_first] == ["stop"]
    desk.go(STOP, other, at=120)
    desk.wait_until(139)
    assert desk.book.take_incidents() == []
    desk.wait_until(140)
    (window,) = desk.book.take_incidents()
    assert (window.first_out, window.alarms) == ("stop", ("stop", "other"))
    assert (window.start_ns, window.at_ns, window.end_ns) == tuple(
        seconds * SECOND for seconds in (40, 100, 140)
    )
    assert desk.book.incident is None


def test_an_incident_that_does_not_end_is_closed_after_ten_minutes():
    desk = Desk(STOP)
    desk.come(STOP, at=1)
    desk.wait_until(600)
    assert desk.book.incident is not None
    desk.wait_until(601)
    assert desk.book.incident is None
    assert len(desk.book.take_incidents()) == 1


def test_shelving_ends_with_its_time_or_once_the_alarm_has_gone():
    desk = Desk(WARN, HOLD)
    desk.shelve("warn", 60.0)
    desk.shelve("hold", None)
    desk.come(WARN, HOLD, at=1)
    assert desk.states == {"warn": "shelved", "hold": "shelved"}
    assert not desk.book.is_horn_on
    assert desk.told() == ["alarm.shelved", "alarm.shelved-once", "alarm.came", "alarm.came"]
    desk.go(HOLD, at=2)
    assert desk.told() == ["alarm.returned", "alarm.shelving-over"]
    desk.wait_until(60)
    assert desk.states == {"warn": "active", "hold": "returned"}


def test_a_bypass_takes_the_reaction_and_leaves_the_alarm():
    desk = Desk(HOLD)
    desk.book.bypass("hold", 60.0, "trial", "ann", now=0, utc=0)
    assert desk.book.bypassed == {"hold"}
    assert desk.states == {"hold": "normal"}
    desk.come(HOLD, at=1)
    assert desk.book.is_horn_on
    assert desk.book.alarms[0].is_bypassed
    desk.wait_until(60)
    assert desk.book.bypassed == frozenset()


def test_a_latched_alarm_has_to_be_reset_and_acknowledged():
    desk = Desk(LATCHED)
    desk.come(LATCHED)
    with pytest.raises(Refused, match="still there"):
        desk.book.reset("latched", "ann")
    desk.go(LATCHED)
    desk.book.acknowledge("", "ann")
    assert desk.states == {"latched": "latched"}
    desk.book.reset("latched", "ann")
    assert desk.states == {}


def test_a_latched_alarm_that_nobody_has_seen_still_waits_after_its_reset():
    desk = Desk(LATCHED)
    desk.come(LATCHED)
    desk.go(LATCHED)
    desk.book.reset("latched", "ann")
    assert desk.states == {"latched": "returned"}


def test_an_alarm_that_comes_again_is_shown_once_with_its_count():
    desk = Desk(WARN)
    for _ in range(3):
        desk.come(WARN)
        desk.go(WARN)
    (found,) = desk.book.alarms
    assert (found.count, found.state) == (3, AlarmState.RETURNED)
    assert desk.told().count("alarm.came") == 3


def test_more_than_ten_alarms_in_ten_minutes_are_a_flood():
    limits = [replace(WARN, id=f"warn{n}") for n in range(11)]
    desk = Desk(*limits)
    desk.come(*limits[:10], at=1)
    desk.wait_until(2)
    assert not desk.book.flood.is_flood
    desk.come(limits[10], at=3)
    desk.wait_until(4)
    assert desk.book.flood.is_flood
    assert desk.book.flood.per_priority[Priority.LOW] == desk.book.flood.last_ten_minutes == 11
    assert desk.told().count("alarm.flood") == 1
    desk.wait_until(601)
    assert not desk.book.flood.is_flood
    assert desk.told() == ["alarm.flood-over"]


def test_other_limits_keep_what_is_not_normal_and_give_back_what_may_not_be_taken():
    desk = Desk(WARN, HOLD)
    desk.shelve("hold", 60.0)
    desk.come(WARN, HOLD)
    desk.told()
    desk.book.load([replace(HOLD, is_gas=True), STOP])
    assert desk.states == {"warn": "returned", "hold": "active"}
    assert desk.told() == ["alarm.removed", "alarm.given-back"]
    desk.book.acknowledge("warn", "ann")
    with pytest.raises(Refused):
        desk.book.acknowledge("warn", "ann")
    assert desk.states == {"hold": "active"}


def test_steps_of_a_loop_that_share_an_id_hand_their_alarm_on():
    later = replace(HOLD, text="x.a > 3")
    desk = Desk(HOLD)
    desk.come(HOLD)
    changes = [Change(later, is_active=True, by_quality=False)]
    changes.append(Change(HOLD, is_active=False, by_quality=False))
    desk.book.take(changes, SECOND, SECOND)
    (found,) = desk.book.alarms
    assert (found.state, found.limit.text, found.count) == (AlarmState.ACTIVE, "x.a > 3", 2)


def test_what_is_indicated_only_opens_no_incident():
    told = replace(STOP, is_indicated_only=True)
    desk = Desk(told)
    desk.come(told)
    assert desk.book.incident is None


def test_news_say_what_the_channel_came_to():
    model = model_of(("x.a",))
    book = AlarmBook([WARN], lambda limit, value: value_shown(model, limit, value))
    book.take([Change(WARN, is_active=True, by_quality=False, value=4.0)], 0, 0)
    ((level, source, message),) = book.take_news()
    assert (level, source) == ("warning", "warn")
    assert "x.a > 1 (x.a = 4.000)" in message.text()
