"""Cycle runs: was each the cycle?"""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from bench.messages import Message
from gui.panels.findings.chooser import Chooser
from gui.panels.findings.frames import TableFrame
from gui.panels.findings.lines_view import LinesView
from gui.panels.findings.view import FindingsView, Kit
from gui.state.findings.cycles import cycle_lines, regression_table, work_table
from gui.state.findings.judged import Judged
from protocols.results import CycleResult


class CyclesView(FindingsView):
    """One cycle at a time: whether it is accepted, its regression, its work."""

    def __init__(self, kit: Kit, parent: QWidget | None = None) -> None:
        super().__init__(kit, parent)
        self._cycles: tuple[CycleResult, ...] = ()
        self._chooser = Chooser(kit.words, "findings_cycle", "findings.cycles")
        self._lines = LinesView(kit.words, "findings_cycle_lines")
        self._regression = TableFrame(kit.words, kit.saving, "findings_regression")
        self._work = TableFrame(kit.words, kit.saving, "findings_work")
        rows = QVBoxLayout(self)
        rows.addWidget(self._chooser)
        rows.addWidget(self._lines, 1)
        rows.addWidget(self._regression, 2)
        rows.addWidget(self._work, 1)
        self._chooser.chosen.connect(self._draw)

    def _show(self, judged: Judged) -> None:
        self._cycles = () if judged.results is None else judged.results.cycles
        self._chooser.display(
            [(str(place), f"{each.name} ({each.at})") for place, each in enumerate(self._cycles)]
        )
        self._draw()

    def _draw(self) -> None:
        if not self._cycles:
            return
        cycle = self._cycles[int(self._chooser.key)]
        self._lines.display(cycle_lines(cycle))
        self._regression.display(regression_table(cycle), Message("findings.regression"))
        self._work.display(work_table(cycle), Message("findings.work"))
