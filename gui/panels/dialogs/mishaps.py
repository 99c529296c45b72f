"""Errors of ours in the window's thread: a sentence, and where it was; the app goes on."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from gui.words import Words

_MOST = 6  # places in our texts that lead to the error, the last ones


class Mishaps:
    """Tells the person at the window of an exception that nothing has caught."""

    def __init__(self, words: Words) -> None:
        """Begin with none."""
        self._words = words
        self._box: QMessageBox | None = None

    def install(self) -> None:
        """Take all exceptions from now on that nothing catches in the window's thread."""
        sys.excepthook = self.take

    def take(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Show an exception; of many, while one is read, only the first is shown.

        A program that is interrupted ends, and what there is no window for goes to the terminal.
        """
        sys.__excepthook__(kind, error, trace)
        if not issubclass(kind, Exception):
            QApplication.exit(1)
        elif self._box is None:
            self._show(error, "".join(traceback.format_tb(trace)[-_MOST:]))

    def _show(self, error: BaseException, details: str) -> None:
        told = f"{type(error).__name__}: {error}"
        said = self._words.text("app.internal", error=told)
        box = QMessageBox(
            QMessageBox.Icon.Warning, "h2bench", said, parent=QApplication.activeWindow()
        )
        box.setObjectName("mishap")
        box.setInformativeText(details)
        box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        box.addButton(self._words.text("app.understood"), QMessageBox.ButtonRole.AcceptRole)
        box.setModal(False)
        box.finished.connect(self._read)
        self._box = box
        box.show()

    def _read(self) -> None:
        box, self._box = self._box, None
        if box is not None:
            box.deleteLater()
