"""Statistics of a part in the file: row 0 tells of the whole part, then one row per ended step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.record.hdf5 import TEXT, Column, Group
from bench.record.hdf5 import storable_text as storable
from bench.record.numbers.statistics import Statistics

_MEASURES = {
    "count": np.int64, "bad": np.int64, "minimum": np.float64, "maximum": np.float64,
    "mean": np.float64, "deviation": np.float64,
}  # fmt: skip
_TEXTS = ("span", "path")
_TIMES = ("start_ns", "end_ns")
_SPANS = 64


@dataclass(frozen=True)
class Span:
    """What a row of statistics tells of."""

    step_id: str = ""
    """Stable id of the step; empty: the whole part."""
    path: str = ""
    """Where the step stands in the step tree."""
    start_ns: int = 0
    """When it began, monotonic; of the whole part: 0."""
    end_ns: int = 0
    """When it ended, monotonic; of the whole part: 0."""


@dataclass(frozen=True)
class StatisticsTable:
    """The statistics of one group, in the unit of each channel."""

    measures: Mapping[str, Column]
    """Field of `Statistics` → (span, channel)."""
    spans: Mapping[str, Column]
    """``span`` (step id), ``path``, ``start_ns``, ``end_ns``."""

    def __len__(self) -> int:
        return len(self.spans["span"])

    def write_whole(self, statistics: Statistics) -> None:
        """Write what is known of the whole part so far, in place of what was."""
        if not len(self):
            self.append(Span(), statistics)
            return
        for name, column in self.measures.items():
            column.write(0, _row(statistics, name))

    def append(self, span: Span, statistics: Statistics) -> None:
        """Add the statistics of a step that has ended; the whole part comes first.

        Raises:
            ValueError: row 0 is still missing.
        """
        if span.step_id and not len(self):
            raise ValueError(span)
        self.extend([(span, statistics)])

    def extend(self, told: Sequence[tuple[Span, Statistics]]) -> None:
        """Add the statistics of several spans at once, behind what is there."""
        if not told:
            return
        for name, column in self.measures.items():
            column.append(np.concatenate([_row(statistics, name) for _, statistics in told]))
        values = [
            (storable(span.step_id), storable(span.path), span.start_ns, span.end_ns)
            for span, _ in told
        ]
        for column, rows in zip(self.spans.values(), zip(*values, strict=True), strict=True):
            column.append(rows)

    def read_spans(self) -> tuple[Span, ...]:
        """Return what each row tells of."""
        columns = [self.spans[name].texts() for name in _TEXTS]
        times = [self.spans[name].read().tolist() for name in _TIMES]
        return tuple(Span(*row) for row in zip(*columns, *times, strict=True))

    def read(self, row: int) -> Statistics:
        """Return a row of statistics.

        Raises:
            IndexError: there is none.
        """
        if not 0 <= row < len(self):
            raise IndexError(row)
        found: dict[str, NDArray[np.generic]] = {
            name: column.read(row, row + 1)[0] for name, column in self.measures.items()
        }
        return Statistics(**found)  # pyright: ignore[reportArgumentType] - types as in _MEASURES


def create_statistics(parent: Group, name: str, channels: int) -> StatisticsTable:
    """Make the empty table of a group with so many channels."""
    group = parent.create(name, "NXcollection", {"rows": "0: the whole part; then ended steps"})
    width = max(channels, 1)
    measures = {
        measure: group.create_array(measure, kind, (0, channels), (1, width))
        for measure, kind in _MEASURES.items()
    }
    texts = {text: group.create_column(text, TEXT, _SPANS) for text in _TEXTS}
    times = {time: group.create_column(time, np.int64, _SPANS) for time in _TIMES}
    return StatisticsTable(measures, {**texts, **times})


def open_statistics(parent: Group, name: str) -> StatisticsTable:
    """Return the table of a group.

    Raises:
        KeyError: there is none, or a column is missing.
    """
    group = parent.group(name)
    measures = {measure: group.column(measure) for measure in _MEASURES}
    return StatisticsTable(measures, {each: group.column(each) for each in (*_TEXTS, *_TIMES)})


def _row(statistics: Statistics, name: str) -> NDArray[np.generic]:
    values: NDArray[np.generic] = getattr(statistics, name)
    return values[np.newaxis]
