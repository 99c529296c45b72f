"""What a running step sees and may do."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.control.demands import Demands
from bench.device import Instrument
from bench.errors import Refused
from bench.expression import Resolved
from bench.messages import Bilingual, Message
from bench.model import BenchModel
from bench.plan import Value
from bench.record.port import Point
from bench.safeguard import Limit
from bench.scan import Row


class RowValues(Mapping[str, float]):
    """The newest row by channel name, for expressions evaluated now and then."""

    def __init__(self, row: Row, index: Mapping[str, int]) -> None:
        self._row = row
        self._index = index

    def __getitem__(self, name: str) -> float:
        return float(self._row.values[self._index[name]])

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)


class Diary(Protocol):
    """Takes what happens in a sequence."""

    def note(self, level: str, source: str, message: Message) -> None:
        """Take an event."""
        ...

    def point(self, point: Point) -> None:
        """Take a measured window."""
        ...


class LimitSwitch(Protocol):
    """Switches the limits of a step on and off."""

    def __call__(self, limits: Sequence[Limit], *, is_on: bool) -> None:
        """Enable or disable limits."""
        ...


@dataclass
class Question:
    """Something asked of the operator."""

    text: Bilingual
    """What to do or confirm."""
    picture: Path | None = None
    """Picture beside it, absolute."""
    answer: bool | None = None
    """True: done; False: not possible; None: not answered yet."""


class Stage:
    """The bench as a step sees it."""

    def __init__(
        self,
        model: BenchModel,
        row: Row,
        demands: Demands,
        instruments: Mapping[str, Instrument],
        diary: Diary,
        *,
        wake: Callable[[str], None],
    ) -> None:
        self.model = model
        self.row = row
        self.demands = demands
        self.instruments = instruments
        self.diary = diary
        self.now = 0
        """Time of the scan, ns."""
        self.question: Question | None = None
        """What the operator is being asked."""
        self.means: dict[str, list[Mapping[str, float]]] = {}
        """Point name → mean of the channels in `kept` (SI) per measured window."""
        self.kept: dict[str, frozenset[str]] = {}
        """Point name → channels whose means a cycle of the plan depends on."""
        self.approaches: dict[str, int] = {}
        """Point name → how often it has been approached."""
        self.remarks: list[str] = []
        """What the next measured windows must say of themselves."""
        self.flagged: set[str] = set()
        """Limits that call for marking data invalid and are violated now."""
        self.limit_switch: LimitSwitch = _no_limits
        """Switches the limits of a step on and off."""
        self.count: Callable[[Mapping[str, float]], None] = _count_nothing
        """Takes what finished passes and cycles add to counters, SI."""
        self._values = RowValues(row, model.index)
        self._wake = wake
        self._links = {each.name: each.link for each in model.connections}

    def value(self, value: Value) -> float:
        """Return a planned value as it is now, SI.

        Raises:
            Refused: it depends on a value that is not OK.
        """
        if not isinstance(value, Resolved):
            return value
        unknown = self._unknown(value)
        if unknown:
            raise Refused("control.value-unknown", channels=", ".join(unknown))
        return value.evaluate(self._values)

    def measured(self, demand: int) -> float:
        """Return what is measured of a demand (index), within its range, SI; nan: not known."""
        point = self.demands.points[demand]
        channel = self.model.index.get(point.name)
        if channel is None or self.row.quality[channel]:
            return math.nan
        return min(max(float(self.row.values[channel]), point.range.low), point.range.high)

    def is_known(self, value: Value) -> bool:
        """Return whether all that a planned value depends on is OK."""
        return not isinstance(value, Resolved) or not self._unknown(value)

    def holds(self, condition: Resolved) -> bool:
        """Return whether a condition holds on values that are all OK."""
        return not self._unknown(condition) and condition.evaluate(self._values) > 0.5

    def _unknown(self, expression: Resolved) -> list[str]:
        quality, index = self.row.quality, self.model.index
        if not any(quality[index[name]] for name in expression.names):  # 0: OK
            return []
        return [name for name in sorted(expression.names) if quality[index[name]]]

    def start(self, instrument: str, action: str) -> None:
        """Begin an action of an instrument."""
        self.instruments[instrument].start(action)
        self._wake(self._links[instrument])

    def note(self, level: str, source: str, message_id: str, **arguments: object) -> None:
        """Write an event."""
        self.diary.note(level, source, Message(message_id, arguments))


def _no_limits(limits: Sequence[Limit], *, is_on: bool) -> None:
    """Switch nothing: no table of limits is attached."""
    del limits, is_on


def _count_nothing(amounts: Mapping[str, float]) -> None:
    """Count nothing: no counters are attached."""
    del amounts


@dataclass
class Means:
    """Running means of some channels over what is new and OK."""

    channels: Mapping[str, int]
    """Channel → its column in the row."""
    sums: list[float]
    """Sums, SI."""
    counts: list[int]
    """How many."""

    @staticmethod
    def of(names: Collection[str], index: Mapping[str, int]) -> Means:
        """Return empty means of those of the channels that the bench has."""
        channels = {name: column for name, column in index.items() if name in names}
        return Means(channels, [0.0] * len(channels), [0] * len(channels))

    def add(self, row: Row) -> None:
        """Take one row."""
        for i, column in enumerate(self.channels.values()):
            if row.news[column] and not row.marks[column]:
                self.sums[i] += row.cells[column]
                self.counts[i] += 1

    def result(self) -> dict[str, float]:
        """Return name → mean of the channels that had a value."""
        found = zip(self.channels, self.sums, self.counts, strict=True)
        return {name: total / count for name, total, count in found if count}
