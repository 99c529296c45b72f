"""The sealer: frames of the log become a run file, each exactly once.

A commit holds whole frames up to a sequence and, of later frames, the rows that were sealed ahead
of it because other groups are slower. Both are told apart by number after a restart: frames by
their sequence, rows by their number in the group. Which steps and marks of the clock lie where
between the rows is kept with the commit.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.messages import Message
from bench.record.axis import Sealed
from bench.record.backlog import Backlog
from bench.record.group_sealer import GroupSealer
from bench.record.layout import CLOSED
from bench.record.part_sealer import HDF5_ERRORS, PartSealer, open_part
from bench.record.port import ClockMark, Ending, Event, Header, Record, StepBegun, StepRecord
from bench.record.records import decode_record
from bench.record.rotation import last_part, next_part, take_over, write_parts
from bench.record.storage import Storage, reason
from bench.record.wal import Frame, FrameKind


@dataclass(frozen=True)
class SealPolicy:
    """When a sealer commits, and when it begins a new file."""

    checkpoint_ns: int | None = 60 * SECOND
    """Longest run time that rows of slow groups wait for a partial chunk; None: for a whole one."""
    part_ns: int = 24 * 3600 * SECOND
    """Run time of a file."""
    part_bytes: int = 8_000_000_000
    """Size from which a new file begins."""
    commit_bytes: int = 0
    """So much of the log at least lies between two commits, bytes; 0: each whole chunk is one."""


class Sealer:
    """Writes the frames of a run's log into its file. `open` makes one.

    After a `RunFileError` it is of no more use: a new one goes on from the last commit.
    """

    def __init__(self, storage: Storage, run: Path, part: PartSealer, policy: SealPolicy) -> None:
        """Use `open` instead."""
        self._storage = storage
        self._run = run
        self._policy = policy
        self._part = part
        self._ending: tuple[int, Ending] | None = None
        self._trouble: Message | None = None
        self._has_ended = part.is_last
        self._notes: list[Event] = []
        self._enter(part)

    @classmethod
    def open(cls, storage: Storage, path: Path, policy: SealPolicy | None = None) -> Self:
        """Return a sealer that goes on with the last part of a run.

        Args:
            storage: where the files are.
            path: the run file; of a run in parts, the first.
            policy: when to commit.

        Raises:
            RunFileError: the file cannot be opened, or is no run file.
        """
        part = open_part(storage, last_part(storage, path))
        try:
            if part.has_ended and not part.is_last:
                part = next_part(storage, path, part)
            return cls(storage, path, part, policy or SealPolicy())
        except RunFileError:
            part.close()
            raise
        except HDF5_ERRORS as error:
            told = reason(part.failure or error)
            part.close()
            raise RunFileError("record.cannot-open", path=part.path, reason=told) from error

    @property
    def released(self) -> int:
        """Every frame up to this sequence is in the committed file or files."""
        return self._released

    @property
    def rows(self) -> dict[str, int]:
        """Group → rows since the run's start that were taken."""
        return {group.name: group.seen for group in self._part.groups}

    @property
    def stored_rows(self) -> dict[str, int]:
        """Group → rows since the run's start that stand in the file, or will with a commit."""
        return {group.name: group.sealed for group in self._part.groups}

    @property
    def header(self) -> Header:
        """What was known when the part began."""
        return self._part.header

    @property
    def now_ns(self) -> int:
        """Monotonic time of the newest frame."""
        return self._now_ns

    @property
    def has_ending(self) -> bool:
        """Whether the frame that ends the run was taken."""
        return self._ending is not None

    @property
    def parts(self) -> int:
        """How many parts the run has."""
        return self._part.contents.part

    @property
    def has_ended(self) -> bool:
        """Whether the run is complete; frames are passed over then."""
        return self._has_ended

    @property
    def run_id(self) -> bytes:
        """Identity of the run as its log knows it, 16 bytes."""
        return uuid.UUID(self._part.contents.run_uuid).bytes

    def take(self, frame: Frame) -> None:
        """Take the next frame; one that the file holds is skipped. Commits where that is due.

        Raises:
            RunFileError: the file cannot be written, or the frame does not belong to it.
        """
        self._check()
        if self._has_ended or frame.sequence <= self._released:
            return
        try:
            sealed = self._take(frame)
            self._now_ns = max(self._now_ns, frame.time_ns)
            self._uncommitted += len(frame.payload)
            if sealed:
                self._part.check()
            if sealed and self._uncommitted >= self._policy.commit_bytes:
                self._commit_part()
            elif self._is_checkpoint():
                self._commit(group for group in self._part.groups if self._is_slow(group))
        except (RunFileError, *HDF5_ERRORS) as error:
            raise self._failed(error) from error

    def commit(self, *, partial: bool) -> None:
        """Make what was taken so far the content of the file.

        Args:
            partial: whether rows that fill no chunk go in as well.

        Raises:
            RunFileError: the file cannot be written.
        """
        self._check()
        if self._has_ended:
            return
        try:
            self._commit(self._part.groups if partial else ())
        except (RunFileError, *HDF5_ERRORS) as error:
            raise self._failed(error) from error

    def finish(self, state: str = CLOSED, notes: Sequence[Event] = ()) -> None:
        """Complete the file: everything that was taken, and how the run ended; then close it.

        Args:
            state: `CLOSED` or `RECOVERED`.
            notes: events that are added.

        Raises:
            RunFileError: the file cannot be written.
        """
        self._check()
        try:
            if not self._has_ended:
                self._notes += notes
                self._end_part(state)
                self._has_ended = True
            with suppress(OSError):  # it does no harm, and goes with the next recovery
                self._part.remove_journal()
        except HDF5_ERRORS as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Close the file as the last commit left it."""
        self._part.close()

    def _enter(self, part: PartSealer) -> None:
        """Go on with a part."""
        self._part = part
        state = part.state()
        self._released = part.contents.sequence
        is_new = state is None and part.contents.part > 1
        if is_new:
            state = take_over(self._storage, self._run, part)
        elif not part.has_ended:
            part.resume(state)
        self._backlog = Backlog(self._released)
        self._taken = self._released if state is None else int(state["taken"])
        self._now_ns = part.contents.first_ns if state is None else int(state["now_ns"])
        self._checkpoint_ns = self._now_ns
        self._uncommitted = 0
        if is_new:
            self._write(self._released)
        if part.contents.part > 1:
            write_parts(self._storage, self._run, part)

    def _take(self, frame: Frame) -> bool:
        """Take a frame; return whether whole chunks were sealed."""
        if frame.kind is FrameKind.ROWS:
            self._backlog.add(frame, None)
            self._taken = max(self._taken, frame.sequence)
            return self._take_rows(frame)
        record = decode_record(frame.payload)
        if isinstance(record, Ending):
            self._ending = frame.sequence, record  # stays in the log until the file is complete
            return False
        self._backlog.add(frame, record)
        if frame.sequence > self._taken:
            self._apply(record)
            self._taken = frame.sequence
        return False

    def _take_rows(self, frame: Frame) -> bool:
        group = self._part.groups[frame.group]
        rows = np.frombuffer(frame.payload, group.dtype)
        sealed = group.take(frame.first_row, frame.time_ns, rows)
        self._note(group, sealed)
        return bool(sealed)

    def _apply(self, record: Record) -> None:
        """Take note of where between the rows a record stands."""
        for group in self._part.groups:
            if isinstance(record, StepBegun):
                group.begin(record)
            elif isinstance(record, StepRecord):
                group.end(record)
            elif isinstance(record, ClockMark):
                group.mark(record.utc_ns - record.time_ns)

    def _note(self, group: GroupSealer, sealed: Iterable[Sealed]) -> None:
        """Tell of rows whose time runs backwards."""
        start = self._part.header.start_utc_ns - self._part.header.start_ns
        for row, time_ns in (each for one in sealed for each in one.backwards[:1]):
            message = Message("record.time-backwards", {"group": group.name, "row": row})
            self._notes.append(Event(time_ns, start + time_ns, "warning", "recorder", message))

    def _is_checkpoint(self) -> bool:
        longest = self._policy.checkpoint_ns
        return longest is not None and self._now_ns - self._checkpoint_ns >= longest

    def _is_slow(self, group: GroupSealer) -> bool:
        """Return whether rows of a group wait for their chunk longer than they should."""
        longest = self._policy.checkpoint_ns
        if longest is None or group.waiting_since_ns is None:
            return False
        lasts = group.chunk_ns
        return lasts is None or lasts > longest or self._now_ns - group.waiting_since_ns >= longest

    def _commit(self, partial: Iterable[GroupSealer]) -> None:
        for group in partial:
            self._note(group, group.seal())
        self._checkpoint_ns = self._now_ns
        self._commit_part()

    def _commit_part(self) -> None:
        self._append_released()
        self._write(self._backlog.released)
        begun = self._part.contents.first_ns
        is_full = self._part.size >= self._policy.part_bytes
        if is_full or self._now_ns - begun >= self._policy.part_ns:
            self._end_part(CLOSED, is_run=False)
            self._enter(next_part(self._storage, self._run, self._part))

    def _end_part(self, state: str, *, is_run: bool = True) -> None:
        """Complete the part; the run ends with it or goes on in the next."""
        for group in self._part.groups:
            self._note(group, group.finish())
        self._append_released()
        number, ending = self._ending if is_run and self._ending else (0, None)
        self._part.end(state, ending)
        self._write(max(self._backlog.released, number), is_last=True)

    def _append_released(self) -> None:
        records = self._backlog.release([group.sealed for group in self._part.groups])
        self._part.append([*records, *self._notes])
        self._notes = []

    def _write(self, sequence: int, *, is_last: bool = False) -> None:
        self._part.check()
        state = {"taken": self._taken, "now_ns": self._now_ns}
        self._part.commit(sequence, state, is_last=is_last)
        self._released = sequence
        self._uncommitted = 0

    def _check(self) -> None:
        if self._trouble is not None:
            # A new one each time: an exception raised again and again collects tracebacks.
            raise RunFileError(self._trouble.id, **self._trouble.arguments)

    def _failed(self, error: BaseException) -> RunFileError:
        """Give up what was not committed; return what to tell."""
        told = reason(self._part.failure or error)
        self._part.close()
        message = Message("record.cannot-seal", {"path": self._part.path, "reason": told})
        self._trouble = error.message if isinstance(error, RunFileError) else message
        return RunFileError(self._trouble.id, **self._trouble.arguments)
