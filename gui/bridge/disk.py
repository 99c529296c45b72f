"""What the disk says of a run file, looked at off the window's thread."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from bench.messages import Message
from gui.bridge.tasks import Progress, Task, Tasks
from gui.state.console.recorder import DiskFigures

PERIOD = 5000
"""How often the disk is looked at, ms."""


class DiskWatch(QObject):
    """Tells size and free space of a run file, now and then; a disk that hangs hangs nothing else.

    A new look begins only once the one before has ended.
    """

    measured = Signal(object)
    """`DiskFigures`."""

    def __init__(
        self, tasks: Tasks, parent: QObject | None = None, *, period: int = PERIOD
    ) -> None:
        """Begin with no file.

        Args:
            tasks: Where it is looked.
            parent: Object it belongs to.
            period: How often, ms.
        """
        super().__init__(parent)
        self._tasks = tasks
        self._file: Path | None = None
        self._task: Task | None = None
        self._timer = QTimer(self, interval=period)
        self._timer.timeout.connect(self._look)

    def watch(self, file: Path | None) -> None:
        """Look after this run file from now on; None: after none."""
        if file == self._file:
            return
        self._file = file
        if file is None:
            self.close()
        else:
            self._timer.start()
            self._look()

    def close(self) -> None:
        """Look no more."""
        self._timer.stop()
        self._file = None
        if self._task is not None:
            self._task.cancel()

    def _look(self) -> None:
        file = self._file
        if self._task is not None or file is None:
            return

        def work(progress: Progress) -> DiskFigures:
            del progress  # it is one look
            return figures_of(file)

        self._task = self._tasks.start(work, self._tell, _say_nothing)
        self._task.ended.connect(self._over)

    def _over(self) -> None:
        self._task = None

    def _tell(self, found: DiskFigures) -> None:
        if found.file == self._file:
            self.measured.emit(found)


def figures_of(file: Path) -> DiskFigures:
    """Return what the disk says of a file; nan where it says nothing."""
    size = free = total = math.nan
    try:
        size = float(file.stat().st_size)
        usage = shutil.disk_usage(file.parent)
        free, total = float(usage.free), float(usage.total)
    except OSError:
        pass  # what is not known is not shown
    return DiskFigures(file, size, free, total)


def _say_nothing(reason: Message) -> None:
    del reason  # a look that fails is a figure that is not known
