"""Reading everything."""

from __future__ import annotations

import time
from collections.abc import Callable, Sized
from pathlib import Path

from bench.clock import MILLISECOND
from bench.runs import RunChannel, open_run
from tests.benchmarks.run_files import flat_out, zoom
from tests.benchmarks.run_files.child import Result, measured
from tests.benchmarks.run_files.figures import Figure
from tests.benchmarks.run_files.sizes import Sizes

SECTION = "Full read, decoded"
_PIECE = 1 << 22
"""Samples read at once."""


def figures(sizes: Sizes, folder: Path) -> list[Figure]:
    """Return speeds of reading, in samples per second of processor time."""
    path = flat_out.recorded(folder, sizes)
    single, _ = zoom.long_channel(folder, sizes.pictured)
    mixed = [
        measured("full_read:stored", path=str(path), interval=MILLISECOND)
        for _ in range(sizes.repeats)
    ]
    alone = [
        measured("full_read:stored", path=str(single), interval=zoom.INTERVAL)
        for _ in range(sizes.repeats)
    ]
    si = measured("full_read:si", path=str(path), interval=MILLISECOND)
    return [
        Figure(
            SECTION, f"{sizes.channels:,} channels of the mix", _best(mixed, "processor"),
            "MS/s per core", remark="as stored; best of the repeats",
        ),
        Figure(SECTION, "The same", _best(mixed, "wall"), "MS/s", remark="wall clock"),
        Figure(
            SECTION, f"One channel of {sizes.pictured:,} samples, 16 bits with noise",
            _best(alone, "processor"), "MS/s per core", wanted=("≥", 80.0),
        ),
        Figure(
            SECTION, "The mix in SI, float64, with times and qualities", _best([si], "processor"),
            "MS/s per core",
        ),
        Figure(SECTION, "Peak memory", mixed[0]["peak_mb"], "MB"),
    ]  # fmt: skip


def _best(found: list[Result], of: str) -> float:
    return max(each["samples"] / each[of] for each in found) / 1e6


def stored(path: str, interval: int) -> Result:
    """Read all channels as they are stored, piece by piece."""
    return _read(path, interval, RunChannel.stored)


def si(path: str, interval: int) -> Result:
    """Read all channels in SI, with times and qualities, piece by piece."""
    return _read(path, interval, RunChannel.values_si)


def _read(
    path: str, interval: int, read: Callable[[RunChannel, int | None, int | None], Sized]
) -> Result:
    wall, processor = time.perf_counter(), time.process_time()
    samples = 0
    with open_run(Path(path)) as run:
        for name in run.names:
            channel = run.channel(name)
            if len(channel) <= _PIECE:
                samples += len(read(channel, None, None))
                continue
            for first in range(0, len(channel), _PIECE):
                last = min(first + _PIECE, len(channel)) - 1
                samples += len(read(channel, first * interval, last * interval))
    return {
        "wall": time.perf_counter() - wall, "processor": time.process_time() - processor,
        "samples": samples,
    }  # fmt: skip
