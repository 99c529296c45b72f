"""Which frames of the log are not in the file yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from bench.record.port import Record
from bench.record.wal import Frame, FrameKind


@dataclass(frozen=True, slots=True)
class _Rows:
    group: int
    stop: int


class Backlog:
    """Frames that were taken, until everything of them and before them can go into the file.

    Args:
        sequence: last frame that is in the file.
    """

    def __init__(self, sequence: int) -> None:
        self._released = sequence
        self._waiting: deque[tuple[int, _Rows | Record]] = deque()

    @property
    def released(self) -> int:
        """Every frame up to this one may be in the file."""
        return self._released

    def add(self, frame: Frame, record: Record | None) -> None:
        """Take a frame, and the record it holds."""
        if frame.kind is FrameKind.ROWS:
            self._waiting.append((frame.sequence, _Rows(frame.group, frame.first_row + frame.rows)))
        elif record is not None:
            self._waiting.append((frame.sequence, record))

    def release(self, sealed: Sequence[int]) -> list[Record]:
        """Release frames whose rows are all sealed; return the records among them.

        Args:
            sealed: per group, row behind the last sealed one.
        """
        records: list[Record] = []
        while self._waiting:
            sequence, held = self._waiting[0]
            if isinstance(held, _Rows):
                if held.stop > sealed[held.group]:
                    break
            else:
                records.append(held)
            self._waiting.popleft()
            self._released = sequence
        return records
