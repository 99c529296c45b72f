"""Where jobs are carried out: this process, processes of this machine, or a Dask cluster.

All of them are `concurrent.futures.Executor`. A job that fails is tried again; one that fails for
good is named, and what it should have read is missing, never left out in silence.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Generic, TypeVar

from protocols.campaign.cluster import cluster_executor

Job = TypeVar("Job")
Done = TypeVar("Done")
Show = Callable[[int, int], object]
"""Takes how much of how much is done."""
Opener = Callable[[int], AbstractContextManager[Executor]]
"""Takes how many jobs there are; opens what carries them out."""

ATTEMPTS = 3
"""How often a job is tried: once, and twice again."""
MOST_PROCESSES = 60
"""Windows waits for no more at once."""
FEWEST = 4
"""Jobs below which starting processes takes longer than doing them here."""


@dataclass(frozen=True)
class Where:
    """Where jobs are carried out, as the command line has it."""

    workers: int | None = None
    """Processes; None: one per processor; 1: this process does it."""
    scheduler: str = ""
    """Address of a Dask scheduler; empty: this machine."""

    def open(self, jobs: int) -> AbstractContextManager[Executor]:
        """Open what carries out so many jobs.

        Raises:
            Refused: the package for clusters is not installed, or nobody answers at the address.
        """
        if self.scheduler:
            return cluster_executor(self.scheduler)
        count = min(self.workers or os.cpu_count() or 1, jobs, MOST_PROCESSES)
        if count < 2 or (self.workers is None and jobs < FEWEST):
            return ThreadPoolExecutor(1)
        # "spawn" is what Windows has; the same everywhere, and no lock is copied by a fork
        return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))


@dataclass(frozen=True)
class Failed(Generic[Job]):
    """A job that could not be done."""

    job: Job
    """Which one."""
    reason: str
    """The last error, in its own words."""


def carried_out(
    opener: Opener,
    function: Callable[[Job], Done],
    jobs: Sequence[Job],
    show: Show = lambda _, __: None,
) -> tuple[list[Done | None], list[Failed[Job]]]:
    """Return what each job returned, in the order of the jobs, and those that failed for good.

    Each attempt has an executor of its own: one whose processes died is no use any more.

    Args:
        opener: opens what carries them out.
        function: pure; importable by name.
        jobs: its arguments.
        show: is told how many of how many are done.
    """
    found: list[Done | None] = [None] * len(jobs)
    reasons = dict.fromkeys(range(len(jobs)), "")
    for _ in range(ATTEMPTS):
        if not reasons:
            break
        waiting = sorted(reasons)
        with opener(len(waiting)) as executor:
            reasons = _attempt(executor, function, jobs, waiting, found=found, show=show)
    return found, [Failed(jobs[place], reasons[place]) for place in sorted(reasons)]


def _attempt(
    executor: Executor,
    function: Callable[[Job], Done],
    jobs: Sequence[Job],
    waiting: Sequence[int],
    *,
    found: list[Done | None],
    show: Show,
) -> dict[int, str]:
    """Try jobs once; return why which of them failed."""
    reasons: dict[int, str] = {}
    futures: dict[Future[Done], int] = {}
    for place in waiting:
        try:
            futures[executor.submit(function, jobs[place])] = place
        except BrokenExecutor as error:  # a process died while jobs were handed out
            reasons[place] = f"{type(error).__name__}: {error}"
    done = len(jobs) - len(waiting)
    for future in as_completed(futures):
        error = future.exception()
        if error is None:
            found[futures[future]] = future.result()
        else:
            reasons[futures[future]] = f"{type(error).__name__}: {error}"
        done += 1
        show(done, len(jobs))
    return reasons
