"""Checks what is chosen, off the window's thread, once typing pauses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QTimer, Signal

from bench.clock import Clock, iso_date
from bench.config.catalogue import Catalogue
from bench.messages import Message
from bench.model import BenchModel
from gui.bridge.tasks import Progress, Task, Tasks
from gui.state.start.outlook import Outlook, outlook_of

PAUSE = 400
"""How long typing has to pause before a check begins, ms."""


@dataclass(frozen=True)
class Choice:
    """What is to be run."""

    protocol: str = ""
    """Name or path; empty: nothing is chosen."""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Parameters that differ from their defaults."""


class Checking(QObject):
    """Keeps the outlook of what is chosen up to date."""

    changed = Signal()
    """`outlook` or `is_checking` is another than before."""

    def __init__(
        self, tasks: Tasks, catalogue: Catalogue, clock: Clock, parent: QObject | None = None
    ) -> None:
        """Begin with nothing chosen; the clock tells the date."""
        super().__init__(parent)
        self._tasks, self._catalogue, self._clock = tasks, catalogue, clock
        self._model: BenchModel | None = None
        self._is_virtual = False
        self._task: Task | None = None
        self.choice = Choice()
        """What is chosen now."""
        self.outlook: Outlook | None = None
        """What the check of exactly that says; None: it has not been checked yet."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self.check_now)

    @property
    def is_checking(self) -> bool:
        """Whether an outlook is on its way."""
        return self._task is not None or self._timer.isActive()

    def set_bench(self, model: BenchModel | None, *, is_virtual: bool) -> None:
        """Check against this bench from now on."""
        if model is not self._model or is_virtual != self._is_virtual:
            self._model, self._is_virtual = model, is_virtual
            self._forget()

    def choose(self, choice: Choice) -> None:
        """Check this from now on, once nothing else is chosen for a while."""
        if choice != self.choice:
            self.choice = choice
            self._forget()

    def check_now(self) -> None:
        """Check without waiting."""
        self._timer.stop()
        self._drop()
        model, choice = self._model, self.choice
        if model is None or not choice.protocol:
            self.changed.emit()
            return
        catalogue, today = self._catalogue, iso_date(self._clock.utc())
        is_virtual = self._is_virtual

        def work(progress: Progress) -> Outlook:
            progress.check()
            return outlook_of(
                catalogue, model, choice.protocol, choice.parameters,
                is_simulated=is_virtual, today=today,
            )  # fmt: skip

        self._task = self._tasks.start(work, self._done, self._failed)
        self.changed.emit()

    def stop(self) -> None:
        """Check nothing any more."""
        self._timer.stop()
        self._drop()

    def _forget(self) -> None:
        self.outlook = None
        self._drop()
        if self._model is not None and self.choice.protocol:
            self._timer.start()
        self.changed.emit()

    def _drop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _done(self, outlook: Outlook) -> None:
        self._task, self.outlook = None, outlook
        self.changed.emit()

    def _failed(self, said: Message) -> None:
        self._done(Outlook(refusal=said))
