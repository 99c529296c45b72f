"""The recorder that writes HDF5: collects rows in a block, and writes whole blocks."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.messages import Message
from bench.record import growing
from bench.record.block import Block
from bench.record.growing import Pending
from bench.record.layout import CHUNK_ROWS
from bench.record.port import Ending, Event, Header, Point, Provenance, StepRecord

PENDING_RECORDS = 1000
"""Events, steps and points collected before they are written without waiting for a block."""


def run_file_name(
    start_utc_ns: int, protocol: str, serial: str, taken: Collection[str] = ()
) -> str:
    """Return the name of a run's file, valid on Linux and Windows.

    Start in UTC, protocol and serial number; a counter follows where the name is `taken`
    (upper and lower case count as equal, as on Windows).
    """
    start = datetime.fromtimestamp(start_utc_ns // SECOND, UTC)
    words = [f"{start:%Y%m%dT%H%M%SZ}", _word(protocol), _word(serial)]
    stem = "_".join(word for word in words if word)
    used = {name.casefold() for name in taken}
    name, counter = f"{stem}.h5", 1
    while name.casefold() in used:
        counter += 1
        name = f"{stem}_{counter}.h5"
    return name


def _word(text: str) -> str:
    return re.sub(r"[^\w.+-]+", "-", text).strip("-.")[:60]


class RunWriter:
    """Writes one run into a new HDF5 file; a `Recorder`.

    Raises:
        RunFileError: the file exists or cannot be written; nothing is left behind.
    """

    def __init__(self, path: Path, header: Header, provenance: Provenance | None = None) -> None:
        self._path = path
        self._header = header
        self._block = Block(header.channels, CHUNK_ROWS)
        self._pending = Pending()
        self._identities: dict[str, str] = {}
        self._refusal: Message | None = None
        self._is_closed = False
        self._file = growing.create(path, header, provenance or Provenance())

    @property
    def path(self) -> Path:
        """The run file."""
        return self._path

    def row(self, time_ns: int, values: NDArray[np.float64], qualities: NDArray[np.uint8]) -> None:
        """Take one scan (see `Recorder.row`).

        Raises:
            RunFileError: a block could not be written, now or before.
            ValueError: not one value and one quality per channel, or an earlier time.
        """
        if self._refusal is not None:
            # A new one each time: an exception raised again and again collects tracebacks.
            raise RunFileError(self._refusal.id, **self._refusal.arguments)
        if self._block.add(time_ns, values, qualities):
            self._write_block()

    def event(self, event: Event) -> None:
        """Take an event."""
        self._pending.events.append(event)
        self._write_many()

    def step(self, step: StepRecord) -> None:
        """Take a step that has ended."""
        self._pending.steps.append(step)
        self._write_many()

    def point(self, point: Point) -> None:
        """Take a measured window."""
        self._pending.points.append(point)
        self._write_many()

    def identify(self, name: str, identity: str) -> None:
        """Take what an instrument says it is; it reaches the file with the next block."""
        self._identities[name] = identity

    def close(self, ending: Ending) -> None:
        """Write what is left and close the file; again: does nothing.

        Raises:
            RunFileError: something of it cannot be written; the file is closed all the same.
        """
        if self._is_closed:
            return
        self._is_closed = True
        try:
            if self._refusal is None and len(self._block):
                self._write_block()
        finally:
            self._refusal = Message("record.closed", {"path": self._path})
            self._finish(ending)

    def _finish(self, ending: Ending) -> None:
        self._file.release_reserve()
        try:
            self._write_records()
        finally:
            self._file.finish(ending)

    def _write_block(self) -> None:
        try:
            self._file.append(self._block)
        except RunFileError as error:
            self._refuse(error, len(self._block))
            raise
        finally:
            self._block.clear()
        self._write_records()

    def _write_many(self) -> None:
        if len(self._pending) < PENDING_RECORDS or self._refusal is not None:
            return
        with suppress(RunFileError):  # the next row tells it
            self._write_records()

    def _write_records(self) -> None:
        try:
            self._file.note(self._pending, self._identities)
        except RunFileError as error:
            self._refuse(error, 0)
            raise
        self._pending = Pending()
        self._identities = {}

    def _refuse(self, error: RunFileError, lost: int) -> None:
        self._refusal = error.message
        now = max(self._block.last_time, self._header.start_ns)
        utc = self._header.start_utc_ns + now - self._header.start_ns
        message = Message("record.rows-lost", {"rows": lost, "why": error.message})
        self._pending.events.append(Event(now, utc, "error", "recorder", message))
