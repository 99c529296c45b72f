"""As fast as it goes: in line, on threads, and beside asammdf, Parquet and plain HDF5."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.record.background import BackgroundRecorder
from bench.record.port import Provenance
from bench.record.recorder import RunWriter
from tests.benchmarks.run_files import runs, signals
from tests.benchmarks.run_files.child import Result, measured, written_bytes
from tests.benchmarks.run_files.figures import Figure
from tests.benchmarks.run_files.sizes import Sizes

SECTION = "Flat out: 1,000 channels of float32"
BLOCK = 100
"""Rows handed over at once."""
WAITING = 9500
"""Rows that may wait for the disk before the source is held up; 10,000 fit."""


PEERS: Mapping[str, tuple[str, str]] = {
    "asammdf": ("mdf", ".mf4"),
    "asammdf zipped": ("mdf_zipped", "-zipped.mf4"),
    "Parquet": ("parquet", ".parquet"),
    "h5py gzip 1": ("plain_hdf5", ".h5"),
}
"""Name → function that writes, and how its file ends."""


def figures(sizes: Sizes, folder: Path) -> list[Figure]:
    """Return speeds, sizes and writes, ours and those of the peers, on the same data."""
    data = signals.columns(folder, sizes.channels, sizes.rows)
    given = {"data": str(data), "channels": sizes.channels, "rows": sizes.rows}
    ours = measured("flat_out:in_line", path=str(_recorded_path(folder, sizes)), **given)
    burst = measured("flat_out:burst", path=str(folder / "burst.h5"), **given)
    others = {
        name: measured(f"peers:{task}", path=str(folder / f"peer{suffix}"), **given)
        for name, (task, suffix) in PEERS.items()
    }
    samples = sizes.channels * sizes.rows
    raw = 4 * samples

    def speed(found: Result, of: str = "wall") -> float:
        return samples / found[of] / 1e6

    def beside(what: str, unit: str, values: dict[str, float], **more: object) -> Figure:
        own = values.pop("own")
        return Figure(SECTION, what, own, unit, peers=values, **more)

    return [
        Figure(
            SECTION, "Burst: acknowledged, two cores", speed(burst, "acknowledged"), "MS/s",
            wanted=("≥", 20.0), remark="BackgroundRecorder; rows are on the disk; wall clock",
        ),
        Figure(SECTION, "Burst: until the file is closed", speed(burst), "MS/s"),
        Figure(SECTION, "Burst: of processor time", speed(burst, "processor"), "MS/s per core"),
        beside(
            "In line: until the file is closed", "MS/s",
            {"own": speed(ours)} | {name: speed(each) for name, each in others.items()},
            remark="RunWriter; wall clock, no syncs: as the peers",
        ),
        beside(
            "In line: of processor time", "MS/s per core",
            {"own": speed(ours, "processor")}
            | {name: speed(each, "processor") for name, each in others.items()},
        ),
        beside(
            "Size", "% of float32",
            {"own": 100 * ours["size"] / raw}
            | {name: 100 * each["size"] / raw for name, each in others.items()},
            wanted=("≤", 40.0),
        ),
        beside(
            "Written", "bytes per byte of data",
            {"own": ours["written"] / raw}
            | {name: each["written"] / raw for name, each in others.items()},
            remark="ours: log and file; nothing of the peers' survives a kill",
        ),
        beside(
            "Peak memory", "MB",
            {"own": ours["peak_mb"] - ours["data_mb"]}
            | {name: each["peak_mb"] - each["data_mb"] for name, each in others.items()},
            remark="without the data handed over",
        ),
    ]  # fmt: skip


def recorded(folder: Path, sizes: Sizes) -> Path:
    """Return a run with the data that were recorded flat out; made where it is missing."""
    path = _recorded_path(folder, sizes)
    if not path.exists():
        data = signals.columns(folder, sizes.channels, sizes.rows)
        measured(
            "flat_out:in_line", path=str(path), data=str(data), channels=sizes.channels,
            rows=sizes.rows,
        )  # fmt: skip
    return path


def _recorded_path(folder: Path, sizes: Sizes) -> Path:
    return folder / f"in-line-{sizes.channels}-{sizes.rows}.h5"


def in_line(data: str, channels: int, rows: int, path: str) -> Result:
    """Record as virtual time does; return what it took."""
    group = runs.fast_group(channels, MILLISECOND)
    records = runs.records_of(group, signals.rows_of(Path(data)))
    run = _new(path)
    writer = RunWriter(run, runs.header(group, period=SECOND))
    wall, processor, written = time.perf_counter(), time.process_time(), written_bytes()
    for first in range(0, rows, BLOCK):
        writer.rows(runs.GROUP, first * MILLISECOND, records[first : first + BLOCK])
    writer.close(runs.ended(rows * MILLISECOND))
    return {
        "wall": time.perf_counter() - wall, "processor": time.process_time() - processor,
        "written": written_bytes() - written, "size": run.stat().st_size,
        "data_mb": records.nbytes / 1e6,
    }  # fmt: skip


def burst(data: str, channels: int, rows: int, path: str) -> Result:
    """Record as a bench does, with a source that waits only when the rings are nearly full."""
    group = runs.fast_group(channels, MILLISECOND)
    records = runs.records_of(group, signals.rows_of(Path(data)))
    clock = SystemClock()
    recorder = BackgroundRecorder(
        _new(path), runs.header(group, period=SECOND), Provenance(), clock
    )
    clock.wait_until(clock.now() + 2 * SECOND)  # until the sealer has started
    times = sum(_processor_times())
    wall = time.perf_counter()
    for first in range(0, rows, BLOCK):
        while first - recorder.acknowledged[runs.GROUP] > WAITING:
            clock.wait_until(clock.now() + MILLISECOND)
        recorder.rows(runs.GROUP, first * MILLISECOND, records[first : first + BLOCK])
    while recorder.acknowledged[runs.GROUP] < rows:
        clock.wait_until(clock.now() + MILLISECOND)
    acknowledged = time.perf_counter() - wall
    recorder.close(runs.ended(rows * MILLISECOND))
    return {
        "acknowledged": acknowledged, "wall": time.perf_counter() - wall,
        "processor": sum(_processor_times()) - times,
    }  # fmt: skip


def _processor_times() -> tuple[float, ...]:
    return os.times()[:4]


def _new(path: str) -> Path:
    run = Path(path)
    run.unlink(missing_ok=True)
    return run
