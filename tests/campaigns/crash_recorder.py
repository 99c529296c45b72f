"""What is cut short: the whole recorder, in line, with every call of it in the model."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import cast

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.record.creation import Portions
from bench.record.disk.storage import Storage
from bench.record.port import SCAN, Ending, Provenance
from bench.record.recorder import RunWriter
from bench.record.recovery import recover
from bench.record.sealing.sealer import SealPolicy
from bench.runs.chunk_source import CACHE_BYTES
from bench.runs.reader import Run
from bench.runs.run_source import RunSource
from tests.campaigns.crash_judge import Promise, judge, judge_promise, judge_reader
from tests.campaigns.crash_model import Create, ModelStorage, Replace, Sync
from tests.campaigns.crash_points import Acknowledge, Failure, insist
from tests.campaigns.crash_run import KnownRun


class Feed:
    """Hands a known run over, row by row, and counts what was promised meanwhile."""

    def __init__(
        self, known: KnownRun, recorder: RunWriter, promised: Callable[[Promise], None]
    ) -> None:
        self._known = known
        self._recorder = recorder
        self._promised = promised
        self._rows = dict.fromkeys(known.groups, 0)
        self._records = 0
        self._last = Promise(dict(self._rows), 0)
        self.refusal: RunFileError | None = None
        """What closing the run said; None: all of it is in the file."""

    def run(self) -> None:
        """Hand over everything that is measured, and close."""
        times = self._known.times[SCAN]
        for row, now in enumerate(times.tolist()):
            self._scan(row, now)
            for group in list(self._rows)[1:]:
                self._group(group, now)
            if row % self._known.records_every == 0:
                self._record(row // self._known.records_every + 1)
            if self._recorder.trouble is not None:
                break  # as the bench does: it stops softly
        try:
            self._recorder.close(Ending("completed", None, int(times[-1])))
        except RunFileError as error:
            self.refusal = error
            self._look(self.handed)
        else:
            self._promise(self.handed)

    @property
    def handed(self) -> Promise:
        """What was handed over so far."""
        return Promise(dict(self._rows), self._records)

    def _scan(self, row: int, now: int) -> None:
        before = self.handed
        known = self._known
        self._recorder.row(now, known.scan_values[row], known.scan_qualities[row])
        self._rows[SCAN] = row + 1
        self._look(before)

    def _group(self, group: str, now: int) -> None:
        for batch in self._known.batches(group, self._rows[group], now):
            before = self.handed
            rows = self._known.stored[group][batch.first : batch.first + batch.count]
            self._recorder.rows(group, batch.time_ns, rows)
            self._rows[group] += batch.count
            self._look(before)

    def _record(self, number: int) -> None:
        before = self.handed
        self._recorder.record(self._known.bookmark(number))
        self._recorder.record(self._known.record(number))
        self._records = number
        self._look(before)

    def _look(self, before: Promise) -> None:
        """See whether a call has acknowledged more, and that it did so in time."""
        found = self._recorder.acknowledged
        if found == self._last.rows:
            return
        handed = self.handed
        for group, rows in found.items():
            insist(rows <= handed.rows[group], Failure.CORRUPT, f"{group}: {rows} acknowledged")
        whole = all(found[group] >= rows for group, rows in before.rows.items())
        self._promise(Promise(found, before.records if whole else self._last.records))

    def _promise(self, promise: Promise) -> None:
        self._last = promise
        self._promised(promise)


def wide_run() -> RecordedRun:
    """Return a run of all groups, in three parts, with small segments and chunks."""
    policy = SealPolicy(checkpoint_ns=4 * SECOND, part_ns=15 * SECOND)
    portions = Portions(pump_ns=SECOND, segment_bytes=24 * 1024, chunk_rows=256)
    known = KnownRun(duration_ns=36 * SECOND)
    return RecordedRun("recorder, 6 groups", known, policy, portions)


def narrow_run() -> RecordedRun:
    """Return a run of two groups in two parts: smaller files, so more points in the same time."""
    policy = SealPolicy(checkpoint_ns=3 * SECOND, part_ns=15 * SECOND)
    portions = Portions(pump_ns=SECOND, segment_bytes=12 * 1024, chunk_rows=256)
    known = KnownRun(duration_ns=26 * SECOND, records_every=31, beside=("fast",))
    return RecordedRun("recorder, 2 groups", known, policy, portions)


def unsealed_run() -> RecordedRun:
    """Return a run that stays in its log until it ends: a full disk meets the log first."""
    portions = Portions(pump_ns=2 * SECOND, segment_bytes=24 * 1024, chunk_rows=131_072)
    known = KnownRun(
        duration_ns=60 * SECOND,
        scan_period_ns=SECOND // 8,
        fast_interval_ns=Fraction(SECOND, 1500),
        records_every=31,
        beside=("fast",),
    )
    return RecordedRun("recorder, log only", known, SealPolicy(checkpoint_ns=None), portions)


class RecordedRun:
    """A run of several groups, parts and steps, in small chunks and segments."""

    def __init__(self, name: str, known: KnownRun, policy: SealPolicy, portions: Portions) -> None:
        self.name = name
        """What the table calls it."""
        self.known = known
        """What is recorded."""
        self._policy = policy
        self._portions = portions

    def recorder(self, storage: Storage, path: Path) -> RunWriter:
        """Return a new recorder of the run.

        Raises:
            RunFileError: there is no space.
        """
        header = self.known.header
        return RunWriter(
            path, header, Provenance(), storage=storage, policy=self._policy, syncs=True,
            portions=self._portions,
        )  # fmt: skip

    def record(self, storage: ModelStorage, folder: Path, acknowledge: Acknowledge) -> None:
        """Record the run; what a sync of the log promises holds from that sync on."""
        seen = 0
        logs: set[int] = set()

        def promised(promise: Promise) -> None:
            nonlocal seen
            at = len(storage.calls)
            for number in range(seen, len(storage.calls)):
                match storage.calls[number]:
                    case Create(name, file) | Replace(_, name, file) if name.endswith(".wal"):
                        logs.add(file)
                    case Sync(file) if file in logs:
                        at = number + 1
                    case _:
                        pass
            seen = len(storage.calls)
            acknowledge(promise, at)

        recorder = self.recorder(storage, folder / "run.h5")
        feed = Feed(self.known, recorder, promised)
        feed.run()
        insist(feed.refusal is None, Failure.UNREADABLE, feed.refusal)

    def look(self, folder: Path, promised: object) -> None:
        """Read file, journal and log together."""
        path = folder / "run.h5"
        if not path.exists():
            return
        with Run(RunSource(path, CACHE_BYTES)) as run:
            judge_promise(judge_reader(self.known, run), cast("Promise | None", promised))

    def recover(self, storage: Storage, folder: Path) -> None:
        """Recover the run; where none was begun there is nothing to recover."""
        path = folder / "run.h5"
        try:
            recover(path, storage=storage)
        except RunFileError:
            if path.exists():
                raise

    def judge(self, folder: Path, promised: object) -> None:
        """Compare with what was handed over."""
        judge(self.known, folder, cast("Promise | None", promised))
