"""The key gauges, in a grid that follows the room there is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget
from typing_extensions import override

from gui.state.console.gauges import GaugeState
from gui.widgets.indicator import Indicator
from gui.words import Words

_NARROWEST = 150
"""Width a gauge is given before a row takes one less, pixels."""


class GaugePanel(QFrame):
    """Shows the key gauges."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._gauges: list[Indicator] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(2, 2, 2, 2)
        self._grid.setSpacing(2)
        self.setProperty("panel", True)  # noqa: FBT003 - Qt's signature
        self.setObjectName("gauge_panel")
        self._speak()
        words.changed.connect(self._speak)

    def display(self, gauges: Sequence[GaugeState]) -> None:
        """Show the gauges."""
        while len(self._gauges) > len(gauges):
            last = self._gauges.pop()
            self._grid.removeWidget(last)
            last.deleteLater()
            self._columns = 0
        while len(self._gauges) < len(gauges):
            self._gauges.append(Indicator(self._words, self))
            self._columns = 0
        for widget, gauge in zip(self._gauges, gauges, strict=True):
            widget.display(gauge)
        self._arrange(self.width())

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """The gauges, in order."""
        return tuple(self._gauges)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put as many gauges into a row as there is room for."""
        super().resizeEvent(event)
        self._arrange(event.size().width())

    @override
    def minimumSizeHint(self) -> QSize:
        """Return how much room it needs: it may become narrow, and then has more rows."""
        return QSize(3 * _NARROWEST, super().minimumSizeHint().height())

    def _speak(self) -> None:
        self.setAccessibleName(self._words.text("gauge.panel"))

    def _arrange(self, width: int) -> None:
        columns = columns_for(len(self._gauges), width)
        if columns == self._columns:
            return
        self._columns = columns
        for number, gauge in enumerate(self._gauges):
            self._grid.addWidget(gauge, number // columns, number % columns)
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)


def columns_for(count: int, width: int) -> int:
    """Return how many gauges stand in a row, so that the rows are as even as can be."""
    most = max(width // _NARROWEST, 1)
    rows = -(-count // most)
    return -(-count // rows) if rows else 1
