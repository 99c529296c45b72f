"""The alarms of a bench: what came, who has seen it, what is out of sight (ISA-18.2).

Every limit from *warn* upwards has an alarm; *log* is an event. Alarms never change a reaction:
silence is not acknowledgement, shelving is not bypassing. Time is given; nothing here waits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bench.errors import Refused
from bench.model import BenchModel
from bench.safeguard import Limit
from bench.safety import alarm_news as news
from bench.safety.alarm import Alarm, AlarmState, Suppression
from bench.safety.alarm_news import News
from bench.safety.conditions import conditions_of, watched_channel
from bench.safety.flood import Flood, FloodMeter
from bench.safety.horn import Horn, is_beacon_for
from bench.safety.incidents import Incidents, IncidentWindow
from bench.safety.limits import Change
from bench.safety.register import Register, has_alarm
from bench.safety.suppression import (
    LONGEST,
    maintenance,
    refuse_bypass,
    refuse_hiding,
    suppression,
)

__all__ = [
    "LONGEST",
    "Alarm",
    "AlarmBook",
    "AlarmState",
    "Flood",
    "IncidentWindow",
    "News",
    "Suppression",
    "has_alarm",
    "value_shown",
]


def value_shown(model: BenchModel, limit: Limit, value: float) -> str:
    """Return what a limit's first channel came to: ``engine.speed = 2411 rpm``; empty: unknown."""
    name = watched_channel(conditions_of(limit)[0])
    measure = model.unit_of(name)
    return "" if measure is None or math.isnan(value) else f"{name} = {measure.shown(value)}"


def _unknown(limit: Limit, value: float) -> str:
    del limit, value
    return ""


