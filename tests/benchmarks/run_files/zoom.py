"""A channel of 10⁹ samples: the whole of it, and any window."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.record.recorder import RunWriter
from bench.runs import RunChannel, open_run
from tests.benchmarks.run_files import runs, signals
from tests.benchmarks.run_files.child import Result, measured, resident_mb
from tests.benchmarks.run_files.figures import Figure
from tests.benchmarks.run_files.sizes import Sizes
from tests.benchmarks.run_files.stored_sizes import pyramid_bytes

PIXELS = 2000
"""Width of the picture."""
INTERVAL = 100_000
"""Time between two samples, ns: 10 kHz."""
_PIECE = 1 << 20


def figures(sizes: Sizes, folder: Path) -> list[Figure]:
    """Return how long pictures of a long channel take."""
    section = f"One channel of {sizes.zoomed:,} samples, {PIXELS:,} pixels"
    path, made = long_channel(folder, sizes.zoomed)
    found = measured(
        "zoom:zoomed", path=str(path), samples=sizes.zoomed, zooms=sizes.zooms,
        repeats=sizes.repeats,
    )  # fmt: skip

    def figure(what: str, value: float, unit: str = "ms", **more: object) -> Figure:
        return Figure(section, what, value, unit, **more)

    return [
        *([figure("Recording it", made, "MS/s", remark="in line, until closed")] if made else []),
        figure("Open and whole range, new process", 1e3 * found["first"], remark=_FIRST),
        figure("Open and whole range, again", 1e3 * found["opened"]),
        figure("Whole range, warm", 1e3 * found["warm"], wanted=("≤", 10.0)),
        figure("Random window, median", 1e3 * found["median"], remark=_WINDOWS),
        figure("Random window, 95 %", 1e3 * found["p95"], wanted=("≤", 10.0)),
        figure("The same in processor time, 95 %", 1e3 * found["p95_processor"]),
        figure("Random window, longest", 1e3 * found["longest"]),
        figure("Peak memory of the process", found["peak_mb"], "MB", wanted=("≤", 200.0)),
        figure("Of it before opening", found["before_mb"], "MB", remark="Python, numpy, h5py"),
        figure("Pyramid", 100 * found["pyramid"] / (4 * sizes.zoomed), "% of float32",
               wanted=("≤", 1.0)),
        figure("Size", 100 * found["size"] / (4 * sizes.zoomed), "% of float32"),
    ]  # fmt: skip


_FIRST = "the disk's cache is as it is: what was written lately is in it"
_WINDOWS = "log-uniform from 1,000 samples to all, each a new place"


def long_channel(folder: Path, samples: int) -> tuple[Path, float]:
    """Return a run with one channel, and the speed of recording it, MS/s; 0: it was there."""
    path = folder / f"channel-{samples}.h5"
    if path.exists():
        return path, 0.0
    made = measured("zoom:make", path=str(path), samples=samples)
    return path, samples / made["wall"] / 1e6


def make(path: str, samples: int) -> Result:
    """Record a channel: a sensor of 16 bits that drifts; return how long that took."""
    group = runs.fast_group(1, INTERVAL)
    target = Path(path)
    half = target.with_name(target.stem + "-half.h5")
    half.unlink(missing_ok=True)
    piece = signals.sensor(np.random.default_rng(1), _PIECE)
    writer = RunWriter(half, runs.header(group, period=1_000_000_000))
    spent = 0.0
    for first in range(0, samples, _PIECE):
        values = _drifted(piece, first)[: samples - first]
        records = runs.records_of(group, values.reshape(-1, 1))
        begin = time.perf_counter()
        writer.rows(runs.GROUP, first * INTERVAL, records)
        spent += time.perf_counter() - begin
    begin = time.perf_counter()
    writer.close(runs.ended(samples * INTERVAL))
    spent += time.perf_counter() - begin
    half.replace(target)
    return {"wall": spent}


def _drifted(piece: NDArray[np.float32], first: int) -> NDArray[np.float32]:
    """Return the piece of a signal that begins at a sample: another level, now and then a spike."""
    rng = np.random.default_rng(first)
    found = np.roll(piece, int(rng.integers(len(piece)))) + np.float32(rng.integers(0, 40))
    if rng.random() < 0.3:
        found[rng.integers(len(piece))] = 1000.0
    return found


def zoomed(path: str, samples: int, zooms: int, repeats: int) -> Result:
    """Draw the whole and random windows; return the times, s."""
    run = Path(path)
    before = resident_mb()
    first, opened, warm = _whole(run, repeats)
    walls, processor = _windows(run, samples, zooms)
    return {
        "first": first, "opened": opened, "warm": warm, "median": float(np.median(walls)),
        "p95": float(np.quantile(walls, 0.95)), "longest": max(walls),
        "p95_processor": float(np.quantile(processor, 0.95)), "before_mb": before,
        "pyramid": pyramid_bytes(run), "size": run.stat().st_size,
    }  # fmt: skip


def _whole(path: Path, repeats: int) -> tuple[float, float, float]:
    """Return the times for opening and drawing: at first, again, and of drawing alone."""
    opened: list[float] = []
    for _ in range(repeats + 1):
        begin = time.perf_counter()
        with open_run(path) as run:
            run.channel(run.names[0]).envelope(pixels=PIXELS)
            opened.append(time.perf_counter() - begin)
    warm: list[float] = []
    with open_run(path) as run:
        channel = run.channel(run.names[0])
        for _ in range(repeats + 1):
            begin = time.perf_counter()
            channel.envelope(pixels=PIXELS)
            warm.append(time.perf_counter() - begin)
    return opened[0], float(np.median(opened[1:])), float(np.median(warm[1:]))


def _windows(path: Path, samples: int, zooms: int) -> tuple[list[float], list[float]]:
    """Return wall and processor time of random windows."""
    rng = np.random.default_rng(1)
    walls: list[float] = []
    processor: list[float] = []
    with open_run(path) as run:
        channel = run.channel(run.names[0])
        for length in np.exp(rng.uniform(np.log(1000), np.log(samples), zooms)):
            start = int(rng.integers(0, max(1, samples - int(length)))) * INTERVAL
            wall, taken = _drawn(channel, start, start + int(length) * INTERVAL)
            walls.append(wall)
            processor.append(taken)
    return walls, processor


def _drawn(channel: RunChannel, start: int, end: int) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    channel.envelope(start, end, PIXELS)
    return time.perf_counter() - wall, time.process_time() - processor
