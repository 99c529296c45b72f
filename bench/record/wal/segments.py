"""Writing the log: frames are appended, and acknowledged once they are synced.

A sync that fails says nothing about what is on the disk, and a second one may succeed without
having written anything. So a segment that failed is never used again: what was not acknowledged
is kept in memory and written again into the next segment. A reader passes over what it has seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.record.disk.storage import Storage
from bench.record.wal.files import Position, segment_path
from bench.record.wal.frames import Frame, encode
from bench.record.wal.stock import Segment, SegmentStock

SEGMENT_SIZE = 64 << 20
"""Bytes of a usual segment on a bench."""
_ATTEMPTS = 4
"""The segment in use, the one made ahead, a new one, and the one kept for a full disk."""


@dataclass(frozen=True, slots=True)
class _Ended:
    number: int
    last_sequence: int


class SegmentWriter:
    """Writes frames into segments beside a run file; used by one thread.

    Frames are kept until they are synced, so their payloads must not change before. Every OSError
    leaves it in order: the next call tries again with all that is kept.
    """

    def __init__(
        self,
        storage: Storage,
        run: Path,
        run_id: bytes,
        *,
        segment_size: int = SEGMENT_SIZE,
        first_segment: int = 1,
        first_sequence: int = 1,
    ) -> None:
        """Make the first segment and the spare one.

        Raises:
            OSError: there is no space for them.
            ValueError: the identity has not 16 bytes.
        """
        self._storage = storage
        self._run = run
        self._stock = SegmentStock(storage, run, run_id, segment_size, first_segment)
        self._current: Segment | None = self._stock.take(0)
        self._full: list[Segment] = []
        self._ended: list[_Ended] = []
        self._kept: list[Frame] = []
        self._written = 0
        self._next_sequence = first_sequence
        self._acknowledged = first_sequence - 1
        self._synced = Position(self._current.number, self._current.end)

    @property
    def position(self) -> Position:
        """Where the log ends that is written."""
        current = self._current
        return Position(current.number, current.end) if current else self._synced

    @property
    def synced(self) -> Position:
        """Where the log ends that is acknowledged: no power cut takes it away."""
        return self._synced

    @property
    def acknowledged(self) -> int:
        """Sequence of the last frame that is synced."""
        return self._acknowledged

    @property
    def kept_bytes(self) -> int:
        """Bytes of the frames that are not synced yet."""
        return sum(frame.size for frame in self._kept)

    @property
    def is_on_reserve(self) -> bool:
        """Whether the disk was full and the spare segment had to be taken."""
        return self._stock.is_on_reserve

    def append(self, frames: Sequence[Frame]) -> None:
        """Take frames and write them.

        Raises:
            OSError: they cannot be written now; they are kept for the next call.
            ValueError: they do not continue the sequence; none is taken.
        """
        for expected, frame in enumerate(frames, self._next_sequence):
            if frame.sequence != expected:
                msg = f"frame {frame.sequence} where {expected} is due"
                raise ValueError(msg)
        self._kept.extend(frames)
        self._next_sequence += len(frames)
        self._write()

    def sync(self) -> None:
        """Acknowledge all frames; then make the next segment ahead.

        Raises:
            OSError: some cannot be written or synced now; they are kept for the next call.
        """
        refused = failed = None
        for _ in range(_ATTEMPTS):
            refused = _error_of(self._write)
            failed = _error_of(self._sync_written)
            if failed is None:
                break
            self._give_up()
        if error := failed or refused:
            raise error
        self._stock.prepare()

    def first_needed(self, sequence: int) -> int:
        """Return the first segment with a frame after a sequence: all below may be removed."""
        segments = (*self._ended, *self._full, *([self._current] if self._current else []))
        needed = (each.number for each in segments if each.last_sequence > sequence)
        return next(needed, segments[-1].number + (self._current is None) if segments else 0)

    def remove_upto(self, segment: int) -> None:
        """Remove the segments below a number, oldest first, but not the one in use.

        One that cannot be removed (on Windows, while somebody reads it) stays, and those after
        it; the next call tries again.
        """
        while self._ended and self._ended[0].number < segment:
            try:
                self._storage.remove(segment_path(self._run, self._ended[0].number))
            except FileNotFoundError:
                pass  # what was wanted
            except OSError:
                return
            del self._ended[0]

    def release_reserve(self) -> None:
        """Free the spare segment, so that what is left can be sealed on a full disk.

        Raises:
            OSError: it cannot be removed.
        """
        self._stock.release_reserve()

    def close(self) -> None:
        """Close the segments, without a sync; `remove_upto` may be called for all of them then."""
        if self._current is not None:
            self._current.cut()
        self._give_up()
        self._stock.close()

    def _write(self) -> None:
        """Write what is kept and not written; a segment that fails is given up.

        Raises:
            OSError: no segment takes it.
        """
        failures = 0
        while self._written < len(self._kept):
            segment = self._segment_for(self._kept[self._written], prefers_reserve=failures > 1)
            try:
                self._fill(segment)
            except OSError:
                self._give_up()
                failures += 1
                if failures == _ATTEMPTS:
                    raise

    def _segment_for(self, frame: Frame, *, prefers_reserve: bool) -> Segment:
        current = self._current
        if current is not None and frame.size <= current.room:
            return current
        taken = self._stock.take(frame.size, prefers_reserve=prefers_reserve)
        if current is not None:
            self._full.append(current)
        self._current = taken
        return taken

    def _fill(self, segment: Segment) -> None:
        """Write as many frames as the segment takes, in one go."""
        pieces: list[bytes | memoryview] = []
        room = segment.room
        end = self._written
        while end < len(self._kept) and self._kept[end].size <= room:
            frame = self._kept[end]
            pieces += encode(frame, segment.salt)
            room -= frame.size
            end += 1
        segment.append(b"".join(pieces))
        segment.last_sequence = self._kept[end - 1].sequence
        self._written = end

    def _sync_written(self) -> None:
        current = self._current
        if current is None or not self._written:
            return
        self._stock.sync_folder()
        for segment in (*self._full, current):
            segment.sync()
        self._acknowledged = self._kept[self._written - 1].sequence
        self._synced = Position(current.number, current.end)
        del self._kept[: self._written]
        self._written = 0
        self._end(self._full)
        self._full = []

    def _give_up(self) -> None:
        """Close the segments in use, whatever is in them; what is kept has to be written again."""
        self._end([*self._full, *([self._current] if self._current else [])])
        self._full = []
        self._current = None
        self._written = 0

    def _end(self, segments: Sequence[Segment]) -> None:
        for segment in segments:
            segment.close()
            self._ended.append(_Ended(segment.number, segment.last_sequence))


def _error_of(action: Callable[[], None]) -> OSError | None:
    try:
        action()
    except OSError as error:
        return error
    return None