class AlarmBook:
    """The alarms of all limits of a bench and its programme."""

    def __init__(
        self, limits: Iterable[Limit], shown: Callable[[Limit, float], str] = _unknown
    ) -> None:
        """Begin with every alarm normal.

        Args:
            limits: All limits; those that only log have no alarm.
            shown: Text of what a limit's first channel came to (SI), for the news.
        """
        self._register = Register(limits)
        self._shown = shown
        self._now = 0
        self._horn = Horn()
        self._flood = FloodMeter()
        self._incidents = Incidents()

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """All that are not normal, or bypassed: the most urgent first."""
        return self._register.listed

    @property
    def is_horn_on(self) -> bool:
        """Whether the horn sounds."""
        alarms = self._register.listed
        return bool(alarms) and any(self._horn.sounds_for(each, self._now) for each in alarms)

    @property
    def is_beacon_on(self) -> bool:
        """Whether the beacon is lit."""
        return any(map(is_beacon_for, self._register.listed))

    @property
    def bypassed(self) -> frozenset[str]:
        """Limits whose reaction is taken from them."""
        return frozenset(alarm.limit.id for alarm in self.alarms if alarm.is_bypassed)

    @property
    def first_out(self) -> str:
        """First alarm of the newest incident, open or not; empty: there was none."""
        return self._incidents.first_out

    @property
    def incident(self) -> IncidentWindow | None:
        """The incident that others still join; its end is as far as is known."""
        return self._incidents.open

    @property
    def flood(self) -> Flood:
        """How many alarms the people at the bench are given."""
        return self._flood.figures

    def load(self, limits: Iterable[Limit]) -> None:
        """Go on with other limits; what is not normal of those that are gone is kept until it is.

        What may not be taken from a limit as it is now is given back to it.
        """
        self._register.load(limits)

    def take(self, changes: Sequence[Change], now: int, utc: int) -> None:
        """Take what changed with a row.

        Args:
            changes: What the limits tell.
            now: Monotonic time of the row, ns.
            utc: The same since 1970-01-01T00:00:00Z, ns.
        """
        self.tick(now, utc)
        # steps of a loop may share an id: what is over ends before the next of that id begins
        for change in sorted(changes, key=lambda change: change.is_active):
            before = self._register.find(change.limit.id)
            if before is None or before.is_active is change.is_active:
                continue
            if not change.is_active:
                _go(self._register, before)
                continue
            alarm = before.come(change.value, now, utc)
            alarm = replace(alarm, limit=change.limit)
            alarm = replace(alarm, is_first=self._incidents.take(alarm, now))
            self._horn.sound(alarm.limit.id)
            self._flood.take(alarm, now)
            value = self._shown(alarm.limit, change.value)
            self._register.put(alarm, news.came(alarm, change, value))

    def tick(self, now: int, utc: int) -> None:
        """Let time pass: shelving and bypasses end, an incident closes, a flood ebbs away."""
        del utc  # what ends was given its end in both times
        self._now = now
        self._register.expire(now)
        self._incidents.tick(now, self._register.is_active)
        if self._flood.tick(now):
            self._register.tell(news.flood(self._flood.figures))

    def acknowledge(self, alarm: str, who: str) -> None:
        """Say that an alarm was seen and is being dealt with.

        Args:
            alarm: Limit; empty: all that are in sight.
            who: Name.

        Raises:
            Refused: there is nothing to acknowledge.
        """
        if alarm:
            chosen = [self._register.named(alarm)]
        else:
            chosen = [each for each in self.alarms if each.is_unacknowledged]
        waiting = [each for each in chosen if each.seen(who) is not each]
        if not waiting:
            raise Refused("alarm.nothing-to-acknowledge")
        for each in waiting:
            self._register.put(each.seen(who), news.acknowledged(each.limit, who))

    def silence(self, who: str) -> None:
        """Stop the horn; nothing is acknowledged by it."""
        self._horn.silence(self.alarms, self._now)
        self._register.tell(news.silenced(who))

    def reset(self, alarm: str, who: str) -> None:
        """Let go a latched alarm whose cause is gone; it still waits to be acknowledged.

        Raises:
            Refused: it is still there, or not latched.
        """
        found = self._register.named(alarm)
        if found.is_active:
            raise Refused("alarm.still-there", limit=alarm, text=found.limit.text)
        if found.let_go() is found:
            raise Refused("alarm.not-latched", limit=alarm)
        self._register.put(found.let_go(), news.was_reset(found.limit, who))

    def shelve(
        self, alarm: str, seconds: float | None, reason: str, who: str, *, now: int, utc: int
    ) -> None:
        """Take an alarm out of sight for a time; it goes on being judged and recorded.

        Args:
            alarm: Limit.
            seconds: For how long, s, 8 h at most; None: until it has gone once, 8 h at most.
            reason: Why.
            who: Name.
            now: Monotonic, ns.
            utc: Since 1970-01-01T00:00:00Z, ns.

        Raises:
            Refused: it guards people or the test object, or time, reason or name are missing.
        """
        found = self._register.named(alarm)
        refuse_hiding(found.limit)
        shelving = suppression(seconds, reason, who, now, utc)
        told = news.shelved(found.limit, shelving, now)
        self._register.put(replace(found, shelving=shelving), told)

    def unshelve(self, alarm: str, who: str) -> None:
        """Bring a shelved alarm back.

        Raises:
            Refused: it is not shelved.
        """
        found = self._register.named(alarm)
        if found.shelving is None:
            raise Refused("alarm.not-shelved", limit=alarm)
        self._horn.sound(alarm)
        self._register.put(replace(found, shelving=None), news.unshelved(found.limit, who))

    def put_out_of_service(self, alarm: str, reason: str, who: str, *, is_out: bool = True) -> None:
        """Take an alarm out of service for maintenance, or bring it back.

        Raises:
            Refused: it guards people or the test object, reason or name are missing, or it is to
                be brought back and is not out.
        """
        found = self._register.named(alarm)
        if is_out:
            refuse_hiding(found.limit)
            why = maintenance(reason, who)
            told = news.out_of_service(found.limit, why)
            self._register.put(replace(found, maintenance=why), told)
            return
        if found.maintenance is None:
            raise Refused("alarm.not-out-of-service", limit=alarm)
        self._horn.sound(alarm)
        self._register.put(replace(found, maintenance=None), news.in_service(found.limit, who))

    def bypass(
        self, limit: str, seconds: float, reason: str, who: str, *, now: int, utc: int
    ) -> None:
        """Take the reaction from a limit for a time, 8 h at most; 0 s ends that.

        Raises:
            Refused: it guards people, the test object or the facility, nothing follows from it
                anyway, or time, reason or name are missing.
        """
        found = self._register.named(limit)
        if seconds:
            refuse_bypass(found.limit)
            bypass = suppression(seconds, reason, who, now, utc)
            told = news.bypassed(found.limit, bypass, now)
            self._register.put(replace(found, bypass=bypass), told)
            return
        if found.bypass is None:
            raise Refused("alarm.not-bypassed", limit=limit)
        self._register.put(replace(found, bypass=None), news.bypass_over(found.limit, who))

    def take_news(self) -> list[News]:
        """Return what happened since the last call, in its order."""
        return self._register.take_news()

    def take_incidents(self) -> list[IncidentWindow]:
        """Return the incidents that were closed since the last call."""
        return self._incidents.take_closed()


def _go(register: Register, alarm: Alarm) -> None:
    """Take an alarm whose limit holds again; it ends a shelving until it has gone once."""
    after = alarm.gone()
    told = [news.gone(alarm, after)]
    if alarm.shelving is not None and alarm.shelving.is_one_shot:
        after = replace(after, shelving=None)
        told.append(news.unshelved(alarm.limit, ""))
    register.put(after, *told)
