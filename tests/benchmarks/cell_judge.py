"""How long the judge of solid oxide cells takes over a long run at 1 Hz, and how much memory.

    python -m tests.benchmarks.cell_judge [--hours 10000] [--keep FILE]

Writes a run file of so many hours into a temporary folder: 18 channels with the noise of their
sensors, an aging cell, a stop every 1,000 h, a reference visit every 250 h. Then it is judged.
The bounds are 20 s and 1 GiB for 10,000 h.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.channel import FRESH, Stored
from bench.clock import SECOND
from bench.record.port import Ending, Point, Provenance
from bench.record.rows import RowLayout, groups_of
from bench.runs import open_run
from bench.runs.building import RunBuilder
from protocols.cell_verdicts import judge
from tests.protocols.cell_runs import CHANNELS, NOISE, STEADY, CellRun

HOUR = 3600
BLOCK = 20
"""Hours that are written at once."""
SEED = 1


def write(path: Path, hours: int) -> Path:
    """Write a run of so many hours at 1 Hz; return its path."""
    run = CellRun(hours, period=1, channels=tuple(
        replace(each, storage=Stored.FLOAT32) for each in CHANNELS))  # fmt: skip
    header = run._header()
    layout = RowLayout(groups_of(header)[0])
    draw = np.random.default_rng(SEED)
    size = BLOCK * HOUR
    noise = draw.normal(size=size)
    with RunBuilder(path, header, Provenance()) as builder:
        for first in range(0, hours * HOUR, size):
            count = min(size, hours * HOUR - first)
            seconds = np.arange(first, first + count, dtype=np.int64)
            is_down = (seconds // HOUR) % 1000 == 999
            rows = layout.empty(count)
            rows["time_ns"] = seconds * SECOND
            rows["quality"] = FRESH
            columns = np.empty((count, len(CHANNELS)))
            for place, channel in enumerate(CHANNELS):
                values = np.full(count, STEADY[channel.name])
                if channel.name == "cell.voltage":
                    values = np.where(is_down, 1.05, 0.83 - 4e-3 * seconds / HOUR / 1000)
                if channel.name == "stack.current":
                    values = np.where(is_down, 0.0, values)
                width = NOISE.get(channel.name, 1e-3 * STEADY[channel.name])
                values = values + width * np.roll(noise, 977 * place)[:count]
                columns[:, place] = (values - channel.unit.offset) / channel.unit.factor
            for section in layout.sections:
                rows[section.field] = columns[:, list(section.channels)]
            builder.rows(0, int(rows["time_ns"][0]), rows)
        for number, at in enumerate(range(50, hours, 250), start=1):
            start = at * HOUR * SECOND
            point = Point("reference", 1, number, start, start + HOUR // 2 * SECOND, valid=True)
            builder.record(point, hours * HOUR * SECOND)
        builder.finish(Ending("completed", None, hours * HOUR * SECOND))
    return path


def main() -> None:
    """Write, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=10_000)
    parser.add_argument(
        "--keep", type=Path, help="run file that is used, and made if it is not there"
    )
    parser.add_argument("--profile", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.keep or Path(folder) / "run.h5"
        begun = time.perf_counter()
        if not path.exists():
            write(path, arguments.hours)
        written = time.perf_counter() - begun
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        profile = cProfile.Profile() if arguments.profile else nullcontext()
        begun, processor = time.perf_counter(), time.process_time()
        with open_run(path) as run, profile:
            results = judge(run)
            rows = len(run)
        passed, processor = time.perf_counter() - begun, time.process_time() - processor
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = path.stat().st_size / 1e9
    life = results.life
    rate = life.rates[0].percent if life is not None else None
    sys.stdout.write(
        f"{rows} rows, {size:.2f} GB, written in {written:.0f} s\n"
        f"judged in {passed:.1f} s ({processor:.1f} s of processor time), "
        f"process at most {peak:.0f} MiB ({before:.0f} MiB before)\n"
        f"continuous degradation {rate} %/kh\n"
    )
    if isinstance(profile, cProfile.Profile):
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)


if __name__ == "__main__":
    main()
