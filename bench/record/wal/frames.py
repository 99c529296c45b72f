"""Frames: what the log is made of, each with its own checksums.

A frame is a head of 48 bytes, little-endian, and a payload::

    magic 4 | kind 1 | 0 | group 2 | rows 4 | payload size 4 | sequence 8 | first row 8
    | time 8 | CRC-32 of the payload 4 | CRC-32 of the 44 bytes before 4

The head has a checksum of its own, so that its size is known to be right before the payload is
looked for; it covers that of the payload, so that no head goes with another frame's payload.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from zlib import crc32

_MAGIC = b"h2fr"
_HEAD = struct.Struct("<4sBxHIIqqqI")
_CRC = struct.Struct("<I")

HEAD_SIZE = _HEAD.size + _CRC.size
"""Bytes of a frame before its payload."""


class FrameKind(IntEnum):
    """What a frame holds."""

    ROWS = 1
    """Rows of a group, packed (`RowLayout.dtype`)."""
    RECORD = 2
    """One record (`encode_record`)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What is logged at a time: rows of one group, or one record."""

    kind: FrameKind
    """What it holds."""
    group: int
    """Which group of `groups_of(header)`; 0 for a record."""
    sequence: int
    """Number in the run, from 1, without holes."""
    first_row: int
    """Number of the first row in its group since the run's start; 0 for a record."""
    rows: int
    """How many rows; 0 for a record."""
    time_ns: int
    """Monotonic time of the first row, or of the record."""
    payload: bytes | memoryview
    """The bytes, below 4 GiB; a memoryview is contiguous and of bytes."""

    @property
    def size(self) -> int:
        """Bytes of the whole frame in the log."""
        return HEAD_SIZE + len(self.payload)


def encode(frame: Frame, salt: int = 0) -> tuple[bytes, bytes | memoryview]:
    """Return head and payload of a frame as they stand in the log; the payload is not copied.

    Args:
        frame: what to write.
        salt: starts the checksum of the head; a frame is only valid where this salt is expected.
    """
    payload = frame.payload
    head = _HEAD.pack(
        _MAGIC, frame.kind, frame.group, frame.rows, len(payload),
        frame.sequence, frame.first_row, frame.time_ns, crc32(payload),
    )  # fmt: skip
    return head + _CRC.pack(crc32(head, salt)), payload


def frame_size(buffer: memoryview, offset: int = 0, salt: int = 0) -> int | None:
    """Return the bytes of the whole frame whose head stands here; None: no valid head."""
    checked_end = offset + _HEAD.size
    if offset + HEAD_SIZE > len(buffer) or bytes(buffer[offset : offset + 4]) != _MAGIC:
        return None
    (expected,) = _CRC.unpack_from(buffer, checked_end)
    if crc32(buffer[offset:checked_end], salt) != expected:
        return None
    return HEAD_SIZE + int(_HEAD.unpack_from(buffer, offset)[4])


def decode(buffer: bytes | memoryview, offset: int = 0, salt: int = 0) -> Frame | None:
    """Return the frame that stands at an offset; None: there is no valid and whole one.

    The payload is a view into the buffer, which has to stay as it is.
    """
    view = memoryview(buffer)
    size = frame_size(view, offset, salt)
    if size is None or offset + size > len(view):
        return None
    _, kind, group, rows, _, sequence, first_row, time_ns, crc = _HEAD.unpack_from(view, offset)
    payload = view[offset + HEAD_SIZE : offset + size]
    if crc32(payload) != crc or kind not in _KINDS:
        return None
    return Frame(FrameKind(kind), group, sequence, first_row, rows, time_ns, payload)


def frames_anywhere(content: bytes | memoryview, salt: int = 0) -> Iterator[Frame]:
    """Yield the valid frames that stand somewhere in bytes of which the begin is none."""
    buffer = bytes(content)
    offset = buffer.find(_MAGIC)
    while offset >= 0:
        frame = decode(buffer, offset, salt)
        if frame is not None:
            yield frame
        offset = buffer.find(_MAGIC, offset + (frame.size if frame is not None else 1))


_KINDS = frozenset(FrameKind)
