"""The superblock of an HDF5 file: the one piece of the format that is changed behind HDF5's back.

While a file of HDF5 1.10 or later is written, a flag in its superblock says so, and other programs
refuse it until ``h5clear`` has been run. A committed state is whole, so its flag is cleared; the
checksum beside it has to follow. (HDF5 File Format Specification 3.0, II.A.)
"""

from __future__ import annotations

import struct

SIZE = 48
"""Bytes of a superblock of version 2 or 3 with 8-byte addresses."""
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_VERSIONS = (2, 3)
_VERSION, _ADDRESS_SIZE, _FLAGS, _BASE, _END, _CHECKSUM = 8, 9, 11, 12, 28, 44
_MASK = 0xFFFFFFFF


def cleared(data: bytes) -> bytes:
    """Return a superblock that says that nobody writes the file.

    Args:
        data: the first `SIZE` bytes of a file; anything but a superblock of version 2 or 3 comes
            back as it is.
    """
    if not _is_known(data) or not data[_FLAGS]:
        return data
    body = data[:_FLAGS] + b"\0" + data[_FLAGS + 1 : _CHECKSUM]
    return body + struct.pack("<I", lookup3(body))


def end_of_file(data: bytes) -> int | None:
    """Return where the file ends as the superblock says; None: not known.

    Args:
        data: the first `SIZE` bytes of a file.
    """
    if not _is_known(data) or struct.unpack_from("<Q", data, _BASE)[0]:
        return None
    if struct.unpack_from("<I", data, _CHECKSUM)[0] != lookup3(data[:_CHECKSUM]):
        return None
    return int(struct.unpack_from("<Q", data, _END)[0])


def _is_known(data: bytes) -> bool:
    return (
        len(data) == SIZE
        and data.startswith(_SIGNATURE)
        and data[_VERSION] in _VERSIONS
        and data[_ADDRESS_SIZE] == struct.calcsize("<Q")
    )


def lookup3(data: bytes) -> int:
    """Return Bob Jenkins' lookup3 hash (``hashlittle``, start 0): HDF5's metadata checksum."""
    a = b = c = (0xDEADBEEF + len(data)) & _MASK
    if not data:
        return c
    last = (len(data) - 1) // 12 * 12
    for place in range(0, last, 12):
        x, y, z = struct.unpack_from("<III", data, place)
        a, b, c = _mix((a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK)
    x, y, z = struct.unpack("<III", data[last:].ljust(12, b"\0"))
    return _final((a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK)


def _mix(a: int, b: int, c: int) -> tuple[int, int, int]:
    for turn in (4, 6, 8, 16, 19, 4):
        a = ((a - c) & _MASK) ^ _rotated(c, turn)
        c = (c + b) & _MASK
        a, b, c = b, c, a
    return a, b, c


def _final(a: int, b: int, c: int) -> int:
    for turn in (14, 11, 25, 16, 4, 14, 24):
        c = ((c ^ b) - _rotated(b, turn)) & _MASK
        a, b, c = b, c, a
    return b


def _rotated(value: int, turn: int) -> int:
    return ((value << turn) | (value >> (32 - turn))) & _MASK
