"""Writes the rows that are sealed together: one chunk of every column of a group.

Channels are turned, encoded and counted some at a time, so that they stay in the processor's
cache. A partial chunk is padded with zeros.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.channel import FRESH, Quality
from bench.record.hdf5 import Column, makes_index_block
from bench.record.layout.groups import TRACE_ROWS, GroupColumns
from bench.record.numbers.chunks import ChunkCoder, columns_of, padded
from bench.record.numbers.pyramid import trace_envelope
from bench.record.rows import QUALITY, TIME, Section
from bench.record.sealing.pyramid_columns import SectionPyramid
from bench.record.sealing.section_order import SectionOrder
from bench.record.sealing.spans import Piece

_SLICE = 16
"""Channels taken at once."""

_Good = NDArray[np.bool_] | None


@dataclass(frozen=True)
class ChunkRow:
    """Rows of one chunk."""

    first: int
    """Number of the first one in the part."""
    rows: NDArray[np.void]
    """All rows that are known of the chunk."""
    seconds: NDArray[np.float64]
    """Their times since the start, s."""
    new: slice
    """Which of them are new in the file: the last ones."""
    pieces: Sequence[Piece]
    """What the new ones are counted in."""

    @property
    def length(self) -> int:
        """Rows of the part with these."""
        return self.first + len(self.rows)


class ChunkRowWriter:
    """Writes the chunks of one group.

    Args:
        columns: where they go.
        pyramids: section of scalars → its pyramid, which takes whole chunks.
        coder: encodes the chunks.
    """

    def __init__(
        self, columns: GroupColumns, pyramids: Mapping[str, SectionPyramid], coder: ChunkCoder
    ) -> None:
        self._columns = columns
        self._pyramids = pyramids
        self._coder = coder
        self._rows = columns.chunk_rows
        self._order = SectionOrder(columns.layout)

    def write(self, row: ChunkRow) -> None:
        """Write a chunk of every column, and the checksums of the chunks."""
        for column in self._columns.columns:
            column.set_length(row.length)
        self._make_room(row)
        checksums = self._write_times(row)
        found: dict[int, int] = {}
        for section in self._columns.layout.sections:
            for low in range(0, len(section.channels), _SLICE):
                channels = section.channels[low : low + _SLICE]
                good = self._write_qualities(row, channels, found)
                if section.width > 1:
                    found[channels[0]] = self._write_traces(row, section, good)
                else:
                    self._write_scalars(row, section, low, good, found)
        checksums += [found[place] for place in sorted(found)]
        number = row.first // self._rows
        self._columns.checksums.set_length(number + 1)
        self._columns.checksums.chunks.write((number, 0), np.array(checksums, "<u4").tobytes())

    def _make_room(self, row: ChunkRow) -> None:
        """Let new pieces of the chunk indexes stand side by side: a commit changes fewer pages."""
        if row.new.start == 0 and makes_index_block(row.first // self._rows):
            for column in self._columns.columns:
                if column.chunk == (self._rows,):  # not of traces
                    column.chunks.make_room(row.first)

    def _put(self, column: Column, row: ChunkRow, values: NDArray[Any]) -> int:
        """Write one whole chunk; return its checksum."""
        data = self._coder.encode(values)
        column.chunks.write((row.first,), data)
        return zlib.crc32(data)

    def _write_times(self, row: ChunkRow) -> list[int]:
        columns = self._columns
        found = [self._put(columns.time, row, padded(row.seconds, self._rows))]
        if columns.time_ns is not None:
            own = np.ascontiguousarray(row.rows[TIME])
            found.append(self._put(columns.time_ns, row, padded(own, self._rows)))
        return found

    def _write_scalars(
        self, row: ChunkRow, section: Section, low: int, good: _Good, found: dict[int, int]
    ) -> None:
        """Write some channels of a section, build their pyramid and count them."""
        channels, known = section.channels[low : low + _SLICE], len(row.rows)
        values = np.empty((len(channels), self._rows), section.dtype)
        columns_of(row.rows[section.field][:, low : low + len(channels)], values[:, :known])
        values[:, known:] = 0
        for place, channel in enumerate(channels):
            found[channel] = self._put(self._columns.values[channel], row, values[place])
        if known == self._rows:
            self._pyramids[section.field].add(low, values)
        new = values[:, row.new]
        for piece in row.pieces:
            mask = None if good is None else good[:, piece.rows]
            begin = self._order.begin(section.field) + low
            piece.taken.add(new[:, piece.rows], mask, first_channel=begin)

    def _write_qualities(
        self, row: ChunkRow, channels: tuple[int, ...], found: dict[int, int]
    ) -> _Good:
        """Write the qualities of some channels; return which of the new samples are good."""
        if not self._columns.qualities:
            return None
        field = row.rows[QUALITY]
        is_range = channels[-1] - channels[0] == len(channels) - 1
        chosen = field[:, channels[0] : channels[-1] + 1] if is_range else field[:, list(channels)]
        turned = np.zeros((len(channels), self._rows), np.uint8)
        columns_of(chosen, turned[:, : len(field)])
        count = len(self._columns.values)
        for place, channel in enumerate(channels):
            column = self._columns.qualities[channel]
            found[count + channel] = self._put(column, row, turned[place])
        return (turned[:, row.new] & ~np.uint8(FRESH)) == Quality.OK

    def _write_traces(self, row: ChunkRow, section: Section, good: _Good) -> int:
        """Write the traces of one channel and their envelope, count them; return the checksum."""
        (channel,) = section.channels
        traces = np.ascontiguousarray(row.rows[section.field])
        checksum = 0
        for start in range(0, len(traces), TRACE_ROWS):
            data = self._coder.encode(padded(traces[start : start + TRACE_ROWS], TRACE_ROWS))
            self._columns.values[channel].chunks.write((row.first + start, 0), data)
            checksum = zlib.crc32(data, checksum)
        envelope = self._columns.envelopes[channel]
        envelope.set_length(row.length)
        bounds = self._coder.encode(padded(trace_envelope(traces), self._rows))
        envelope.chunks.write((row.first, 0), bounds)
        for piece in row.pieces:
            new = traces[row.new][piece.rows].reshape(1, -1)
            mask = None if good is None else good[:, piece.rows].repeat(section.width, axis=1)
            piece.taken.add(new, mask, first_channel=self._order.begin(section.field))
        return checksum
