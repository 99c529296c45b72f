"""What lies over a stack of plots: marks, grid and axis of time, legends, cursors and the band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.plots.lane import NO_TIME, Lane
from gui.plots.mark_lane import draw_marks
from gui.plots.strip_legend import draw_legend
from gui.state.plots.picture import Mark
from gui.state.plots.time_ticks import Ticks

HEAD = 36
"""Height of the lane of marks, px."""
FOOT = 20
"""Height of the axis of time, px."""
_PAD = 4.0
_RIGHT = 10.0
"""Right of the plots a text may reach so far, px."""


@dataclass(frozen=True)
class Scene:
    """What lies over the plots."""

    start: float = 0.0
    """Left end, s on the axis."""
    end: float = 1.0
    """Right end."""
    ticks: Ticks = ()
    """Of the axis of time."""
    marks: tuple[Mark, ...] = ()
    """In the lane above."""
    cursors: tuple[float, float] = (NO_TIME, NO_TIME)
    """Where the cursors are, s; NaN: not shown."""
    band: tuple[float, float] = (NO_TIME, NO_TIME)
    """From when to when the band goes, s; NaN: not shown."""
    hover: float = NO_TIME
    """What is pointed at, s; NaN: nothing."""
    hover_text: str = ""
    """That time as text."""
    head: float = HEAD
    """Height of the lane of marks, px."""
    chosen: tuple[float, float] = (NO_TIME, NO_TIME)
    """What is being dragged to be zoomed to, s."""


class TimeOverlay(QWidget):
    """Draws over a stack of plots; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._scene = Scene()
        self._lanes: Sequence[Lane] = ()

    def display(self, scene: Scene, lanes: Sequence[Lane]) -> None:
        """Show what lies over some lanes."""
        self._scene, self._lanes = scene, lanes
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw it."""
        painter = QPainter(self)
        self.paint_on(painter)
        painter.end()

    def paint_on(self, painter: QPainter) -> None:
        """Draw it onto something else: a picture, a file."""
        if not self._lanes:
            return
        painter.setFont(_font())
        first, last = self._lanes[0].area.rect, self._lanes[-1].area.rect
        whole = QRectF(first.topLeft(), last.bottomRight())
        self._draw_times(painter, whole)
        head = QRectF(whole.left(), 2, whole.width(), self._scene.head - 4)
        draw_marks(painter, head, whole, self._scene.marks, (self._scene.start, self._scene.end))
        self._draw_band(painter, whole, self._scene.band, theme.BAND)
        self._draw_band(painter, whole, self._scene.chosen, theme.SELECTED)
        for lane in self._lanes:
            self._draw_lone(painter, lane)
            draw_legend(painter, lane, self._scene.hover)
        self._draw_cursors(painter, whole)

    def _x(self, whole: QRectF, time: float) -> float:
        span = self._scene.end - self._scene.start
        return whole.left() + (time - self._scene.start) / span * whole.width()

    def _draw_times(self, painter: QPainter, whole: QRectF) -> None:
        painter.setPen(QPen(QColor(theme.INK)))
        for time, text in self._scene.ticks:
            half = QFontMetricsF(painter.font()).horizontalAdvance(text) / 2 + 1
            middle = min(self._x(whole, time), whole.right() + _RIGHT - half)
            room = QRectF(middle - half, whole.bottom() + 2, 2 * half, FOOT - 2)
            painter.drawText(room, Qt.AlignmentFlag.AlignHCenter, text)

    def _draw_band(
        self, painter: QPainter, whole: QRectF, band: tuple[float, float], colour: str
    ) -> None:
        if any(math.isnan(each) for each in band):
            return
        left, right = sorted(self._x(whole, each) for each in band)
        rect = QRectF(left, whole.top(), right - left, whole.height()).intersected(whole)
        fill = QColor(colour)
        fill.setAlpha(90)
        painter.fillRect(rect, fill)
        painter.setPen(QPen(QColor(theme.SELECTED), 1, Qt.PenStyle.DashLine))
        for x in (left, right):
            if whole.left() <= x <= whole.right():
                painter.drawLine(QPointF(x, whole.top()), QPointF(x, whole.bottom()))

    def _draw_cursors(self, painter: QPainter, whole: QRectF) -> None:
        for time, name in zip(self._scene.cursors, "AB", strict=True):
            if not math.isnan(time) and self._scene.start <= time <= self._scene.end:
                self._draw_line(painter, whole, time, theme.SELECTED)
                self._draw_flag(painter, whole, time, name)
        if not math.isnan(self._scene.hover):
            self._draw_line(painter, whole, self._scene.hover, theme.EQUIPMENT)
            self._draw_flag(painter, whole, self._scene.hover, self._scene.hover_text)

    def _draw_line(self, painter: QPainter, whole: QRectF, time: float, colour: str) -> None:
        x = self._x(whole, time)
        painter.fillRect(round(x), round(whole.top()), 1, round(whole.height()), QColor(colour))

    def _draw_flag(self, painter: QPainter, whole: QRectF, time: float, text: str) -> None:
        metrics = QFontMetricsF(painter.font())
        width = metrics.horizontalAdvance(text) + 2 * _PAD
        left = min(max(whole.left(), self._x(whole, time) - width / 2), whole.right() - width)
        room = QRectF(left, whole.bottom() + 2, width, metrics.height() + 2)
        painter.fillRect(room, QColor(theme.SELECTED))
        painter.setPen(QPen(QColor(theme.FIELD)))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)

    def _draw_lone(self, painter: QPainter, lane: Lane) -> None:
        """Draw values that stand alone between gaps: no line reaches them."""
        for scale, colour, times, values in lane.lone():
            painter.setPen(QPen(QColor(colour), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints([scale.to_scene(x, y) for x, y in zip(times, values, strict=True)])


def _font() -> QFont:
    font = theme.body_font()
    font.setPointSize(theme.LABEL)
    return font
