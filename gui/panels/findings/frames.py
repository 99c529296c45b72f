"""A table or a chart with the button that writes it into a file."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.panels.findings.saving import Saving
from gui.panels.findings.table_view import TableView
from gui.panels.findings.telling import teller
from gui.plots.xy_chart import XYChart
from gui.state.findings.table import Table
from gui.state.plots.chart import Chart
from gui.words import Words
from protocols.wording import Text


class TableFrame(QWidget):
    """A table, its title, and a button that writes it as CSV."""

    def __init__(
        self, words: Words, saving: Saving, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._words = words
        self._title: Text = ""
        self.view = TableView(words, name, self)
        self._heading = QLabel()
        self._heading.setProperty("role", "heading")
        self._export = QPushButton()
        self._export.setObjectName(f"{name}_export")
        self._export.clicked.connect(lambda: saving.save_table(self, self.view.table))
        top = QHBoxLayout()
        top.addWidget(self._heading, 1)
        top.addWidget(self._export)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addLayout(top)
        rows.addWidget(self.view, 1)
        words.changed.connect(self._tell)
        self._tell()

    def display(self, table: Table, title: Text = "") -> None:
        """Show a table under a title."""
        self._title = title
        self.view.display(table)
        self._export.setEnabled(bool(table.rows))
        self._tell()

    def _tell(self) -> None:
        title = teller(self._words)(self._title)
        self._heading.setText(title)
        self._export.setText(self._words.text("findings.export-table"))
        self.view.setAccessibleName(title or self._words.text("findings.value"))


class ChartFrame(QWidget):
    """A chart, what is to be told of it, and a button that writes it as a picture."""

    def __init__(
        self, words: Words, saving: Saving, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._words = words
        self._told: tuple[Text, ...] = ()
        self.chart = XYChart(self)
        self.chart.setObjectName(f"{name}_chart")
        self._notes = QLabel()
        self._notes.setObjectName(f"{name}_told")
        self._notes.setWordWrap(True)
        self._notes.setProperty("role", "label")
        self._notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._export = QPushButton()
        self._export.setObjectName(f"{name}_chart_export")
        self._export.clicked.connect(lambda: saving.save_chart(self, name, self.chart.save))
        self._bar = QHBoxLayout()
        self._bar.addStretch()
        self._bar.addWidget(self._export)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addLayout(self._bar)
        rows.addWidget(self.chart, 1)
        rows.addWidget(self._notes)
        words.changed.connect(self._tell)
        self._tell()

    def put(self, *widgets: QWidget) -> None:
        """Put what chooses the chart in front of the button, in order."""
        for place, widget in enumerate(widgets):
            self._bar.insertWidget(place, widget)

    def display(self, chart: Chart, told: Sequence[Text] = ()) -> None:
        """Show a chart, and what is to be told of it."""
        self.chart.display(chart)
        self.chart.setAccessibleName(f"{chart.y_label} – {chart.x_label}")
        self._told = tuple(told)
        self._tell()

    def _tell(self) -> None:
        say = teller(self._words)
        self._export.setText(self._words.text("findings.export-chart"))
        self._notes.setText("\n".join(say(text) for text in self._told))
        self._notes.setVisible(bool(self._told))
