"""Runs that go on from one another: one test, broken off and resumed."""

from __future__ import annotations

from pathlib import Path

from bench.errors import RunFileError
from bench.record.layout.header import read_continues
from bench.runs.chunk_source import ChunkCache
from bench.runs.damage import damage_told
from bench.runs.part_file import PartFile


def chain_before(path: Path, continues: str) -> tuple[str, ...]:
    """Return the names of the files a run goes on from, the first one first.

    A file that is not there, or cannot be read, ends the chain with its name.

    Args:
        path: the run.
        continues: file name of the one that it goes on from; empty: none.
    """
    found: list[str] = []
    while continues and continues not in {path.name, *found}:
        found.append(continues)
        continues = _continues(path.with_name(Path(continues).name))
    return tuple(reversed(found))


def _continues(path: Path) -> str:
    try:
        part = PartFile(path, ChunkCache(0))
    except RunFileError:
        return ""
    try:
        with damage_told(path):
            return read_continues(part.entry)
    except RunFileError:
        return ""
    finally:
        part.close()
