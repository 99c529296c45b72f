"""One part of a run: an HDF5 file as its last commit left it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from bench.errors import RunFileError
from bench.record import hdf5
from bench.record.disk.journal import commit_number_of
from bench.record.disk.snapshot import SnapshotFile
from bench.record.disk.storage import check_regular, reason
from bench.record.hdf5 import File, Group
from bench.record.layout.contents import RECORDING, check_format
from bench.record.layout.header import read_run_uuid
from bench.record.layout.index import INDEX
from bench.record.layout.parts import PartIdentity
from bench.runs.channel_index import ChannelIndex
from bench.runs.chunk_source import ChunkCache
from bench.runs.damage import damage_told
from bench.runs.listed_parts import ListedPart
from bench.runs.part_group import PartGroup

_ATTEMPTS = 50
"""Tries to open a file between two commits; each takes some milliseconds."""


@dataclass(frozen=True)
class _Opened:
    """A file that is open, and what its root says."""

    file: File
    entry: Group
    stream: SnapshotFile
    commit: int
    """Number of the commit it shows; 0: it has no journal."""
    stamp: tuple[int, int, int]
    """Which file it was, how large, and when it was changed."""
    state: str
    part: int


class PartFile:
    """A part; after a commit `renew` shows the new state of it."""

    def __init__(self, path: Path, cache: ChunkCache, listed: ListedPart | None = None) -> None:
        """Open.

        Args:
            path: the file.
            cache: keeps what was decoded.
            listed: what is known of it: it is not opened before something else is asked for.

        Raises:
            RunFileError: no run file, damaged, or of a newer program.
        """
        self.path = path
        """The file."""
        self._cache = cache
        self._listed = listed
        self._known = None if listed is not None else _open(path)
        self._groups: dict[str, PartGroup] = {}
        self._generation = 0

    def close(self) -> None:
        """Close the file; again: does nothing."""
        if self._known is not None:
            _close(self._known.file, self._known.stream)

    @property
    def number(self) -> int:
        """Which part of the run it is, from 1."""
        return self._listed.identity.part if self._listed else self._opened.part

    def rows(self, group: str) -> int:
        """Return how many rows of a group there are.

        Raises:
            RunFileError: it is damaged.
        """
        if self._listed is not None and group in self._listed.rows:
            return self._listed.rows[group]
        return self.group(group).rows

    @property
    def state(self) -> str:
        """``recording``, ``closed`` or ``recovered``."""
        return self._opened.state

    @property
    def is_recording(self) -> bool:
        """Whether it was not ended."""
        return self.state == RECORDING

    @property
    def is_stale(self) -> bool:
        """Whether there was a commit since it was opened.

        Raises:
            RunFileError: the folder cannot be read any more, or the file is gone.
        """
        commit = _commit_of(self.path)
        if commit != self._opened.commit:
            return True
        # Without a journal before and now, there may have been one between: of a run's first and
        # last commits, or of results that came later.
        return not commit and _stamp_of(self.path) != self._opened.stamp

    def check_there(self) -> None:
        """Make sure that the file was not removed or replaced.

        Raises:
            RunFileError: it was.
        """
        if _stamp_of(self.path)[0] != self._opened.stamp[0]:
            raise RunFileError("runs.no-file", path=self.path)

    def renew(self) -> None:
        """Show the file as its last commit left it.

        Raises:
            RunFileError: it is gone, or damaged.
        """
        self.close()
        self._groups.clear()
        self._cache.clear()
        self.__dict__.pop("index", None)
        self._generation += 1
        self._known = _open(self.path)

    @property
    def _opened(self) -> _Opened:
        """The open file.

        Raises:
            RunFileError: it is gone, damaged, or not the one that the list means.
        """
        if self._known is None:
            opened = _open(self.path)
            if self._listed is not None and _identity(self.path, opened) != self._listed.identity:
                _close(opened.file, opened.stream)
                number = self._listed.identity.part
                raise RunFileError("runs.missing-part", path=self.path, part=number)
            self._known = opened
        return self._known

    @property
    def entry(self) -> Group:
        """``/entry``."""
        return self._opened.entry

    @cached_property
    def identity(self) -> PartIdentity:
        """Which part of which run it is.

        Raises:
            RunFileError: it is damaged.
        """
        return _identity(self.path, self._opened)

    @property
    def sequence(self) -> int:
        """The last frame of the log that is in the file.

        Raises:
            RunFileError: it is damaged.
        """
        with damage_told(self.path):
            return self.entry.group("log").integer("sequence")

    @property
    def first_ns(self) -> int:
        """Monotonic time at which it begins.

        Raises:
            RunFileError: it is damaged.
        """
        with damage_told(self.path):
            return self.entry.group("log").integer("first_ns")

    @cached_property
    def index(self) -> ChannelIndex:
        """Where each channel stands.

        Raises:
            RunFileError: it is damaged.
        """
        with damage_told(self.path):
            return ChannelIndex(self.entry.content(INDEX))

    @cached_property
    def group_names(self) -> tuple[str, ...]:
        """Names of the groups of channels, the scan first.

        Raises:
            RunFileError: it is damaged.
        """
        with damage_told(self.path):
            return tuple(str(name) for name in cast("list[object]", self.entry.json("groups")))

    def group(self, name: str) -> PartGroup:
        """Return a group of channels.

        Raises:
            RunFileError: it is damaged.
        """
        if name not in self._groups:
            with damage_told(self.path):
                key = (self.number, self._generation)
                found = PartGroup(self.entry, name, self._cache, key)
                if self._listed is not None and found.rows != self._listed.rows.get(name):
                    raise ValueError(name)
                self._groups[name] = found
        return self._groups[name]


def _identity(path: Path, opened: _Opened) -> PartIdentity:
    with damage_told(path):
        return PartIdentity(read_run_uuid(opened.entry), opened.part)


def _open(path: Path) -> _Opened:
    """Return an open file that shows one commit.

    Raises:
        RunFileError: no run file, damaged, or of a newer program; or one commit after the other.
    """
    check_regular(path)
    for _ in range(_ATTEMPTS):
        before = _commit_of(path)
        try:
            opened = _open_once(path, before)
        except RunFileError:
            if _commit_of(path) == before:
                raise
            continue
        if _commit_of(path) == before:
            return opened
        _close(opened.file, opened.stream)
    raise RunFileError("runs.busy", path=path)


def _open_once(path: Path, commit: int) -> _Opened:
    stamp = _stamp_of(path)
    try:
        stream = SnapshotFile(path)
    except FileNotFoundError as error:
        raise RunFileError("runs.no-file", path=path) from error
    except (OSError, ValueError) as error:
        raise RunFileError("runs.not-readable", path=path, reason=reason(error)) from error
    try:
        file = hdf5.open_stream_to_read(stream)
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        stream.close()
        raise RunFileError("runs.not-readable", path=path, reason=reason(error)) from error
    try:
        with damage_told(path):
            found = file.attributes()
        check_format(path, found)
        with damage_told(path):
            state, part, entry = str(found["state"]), file.integer("part"), file.group("entry")
            return _Opened(file, entry, stream, commit, stamp, state, part)
    except RunFileError:
        _close(file, stream)
        raise


def _commit_of(path: Path) -> int:
    try:
        return commit_number_of(path)[0]
    except (OSError, ValueError) as error:  # a name that no system takes
        raise RunFileError("runs.not-readable", path=path, reason=reason(error)) from error


def _stamp_of(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise RunFileError("runs.no-file", path=path) from error
    except (OSError, ValueError) as error:
        raise RunFileError("runs.not-readable", path=path, reason=reason(error)) from error
    return found.st_ino, found.st_size, found.st_mtime_ns


def _close(file: File, stream: SnapshotFile) -> None:
    with suppress(OSError, RuntimeError, ValueError):  # a damaged file may refuse even this
        file.close()
    stream.close()
