"""The rows of one group over all parts of a run and what is still in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bench.record.numbers.pyramid import factor_of, trace_envelope
from bench.record.sealing.axis import CueKind
from bench.runs.chunk_source import ChunkSource
from bench.runs.damage import Guard
from bench.runs.part_file import PartFile
from bench.runs.part_group import PartGroup, Place
from bench.runs.tail import TailRows
from bench.runs.tail_times import TailTimes
from bench.runs.timeline import Timeline, Times

Array = NDArray[Any]

_PIECE = 4 * 1024 * 1024
"""Elements read at once: between two pieces a commit may happen."""


@dataclass(frozen=True)
class Stretch:
    """Consecutive rows of a group in one part, those that are still in the log behind them."""

    part: PartFile
    """The part."""
    group: str
    """Name of the group."""
    start: int
    """Number of the first row in the run as it is read."""
    stored: int
    """Rows that are read from the file; it may hold more by now."""
    tail: TailRows | None = None
    """Rows behind them."""

    def __len__(self) -> int:
        return self.stored + (len(self.tail) if self.tail else 0)

    @property
    def columns(self) -> PartGroup:
        """The group in the part, as its last commit left it."""
        return self.part.group(self.group)


class PartTimes:
    """The times of the stored rows of a stretch."""

    def __init__(self, stretch: Stretch) -> None:
        self._stretch = stretch

    def __len__(self) -> int:
        return self._stretch.stored

    def read(self, first: int, last: int) -> Times:
        """Return the times of rows `first` up to before `last`, ns."""
        return self._stretch.columns.times.read(first, last)

    def rows_before(self, times: Times, within: int) -> Times:
        """Return how many rows are earlier than each time; as `StretchTimes`."""
        found = self._stretch.columns.times.rows_before(times, within)
        return np.minimum(found, len(self))


class GroupRows:
    """All rows of a group, numbered from 0; what is missing between two parts is left out."""

    def __init__(
        self,
        name: str,
        parts: Sequence[tuple[PartFile, int]],
        tail: TailRows | None,
        tail_times: TailTimes | None,
        guard: Guard,
    ) -> None:
        """Prepare.

        Args:
            name: of the group.
            parts: the parts, and how many rows each holds.
            tail: rows behind those of the last part.
            tail_times: their times.
            guard: runs each read.
        """
        self.name = name
        """Name of the group."""
        self._guard = guard
        self._tail_times = tail_times
        stretches: list[Stretch] = []
        start = 0
        for part, rows in parts:
            stretches.append(Stretch(part, name, start, rows))
            start += rows
        self._tail_start = start
        if tail is not None and stretches:
            stretches[-1] = replace(stretches[-1], tail=tail)
        self.stretches = tuple(stretches)
        """The rows, part by part."""
        times = [PartTimes(stretch) for stretch in stretches]
        self.timeline = Timeline(times if tail_times is None else [*times, tail_times], guard)
        """The times of all rows."""

    def __len__(self) -> int:
        return len(self.timeline)

    @property
    def guard(self) -> Guard:
        """What runs each read."""
        return self._guard

    @property
    def has_quality(self) -> bool:
        """Whether each sample carries a quality."""
        return self.stretches[0].columns.has_quality

    def values(self, place: Place, rows: slice, dtype: str | None = None) -> Array:
        """Return values of a channel, as stored; of traces (row, width).

        Args:
            place: the channel.
            rows: which rows.
            dtype: element type to return; None: that of the file.

        Raises:
            RunFileError: the file is damaged there.
        """
        width = place.stored.width
        shape: tuple[int, ...] = (rows.stop - rows.start, *((width,) if width > 1 else ()))
        out = cast("Array", np.empty(shape, dtype or place.stored.dtype))
        return self._read(
            rows,
            out,
            lambda group: group.values(place),
            lambda tail, first, last: tail.values(place.position, first, last),
        )

    def qualities(self, place: Place, rows: slice) -> NDArray[np.uint8]:
        """Return the marks of a channel of a group that has them.

        Raises:
            RunFileError: the file is damaged there.
        """
        count: int = rows.stop - rows.start
        return self._read(
            rows,
            np.empty(count, np.uint8),
            lambda group: group.qualities(place),
            lambda tail, first, last: tail.qualities(place.position, first, last),
        )

    def bounds(self, place: Place) -> tuple[StretchBounds, ...]:
        """Return what an envelope of a channel is made of."""
        return tuple(StretchBounds(stretch, place) for stretch in self.stretches)

    def jumps(self, kind: CueKind) -> Iterator[int]:
        """Yield the rows before which there is a gap, or the clock was set.

        Raises:
            RunFileError: the file is damaged there.
        """
        for stretch in self.stretches:
            cues = self._guard(lambda each=stretch: each.columns.cues)
            found = cues.rows[(cues.kinds == kind) & (cues.rows < stretch.stored)]
            yield from (found + stretch.start).tolist()
        if kind is CueKind.GAP and self._tail_times is not None:
            yield from (self._tail_start + row for row in self._tail_times.gaps)

    def _read(
        self,
        rows: slice,
        out: Array,
        stored: Callable[[PartGroup], ChunkSource],
        logged: Callable[[TailRows, int, int], Array],
    ) -> Array:
        """Fill an array, piece by piece."""
        step = max(1, _PIECE // max(1, out[:1].size))
        for stretch in self.stretches:
            first = max(rows.start, stretch.start) - stretch.start
            last = min(rows.stop, stretch.start + len(stretch)) - stretch.start
            for low in range(first, min(last, stretch.stored), step):
                high = min(low + step, last, stretch.stored)
                at = low + stretch.start - rows.start
                piece = out[at : at + high - low]
                self._guard(
                    lambda each=stretch, into=piece, low=low: stored(each.columns).read_into(
                        into, low
                    )
                )
            if stretch.tail is not None and last > stretch.stored:
                low = max(first, stretch.stored)
                found = logged(stretch.tail, low - stretch.stored, last - stretch.stored)
                out[low + stretch.start - rows.start : last + stretch.start - rows.start] = found
        return out


class StretchBounds:
    """The rows of one channel in a stretch, for its envelope; errors are h5py's."""

    def __init__(self, stretch: Stretch, place: Place) -> None:
        self._stretch = stretch
        self._place = place

    def __len__(self) -> int:
        return len(self._stretch)

    def bounds(self, first: int, last: int) -> tuple[Array, Array]:
        """Return smallest and largest value of each row, as stored."""
        stretch, is_wide = self._stretch, self._place.stored.width > 1
        found: list[Array] = []
        if first < stretch.stored:
            source = stretch.columns.trace_bounds if is_wide else stretch.columns.values
            found.append(source(self._place).read(first, min(last, stretch.stored)))
        if stretch.tail is not None and last > stretch.stored:
            begin = max(0, first - stretch.stored)
            logged = stretch.tail.values(self._place.position, begin, last - stretch.stored)
            found.append(trace_envelope(logged) if is_wide else logged)
        joined = found[0] if len(found) == 1 else np.concatenate(found)
        return (joined[:, 0], joined[:, 1]) if is_wide else (joined, joined)

    def stored_bins(self, level: int) -> int:
        """Return how many bins of a level are stored and whole, or end where the rows end."""
        if self._place.stored.width > 1 or not self._stretch.stored:
            return 0
        stored = len(self._stretch.columns.level(self._place, level))
        if len(self._stretch) == self._stretch.columns.rows:
            return stored
        return min(stored, self._stretch.stored // factor_of(level))

    def bins(self, level: int, first: int, last: int) -> Array:
        """Return stored bins (bins, 2) of a level."""
        return self._stretch.columns.level(self._place, level).read(first, last)
