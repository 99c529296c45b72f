"""The process picture in the console."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from gui.state.console.mimic import MimicState
from gui.widgets.process_view import ProcessView
from gui.words import Words


class MimicPanel(QFrame):
    """Shows the process picture; grey, and coloured only where something is abnormal."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._view = ProcessView(words, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self._view)
        self.setProperty("panel", True)  # noqa: FBT003 - Qt's signature
        self.setObjectName("mimic_panel")
        self._view.setObjectName("process_view")
        self._speak()
        words.changed.connect(self._speak)

    def display(self, state: MimicState) -> None:
        """Show the process."""
        self._view.display(state)

    @property
    def view(self) -> ProcessView:
        """The drawing."""
        return self._view

    def _speak(self) -> None:
        name = self._words.text("screen.picture")
        self.setAccessibleName(name)
        self._view.setAccessibleName(name)
