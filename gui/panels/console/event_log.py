"""The log of events, and what an operator writes into it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from bench.service.requests import Note, Snapshot
from gui.panels.console.event_model import EventModel
from gui.state.console.log import Least, LogState
from gui.words import Words


class EventLog(QFrame):
    """Lists events, follows the newest, takes notes and snapshots."""

    asked = Signal(object)
    """A `Request`."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "true")
        self.setObjectName("event_log")
        self._words = words
        self._state: LogState | None = None
        self._operator = ""
        self._model = EventModel(words, self)
        self._least = QComboBox()
        self._least.setObjectName("least")
        for least in Least:
            self._least.addItem("", least)
        self._needle = _line("needle")
        self._view = _table(self._model)
        self._note = _line("note")
        self._write = QPushButton()
        self._write.setObjectName("write_note")
        self._snapshot = QPushButton()
        self._snapshot.setObjectName("snapshot")
        self._arrange()
        self._is_following = True
        bar = self._view.verticalScrollBar()
        bar.valueChanged.connect(self._look)
        bar.rangeChanged.connect(self._grow)
        self._least.currentIndexChanged.connect(self._choose)
        self._needle.textChanged.connect(self._choose)
        self._note.textChanged.connect(self._allow)
        self._note.returnPressed.connect(self._write.click)
        self._write.clicked.connect(self._ask_note)
        self._snapshot.clicked.connect(self._ask_snapshot)
        words.changed.connect(self._say)
        self._say()
        self.display(LogState())

    def display(self, state: LogState) -> None:
        """Show a state; whoever looks at the newest line goes on looking at it."""
        if state == self._state:
            return
        self._state = state
        count = self._model.rowCount()
        self._model.show_events(state)
        if not count:
            self._fit()
        self._allow()

    def sign_as(self, operator: str) -> None:
        """Sign notes with a name from now on."""
        self._operator = operator

    def _arrange(self) -> None:
        top, bottom = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self._least)
        top.addWidget(self._needle, 1)
        bottom.addWidget(self._note, 1)
        bottom.addWidget(self._write)
        bottom.addWidget(self._snapshot)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addWidget(self._view, 1)
        layout.addLayout(bottom)

    def _say(self) -> None:
        words = self._words
        for at in range(self._least.count()):
            least: Least = self._least.itemData(at)
            self._least.setItemText(at, words.text(f"operate.least-{least.value}"))
        self._least.setAccessibleName(words.text("operate.least"))
        self._view.setAccessibleName(words.text("app.tab-log"))
        for field, text in ((self._needle, "search"), (self._note, "note-hint")):
            field.setPlaceholderText(words.text(f"operate.{text}"))
            field.setAccessibleName(words.text(f"operate.{text}"))
        self._write.setText(words.text("operate.note"))
        self._snapshot.setText(words.text("operate.snapshot"))
        self._snapshot.setToolTip(words.text("operate.snapshot-tip"))
        self._model.refill()
        self._fit()

    def _look(self, value: int) -> None:
        self._is_following = value == self._view.verticalScrollBar().maximum()

    def _grow(self) -> None:
        if self._is_following:
            self._follow()

    def _follow(self) -> None:
        bar = self._view.verticalScrollBar()
        bar.setValue(bar.maximum())
        self._is_following = True

    def _fit(self) -> None:
        for column in range(self._model.columnCount() - 1):
            self._view.resizeColumnToContents(column)

    def _choose(self) -> None:
        self._model.choose(self._least.currentData(), self._needle.text())
        self._follow()

    def _allow(self) -> None:
        is_connected = self._state is not None and self._state.is_connected
        self._write.setEnabled(is_connected and bool(self._note.text().strip()))
        self._snapshot.setEnabled(is_connected)

    def _ask_note(self) -> None:
        self.asked.emit(Note(self._note.text().strip(), self._operator))
        self._note.clear()

    def _ask_snapshot(self) -> None:
        self.asked.emit(Snapshot(operator=self._operator))


def _line(name: str) -> QLineEdit:
    line = QLineEdit()
    line.setObjectName(name)
    line.setClearButtonEnabled(True)
    return line


def _table(model: EventModel) -> QTableView:
    view = QTableView()
    view.setObjectName("events")
    view.setModel(model)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setTabKeyNavigation(False)
    view.setWordWrap(False)
    view.setShowGrid(False)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(view.fontMetrics().height() + 8)
    view.horizontalHeader().setStretchLastSection(True)
    view.setMinimumHeight(90)
    return view
