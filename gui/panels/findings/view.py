"""What every view of the findings is made with, and what it does."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from gui.bridge.tasks import Tasks
from gui.panels.findings.saving import Saving
from gui.state.findings.judged import Judged
from gui.words import Words


@dataclass(frozen=True)
class Kit:
    """What every view is made with."""

    words: Words
    """Language."""
    tasks: Tasks
    """Long work."""
    saving: Saving
    """Files."""


class FindingsView(QWidget):
    """Shows one side of judged runs."""

    window_wanted = Signal(object)
    """A `Place` that is to be seen over time."""

    def __init__(self, kit: Kit, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kit = kit
        self._judged: Judged | None = None
        kit.words.changed.connect(self._again)

    def display(self, judged: Judged) -> None:
        """Show judged runs."""
        if judged is not self._judged:
            self._judged = judged
            self._show(judged)

    def _show(self, judged: Judged) -> None:
        """Show them; also when the language has changed."""
        raise NotImplementedError

    def _again(self) -> None:
        if self._judged is not None:
            self._show(self._judged)
