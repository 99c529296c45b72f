"""Making a run file: it has its name only once everything known at the start is safely in it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bench.errors import RunFileError
from bench.record import hdf5, layout
from bench.record.atomic import AtomicFile
from bench.record.port import Header, Provenance
from bench.record.storage import Storage, reason

_HDF5_ERRORS = (OSError, RuntimeError, ValueError, KeyError)
_CHANNEL_BYTES = 24 * 1024
_FIXED_BYTES = 256 * 1024


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
                first_rows=first_rows, first_ns=first_ns, sequence=sequence,
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
