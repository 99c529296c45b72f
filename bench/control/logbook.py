"""What a run leaves behind: events, steps, points and rows, handed to a recorder once there is one.

Safety does not depend on it: a recorder in trouble says so, and the safe sequence runs on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.clock import Clock
from bench.fast_rows import FastRows
from bench.messages import Message
from bench.record.port import (
    Bookmark,
    Ending,
    Event,
    Incident,
    Point,
    Record,
    Recorder,
    StepBegun,
    StepRecord,
)
from bench.record.rows import TIME


class Logbook:
    """Takes what happens; what is noted before there is a recorder comes first in it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._recorder: Recorder | None = None
        self._pending: list[Event] = []
        self._is_shut = False
        self._is_told = False
        self.incidents = 0
        """Incidents written into this run."""
        self.is_step_new = False
        """Whether a step has begun since the last bookmark."""
        self._begun = 0
        self._listener: Callable[[Event], None] | None = None
        self._exchange = threading.Lock()  # links note from threads of their own

    def record_to(self, recorder: Recorder) -> None:
        """Record from now on; who gave the recorder before closes it."""
        with self._exchange:
            self._recorder = recorder
            self._is_shut = self._is_told = False
            self.incidents, self._begun = 0, self._clock.now()
            for event in self._pending:
                recorder.record(event)
            self._pending.clear()

    def tell(self, listener: Callable[[Event], None]) -> None:
        """Tell somebody of every event from now on; it must not wait."""
        self._listener = listener

    def shut(self) -> None:
        """Give the recorder nothing more but the ending."""
        self._is_shut = True

    def note(self, level: str, source: str, message: Message) -> None:
        """Write an event."""
        event = Event(self._clock.now(), self._clock.utc(), level, source, message)
        if self._listener is not None:
            self._listener(event)
        with self._exchange:
            if self._recorder is None:
                self._pending.append(event)
            else:
                self._give(event)

    def point(self, point: Point) -> None:
        """Write a measured window."""
        self._give(point)

    def begin_step(self, step: StepBegun) -> None:
        """Write that a step begins."""
        self.is_step_new = True
        self._give(step)

    def step(self, record: StepRecord) -> None:
        """Write a step that has ended."""
        self._give(record)

    def bookmark(self, bookmark: Bookmark) -> None:
        """Write where the run is."""
        self.is_step_new = False
        self._give(bookmark)

    def incident(self, incident: Incident) -> None:
        """Write the window around something that went wrong, as far as this run reaches back."""
        self.incidents += 1
        self._give(replace(incident, start_ns=max(incident.start_ns, self._begun)))

    def row(self, time: int, values: NDArray[np.float64], codes: NDArray[np.uint8]) -> None:
        """Write a scan."""
        if self._recorder is not None and not self._is_shut:
            self._recorder.row(time, values, codes)

    def take_rows(self, rows: list[FastRows], leapt: int) -> None:
        """Write what came beside the scan, and empty the list.

        Args:
            rows: they carry the time of the wires.
            leapt: by how much the bench's time is ahead of it, ns.
        """
        if self._recorder is not None and not self._is_shut:
            for group, records in rows:
                if leapt:
                    records[TIME] += leapt
                self._recorder.rows(group, 0, records)
        rows.clear()

    def trouble(self) -> Message | None:
        """Return why the run has to end, the first time it is asked after that; else None."""
        if self._recorder is None or self._is_shut or self._is_told:
            return None
        trouble = self._recorder.trouble
        self._is_told = trouble is not None
        return trouble

    def close(self, ending: Ending) -> None:
        """Close the recorder."""
        if self._recorder is not None:
            self._is_shut = True
            self._recorder.close(ending)

    @property
    def file(self) -> Path | None:
        """The run file."""
        return None if self._recorder is None else self._recorder.path

    def _give(self, record: Record) -> None:
        if self._recorder is not None and not self._is_shut:
            self._recorder.record(record)
