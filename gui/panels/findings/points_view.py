"""Measured windows; one opens where it lies on the axis of time."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from bench.messages import Message
from gui.panels.findings.frames import TableFrame
from gui.panels.findings.view import FindingsView, Kit
from gui.state.findings.judged import Judged
from gui.state.findings.points import channels_table, points_table


class PointsView(FindingsView):
    """All windows above, the channels of the chosen one below."""

    def __init__(self, kit: Kit, parent: QWidget | None = None) -> None:
        super().__init__(kit, parent)
        self._points = TableFrame(kit.words, kit.saving, "findings_points")
        self._channels = TableFrame(kit.words, kit.saving, "findings_channels")
        self._look = QPushButton()
        self._look.setObjectName("findings_show_window")
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.addWidget(self._points)
        halves.addWidget(self._channels)
        halves.setChildrenCollapsible(False)
        line = QHBoxLayout()
        line.addWidget(self._look)
        line.addStretch()
        rows = QVBoxLayout(self)
        rows.addLayout(line)
        rows.addWidget(halves, 1)
        self._points.view.chosen.connect(self._on_chosen)
        self._points.view.opened.connect(self._on_opened)
        self._look.clicked.connect(lambda: self._on_opened(self._points.view.currentIndex().row()))

    def _show(self, judged: Judged) -> None:
        self._look.setText(self._kit.words.text("findings.show-window"))
        table = points_table(judged)
        self._points.display(table, Message("findings.points"))
        if self._points.view.currentIndex().row() < 0 and table.rows:
            self._points.view.selectRow(0)
        self._look.setEnabled(bool(table.rows))

    def _on_chosen(self, row: int) -> None:
        if self._judged is not None and self._judged.results is not None:
            window = self._judged.results.windows[row]
            number = f"{window.approach}.{window.repeat}"
            title = Message("findings.window-of", {"name": window.name, "number": number})
            self._channels.display(channels_table(window), title)

    def _on_opened(self, row: int) -> None:
        rows = self._points.view.table.rows
        if 0 <= row < len(rows):
            self.window_wanted.emit(rows[row].place)
