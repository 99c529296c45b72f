"""All alarms, those of now and those before, and all that may be done to them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from bench.service.requests import Acknowledge, Bypass, PutOutOfService, Reset, Unshelve
from gui.panels.console.alarm_dialogs import (
    ReasonDialog,
    bypass_dialog,
    service_dialog,
    shelve_dialog,
)
from gui.panels.console.alarm_model import AlarmModel
from gui.state.console.alarm_table import AlarmEntry, AlarmTableState, Deed, Which, chosen
from gui.widgets.flow_layout import FlowLayout
from gui.words import Words

_DIALOGS: dict[Deed, Callable[[Words, str, QWidget], ReasonDialog]] = {
    Deed.SHELVE: shelve_dialog,
    Deed.BYPASS: bypass_dialog,
    Deed.OUT_OF_SERVICE: service_dialog,
}
_SAID = ("advice", "cause", "consequence")


class AlarmTable(QFrame):
    """Lists alarms; what is done concerns the row that is picked."""

    asked = Signal(object)
    """A `Request`."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "true")
        self.setObjectName("alarm_table")
        self._words = words
        self._state: AlarmTableState | None = None
        self._model = AlarmModel(words, self)
        self._which = QComboBox()
        self._which.setObjectName("which")
        for which in Which:
            self._which.addItem("", which)
        self._needle = QLineEdit()
        self._needle.setObjectName("needle")
        self._needle.setClearButtonEnabled(True)
        self._all = QPushButton()
        self._all.setObjectName("acknowledge_all")
        self._all.clicked.connect(lambda: self.asked.emit(Acknowledge()))
        self._view = _table(self._model)
        self._help = QLabel()
        self._help.setObjectName("alarm_explained")
        self._help.setWordWrap(True)
        self._help.setTextFormat(Qt.TextFormat.PlainText)
        self._help.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._buttons = {deed: self._button(deed) for deed in Deed}
        self._arrange()
        self._which.currentIndexChanged.connect(self._fill)
        self._needle.textChanged.connect(self._fill)
        self._view.selectionModel().selectionChanged.connect(self._explain)
        self._model.modelReset.connect(self._explain)
        words.changed.connect(self._say)
        self.display(AlarmTableState())

    def display(self, state: AlarmTableState) -> None:
        """Show a state."""
        if state == self._state:
            return
        is_first = self._state is None
        self._state = state
        if is_first:
            self._say()
        else:
            self._fill()

    @property
    def picked(self) -> AlarmEntry | None:
        """The alarm that is picked."""
        rows = self._view.selectionModel().selectedRows()
        return self._model.entries[rows[0].row()] if rows else None

    def _button(self, deed: Deed) -> QPushButton:
        button = QPushButton()
        button.setObjectName(f"alarm_{deed.value.replace('-', '_')}")
        button.clicked.connect(lambda: self._do(deed))
        return button

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self._which)
        top.addWidget(self._needle, 1)
        top.addWidget(self._all)
        buttons = FlowLayout()
        for button in self._buttons.values():
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addWidget(self._view, 1)
        layout.addWidget(self._help)
        layout.addLayout(buttons)

    def _say(self) -> None:
        words = self._words
        for at in range(self._which.count()):
            which: Which = self._which.itemData(at)
            self._which.setItemText(at, words.text(f"alarmview.which-{which.value}"))
        self._which.setAccessibleName(words.text("alarmview.which"))
        self._view.setAccessibleName(words.text("app.tab-alarms"))
        self._needle.setPlaceholderText(words.text("alarmview.search"))
        self._needle.setAccessibleName(words.text("alarmview.search"))
        self._all.setText(words.text("alarmview.acknowledge-all"))
        for deed, button in self._buttons.items():
            button.setText(words.text(f"alarmview.deed-{deed.value}"))
        self._model.say()
        self._fill()
        self._view.resizeColumnsToContents()

    def _fill(self) -> None:
        state = self._state
        if state is None:
            return
        before = self.picked
        count = len(self._model.entries)
        which: Which = self._which.currentData()
        entries = chosen(state.entries, which, self._needle.text(), self._words.language)
        self._model.show_entries(entries)
        self._all.setEnabled(state.is_connected and state.waiting > 0)
        if before is not None and self.picked is None:
            self._pick(before)
        if not count and entries:
            self._view.resizeColumnsToContents()
        self._explain()

    def _pick(self, entry: AlarmEntry) -> None:
        for row, each in enumerate(self._model.entries):
            if (each.id, each.on_utc_ns) == (entry.id, entry.on_utc_ns):
                self._view.selectRow(row)
                return

    def _explain(self) -> None:
        entry, words = self.picked, self._words
        is_connected = self._state is not None and self._state.is_connected
        for deed, button in self._buttons.items():
            button.setEnabled(is_connected and entry is not None and deed in entry.deeds)
        if entry is None:
            self._help.setText(words.text("alarmview.pick-first"))
            return
        told = {kind: words.of(getattr(entry, kind)) for kind in _SAID}
        lines = [
            f"{words.text(f'alarmview.{kind}')}: {said}" for kind, said in told.items() if said
        ]
        self._help.setText("\n".join(lines) or words.text("alarmview.unexplained"))

    def _do(self, deed: Deed) -> None:
        entry = self.picked
        if entry is None:
            return
        made = _DIALOGS.get(deed)
        if made is not None:
            dialog = made(self._words, entry.id, self)
            dialog.asked.connect(self.asked)
            dialog.show()
            return
        requests = {
            Deed.ACKNOWLEDGE: Acknowledge(entry.id),
            Deed.RESET: Reset(entry.id),
            Deed.UNSHELVE: Unshelve(entry.id),
            Deed.END_BYPASS: Bypass(entry.id, "", 0.0),
            Deed.IN_SERVICE: PutOutOfService(entry.id, is_out=False),
        }
        self.asked.emit(requests[deed])


def _table(model: AlarmModel) -> QTableView:
    view = QTableView()
    view.setObjectName("alarms")
    view.setModel(model)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setTabKeyNavigation(False)
    view.setWordWrap(False)
    view.setShowGrid(False)
    view.setAlternatingRowColors(True)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(view.fontMetrics().height() + 10)
    view.horizontalHeader().setMaximumSectionSize(340)
    view.horizontalHeader().setStretchLastSection(True)
    view.setMinimumHeight(90)
    return view
