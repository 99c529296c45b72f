"""Impedance spectra: the chosen ones as a diagram, all as a table, the circuit of the last one."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QAbstractItemView, QSplitter, QVBoxLayout, QWidget

from bench.messages import Message
from gui.panels.findings.chooser import Chooser
from gui.panels.findings.frames import ChartFrame, TableFrame
from gui.panels.findings.telling import teller
from gui.panels.findings.view import FindingsView, Kit
from gui.state.findings.judged import Judged
from gui.state.findings.spectra import (
    Diagram,
    circuit_table,
    diagrams_in,
    first_drawn,
    spectra_chart,
    spectra_table,
    spectra_told,
)
from gui.state.findings.table import Table
from protocols.cell_results import SpectrumResult


class SpectraView(FindingsView):
    """Diagram above; below all spectra, of which the selected rows are drawn."""

    def __init__(self, kit: Kit, parent: QWidget | None = None) -> None:
        super().__init__(kit, parent)
        self._spectra: tuple[SpectrumResult, ...] = ()
        self._chooser = Chooser(kit.words, "findings_spectra_diagram", "findings.diagram")
        self._chart = ChartFrame(kit.words, kit.saving, "findings_spectra")
        self._chart.put(self._chooser)
        self._table = TableFrame(kit.words, kit.saving, "findings_spectra_table")
        self._circuit = TableFrame(kit.words, kit.saving, "findings_circuit")
        self._table.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        below = QSplitter(Qt.Orientation.Horizontal)
        below.addWidget(self._table)
        below.addWidget(self._circuit)
        below.setSizes([700, 500])
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.addWidget(self._chart)
        halves.addWidget(below)
        halves.setSizes([420, 180])
        for splitter in (below, halves):
            splitter.setChildrenCollapsible(False)
        rows = QVBoxLayout(self)
        rows.addWidget(halves)
        self._chooser.chosen.connect(self._draw)
        self._table.view.selectionModel().selectionChanged.connect(self._draw)

    def _show(self, judged: Judged) -> None:
        spectra = () if judged.results is None else judged.results.spectra
        is_new = spectra is not self._spectra
        self._spectra = spectra
        known = diagrams_in(spectra)
        self._chooser.display([(each.name, Message(each.value)) for each in known])
        self._table.display(spectra_table(spectra), Message("findings.spectra"))
        if is_new:
            self._select(first_drawn(spectra))
        self._draw()

    def _select(self, places: tuple[int, ...]) -> None:
        view = self._table.view
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        view.clearSelection()
        for place in places:
            view.selectionModel().select(view.model().index(place, 0), flags)

    def _chosen(self) -> tuple[int, ...]:
        rows = self._table.view.selectionModel().selectedRows()
        return tuple(sorted(index.row() for index in rows if index.row() < len(self._spectra)))

    def _draw(self) -> None:
        places = self._chosen()
        if self._chooser.key:
            diagram = Diagram[self._chooser.key]
            chart = spectra_chart(self._spectra, places, diagram, teller(self._kit.words))
            self._chart.display(chart, spectra_told(self._spectra, places))
        last = self._spectra[places[-1]] if places else None
        circuit = Table("circuit") if last is None else circuit_table(last)
        self._circuit.setVisible(bool(circuit.rows))
        at = "" if last is None else f"{last.at:.2f} h"
        self._circuit.display(circuit, Message("findings.circuit", {"at": at}))
