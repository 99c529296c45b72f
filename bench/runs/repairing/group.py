"""A group of channels of a damaged file: which of its rows are proved, and what they hold.

Nothing is guessed: a value that no checksum proves is NaN, and BAD where samples carry a quality;
rows whose time is not known are left out. A channel of whole numbers, which know no NaN, is
written as float64 where a part of it is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.channel import Quality
from bench.clock import SECOND
from bench.record.hdf5 import Column
from bench.record.layout.groups import CueColumns
from bench.record.layout.nodes import channel_name
from bench.record.port import RateGroup, StoredChannel
from bench.record.rows import QUALITY, TIME, RowLayout
from bench.record.sealing.axis import CueKind
from bench.runs.repairing.attempts import Attempts
from bench.runs.repairing.columns import Checksums, ProvedColumn, crc_of
from bench.runs.repairing.found_entry import FoundEntry
from bench.runs.repairing.tally import Tally
from bench.runs.timeline import Cues, RegularTimes, Times

_EXACT_SECONDS = 2.0**22
"""Up to here a time in float64 seconds tells its nanosecond."""
_CUES = ("cue_index", "cue_time_ns", "cue_kind", "cue_utc_ns")


@dataclass(frozen=True)
class SalvagedRows:
    """Proved rows that follow one another."""

    times: Times
    """Monotonic times, ns."""
    rows: NDArray[np.void]
    """As the new file stores them."""


@dataclass(frozen=True)
class Channels:
    """The columns of a group's channels."""

    values: tuple[ProvedColumn, ...]
    """One per channel."""
    qualities: tuple[ProvedColumn, ...]
    """One per channel; empty: the group has none."""


