"""What is told of limits, through their alarms; those that only log have none and are told here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.control.logbook import Logbook
from bench.messages import Message
from bench.record.port import Incident
from bench.safeguard import Limit, Reaction
from bench.safety.alarms import AlarmBook
from bench.safety.incidents import IncidentWindow
from bench.safety.limits import Change, LimitTable
from bench.scan import Row


class LimitNews:
    """Passes changes to the alarms; limits that wait for their first values are no news yet."""

    def __init__(
        self,
        alarms: AlarmBook,
        limits: LimitTable,
        row: Row,
        index: Mapping[str, int],
        log: Logbook,
    ) -> None:
        self.is_opening = True
        """Whether first values are still awaited: the links are being opened."""
        self._alarms = alarms
        self._limits = limits
        self._row = row
        self._index = index
        self._log = log
        self._awaited: dict[str, Change] = {}
        self._time = (0, 0)

    def load(self, limits: LimitTable) -> None:
        """Tell of other limits from now on."""
        self._limits = limits

    @property
    def alarms(self) -> tuple[str, ...]:
        """Ids of the violated limits, the highest reaction first."""
        return tuple(limit.id for limit in self._limits.active() if not self._is_awaited(limit))

    def take(self, changes: Sequence[Change], now: int, utc: int) -> None:
        """Tell what changed with a row at a time (ns), and what time has brought about."""
        self._time = now, utc
        if changes:
            told = [change for change in changes if not self._holds_back(change)]
            self._log_only(told)
            self._alarms.take(told, now, utc)
        else:
            self._alarms.tick(now, utc)
        self._pass_on()

    def end_opening(self) -> None:
        """Await nothing any more: what still has no value is told like what has lost it."""
        self.is_opening = False
        awaited, self._awaited = self._awaited, {}
        told = [
            Change(limit, is_active=True, by_quality=self._is_lost(limit), value=known.value)
            for limit in self._limits.active()
            if (known := awaited.get(limit.id)) is not None
        ]
        self._log_only(told)
        self._alarms.take(told, *self._time)
        self._pass_on()

    def close_incident(self) -> None:
        """Write down the incident that is still open: the run ends."""
        if self._alarms.incident is not None:
            self._incident(self._alarms.incident)

    def _pass_on(self) -> None:
        for news in self._alarms.take_news():
            self._log.note(*news)
        for window in self._alarms.take_incidents():
            self._incident(window)

    def _incident(self, window: IncidentWindow) -> None:
        self._log.incident(
            Incident(
                number=self._log.incidents + 1,
                first_out=window.first_out,
                alarms=window.alarms,
                reaction=_word(window.reaction),
                start_ns=window.start_ns,
                at_ns=window.at_ns,
                end_ns=min(window.end_ns, max(self._time[0], window.at_ns)),
            )
        )

    def _is_awaited(self, limit: Limit) -> bool:
        return self.is_opening and limit.id in self._awaited and self._is_lost(limit)

    def _is_lost(self, limit: Limit) -> bool:
        """Return whether a value it depends on is not OK."""
        return any(self._row.quality[self._index[name]] for name in limit.condition.names)

    def _holds_back(self, change: Change) -> bool:
        name = change.limit.id
        if change.is_active and change.by_quality and self.is_opening:
            self._awaited[name] = change
            return True
        is_awaited = self._awaited.pop(name, None) is not None
        return is_awaited and not change.is_active

    def _log_only(self, changes: Sequence[Change]) -> None:
        for change in changes:
            limit = change.limit
            if limit.reaction is not Reaction.LOG:
                continue
            which = "control.limit-clear"
            if change.is_active:
                which = "control.limit-violated"
            told = Message(which, {"limit": limit.id, "text": limit.text})
            self._log.note("info", limit.id, told)


def _word(reaction: Reaction) -> str:
    return reaction.name.lower().replace("_", "-")
