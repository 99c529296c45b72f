"""Explaining why the last run ended as it did; nothing starts before."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from bench.service.requests import Explain
from gui.panels.dialogs.sheet import Sheet
from gui.words import Words


class ExplainDialog(Sheet):
    """Asks what ended a run."""

    def __init__(
        self, words: Words, file: str, operator: str, parent: QWidget | None = None
    ) -> None:
        """Ask about a run file."""
        super().__init__(words, "dialog.explain", parent)
        self.setObjectName("explain_dialog")
        self._file = file
        self._about = self.label("dialog.explain", role="body")
        self._text = QPlainTextEdit(self)
        self._text.setObjectName("explain_text")
        self._text.setTabChangesFocus(True)
        self._text.setMinimumHeight(60)
        self._who = QLineEdit(operator, self)
        self._who.setObjectName("explain_operator")
        self.body.addWidget(self._about)
        self.body.addWidget(self._text, 1)
        self.body.addWidget(self.label("dialog.name"))
        self.body.addWidget(self._who)
        self._give = self.button("explain_give", "dialog.explain-give", self._ask)
        self.button("explain_cancel", "dialog.cancel", self.close)
        self._text.textChanged.connect(self._offer)
        self._who.textChanged.connect(self._offer)
        self.resize(460, 280)
        self.speak()
        self._offer()
        self._text.setFocus()

    def speak(self) -> None:
        """Set all texts in the language of now."""
        super().speak()
        self._about.setText(self._words.text("dialog.explain-about", file=self._file))
        self._text.setAccessibleName(self._words.text("dialog.explain"))
        self._who.setAccessibleName(self._words.text("dialog.name"))

    def _offer(self) -> None:
        is_said = bool(self._text.toPlainText().strip() and self._who.text().strip())
        self._give.setEnabled(is_said)

    def _ask(self) -> None:
        self.asked.emit(Explain(self._text.toPlainText().strip(), self._who.text().strip()))
        self.close()
