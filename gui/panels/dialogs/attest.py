"""Attesting a preflight check: what was seen, and who says so."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from bench.service.requests import Attest
from gui.panels.dialogs.sheet import Sheet
from gui.state.start.preflight import CheckRow
from gui.words import Words


class AttestDialog(Sheet):
    """Asks what was seen, and who says so."""

    def __init__(
        self, words: Words, check: CheckRow, operator: str, parent: QWidget | None = None
    ) -> None:
        """Ask for the evidence of one check."""
        super().__init__(words, "dialog.attest", parent)
        self.setObjectName("attest_dialog")
        self._check = check
        self._what = self.label("dialog.attest-text")
        self._about = self.label("dialog.attest", role="heading")
        self._text = QPlainTextEdit(self)
        self._text.setObjectName("attest_text")
        self._text.setTabChangesFocus(True)
        self._text.setMinimumHeight(60)
        self._who = QLineEdit(operator, self)
        self._who.setObjectName("attest_operator")
        self.body.addWidget(self._about)
        self.body.addWidget(self._what)
        self.body.addWidget(self._text, 1)
        self.body.addWidget(self.label("dialog.name"))
        self.body.addWidget(self._who)
        self._give = self.button("attest_give", "dialog.attest-give", self._ask)
        self.button("attest_cancel", "dialog.cancel", self.close)
        self._text.textChanged.connect(self._offer)
        self._who.textChanged.connect(self._offer)
        self.resize(460, 300)
        self.speak()
        self._offer()
        self._text.setFocus()

    def speak(self) -> None:
        """Set all texts in the language of now."""
        super().speak()
        advice = self._words.of(self._check.advice)
        self._about.setText("\n".join(filter(None, (self._words.of(self._check.title), advice))))
        self._text.setAccessibleName(self._words.text("dialog.attest-text"))
        self._who.setAccessibleName(self._words.text("dialog.name"))

    def _offer(self) -> None:
        is_said = bool(self._text.toPlainText().strip() and self._who.text().strip())
        self._give.setEnabled(is_said)

    def _ask(self) -> None:
        self.asked.emit(
            Attest(self._check.id, self._text.toPlainText().strip(), self._who.text().strip())
        )
        self.close()
