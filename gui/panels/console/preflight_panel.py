"""The preflight checks: what each rests on, attesting, running one, and saving them as text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from bench.service.preflighting import Listed, lines_of
from bench.service.requests import RunCheck
from gui.panels.dialogs.attest import AttestDialog
from gui.panels.dialogs.files import ChooseFile, choose_new_file, save_text
from gui.state.start.preflight import CheckRow, PreflightState, Standing
from gui.widgets.sentence import Sentence
from gui.words import Words

_MARKS = {Standing.PASSED: "✓", Standing.LACKING: "▲", Standing.NOT_NEEDED: "–"}
_ID = Qt.ItemDataRole.UserRole


class PreflightPanel(QFrame):
    """Shows a `PreflightState`."""

    asked = Signal(object)
    """A request."""

    def __init__(
        self,
        words: Words,
        operator: str = "",
        parent: QWidget | None = None,
        *,
        choose_file: ChooseFile = choose_new_file,
    ) -> None:
        """Begin without a check; `operator` is who attests if nobody says otherwise."""
        super().__init__(parent)
        self.setProperty("panel", "true")
        self.setObjectName("preflight_panel")
        self._words = words
        self._operator = operator
        self._choose_file = choose_file
        self._state = PreflightState()
        self._headline = QLabel(self)
        self._headline.setProperty("role", "heading")
        self._headline.setWordWrap(True)
        self._table = _table(self)
        self._advice = Sentence(self)
        self._attest = self._button("attest_check", self._open_attest)
        self._run = self._button("run_check", self._ask_run)
        self._save = self._button("save_preflight", self._save_text)
        layout = QVBoxLayout(self)
        layout.addWidget(self._headline)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._advice)
        row = QHBoxLayout()
        for each in (self._attest, self._run, self._save):
            row.addWidget(each)
        row.addStretch(1)
        layout.addLayout(row)
        self._table.itemSelectionChanged.connect(self._offer)
        self._table.itemActivated.connect(self._act)
        words.changed.connect(self._speak)
        self._speak()

    def display(self, state: PreflightState) -> None:
        """Show the checks; what is chosen stays chosen."""
        if state == self._state:
            return
        self._state = state
        self._fill()

    def set_operator(self, operator: str) -> None:
        """Say who attests if nobody says otherwise."""
        self._operator = operator

    def text(self) -> str:
        """Return the checks as plain text in the language of now."""
        listed = Listed(self._state.rig, self._state.shown, is_served=True)
        return "\n".join(lines_of(listed, self._words.language)) + "\n"

    def _button(self, name: str, slot: Callable[[], None]) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.clicked.connect(slot)
        return button

    def _speak(self) -> None:
        say = self._words.text
        heads = ("passed", "check", "evidence", "age", "by")
        self._table.setHeaderLabels(["", *(say(f"start.head-{each}") for each in heads[1:])])
        self._table.setAccessibleName(say("start.preflight"))
        self._attest.setText(say("start.attest"))
        self._run.setText(say("start.run-check"))
        self._save.setText(say("start.save-text"))
        self._fill()

    def _fill(self) -> None:
        state = self._state
        chosen = self._chosen()
        say = self._words.text
        told = "start.preflight-none"
        if state.checks:
            lacking = state.needed - state.passed
            told = "start.preflight-open" if lacking else "start.preflight-passed"
        self._headline.setText(say(told, passed=state.passed, count=state.needed))
        with QSignalBlocker(self._table):
            self._table.clear()
            for row in state.checks:
                item = self._item(row)
                self._table.addTopLevelItem(item)
                if chosen is not None and row.id == chosen.id:
                    self._table.setCurrentItem(item)
        self._offer()

    def _item(self, row: CheckRow) -> QTreeWidgetItem:
        of, say = self._words.of, self._words.text
        by = "person" if row.is_attested else "bench"
        texts = [
            _MARKS[row.standing], of(row.title), of(row.evidence), of(row.age),
            say(f"start.by-{by}"),
        ]  # fmt: skip
        item = QTreeWidgetItem(texts)
        item.setData(0, _ID, row.id)
        standing = say(f"start.standing-{row.standing.value}")
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, standing)
        item.setToolTip(0, standing)
        for column, text in enumerate(texts[1:], 1):
            item.setToolTip(column, text)
        return item

    def _chosen(self) -> CheckRow | None:
        item = self._table.currentItem()
        return None if item is None else self._state.row(str(item.data(0, _ID)))

    def _offer(self) -> None:
        """Enable what may be done with the chosen check, and say what it needs."""
        row, state = self._chosen(), self._state
        may_attest = row is not None and row.is_attested and state.may_attest
        is_run = row is not None and not row.is_attested and not row.is_instant
        self._attest.setEnabled(may_attest)
        self._run.setEnabled(is_run and state.may_run)
        self._save.setEnabled(bool(state.checks))
        self._advice.say("" if row is None else self._details(row, is_run=is_run))

    def _details(self, row: CheckRow, *, is_run: bool) -> str:
        of = self._words.of
        lines = [f"{of(row.title)}: {of(row.evidence)}"]
        if row.standing is Standing.LACKING:
            lines.append(of(row.advice))
        if is_run and not self._state.may_run:
            lines.append(self._words.text("start.run-in-monitor"))
        return "\n".join(filter(None, lines))

    def _act(self) -> None:
        if self._attest.isEnabled():
            self._open_attest()
        elif self._run.isEnabled():
            self._ask_run()

    def _open_attest(self) -> None:
        row = self._chosen()
        if row is None:
            return
        dialog = AttestDialog(self._words, row, self._operator, self)
        dialog.asked.connect(self.asked)
        dialog.show()

    def _ask_run(self) -> None:
        row = self._chosen()
        if row is not None:
            self.asked.emit(RunCheck(row.id))

    def _save_text(self) -> None:
        name = f"preflight-{self._state.rig}.txt"
        path: Path | None = self._choose_file(self, self._words.text("start.save-text"), name)
        if path is not None:
            told, is_failed = save_text(path, self.text(), self._words)
            self._advice.say(told, is_warning=is_failed)


def _table(parent: QWidget) -> QTreeWidget:
    table = QTreeWidget(parent)
    table.setObjectName("preflight_table")
    table.setColumnCount(5)
    table.setRootIsDecorated(False)
    table.setAlternatingRowColors(True)
    table.setWordWrap(True)
    table.setUniformRowHeights(False)
    header = table.header()
    header.setStretchLastSection(False)
    for column in (0, 3, 4):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
    for column in (1, 2):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
    table.setMinimumHeight(80)
    return table
