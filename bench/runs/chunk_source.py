"""Chunks of a file, decoded: read past HDF5's own filters, checked, and kept while room is left."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.record.hdf5 import Column
from bench.record.numbers.chunks import decode_chunk
from bench.runs.damage import ChecksumWrong

Array = NDArray[Any]

CACHE_BYTES = 64 * 1024 * 1024
"""How much decoded data a run keeps in memory unless told otherwise."""
_PASSING = 4 * 1024 * 1024
"""A read of more bytes than this passes by the cache, which would hold nothing else after it."""
_LARGEST_CHUNK = 2**30
"""Bytes; more can only be damage."""


class ChunkCache:
    """Decoded chunks, the least recently used of which make room for new ones."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._size = 0
        self._chunks: OrderedDict[Hashable, Array] = OrderedDict()

    @property
    def size(self) -> int:
        """Bytes kept."""
        return self._size

    def __contains__(self, key: Hashable) -> bool:
        return key in self._chunks

    def get(self, key: Hashable) -> Array | None:
        """Return a chunk; None: it is not kept."""
        found = self._chunks.get(key)
        if found is not None:
            self._chunks.move_to_end(key)
        return found

    def put(self, key: Hashable, chunk: Array) -> None:
        """Keep a chunk, unless it alone is more than may be kept."""
        if chunk.nbytes > self._limit or key in self._chunks:
            return
        self._chunks[key] = chunk
        self._size += chunk.nbytes
        while self._size > self._limit:
            _, dropped = self._chunks.popitem(last=False)
            self._size -= dropped.nbytes

    def clear(self) -> None:
        """Keep nothing."""
        self._chunks.clear()
        self._size = 0


@dataclass(frozen=True)
class ChunkCheck:
    """Where the checksums of a dataset's chunks stand."""

    sums: Callable[[int], NDArray[np.uint32]]
    """Number of what was sealed together → one checksum per column of the group."""
    column: int
    """Which of them is this dataset's."""
    together: int = 1
    """How many chunks of this dataset one checksum covers."""

    def verify(self, dataset: Column, number: int, chunks: Iterable[bytes]) -> None:
        """Compare the stored bytes of chunks that were sealed together with their checksum.

        Args:
            dataset: whose chunks.
            number: of what was sealed together.
            chunks: all of it.

        Raises:
            ChecksumWrong: they differ.
        """
        found = 0
        for data in chunks:
            found = zlib.crc32(data, found)
        if found != int(self.sums(number)[self.column]):
            message = f"chunk {number} of {dataset.path} is not what was written (checksum)"
            raise ChecksumWrong(message)


class ChunkSource:
    """A dataset, read by rows; of a pyramid level, one channel by bins.

    Errors are those of h5py and of the decoding: the caller translates them.
    """

    def __init__(
        self,
        column: Column,
        cache: ChunkCache,
        key: Hashable,
        *,
        check: ChunkCheck | None = None,
        channel: int | None = None,
    ) -> None:
        """Prepare.

        Args:
            column: the dataset.
            cache: where decoded chunks are kept.
            key: what tells this dataset from all others of the cache.
            check: checksums of its chunks; None: there are none.
            channel: first index of a dataset [channel, bin, 2]; None: rows come first.
        """
        self._column = column
        self._cache = cache
        self._key = key
        self._check = check
        self._verified: set[int] = set()
        self._axis = 0 if channel is None else 1
        self._corner = () if channel is None else (channel,)
        shape, chunk = column.shape, column.chunk
        if channel is not None and not (shape and 0 <= channel < shape[0] and chunk[0] == 1):
            raise ValueError(channel)
        self._rows = shape[self._axis]
        self._step = chunk[self._axis]
        self._inner = shape[self._axis + 1 :]
        if chunk[self._axis + 1 :] != self._inner or self._step < 1:
            raise ValueError(chunk)
        self.dtype = column.dtype
        """Element type."""
        self._count = int(np.prod(chunk[self._axis :], dtype=object))
        self._size = self._count * self.dtype.itemsize
        if not 0 < self._size <= _LARGEST_CHUNK:
            raise ValueError(chunk)

    def __len__(self) -> int:
        """Return the number of rows (or bins)."""
        return self._rows

    def read(self, first: int, last: int) -> Array:
        """Return rows `first` up to before `last`."""
        out = np.empty((max(0, last - first), *self._inner), self.dtype)
        self.read_into(out, first)
        return out

    def read_into(self, out: Array, first: int) -> None:
        """Fill an array with the rows from `first` on.

        Raises:
            ValueError: there are not so many, or a chunk is damaged.
        """
        last = first + len(out)
        if not 0 <= first <= last <= self._rows:
            message = f"rows {first} to {last} of {self._rows}"
            raise ValueError(message)
        begin, end = first // self._step, -(-last // self._step)
        is_kept = (end - begin) * self._size <= _PASSING
        is_direct = not is_kept and out.dtype == self.dtype and out.flags.c_contiguous
        for number in range(begin, end if last > first else begin):
            low = number * self._step
            start, stop = max(first, low), min(last, low + self._step)
            part = out[start - first : stop - first]
            if is_direct and len(part) == self._step and (self._key, number) not in self._cache:
                self._decoded(number, part.reshape(-1))
                continue
            chunk = self._chunk(number, is_kept=is_kept)
            part[...] = chunk[start - low : stop - low]

    def _chunk(self, number: int, *, is_kept: bool) -> Array:
        key = (self._key, number)
        found = self._cache.get(key)
        if found is None:
            found = self._decoded(number)
            if is_kept:
                self._cache.put(key, found)
        return found

    def _decoded(self, number: int, out: Array | None = None) -> Array:
        mask, data = self._stored(number)
        if self._check is not None:
            self._verify(self._check, number, data)
        flat = decode_chunk(data, self.dtype, self._count, filter_mask=mask, out=out)
        return flat.reshape(self._step, *self._inner)

    def _stored(self, number: int) -> tuple[int, bytes]:
        inner = (0,) * len(self._inner)
        return self._column.chunks.read((*self._corner, number * self._step, *inner))

    def _verify(self, check: ChunkCheck, number: int, data: bytes) -> None:
        """Verify a chunk; with those that were sealed together with it, once."""
        if check.together == 1:
            check.verify(self._column, number, (data,))
            return
        block = number // check.together
        if block not in self._verified:
            last = min((block + 1) * check.together, -(-self._rows // self._step))
            parts = (self._stored(n)[1] for n in range(block * check.together, last))
            check.verify(self._column, block, parts)
            self._verified.add(block)
