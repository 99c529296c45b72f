"""Looks, off the window's thread, whether the last run of a bench can go on."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from bench.messages import Message
from gui.bridge.tasks import Progress, Tasks
from gui.state.start.resumption import Resumable, resumable_of
from gui.state.start.start import StartState


class LastRun(QObject):
    """Knows the run that can go on."""

    changed = Signal()
    """`resumable` may be another than before."""

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        """Begin with none."""
        super().__init__(parent)
        self._tasks = tasks
        self._seen: tuple[object, ...] = ()
        self.resumable: Resumable | None = None
        """The run that can go on; None: there is none, or nobody has looked."""

    def look(self, state: StartState, folder: Path | None) -> None:
        """Look again where the bench, or whether anything may begin there, has changed."""
        seen = (state.rig, state.serial, state.may_begin, state.unexplained, folder)
        if seen == self._seen:
            return
        self._seen = seen
        self.resumable = None
        if not state.may_begin or folder is None:
            return

        def work(progress: Progress) -> Resumable | None:
            progress.check()
            rig, is_simulated = state.rig, state.is_simulated
            return resumable_of(folder, rig, state.serial, is_simulated=is_simulated)

        def done(found: Resumable | None) -> None:
            if seen == self._seen:
                self.resumable = found
                self.changed.emit()

        self._tasks.start(work, done, _nothing)


def _nothing(_: Message) -> None:
    """Offer nothing where the folder cannot be read: a start says so itself."""
