"""The order that gives the test object up so that nobody is hurt."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from gui.state.console.verbs import VerbsState
from gui.state.spans import span
from gui.words import Words


class PeopleFirstDialog(QDialog):
    """Says what it costs, and has a word typed before it is ordered."""

    confirmed = Signal()

    def __init__(self, words: Words, state: VerbsState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("people_first_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._words = words
        self._state = state
        self._heading = QLabel()
        self._heading.setProperty("role", "heading")
        self._costs = QLabel()
        self._costs.setWordWrap(True)
        self._costs.setObjectName("costs")
        self._time = QLabel()
        self._order = QLabel()
        self._order.setWordWrap(True)
        self._typed = QLineEdit()
        self._typed.setObjectName("typed")
        self._typed.textChanged.connect(self._check)
        buttons = QDialogButtonBox()
        self._do = buttons.addButton("", QDialogButtonBox.ButtonRole.AcceptRole)
        self._do.setObjectName("ok")
        self._cancel = buttons.addButton("", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._confirm)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        for widget in (self._heading, self._costs, self._time, self._order, self._typed, buttons):
            layout.addWidget(widget)
        self._do.setAutoDefault(False)
        self._cancel.setDefault(True)  # Enter orders nothing
        self.setMinimumWidth(460)
        words.changed.connect(self._say)
        self._say()

    def _say(self) -> None:
        words, costs = self._words, self._state.costs
        self.setWindowTitle(words.text("operate.verb-people-first"))
        self._heading.setText(words.text("operate.costs"))
        self._costs.setText("" if costs is None else words.of(costs))
        seconds = dict(self._state.to_safe).get("people-first", float("nan"))
        self._time.setText(words.text("operate.to-safe", time=span(seconds)))
        word = words.text("operate.people-first-word")
        self._order.setText(words.text("operate.type-word", word=word))
        self._typed.setAccessibleName(self._order.text())
        self._do.setText(words.text("operate.order-people-first"))
        self._cancel.setText(words.text("operate.cancel"))
        self._check()

    def _check(self) -> None:
        word = self._words.text("operate.people-first-word")
        self._do.setEnabled(self._typed.text().strip().casefold() == word.casefold())

    def _confirm(self) -> None:
        self.confirmed.emit()
        self.close()
