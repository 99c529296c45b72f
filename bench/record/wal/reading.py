"""Reading the log: every frame once and in order, whatever became of its segments.

- A segment of another run is passed over. One whose own head is damaged is read: its frames know
  where they belong.
- Zeros, the end of the file, or bytes that are no valid frame end a segment.
- Frames that were seen are skipped (those that were not acknowledged stand in two segments).
- A hole in the sequence ends a segment too; a later one may have what is missing.

No file stays open between two frames, so that Windows can remove it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.record.disk.storage import StoredFile, SystemFile
from bench.record.wal.files import (
    SEGMENT_HEAD_SIZE,
    LogSource,
    Position,
    encode_head,
    is_foreign,
    list_segments,
    salt_of,
    segment_path,
)
from bench.record.wal.frames import HEAD_SIZE, Frame, decode, frame_size, frames_anywhere

_FIRST_PIECE = 256 << 10  # a reader that looks often finds little that is new
_PIECE = 4 << 20
_ALL = 1 << 62


class ReadOnlyFiles:
    """The operating system's files, for those who may not write."""

    def open(self, path: Path) -> StoredFile:
        """Open an existing file; what writes to it raises OSError."""
        return SystemFile(path.open("rb", buffering=0))

    def names(self, folder: Path) -> list[str]:
        """Return the names of all files of a folder, sorted."""
        return sorted(path.name for path in folder.iterdir())


def read_frames(
    source: LogSource,
    run: Path,
    *,
    upto: Position | None = None,
    run_id: bytes,
    after: int | None = None,
) -> Iterator[Frame]:
    """Yield the frames of a log in order (`SegmentTail`, read once).

    Raises:
        OSError: a segment cannot be read.
    """
    return SegmentTail(source, run, run_id, after=after).read(upto)


class SegmentTail:
    """Reads a log that may still grow; each call goes on where the last one ended."""

    def __init__(
        self, source: LogSource, run: Path, run_id: bytes, *, after: int | None = None
    ) -> None:
        """Begin at the oldest segment.

        Args:
            source: where the segments lie: a `Storage` or `ReadOnlyFiles`.
            run: path of the run file (first part).
            run_id: its identity, 16 bytes.
            after: sequence of the last frame that is known already (of the committed file); the
                first one read is the next. None: begin with the first frame there is.
        """
        self._source = source
        self._run = run
        self._run_id = run_id
        self._last = after
        self._place = Position(0, SEGMENT_HEAD_SIZE)
        self._foreign: set[int] = set()
        self._lasts: dict[int, int] = {}
        self._cuts: dict[int, Position] = {}
        self._beyond: int | None = None
        self._last_ns: int | None = None

    @property
    def last(self) -> int | None:
        """Sequence of the last frame that was seen; None: there was none."""
        return self._last

    @property
    def cuts(self) -> tuple[Position, ...]:
        """Where segments end in bytes that are no frame: cut short by a crash, or damaged."""
        return tuple(self._cuts.values())

    @property
    def has_hole(self) -> bool:
        """Whether there are valid frames after one that is missing; they are not yielded."""
        return self._beyond is not None and (self._last is None or self._beyond > self._last)

    def is_damaged(self, span_ns: int) -> bool:
        """Return whether frames later by more than a span stand behind bytes that are none.

        A crash may tear what had not been synced, and leave frames behind it; where what had been
        synced long before is not as written, the disk has lost it. Ask when all has been read.

        Raises:
            OSError: a segment cannot be read.
        """
        for cut in self._cuts.values():
            self._place = cut
            behind = [
                frame.time_ns
                for frame in frames_anywhere(self._read_piece(_ALL, None), self._salt)
                if self._last is None or frame.sequence > self._last
            ]
            before = behind[:1] if self._last_ns is None else [self._last_ns]
            if behind and max(behind) - before[0] > span_ns:
                return True
        return False

    def first_needed(self, sequence: int) -> int:
        """Return the first segment with a frame after a sequence: all below may be removed."""
        done = [
            n for n, last in self._lasts.items() if last <= sequence and n < self._place.segment
        ]
        for number in done:
            del self._lasts[number]
        return min(self._lasts, default=self._place.segment)

    def read(self, upto: Position | None = None) -> Iterator[Frame]:
        """Yield the frames from the last place up to a given one (None: all there are).

        The payloads are views into pieces of some MB, which live as long as one of their frames.

        Raises:
            OSError: a segment cannot be read.
        """
        for number in list_segments(self._source, self._run):
            if upto is not None and number > upto.segment:
                return
            if number < self._place.segment or not self._is_of_run(number):
                continue
            end = upto.offset if upto is not None and number == upto.segment else None
            before = self._place
            if number > before.segment:
                self._place = Position(number, SEGMENT_HEAD_SIZE)
            yield from self._segment(end)
            if self._place.offset == SEGMENT_HEAD_SIZE and before.segment:
                self._place = before  # nothing there yet: the one before may still grow

    def _is_of_run(self, number: int) -> bool:
        if number > self._place.segment and is_foreign(
            self._source, self._run, number, self._run_id
        ):
            self._foreign.add(number)
        return number not in self._foreign

    @property
    def _salt(self) -> int:
        """What starts the checksums of a segment's frames: known even where its head is lost."""
        return salt_of(encode_head(self._place.segment, self._run_id))

    def _segment(self, end: int | None) -> Iterator[Frame]:
        """Yield the new frames of the segment at the present place, up to an offset."""
        wanted = _FIRST_PIECE
        while wanted:
            piece = self._read_piece(wanted, end)
            begin = self._place.offset
            yield from self._frames(piece)
            wanted = self._wanted(piece[self._place.offset - begin :], is_whole=len(piece) < wanted)

    def _frames(self, piece: memoryview) -> Iterator[Frame]:
        """Yield the new frames at the begin of a piece; the place moves behind each."""
        salt = self._salt
        offset = 0
        while frame := decode(piece, offset, salt):
            if self._last is not None and frame.sequence > self._last + 1:
                return
            offset += frame.size
            number = self._place.segment
            self._place = Position(number, self._place.offset + frame.size)
            self._lasts[number] = frame.sequence
            if self._last is None or frame.sequence == self._last + 1:
                self._last, self._last_ns = frame.sequence, frame.time_ns
                yield frame

    def _wanted(self, rest: memoryview, *, is_whole: bool) -> int:
        """Return how much to read from the present place on; 0: nothing more is there.

        Args:
            rest: what was read of it and is not used.
            is_whole: whether it is all there is.
        """
        salt = self._salt
        size = frame_size(rest, 0, salt)
        is_cut_off = len(rest) < (size or HEAD_SIZE)
        if is_cut_off and not is_whole:
            return max(_PIECE, size or 0)
        self._cuts.pop(self._place.segment, None)
        if frame := decode(rest, 0, salt):
            self._beyond = frame.sequence
        elif any(rest[:HEAD_SIZE]):
            self._cuts[self._place.segment] = self._place
        return 0

    def _read_piece(self, wanted: int, end: int | None) -> memoryview:
        """Return bytes from the present place on; fewer than wanted: no more are there."""
        try:
            file = self._source.open(segment_path(self._run, self._place.segment))
        except FileNotFoundError:
            return memoryview(b"")  # removed since: all of it is in the file
        try:
            limit = file.size if end is None else min(end, file.size)
            buffer = memoryview(bytearray(max(0, min(wanted, limit - self._place.offset))))
            return buffer[: file.read_into(self._place.offset, buffer)].toreadonly()
        finally:
            file.close()
