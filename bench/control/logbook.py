"""What a run leaves behind: events, steps, points and rows, handed to a recorder once there is one.

Safety does not depend on it: a recorder that fails is asked no more, and the safe sequence runs on.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.clock import Clock
from bench.messages import Message
from bench.record.port import Ending, Event, Point, Recorder, StepRecord


class Logbook:
    """Takes what happens; what is noted before there is a recorder comes first in it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._recorder: Recorder | None = None
        self._pending: list[Event] = []
        self._is_shut = False
        self._takes_rows = True

    def record_to(self, recorder: Recorder) -> None:
        """Record from now on."""
        self._recorder = recorder
        for event in self._pending:
            recorder.event(event)
        self._pending.clear()

    def shut(self) -> None:
        """Give the recorder nothing more but the ending."""
        self._is_shut = True

    def note(self, level: str, source: str, message: Message) -> None:
        """Write an event."""
        event = Event(self._clock.now(), self._clock.utc(), level, source, message)
        if self._recorder is None:
            self._pending.append(event)
        elif not self._is_shut:
            self._recorder.event(event)

    def point(self, point: Point) -> None:
        """Write a measured window."""
        if self._recorder is not None and not self._is_shut:
            self._recorder.point(point)

    def step(self, record: StepRecord) -> None:
        """Write a step that has ended."""
        if self._recorder is not None and not self._is_shut:
            self._recorder.step(record)

    def row(self, time: int, values: NDArray[np.float64], codes: NDArray[np.uint8]) -> None:
        """Write a scan.

        Raises:
            RunFileError: it cannot be written; raised once, later rows are not offered any more.
        """
        if self._recorder is None or self._is_shut or not self._takes_rows:
            return
        self._takes_rows = False
        self._recorder.row(time, values, codes)
        self._takes_rows = True

    def close(self, ending: Ending) -> None:
        """Close the recorder."""
        if self._recorder is not None:
            self._recorder.close(ending)

    @property
    def file(self) -> Path | None:
        """The run file."""
        return None if self._recorder is None else self._recorder.path
