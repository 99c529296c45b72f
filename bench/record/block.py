"""Rows on their way to the disk, in memory that is laid out once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.channel import Channel


class Block:
    """A fixed number of rows: filled row by row, written column by column."""

    def __init__(self, channels: Sequence[Channel], capacity: int) -> None:
        self._factors = np.array([channel.unit.factor for channel in channels], np.float64)
        self._offsets = np.array([channel.unit.offset for channel in channels], np.float64)
        self._shape = (len(channels),)
        self._capacity = capacity
        self._filled = 0
        self.last_time = -(2**63)
        """Time of the last row, also after `clear`."""
        self._times = np.empty(capacity, np.int64)
        self._values = np.empty((capacity, len(channels)), np.float64)
        self._qualities = np.empty((capacity, len(channels)), np.uint8)
        for buffer in (self._times, self._values, self._qualities):
            buffer.fill(0)  # first touch costs milliseconds: before the run, not in a scan

    def __len__(self) -> int:
        return self._filled

    def add(self, time_ns: int, values: NDArray[np.float64], qualities: NDArray[np.uint8]) -> bool:
        """Copy one row; return whether the block is full.

        Raises:
            ValueError: not one value and one quality per channel, or an earlier time.
        """
        if values.shape != self._shape or qualities.shape != self._shape:
            raise ValueError(values.shape, qualities.shape, self._shape)
        if time_ns < self.last_time:
            raise ValueError(time_ns, self.last_time)
        filled = self._filled
        self.last_time = time_ns
        self._times[filled] = time_ns
        self._values[filled] = values
        self._qualities[filled] = qualities
        self._filled = filled + 1
        return self._filled == self._capacity

    def clear(self) -> None:
        """Forget the rows."""
        self._filled = 0

    @property
    def times(self) -> NDArray[np.int64]:
        """Times of the rows, monotonic, ns."""
        return self._times[: self._filled]

    @property
    def values(self) -> NDArray[np.float64]:
        """Values, one line per channel, each in the channel's own unit."""
        rows = self._values[: self._filled]
        return np.ascontiguousarray(((rows - self._offsets) / self._factors).T)

    @property
    def qualities(self) -> NDArray[np.uint8]:
        """Qualities, one line per channel."""
        return np.ascontiguousarray(self._qualities[: self._filled].T)
