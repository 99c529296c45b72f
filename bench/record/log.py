"""The way from the intake into the log; a thread walks it on a bench, the scan in virtual time."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from bench.clock import SECOND
from bench.messages import Message
from bench.record.disk.storage import Storage, reason
from bench.record.intake import Intake, Loss
from bench.record.port import Event, Header
from bench.record.rows import RowLayout, groups_of
from bench.record.wal.files import Position
from bench.record.wal.frames import Frame, FrameKind
from bench.record.wal.segments import SegmentWriter


def segment_size(header: Header, seconds: float, least: int, most: int) -> int:
    """Return the bytes of a segment that holds so many seconds of rows, within bounds."""
    scan, *others = (RowLayout(group) for group in groups_of(header))
    rate = scan.dtype.itemsize * SECOND / max(header.scan_period_ns, 1)
    for layout in others:
        if layout.group.interval_ns is not None:
            rate += layout.dtype.itemsize * SECOND / float(layout.group.interval_ns)
    return min(max(round(rate * seconds), least), most)


class RunLog:
    """One run's intake and its log; everything but `intake` belongs to one thread at a time.

    Args:
        storage: where the log lies.
        path: the run file.
        header: what the run consists of.
        run_id: its identity, 16 bytes.
        segment_bytes: size of a segment, and of the space kept for the end on a full disk.
        seconds: how long rows may wait for a disk that hangs, s.

    Raises:
        OSError: there is no space for the first segment, or no disk.
    """

    def __init__(
        self,
        storage: Storage,
        path: Path,
        header: Header,
        run_id: bytes,
        *,
        segment_bytes: int,
        seconds: float,
    ) -> None:
        self.intake = Intake(header, seconds)
        """Where rows and records come in."""
        self.trouble: Message | None = None
        """Why the run has to end: what was wrong first."""
        self.failure: OSError | None = None
        """Why frames that were taken out could not be written the last time; None: they were."""
        self._path = path
        self._header = header
        self._writer = SegmentWriter(storage, path, run_id, segment_size=segment_bytes)
        self._names = [group.name for group in groups_of(header)]
        self._written = dict.fromkeys(self._names, 0)
        self._acknowledged = dict(self._written)

    @property
    def acknowledged(self) -> dict[str, int]:
        """Group → rows that no power cut takes away any more."""
        return dict(self._acknowledged)

    @property
    def synced(self) -> Position:
        """Where the log ends that may be sealed."""
        return self._writer.synced

    @property
    def unwritten_rows(self) -> int:
        """Rows that came in and are not acknowledged."""
        drained = sum(self._written.values()) - sum(self._acknowledged.values())
        return drained + self.intake.waiting_rows

    def pump(self) -> list[Frame]:
        """Write what has come in; return it.

        While the disk takes nothing, everything stays in the intake.
        """
        if self.failure is not None and not self._append([]):
            self._tell_losses()
            return []
        frames = self.intake.drain()
        self._tell_losses()
        self._append(frames)
        for frame in frames:
            if frame.kind is FrameKind.ROWS:
                self._written[self._names[frame.group]] += frame.rows
        return frames

    def sync(self) -> None:
        """Acknowledge what is written; what fails stays kept and is tried again."""
        try:
            self._writer.sync()
        except OSError as error:
            self._fail(error)
        else:
            self.failure = None
            self._acknowledged = dict(self._written)
        self._look_at_reserve()

    def release(self, sequence: int) -> None:
        """Remove the segments that hold nothing after a frame."""
        self.release_below(self._writer.first_needed(sequence))

    def release_below(self, segment: int) -> None:
        """Remove the segments below a number."""
        self._writer.remove_upto(segment)

    def release_reserve(self) -> None:
        """Free the space that was kept for a full disk."""
        with suppress(OSError):  # it goes with the rest of the log
            self._writer.release_reserve()

    def close(self) -> None:
        """Close the segments; the one made ahead and the spare one go."""
        self._writer.close()

    def _append(self, frames: list[Frame]) -> bool:
        """Write frames; return whether the disk took them and all that it refused before."""
        try:
            self._writer.append(frames)
        except OSError as error:
            self._fail(error)
            return False
        self.failure = None
        self._look_at_reserve()
        return True

    def _fail(self, error: OSError) -> None:
        self.failure = error
        self._find("record.cannot-write", reason=reason(error))

    def _look_at_reserve(self) -> None:
        if self._writer.is_on_reserve:
            self._find("record.disk-full-reserve")

    def _find(self, sentence: str, **arguments: object) -> None:
        if self.trouble is None:
            self.trouble = Message(sentence, {"path": self._path, **arguments})

    def _tell_losses(self) -> None:
        for loss in self.intake.take_losses():
            self._find("record.too-slow", rows=loss.rows)
            self.intake.record(self._event(loss))

    def _event(self, loss: Loss) -> Event:
        start = self._header.start_ns
        arguments: dict[str, object] = {
            "rows": loss.rows,
            "first": f"{(loss.first_ns - start) / SECOND:.3f}",
            "last": f"{(loss.last_ns - start) / SECOND:.3f}",
        }
        if loss.group:
            message = Message("record.rows-lost", {"group": loss.group, **arguments})
        else:
            message = Message("record.records-lost", arguments)
        utc = self._header.start_utc_ns + loss.last_ns - start
        return Event(loss.last_ns, utc, "error", "recorder", message)
