"""All alarms by name, in the order in which people see them, and the news of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bench.errors import Refused, did_you_mean
from bench.safeguard import Limit, Reaction
from bench.safety import alarm_news as news
from bench.safety.alarm import Alarm, AlarmState, urgency
from bench.safety.alarm_news import News
from bench.safety.suppression import may_be_bypassed, may_be_hidden


def has_alarm(limit: Limit) -> bool:
    """Return whether somebody has to respond to a limit; what is only logged is an event."""
    return limit.reaction >= Reaction.WARN


class Register:
    """Alarms by the id of their limit."""

    def __init__(self, limits: Iterable[Limit]) -> None:
        self._alarms = {each.id: Alarm(each) for each in limits if has_alarm(each)}
        self._current = frozenset(self._alarms)
        self._listed: tuple[Alarm, ...] | None = ()
        self._news: list[News] = []

    @property
    def listed(self) -> tuple[Alarm, ...]:
        """All alarms there is something to tell of, the most urgent first."""
        if self._listed is None:
            found = (each for each in self._alarms.values() if each.is_listed)
            self._listed = tuple(sorted(found, key=urgency))
        return self._listed

    def find(self, name: str) -> Alarm | None:
        """Return the alarm of a limit; None where there is none."""
        return self._alarms.get(name)

    def named(self, name: str) -> Alarm:
        """Return the alarm of a limit.

        Raises:
            Refused: there is none.
        """
        found = self._alarms.get(name)
        if found is None:
            raise Refused("alarm.unknown", limit=name, hint=did_you_mean(name, self._alarms))
        return found

    def is_active(self, name: str) -> bool:
        """Return whether the alarm of a limit is there."""
        found = self._alarms.get(name)
        return found is not None and found.is_active

    def put(self, alarm: Alarm, *told: News) -> None:
        """Keep an alarm as it is now, and what is told of that."""
        if alarm.limit.id in self._current or alarm.life is not AlarmState.NORMAL:
            self._alarms[alarm.limit.id] = alarm
        else:
            del self._alarms[alarm.limit.id]
        self._listed = None
        self._news += told

    def tell(self, told: News) -> None:
        """Keep news that concern no single alarm."""
        self._news.append(told)

    def take_news(self) -> list[News]:
        """Return the news since the last call."""
        told, self._news = self._news, []
        return told

    def load(self, limits: Iterable[Limit]) -> None:
        """Go on with other limits; what is not normal of those that are gone is kept until it is.

        What may not be taken from a limit as it is now is given back to it.
        """
        wanted = {each.id: each for each in limits if has_alarm(each)}
        self._current = frozenset(wanted)
        for name in [name for name in self._alarms if name not in wanted]:
            self._retire(self._alarms[name])
        for name, limit in wanted.items():
            known = self._alarms.get(name)
            self.put(Alarm(limit) if known is None else replace(known, limit=limit))
            self._give_back(self._alarms[name])

    def expire(self, now: int) -> None:
        """End what was taken from alarms for a time that is up."""
        if not self.listed:
            return
        for alarm in self.listed:
            if alarm.shelving is not None and alarm.shelving.is_over(now):
                self.put(replace(alarm, shelving=None), news.unshelved(alarm.limit, ""))
        for alarm in self.listed:
            if alarm.bypass is not None and alarm.bypass.is_over(now):
                self.put(replace(alarm, bypass=None), news.bypass_over(alarm.limit, ""))

    def _retire(self, alarm: Alarm) -> None:
        bare = replace(alarm, shelving=None, maintenance=None, bypass=None)
        if bare.is_active:
            self.put(bare.gone(), news.removed(bare.limit))
        else:
            self.put(bare)

    def _give_back(self, alarm: Alarm) -> None:
        limit = alarm.limit
        if not may_be_hidden(limit) and (alarm.shelving or alarm.maintenance):
            alarm = replace(alarm, shelving=None, maintenance=None)
            self.put(alarm, news.in_service(limit, ""))
        if not may_be_bypassed(limit) and alarm.bypass:
            self.put(replace(alarm, bypass=None), news.bypass_over(limit, ""))
