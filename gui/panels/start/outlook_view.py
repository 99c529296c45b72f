"""What the check of a run says: duration, hydrogen, findings, and the steps as a tree."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.state.start.outlook import Finding, Outlook, StepRow, duration_text, hydrogen_text
from gui.widgets.columns import stretch_first_column
from gui.widgets.sentence import Sentence
from gui.words import Words

_MOST_ROWS = 5_000
"""Steps that are shown; a plan may have four times as many."""


class OutlookView(QFrame):
    """Shows an `Outlook`."""

    check_wanted = Signal()
    """A check without waiting."""
    place_wanted = Signal(str)
    """``file:line:column`` of a finding that was double-clicked."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        """Begin with nothing checked."""
        super().__init__(parent)
        self.setObjectName("outlook")
        self._words = words
        self._outlook: Outlook | None = None
        self._is_checking = False
        self._summary = QLabel(self)
        self._summary.setObjectName("outlook_summary")
        self._summary.setWordWrap(True)
        self._refusal = Sentence(self)
        self._check = QPushButton(self)
        self._check.setObjectName("check_now")
        self._check.clicked.connect(self.check_wanted)
        self._findings = QListWidget(self)
        self._findings.setObjectName("findings")
        self._findings.setWordWrap(True)
        self._findings.setMinimumHeight(48)
        self._tree = _step_tree(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        row = QHBoxLayout()
        said = QVBoxLayout()
        said.addWidget(self._summary)
        said.addWidget(self._refusal)
        row.addLayout(said, 1)
        row.addWidget(self._check, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(row)
        layout.addWidget(self._findings, 1)
        layout.addWidget(self._tree, 3)
        layout.addStretch(0)
        self._findings.itemDoubleClicked.connect(self._open)
        words.changed.connect(self._speak)
        self._speak()

    def display(self, outlook: Outlook | None, *, is_checking: bool = False) -> None:
        """Show what a check says; None: nothing has been checked."""
        if outlook is self._outlook and is_checking == self._is_checking:
            return
        is_other = outlook is not self._outlook
        self._outlook, self._is_checking = outlook, is_checking
        self._summarise()
        if is_other:
            self._fill()

    def _speak(self) -> None:
        say = self._words.text
        heads = ("start.step", "start.kind", "start.duration", "start.hydrogen")
        self._tree.setHeaderLabels([say(each) for each in heads])
        self._tree.setAccessibleName(say("start.steps"))
        self._check.setText(say("start.check-now"))
        self._check.setToolTip(say("start.check-help"))
        self._findings.setAccessibleName(say("start.findings"))
        self._summarise()
        self._fill()

    def _summarise(self) -> None:
        found = self._outlook
        told = self._told()
        self._summary.setText(told)
        self._summary.setVisible(bool(told))
        refusal = "" if found is None or found.refusal is None else self._words.of(found.refusal)
        self._refusal.say(refusal, is_warning=True)

    def _told(self) -> str:
        say, found = self._words.text, self._outlook
        if self._is_checking:
            return say("start.checking")
        if found is None:
            return say("start.not-checked")
        if not found.is_ready:
            return ""
        about = {"duration": duration_text(found.seconds)}
        parts = [say("start.takes", **about)]
        if math.isinf(found.at_most):
            parts.append(say("start.waits"))
        elif found.at_most > 1.05 * found.seconds:
            parts.append(say("start.takes-at-most", duration=duration_text(found.at_most)))
        if found.hydrogen:
            parts.append(say("start.uses", mass=hydrogen_text(found.hydrogen)))
        return " ".join(parts)

    def _fill(self) -> None:
        found = self._outlook or Outlook()
        self._findings.clear()
        for finding in found.findings:
            self._findings.addItem(self._finding(finding))
        self._findings.setVisible(bool(found.findings))
        self._tree.setUpdatesEnabled(False)
        self._tree.clear()
        left = _MOST_ROWS
        for row in found.steps:
            item, left = self._step(row, left)
            self._tree.addTopLevelItem(item)
        self._tree.setVisible(bool(found.steps))
        self._tree.setUpdatesEnabled(True)

    def _finding(self, finding: Finding) -> QListWidgetItem:
        mark = "△" if finding.is_warning else "▲"
        place = f"{finding.short_place}\n" if finding.place else ""
        item = QListWidgetItem(f"{mark} {place}{self._words.of(finding.said)}")
        item.setToolTip(finding.place)
        item.setData(Qt.ItemDataRole.UserRole, finding.place)
        return item

    def _step(self, row: StepRow, left: int) -> tuple[QTreeWidgetItem, int]:
        title = self._words.of(row.title)
        times = f" ×{row.times}" if row.times > 1 else ""
        name = f"{row.id}{times}   {title}" if title else f"{row.id}{times}"
        kind = self._words.text(f"operate.kind-{row.kind}")
        duration = duration_text(row.seconds) if row.seconds else "–"
        hydrogen = hydrogen_text(row.hydrogen) if row.hydrogen > 5e-4 else ""
        item = QTreeWidgetItem([name, kind, duration, hydrogen])
        for column in (2, 3):
            item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight)
        item.setToolTip(0, name)
        left -= 1
        for below in row.below:
            if left <= 0:
                break
            child, left = self._step(below, left)
            item.addChild(child)
        return item, left

    def _open(self, item: QListWidgetItem) -> None:
        place = item.data(Qt.ItemDataRole.UserRole)
        if place:
            self.place_wanted.emit(str(place))


def _step_tree(parent: QWidget) -> QTreeWidget:
    tree = QTreeWidget(parent)
    tree.setObjectName("step_tree")
    tree.setColumnCount(4)
    tree.setIndentation(14)
    tree.setUniformRowHeights(True)
    tree.setAlternatingRowColors(True)
    stretch_first_column(tree)
    tree.setMinimumHeight(50)
    return tree
