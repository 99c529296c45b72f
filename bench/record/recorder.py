"""The recorder of virtual time.

In line: whoever hands over rows also writes the log and seals it: in virtual time no scan is late.
"""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.messages import Message
from bench.record.creation import Portions, begin_run
from bench.record.disk.storage import Storage, SystemStorage
from bench.record.disk.unsynced import UnsyncedStorage
from bench.record.log import segment_size
from bench.record.port import Ending, Header, Provenance, Record
from bench.record.rows import groups_of
from bench.record.sealing.sealer import Sealer, SealPolicy
from bench.record.wal.files import remove_log
from bench.record.wal.reading import read_frames

VIRTUAL_POLICY = SealPolicy(checkpoint_ns=None, commit_bytes=16 * 1024 * 1024)
"""Nobody looks at a run in virtual time before it ends: chunks are sealed when they are whole."""
_PUMP = 10 * SECOND
_PUMPED_SCANS = 16
"""Scans that are written together at least: each time has its price."""
_MIB = 1024 * 1024


def written_every(scan_period_ns: int) -> int:
    """Return after how long what has come in is written, ns."""
    return max(_PUMP, _PUMPED_SCANS * scan_period_ns)


class RunWriter:
    """Records one run in line with whoever calls it; a `Recorder`.

    Args:
        path: the run file; a new one.
        header: what is known at the start.
        provenance: what may differ between equal runs.
        storage: where the file goes.
        policy: when the sealer commits, and when it begins a new part.
        syncs: whether to wait for the disk; without, a power cut may cost the run.
        portions: how much is taken at once; small ones prove what happens between them.

    Raises:
        RunFileError: the file exists or cannot be written; nothing is left behind.
    """

    def __init__(
        self,
        path: Path,
        header: Header,
        provenance: Provenance | None = None,
        *,
        storage: Storage | None = None,
        policy: SealPolicy = VIRTUAL_POLICY,
        syncs: bool = False,
        portions: Portions | None = None,
    ) -> None:
        disk = storage or SystemStorage()
        portions = portions or Portions()
        interval = portions.pump_ns or written_every(header.scan_period_ns)
        self._run = begin_run(
            disk if syncs else UnsyncedStorage(disk),
            path,
            header,
            provenance or Provenance(),
            segment_bytes=portions.segment_bytes or segment_size(header, 60.0, _MIB, 4 * _MIB),
            seconds=2 * interval / SECOND,
            chunk_rows=portions.chunk_rows,
        )
        self._policy = policy
        self._spacing = _spacing(header)
        self._interval = interval
        self._fewest = interval // header.scan_period_ns
        """Scans that are written together at least, however far apart they are."""
        self._waiting = 0
        self._due = header.start_ns + self._interval
        self._sealing_trouble: Message | None = None
        self._is_closed = False
        self._turn = threading.RLock()
        try:
            self._sealer: Sealer | None = self._opened_sealer()
        except RunFileError:
            self._run.discard()
            raise

    @property
    def path(self) -> Path:
        """The run file."""
        return self._run.path

    @property
    def trouble(self) -> Message | None:
        """Why the run has to end (see `Recorder.trouble`)."""
        return self._run.log.trouble or self._sealing_trouble

    @property
    def acknowledged(self) -> dict[str, int]:
        """Group → rows that are in the log."""
        return self._run.log.acknowledged

    def row(self, time_ns: int, values: NDArray[np.float64], qualities: NDArray[np.uint8]) -> None:
        """Take one scan (see `Recorder.row`).

        Raises:
            RunFileError: the run is closed.
            ValueError: not one value and one quality per channel, or an earlier time.
        """
        self._check_open()
        intake = self._run.log.intake
        intake.row(time_ns, values, qualities)
        self._waiting += 1
        is_due = self._waiting >= self._fewest and time_ns >= self._due
        if is_due or intake.is_filling:
            self._pump()
            self._due = time_ns + self._interval
            self._waiting = 0

    def rows(self, group: str, time_ns: int, records: NDArray[np.void]) -> None:
        """Take rows of another group (see `Recorder.rows`).

        Raises:
            RunFileError: the run is closed.
            KeyError: no such group.
            ValueError: another element type, or an earlier time.
        """
        self._check_open()
        intake = self._run.log.intake
        done = 0
        while len(records) - done > (free := intake.free(group)):
            if free == 0:
                break  # the log takes nothing: what is left is counted as lost
            self._put(group, time_ns, records, done, done + free)
            self._pump()
            done += free
        self._put(group, time_ns, records, done, len(records))
        if intake.is_filling:
            self._pump()

    def record(self, record: Record) -> None:
        """Take what is no row (see `Recorder.record`)."""
        self._check_open()
        self._run.log.intake.record(record)
        if self._run.log.intake.is_filling:
            self._pump()

    def close(self, ending: Ending) -> None:
        """Write what is left, seal it and close the file; again: does nothing.

        Raises:
            RunFileError: something of it cannot be written; what was is kept and recovered later.
        """
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self._pump()
            self._run.log.intake.record(ending)
            self._pump()
            if self._run.log.failure is not None:
                self._make_room()
            self._run.log.close()
            self._finish()
        finally:
            self._run.lock.release()

    def abandon(self) -> None:
        """Leave the run as a power cut leaves it on a bench: logged, not ended; to be recovered."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self._pump()
            self._run.log.close()
            if self._sealer is not None:
                self._sealer.close()
        finally:
            self._run.lock.release()

    def _put(
        self, group: str, time_ns: int, records: NDArray[np.void], start: int, end: int
    ) -> None:
        later = round(start * self._spacing[group])
        self._run.log.intake.rows(group, time_ns + later, records[start:end])

    def _pump(self) -> None:
        with self._turn:  # records may come from several threads
            log = self._run.log
            frames = log.pump()
            log.sync()
            if self._sealer is None:
                return
            try:
                for frame in frames:
                    self._sealer.take(frame)
            except RunFileError as error:  # the log has everything; another sealer reads it
                self._sealer = None
                self._sealing_trouble = error.message
            else:
                log.release(self._sealer.released)

    def _make_room(self) -> None:
        """Seal what the log has, so that its segments can go and the last rows can come."""
        log = self._run.log
        log.release_reserve()
        if self._sealer is not None:
            try:
                self._sealer.commit(partial=True)
            except RunFileError:
                self._sealer = None
            else:
                log.release(self._sealer.released)
        self._pump()

    def _finish(self) -> None:
        run = self._run
        try:
            sealer = self._sealer or self._sealer_from_log()
            sealer.finish("closed")
            remove_log(run.storage, run.path, run.run_id)
        except (RunFileError, OSError) as error:
            raise run.unfinished(error) from error
        if run.log.failure is not None:
            raise run.unfinished(run.log.failure)

    def _sealer_from_log(self) -> Sealer:
        """Return a new sealer that has taken what the log holds."""
        run = self._run
        sealer = self._opened_sealer()
        frames = read_frames(run.storage, run.path, run_id=run.run_id, after=sealer.released)
        for frame in frames:
            sealer.take(frame)
        return sealer

    def _opened_sealer(self) -> Sealer:
        return Sealer.open(self._run.storage, self._run.path, self._policy)

    def _check_open(self) -> None:
        if self._is_closed:
            raise RunFileError("record.closed", path=self.path)


def _spacing(header: Header) -> dict[str, float]:
    return {group.name: float(group.interval_ns or 0) for group in groups_of(header)}
