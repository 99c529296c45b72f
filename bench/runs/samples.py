"""Channels of a run, and windows of their values."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from bench.channel import FRESH, Channel, Quality, Range, Uncertainty
from bench.record.description import channel_from
from bench.record.hdf5 import Column, Group
from bench.runs.damage import damage_told
from bench.units import Unit


@dataclass(frozen=True)
class Samples:
    """Values of one channel in a window of time; all arrays have the same length."""

    times_ns: NDArray[np.int64]
    """Monotonic times, ns."""
    values: NDArray[np.float64]
    """Values, SI."""
    qualities: NDArray[np.uint8]
    """`Quality` codes, without the `FRESH` bit."""
    fresh: NDArray[np.bool_]
    """Where the value was new in its scan."""

    def __len__(self) -> int:
        return len(self.times_ns)

    def where(self, mask: NDArray[np.bool_]) -> Samples:
        """Return the samples a mask selects."""
        return Samples(
            self.times_ns[mask], self.values[mask], self.qualities[mask], self.fresh[mask]
        )


class Timeline:
    """The times of all rows; only the chunks looked at are read."""

    def __init__(self, column: Column, rows: int) -> None:
        self._column = column
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, row: int) -> int:
        return int(self._column.read(row, row + 1)[0])

    def window(self, start_ns: int | None, end_ns: int | None) -> slice:
        """Return the rows from `start_ns` to `end_ns`, both included (None: no bound)."""
        first = 0 if start_ns is None else bisect.bisect_left(self, start_ns)
        last = self._rows if end_ns is None else bisect.bisect_right(self, end_ns)
        return slice(first, max(first, last))

    def read(self, rows: slice) -> NDArray[np.int64]:
        """Return the times of rows, ns."""
        return self._column.read(rows.start, rows.stop)


class RunChannel:
    """One channel of a run."""

    def __init__(self, path: Path, timeline: Timeline, group: Group) -> None:
        self._path = path
        self._timeline = timeline
        with damage_told(path):
            self.channel: Channel = channel_from(group.attributes())
            """The channel as configured."""
            self._value = group.column("value")
            self._quality = group.column("quality")
            if min(len(self._value), len(self._quality)) < len(timeline):
                raise ValueError(self.channel.name)

    @property
    def name(self) -> str:
        """Dotted name."""
        return self.channel.name

    @property
    def unit(self) -> Unit:
        """Unit in which the file holds it."""
        return self.channel.unit

    @property
    def uncertainty(self) -> Uncertainty | None:
        """How well it is known; None: nothing is stated."""
        return self.channel.uncertainty

    @property
    def range(self) -> Range:
        """What it can show or take, SI."""
        return self.channel.range

    def values_si(self, start_ns: int | None = None, end_ns: int | None = None) -> Samples:
        """Return the samples from `start_ns` to `end_ns`, both included (None: no bound).

        Raises:
            RunFileError: the file is damaged there.
        """
        with damage_told(self._path):
            rows = self._timeline.window(start_ns, end_ns)
            values = self._value.read(rows.start, rows.stop) * self.unit.factor + self.unit.offset
            marks = cast("NDArray[np.uint8]", self._quality.read(rows.start, rows.stop))
            fresh = (marks & np.uint8(FRESH)) != 0
            return Samples(self._timeline.read(rows), values, marks & np.uint8(FRESH - 1), fresh)

    def good(self, start_ns: int | None = None, end_ns: int | None = None) -> Samples:
        """Return only the samples that are OK and new in their scan.

        Raises:
            RunFileError: the file is damaged there.
        """
        samples = self.values_si(start_ns, end_ns)
        return samples.where((samples.qualities == Quality.OK) & samples.fresh)
