"""A table of Qt whose columns are named by the catalogue."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from typing_extensions import override

from gui.words import Words

Index = QModelIndex | QPersistentModelIndex
"""A place in a table."""
_NONE = QModelIndex()


class WordedTable(QAbstractTableModel):
    """Rows without a tree; who derives from it says how many, and what stands in them."""

    def __init__(
        self, words: Words, columns: tuple[str, ...], room: str, parent: QObject | None = None
    ) -> None:
        """Name its columns ``{room}.column-{name}``."""
        super().__init__(parent)
        self.words = words
        self.columns = columns
        self._room = room

    def count(self) -> int:
        """Return the number of rows."""
        raise NotImplementedError

    @override
    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else self.count()

    @override
    def columnCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        is_title = role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal
        return self.words.text(f"{self._room}.column-{self.columns[section]}") if is_title else None
