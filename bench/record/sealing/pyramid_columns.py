"""The pyramid of a section on its way into the file, and back after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.record.hdf5 import Column
from bench.record.numbers.chunks import ChunkCoder, padded
from bench.record.numbers.pyramid import CHUNK_BINS, LEVELS, Bins, PyramidBuilder
from bench.record.rows import Section
from bench.record.sealing.stored_rows import read_bins, read_rows


class SectionPyramid:
    """Builds the levels of one section and writes what is whole.

    Args:
        levels: one column (channel, bin, 2) per level.
        section: whose channels.
    """

    def __init__(self, levels: Sequence[Column], section: Section) -> None:
        self._levels = levels
        self._channels = len(section.channels)
        self._builder = PyramidBuilder(self._channels, section.dtype)

    def add(self, first_channel: int, values: NDArray[Any]) -> None:
        """Take whole chunks of some channels: (channels, rows)."""
        self._builder.add(first_channel, values)

    def write(self, coder: ChunkCoder) -> None:
        """Write the chunks that became whole."""
        for level in range(LEVELS):
            for first_bin, bins in self._builder.take_chunks(level):
                self._put(level, first_bin, bins, coder)

    def finish(self, rest: NDArray[Any], coder: ChunkCoder) -> None:
        """Take the last rows of all channels, and write everything."""
        self._builder.add(0, rest, last=True)
        self.write(coder)
        for level in range(LEVELS):
            first_bin, bins = self._builder.remainder(level)
            if bins.shape[1]:
                self._put(level, first_bin, bins, coder)

    def resume(self, rows: int, values: Sequence[Column]) -> None:
        """Go on behind so many rows, which stand in whole chunks of the file.

        Args:
            rows: how many.
            values: the columns of the channels.
        """

        def read(channels: slice, first: int, stop: int) -> NDArray[Any]:
            return np.stack([read_rows(column, first, stop) for column in values[channels]])

        self._builder.resume(rows, read, self._stored)

    def _stored(self, level: int, channels: slice, first: int, stop: int) -> Bins:
        channel = range(*channels.indices(self._channels))
        return np.stack([read_bins(self._levels[level], each, first, stop) for each in channel])

    def _put(self, level: int, first_bin: int, bins: Bins, coder: ChunkCoder) -> None:
        column = self._levels[level]
        column.set_shape((self._channels, first_bin + bins.shape[1], 2))
        for channel in range(self._channels):
            data = coder.encode(padded(bins[channel], CHUNK_BINS))
            column.chunks.write((channel, first_bin, 0), data)
