"""Making a run file: it has its name only once everything known at the start is safely in it."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.errors import RunFileError
from bench.record import hdf5
from bench.record.disk.atomic import AtomicFile
from bench.record.disk.locks import Purpose, RunLock
from bench.record.disk.storage import Storage, reason
from bench.record.layout import contents as layout
from bench.record.log import RunLog
from bench.record.port import Header, Provenance
from bench.record.rows import groups_of
from bench.record.wal.files import remove_log

_HDF5_ERRORS = (OSError, RuntimeError, ValueError, KeyError)
_CHANNEL_BYTES = 24 * 1024
_FIXED_BYTES = 256 * 1024


@dataclass(frozen=True)
class Portions:
    """How much a recorder takes at once; small ones prove what happens between them."""

    pump_ns: int | None = None
    """Run time after which a recorder in line writes the log; None: as the scans' period has it."""
    segment_bytes: int | None = None
    """Size of a segment of the log; None: a minute or two, within bounds."""
    chunk_rows: int | None = None
    """Rows per chunk of every group, a multiple of 256; None: as its rate has it."""


@dataclass(frozen=True)
class NewRun:
    """A run that has begun: its file with nothing but the header, its log, its lock."""

    storage: Storage
    """Where its files lie."""
    path: Path
    """The run file."""
    run_id: bytes
    """Identity of the run, 16 bytes."""
    log: RunLog
    """Where rows and records come in."""
    lock: RunLock
    """Says that the run is being recorded."""

    def discard(self) -> None:
        """Remove everything: the run does not begin after all."""
        self.log.close()
        _remove(self.storage, self.path, self.run_id)
        self.lock.release()

    def unfinished(self, error: RunFileError | OSError) -> RunFileError:
        """Return what to say where the file is not whole at the end of the run."""
        if self._is_gone():
            return RunFileError("record.file-gone", path=self.path)
        told: object = error.message if isinstance(error, RunFileError) else reason(error)
        if self.log.failure is None:
            return RunFileError("record.left-in-log", path=self.path, reason=told)
        rows = self.log.unwritten_rows
        return RunFileError("record.rows-unwritten", path=self.path, reason=told, rows=rows)

    def _is_gone(self) -> bool:
        """Return whether the file was taken away; a disk that does not answer says nothing."""
        try:
            return not self.storage.exists(self.path)
        except OSError:
            return False


def begin_run(
    storage: Storage,
    path: Path,
    header: Header,
    provenance: Provenance,
    *,
    segment_bytes: int,
    seconds: float,
    chunk_rows: int | None = None,
) -> NewRun:
    """Make a run file and the log beside it.

    Args:
        storage: where they lie.
        path: the run file.
        header: what is known at the start.
        provenance: what may differ between equal runs.
        segment_bytes: size of a segment of the log.
        seconds: how long rows may wait for a disk that hangs, s.
        chunk_rows: rows per chunk of every group; None: as its rate has it.

    Raises:
        RunFileError: the file exists, is being recorded, or cannot be written; nothing is left
            behind.
    """
    identity = run_uuid_of(path, header, provenance)
    with ExitStack() as undo:
        lock = _locked(path)
        undo.callback(lock.release)
        rows = {group.name: chunk_rows for group in groups_of(header)} if chunk_rows else None
        create_file(storage, path, header, provenance, run_uuid=str(identity), chunk_rows=rows)
        undo.callback(_remove, storage, path, identity.bytes)
        try:
            log = RunLog(
                storage, path, header, identity.bytes, segment_bytes=segment_bytes, seconds=seconds
            )
        except OSError as error:
            raise RunFileError("record.cannot-create", path=path, reason=reason(error)) from error
        undo.pop_all()
    return NewRun(storage, path, identity.bytes, log, lock)


def _locked(path: Path) -> RunLock:
    if not path.parent.is_dir():
        told = os.strerror(errno.ENOENT)
        raise RunFileError("record.cannot-create", path=path, reason=told)
    try:
        return RunLock(path, Purpose.RECORDING)
    except ValueError as error:  # a name that no system takes
        raise RunFileError("record.cannot-create", path=path, reason=error) from error
    except RunFileError as error:
        if error.message.id != "record.no-lock":
            raise
        told = error.message.arguments["reason"]  # a folder that is missing or read-only
        raise RunFileError("record.cannot-create", path=path, reason=told) from error


def _remove(storage: Storage, path: Path, run_id: bytes) -> None:
    with suppress(OSError):
        remove_log(storage, path, run_id)
        storage.remove(path)


def run_uuid_of(path: Path, header: Header, provenance: Provenance) -> uuid.UUID:
    """Return the identity of a run: the one it was given, else one of its name and start.

    Equal runs have equal ones, so that their files are equal.
    """
    with suppress(ValueError):
        return uuid.UUID(provenance.uuid)
    named = f"{provenance.uuid}|{path.name}|{header.start_utc_ns}"
    return uuid.uuid5(uuid.NAMESPACE_URL, named.encode("utf-8", "replace").decode())


def create_file(
    storage: Storage,
    path: Path,
    header: Header,
    provenance: Provenance,
    *,
    run_uuid: str,
    part: int = 1,
    first_rows: Mapping[str, int] | None = None,
    chunk_rows: Mapping[str, int] | None = None,
    first_ns: int | None = None,
    sequence: int = 0,
) -> None:
    """Make a part of a run, as `layout.create_part` writes it; it is committed and closed then.

    Raises:
        RunFileError: it exists, or cannot be written; nothing is left behind.
    """
    try:
        stream = AtomicFile.create(storage, path)
    except FileExistsError as error:
        raise RunFileError("record.exists", path=path) from error
    except (OSError, ValueError) as error:
        raise RunFileError("record.cannot-create", path=path, reason=reason(error)) from error
    try:
        stream.reserve(_size(header))
        file = hdf5.create(stream)
        try:
            layout.create_part(
                file, header, provenance, run_uuid=run_uuid, part=part,
                first_rows=first_rows, chunk_rows=chunk_rows, first_ns=first_ns,
                sequence=sequence,
            )  # fmt: skip
            file.flush()
            stream.commit()
        finally:
            file.close()
        stream.publish()
    except RunFileError:
        raise
    except _HDF5_ERRORS as error:
        told = reason(stream.failure or error)
        raise RunFileError("record.cannot-create", path=path, reason=told) from error
    finally:
        stream.abandon()


def _size(header: Header) -> int:
    """Return generously what the file takes before its first row, so that a full disk says so."""
    texts = sum(map(len, (header.rig_text, *header.texts.values())))
    channels = len(header.channels) + sum(len(group.channels) for group in header.groups)
    return _FIXED_BYTES + 4 * texts + _CHANNEL_BYTES * channels
