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
SUSPECTS = 16
"""Jobs that may have been at work when a process died, the first that were not done."""
KILLED = frozenset({"KilledWorker"})
"""Errors of a cluster that say the same; it may not be installed."""
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
    error: BaseException
    """The last error."""
    tries: int = ATTEMPTS
    """How often it was tried."""

    @property
    def reason(self) -> str:
        """The last error, in its own words."""
        return f"{type(self.error).__name__}: {self.error}"

    @property
    def is_killed(self) -> bool:
        """Whether the process that did it died, which says nothing of why."""
        return isinstance(self.error, BrokenExecutor) or type(self.error).__name__ in KILLED


def carried_out(
    opener: Opener,
    function: Callable[[Job], Done],
    jobs: Sequence[Job],
    show: Show = lambda _, __: None,
) -> tuple[list[Done | None], list[Failed[Job]]]:
    """Return what each job returned, in the order of the jobs, and those that failed for good.

    Each attempt has an executor of its own: one whose processes died is no use any more. A process
    that dies takes the jobs of the others with it; so those that were at work then are tried again
    one by one, and only the job that is alone when a process dies has failed.

    Args:
        opener: opens what carries them out.
        function: pure; importable by name.
        jobs: its arguments.
        show: is told how many of how many are done.
    """
    work = _Work(opener, function, jobs, show)
    work.carry_out()
    failed = [
        Failed(jobs[place], error, work.tries[place])
        for place, error in sorted(work.errors.items())
    ]
    return work.found, failed


class _Work(Generic[Job, Done]):
    """Jobs on the way."""

    def __init__(
        self, opener: Opener, function: Callable[[Job], Done], jobs: Sequence[Job], show: Show
    ) -> None:
        self.found: list[Done | None] = [None] * len(jobs)
        self.tries = [0] * len(jobs)
        self.errors: dict[int, BaseException] = {}
        self._opener = opener
        self._function = function
        self._jobs = jobs
        self._show = show
        self._open = set(range(len(jobs)))
        self._alone: set[int] = set()

    def carry_out(self) -> None:
        """Do them; those that failed for good have an error."""
        while self._open:
            together = sorted(self._open - self._alone)
            if together and self._attempt(together):
                self._alone.update([each for each in together if each in self._open][:SUSPECTS])
            for place in sorted(self._open & self._alone):
                self._attempt([place])

    def _attempt(self, places: Sequence[int]) -> bool:
        """Try jobs once; return whether a process died."""
        has_died = False
        # never again in this process, which a job that kills would take with it
        size = max(len(places), FEWEST) if self._alone else len(places)
        futures: dict[Future[Done], int] = {}
        with self._opener(size) as executor:
            for place in places:
                try:
                    futures[executor.submit(self._function, self._jobs[place])] = place
                except BrokenExecutor as error:  # a process died while jobs were handed out
                    has_died = True
                    self._failed(place, error, is_counted=len(places) == 1)
            for future in as_completed(futures):
                place, error = futures[future], future.exception()
                if error is None:
                    self._done(place, future.result())
                else:
                    is_broken = isinstance(error, BrokenExecutor)
                    has_died = has_died or is_broken
                    self._failed(place, error, is_counted=not is_broken or len(places) == 1)
        return has_died

    def _done(self, place: int, result: Done) -> None:
        self.found[place] = result
        self.errors.pop(place, None)
        self._close(place)

    def _failed(self, place: int, error: BaseException, *, is_counted: bool) -> None:
        self.errors[place] = error
        self.tries[place] += is_counted
        if self.tries[place] >= ATTEMPTS:
            self._close(place)

    def _close(self, place: int) -> None:
        self._open.discard(place)
        self._show(len(self._jobs) - len(self._open), len(self._jobs))
