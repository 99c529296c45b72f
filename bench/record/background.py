"""A recorder that writes on a thread of its own: the scan never waits for the disk.

Writing a block takes tens of milliseconds, and on a disk that sleeps, or is shared, seconds; a
controller's demand watchdog gives up after less. The scan only copies its row into a queue, which
has a bound: a disk that hangs for longer counts as full.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.errors import RunFileError
from bench.messages import Message
from bench.record.port import Ending, Event, Point, Recorder, StepRecord

MOST_WAITING = 30_000
"""Rows, events, steps and points that may wait for the disk: five minutes at 100 Hz."""

Work = Callable[[], None]


class BackgroundRecorder:
    """Hands everything to another recorder on one thread, in order; a `Recorder`.

    Calls may come from several threads: a link's thread reports events while the scan runs.

    Args:
        recorder: writes; used by the thread alone from now on.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._refusal: Message | None = None
        self._failure: BaseException | None = None
        self._is_closed = False
        self._waiting: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="recorder", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path:
        """The run file."""
        return self._recorder.path

    def row(self, time_ns: int, values: NDArray[np.float64], qualities: NDArray[np.uint8]) -> None:
        """Take one scan (see `Recorder.row`); a failure is told with a later row.

        Raises:
            RunFileError: rows can no longer be written, or the disk does not keep up.
        """
        if self._refusal is None and self._waiting.qsize() >= MOST_WAITING:
            self._refusal = Message("record.too-slow", {"path": self.path, "rows": MOST_WAITING})
        if self._refusal is not None:
            raise RunFileError(self._refusal.id, **self._refusal.arguments)
        self._waiting.put(partial(self._recorder.row, time_ns, values.copy(), qualities.copy()))

    def event(self, event: Event) -> None:
        """Take an event."""
        self._waiting.put(partial(self._recorder.event, event))

    def step(self, step: StepRecord) -> None:
        """Take a step that has ended."""
        self._waiting.put(partial(self._recorder.step, step))

    def point(self, point: Point) -> None:
        """Take a measured window."""
        self._waiting.put(partial(self._recorder.point, point))

    def identify(self, name: str, identity: str) -> None:
        """Take what an instrument says it is."""
        self._waiting.put(partial(self._recorder.identify, name, identity))

    def close(self, ending: Ending) -> None:
        """Write what waits, then the ending, and close the file; again: does nothing.

        Raises:
            RunFileError: something of it cannot be written; the file is closed all the same.
        """
        if self._is_closed:
            return
        self._is_closed = True
        self._waiting.put(None)
        self._thread.join()
        self._recorder.close(ending)
        if self._failure is not None:
            raise self._failure

    def _write(self) -> None:
        while (work := self._waiting.get()) is not None:
            try:
                work()
            except RunFileError as error:
                self._refusal = self._refusal or error.message
            except BaseException as error:  # noqa: BLE001 - carried to the scan, and to `close`
                self._failure = self._failure or error
                path = self.path
                self._refusal = Message("record.cannot-write", {"path": path, "reason": error})
