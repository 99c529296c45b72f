"""A run file while it grows: the slow side of the recorder, where errors become sentences."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.record import disk as disks
from bench.record import hdf5, layout
from bench.record.block import Block
from bench.record.disk import RunDisk, reason
from bench.record.port import Ending, Event, Header, Point, Provenance, StepRecord

_HDF5_ERRORS = (OSError, RuntimeError, ValueError, KeyError)
_RECORD_BYTES = 4096
"""Generous size of one event, step or point."""
_CHUNK_LISTS = 256 * 1024
"""First chunks of the columns of events, steps and points."""
_LARGEST_INDEX_STEP = 32 * 1024
"""Most by which HDF5 ever extends the chunk index of one column."""


@dataclass
class Pending:
    """What has happened since the last write."""

    events: list[Event] = field(default_factory=list[Event])
    """Events."""
    steps: list[StepRecord] = field(default_factory=list[StepRecord])
    """Steps that have ended."""
    points: list[Point] = field(default_factory=list[Point])
    """Measured windows."""

    def __len__(self) -> int:
        return len(self.events) + len(self.steps) + len(self.points)


def create(path: Path, header: Header, provenance: Provenance) -> GrowingFile:
    """Return a new run file with everything in it that is known at the start.

    Raises:
        RunFileError: it exists or cannot be written; nothing is left behind.
    """
    disk = disks.create(path)
    with ExitStack() as undo:
        undo.callback(disk.discard)
        with _translated("record.cannot-create", disk):
            disk.reserve(_header_bytes(header))
            file = hdf5.create(disk)
            undo.callback(file.close)
            contents = layout.create(file, header, provenance)
            file.flush()
        undo.pop_all()
    return GrowingFile(disk, file, contents, header)


def _header_bytes(header: Header) -> int:
    texts = sum(map(len, (header.rig_text, *header.texts.values())))
    return 4 * texts + 16 * 1024 * (len(header.channels) + 8)


@contextmanager
def _translated(sentence: str, disk: RunDisk) -> Generator[None]:
    try:
        yield
        if disk.failure is not None:
            raise disk.failure
    except _HDF5_ERRORS as error:
        raise RunFileError(sentence, path=disk.path, reason=reason(error)) from error


class GrowingFile:
    """An open run file; `create` makes one."""

    def __init__(
        self, disk: RunDisk, file: hdf5.File, contents: layout.Contents, header: Header
    ) -> None:
        self._disk = disk
        self._file = file
        self._contents = contents
        self._header = header
        self._rows = 0

    def append(self, block: Block) -> None:
        """Write the rows of a block, after making sure that there is room for all of them.

        Raises:
            RunFileError: the disk is full or gone.
        """
        scan = self._contents.scan
        with _translated("record.cannot-write", self._disk):
            self._disk.reserve(self._block_bytes())
            times = block.times
            scan.nanoseconds.append(times)
            scan.seconds.append((times - self._header.start_ns) / SECOND)
            for column, values in zip(scan.values, block.values, strict=True):
                column.append(values)
            for column, qualities in zip(scan.qualities, block.qualities, strict=True):
                column.append(qualities)
            self._file.flush()
        self._rows += len(block)

    def _block_bytes(self) -> int:
        channels = len(self._header.channels)
        chunks = self._rows // layout.CHUNK_ROWS
        index_step = min(_LARGEST_INDEX_STEP, 1024 + 16 * chunks)
        data = (channels + 2) * 10 * layout.CHUNK_ROWS  # 8 + 1 bytes, and what deflate may add
        return data + (2 * channels + 2) * index_step

    def note(self, pending: Pending, identities: Mapping[str, str]) -> None:
        """Write what has happened since the last time.

        Raises:
            RunFileError: the disk is full or gone.
        """
        contents = self._contents
        with _translated("record.cannot-write", self._disk):
            self._disk.reserve(_CHUNK_LISTS + _RECORD_BYTES * (len(pending) + len(identities)))
            contents.events.append(pending.events)
            contents.steps.append(pending.steps)
            contents.points.append(pending.points)
            for name, identity in identities.items():
                layout.write_identity(contents.instruments, name, identity)
            self._file.flush()

    def release_reserve(self) -> None:
        """Allow what was kept for the end of the run to be used: the run ends."""
        self._disk.release_reserve()

    def finish(self, ending: Ending) -> None:
        """Write how the run ended, and close.

        Raises:
            RunFileError: the disk is full or gone; the file is closed all the same.
        """
        with _translated("record.cannot-write", self._disk):
            try:
                layout.write_ending(self._file, self._contents, self._header, self._rows, ending)
            finally:
                self._file.close()
                self._disk.close()
