"""Counts what a test object accumulates, scan by scan: hours, starts, energy, hydrogen, cycles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bench.clock import SECOND
from bench.expression import Resolved, compile_row
from bench.messages import Message
from bench.model import Counter, CounterKind
from bench.scan import Row


@dataclass
class _Watch:
    """A counter that looks at the row."""

    name: str
    kind: CounterKind
    channels: tuple[int, ...]
    """Indices in the row of what it depends on."""
    before: float = math.nan
    """Value of its expression at the last scan; nan: not known."""
    is_told: bool = False
    """Whether it has been said that it could not count."""

    def step(self, value: float, elapsed: float) -> float:
        """Take the value at a scan; return what it adds."""
        before, self.before = self.before, value
        if math.isnan(before):
            return 0.0
        if self.kind is CounterKind.TIME:  # it held until now
            return elapsed * before
        if self.kind is CounterKind.EDGES:
            return 1.0 if value > before else 0.0
        return elapsed * (before + value) / 2

    def lose(self) -> bool:
        """Learn that it cannot be known now; whether that is to be told."""
        is_news = not (self.is_told or math.isnan(self.before))
        self.is_told |= is_news
        if self.kind is not CounterKind.EDGES:  # on before and after a gap is no new start
            self.before = math.nan
        return is_news


class Counters:
    """The counters of one test object."""

    def __init__(
        self,
        counters: Sequence[Counter],
        index: Mapping[str, int],
        begin: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        """Go on from counts.

        Args:
            counters: What is counted.
            index: Channel name → index in the row.
            begin: Counter → count so far, SI; 0 for those that are not here, ignored for others.
        """
        self.values: dict[str, float] = {each.name: begin.get(each.name, 0.0) for each in counters}
        """Counter → count, SI."""
        watched = [(each, each.expression) for each in counters if each.expression is not None]
        names = sorted({name for _, expression in watched for name in expression.names})
        self._inputs = [index[name] for name in names]
        self._watches = [_watch(each, expression, index) for each, expression in watched]
        self._compute = compile_row(
            [(len(names) + i, expression) for i, (_, expression) in enumerate(watched)],
            {name: i for i, name in enumerate(names)}.__getitem__,
        )
        self._scratch = [math.nan] * (len(names) + len(watched))
        self._last: int | None = None
        self._seen, self._known = (False, b""), [False] * len(watched)
        self._news: list[tuple[str, str, Message]] = []

    def take(self, row: Row) -> None:
        """Count what one scan adds; what depends on a value that is not OK is not counted."""
        elapsed = 0.0 if self._last is None else (row.time - self._last) / SECOND
        self._last = row.time
        scratch, cells = self._scratch, row.cells
        for position, channel in enumerate(self._inputs):
            scratch[position] = cells[channel]
        self._compute(scratch)
        found = zip(self._watches, scratch[len(self._inputs) :], self._sound(row), strict=True)
        for watch, value, is_known in found:
            if is_known and value == value:  # noqa: PLR0124 - a number
                self.values[watch.name] += watch.step(value, elapsed)
            elif watch.lose():
                lost = Message("counter.unknown", {"counter": watch.name})
                self._news.append(("warning", watch.name, lost))

    def _sound(self, row: Row) -> Sequence[bool]:
        """Return of which counters all that they depend on is OK."""
        seen = row.all_ok, row.quality.tobytes()
        if seen != self._seen:  # qualities change rarely
            marks, is_ok = row.marks, row.all_ok
            self._seen = seen
            self._known = [is_ok or not any(marks[i] for i in x.channels) for x in self._watches]
        return self._known

    def add(self, amounts: Mapping[str, float]) -> None:
        """Add amounts (SI), as finished passes of a sequence do.

        Raises:
            KeyError: no such counter.
        """
        for name, amount in amounts.items():
            self.values[name] += amount

    def take_news(self) -> list[tuple[str, str, Message]]:
        """Return what is to be told since it was last asked: level, source, message."""
        news, self._news = self._news, []
        return news


def _watch(counter: Counter, expression: Resolved, index: Mapping[str, int]) -> _Watch:
    channels = tuple(index[name] for name in sorted(expression.names))
    return _Watch(counter.name, counter.kind, channels)
