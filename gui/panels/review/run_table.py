"""The table of runs: a model of the rows of `RunListState`."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QFont

from bench.runs.commands.wording import Words as Wording
from gui import theme
from gui.state.review.run_list import RunRow
from gui.words import Words

Index = QModelIndex | QPersistentModelIndex
COLUMNS = (
    "review.start", "review.object", "review.verdict", "review.duration", "review.protocol",
    "review.state", "review.size", "review.file",
)  # fmt: skip
_VERDICT, _STATE = 2, 5
_NOWHERE = QModelIndex()
_ROLE = Qt.ItemDataRole


class RunTable(QAbstractTableModel):
    """Rows of the run browser, in the language of the window."""

    def __init__(self, words: Words, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._rows: tuple[RunRow, ...] = ()

    def show_rows(self, rows: tuple[RunRow, ...]) -> None:
        """Take other rows."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def speak(self) -> None:
        """Say all in the language of now."""
        self.show_rows(self._rows)

    def path(self, row: int) -> Path:
        """Return the file of a row."""
        return self._rows[row].path

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """Return the number of runs."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole
    ) -> object:
        """Return the heading of a column."""
        if orientation is Qt.Orientation.Horizontal and role == _ROLE.DisplayRole:
            return self._words.text(COLUMNS[section])
        return None

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> object:
        """Return what a cell shows."""
        row = self._rows[index.row()]
        if role == _ROLE.DisplayRole:
            return self._texts(row)[index.column()]
        if role == _ROLE.ToolTipRole:
            return "\n".join((row.title, str(row.path)))
        if role == _ROLE.ForegroundRole and row.is_abnormal and index.column() == _STATE:
            return QBrush(QColor(theme.WARNED))
        if role == _ROLE.FontRole and index.column() == _VERDICT and row.verdict:
            font = QFont()
            font.setBold(True)
            return font
        return None

    def _texts(self, row: RunRow) -> tuple[str, ...]:
        wording = Wording(self._words.language)
        state = wording.state(row.state)
        if row.is_abnormal:
            state = f"▲ {state}"
        if row.is_interrupted:
            state = f"{state}, {self._words.text('catalogue.interrupted')}"
        if row.missing:
            state = f"{state}, {self._words.text('review.missing', count=row.missing)}"
        if row.is_simulated:
            state = f"{state} {self._words.text('catalogue.simulated')}"
        parts = self._words.text("catalogue.parts", count=row.parts) if row.parts > 1 else ""
        return (
            wording.moment(row.start_utc_ns)[:16], row.object,
            verdict_word(self._words, row.verdict), wording.duration(row.seconds),
            row.protocol, state, wording.amount(row.size), f"{row.path.name} {parts}".rstrip(),
        )  # fmt: skip


def verdict_word(words: Words, verdict: str) -> str:
    """Return what people call a verdict; empty: there is none."""
    match verdict:
        case "pass":
            return words.text("review.pass")
        case "fail":
            return words.text("review.fail")
        case "not shown":
            return words.text("review.not-shown")
        case _:
            return verdict if verdict and verdict != "none" else ""
