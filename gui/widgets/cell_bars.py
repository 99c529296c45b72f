"""Draws the voltage of every cell as a bar."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from gui import theme
from gui.state.console.cells import CellsState, voltage_text
from gui.words import Words

_BAR = "#A9A9A9"
_MARKED = "#4A4A4A"
_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 96.0, 22.0, 22.0
"""Room for words around the bars, pixels."""
_TICKS = 5
_WIDEST = 48.0
"""Width that a bar has at most, pixels."""


class CellBars(QWidget):
    """Draws cell voltages in the order of the stack, or sorted; as they are, or from the mean."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._state = CellsState()
        self._order: Sequence[int] = ()
        self._is_sorted = False
        self._is_deviation = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        words.changed.connect(self._speak)

    def display(self, state: CellsState, *, is_sorted: bool, is_deviation: bool) -> None:
        """Show voltages; costs nothing where all is as before."""
        before = self._state, self._is_sorted, self._is_deviation
        if before == (state, is_sorted, is_deviation):
            return
        self._state, self._is_sorted, self._is_deviation = state, is_sorted, is_deviation
        self._order = order_of(state.voltages, is_sorted=is_sorted)
        self._speak()

    @override
    def sizeHint(self) -> QSize:
        """Return how much room it likes."""
        return QSize(900, 360)

    @override
    def minimumSizeHint(self) -> QSize:
        """Return how much room it needs."""
        return QSize(420, 160)

    def cell_at(self, place: QPointF) -> int:
        """Return which cell stands at a place, from 0; -1: none."""
        area, count = self._area, len(self._order)
        if not count or not area.contains(place):
            return -1
        at = int((place.x() - area.left()) / self._pitch)
        return self._order[at] if at < count else -1

    @override
    def event(self, event: QEvent) -> bool:
        """Say which cell is under the mouse, and its voltage."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(QPointF(event.pos()))
            text = self.told(cell) if cell >= 0 else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def told(self, cell: int) -> str:
        """Return what is said of a cell, counted from 0."""
        voltage = self._state.voltages[cell]
        if math.isnan(voltage):
            return self._words.text("gauge.cell-unknown", number=cell + 1)
        return self._words.text(
            "gauge.cell",
            number=cell + 1,
            voltage=voltage_text(voltage),
            deviation=voltage_text(voltage - self._state.mean, "mV"),
        )

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        font = QFont(self.font())
        font.setPointSize(theme.LABEL)
        painter.setFont(font)
        self._draw_axis(painter)
        self._draw_bars(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_lines(painter)
        self._draw_extremes(painter)
        painter.end()

    @property
    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)

    @property
    def _pitch(self) -> float:
        """Pixels per cell."""
        return min(self._area.width() / max(len(self._order), 1), _WIDEST)

    @property
    def _ends(self) -> tuple[float, float]:
        state = self._state
        return (-state.deviation, state.deviation) if self._is_deviation else state.axis

    def _speak(self) -> None:
        state = self._state
        text = self._words.text(
            "gauge.cells-all", count=len(state.voltages), mean=voltage_text(state.mean)
        )
        self.setAccessibleName(text)
        self.update()

    def _shown(self, voltage: float) -> float:
        return voltage - self._state.mean if self._is_deviation else voltage

    def _height(self, shown: float) -> float:
        """Return where a number of the axis stands, pixels from the top."""
        low, high = self._ends
        share = (min(max(shown, low), high) - low) / (high - low)
        return self._area.bottom() - share * self._area.height()

    def _draw_axis(self, painter: QPainter) -> None:
        area = self._area
        low, high = self._ends
        metrics = QFontMetricsF(painter.font())
        for number in range(_TICKS):
            value = low + (high - low) * number / (_TICKS - 1)
            y = round(self._height(value))
            painter.setPen(QPen(QColor("#D8D8D8"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            unit = "mV" if self._is_deviation else "V"
            text = voltage_text(round(value, 6), unit)
            painter.setPen(QColor(theme.FAINT))
            left = area.left() - metrics.horizontalAdvance(text) - 6
            painter.drawText(QPointF(left, y + metrics.ascent() / 2 - 1), text)

    def _draw_bars(self, painter: QPainter) -> None:
        state, area, pitch = self._state, self._area, self._pitch
        base = self._height(0.0)  # the lower end, where the axis does not reach down to zero
        gap = 0.0 if pitch < 3 else min(pitch * 0.25, 4)
        for at, cell in enumerate(self._order):
            left = area.left() + at * pitch
            voltage = state.voltages[cell]
            if math.isnan(voltage):
                self._draw_missing(painter, left, pitch)
                continue
            y = self._height(self._shown(voltage))
            bar = QRectF(left, min(y, base), pitch - gap, max(abs(base - y), 1.0))
            priority = state.priorities[cell]
            is_marked = cell in {state.lowest, state.highest}
            colour = theme.PRIORITIES[priority] if priority else _MARKED if is_marked else _BAR
            painter.fillRect(bar, QColor(colour))

    def _draw_missing(self, painter: QPainter, left: float, pitch: float) -> None:
        place = QRectF(left - 6, self._area.bottom() - 14, pitch + 12, 14)
        painter.setPen(QColor(theme.DIAGNOSTIC))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "✕")

    def _draw_lines(self, painter: QPainter) -> None:
        """Draw the mean, and the limits with their marks."""
        state, area = self._state, self._area
        metrics = QFontMetricsF(painter.font())
        low, high = self._ends
        labels: list[tuple[float, str]] = []
        for line in state.lines:
            shown = self._shown(line.voltage)
            if not low < shown < high:
                continue
            y = self._height(shown)
            painter.setPen(QPen(QColor(theme.INK), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            mark = f"{theme.SHAPES[line.priority]}{line.priority} {voltage_text(line.voltage)}"
            labels.append((y, mark))
        if not math.isnan(state.mean):
            y = self._height(self._shown(state.mean))
            painter.setPen(QPen(QColor(theme.INK), 1.4))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            labels.append((y, self._words.text("gauge.mean", value=voltage_text(state.mean))))
        bottom = -math.inf
        for y, text in sorted(labels):
            bottom = max(y, bottom + metrics.ascent() + 1)  # never one upon the other
            painter.drawText(QPointF(area.right() + 4, bottom + metrics.ascent() / 2 - 1), text)

    def _draw_extremes(self, painter: QPainter) -> None:
        """Write the numbers of the lowest and the highest cell over and under them."""
        state, area, pitch = self._state, self._area, self._pitch
        metrics = QFontMetricsF(painter.font())
        painter.setPen(QColor(theme.INK))
        for cell, sign, base in (
            (state.highest, "▲", area.top() - 6),
            (state.lowest, "▼", area.bottom() + metrics.ascent() + 3),
        ):
            if cell < 0:
                continue
            middle = area.left() + (self._order.index(cell) + 0.5) * pitch
            text = f"{sign} {cell + 1}  {voltage_text(state.voltages[cell])}"
            width = metrics.horizontalAdvance(text)
            left = min(max(middle - width / 2, area.left()), self.width() - width - 2)
            painter.drawText(QPointF(left, base), text)


def order_of(voltages: Sequence[float], *, is_sorted: bool) -> tuple[int, ...]:
    """Return the cells from the left: as in the stack, or the lowest first, unknown ones last."""
    cells = range(len(voltages))
    if not is_sorted:
        return tuple(cells)
    return tuple(sorted(cells, key=lambda n: (math.isnan(voltages[n]), voltages[n])))
