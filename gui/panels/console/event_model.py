"""Events as a table of Qt that grows at its end."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QObject, Qt
from PySide6.QtGui import QBrush, QColor
from typing_extensions import override

from bench.service.port import EventShown
from gui import theme
from gui.state.console.log import Least, LogState, is_shown, news
from gui.state.session import MOST_EVENTS
from gui.state.spans import moment
from gui.widgets.worded_table import Index, WordedTable
from gui.words import Words

COLUMNS = ("time", "level", "source", "text")
"""Columns, as the catalogue names them: ``operate.column-{name}``."""
_COLOURS = {"error": theme.PRIORITIES[1]}  # of a warning the shape is enough
_SHAPES = {"warning": "▲", "error": "◆"}


class EventModel(WordedTable):
    """One event per row, the oldest first; only those that pass the filter."""

    def __init__(self, words: Words, parent: QObject | None = None) -> None:
        super().__init__(words, COLUMNS, "operate", parent)
        self._all: tuple[EventShown, ...] = ()
        self._rows: list[tuple[EventShown, str]] = []
        self._least = Least.INFO
        self._needle = ""

    @property
    def texts(self) -> list[str]:
        """What the rows say."""
        return [text for _, text in self._rows]

    def show_events(self, state: LogState) -> None:
        """Show these; what is new stands at the end."""
        fresh = news(self._all, state.events)
        self._all = state.events
        if fresh is None or len(self._rows) + len(fresh) > 2 * MOST_EVENTS:
            self.refill()
            return
        found = self._chosen(fresh)
        if found:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(found) - 1)
            self._rows += found
            self.endInsertRows()

    def choose(self, least: Least, needle: str) -> None:
        """Show only events from a level on in which all words of a text stand."""
        if (least, needle) != (self._least, self._needle):
            self._least, self._needle = least, needle
            self.refill()

    def refill(self) -> None:
        """Set all rows again."""
        self.beginResetModel()
        self._rows = self._chosen(self._all)
        self.endResetModel()

    @override
    def count(self) -> int:
        return len(self._rows)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        event, text = self._rows[index.row()]
        column = COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._cell(event, text, column)
            case Qt.ItemDataRole.ToolTipRole if column == "text":
                return text
            case Qt.ItemDataRole.ForegroundRole if column == "level" and event.level in _COLOURS:
                return QBrush(QColor(_COLOURS[event.level]))
            case _:
                return None

    def _cell(self, event: EventShown, text: str, column: str) -> str:
        match column:
            case "time":
                return moment(event.utc_ns)
            case "level":
                level = self.words.text(f"operate.level-{event.level}")
                return f"{_SHAPES.get(event.level, '')} {level}".strip()
            case "source":
                return event.source
            case _:
                return text.replace("\n", " ")

    def _chosen(self, events: tuple[EventShown, ...]) -> list[tuple[EventShown, str]]:
        said = ((event, self.words.of(event.message)) for event in events)
        return [
            (event, text)
            for event, text in said
            if is_shown(event, text, self._least, self._needle)
        ]
