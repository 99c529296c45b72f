"""A table of results: aligned as numbers are, with bars, and CSV on demand."""

from __future__ import annotations

import math

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QBrush, QColor, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gui import theme
from gui.panels.findings.telling import teller
from gui.state.findings.table import Cell, Table, Tone, heading
from gui.words import Words

_INKS = {
    Tone.PLAIN: theme.INK,
    Tone.STRONG: theme.INK,
    Tone.FAINT: theme.FAINT,
    Tone.WARNING: theme.WARNED,
    Tone.FAULT: theme.PRIORITIES[1],
}
_BOLD = frozenset({Tone.STRONG, Tone.WARNING, Tone.FAULT})
_WIDEST = 360
"""Widest column, px: longer texts are read in the tooltip."""
_ROOM = "QTableView::item { padding: 0 6px; } QHeaderView::section { padding: 3px 6px; }"
"""Keeps a number apart from the text in the next column."""
Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class TableModel(QAbstractTableModel):
    """A table as Qt asks for it."""

    def __init__(self, words: Words, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = words
        self._say = teller(words)
        self._table = Table("")

    @property
    def table(self) -> Table:
        """What is shown."""
        return self._table

    def display(self, table: Table) -> None:
        """Show another table."""
        self.beginResetModel()
        self._table = table
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802 - Qt's name
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._table.rows)

    def columnCount(self, parent: Index = _ROOT) -> int:  # noqa: N802 - Qt's name
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._table.columns)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return headings."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self._table.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return heading(column, self._say)
        return _alignment(column.is_number) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell shows."""
        cell = self.cell(index)
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return self._say(cell.text)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self._table.columns[index.column()].is_number)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QBrush(QColor(_INKS[cell.tone]))
        if role == Qt.ItemDataRole.FontRole and cell.tone in _BOLD:
            font = QFont()
            font.setBold(True)
            return font
        return None

    def cell(self, index: Index) -> Cell:
        """Return the cell at an index."""
        return self._table.rows[index.row()].cells[index.column()]


class TableView(QTableView):
    """Shows a table; one row is chosen at a time unless several are allowed."""

    chosen = Signal(int)
    """A row was chosen by mouse or keyboard."""
    opened = Signal(int)
    """A row was double-clicked, or Enter was pressed on it."""

    def __init__(self, words: Words, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._model = TableModel(words, self)
        self.setModel(self._model)
        self.setItemDelegate(_Bars(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setStyleSheet(_ROOM)
        self.setAlternatingRowColors(True)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.selectionModel().currentRowChanged.connect(self._on_current)
        self.doubleClicked.connect(self._on_double_click)
        self._words = words
        words.changed.connect(self._on_language)

    @property
    def table(self) -> Table:
        """What is shown."""
        return self._model.table

    def display(self, table: Table) -> None:
        """Show a table; the chosen row is kept where the table has as many rows."""
        if table == self._model.table:
            return
        row = self.currentIndex().row() if len(table.rows) == len(self.table.rows) else -1
        self._model.display(table)
        self._fit()
        if row >= 0:
            self.selectRow(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter opens the chosen row."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())
            return
        super().keyPressEvent(event)

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(current.row())

    def _on_double_click(self, index: QModelIndex) -> None:
        self.opened.emit(index.row())

    def _on_language(self) -> None:
        self._model.layoutChanged.emit()
        last = self._model.columnCount() - 1
        if last >= 0:
            self._model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, last)
        self._fit()

    def _fit(self) -> None:
        self.resizeColumnsToContents()
        for column in range(self._model.columnCount()):
            if self.columnWidth(column) > _WIDEST:
                self.setColumnWidth(column, _WIDEST)


class _Bars(QStyledItemDelegate):
    """Draws the share of a cell as a bar under its number."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        share = model.cell(index).share if isinstance(model, TableModel) else math.nan
        super().paint(painter, option, index)
        if math.isfinite(share) and share > 0.0:
            area: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue] - not in stubs
            width = max(round((area.width() - 6) * min(share, 1.0)), 1)
            bar = QRect(area.left() + 3, area.bottom() - 3, width, 3)
            painter.fillRect(bar, QColor(theme.RUNNING))


def _alignment(is_number: bool) -> Qt.AlignmentFlag:  # noqa: FBT001 - one fact of a column
    side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
