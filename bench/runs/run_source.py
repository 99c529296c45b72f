"""All of a run at one moment: its parts as their last commits left them, and the log behind them.

While a run is recorded, commits happen at any time. Every read is guarded: where a commit came
between, the part is opened anew and the read repeated. No lock is taken.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

from bench.errors import RunFileError
from bench.messages import Message
from bench.record.layout.header import read_header
from bench.record.layout.parts import FoundParts, PartIdentity, find_parts, run_of
from bench.record.port import Header
from bench.runs.channel_index import ChannelIndex
from bench.runs.chunk_source import CACHE_BYTES, ChunkCache
from bench.runs.damage import Found, damage_told
from bench.runs.group_rows import GroupRows
from bench.runs.listed_parts import ListedPart, listed_parts
from bench.runs.part_file import PartFile
from bench.runs.part_group import Place
from bench.runs.stored_records import StoredRecords
from bench.runs.tail import LogTail
from bench.runs.tail_times import TailTimes

_ATTEMPTS = 50
"""Tries to read between two commits; each takes some milliseconds."""


class RunSource:
    """The parts and the log of a run."""

    def __init__(self, path: Path, cache_bytes: int = CACHE_BYTES) -> None:
        """Open any part of a run, or the list of its parts.

        Raises:
            RunFileError: no such file, not a run file, damaged, or of a newer program.
        """
        self._cache = ChunkCache(cache_bytes)
        self._files: dict[Path, PartFile] = {}
        self._listed: Mapping[Path, ListedPart] = {}
        self._unreadable: dict[Path, RunFileError] = {}
        self._generation = 0
        self._groups: dict[str, GroupRows] = {}
        try:
            self._found = self._find(path)
            self.path = self._found.run
            """The first part."""
            self.parts = tuple(self._open(each) for _, each in sorted(self._found.parts.items()))
            """The parts that are there, in order."""
            self._tail = self._new_tail()
            self.refresh()
        except RunFileError:
            self.close()
            raise

    def close(self) -> None:
        """Close all files; again: does nothing."""
        for part in self._files.values():
            part.close()

    def refresh(self) -> None:
        """Take what was recorded since.

        Raises:
            RunFileError: the file is gone or damaged.
        """
        for _ in range(_ATTEMPTS):
            self.parts[-1].check_there()
            with damage_told(self.path):
                self._tail.read()
            is_new = self._renew_stale() | self._take_new_parts()
            if not self._tail.has_hole:
                break
            self._tail = self._new_tail()
            if not is_new:
                with damage_told(self.path):
                    self._tail.read()
                break
        self._tail.forget(self.parts[-1].sequence)
        self.guard(self._lay_out)

    def guard(self, read: Callable[[], Found], /) -> Found:
        """Return what a read returns, all of it of one commit.

        Raises:
            RunFileError: it met damage, or was met by one commit after the other.
        """
        for _ in range(_ATTEMPTS):
            before = self._generation
            try:
                with damage_told(self.path):
                    found = read()
            except RunFileError:
                self._renew_stale()
                if self._generation == before:
                    raise
            else:
                self._renew_stale()
                if self._generation == before:
                    return found
        raise RunFileError("runs.busy", path=self.path)

    def group(self, name: str) -> GroupRows:
        """Return the rows of a group.

        Raises:
            KeyError: there is none.
        """
        return self._groups[name]

    def place(self, name: str) -> Place:
        """Return where a channel stands.

        Raises:
            RunFileError: the index is not as written.
        """
        with damage_told(self.parts[0].path):
            return self.index.place(name)

    @property
    def group_names(self) -> tuple[str, ...]:
        """Names of the groups of channels, the scan first."""
        return self.parts[0].group_names

    @property
    def records(self) -> StoredRecords:
        """What the run holds beside its rows."""
        return self._records

    @property
    def findings(self) -> tuple[Message, ...]:
        """What is wrong with the run, though it can be read."""
        unreadable = [error.message for error in self._unreadable.values()]
        missing = [
            Message("runs.missing-part", {"path": self.path, "part": part})
            for part in self._found.missing
        ]
        hole = [Message("runs.log-hole", {"path": self.path})] if self._tail.has_hole else []
        return (*unreadable, *missing, *hole)

    @cached_property
    def index(self) -> ChannelIndex:
        """Where each channel stands."""
        return self.guard(lambda: self.parts[0].index)

    @cached_property
    def header(self) -> Header:
        """What was known when the run began, as the first part has it."""
        return self.guard(lambda: read_header(self.parts[0].entry))

    def _find(self, path: Path) -> FoundParts:
        own = self._open(path).identity if path.suffix != ".json" else None
        with damage_told(path):
            self._listed = listed_parts(run_of(path)[0], own.run_uuid if own else None)
            found = find_parts(path, self._identify)
        if not found.parts:
            raise RunFileError("runs.no-file", path=path)
        return found

    def _open(self, path: Path) -> PartFile:
        if path not in self._files:
            self._files[path] = PartFile(path, self._cache, self._listed.get(path))
        return self._files[path]

    def _identify(self, path: Path) -> PartIdentity | None:
        listed = self._listed.get(path)
        try:
            part = self._open(path)
            found = part.identity if listed is None else listed.identity
        except RunFileError as error:
            if error.message.id != "runs.no-file":
                self._unreadable[path] = error
            return None
        return found

    def _new_tail(self) -> LogTail:
        last = self.parts[-1]
        with damage_told(last.path):
            identity = uuid.UUID(last.identity.run_uuid).bytes
        return LogTail(self.path, identity, last.sequence)

    def _renew_stale(self) -> bool:
        """Open anew what was committed since; return whether there was such a part."""
        stale = [part for part in {self.parts[0], self.parts[-1]} if part.is_stale]
        for part in stale:
            part.renew()
        self._generation += len(stale)
        return bool(stale)

    def _take_new_parts(self) -> bool:
        """Return whether there are more parts than before."""
        if self.parts[-1].is_recording:
            return False
        before = len(self.parts)
        self._found = self._find(self.parts[-1].path)
        self.parts = tuple(self._open(each) for _, each in sorted(self._found.parts.items()))
        return len(self.parts) > before

    def _lay_out(self) -> None:
        """Find out which rows there are."""
        self._records = StoredRecords(self.parts, self._tail.records(), self.guard)
        self._groups = {
            name: self._group_rows(number, name) for number, name in enumerate(self.group_names)
        }

    def _group_rows(self, number: int, name: str) -> GroupRows:
        rows = [(part, part.rows(name)) for part in self.parts]
        last = self.parts[-1].group(name)
        if not self._tail.holds(number):
            return GroupRows(name, rows, None, None, self.guard)
        group = self.index.rate_group(name, last.interval_ns, has_quality=last.has_quality)
        tail = self._tail.rows(number, group, last.first_row + last.rows)
        times = TailTimes(tail, last, self.header)
        return GroupRows(name, rows, tail, times, self.guard)
