"""Measured values given by hand, for maintenance."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from bench.model import BenchModel
from bench.service.requests import Force
from gui.state.console.manual import ForceRow, ManualState, force_rows
from gui.words import Words


class ForceBox(QGroupBox):
    """Gives measured channels a value, and ends it."""

    asked = Signal(object)
    """A request."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        """Begin without a channel."""
        super().__init__(parent)
        self.setObjectName("force_box")
        self._words = words
        self._model: BenchModel | None = None
        self._rows: tuple[ForceRow, ...] = ()
        self._forced: tuple[str, ...] = ()
        self._may_force = False
        self._channel = QComboBox(self)
        self._channel.setObjectName("force_channel")
        self._channel.setEditable(True)
        self._channel.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._channel.setMinimumWidth(180)
        self._value = QLineEdit(self)
        self._value.setObjectName("force_value")
        self._reason = QLineEdit(self)
        self._reason.setObjectName("force_reason")
        self._give = QPushButton(self)
        self._give.setObjectName("force_give")
        self._end = QPushButton(self)
        self._end.setObjectName("force_end")
        self._told = QLabel(self)
        self._told.setWordWrap(True)
        self._told.setProperty("role", "label")
        row = QHBoxLayout()
        row.addWidget(self._channel, 2)
        row.addWidget(self._value, 1)
        row.addWidget(self._reason, 2)
        row.addWidget(self._give)
        row.addWidget(self._end)
        layout = QVBoxLayout(self)
        layout.addWidget(self._told)
        layout.addLayout(row)
        self._channel.editTextChanged.connect(self._offer)
        self._value.textChanged.connect(self._offer)
        self._reason.textChanged.connect(self._offer)
        self._give.clicked.connect(self._ask)
        self._end.clicked.connect(self._ask_end)
        words.changed.connect(self._speak)
        self._speak()

    def display(self, state: ManualState) -> None:
        """Show which channels may be given by hand, and which are."""
        shown = (state.forced, state.may_force)
        if state.model is self._model and shown == (self._forced, self._may_force):
            return
        if state.model is not self._model:
            self._model = state.model
            self._rows = () if state.model is None else force_rows(state.model)
            self._channel.clear()
            self._channel.addItems([row.channel for row in self._rows])
            self._channel.setCurrentIndex(-1)
        self._forced, self._may_force = shown
        self._speak()

    def _speak(self) -> None:
        say = self._words.text
        self.setTitle(say("start.force-title"))
        forced = ", ".join(self._forced)
        self._told.setText(
            say("start.forced", channels=forced) if forced else say("start.force-help")
        )
        for field, name in (
            (self._value, "force-value"),
            (self._reason, "force-reason"),
        ):
            field.setPlaceholderText(say(f"start.{name}"))
            field.setAccessibleName(say(f"start.{name}"))
        self._channel.setAccessibleName(say("start.force-channel"))
        editor = self._channel.lineEdit()
        if editor is not None:
            editor.setPlaceholderText(say("start.force-channel"))
        self._give.setText(say("start.force"))
        self._end.setText(say("start.force-end"))
        self._offer()

    def _offer(self) -> None:
        row = self._row()
        is_whole = bool(self._value.text().strip() and self._reason.text().strip())
        self._give.setEnabled(self._may_force and row is not None and is_whole)
        is_forced = row is not None and row.channel in self._forced
        self._end.setEnabled(self._may_force and is_forced)
        title = "" if row is None else self._words.of(row.title)
        self._channel.setToolTip(title)
        for each in (self._channel, self._value, self._reason):
            each.setEnabled(self._may_force)

    def _row(self) -> ForceRow | None:
        name = self._channel.currentText().strip()
        return next((row for row in self._rows if row.channel == name), None)

    def _ask(self) -> None:
        row, value = self._row(), self._value.text().strip()
        if row is None:
            return
        if row.unit and value.replace(".", "", 1).lstrip("+-").isdigit():
            value = f"{value} {row.unit}"
        self.asked.emit(Force(row.channel, value, self._reason.text().strip()))
        self._value.clear()

    def _ask_end(self) -> None:
        row = self._row()
        if row is not None:
            self.asked.emit(Force(row.channel, "", self._reason.text().strip()))
