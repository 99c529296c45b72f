"""Writes runs into files of other programs, off the window's thread."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from bench.messages import Message
from bench.runs import open_run
from bench.runs.export.exporting import Exported, export_run
from gui.bridge.tasks import Progress, Task, Tasks
from gui.state.review.export_plan import ExportPlan


class Exporting(QObject):
    """One export at a time."""

    progressed = Signal(float)
    """Share that is written, 0 to 1."""
    said = Signal(object, bool)
    """A `Message`, and whether it is trouble."""
    ended = Signal()
    """Nothing is written any more."""

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._task: Task | None = None

    def start(self, plans: Sequence[ExportPlan]) -> None:
        """Write files; while others are written, nothing."""
        if self._task is not None:
            self.said.emit(Message("review.export-busy"), True)  # noqa: FBT003 - a signal's argument
            return
        self._task = self._tasks.start(
            lambda progress: _written(tuple(plans), progress), self._tell, self._fail
        )
        self._task.progressed.connect(self._progress)
        self._task.ended.connect(self._end)
        self.progressed.emit(0.0)

    def cancel(self) -> None:
        """Write no further; a file that is not complete is taken away."""
        if self._task is not None:
            self._task.cancel()
            self.said.emit(Message("review.export-cancelled"), False)  # noqa: FBT003 - as above

    def _progress(self, share: float, _: object) -> None:
        self.progressed.emit(share)

    def _tell(self, written: tuple[Exported, ...]) -> None:
        for each in written:
            about = {"path": each.path, "rows": f"{each.rows:,}", "channels": each.channels}
            self.said.emit(Message("review.exported", about), False)  # noqa: FBT003 - as above

    def _fail(self, why: Message) -> None:
        self.said.emit(why, True)  # noqa: FBT003 - as above

    def _end(self) -> None:
        self._task = None
        self.ended.emit()


def _written(plans: tuple[ExportPlan, ...], progress: Progress) -> tuple[Exported, ...]:
    """Write files, one after the other.

    Raises:
        RunFileError: a run cannot be read, or a file not be written.
        Cancelled: it is not wanted any more.
    """
    found: list[Exported] = []
    for number, plan in enumerate(plans):

        def told(done: int, work: int, number: int = number) -> None:
            progress.check()
            progress.tell((number + done / max(1, work)) / len(plans))

        progress.check()
        with open_run(plan.run) as run:
            found.append(export_run(run, plan.wish, told))
    return tuple(found)
