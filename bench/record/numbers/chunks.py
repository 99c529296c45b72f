"""Chunks as HDF5 keeps them: shuffle, then deflate, done here, so that whole chunks are written.

The bytes are what HDF5's own filters 2 (shuffle) and 1 (deflate) make and read. ISA-L writes the
zlib stream six times faster than zlib (reference machine: 770 against 123 MB/s); where it is not
installed, zlib does.
"""

from __future__ import annotations

import zlib
from typing import Protocol, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

try:
    from isal import isal_zlib as _fast
except ImportError:  # pragma: no cover - no wheel for this processor
    _fast = zlib

LEVEL = 1
"""Level of compression: ISA-L's 2 and 3 gain less than 3 % of the size for half the speed."""
SHUFFLE_SKIPPED = 1
"""Bit of a chunk's filter mask: the first filter, shuffle, was not applied (H5Dread_chunk)."""
DEFLATE_SKIPPED = 2
"""Bit of a chunk's filter mask: the second filter, deflate, was not applied."""

_BLOCK_ROWS = 512
_BLOCK_CHANNELS = 256
_KEPT_CONSTANTS = 256
_LONG = 8
_WORDS = {2: np.dtype("<u2"), 4: np.dtype("<u4"), 8: np.dtype("<u8")}


class _Deflate(Protocol):
    """The two functions of zlib that are used here."""

    def compress(self, data: object, /, level: int) -> bytes: ...
    def decompress(self, data: object, /, *, bufsize: int) -> bytes: ...


_zlib = cast("_Deflate", _fast)
_DAMAGED = (zlib.error, cast("type[Exception]", _fast.error))


class ChunkCoder:
    """Encodes chunks, and keeps the bytes of constant ones: setpoints and states hardly move."""

    def __init__(self, level: int = LEVEL) -> None:
        self._level = level
        self._constants: dict[tuple[int, bytes], bytes] = {}

    def encode(self, values: NDArray[np.generic]) -> bytes:
        """Return the stored bytes of a chunk; as `encode_chunk`."""
        if not is_constant(values):
            return encode_chunk(values, self._level)
        key = (values.size, values.ravel()[:1].tobytes())
        known = self._constants.get(key)
        if known is None:
            known = encode_chunk(values, self._level)
            if len(self._constants) >= _KEPT_CONSTANTS:
                del self._constants[next(iter(self._constants))]
            self._constants[key] = known
        return known


def encode_chunk(values: NDArray[np.generic], level: int = LEVEL) -> bytes:
    """Return the stored bytes of a chunk: shuffled, then deflated.

    Args:
        values: the whole chunk, of any shape, little-endian; `padded` fills a chunk that is not.
        level: level of compression, 1 to 3.
    """
    return _zlib.compress(_shuffled(values), level)


def decode_chunk(
    data: bytes | memoryview,
    dtype: DTypeLike,
    count: int,
    *,
    filter_mask: int = 0,
    out: NDArray[np.generic] | None = None,
) -> NDArray[np.generic]:
    """Return the values of a chunk, 1-D, as an array of its own.

    Args:
        data: the stored bytes.
        dtype: element type.
        count: elements of the chunk.
        filter_mask: filters that were passed over when it was written, one bit each.
        out: where to put them, contiguous, of that type and count; None: a new array.

    Raises:
        ValueError: these are not the bytes of such a chunk.
    """
    kind = np.dtype(dtype)
    size = count * kind.itemsize
    raw = data if filter_mask & DEFLATE_SKIPPED else _inflated(data, size)
    if len(raw) != size:
        message = f"A chunk holds {len(raw)} bytes in place of {size}."
        raise ValueError(message)
    values = np.empty(count, kind) if out is None else out
    shape = (1, size) if filter_mask & SHUFFLE_SKIPPED else (kind.itemsize, count)
    places = values.view(np.uint8).reshape(shape[::-1])
    for place, plane in enumerate(np.frombuffer(raw, np.uint8).reshape(shape)):
        places[:, place] = plane
    return values


def columns_of(
    rows: NDArray[np.generic], out: NDArray[np.generic] | None = None
) -> NDArray[np.generic]:
    """Return rows (rows, channels) as contiguous channels (channels, rows).

    Blocks that fit the processor's cache are turned one by one: five times as fast as all at once.

    Args:
        rows: may be a field of structured rows, with gaps between the rows.
        out: where to put them; None: a new array.
    """
    count, channels = rows.shape
    turned = np.empty((channels, count), rows.dtype) if out is None else out
    for low in range(0, channels, _BLOCK_CHANNELS):
        high = low + _BLOCK_CHANNELS
        for start in range(0, count, _BLOCK_ROWS):
            stop = start + _BLOCK_ROWS
            turned[low:high, start:stop] = rows[start:stop, low:high].T
    return turned


def padded(values: NDArray[np.generic], rows: int) -> NDArray[np.generic]:
    """Return values with zeros behind them up to so many rows: HDF5 keeps whole chunks only."""
    missing = rows - len(values)
    if missing == 0:
        return values
    return np.concatenate([values, np.zeros((missing, *values.shape[1:]), values.dtype)])


def is_constant(values: NDArray[np.generic]) -> bool:
    """Return whether all elements are the same bits; an empty array is not."""
    flat = _words(values)
    if flat.size == 0 or flat[0] != flat[-1] or flat[0] != flat[flat.size // 2]:
        return False
    return bool((flat == flat[0]).all())


def _shuffled(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    words = _words(values)
    if words.itemsize == 1:
        return words.view(np.uint8)
    planes = np.empty((words.itemsize, words.size), np.uint8)
    if words.itemsize == _LONG:
        # Too long for the shifts below to pay.
        for place, plane in enumerate(words.view(np.uint8).reshape(-1, _LONG).T):
            planes[place] = plane
        return planes
    np.copyto(planes[0], words, casting="unsafe")
    moved = np.empty_like(words)
    for place in range(1, words.itemsize):
        np.right_shift(words, words.dtype.type(8 * place), out=moved)
        np.copyto(planes[place], moved, casting="unsafe")
    return planes


def _words(values: NDArray[np.generic]) -> NDArray[np.unsignedinteger]:
    """Return the bits of all elements as unsigned integers, 1-D."""
    flat = np.ascontiguousarray(values).reshape(-1)
    return flat.view(_WORDS.get(flat.itemsize, np.dtype(np.uint8)))


def _inflated(data: bytes | memoryview, size: int) -> bytes:
    try:
        # A buffer a little larger than the result saves the call that looks for more.
        return _zlib.decompress(data, bufsize=size + 64)
    except _DAMAGED as error:
        message = f"A chunk cannot be inflated: {error}."
        raise ValueError(message) from error
