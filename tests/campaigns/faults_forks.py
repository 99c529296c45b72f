"""Cases side by side: a state is reached once, and a copy of the process suffers each fault.

Linux only: a bench in virtual time is one process without threads, so that a fork of it is a
second bench in the same state. Its open run file is copied, and the copy takes the place of the
original under the same file descriptor. Elsewhere each case begins with a bench of its own.
"""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from functools import partial
from multiprocessing.synchronize import Semaphore
from pathlib import Path
from random import Random
from typing import Any, Generic, Protocol, TypeVar

from tests.campaigns.faults_bench import FaultBench
from tests.campaigns.faults_judge import Result
from tests.campaigns.faults_states import Road

RUN = "run"
"""Folder of the run file; relative, so that whoever changes the folder takes it along."""


class Suffered(Protocol):
    """A case: something goes wrong in a state of the bench."""

    @property
    def id(self) -> str:
        """What it is called."""
        ...

    @property
    def state(self) -> str:
        """State of the bench."""
        ...

    @property
    def fault(self) -> str:
        """What goes wrong."""
        ...


_Bench = TypeVar("_Bench", bound=FaultBench[Any])
_Case = TypeVar("_Case", bound=Suffered)


class Forks(Generic[_Case, _Bench]):
    """Runs cases; at most so many processes work at one time.

    Args:
        road: how the states are reached.
        tried: lets a case happen on a bench in its state.
        folder: takes everything; made by this.
        seed: of the cell, and of the moments.
        processes: how many work at one time.
    """

    def __init__(
        self,
        road: Road[_Bench],
        tried: Callable[[_Case, _Bench, Random], Result],
        folder: Path,
        seed: int,
        processes: int,
    ) -> None:
        self._road, self._tried = road, tried
        self._folder = folder.resolve()
        self._seed = seed
        self._slots: Semaphore = multiprocessing.get_context("fork").Semaphore(processes)
        (self._folder / "results").mkdir(parents=True)

    def results(self, cases: Sequence[_Case]) -> list[Result]:
        """Return what came of each case, in their order."""
        self._join([self._fork("root", lambda: self._travel(cases))])
        return [self._result(case) for case in cases]

    def _travel(self, cases: Sequence[_Case]) -> None:
        """Take the road, and leave a fork wherever a case wants one."""
        wanted = {case.state for case in cases}
        children: list[int] = []
        if "monitor" in wanted:
            children.append(self._fork("monitor", lambda: self._watch(cases)))
        if wanted - {"monitor"}:
            children.append(self._fork("road", lambda: self._drive(cases)))
        self._join(children)

    def _watch(self, cases: Sequence[_Case]) -> None:
        with self._slots:
            bench = self._road.reached("monitor", Path(RUN), self._seed)
        self._suffer(bench, "monitor", cases)

    def _drive(self, cases: Sequence[_Case]) -> None:
        wanted = {case.state for case in cases} - {"monitor"}
        road = self._road
        leaves = [road.aside[name].leaves if name in road.aside else name for name in wanted]
        last = max(map(road.states.index, leaves))
        bench: _Bench | None = None
        sides: list[int] = []
        for state in road.states[: last + 1]:
            with self._slots:
                bench = bench or road.begin(Path(RUN), self._seed)
                bench.reach_step(state)
            turns = [name for name, aside in road.aside.items() if aside.leaves == state]
            for name in (state, *turns):
                if name in wanted:
                    turn = partial(self._turn, bench, name, cases)
                    sides.append(self._fork(name, turn))
        self._join(sides)

    def _turn(self, bench: _Bench, state: str, cases: Sequence[_Case]) -> None:
        if state in self._road.aside:
            with self._slots:
                self._road.aside[state].reach(bench)
        self._suffer(bench, state, cases)

    def _suffer(self, bench: _Bench, state: str, cases: Iterable[_Case]) -> None:
        for case in cases:
            if case.state == state:
                self._join([self._fork(case.id, partial(self._try, case, bench))])

    def _try(self, case: _Case, bench: _Bench) -> None:
        with self._slots:
            random = Random(f"{self._seed}/{case.id}")
            self._write(case.id, asdict(self._tried(case, bench, random)))

    def _fork(self, name: str, do: Callable[[], None]) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child:
            return child
        status = 1
        try:
            self._move(name)
            do()
            status = 0
        except BaseException:  # noqa: BLE001 - it is told, and the process ends here
            self._write(f"{name}.error", traceback.format_exc())
        finally:
            os._exit(status)

    def _move(self, name: str) -> None:
        """Take everything open along into a folder of this process."""
        old, new = Path.cwd(), self._folder / name
        new.mkdir()
        if not old.is_relative_to(self._folder):
            os.chdir(new)
            return
        if (old / RUN).exists():
            shutil.copytree(old / RUN, new / RUN)
        for entry in list(Path("/proc/self/fd").iterdir()):
            try:
                path = entry.readlink()
            except OSError:
                continue
            if path.is_relative_to(old) and path.exists():
                _replace(int(entry.name), new / path.relative_to(old))
        os.chdir(new)

    def _write(self, name: str, found: object) -> None:
        (self._folder / "results" / f"{name}.json").write_text(json.dumps(found))

    def _result(self, case: _Case) -> Result:
        path = self._folder / "results" / f"{case.id}.json"
        if path.exists():
            found = json.loads(path.read_text())
            return Result(**{**found, "wrong": tuple(found["wrong"])})
        told = [
            f"{each.stem}: {json.loads(each.read_text())[-1500:]}"
            for each in sorted((self._folder / "results").glob("*.error.json"))
            if each.name.startswith((f"{case.id}.", f"{case.state}.", "road.", "root."))
        ]
        wrong = tuple(told) or ("no result",)
        return Result(case.fault, case.state, "", wrong, None, "")

    @staticmethod
    def _join(children: Iterable[int]) -> None:
        for child in children:
            os.waitpid(child, 0)


def _replace(descriptor: int, path: Path) -> None:
    """Have a file descriptor stand for another file."""
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    place = os.lseek(descriptor, 0, os.SEEK_CUR)
    opened = os.open(path, flags & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR | os.O_APPEND))
    os.lseek(opened, place, os.SEEK_SET)
    os.dup2(opened, descriptor)
    os.close(opened)
