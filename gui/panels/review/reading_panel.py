"""What the two cursors and the band say of each curve, in numbers from raw data."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from bench.units import significant
from gui.state.plots.time_ticks import elapsed_text
from gui.state.review.reading_table import ReadingRow, ReadingTable, copied
from gui.words import Words

COLUMNS = (
    "review.channel", "review.unit", "review.at-a", "review.at-b", "review.difference",
    "review.slope", "review.minimum", "review.mean", "review.maximum", "review.deviation",
    "review.count",
)  # fmt: skip
_LEAST_HEIGHT, _FOLDED_HEIGHT, _ENDLESS = 90, 40, 16_777_215
_FINEST = 0.001
"""Step, s, with which places on the axis are written."""
_TEXTS = 2
"""Columns on the left that hold no numbers."""


class ReadingPanel(QFrame):
    """The table beneath the plots."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)  # noqa: FBT003 - Qt's signature
        self._words = words
        self._state = ReadingTable()
        self._where = QLabel(self)
        self._where.setWordWrap(True)
        self._table = QTableWidget(0, len(COLUMNS), self)
        self._table.setObjectName("readings")
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setTabKeyNavigation(False)
        self._table.verticalHeader().hide()
        self._table.verticalHeader().setDefaultSectionSize(22)
        self._table.setWordWrap(False)
        self._copy = QPushButton(self)
        self._copy.setObjectName("copy_readings")
        self._copy.clicked.connect(self._take_copy)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self._table, self._take_copy)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)  # as an argument it is not taken
        top = QHBoxLayout()
        top.addWidget(self._where, 1)
        top.addWidget(self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.addLayout(top)
        column.addWidget(self._table, 1)
        self._unfold(is_unfolded=False)
        words.changed.connect(self._speak)
        self._speak()

    def display(self, state: ReadingTable) -> None:
        """Show readings."""
        if state == self._state:
            return
        is_other = len(state.rows) != len(self._state.rows)
        self._state = state
        self._table.setRowCount(len(state.rows))
        for place, row in enumerate(state.rows):
            self._show_row(place, row)
        self._where.setText(self._told(state))
        self._unfold(is_unfolded=bool(state.rows))
        if is_other or not self._table.columnWidth(2):
            self._fit()

    def _unfold(self, *, is_unfolded: bool) -> None:
        """Take room for the table only where it says something."""
        self._table.setVisible(is_unfolded)
        self._copy.setVisible(is_unfolded)
        self.setMinimumHeight(_LEAST_HEIGHT if is_unfolded else 0)
        self.setMaximumHeight(_ENDLESS if is_unfolded else _FOLDED_HEIGHT)

    def _show_row(self, place: int, row: ReadingRow) -> None:
        for column, text in enumerate(row.cells):
            item = self._table.item(place, column)
            if item is None:
                item = QTableWidgetItem()
                if column >= _TEXTS:
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                self._table.setItem(place, column, item)
            said = "" if row.problem is None else self._words.of(row.problem)
            item.setText(f"▲ {text}" if said and column == 0 else text)
            item.setToolTip(said or text)

    def _told(self, state: ReadingTable) -> str:
        """Return where cursors and band stand."""
        words, (a, b), (start, end) = self._words, state.cursors, state.band
        told: list[str] = []
        if not math.isnan(a + b):
            apart = significant(b - a, 6)
            told.append(
                words.text(
                    "review.cursors-at",
                    a=elapsed_text(a, _FINEST),
                    b=elapsed_text(b, _FINEST),
                    apart=apart,
                )
            )
        if not math.isnan(start + end):
            width = significant(end - start, 6)
            told.append(
                words.text(
                    "review.band-at",
                    start=elapsed_text(start, _FINEST),
                    end=elapsed_text(end, _FINEST),
                    width=width,
                )
            )
        return "    ".join(told) or words.text("review.no-cursors")

    def _speak(self) -> None:
        headings = [self._words.text(name) for name in COLUMNS]
        self._table.setHorizontalHeaderLabels(headings)
        self._table.setAccessibleName(self._words.text("review.readings"))
        self._copy.setText(self._words.text("review.copy"))
        self._where.setText(self._told(self._state))
        for place, row in enumerate(self._state.rows):
            self._show_row(place, row)
        self._fit()

    def _fit(self) -> None:
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(44)

    def _take_copy(self) -> None:
        headings = [self._words.text(name) for name in COLUMNS]
        QGuiApplication.clipboard().setText(copied(self._state, headings))
