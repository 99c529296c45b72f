"""A group of channels in one part: its rows, their times, and its columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bench.record.hdf5 import Column, Group
from bench.record.layout.groups import TRACE_ROWS
from bench.record.layout.nodes import channel_name
from bench.record.layout.statistics_table import StatisticsTable, open_statistics
from bench.record.numbers.pyramid import LEVELS
from bench.record.port import SCAN, StoredChannel
from bench.record.sealing.axis import CueKind
from bench.runs.chunk_source import ChunkCache, ChunkCheck, ChunkSource
from bench.runs.timeline import Cues, RegularTimes, StampedTimes, StretchTimes

_ENVELOPE = "envelope"


@dataclass(frozen=True)
class Place:
    """Where a channel stands in its run."""

    group: str
    """Group of channels."""
    position: int
    """Which channel of the group."""
    channels: int
    """How many channels the group has."""
    section: str
    """Part of the pyramid: ``values_f4``."""
    bins: int
    """Which channel of that section."""
    stored: StoredChannel
    """The channel as it is stored."""


@dataclass(frozen=True)
class CueTable:
    """All cues of a group in one part, in the order of the rows."""

    rows: NDArray[np.int64]
    """Row within the part."""
    times_ns: NDArray[np.int64]
    """Monotonic time of the row."""
    kinds: NDArray[np.uint8]
    """`CueKind`."""
    utc_ns: NDArray[np.int64]
    """What the wall clock showed."""

    def anchors(self, *, is_regular: bool) -> Cues:
        """Return the rows from which others are looked up, or counted where they are regular."""
        is_anchor = self.kinds != CueKind.CLOCK_STEP
        if is_regular:
            is_anchor &= self.kinds == CueKind.GAP
            is_anchor[:1] = True
        rows, first = np.unique(self.rows[is_anchor], return_index=True)
        return Cues(rows, np.maximum.accumulate(self.times_ns[is_anchor][first]))


class PartGroup:
    """A group of channels in one part; errors are h5py's, the caller translates them."""

    def __init__(self, entry: Group, name: str, cache: ChunkCache, key: object) -> None:
        self._entry = entry
        self._group = entry.group(name)
        self._name = name
        self._cache = cache
        self._key = (key, name)
        self._sources: dict[object, ChunkSource] = {}
        about = cast("dict[str, Any]", self._group.attributes())
        self.first_row = int(about["first_row"])
        """Number of its first row since the run's start."""
        self.has_quality = bool(about["has_quality"])
        """Whether each sample carries a quality."""
        self.period_ns = int(about["scan_period_ns"]) if name == SCAN else 0
        """Shortest time between two rows, of the scan; else 0."""
        self.interval_ns = _interval(about)
        """Exact time between two rows; None: each row carries its own time."""
        time = self._group.column("time")
        self.rows = len(time)
        """Rows in this part."""
        self.block = time.chunk[0]
        """Rows that are sealed together."""
        self._times = 1 if self.interval_ns is not None else 2

    @cached_property
    def cues(self) -> CueTable:
        """Rows whose times are known for sure."""
        names = ("cue_index", "cue_time_ns", "cue_kind", "cue_utc_ns")
        columns = [self._group.column(name).read() for name in names]
        rows = columns[0]
        if len({len(column) for column in columns}) > 1:
            raise ValueError(names)
        if self.rows and (not len(rows) or rows[0] != 0 or (np.diff(rows) < 0).any()):
            raise ValueError(names[0])
        known = rows < self.rows
        return CueTable(*(column[known] for column in columns))

    @cached_property
    def times(self) -> StretchTimes:
        """The times of its rows."""
        if self.interval_ns is not None:
            anchors = self.cues.anchors(is_regular=True)
            return RegularTimes(anchors, self.interval_ns, self.rows)
        source = self._source("time_ns", lambda: self._group.column("time_ns"), 1)
        anchors = self.cues.anchors(is_regular=False)
        return StampedTimes(anchors, self.rows, source.read, self.period_ns)

    def values(self, place: Place) -> ChunkSource:
        """Return the values of a channel, as stored; of traces (row, width)."""
        return self._source(
            ("value", place.position),
            lambda: self._values_of(place),
            self._times + place.position,
            traces=place.stored.width > 1,
        )

    def qualities(self, place: Place) -> ChunkSource:
        """Return the marks of a channel of a group that has them."""
        return self._source(
            ("quality", place.position),
            lambda: self._node(place).column("quality"),
            self._times + place.channels + place.position,
        )

    def trace_bounds(self, place: Place) -> ChunkSource:
        """Return minimum, maximum and mean (row, 3) of the traces of a channel, as stored."""
        return self._source(
            (_ENVELOPE, place.position), lambda: self._node(place).column(_ENVELOPE), None
        )

    def level(self, place: Place, level: int) -> ChunkSource:
        """Return a level (bin, 2) of the pyramid over a channel."""
        if not 0 <= level < LEVELS:
            raise IndexError(level)
        return self._source(
            ("level", level, place.position),
            lambda: self._pyramid.group(place.section).column(f"L{level}"),
            None,
            channel=place.bins,
        )

    @cached_property
    def statistics(self) -> StatisticsTable:
        """Statistics of its channels, of the whole part and of its steps."""
        return open_statistics(self._entry.group("statistics"), self._name)

    @cached_property
    def _pyramid(self) -> Group:
        return self._entry.group("pyramid").group(self._name)

    @cached_property
    def _checksums(self) -> Column:
        return self._entry.group("checksums").column(self._name)

    def _values_of(self, place: Place) -> Column:
        column = self._node(place).column("value")
        if column.dtype != np.dtype(place.stored.dtype):
            raise TypeError(place.stored.dtype)
        return column

    def _node(self, place: Place) -> Group:
        return self._group.group(channel_name(place.stored.channel.name))

    def _source(
        self,
        key: object,
        column: Callable[[], Column],
        checked: int | None,
        *,
        traces: bool = False,
        channel: int | None = None,
    ) -> ChunkSource:
        """Return a column, opened once.

        Args:
            key: what tells it from the others of the group.
            column: opens it.
            checked: which column of the checksums is its; None: none.
            traces: whether one checksum covers all its chunks that were sealed together.
            channel: of a dataset [channel, bin, 2].
        """
        if key not in self._sources:
            check = None
            if checked is not None:
                together = max(1, self.block // TRACE_ROWS) if traces else 1
                check = ChunkCheck(self._sums, checked, together)
            self._sources[key] = ChunkSource(
                column(), self._cache, (self._key, key), check=check, channel=channel
            )
        return self._sources[key]

    def _sums(self, number: int) -> NDArray[np.uint32]:
        """Return the checksums of chunks that were sealed together, one per column."""
        key = (self._key, "sums", number)
        found = self._cache.get(key)
        if found is None:
            if not 0 <= number < len(self._checksums):
                raise IndexError(number)
            _, data = self._checksums.chunks.read((number, 0))
            found = np.frombuffer(data, "<u4")
            self._cache.put(key, found)
        return found


def _interval(about: dict[str, Any]) -> Fraction | None:
    if "interval_numerator" not in about:
        return None
    found = Fraction(int(about["interval_numerator"]), int(about["interval_denominator"]))
    if found <= 0:
        raise ValueError(found)
    return found
