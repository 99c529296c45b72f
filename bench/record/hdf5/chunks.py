"""The chunks of a dataset as they are stored: shuffled and deflated by us, not by HDF5."""

from __future__ import annotations

from typing import Any, cast

from bench.record.disk.storage import Bytes

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


class Chunks:
    """Whole chunks of a dataset, past the filters of HDF5.

    Args:
        identity: the HDF5 object.
    """

    def __init__(self, identity: Any) -> None:
        self._id = identity

    def write(self, place: Place, data: Bytes) -> None:
        """Store a chunk as it is: shuffled and deflated, where the column is so.

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

    def read(self, place: Place) -> tuple[int, bytes]:
        """Return filter mask and stored bytes of a chunk.

        Bit k of the mask: filter k was left out (0: shuffle, 1: deflate).

        Raises:
            RuntimeError: there is no such chunk.
        """
        mask, data = self._id.read_direct_chunk(self._corner(place))
        return int(mask), cast("bytes", data)

    def _corner(self, place: Place) -> tuple[int, ...]:
        if isinstance(place, tuple):
            return place
        return (place, *(0,) * (len(self._id.shape) - 1))
