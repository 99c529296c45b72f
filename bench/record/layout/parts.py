"""The parts of a run: ``NAME.h5``, ``NAME.part2.h5``, …, and the list of them, ``NAME.parts.json``.

Each part is complete in itself. The list is derived: the parts are found by their names and the
identity of the run without it, but only the list tells that one at the end is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from bench.errors import RunFileError
from bench.record import hdf5
from bench.record.disk.storage import Storage, check_regular, reason
from bench.record.layout.header import FORMAT, read_run_uuid

MANIFEST_VERSION = 1
"""Newest version of the list this program writes and reads."""
_FORMAT = "h2bench-run-parts"
_SUFFIX = ".parts.json"
_PART = re.compile(r"(?P<stem>.+)\.part(?P<number>[2-9]|[1-9][0-9]+)", re.DOTALL)


@dataclass(frozen=True)
class PartEntry:
    """What the list says of a part."""

    file: str
    """Name of the file, in the folder of the list."""
    part: int
    """Which part, from 1."""
    first_ns: int
    """Monotonic time at which it begins."""
    first_rows: Mapping[str, int] = field(default_factory=dict[str, int])
    """Group → number of its first row since the run's start."""


@dataclass(frozen=True)
class Manifest:
    """The list of the parts of a run."""

    run_uuid: str
    """Identity of the run."""
    parts: tuple[PartEntry, ...]
    """The parts, in order."""


@dataclass(frozen=True)
class PartIdentity:
    """Which part of which run a file is."""

    run_uuid: str
    """Identity of the run."""
    part: int
    """Which part, from 1."""


@dataclass(frozen=True)
class FoundParts:
    """The files of a run, as they are on the disk."""

    run: Path
    """Where the first part is, or would be."""
    parts: Mapping[int, Path]
    """Part → its file, in order."""
    missing: tuple[int, ...]
    """Parts that belong to the run and are not there."""


def part_path(run: Path, part: int) -> Path:
    """Return the file of a part of a run whose first part is `run`.

    Raises:
        ValueError: parts are counted from 1.
    """
    if part < 1:
        raise ValueError(part)
    return run if part == 1 else run.with_name(f"{run.stem}.part{part}{run.suffix}")


def manifest_path(run: Path) -> Path:
    """Return where the list of the parts of a run stands."""
    return run.with_name(f"{run.stem}{_SUFFIX}")


def run_of(path: Path) -> tuple[Path, int]:
    """Return the first part of the run that a file belongs to by its name, and which part it is.

    Of a list of parts: the first part, and 0.
    """
    if path.name.endswith(_SUFFIX) and path.name != _SUFFIX:
        return path.with_name(f"{path.name.removesuffix(_SUFFIX)}.h5"), 0
    found = _PART.fullmatch(path.stem)
    if found is None:
        return path, 1
    return path.with_name(found["stem"] + path.suffix), int(found["number"])


def write_manifest(storage: Storage, run: Path, manifest: Manifest) -> None:
    """Write the list of parts, in place of an older one, in one step.

    Raises:
        OSError: it cannot be written; the older one stands.
    """
    path = manifest_path(run)
    new = path.with_name(f"{path.name}.new")
    if storage.exists(new):
        storage.remove(new)
    file = storage.create(new)
    try:
        file.write_at(0, _encode(manifest))
        file.sync()
    finally:
        file.close()
    storage.replace(new, path)
    storage.sync_folder(path.parent)


def read_manifest(run: Path) -> Manifest | None:
    """Return the list of the parts of a run whose first part is `run`; None: there is none.

    Raises:
        RunFileError: it cannot be read, or is of a newer program.
    """
    path = manifest_path(run)
    check_regular(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunFileError("record.parts-unreadable", path=path, reason=reason(error)) from error
    try:
        return _decode(path, content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunFileError("record.parts-unreadable", path=path, reason=error) from error


def identify(path: Path) -> PartIdentity | None:
    """Return which part of which run a file is; None: it cannot be read, or is no run file."""
    try:
        check_regular(path)
        file = hdf5.open_to_read(path)
    except (RunFileError, OSError, RuntimeError, ValueError):
        return None
    try:
        if file.attributes().get("format") != FORMAT:
            return None
        return PartIdentity(read_run_uuid(file.group("entry")), file.integer("part"))
    except (OSError, RuntimeError, KeyError, TypeError, ValueError):
        return None
    finally:
        file.close()


def find_parts(
    path: Path, identify: Callable[[Path], PartIdentity | None] = identify
) -> FoundParts:
    """Return all parts of a run from any of its files, or from the list of them.

    Names lead to the files; only those of the same run count. A file that was renamed alone is
    a run of one part, and the others are missing.

    Args:
        path: a part or the list.
        identify: tells which part of which run a file is.

    Raises:
        RunFileError: the list cannot be read.
    """
    run, number = run_of(path)
    own = identify(path) if number else None
    if own is not None and own.part != number:
        if own.part == 1:
            run = path  # its name only looks like that of a further part
        else:
            return FoundParts(path, {own.part: path}, tuple(range(1, own.part)))
    manifest = read_manifest(run)
    uuid = own.run_uuid if own is not None else manifest.run_uuid if manifest else None
    files = _files_of(run)
    if uuid is None:
        first = identify(run) if run != path else None
        uuid = first.run_uuid if first is not None else None
    found = {
        part: file
        for part, file in sorted(files.items())
        if file == path or (uuid is not None and _is_part(identify(file), uuid, part))
    }
    listed = manifest.parts if manifest is not None and manifest.run_uuid == uuid else ()
    last = max([*found, *(entry.part for entry in listed)], default=1)
    missing = tuple(part for part in range(1, last + 1) if part not in found)
    return FoundParts(run, found, missing)


def _files_of(run: Path) -> dict[int, Path]:
    """Return the files that are parts of a run by their names."""
    found: dict[int, Path] = {}
    for file in run.parent.glob(f"*{run.suffix}"):
        first, part = (run, 1) if file == run else run_of(file)
        if first == run:
            found[part] = file
    return found


def _is_part(identity: PartIdentity | None, uuid: str, part: int) -> bool:
    return identity == PartIdentity(uuid, part)


def _encode(manifest: Manifest) -> bytes:
    content = {
        "format": _FORMAT,
        "version": MANIFEST_VERSION,
        "run_uuid": manifest.run_uuid,
        "parts": [
            {
                "file": entry.file, "part": entry.part, "first_ns": entry.first_ns,
                "first_rows": dict(entry.first_rows),
            }
            for entry in manifest.parts
        ],
    }  # fmt: skip
    text = json.dumps(content, ensure_ascii=False, indent=1)
    return f"{text}\n".encode("utf-8", "surrogatepass")


def _decode(path: Path, content: bytes) -> Manifest:
    found: Any = json.loads(content.decode("utf-8", "surrogatepass"))
    if found["format"] != _FORMAT:
        raise ValueError(found["format"])
    version = int(found["version"])
    if version > MANIFEST_VERSION:
        newest = MANIFEST_VERSION
        raise RunFileError("record.parts-newer", path=path, version=version, newest=newest)
    return Manifest(
        str(found["run_uuid"]), tuple(_entry(each) for each in cast("list[Any]", found["parts"]))
    )


def _entry(found: Any) -> PartEntry:
    rows = {str(name): int(row) for name, row in found["first_rows"].items()}
    return PartEntry(str(found["file"]), int(found["part"]), int(found["first_ns"]), rows)
