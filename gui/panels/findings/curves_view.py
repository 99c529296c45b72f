"""i-V curves of all visits in one chart, and their points."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from bench.messages import Message
from gui.panels.findings.chooser import Chooser
from gui.panels.findings.frames import ChartFrame, TableFrame
from gui.panels.findings.telling import teller
from gui.panels.findings.view import FindingsView, Kit
from gui.state.findings.curves import (
    Ordinate,
    curves_chart,
    curves_table,
    curves_told,
    ordinates_in,
)
from gui.state.findings.judged import Judged
from protocols.cell_results import CurveResult


class CurvesView(FindingsView):
    """Chart above, table below."""

    def __init__(self, kit: Kit, parent: QWidget | None = None) -> None:
        super().__init__(kit, parent)
        self._curves: tuple[CurveResult, ...] = ()
        self._chooser = Chooser(kit.words, "findings_curves_drawn", "findings.curve-drawn")
        self._chart = ChartFrame(kit.words, kit.saving, "findings_curves")
        self._chart.put(self._chooser)
        self._table = TableFrame(kit.words, kit.saving, "findings_curve_points")
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.addWidget(self._chart)
        halves.addWidget(self._table)
        halves.setSizes([420, 180])
        halves.setChildrenCollapsible(False)
        rows = QVBoxLayout(self)
        rows.addWidget(halves)
        self._chooser.chosen.connect(self._draw)

    def _show(self, judged: Judged) -> None:
        self._curves = () if judged.results is None else judged.results.curves
        known = ordinates_in(self._curves)
        self._chooser.display([(each.name, each.title) for each in known])
        self._table.display(curves_table(self._curves), Message("findings.points"))
        self._draw()

    def _draw(self) -> None:
        if not self._chooser.key:
            return
        ordinate = Ordinate[self._chooser.key]
        chart = curves_chart(self._curves, ordinate, teller(self._kit.words))
        self._chart.display(chart, curves_told(self._curves))
