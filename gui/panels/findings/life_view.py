"""Degradation over the hours, and its rates."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from bench.messages import Message
from gui.panels.findings.frames import ChartFrame, TableFrame
from gui.panels.findings.telling import teller
from gui.panels.findings.view import FindingsView, Kit
from gui.state.findings.judged import Judged
from gui.state.findings.life import life_chart, life_told, rates_table


class LifeView(FindingsView):
    """Chart above, rates below."""

    def __init__(self, kit: Kit, parent: QWidget | None = None) -> None:
        super().__init__(kit, parent)
        self._chart = ChartFrame(kit.words, kit.saving, "findings_life")
        self._rates = TableFrame(kit.words, kit.saving, "findings_rates")
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.addWidget(self._chart)
        halves.addWidget(self._rates)
        halves.setSizes([420, 180])
        halves.setChildrenCollapsible(False)
        rows = QVBoxLayout(self)
        rows.addWidget(halves)

    def _show(self, judged: Judged) -> None:
        life = None if judged.results is None else judged.results.life
        if life is None:
            return
        chart = life_chart(life, teller(self._kit.words))
        if chart is not None:
            self._chart.display(chart, life_told(life))
        self._rates.display(rates_table(life), Message("findings.life"))
