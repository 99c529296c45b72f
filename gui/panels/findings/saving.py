"""Tables and charts into files of the user's choice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from bench.errors import BenchError
from bench.messages import Message
from gui.panels.findings.telling import teller
from gui.state.findings.table import Table, as_csv
from gui.words import Words

AskFile = Callable[[QWidget, str, str, str], Path | None]
"""Parent, title, suggested name, filter → the file; None: nothing is to be written."""


def ask_file(parent: QWidget, title: str, suggested: str, kinds: str) -> Path | None:
    """Ask the user where to write."""
    name, _ = QFileDialog.getSaveFileName(parent, title, suggested, kinds)
    return Path(name) if name else None


class Saving(QObject):
    """Writes what views show; `said` tells what became of it."""

    said = Signal(object)
    """A `Message`: it is written, or why not."""

    def __init__(
        self, words: Words, ask: AskFile = ask_file, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._words = words
        self._ask = ask

    def save_table(self, parent: QWidget, table: Table) -> None:
        """Write a table as CSV in the language of the window."""
        title, kinds = self._texts("findings.export-table", "findings.csv-files")
        path = self._ask(parent, title, f"{table.name}.csv", kinds)
        if path is None:
            return
        path = path.with_suffix(path.suffix or ".csv")
        try:
            # with a byte order mark, so that spreadsheets read Chinese headings
            path.write_text(as_csv(table, teller(self._words)), encoding="utf-8-sig")
        except OSError as error:
            self._not_written(path, error.strerror or str(error))
        else:
            self.said.emit(Message("findings.written", {"file": path.name}))

    def save_chart(self, parent: QWidget, name: str, write: Callable[[Path], None]) -> None:
        """Write a chart as a picture; `write` does it and raises a BenchError where it cannot."""
        title, kinds = self._texts("findings.export-chart", "findings.picture-files")
        path = self._ask(parent, title, f"{name}.png", kinds)
        if path is None:
            return
        path = path.with_suffix(path.suffix or ".png")
        try:
            write(path)
        except BenchError as error:
            self.said.emit(error.message)
        else:
            self.said.emit(Message("findings.written", {"file": path.name}))

    def _texts(self, title: str, kinds: str) -> tuple[str, str]:
        return self._words.text(title), self._words.text(kinds)

    def _not_written(self, path: Path, reason: str) -> None:
        arguments = {"file": path.name, "reason": reason}
        self.said.emit(Message("findings.not-written", arguments))
