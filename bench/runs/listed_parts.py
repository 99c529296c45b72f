"""What the list of parts tells of a long run, so that most of its files need not be opened yet.

To open a file takes some milliseconds; 10,000 hours are 417 files.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.record.disk import superblock
from bench.record.layout.parts import PartIdentity, part_path, read_manifest

MANY = 32
"""Runs of more parts are opened by their list."""


@dataclass(frozen=True)
class ListedPart:
    """A part as the list tells of it."""

    identity: PartIdentity
    """Which part of which run it is."""
    rows: Mapping[str, int]
    """Group → how many rows it holds."""


def listed_parts(run: Path, run_uuid: str | None) -> dict[Path, ListedPart]:
    """Return the parts of a long run that are complete and neither its first nor its last.

    A part whose size is not what its head says is left out, and so is one that is missing.

    Args:
        run: the first part.
        run_uuid: identity of the run; None: that of the list.

    Raises:
        RunFileError: the list cannot be read.
    """
    manifest = read_manifest(run)
    if manifest is None or len(manifest.parts) <= MANY:
        return {}
    if run_uuid not in {None, manifest.run_uuid}:
        return {}  # of another run
    found: dict[Path, ListedPart] = {}
    for entry, following in itertools.pairwise(manifest.parts):
        path = part_path(run, entry.part)
        if following.part == entry.part + 1 and _is_whole(path):
            rows = {
                name: following.first_rows[name] - first
                for name, first in entry.first_rows.items()
                if name in following.first_rows
            }
            found[path] = ListedPart(PartIdentity(manifest.run_uuid, entry.part), rows)
    found.pop(part_path(run, 1), None)
    if not part_path(run, manifest.parts[-1].part).is_file():
        found.popitem()  # the last one that is there
    return found


def _is_whole(path: Path) -> bool:
    """Return whether a file is as long as its head says."""
    try:
        with path.open("rb", buffering=0) as file:
            head = file.read(superblock.SIZE)
        return superblock.end_of_file(head) == path.stat().st_size
    except OSError:
        return False
