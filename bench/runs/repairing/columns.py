"""Columns of a damaged group: a block of rows comes back whole and proved, or not at all."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.record.hdf5 import Column
from bench.record.layout.groups import TRACE_ROWS
from bench.record.numbers.chunks import decode_chunk
from bench.runs.repairing.attempts import Attempts

Array = NDArray[Any]


class Checksums:
    """The checksums of a group, one row per block of rows that were sealed together."""

    def __init__(self, column: Column | None, attempts: Attempts) -> None:
        self._column = column
        self._attempts = attempts
        self._known: dict[int, NDArray[np.uint32] | None] = {}

    def of(self, block: int) -> NDArray[np.uint32] | None:
        """Return the checksums of a block, one per column; None: they are lost."""
        if block not in self._known:
            self._known.clear()
            self._known[block] = self._attempts(lambda: self._read(block))
        return self._known[block]

    def _read(self, block: int) -> NDArray[np.uint32]:
        if self._column is None or not 0 <= block < len(self._column):
            raise IndexError(block)
        _, data = self._column.chunks.read((block, 0))
        return np.frombuffer(data, "<u4")


@dataclass(frozen=True)
class ProvedColumn:
    """A column of which only blocks are given that are what was written."""

    column: Column | None
    """The dataset; None: it is lost."""
    checksums: Checksums
    """Those of its group."""
    place: int | None
    """Which of the checksums are its; None: it is not known."""
    block_rows: int
    """Rows that were sealed together."""
    attempts: Attempts
    """Reads it."""

    def read(self, block: int, rows: int) -> Array | None:
        """Return the first rows of a block; None: they are lost, or nothing proves them."""
        return self.attempts(lambda: self._read(block, rows))

    def stored(self, block: int, rows: int) -> list[tuple[int, bytes]]:
        """Return filter masks and stored bytes of a block's chunks; errors are h5py's."""
        if self.column is None:
            raise KeyError(block)
        first = block * self.block_rows
        step = self._step
        return [self.column.chunks.read(first + start) for start in range(0, rows, step)]

    @property
    def _step(self) -> int:
        is_trace = self.column is not None and len(self.column.shape) > 1
        return TRACE_ROWS if is_trace else self.block_rows

    def _read(self, block: int, rows: int) -> Array:
        column, sums = self.column, self.checksums.of(block)
        if column is None or sums is None or self.place is None:
            raise KeyError(block)
        if (self._step, *column.shape[1:]) != column.chunk:
            raise ValueError(column.chunk)
        chunks = self.stored(block, rows)
        if crc_of(data for _, data in chunks) != int(sums[self.place]):
            raise ValueError(block)
        inner = column.shape[1:]
        count = self._step * int(np.prod(inner, dtype=object))
        values = [
            decode_chunk(data, column.dtype, count, filter_mask=mask).reshape(self._step, *inner)
            for mask, data in chunks
        ]
        return np.concatenate(values)[:rows]


def crc_of(chunks: Iterable[bytes]) -> int:
    """Return the checksum of chunks, one after the other."""
    found = 0
    for data in chunks:
        found = zlib.crc32(data, found)
    return found
