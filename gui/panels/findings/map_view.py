"""A map with the measured points in it."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from bench.messages import Message
from gui.panels.findings.chooser import Chooser
from gui.panels.findings.frames import ChartFrame
from gui.panels.findings.telling import teller
from gui.panels.findings.view import FindingsView, Kit
from gui.state.findings.judged import Judged
from gui.state.findings.map import Axes, Mapped, map_chart, mapped, quantities_in


class MapView(FindingsView):
    """Contours of one quantity over two others, which one may choose."""

    def __init__(self, kit: Kit, parent: QWidget | None = None) -> None:
        super().__init__(kit, parent)
        self._mapped: Mapped | None = None
        self._frame = ChartFrame(kit.words, kit.saving, "findings_map")
        self._choosers = tuple(
            Chooser(kit.words, f"findings_map_{axis}", f"findings.axis-{axis}") for axis in "xyz"
        )
        self._frame.put(*self._choosers)
        rows = QVBoxLayout(self)
        rows.addWidget(self._frame)
        for chooser in self._choosers:
            chooser.chosen.connect(self._draw)

    def _show(self, judged: Judged) -> None:
        results = judged.results
        found = None if results is None else mapped(results.windows, judged.axes)
        is_new = found != self._mapped
        self._mapped = found
        if found is None:
            return
        entries = [(each.name, each.title) for each in quantities_in(found.windows)]
        axes = (found.axes.x, found.axes.y, found.axes.z)
        for chooser, name in zip(self._choosers, axes, strict=True):
            chooser.display(entries, name if is_new else "")
        self._draw()

    def _draw(self) -> None:
        if self._mapped is None:
            return
        x, y, z = (chooser.key for chooser in self._choosers)
        chart, told = map_chart(self._mapped.windows, Axes(x, y, z), teller(self._kit.words))
        self._frame.display(chart, [told or Message("findings.map-hull")])
