"""A recorder beside the clock: how much of a core it takes, and when rows are safe."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.record.background import BackgroundRecorder
from bench.record.port import Provenance
from tests.benchmarks.run_files import runs, signals
from tests.benchmarks.run_files.child import (
    Result,
    children,
    measured,
    processor_seconds,
    resident_mb,
    written_bytes,
)
from tests.benchmarks.run_files.figures import Figure
from tests.benchmarks.run_files.sizes import Sizes
from tests.benchmarks.run_files.stored_sizes import pyramid_bytes

SECTION = "Real time: 1,000 channels × 1 kHz, blocks of 100 ms, through BackgroundRecorder"
BLOCK = 100
"""Rows handed over at once: 100 ms."""


def figures(sizes: Sizes, folder: Path) -> list[Figure]:
    """Return shares of a core, lag, size and writes."""
    rows = sizes.seconds * 1000
    data = signals.columns(folder, sizes.channels, rows)
    found = measured(
        "real_time:record", data=str(data), channels=sizes.channels, rows=rows,
        path=str(folder / "real-time.h5"),
    )  # fmt: skip
    raw, size = found["raw"], found["size"]

    def share(name: str) -> float:
        return 100 * found[name] / sizes.seconds

    def figure(what: str, value: float, unit: str, **more: object) -> Figure:
        return Figure(SECTION, what, value, unit, **more)

    everything = "recorder and sealer from the first row to the closed file"
    return [
        figure("In all", share("all"), "% of a core", wanted=("≤", 6.0), remark=everything),
        figure("Recorder's process", share("own"), "% of a core"),
        figure("Sealer's process", share("sealer"), "% of a core"),
        figure("Of it: completing the file", share("closing"), "% of a core"),
        figure(
            "Acquiring thread", share("acquiring"), "% of a core", wanted=("≤", 0.5),
            remark="the calls of rows() alone",
        ),
        figure("Longest call of rows()", found["longest_ms"], "ms"),
        figure("Lag until acknowledged, median", found["lag_median"], "s", remark=_LAG),
        figure("Lag until acknowledged, longest", found["lag_max"], "s", wanted=("≤", 1.5)),
        figure("Size", 100 * size / raw, "% of float32", wanted=("≤", 40.0)),
        figure("Pyramid", 100 * found["pyramid"] / raw, "% of float32", wanted=("≤", 1.0)),
        figure("Pyramid", 100 * found["pyramid"] / size, "% of the file", remark=_SHORT),
        figure("Written", found["written"] / raw, "bytes per byte of data", remark=_WRITTEN),
        figure("Before the first row", found["starting"], "s of processor time"),
        figure("Memory of the sealer", found["sealer_mb"], "MB"),
    ]  # fmt: skip


_LAG = "of the oldest row of each block, seen each 100 ms"
_SHORT = "a file of hours has half of that: its chunks are whole"
_WRITTEN = "log and file, as handed to the system"


@dataclass
class Lag:
    """How long rows wait until they are acknowledged."""

    measured: list[int] = field(default_factory=list[int])
    """When the oldest row of each block was measured, ns."""
    acknowledged: list[int] = field(default_factory=list[int])
    """When each block was seen to be safe, ns."""

    def look(self, now: int, rows: int) -> None:
        """Take that so many rows are acknowledged."""
        known = len(self.acknowledged)
        self.acknowledged += [now] * (rows // BLOCK - known)

    def seconds(self) -> list[float]:
        """Return the lag of each block, s."""
        pairs = zip(self.acknowledged, self.measured, strict=False)
        return [(later - first) / SECOND for later, first in pairs]


def record(data: str, channels: int, rows: int, path: str) -> Result:
    """Record in real time; return what it took."""
    group = runs.fast_group(channels, MILLISECOND)
    records = runs.records_of(group, signals.rows_of(Path(data)))
    clock = SystemClock()
    before = time.process_time()
    start = clock.now()
    run = Path(path)
    run.unlink(missing_ok=True)
    recorder = BackgroundRecorder(run, runs.header(group, period=SECOND), Provenance(), clock)
    (sealer,) = children() or (0,)
    settled = _settled(clock, sealer)
    starting = time.process_time() - before + settled
    own, written = time.process_time(), written_bytes()
    lag, calls = _hand_over(recorder, records, clock)
    end = clock.now()
    sealed, resident = processor_seconds(sealer), resident_mb(sealer)
    open_own = time.process_time()
    recorder.close(runs.ended(end - start))
    sealer_all = _children_seconds() - settled
    own_all = time.process_time() - own
    lags = lag.seconds()
    return {
        "all": own_all + sealer_all, "own": own_all, "sealer": sealer_all,
        "closing": sealer_all - (sealed - settled) + time.process_time() - open_own,
        "acquiring": sum(calls) / SECOND, "longest_ms": max(calls) / MILLISECOND,
        "lag_median": float(np.median(lags)), "lag_max": max(lags),
        "starting": starting, "sealer_mb": resident, "written": written_bytes() - written,
        "raw": rows * channels * 4, "size": run.stat().st_size, "pyramid": pyramid_bytes(run),
    }  # fmt: skip


def _hand_over(
    recorder: BackgroundRecorder, records: np.ndarray, clock: SystemClock
) -> tuple[Lag, list[int]]:
    """Hand blocks over as they would be measured; return their lag and the time of each call."""
    lag = Lag()
    calls: list[int] = []
    start = clock.now()
    for first in range(0, len(records), BLOCK):
        block_ns = start + first * MILLISECOND
        clock.wait_until(block_ns + BLOCK * MILLISECOND)
        before = time.thread_time_ns()
        recorder.rows(runs.GROUP, block_ns, records[first : first + BLOCK])
        calls.append(time.thread_time_ns() - before)
        lag.measured.append(block_ns)
        lag.look(clock.now(), recorder.acknowledged[runs.GROUP])
    due = clock.now()
    while len(lag.acknowledged) < len(lag.measured):
        due += 10 * MILLISECOND
        clock.wait_until(due)
        lag.look(clock.now(), recorder.acknowledged[runs.GROUP])
    return lag, calls


def _settled(clock: SystemClock, sealer: int) -> float:
    """Return the processor time a new process took until it waits for work, s."""
    taken, rested = processor_seconds(sealer), 0
    while rested < 5:
        clock.wait_until(clock.now() + 200 * MILLISECOND)
        now = processor_seconds(sealer)
        rested = rested + 1 if now == taken else 0
        taken = now
    return taken


def _children_seconds() -> float:
    """Return the processor time of all children that have ended, s."""
    times = os.times()
    return times.children_user + times.children_system
