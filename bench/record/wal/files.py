"""The files of a log: their names, and the head of a segment."""

from __future__ import annotations

import re
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from zlib import crc32

from bench.record.disk.storage import Storage, StoredFile

_MAGIC = b"h2bench\x01"
_VERSION = 1
_HEAD = struct.Struct("<8sIQ16s24x")
_CRC = struct.Struct("<I")

SEGMENT_HEAD_SIZE = _HEAD.size + _CRC.size
"""Bytes of a segment before its first frame: 64."""
RUN_ID_SIZE = 16
"""Bytes of a run's identity (a UUID)."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the log; later places are greater."""

    segment: int
    """Number of the segment."""
    offset: int
    """Bytes from its begin."""


class LogSource(Protocol):
    """What reading a log asks of a file system: a part of `Storage`."""

    def open(self, path: Path) -> StoredFile:
        """Open an existing file."""
        ...

    def names(self, folder: Path) -> list[str]:
        """Return the names of all files of a folder, sorted."""
        ...


def segment_path(run: Path, number: int) -> Path:
    """Return where a segment of a run's log lies: ``NAME.h5.00000001.wal``."""
    return run.with_name(f"{run.name}.{number:08d}.wal")


def spare_path(run: Path) -> Path:
    """Return where the segment lies that is kept for a full disk: ``NAME.h5.spare.wal``."""
    return run.with_name(f"{run.name}.spare.wal")


def list_segments(source: LogSource, run: Path, run_id: bytes | None = None) -> tuple[int, ...]:
    """Return the numbers of the segments beside a run file, in order.

    Args:
        source: where they lie.
        run: path of the run file (first part), which need not exist.
        run_id: given, segments that another run of the same name left over are passed over.

    Raises:
        OSError: the folder or a segment cannot be read.
    """
    pattern = re.compile(re.escape(run.name) + r"\.(\d{8,})\.wal")
    matches = (pattern.fullmatch(name) for name in source.names(run.parent))
    numbers = sorted(int(match[1]) for match in matches if match)
    return tuple(n for n in numbers if run_id is None or not is_foreign(source, run, n, run_id))


def remove_log(storage: Storage, run: Path, run_id: bytes) -> None:
    """Remove all segments of a run, oldest first, and its spare one.

    Raises:
        OSError: one cannot be removed (on Windows: somebody holds it open); again: goes on.
    """
    for number in list_segments(storage, run, run_id):
        with suppress(FileNotFoundError):
            storage.remove(segment_path(run, number))
    if storage.exists(spare_path(run)):
        storage.remove(spare_path(run))


def encode_head(number: int, run_id: bytes) -> bytes:
    """Return the head of a segment.

    Raises:
        ValueError: the run's identity has not 16 bytes.
    """
    if len(run_id) != RUN_ID_SIZE:
        msg = f"identity of {len(run_id)} bytes, not {RUN_ID_SIZE}"
        raise ValueError(msg)
    head = _HEAD.pack(_MAGIC, _VERSION, number, run_id)
    return head + _CRC.pack(crc32(head))


def salt_of(head: bytes | bytearray) -> int:
    """Return what starts the checksums of a segment's frames.

    Frames of an older log that a file system left in the blocks of a new segment are not valid.
    """
    (salt,) = _CRC.unpack_from(head, _HEAD.size)
    return int(salt)


def is_foreign(source: LogSource, run: Path, number: int, run_id: bytes) -> bool:
    """Return whether a segment has a valid head that names another run.

    Raises:
        OSError: it cannot be read.
    """
    try:
        file = source.open(segment_path(run, number))
    except FileNotFoundError:
        return False
    head = bytearray(SEGMENT_HEAD_SIZE)
    try:
        is_whole = file.read_into(0, memoryview(head)) == SEGMENT_HEAD_SIZE
    finally:
        file.close()
    is_valid = is_whole and head.startswith(_MAGIC) and salt_of(head) == crc32(head[: _HEAD.size])
    return is_valid and _HEAD.unpack_from(head)[3] != run_id
