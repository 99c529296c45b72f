"""Alarms as a table of Qt."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QBrush, QColor, QFont
from typing_extensions import override

from gui import theme
from gui.state.console.alarm_table import PAST, AlarmEntry
from gui.state.spans import moment
from gui.widgets.priority_mark import mark_icon
from gui.widgets.worded_table import Index, WordedTable
from gui.words import Words

COLUMNS = (
    "priority", "state", "on", "limit", "first", "value", "condition", "reaction", "count", "off",
    "seen-by", "until", "reason", "hardwired",
)  # fmt: skip
"""Columns, as the catalogue names them: ``alarmview.column-{name}``."""
_WAITING = frozenset({"active", "returned", "latched"})


class AlarmModel(WordedTable):
    """One alarm per row; texts in the language of the user."""

    def __init__(self, words: Words, parent: QObject | None = None) -> None:
        super().__init__(words, COLUMNS, "alarmview", parent)
        self._entries: tuple[AlarmEntry, ...] = ()

    @property
    def entries(self) -> tuple[AlarmEntry, ...]:
        """What it shows."""
        return self._entries

    def show_entries(self, entries: tuple[AlarmEntry, ...]) -> None:
        """Show these; rows that stay keep what is picked."""
        if [self._key(each) for each in entries] != [self._key(each) for each in self._entries]:
            self.beginResetModel()
            self._entries = entries
            self.endResetModel()
        elif entries:
            self._entries = entries
            self.dataChanged.emit(self.index(0, 0), self.index(len(entries) - 1, len(COLUMNS) - 1))

    def say(self) -> None:
        """Set all texts again."""
        self.beginResetModel()
        self.endResetModel()

    @override
    def count(self) -> int:
        return len(self._entries)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry, column = self._entries[index.row()], COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                return self._text(entry, column)
            case Qt.ItemDataRole.DecorationRole if column == "priority":
                return mark_icon(entry.priority, is_filled=entry.state in _WAITING)
            case Qt.ItemDataRole.ForegroundRole if entry.state == PAST:
                return QBrush(QColor(theme.FAINT))
            case Qt.ItemDataRole.FontRole if entry.state in _WAITING:
                font = QFont()
                font.setBold(True)
                return font
            case _:
                return None

    def _text(self, entry: AlarmEntry, column: str) -> str:
        words = self.words
        texts = {
            "priority": str(entry.priority),
            "state": self._state(entry),
            "on": moment(entry.on_utc_ns),
            "off": moment(entry.off_utc_ns) if entry.off_utc_ns else "",
            "limit": entry.id,
            "value": entry.value,
            "condition": entry.text,
            "reaction": words.word("reaction", entry.reaction),
            "count": str(entry.count),
            "first": words.text("alarmview.first") if entry.is_first else "",
            "seen-by": entry.seen_by,
            "until": moment(entry.until_utc_ns) if entry.until_utc_ns else "",
            "reason": entry.reason,
            "hardwired": words.of(entry.beside),
        }
        return texts[column]

    def _state(self, entry: AlarmEntry) -> str:
        words = self.words
        past = entry.state == PAST
        said = words.text("alarmview.past") if past else words.word("state", entry.state)
        bypassed = words.text("alarmview.bypassed-short") if entry.is_bypassed else ""
        return ", ".join(filter(None, (said, bypassed)))

    @staticmethod
    def _key(entry: AlarmEntry) -> tuple[str, int]:
        return entry.id, entry.on_utc_ns
