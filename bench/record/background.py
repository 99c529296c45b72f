"""The recorder of a bench: acquisition copies rows into memory and goes on.

A thread writes the log and syncs it once a second, and a process of its own seals what is synced;
whatever becomes of either, the log has everything that was synced.
"""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.clock import MILLISECOND, SECOND, Clock
from bench.errors import RunFileError
from bench.messages import Message
from bench.record.creation import Portions, begin_run
from bench.record.disk.storage import Storage, SystemStorage
from bench.record.log import segment_size
from bench.record.port import Bookmark, ClockMark, Ending, Header, Provenance, Record
from bench.record.sealing.process import SealerProcess
from bench.record.wal.files import remove_log

SYNC = 1 * SECOND
"""Time between two syncs of the log."""
HURRY = 200 * MILLISECOND
"""Shortest time between two bookmarks that are synced as they come."""
MARK = 60 * SECOND
"""Time between two marks of the wall clock."""
CLOCK_STEP = 1 * MILLISECOND
"""A wall clock that deviates more from the last mark gets a new one at the next sync."""
SEALING_TIME = 300.0
"""How long the end of a run may take to be sealed, s."""
_MIB = 1024 * 1024


class BackgroundRecorder:
    """Records one run on a thread of its own and seals it in a process of its own; a `Recorder`.

    Args:
        path: the run file; a new one.
        header: what is known at the start.
        provenance: what may differ between equal runs.
        clock: tells the time, and waits.
        storage: where the log goes; the sealer writes through the operating system.
        seconds: how long rows may wait for a disk that hangs, s.
        portions: how much is taken at once.

    Raises:
        RunFileError: the file exists or cannot be written; nothing is left behind.
    """

    def __init__(
        self,
        path: Path,
        header: Header,
        provenance: Provenance,
        clock: Clock,
        *,
        storage: Storage | None = None,
        seconds: float = 10.0,
        portions: Portions | None = None,
    ) -> None:
        size = segment_size(header, 120.0, 4 * _MIB, 128 * _MIB)
        portions = portions or Portions()
        self._run = begin_run(
            storage or SystemStorage(),
            path,
            header,
            provenance,
            segment_bytes=portions.segment_bytes or size,
            seconds=seconds,
            chunk_rows=portions.chunk_rows,
        )
        self._clock = clock
        self._mark = ClockMark(header.start_ns, header.start_utc_ns)
        self._hurried = header.start_ns - HURRY
        self._is_closed = False
        self._is_broken = True  # until the thread ends as it should
        self._wake = threading.Event()
        self._ends = threading.Event()
        try:
            self._sealer = SealerProcess.start(path)
        except (OSError, RunFileError):
            self._run.discard()
            raise
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path:
        """The run file."""
        return self._run.path

    @property
    def trouble(self) -> Message | None:
        """Why the run has to end (see `Recorder.trouble`)."""
        if self._is_broken and not self._thread.is_alive():
            return Message("record.thread-ended", {"path": self.path})
        return self._run.log.trouble or self._sealer.trouble

    @property
    def acknowledged(self) -> dict[str, int]:
        """Group → rows that no power cut takes away any more."""
        return self._run.log.acknowledged

    def row(self, time_ns: int, values: NDArray[np.float64], qualities: NDArray[np.uint8]) -> None:
        """Take one scan (see `Recorder.row`).

        Raises:
            RunFileError: the run is closed.
            ValueError: not one value and one quality per channel, or an earlier time.
        """
        self._check_open()
        self._run.log.intake.row(time_ns, values, qualities)
        self._hurry()

    def rows(self, group: str, time_ns: int, records: NDArray[np.void]) -> None:
        """Take rows of another group (see `Recorder.rows`).

        Raises:
            RunFileError: the run is closed.
            KeyError: no such group.
            ValueError: another element type, or an earlier time.
        """
        self._check_open()
        self._run.log.intake.rows(group, time_ns, records)
        self._hurry()

    def record(self, record: Record) -> None:
        """Take what is no row (see `Recorder.record`)."""
        self._check_open()
        self._run.log.intake.record(record)
        if isinstance(record, Bookmark) and record.time_ns - self._hurried >= HURRY:
            self._hurried = record.time_ns
            self._wake.set()

    def close(self, ending: Ending) -> None:
        """Write what is left, have it sealed and close the file; again: does nothing.

        Raises:
            RunFileError: something of it cannot be written; what was is kept and recovered later.
        """
        if self._is_closed:
            return
        self._is_closed = True
        self._ends.set()
        self._wake.set()
        self._thread.join()
        try:
            self._turn()
            self._run.log.intake.record(ending)
            self._turn()
            self._finish()
        finally:
            self._run.lock.release()

    def _hurry(self) -> None:
        if self._run.log.intake.is_filling and not self._wake.is_set():
            self._wake.set()

    def _work(self) -> None:
        due = self._clock.now()
        while not self._ends.is_set():
            now = self._clock.now()
            due = min(max(due + SYNC, now), now + SYNC)  # it was woken before: not later than that
            # a disk that takes nothing is asked once a second, however much waits
            is_stuck = self._run.log.failure is not None
            self._clock.wait_until(due, self._ends if is_stuck else self._wake)
            self._wake.clear()
            self._mark_clock()
            self._turn()
        self._is_broken = False

    def _turn(self) -> None:
        log = self._run.log
        log.pump()
        log.sync()
        self._sealer.tell(log.synced)
        log.release_below(self._sealer.released)

    def _mark_clock(self) -> None:
        now, utc = self._clock.now(), self._clock.utc()
        passed = now - self._mark.time_ns
        deviation = utc - self._mark.utc_ns - passed
        if passed >= MARK or abs(deviation) >= CLOCK_STEP:
            self._mark = ClockMark(now, utc)
            self._run.log.intake.record(self._mark)

    def _finish(self) -> None:
        run = self._run
        run.log.release_reserve()
        if run.log.failure is not None:
            self._turn()
        run.log.close()
        try:
            self._sealer.finish(SEALING_TIME)
            remove_log(run.storage, run.path, run.run_id)
        except (RunFileError, OSError) as error:
            raise run.unfinished(error) from error
        if run.log.failure is not None:
            raise run.unfinished(run.log.failure)

    def _check_open(self) -> None:
        if self._is_closed:
            raise RunFileError("record.closed", path=self.path)
