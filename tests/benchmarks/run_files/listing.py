"""Opening a run and listing its channels."""

from __future__ import annotations

import time
from pathlib import Path

import h5py
import numpy as np

from bench.clock import MILLISECOND
from bench.record.recorder import RunWriter
from bench.runs import open_run
from tests.benchmarks.run_files import runs
from tests.benchmarks.run_files.child import Result, measured
from tests.benchmarks.run_files.figures import Figure
from tests.benchmarks.run_files.sizes import Sizes

SECTION = "Open and list 5,000 channels"


def figures(sizes: Sizes, folder: Path) -> list[Figure]:
    """Return how long opening and listing takes, and how long h5py takes over the same file."""
    path = folder / "listed.h5"
    made = measured("listing:make", path=str(path), channels=sizes.listed)
    found = measured("listing:listed", path=str(path), repeats=sizes.repeats)
    plain = measured("listing:walked", path=str(path))
    return [
        Figure(
            SECTION, "Open, names of all channels", 1e3 * found["first"], "ms",
            wanted=("≤", 50.0), remark="the first time in a new process",
        ),
        Figure(
            SECTION, "The same, again", 1e3 * found["median"], "ms",
            peers={"h5py, unit of each": 1e3 * plain["wall"]}, remark="median",
        ),
        Figure(
            SECTION, "The same with unit, range and group of each", 1e3 * found["whole"], "ms",
        ),
        Figure(SECTION, "Making such a run", made["wall"], "s", remark="before the first row"),
    ]  # fmt: skip


def make(path: str, channels: int) -> Result:
    """Make a run with so many channels and a row."""
    group = runs.fast_group(channels, MILLISECOND)
    run = Path(path)
    run.unlink(missing_ok=True)
    begin = time.perf_counter()
    writer = RunWriter(run, runs.header(group))
    wall = time.perf_counter() - begin
    writer.rows(runs.GROUP, 0, runs.records_of(group, np.zeros((1, channels), np.float32)))
    writer.close(runs.ended(MILLISECOND))
    return {"wall": wall}


def listed(path: str, repeats: int) -> Result:
    """Open and list several times; return the first time and the median of the others."""
    times = [_timed(Path(path), is_whole=False) for _ in range(repeats + 1)]
    whole = [_timed(Path(path), is_whole=True) for _ in range(repeats)]
    return {
        "first": times[0], "median": float(np.median(times[1:])),
        "whole": float(np.median(whole)),
    }  # fmt: skip


def _timed(path: Path, *, is_whole: bool) -> float:
    begin = time.perf_counter()
    with open_run(path) as run:
        names = run.names
        if is_whole:
            for name in names:
                channel = run.channel(name)
                _ = channel.unit, channel.range, channel.group
        return time.perf_counter() - begin


def walked(path: str) -> Result:
    """Walk over the same channels with h5py and read the unit of each."""
    begin = time.perf_counter()
    with h5py.File(path, "r") as file:
        members = file[f"entry/{runs.GROUP}"].values()
        units = [each["value"].attrs["units"] for each in members if isinstance(each, h5py.Group)]
    return {"wall": time.perf_counter() - begin, "channels": len(units)}
