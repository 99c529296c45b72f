"""One row per interval of an exact grid: means of what is measured, last values of the rest.

An interval begins at a row of the grid and ends before the next one. Where no group has a row in
it, it is left out; where only a channel has no good sample, that channel has no value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bench.channel import FRESH, Kind, Quality
from bench.errors import RunFileError
from bench.runs.export.group_table import ROWS, blocks_of
from bench.runs.export.selection import Selection
from bench.runs.export.table import Beside, Block, Cells, Heading
from bench.runs.group_rows import GroupRows
from bench.runs.part_group import Place
from bench.runs.samples import RunChannel

_SLAB_ROWS = 4 * ROWS
"""Rows of the densest group that are taken together."""
_SLAB_VALUES = 4 * 1024 * 1024
"""Values of the grid that are taken together."""
_NO_ROW = 2**63 - 1

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class GridTable:
    """Channels of any groups at common times."""

    def __init__(
        self, selection: Selection, every_ns: int, *, counts_samples: bool = False
    ) -> None:
        """Prepare.

        Args:
            selection: channels and time; the grid begins at its start.
            every_ns: width of an interval.
            counts_samples: whether each value gets the number of samples behind it beside it.

        Raises:
            RunFileError: a channel holds traces, which have no mean.
        """
        for channel in selection.channels:
            if channel.as_stored.width > 1:
                raise RunFileError("export.trace-on-grid", channel=channel.name)
        self._groups = tuple(each[0].rows for each in selection.groups.values())
        self._channels = selection.channels
        self._zero = selection.zero_ns
        self._origin = selection.zero_ns if selection.start_ns is None else selection.start_ns
        self._every = every_ns
        self._first = self._next_row(selection.start_ns)
        self._last = self._last_row(selection.end_ns)
        self._counts = counts_samples
        beside = Beside.SAMPLES if counts_samples else Beside.NOTHING
        self.name = "grid"
        """What the rows are."""
        self.headings = tuple(_heading(each, beside) for each in selection.channels)
        """The channels."""

    @property
    def work(self) -> int:
        """Number of intervals from the first row to the last."""
        if self._first > self._last:
            return 0
        return self._interval_of(self._last) - self._interval_of(self._first) + 1

    def blocks(self) -> Iterator[Block]:
        """Yield the intervals in which there are rows, in order."""
        together = self._intervals_together()
        begun = self._interval_of(self._first)
        time_ns = self._first
        while time_ns <= self._last:
            first = self._interval_of(time_ns)
            count = min(together, self._interval_of(self._last) - first + 1)
            yield self._block(first, count, first + count - begun)
            begun = first + count
            time_ns = self._next_row(self._begin(begun))

    def _block(self, first: int, count: int, work: int) -> Block:
        """Return the intervals from `first` on."""
        begin = max(self._begin(first), self._first)
        end = min(self._begin(first + count) - 1, self._last)
        has_rows = np.zeros(count, np.bool_)
        found: dict[str, Cells] = {}
        for rows in self._groups:
            slots = [
                _slots(piece, rows, self._begin(first), self._every)
                for piece in blocks_of(rows, rows.timeline.window(begin, end), 1)
            ]
            for each in slots:
                has_rows[each.places] = True
            for channel in self._channels:
                if channel.group == rows.name:
                    found[channel.name] = self._cells(channel, rows, slots, count)
        kept = np.flatnonzero(has_rows)
        times = (kept + first) * self._every + (self._origin - self._zero)
        cells = tuple(_taken(found[each.name], kept) for each in self._channels)
        return Block(times, cells, work)

    def _cells(
        self, channel: RunChannel, rows: GroupRows, slots: list[_Slots], count: int
    ) -> Cells:
        collect = _Last if _holds(channel) else _Mean
        collected = collect(channel, count)
        for each in slots:
            values = rows.values(channel.place, each.rows)
            collected.add(values, _good(rows, channel.place, each.rows, values), each)
        cells = collected.cells()
        return cells if self._counts else replace(cells, beside=None)

    def _intervals_together(self) -> int:
        """Return how many intervals are reckoned at once."""
        rows = max((len(each) for each in self._groups), default=0)
        per_interval = max(1, rows // max(1, self.work))
        by_rows = _SLAB_ROWS // per_interval
        by_values = _SLAB_VALUES // max(1, len(self._channels))
        return max(1, min(ROWS, by_rows, by_values))

    def _begin(self, interval: int) -> int:
        return self._origin + interval * self._every

    def _interval_of(self, time_ns: int) -> int:
        return (time_ns - self._origin) // self._every

    def _next_row(self, time_ns: int | None) -> int:
        """Return when the first row of any group is, from a time on; none: the end of all time."""
        timelines = [each.timeline for each in self._groups]
        starts = [(each, each.window(time_ns, None).start) for each in timelines]
        return min((each[row] for each, row in starts if row < len(each)), default=_NO_ROW)

    def _last_row(self, time_ns: int | None) -> int:
        """Return when the last row of any group is, up to a time; none: before all time."""
        timelines = [each.timeline for each in self._groups]
        ends = [(each, each.window(None, time_ns).stop) for each in timelines]
        return max((each[row - 1] for each, row in ends if row), default=-_NO_ROW)


class _Slots:
    """Which interval each of some rows lies in; rows of one interval are consecutive."""

    def __init__(self, rows: slice, intervals: Integers) -> None:
        self.rows = rows
        self.starts = np.flatnonzero(np.diff(intervals, prepend=intervals[0] - 1))
        """First row of each interval, within `rows`."""
        self.places = intervals[self.starts]
        """The intervals."""


def _slots(rows: slice, group: GroupRows, begin_ns: int, every_ns: int) -> _Slots:
    return _Slots(rows, (group.timeline.read(rows) - begin_ns) // every_ns)


class _Mean:
    """Means of the good samples, collected piece by piece."""

    def __init__(self, channel: RunChannel, count: int) -> None:
        self._dtype = _mean_dtype(channel)
        self._sums = np.zeros(count)
        self._counts = np.zeros(count, np.int64)

    def add(self, values: NDArray[np.generic], good: _Good, slots: _Slots) -> None:
        """Take the samples of some rows."""
        usable = good.is_ok & good.is_fresh
        with np.errstate(invalid="ignore"):  # infinities of both signs have no mean
            numbers = np.where(usable, values.astype(np.float64), 0.0)
            self._sums[slots.places] += np.add.reduceat(numbers, slots.starts)
        self._counts[slots.places] += np.add.reduceat(usable, slots.starts, dtype=np.int64)

    def cells(self) -> Cells:
        """Return the means."""
        with np.errstate(over="ignore"):  # a mean of numbers never leaves their range
            means = (self._sums / np.maximum(self._counts, 1)).astype(self._dtype)
        return Cells(means, (self._counts == 0) | np.isnan(means), self._counts)


class _Last:
    """Last OK values, fresh or still holding, collected piece by piece."""

    def __init__(self, channel: RunChannel, count: int) -> None:
        self._values = np.zeros(count, np.dtype(channel.as_stored.dtype))
        self._counts = np.zeros(count, np.int64)

    def add(self, values: NDArray[np.generic], good: _Good, slots: _Slots) -> None:
        """Take the samples of some rows."""
        at = np.where(good.is_ok, np.arange(len(values)), -1)
        last = np.maximum.reduceat(at, slots.starts)
        has_value = last >= 0
        self._values[slots.places[has_value]] = values[last[has_value]]
        self._counts[slots.places] += np.add.reduceat(good.is_ok, slots.starts, dtype=np.int64)

    def cells(self) -> Cells:
        """Return the values."""
        return Cells(self._values, self._counts == 0, self._counts)


class _Good:
    """Which samples may be used."""

    def __init__(self, is_ok: NDArray[np.bool_], is_fresh: NDArray[np.bool_]) -> None:
        self.is_ok = is_ok
        self.is_fresh = is_fresh


def _good(rows: GroupRows, place: Place, which: slice, values: NDArray[np.generic]) -> _Good:
    is_number = np.ones(len(values), np.bool_) if values.dtype.kind != "f" else ~np.isnan(values)
    if not rows.has_quality:
        return _Good(is_number, is_number)
    marks = rows.qualities(place, which)
    is_ok = ((marks & np.uint8(FRESH - 1)) == Quality.OK) & is_number
    return _Good(is_ok, (marks & np.uint8(FRESH)) != 0)


def _holds(channel: RunChannel) -> bool:
    """Return whether the last value stands for an interval: demands, and codes and counters."""
    stored = channel.as_stored
    is_word = np.dtype(stored.dtype).kind != "f" and (stored.scale, stored.offset) == (1.0, 0.0)
    return channel.channel.kind is Kind.DEMANDED or is_word


def _mean_dtype(channel: RunChannel) -> np.dtype[np.floating]:
    """Return the element type of means: no more digits than the samples have."""
    is_single = np.dtype(channel.as_stored.dtype) == np.float32
    return np.dtype(np.float32 if is_single else np.float64)


def _heading(channel: RunChannel, beside: Beside) -> Heading:
    stored = channel.as_stored
    dtype = np.dtype(stored.dtype) if _holds(channel) else _mean_dtype(channel)
    return Heading(channel.channel, dtype, stored.scale, stored.offset, beside=beside)


def _taken(cells: Cells, kept: Integers) -> Cells:
    missing = None if cells.missing is None else cells.missing[kept]
    beside = None if cells.beside is None else cells.beside[kept]
    return Cells(cells.values[kept], missing, beside)
