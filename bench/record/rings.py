"""Memory in which rows wait for the log: laid out and touched once, written by one thread."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bench.channel import Channel
from bench.record.rows import QUALITY, TIME, RowLayout

_EARLIEST = -(2**63)


class RingFull(Exception):
    """Fewer rows fit than came."""


class Slots:
    """Which rows of a ring are in use; rows are numbered from 0 since the run's start.

    The producer alone changes `taken`, the consumer alone `released`: neither needs a lock.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        """Rows that fit."""
        self.taken = 0
        """Rows that ever came in."""
        self.released = 0
        """Rows whose place may be used again."""
        self.last_time = _EARLIEST
        """Time of the last row that came, ns."""

    @property
    def free(self) -> int:
        """Rows that fit now."""
        return self.capacity - (self.taken - self.released)

    @property
    def is_filling(self) -> bool:
        """Whether more than half of the slots are in use."""
        return 2 * (self.taken - self.released) > self.capacity

    def stretches(self, first: int, count: int) -> list[tuple[int, int]]:
        """Return the one or two stretches of slots (from, to) in which these rows lie."""
        start = first % self.capacity
        end = start + count
        if end <= self.capacity:
            return [(start, end)] if count else []
        return [(start, self.capacity), (0, end - self.capacity)]


class Ring(Protocol):
    """Rows of one group, as they wait."""

    @property
    def layout(self) -> RowLayout:
        """How a row looks in the log."""
        ...

    @property
    def slots(self) -> Slots:
        """Which rows are in use."""
        ...

    def time_of(self, slot: int) -> int | None:
        """Return the time of the row in a slot; None: the row does not carry it."""
        ...

    def rows(self, start: int, end: int) -> memoryview:
        """Return a copy of the rows in these slots, as the log holds them."""
        ...


class ScanRing:
    """Rows of the scan: SI and float64 as they come, converted when they leave."""

    def __init__(self, layout: RowLayout, capacity: int) -> None:
        channels: list[Channel] = [each.channel for each in layout.group.channels]
        self.layout = layout
        """How a row looks in the log."""
        self.slots = Slots(capacity)
        """Which rows are in use."""
        self.width = (len(channels),)
        """Shape of a row's values."""
        self._factors = np.array([channel.unit.factor for channel in channels], np.float64)
        self._offsets = np.array([channel.unit.offset for channel in channels], np.float64)
        self._sections = [
            (section.field, np.array(section.channels, np.intp)) for section in layout.sections
        ]
        self._times = np.empty(capacity, np.int64)
        self._values = np.empty((capacity, len(channels)), np.float64)
        self._qualities = np.empty((capacity, len(channels)), np.uint8)
        for buffer in (self._times, self._values, self._qualities):
            buffer.fill(0)  # first touch costs milliseconds: before the run, not in a scan

    def put(self, time_ns: int, values: NDArray[np.float64], qualities: NDArray[np.uint8]) -> None:
        """Copy one row into the next free slot.

        Raises:
            ValueError: not one value and one quality per channel, or an earlier time.
            RingFull: there is no free slot.
        """
        slots = self.slots
        if values.shape != self.width or qualities.shape != self.width:
            raise ValueError(values.shape, qualities.shape, self.width)
        if time_ns < slots.last_time:
            raise ValueError(time_ns, slots.last_time)
        slots.last_time = time_ns
        taken = slots.taken
        if taken - slots.released == slots.capacity:
            raise RingFull
        slot = taken % slots.capacity
        self._times[slot] = time_ns
        self._values[slot] = values
        self._qualities[slot] = qualities
        slots.taken = taken + 1

    def time_of(self, slot: int) -> int:
        """Return the time of the row in a slot, ns."""
        return int(self._times[slot])

    def rows(self, start: int, end: int) -> memoryview:
        """Return a copy of the rows in these slots, each value in its channel's unit."""
        rows = np.empty(end - start, self.layout.dtype)
        rows[TIME] = self._times[start:end]
        with np.errstate(all="ignore"):  # infinities, and what float32 cannot hold, become inf
            values = (self._values[start:end] - self._offsets) / self._factors
            for name, members in self._sections:
                rows[name] = values[:, members]
        rows[QUALITY] = self._qualities[start:end]
        return rows.view(np.uint8).data


class BlockRing:
    """Rows of another group: kept as they come, byte for byte."""

    def __init__(self, layout: RowLayout, capacity: int) -> None:
        self.layout = layout
        """How a row looks in the log."""
        self.slots = Slots(capacity)
        """Which rows are in use."""
        self._dtype = layout.dtype
        self._is_timed = layout.group.interval_ns is None
        self._bytes = np.empty((capacity, self._dtype.itemsize), np.uint8)
        self._bytes.fill(0)

    def put(self, time_ns: int, records: NDArray[np.void]) -> int:
        """Copy rows into free slots; return how many: fewer than came where they do not fit.

        Raises:
            ValueError: another element type, or an earlier time.
        """
        self._check(time_ns, records)
        slots, taken = self.slots, self.slots.taken
        count = min(len(records), slots.free)
        if count and self._dtype.itemsize:
            data = np.ascontiguousarray(records[:count]).view(np.uint8).reshape(count, -1)
            done = 0
            for start, end in slots.stretches(taken, count):
                self._bytes[start:end] = data[done : done + end - start]
                done += end - start
        slots.taken = taken + count
        return count

    def _check(self, time_ns: int, records: NDArray[np.void]) -> None:
        if records.dtype != self._dtype or records.ndim != 1:
            raise ValueError(records.dtype, self._dtype)
        if self._is_timed:
            times = records[TIME]
            if not len(times):
                return
            if times[0] < self.slots.last_time or np.any(times[1:] < times[:-1]):
                raise ValueError(self.slots.last_time, times)
            self.slots.last_time = int(times[-1])
        elif time_ns < self.slots.last_time:
            raise ValueError(time_ns, self.slots.last_time)
        else:
            self.slots.last_time = time_ns

    def time_of(self, slot: int) -> int | None:
        """Return the time of the row in a slot, ns; None: the row does not carry it."""
        if not self._is_timed:
            return None
        return int(self._bytes[slot].view(self._dtype)[TIME][0])

    def rows(self, start: int, end: int) -> memoryview:
        """Return a copy of the rows in these slots."""
        return memoryview(self._bytes[start:end].tobytes())
