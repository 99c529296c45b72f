"""What is told of limits: violated, not to be judged, holding again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.control.logbook import Logbook
from bench.messages import Message
from bench.safeguard import Limit, Reaction
from bench.safety.limits import Change, LimitTable
from bench.scan import Row


class LimitNews:
    """Tells what changes; limits that wait for their first values are no news to a person."""

    def __init__(
        self, limits: LimitTable, row: Row, index: Mapping[str, int], log: Logbook
    ) -> None:
        self.is_opening = True
        """Whether first values are still awaited: the links are being opened."""
        self._limits = limits
        self._row = row
        self._index = index
        self._log = log
        self._awaited: set[str] = set()

    def load(self, limits: LimitTable) -> None:
        """Tell of other limits from now on."""
        self._limits = limits

    @property
    def alarms(self) -> tuple[str, ...]:
        """Ids of the violated limits, the highest reaction first."""
        return tuple(limit.id for limit in self._limits.active() if not self._is_awaited(limit))

    def take(self, changes: Sequence[Change]) -> None:
        """Tell what changed with a row."""
        for change in changes:
            if not self._holds_back(change):
                self._tell(change)

    def end_opening(self) -> None:
        """Await nothing any more: what still has no value is told like what has lost it."""
        self.is_opening = False
        for limit in self._limits.active():
            if limit.id in self._awaited:
                self._awaited.discard(limit.id)
                self._tell(Change(limit, is_active=True, by_quality=self._is_lost(limit)))

    def _is_awaited(self, limit: Limit) -> bool:
        return self.is_opening and limit.id in self._awaited and self._is_lost(limit)

    def _is_lost(self, limit: Limit) -> bool:
        """Return whether a value it depends on is not OK."""
        return any(self._row.quality[self._index[name]] for name in limit.condition.names)

    def _holds_back(self, change: Change) -> bool:
        name = change.limit.id
        if change.is_active and change.by_quality and self.is_opening:
            self._awaited.add(name)
            return True
        is_awaited = name in self._awaited
        self._awaited.discard(name)
        return is_awaited and not change.is_active

    def _tell(self, change: Change) -> None:
        limit = change.limit
        arguments: dict[str, object] = {"limit": limit.id, "text": limit.text}
        if not change.is_active:
            self._log.note("info", limit.id, Message("control.limit-clear", arguments))
            return
        arguments |= {"reaction": limit.reaction.name.lower().replace("_", "-")}
        arguments |= {"beside": limit.beside, "advice": limit.advice}
        which = "control.limit-quality" if change.by_quality else "control.limit-violated"
        level = "error" if limit.reaction >= Reaction.HOLD else "warning"
        told = Message(which, arguments)
        self._log.note(level if limit.reaction > Reaction.LOG else "info", limit.id, told)
