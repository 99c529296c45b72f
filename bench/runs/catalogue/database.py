"""The index of a folder of run files: an SQLite database that is derived from them.

Nothing stands in it that the files do not say; it may be deleted at any time. It lies in the
user's cache folder, so that folders that can only be read have one too. A file whose size or time
of change differs is read anew.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.errors import RunFileError
from bench.messages import Message
from bench.record.disk.storage import reason
from bench.runs.catalogue.summary import Summary, summarise, summary_from

_VERSION = 2
"""Of the index; another one is made anew."""
_SUFFIX = ".h5"
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_PATIENCE = 5.0
"""How long to wait for another program that writes the index, s."""
_TOGETHER = 100
"""Files after which the index is saved."""

Show = Callable[[int, int], object]
"""Takes how much of how much is done."""


@dataclass(frozen=True)
class Listed:
    """One file of a folder: what it says, or why it cannot be read."""

    path: Path
    """The file."""
    size: int
    """Bytes."""
    found: Summary | Message
    """What it says of itself; a message: why it cannot."""


@dataclass(frozen=True)
class _Stamp:
    """What tells that a file was changed."""

    size: int
    mtime_ns: int


_Known = dict[str, tuple[_Stamp, Summary]]


def index_path(folder: Path, cache: Path) -> Path:
    """Return where the index of a folder lies in a cache folder."""
    named = os.fsencode(folder.resolve())
    return cache / "catalogues" / f"{hashlib.sha256(named).hexdigest()[:32]}.sqlite"


def list_files(
    folder: Path, cache: Path, *, rebuild: bool = False, show: Show = lambda _, __: None
) -> tuple[Listed, ...]:
    """Return every run file in a folder and those below it, by name.

    Args:
        folder: where the files are.
        cache: the user's cache folder.
        rebuild: whether to read every file anew.
        show: is told how many files of how many were read.

    Raises:
        RunFileError: there is no such folder, or it cannot be read.
    """
    stamps = dict(_run_files(folder))
    index, known = _open(index_path(folder, cache), rebuild=rebuild)
    with closing(index):
        with suppress(sqlite3.Error):  # an index that cannot be written is none, and no harm
            gone = [(name,) for name in known if name not in stamps]
            index.executemany("DELETE FROM files WHERE name = ?", gone)
        found: dict[str, Summary | Message] = {
            name: each for name, (stamp, each) in known.items() if stamps.get(name) == stamp
        }
        found |= _read(index, folder, {n: s for n, s in stamps.items() if n not in found}, show)
    return tuple(
        Listed(folder / name, stamps[name].size, found[name])
        for name in sorted(stamps)
        if name in found
    )


def _run_files(folder: Path) -> Iterator[tuple[str, _Stamp]]:
    """Yield the run files of a folder: name below it, and stamp."""

    def told(error: OSError) -> None:
        if error.filename == os.fspath(folder):
            raise RunFileError("catalogue.no-folder", path=folder, reason=reason(error)) from error

    try:
        for parent, folders, names in os.walk(folder, onerror=told):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in names:
                path = Path(parent, name)
                if path.suffix.casefold() != _SUFFIX or name.startswith("."):
                    continue
                with suppress(FileNotFoundError):  # it was moved meanwhile
                    status = path.stat()
                    stamp = _Stamp(status.st_size, status.st_mtime_ns)
                    yield path.relative_to(folder).as_posix(), stamp
    except (OSError, ValueError) as error:
        raise RunFileError("catalogue.no-folder", path=folder, reason=reason(error)) from error


def _open(path: Path, *, rebuild: bool) -> tuple[sqlite3.Connection, _Known]:
    """Return the index and what stands in it; one in memory, where no file can be had."""
    for is_new in (rebuild, True):
        try:
            return _opened(path, is_new=is_new)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _BUSY:
                break
        except OSError:
            break
    return _prepared(sqlite3.connect(":memory:")), {}


def _opened(path: Path, *, is_new: bool) -> tuple[sqlite3.Connection, _Known]:
    path.parent.mkdir(parents=True, exist_ok=True)
    if is_new:
        path.unlink(missing_ok=True)
    index = sqlite3.connect(path, timeout=_PATIENCE)
    try:
        return _prepared(index), _known(index)
    except (sqlite3.Error, ValueError, TypeError) as error:
        index.close()
        if isinstance(error, sqlite3.Error):
            raise
        raise sqlite3.DatabaseError(path) from error


def _prepared(index: sqlite3.Connection) -> sqlite3.Connection:
    version = int(index.execute("PRAGMA user_version").fetchone()[0])
    if version != _VERSION:
        index.executescript(
            "DROP TABLE IF EXISTS files;"
            "CREATE TABLE files (name TEXT PRIMARY KEY, size INTEGER NOT NULL,"
            " mtime_ns INTEGER NOT NULL, summary TEXT NOT NULL);"
            f"PRAGMA user_version = {_VERSION};"
        )
    return index


def _known(index: sqlite3.Connection) -> _Known:
    rows = index.execute("SELECT name, size, mtime_ns, summary FROM files")
    return {
        str(name): (_Stamp(size, mtime_ns), summary_from(text))
        for name, size, mtime_ns, text in rows
    }


def _read(
    index: sqlite3.Connection, folder: Path, stamps: Mapping[str, _Stamp], show: Show
) -> dict[str, Summary | Message]:
    """Read files anew, and put what they say into the index; what is damaged is read each time."""
    found: dict[str, Summary | Message] = {}
    for done, (name, stamp) in enumerate(sorted(stamps.items())):
        show(done, len(stamps))
        try:
            summary = summarise(folder / name)
        except RunFileError as error:
            if error.message.id != "runs.no-file":  # else it was moved meanwhile
                found[name] = error.message
            continue
        found[name] = summary
        _put(index, name, stamp, summary)
        if done % _TOGETHER == 0:
            _save(index)
    _save(index)
    return found


def _put(index: sqlite3.Connection, name: str, stamp: _Stamp, summary: Summary) -> None:
    row = (name, stamp.size, stamp.mtime_ns, summary.to_json())
    with suppress(sqlite3.Error, UnicodeEncodeError):  # then it is read again the next time
        index.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", row)


def _save(index: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):
        index.commit()
