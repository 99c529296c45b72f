"""The frames that a sealer took, on their way into one part.

Rows go to their groups at once, and the groups are told where between the rows a step begins or
ends. A record goes into the file once all rows before it are sealed.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from bench.messages import Message
from bench.record.port import ClockMark, Ending, Event, Record, StepBegun, StepRecord
from bench.record.records import decode_record
from bench.record.sealing.axis import Sealed
from bench.record.sealing.backlog import Backlog
from bench.record.sealing.group_sealer import GroupSealer
from bench.record.sealing.part_sealer import PartSealer, State
from bench.record.wal import Frame, FrameKind


class TakenFrames:
    """Frames of the log on their way into one part.

    Args:
        part: where they go.
        state: what the last commit of the run left; None: there was none.
        ending: how the run ended, and which frame says so, if it was taken before.

    Raises:
        KeyError, TypeError, ValueError: the state is not as written.
    """

    def __init__(
        self, part: PartSealer, state: State | None, ending: tuple[int, Ending] | None = None
    ) -> None:
        contents = part.contents
        self._part = part
        self._backlog = Backlog(contents.sequence)
        self._taken = contents.sequence if state is None else int(state["taken"])
        self._notes: list[Event] = []
        self.now_ns = contents.first_ns if state is None else int(state["now_ns"])
        """Monotonic time of the newest frame."""
        self._checkpoint_ns = self.now_ns
        self.ending = ending
        """How the run ended, and the frame that says so; None: it was not taken."""

    @property
    def released(self) -> int:
        """Every frame up to this one may count as in the file, but for the ending's."""
        return self._backlog.released

    @property
    def since_checkpoint_ns(self) -> int:
        """Run time since rows that wait for their chunk were last written."""
        return self.now_ns - self._checkpoint_ns

    def state(self) -> dict[str, int]:
        """Return what new ones need in order to go on behind these."""
        return {"taken": self._taken, "now_ns": self.now_ns}

    def take(self, frame: Frame) -> bool:
        """Take the next frame; return whether whole chunks were sealed by the way.

        Raises:
            RunFileError: rows before it are missing.
            OSError, RuntimeError, ValueError, KeyError, TypeError, IndexError: the file cannot be
                written, or the frame does not belong to it.
        """
        sealed = False
        if frame.kind is FrameKind.ROWS:
            sealed = self._take_rows(frame)
        else:
            self._take_record(frame)
        self.now_ns = max(self.now_ns, frame.time_ns)
        return sealed

    def note(self, events: Iterable[Event]) -> None:
        """Take events that no frame holds."""
        self._notes += events

    def seal(self, groups: Iterable[GroupSealer]) -> None:
        """Write the rows of groups that wait for their chunk."""
        for group in groups:
            self._tell_backwards(group, group.seal())
        self._checkpoint_ns = self.now_ns

    def finish(self) -> None:
        """Write the rows of all groups, and what else only a complete part has of them."""
        for group in self._part.groups:
            self._tell_backwards(group, group.finish())

    def write_records(self) -> None:
        """Write the records whose rows are sealed."""
        records = self._backlog.release([group.sealed for group in self._part.groups])
        self._part.append([*records, *self._notes])
        self._notes = []

    def _take_rows(self, frame: Frame) -> bool:
        self._backlog.add(frame, None)
        self._taken = max(self._taken, frame.sequence)
        group = self._part.groups[frame.group]
        rows = np.frombuffer(frame.payload, group.dtype)
        sealed = group.take(frame.first_row, frame.time_ns, rows)
        self._tell_backwards(group, sealed)
        return bool(sealed)

    def _take_record(self, frame: Frame) -> None:
        record = decode_record(frame.payload)
        if isinstance(record, Ending):
            self.ending = frame.sequence, record  # stays in the log until the file is complete
            return
        self._backlog.add(frame, record)
        if frame.sequence > self._taken:
            self._apply(record)
            self._taken = frame.sequence

    def _apply(self, record: Record) -> None:
        """Take note of where between the rows a record stands."""
        for group in self._part.groups:
            if isinstance(record, StepBegun):
                group.begin(record)
            elif isinstance(record, StepRecord):
                group.end(record)
            elif isinstance(record, ClockMark):
                group.mark(record.utc_ns - record.time_ns)

    def _tell_backwards(self, group: GroupSealer, sealed: Iterable[Sealed]) -> None:
        """Note rows whose time runs backwards."""
        start = self._part.header.start_utc_ns - self._part.header.start_ns
        for row, time_ns in (each for one in sealed for each in one.backwards[:1]):
            message = Message("record.time-backwards", {"group": group.name, "row": row})
            self._notes.append(Event(time_ns, start + time_ns, "warning", "recorder", message))
