"""The verdict: what was asked, what was shown, and why."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget

from bench.messages import Message
from gui import theme
from gui.panels.findings.frames import TableFrame
from gui.panels.findings.lines_view import LinesView
from gui.panels.findings.telling import teller
from gui.panels.findings.view import FindingsView, Kit
from gui.state.findings.judged import Judged
from gui.state.findings.table import Tone
from gui.state.findings.verdict import verdict_state

_INKS = {Tone.WARNING: theme.WARNED, Tone.FAULT: theme.PRIORITIES[1]}


class VerdictView(FindingsView):
    """Headline and sentences on the left, tables on the right."""

    def __init__(self, kit: Kit, parent: QWidget | None = None) -> None:
        super().__init__(kit, parent)
        self._headline = QLabel()
        self._headline.setObjectName("findings_verdict")
        self._headline.setProperty("role", "header")
        self._lines = LinesView(kit.words, "findings_lines")
        self._results = TableFrame(kit.words, kit.saving, "findings_results")
        self._counts = TableFrame(kit.words, kit.saving, "findings_counts")
        left = QWidget()
        texts = QVBoxLayout(left)
        texts.setContentsMargins(0, 0, 0, 0)
        texts.addWidget(self._headline)
        texts.addWidget(self._lines, 1)
        tables = QSplitter(Qt.Orientation.Vertical)
        tables.addWidget(self._results)
        tables.addWidget(self._counts)
        tables.setSizes([300, 200])
        tables.setChildrenCollapsible(False)
        sides = QSplitter(Qt.Orientation.Horizontal)
        sides.addWidget(left)
        sides.addWidget(tables)
        sides.setSizes([330, 670])
        sides.setChildrenCollapsible(False)
        rows = QVBoxLayout(self)
        rows.addWidget(sides)

    def _show(self, judged: Judged) -> None:
        if judged.results is None:
            return
        state = verdict_state(judged.results)
        head = state.headline
        self._headline.setText(f"{head.shape} {teller(self._kit.words)(head.text)}".strip())
        self._headline.setStyleSheet(f"color: {_INKS.get(head.tone, theme.INK)};")
        self._lines.display(state.lines)
        self._results.setVisible(bool(state.results.rows))
        self._results.display(state.results, Message("findings.results"))
        self._counts.setVisible(bool(state.counts.rows))
        self._counts.display(state.counts, Message("findings.operation"))
