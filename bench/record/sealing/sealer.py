"""The sealer: frames of the log become a run file, each exactly once.

A commit holds whole frames up to a sequence and, of later frames, the rows that were sealed ahead
of it because other groups are slower. Both are told apart by number after a restart: frames by
their sequence, rows by their number in the group. Which steps and marks of the clock lie where
between the rows is kept with the commit.
"""

from __future__ import annotations

import uuid
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from bench.errors import RunFileError
from bench.messages import Message
from bench.record.disk.storage import Storage, reason
from bench.record.layout.contents import CLOSED
from bench.record.port import Ending, Event, Header
from bench.record.sealing.part_sealer import HDF5_ERRORS, PartSealer, open_part
from bench.record.sealing.policy import SealPolicy
from bench.record.sealing.rotation import last_part, next_part, take_over, write_parts
from bench.record.sealing.taken_frames import TakenFrames
from bench.record.wal import Frame

__all__ = ["SealPolicy", "Sealer"]


class Sealer:
    """Writes the frames of a run's log into its file. `open` makes one.

    After a `RunFileError` it is of no more use: a new one goes on from the last commit.
    """

    def __init__(self, storage: Storage, run: Path, part: PartSealer, policy: SealPolicy) -> None:
        """Use `open` instead."""
        self._storage = storage
        self._run = run
        self._policy = policy
        self._trouble: Message | None = None
        self._has_ended = part.is_last
        self._enter(part, None)

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
    def has_ending(self) -> bool:
        """Whether the frame that ends the run was taken."""
        return self._frames.ending is not None

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
        with self._guarded():
            if self._has_ended or frame.sequence <= self._released:
                return
            sealed = self._frames.take(frame)
            self._uncommitted += len(frame.payload)
            if sealed:
                self._part.check()
            if sealed and self._uncommitted >= self._policy.commit_bytes:
                self._commit()
            elif self._policy.is_checkpoint(self._frames.since_checkpoint_ns):
                now, groups = self._frames.now_ns, self._part.groups
                self._frames.seal(group for group in groups if self._policy.is_slow(group, now))
                self._commit()

    def seal(self) -> int:
        """Write all rows that were taken, without a commit.

        Returns:
            Monotonic time of the newest row, or of the newest record if that is later.

        Raises:
            RunFileError: the file cannot be written.
        """
        with self._guarded():
            self._frames.seal(self._part.groups)
            times = [group.last_ns for group in self._part.groups]
            return max([self._frames.now_ns, *(each for each in times if each is not None)])

    def commit(self, *, partial: bool) -> None:
        """Make what was taken so far the content of the file.

        Args:
            partial: whether rows that fill no chunk go in as well.

        Raises:
            RunFileError: the file cannot be written.
        """
        with self._guarded():
            if not self._has_ended:
                self._frames.seal(self._part.groups if partial else ())
                self._commit()

    def finish(self, state: str = CLOSED, notes: Sequence[Event] = ()) -> None:
        """Complete the file: everything that was taken, and how the run ended; then close it.

        Args:
            state: `CLOSED` or `RECOVERED`.
            notes: events that are added.

        Raises:
            RunFileError: the file cannot be written.
        """
        with self._guarded():
            if not self._has_ended:
                self._frames.note(notes)
                self._end_part(state, self._frames.ending)
                self._has_ended = True
            with suppress(OSError):  # it does no harm, and goes with the next recovery
                self._part.remove_journal()

    def close(self) -> None:
        """Close the file as the last commit left it."""
        self._part.close()

    def _enter(self, part: PartSealer, ending: tuple[int, Ending] | None) -> None:
        """Go on with a part."""
        self._part = part
        state = part.state()
        self._released = part.contents.sequence
        is_new = state is None and part.contents.part > 1
        if is_new:
            state = take_over(self._storage, self._run, part)
        elif not part.has_ended:
            part.resume(state)
        self._frames = TakenFrames(part, state, ending)
        self._uncommitted = 0
        if is_new:
            self._write(self._released)
        if part.contents.part > 1:
            write_parts(self._storage, self._run, part)

    def _commit(self) -> None:
        """Commit, and begin the next part where that is due."""
        self._frames.write_records()
        self._write(self._frames.released)
        lasted = self._frames.now_ns - self._part.contents.first_ns
        if self._policy.is_full(self._part.size, lasted):
            self._end_part(CLOSED, None)
            self._enter(next_part(self._storage, self._run, self._part), self._frames.ending)

    def _end_part(self, state: str, ended: tuple[int, Ending] | None) -> None:
        """Complete the part; the run ends with it or goes on in the next."""
        self._frames.finish()
        self._frames.write_records()
        number, ending = ended or (0, None)
        self._part.end(state, ending)
        self._write(max(self._frames.released, number), is_last=True)

    def _write(self, sequence: int, *, is_last: bool = False) -> None:
        self._part.check()
        self._part.commit(sequence, self._frames.state(), is_last=is_last)
        self._released = sequence
        self._uncommitted = 0

    @contextmanager
    def _guarded(self) -> Generator[None]:
        """Give up what was not committed when something fails, and say so ever after.

        Raises:
            RunFileError: it fails, or something failed before.
        """
        if self._trouble is not None:
            # A new one each time: an exception raised again and again collects tracebacks.
            raise RunFileError(self._trouble.id, **self._trouble.arguments)
        try:
            yield
        except (RunFileError, *HDF5_ERRORS) as error:
            told = reason(self._part.failure or error)
            self._part.close()
            known = Message("record.cannot-seal", {"path": self._part.path, "reason": told})
            self._trouble = error.message if isinstance(error, RunFileError) else known
            raise RunFileError(self._trouble.id, **self._trouble.arguments) from error
