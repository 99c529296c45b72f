"""How quickly a campaign is read, and what a second worker brings.

    python -m tests.benchmarks.campaign [--parts 400] [--hours 8] [--workers 2] [--keep FOLDER]

Writes so many runs of one engine, each with a row every ten seconds and one reference test, and
reads them with one worker and with several. Both times count from the moment at which every process
is up: starting one is a constant, told beside. The wanted efficiency of the second worker is 80 %.
On a machine with other work beside, wall time says what was left; processor time says what it would
be alone: workers side by side, and what only this process can do before or behind them.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from protocols.campaign.inventory import PartJob, inventory_of
from protocols.campaign.reading import read_part
from tests.protocols.campaign.engine_runs import EngineRun


def write(folder: Path, parts: int, hours: float) -> None:
    """Write runs that follow each other."""
    before = ""
    for number in range(parts):
        run = EngineRun(hours=hours, start=number * (hours + 1.0), seed=number, continues=before)
        before = run.write(folder / f"{number:04}.h5").name


def is_up(_: object) -> bool:
    """Return that a process has loaded what reading takes."""
    return callable(read_part)


@dataclass(frozen=True)
class Took:
    """What reading all parts took, s."""

    start: float
    """Until the processes were up."""
    wall: float
    """By the clock."""
    workers: float
    """Processor time of the workers."""
    alone: float
    """Processor time of this process, which hands out and takes back."""


def processor_seconds(job: PartJob) -> float:
    """Read a part; return the processor time it took."""
    begin = time.process_time()
    read_part(job)
    return time.process_time() - begin


def timed(executor: Executor, jobs: Sequence[PartJob], workers: int) -> Took:
    """Return how long it takes to read all parts."""
    begin = time.perf_counter()
    for _ in executor.map(is_up, range(4 * workers)):
        pass
    list(executor.map(read_part, jobs[: 2 * workers]))
    up, alone = time.perf_counter(), time.process_time()
    for _ in executor.map(read_part, jobs):
        pass
    wall, alone = time.perf_counter() - up, time.process_time() - alone
    used = sum(executor.map(processor_seconds, jobs))
    return Took(up - begin, wall, used, alone)


def main() -> None:
    """Print the figures."""
    given = argparse.ArgumentParser()
    given.add_argument("--parts", type=int, default=400)
    given.add_argument("--hours", type=float, default=8.0)
    given.add_argument("--workers", type=int, default=2)
    given.add_argument("--keep", type=Path)
    chosen = given.parse_args()
    place = nullcontext(chosen.keep) if chosen.keep else tempfile.TemporaryDirectory()
    with place as named:
        folder = Path(named)
        if not any(folder.glob("*.h5")):
            write(folder, chosen.parts, chosen.hours)
        begin = time.process_time()
        jobs = [job for run in inventory_of(folder).runs for job in run.jobs(folder)]
        found_in = time.process_time() - begin
        told = [f"{len(jobs)} parts; found in {found_in:.1f} s of processor time, by one process"]
        took: dict[int, Took] = {}
        for workers in (1, chosen.workers):
            with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as executor:
                took[workers] = found = timed(executor, jobs, workers)
            told.append(
                f"{workers} worker(s): {found.wall:.1f} s; processor {found.workers:.1f} s, "
                f"{1e3 * found.workers / len(jobs):.0f} ms a part; "
                f"beside them {found.alone:.2f} s; started in {found.start:.1f} s"
            )
        one, more, count = took[1], took[chosen.workers], chosen.workers
        told.append(
            f"efficiency of {count} workers by the clock: {one.wall / more.wall / count:.0%}"
        )
        before, behind = one.alone + found_in, more.alone + found_in
        alone = (one.workers + before) / (more.workers + count * behind)
        told.append(f"by processor time, nothing else beside: {alone:.0%}")
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        told.append(f"largest process: {largest:.0f} MiB")
    sys.stdout.write("\n".join(told) + "\n")


if __name__ == "__main__":
    main()
