"""Datasets that grow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.record.hdf5.attributes import attributes_of, describe
from bench.record.hdf5.library import h5py
from bench.record.storage import Bytes

Place = int | tuple[int, ...]
"""First row of a chunk, or its first element along each dimension."""
_PLACE_HOLDER = bytes(8)


def makes_index_block(number: int) -> bool:
    """Return whether HDF5 makes a new piece of a column's chunk index with its chunk `number`.

    The index is an extensible array: 4 chunks in its first block, then 1, 1, 2, 2, 4, 4, … blocks
    of 16, 32, 32, 64, 64, 128, … chunks. (HDF5 File Format Specification 3.0, VII.E, with the
    library's default parameters.)
    """
    start, level = 4, 0
    while number >= start:
        size = 16 << (level + 1) // 2
        end = start + (size << level // 2)
        if number < end:
            return (number - start) % size == 0
        start, level = end, level + 1
    return number == 0


@dataclass(frozen=True)
class ChunkInfo:
    """Where a chunk stands in the file."""

    offset: int
    """First byte in the file."""
    size: int
    """Stored bytes."""
    filter_mask: int
    """Bit k: filter k was left out (0: shuffle, 1: deflate)."""


class Column:
    """A chunked dataset that grows along its rows: one dimension, or two or three."""

    def __init__(self, identity: Any) -> None:
        self._id = identity

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows, and what a row holds; of a pyramid level: channels, bins, 2."""
        return tuple(int(extent) for extent in self._id.shape)

    @property
    def chunk(self) -> tuple[int, ...]:
        """Extent of a chunk."""
        return tuple(int(extent) for extent in self._id.get_create_plist().get_chunk())

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type."""
        return cast("np.dtype[Any]", self._id.dtype)

    @property
    def identity(self) -> Any:
        """The HDF5 object, for hard links."""
        return self._id

    @property
    def path(self) -> str:
        """Where it stands in the file."""
        return str(self._dataset.name)

    @property
    def _dataset(self) -> Any:
        return h5py.Dataset(self._id)

    def set_length(self, rows: int) -> None:
        """Set the number of rows."""
        self.set_shape((rows, *self.shape[1:]))

    def set_shape(self, shape: tuple[int, ...]) -> None:
        """Set the whole extent; only rows (bins of a pyramid level) may change."""
        self._id.set_extent(shape)

    def append(self, values: ArrayLike) -> None:
        """Add rows at the end."""
        added = np.asarray(values, dtype=self.dtype)
        start = len(self)
        self.set_length(start + len(added))
        self.write(start, added)

    def write(self, start: int, values: ArrayLike) -> None:
        """Write rows in place of those that are there."""
        written = np.asarray(values, dtype=self.dtype)
        self._dataset[start : start + len(written)] = written

    def write_chunk(self, place: Place, data: Bytes) -> None:
        """Store a whole chunk as it is: shuffled and deflated, where the column is so.

        Args:
            place: first row of the chunk, or its first element along each dimension.
            data: the stored bytes; rows beyond the length count for nothing.
        """
        self._id.write_direct_chunk(self._corner(place), data)

    def make_room(self, place: Place) -> None:
        """Let HDF5 make the piece of its chunk index that a chunk needs; the chunk has to follow.

        Done for all columns before their chunks, where `makes_index_block` says so, it puts these
        pieces side by side instead of one between each two chunks: HDF5 gathers its metadata
        (``meta_block_size``) only with drivers of its own. Of 1,000 columns a commit then changes
        500 to 640 pages instead of 1,500 to 2,550, and costs 46 ms of CPU instead of 75.

        Args:
            place: first row of the chunk, or its first element along each dimension.
        """
        self._id.write_direct_chunk(self._corner(place), _PLACE_HOLDER)

    def read_chunk(self, place: Place) -> tuple[int, bytes]:
        """Return filter mask and stored bytes of a chunk.

        Raises:
            RuntimeError: there is no such chunk.
        """
        mask, data = self._id.read_direct_chunk(self._corner(place))
        return int(mask), cast("bytes", data)

    def chunk_info(self, place: Place) -> ChunkInfo | None:
        """Return where a chunk stands; None: it was never written."""
        found = self._id.get_chunk_info_by_coord(self._corner(place))
        if found.byte_offset is None:
            return None
        return ChunkInfo(int(found.byte_offset), int(found.size), int(found.filter_mask))

    def _corner(self, place: Place) -> tuple[int, ...]:
        if isinstance(place, tuple):
            return place
        return (place, *(0,) * (len(self._id.shape) - 1))

    def read(self, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Return the rows from `start` up to before `stop`."""
        if start == 0 and stop is None and not self.dtype.hasobject:
            # Many small columns are read whole; h5py takes longer to find out what is meant.
            values = np.empty(self.shape, self.dtype)
            if values.size:
                self._id.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
            return values
        return cast("NDArray[Any]", self._dataset[start:stop])

    def texts(self) -> list[str]:
        """Return all values of a text column."""
        return [str(text) for text in self._dataset.asstr()[:]]

    def describe(self, attributes: Mapping[str, object]) -> None:
        """Set attributes."""
        describe(self._id, attributes)

    def attributes(self) -> dict[str, object]:
        """Return all attributes as plain Python values."""
        return attributes_of(self._id)
