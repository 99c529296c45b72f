"""A run file while it grows: the slow side of the recorder, where errors become sentences."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.record import hdf5, layout
from bench.record.block import Block
from bench.record.disk import RunDisk, reason
from bench.record.port import Ending, Event, Header, Point, Provenance, StepRecord
from bench.record.tables import EVENTS, POINTS, STEPS

_INDEX_GROWTH = 32 * 1024
"""Largest piece by which HDF5 extends the chunk index of one column, bytes."""
_HDF5_ERRORS = (OSError, RuntimeError, ValueError, KeyError)


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


class GrowingFile:
    """An open run file.

    Raises:
        RunFileError: it exists or cannot be written; nothing is left behind.
    """

    def __init__(self, path: Path, header: Header, provenance: Provenance) -> None:
        self._path = path
        self._header = header
        self._rows = 0
        self._disk = RunDisk(path)
        self._file: hdf5.File | None = None
        with ExitStack() as undo:
            undo.callback(self._discard)
            with self._translated("record.cannot-create"):
                self._create(provenance)
            undo.pop_all()

    def _create(self, provenance: Provenance) -> None:
        header = self._header
        texts = sum(map(len, (header.rig_text, *header.texts.values())))
        self._disk.reserve(4 * texts + 16 * 1024 * (len(header.channels) + 8))
        self._file = hdf5.create(self._disk)
        self._entry = layout.write_header(self._file, header, provenance)
        self._scan = layout.create_scan(self._entry, header)
        self._events = EVENTS.create(self._entry)
        self._steps = STEPS.create(self._entry)
        self._points = POINTS.create(self._entry)
        self._instruments = self._entry.create("instrument", "NXinstrument")
        layout.write_index(self._entry, header, 0)
        self._file.flush()

    def _discard(self) -> None:
        if self._file is not None:
            self._file.close()
        self._disk.discard()

    @contextmanager
    def _translated(self, sentence: str) -> Generator[None]:
        try:
            yield
            if self._disk.failure is not None:
                raise self._disk.failure
        except _HDF5_ERRORS as error:
            raise RunFileError(sentence, path=self._path, reason=reason(error)) from error

    def append(self, block: Block) -> None:
        """Write the rows of a block, after making sure that there is room for all of them.

        Raises:
            RunFileError: the disk is full or gone.
        """
        columns = 2 * len(self._header.channels) + 2
        with self._translated("record.cannot-write"):
            self._disk.reserve(columns * (9 * layout.CHUNK_ROWS + _INDEX_GROWTH))
            times = block.times
            self._scan.nanoseconds.append(times)
            self._scan.seconds.append((times - self._header.start_ns) / SECOND)
            for column, values in zip(self._scan.values, block.values, strict=True):
                column.append(values)
            for column, qualities in zip(self._scan.qualities, block.qualities, strict=True):
                column.append(qualities)
            self._file_now.flush()
        self._rows += len(block)

    def note(self, pending: Pending, identities: Mapping[str, str]) -> None:
        """Write what has happened since the last time.

        Raises:
            RunFileError: the disk is full or gone.
        """
        with self._translated("record.cannot-write"):
            self._events.append(pending.events)
            self._steps.append(pending.steps)
            self._points.append(pending.points)
            for name, identity in identities.items():
                layout.write_identity(self._instruments, name, identity)
            self._file_now.flush()

    def finish(self, ending: Ending) -> None:
        """Write how the run ended, and close.

        Raises:
            RunFileError: the disk is full or gone; the file is closed all the same.
        """
        try:
            with self._translated("record.cannot-write"):
                layout.write_index(self._entry, self._header, self._rows)
                layout.write_ending(self._file_now, self._entry, self._header, ending)
        finally:
            self.abandon()
        with self._translated("record.cannot-write"):
            pass  # closing may have failed: the disk remembers

    def abandon(self) -> None:
        """Close without an ending."""
        self._file_now.close()
        self._disk.close()

    @property
    def _file_now(self) -> hdf5.File:
        if self._file is None:
            raise RunFileError("record.closed", path=self._path)
        return self._file