class SalvagedGroup:
    """Reads what is left of a group.

    Args:
        entry: ``/entry``.
        group: the group.
        start_ns: monotonic time of the run's start.
        attempts: reads it.
        tally: counts what was read.
        is_ordered: whether the order of its channels is known; else the checksums tell it.
    """

    def __init__(
        self,
        entry: FoundEntry,
        group: RateGroup,
        start_ns: int,
        attempts: Attempts,
        tally: Tally,
        *,
        is_ordered: bool,
    ) -> None:
        self.group = group
        """The group as it was."""
        self._entry = entry
        self._start_ns = start_ns
        self._attempts = attempts
        self._tally = tally
        self._node = attempts(lambda: entry.group(group.name))
        time = self._column("time")
        own = self._column("time_ns") if group.interval_ns is None else None
        known = [each for each in (time, own, *self._scalars()) if each is not None]
        self.rows = max((len(each) for each in known), default=0)
        """Rows that the damaged file says it has; 0 too where nothing tells it any more."""
        tally.work += 2 * self.rows * len(group.channels)
        self.block_rows = max(1, known[0].chunk[0] if known else 0)
        """Rows that were sealed together."""
        self.is_lost = not known
        """Whether not even the number of rows is known."""
        sums = attempts(lambda: entry.group("checksums").column(group.name))
        self._checksums = Checksums(sums, attempts) if sums else self._matching(time)
        self._time = self._proved(time, 0)
        self._own = self._proved(own, 1)
        self._channels = self._opened(is_ordered=is_ordered)

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """(block, channel): whether all of it is proved, its times too."""
        blocks = -(-self.rows // self.block_rows)
        found = np.zeros((blocks, len(self.group.channels)), np.bool_)
        for block in range(blocks):
            rows = self._rows_of(block)
            self._tally.add(rows * found.shape[1])
            if self._times(block, rows) is None:
                continue
            for place in range(found.shape[1]):
                found[block, place] = self._sample(place, block, rows) is not None
        return found

    @cached_property
    def saved(self) -> NDArray[np.int64]:
        """Rows that are proved, of each channel."""
        rows = [self._rows_of(block) for block in range(len(self.known))]
        return (self.known * np.array(rows, np.int64)[:, np.newaxis]).sum(axis=0)

    @cached_property
    def renewed(self) -> RateGroup:
        """The group as the new file stores it."""
        kept = np.logical_or.reduce(self.known, axis=1)
        is_whole = np.logical_and.reduce(self.known[kept], axis=0)
        channels = [
            each
            if whole or not _is_integer(each)
            else replace(each, dtype="<f8", scale=1.0, offset=0.0)
            for each, whole in zip(self.group.channels, is_whole, strict=True)
        ]
        return replace(self.group, channels=tuple(channels))

    def blocks(self) -> Iterator[SalvagedRows]:
        """Yield the rows of which at least one channel is proved."""
        layout = RowLayout(self.renewed)
        kept = np.logical_or.reduce(self.known, axis=1)
        for block in range(len(kept)):
            count = self._rows_of(block)
            self._tally.add(count * len(self.group.channels))
            times = self._times(block, count) if kept[block] else None
            if times is not None:
                yield SalvagedRows(times, self._filled(layout, block, times))

    @cached_property
    def cues(self) -> NDArray[np.int64] | None:
        """All cues (cue, 4) with row, time, kind, UTC; None: they are lost."""
        return self._attempts(self._read_cues)

    def _filled(self, layout: RowLayout, block: int, times: Times) -> NDArray[np.void]:
        count = len(times)
        rows = layout.empty(count)
        if self.group.interval_ns is None:
            rows[TIME] = times
        for section in layout.sections:
            for place, channel in enumerate(section.channels):
                target = rows[section.field]
                values = self._sample(channel, block, count)
                new = self._as_stored(channel, values) if values is not None else np.nan
                if section.width > 1:
                    target[:] = new
                else:
                    target[:, place] = new
                if self.group.has_quality:
                    marks = self._channels.qualities[channel].read(block, count)
                    is_proved = values is not None and marks is not None
                    rows[QUALITY][:, channel] = marks if is_proved else np.uint8(Quality.BAD)
        return rows

    def _as_stored(self, channel: int, values: NDArray[Any]) -> NDArray[Any]:
        """Return proved values as the new file stores them."""
        old, new = self.group.channels[channel], self.renewed.channels[channel]
        if old.dtype == new.dtype:
            return values
        return values.astype(np.float64) * old.scale + old.offset

    def _sample(self, channel: int, block: int, rows: int) -> NDArray[Any] | None:
        """Return the values of a block of a channel; None: they or their qualities are lost."""
        if self._channels.qualities and self._channels.qualities[channel].read(block, rows) is None:
            return None
        return self._channels.values[channel].read(block, rows)

    def _times(self, block: int, rows: int) -> Times | None:
        """Return the times of a block of rows; None: they are lost."""
        if self.group.interval_ns is None:
            own = self._own.read(block, rows)
            if own is not None:
                return own
        seconds = self._time.read(block, rows)
        if seconds is not None and np.abs(seconds).max(initial=0.0) < _EXACT_SECONDS:
            return self._start_ns + np.rint(seconds * SECOND).astype(np.int64)
        cues, interval = self.cues, self.group.interval_ns
        if cues is None or interval is None:
            return None
        is_anchor = cues[:, 2] == CueKind.GAP
        is_anchor[:1] = True
        times = RegularTimes(Cues(cues[is_anchor, 0], cues[is_anchor, 1]), interval, self.rows)
        first = block * self.block_rows
        return times.read(first, first + rows)

    def _read_cues(self) -> NDArray[np.int64]:
        if self._node is None:
            raise KeyError(self.group.name)
        node = self._node
        found = CueColumns(*(node.column(name) for name in _CUES)).read()
        if self.rows and (not len(found) or found[0, 0] != 0 or (np.diff(found[:, 0]) < 0).any()):
            raise ValueError(_CUES)
        return found[found[:, 0] < self.rows]

    def _rows_of(self, block: int) -> int:
        return min(self.block_rows, self.rows - block * self.block_rows)

    def _column(self, *path: str) -> Column | None:
        """Return a column below the group; None: it is lost."""

        def opened() -> Column:
            node = self._node
            if node is None:
                raise KeyError(path)
            for name in path[:-1]:
                node = node.group(name)
            return node.column(path[-1])

        return self._attempts(opened)

    def _matching(self, time: Column | None) -> Checksums:
        """Return the checksums that prove a block of the times: they are this group's."""
        for column in self._entry.checksum_columns:
            sums = Checksums(column, self._attempts)
            times = ProvedColumn(time, sums, 0, self.block_rows, self._attempts)
            blocks = range(-(-self.rows // self.block_rows))
            if any(times.read(block, self._rows_of(block)) is not None for block in blocks):
                return sums
        return Checksums(None, self._attempts)

    def _scalars(self) -> Iterator[Column | None]:
        for each in self.group.channels:
            if each.width == 1:
                yield self._column(channel_name(each.channel.name), "value")

    def _proved(self, column: Column | None, place: int | None) -> ProvedColumn:
        return ProvedColumn(column, self._checksums, place, self.block_rows, self._attempts)

    def _opened(self, *, is_ordered: bool) -> Channels:
        first = 1 if self.group.interval_ns is not None else 2
        count = len(self.group.channels)
        names = [channel_name(each.channel.name) for each in self.group.channels]
        places: list[int | None] = list(range(first, first + count))
        columns = [
            self._fitting(name, each) for name, each in zip(names, self.group.channels, strict=True)
        ]
        if not is_ordered:
            count = self._count(first)
            free = set(range(first, first + count))
            places = [self._place_of(column, free) for column in columns]
        values = tuple(self._proved(*each) for each in zip(columns, places, strict=True))
        if not self.group.has_quality:
            return Channels(values, ())
        qualities = tuple(
            self._proved(self._column(name, "quality"), None if place is None else place + count)
            for name, place in zip(names, places, strict=True)
        )
        return Channels(values, qualities)

    def _fitting(self, name: str, channel: StoredChannel) -> Column | None:
        """Return the values of a channel; None: they are lost, or of another type."""
        column = self._column(name, "value")
        if column is None or column.dtype != np.dtype(channel.dtype):
            return None
        return column

    def _count(self, first: int) -> int:
        """Return how many channels the group had, as its checksums tell."""
        sums = self._checksums.of(0)
        if sums is None:
            return 0
        return (len(sums) - first) // (1 + self.group.has_quality)

    def _place_of(self, column: Column | None, free: set[int]) -> int | None:
        """Return the checksum that proves a column; it is used up then. None: there is none."""
        unplaced = self._proved(column, None)
        candidates = set(free)
        for block in range(-(-self.rows // self.block_rows)):
            sums = self._checksums.of(block)
            rows = self._rows_of(block)
            chunks = self._attempts(lambda block=block, rows=rows: unplaced.stored(block, rows))
            if sums is None or chunks is None:
                continue
            found = crc_of(data for _, data in chunks)
            fitting = {place for place in candidates if int(sums[place]) == found}
            if fitting:
                candidates = fitting
            if len(candidates) == 1:
                break
        place = min(candidates, default=None)
        free.discard(-1 if place is None else place)
        return place


def _is_integer(channel: StoredChannel) -> bool:
    return np.dtype(channel.dtype).kind in "iu"
