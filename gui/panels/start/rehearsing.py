"""Runs one rehearsal at a time, off the window's thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from bench.messages import Message
from gui.bridge.tasks import Progress, Task, Tasks
from gui.state.start.rehearsal import Rehearsed, rehearsed_of


class Rehearsal(Protocol):
    """What a rehearsal leaves."""

    @property
    def path(self) -> Path:
        """Its run file."""
        ...


class Rehearse(Protocol):
    """Carries a rehearsal out: the same protocol on the simulated plant of the rig.

    It raises a `BenchError` where nothing was run, and `Cancelled` where it was ended.
    """

    def __call__(
        self, protocol: str, rig: str, parameters: Mapping[str, str], progress: Progress
    ) -> Rehearsal:
        """Return what it leaves."""
        ...


@dataclass(frozen=True)
class Wanted:
    """What is to be rehearsed."""

    protocol: str
    """Name or path."""
    rig: str
    """Name or path."""
    parameters: Mapping[str, str]
    """Parameters that differ from their defaults."""


class Rehearsing(QObject):
    """Begins a rehearsal, tells how far it is, and what it has shown."""

    progressed = Signal(float)
    """Share done; nan: unknown."""
    ended = Signal(object, object)
    """`Rehearsed` or None, and why it failed or None; both None: it was cancelled."""

    def __init__(self, tasks: Tasks, rehearse: Rehearse, parent: QObject | None = None) -> None:
        """Begin with none."""
        super().__init__(parent)
        self._tasks, self._rehearse = tasks, rehearse
        self._task: Task | None = None

    @property
    def is_running(self) -> bool:
        """Whether one is under way."""
        return self._task is not None

    def begin(self, wanted: Wanted) -> None:
        """Begin one; one that runs is given up."""
        self.cancel()
        rehearse = self._rehearse

        def work(progress: Progress) -> Rehearsed:
            left = rehearse(wanted.protocol, wanted.rig, wanted.parameters, progress)
            progress.check()
            return rehearsed_of(left.path)

        task = self._tasks.start(work, self._done, self._failed)
        task.progressed.connect(self._tell)
        self._task = task

    def cancel(self) -> None:
        """Give up the one that runs."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self.ended.emit(None, None)

    def _tell(self, share: float, _: Message | None) -> None:
        if self.sender() is self._task:
            self.progressed.emit(share)

    def _done(self, found: Rehearsed) -> None:
        self._task = None
        self.ended.emit(found, None)

    def _failed(self, said: Message) -> None:
        self._task = None
        self.ended.emit(None, said)
