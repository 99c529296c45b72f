"""From one part of a run to the next, and the list of all parts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from bench.record.creation import create_file
from bench.record.disk.storage import Storage
from bench.record.layout.bookmark import read_bookmark
from bench.record.layout.header import part_of_run, read_provenance
from bench.record.layout.instruments import read_identities
from bench.record.layout.parts import Manifest, PartEntry, part_path, write_manifest
from bench.record.sealing.part_sealer import PartSealer, State, open_part

_PARTS = "parts"
"""Where a part keeps the list of those before it, in ``/entry/log``."""


def last_part(storage: Storage, run: Path) -> Path:
    """Return the last part of a run that is there."""
    number = 1
    while storage.exists(part_path(run, number + 1)):
        number += 1
    return part_path(run, number)


def next_part(storage: Storage, run: Path, ended: PartSealer) -> PartSealer:
    """Make the part behind one that has ended, and close that; a new part goes on from its state.

    Raises:
        RunFileError: it cannot be made or opened.
        OSError: the list of parts cannot be written.
    """
    contents, state = ended.contents, ended.state()
    number = contents.part + 1
    provenance = read_provenance(contents.entry)
    create_file(
        storage,
        part_path(run, number),
        part_of_run(contents.header, read_identities(contents.instruments)),
        replace(provenance, uuid=_part_uuid(contents.run_uuid, number)),
        run_uuid=contents.run_uuid,
        part=number,
        first_rows={each.group.name: each.first_row + each.rows for each in contents.groups},
        chunk_rows={each.group.name: each.chunk_rows for each in contents.groups},
        first_ns=None if state is None else int(state["now_ns"]),
        sequence=contents.sequence,
    )
    ended.remove_journal()
    return open_part(storage, part_path(run, number))


def take_over(storage: Storage, run: Path, part: PartSealer) -> State | None:
    """Let a part go on that was made and never committed; return the state it goes on from.

    Raises:
        RunFileError, OSError, KeyError, TypeError, ValueError: the part before is damaged or gone.
    """
    before = open_part(storage, part_path(run, part.contents.part - 1))
    try:
        state = before.state()
        entries = [*_known(before), _entry(run, before)]
        bookmark = read_bookmark(before.contents.entry)
    finally:
        before.close()
    part.resume(state, follows=True)
    part.append([] if bookmark is None else [bookmark])
    part.contents.entry.group("log").put_json(_PARTS, [_plain(each) for each in entries])
    return state


def write_parts(storage: Storage, run: Path, part: PartSealer) -> None:
    """Write the list of all parts up to this one.

    Raises:
        OSError, KeyError, TypeError, ValueError: it cannot be written.
    """
    entries = (*_known(part), _entry(run, part))
    write_manifest(storage, run, Manifest(part.contents.run_uuid, entries))


def _known(part: PartSealer) -> Sequence[PartEntry]:
    log = part.contents.entry.group("log")
    found = cast("list[Any]", log.json(_PARTS)) if _PARTS in log else []
    return [
        PartEntry(
            str(each["file"]), int(each["part"]), int(each["first_ns"]),
            {str(name): int(row) for name, row in each["first_rows"].items()},
        )
        for each in found
    ]  # fmt: skip


def _entry(run: Path, part: PartSealer) -> PartEntry:
    contents = part.contents
    rows = {each.group.name: each.first_row for each in contents.groups}
    return PartEntry(part_path(run, contents.part).name, contents.part, contents.first_ns, rows)


def _plain(entry: PartEntry) -> dict[str, object]:
    return {
        "file": entry.file, "part": entry.part, "first_ns": entry.first_ns,
        "first_rows": dict(entry.first_rows),
    }  # fmt: skip


def _part_uuid(run_uuid: str, number: int) -> str:
    try:
        run = uuid.UUID(run_uuid)
    except ValueError:
        run = uuid.uuid5(uuid.NAMESPACE_URL, run_uuid)
    return str(uuid.uuid5(run, f"part {number}"))
