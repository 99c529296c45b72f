"""A note of the operator into the run."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from bench.service.requests import Note
from gui.panels.dialogs.sheet import Sheet
from gui.words import Words


class NoteDialog(Sheet):
    """Asks for a note."""

    def __init__(self, words: Words, operator: str, parent: QWidget | None = None) -> None:
        """Ask for a note; it is signed by `operator`."""
        super().__init__(words, "dialog.note", parent)
        self.setObjectName("note_dialog")
        self._operator = operator
        self._text = QPlainTextEdit(self)
        self._text.setObjectName("note_text")
        self._text.setTabChangesFocus(True)
        self._text.setMinimumHeight(60)
        self.body.addWidget(self.label("dialog.note-text"))
        self.body.addWidget(self._text, 1)
        self._write = self.button("note_write", "dialog.note-write", self._ask)
        self.button("note_cancel", "dialog.cancel", self.close)
        self._text.textChanged.connect(self._offer)
        self.resize(420, 220)
        self.speak()
        self._offer()
        self._text.setFocus()

    def speak(self) -> None:
        """Set all texts in the language of now."""
        super().speak()
        self._write.setShortcut("Ctrl+Return")  # a new text takes it away
        self._text.setAccessibleName(self._words.text("dialog.note-text"))

    def _offer(self) -> None:
        self._write.setEnabled(bool(self._text.toPlainText().strip()))

    def _ask(self) -> None:
        self.asked.emit(Note(self._text.toPlainText().strip(), self._operator))
        self.close()
