"""The curves of a stack of plots, with grid, limits and axes of values; kept until they change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.plots.fast_lines import draw_lines
from gui.plots.lane import Lane
from gui.plots.strip_area import Scale
from gui.state.plots.pixel_columns import segments
from gui.state.plots.time_ticks import Ticks

AXES_SHARE = 0.22
"""Axes of values take no more of the width; what has none is read in the legend."""
_TICK = 4.0
_WIDTH_STEP = 8.0
_DASH = 6
_GRID = "#E4E4E4"


class StripCanvas(QWidget):
    """Draws the plots of some lanes; who points at them has nothing drawn anew."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        font = theme.body_font()
        font.setPointSize(theme.LABEL)
        self.setFont(font)
        self._lanes: Sequence[Lane] = ()
        self._ticks: Ticks = ()
        self._kept: QPixmap | None = None

    def display(self, lanes: Sequence[Lane], ticks: Ticks) -> None:
        """Draw lanes as they are now.

        Args:
            lanes: Those that have room.
            ticks: Of the axis of time.
        """
        self._lanes, self._ticks, self._kept = lanes, ticks, None
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw them, or show again what is drawn."""
        ratio = self.devicePixelRatioF()
        size = self.size() * ratio
        if self._kept is None or self._kept.size() != size:
            self._kept = QPixmap(size)
            self._kept.setDevicePixelRatio(ratio)
            self._kept.fill(QColor(theme.FIELD))
            onto = QPainter(self._kept)
            self.paint_on(onto)
            onto.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._kept)
        painter.end()

    def paint_on(self, painter: QPainter) -> None:
        """Draw it onto something else: a picture, a file."""
        painter.setFont(self.font())
        for lane in self._lanes:
            self._draw_lane(painter, lane)

    def _draw_lane(self, painter: QPainter, lane: Lane) -> None:
        rect, line = lane.area.rect, QFontMetricsF(self.font()).height()
        painter.save()
        painter.setClipRect(rect.toAlignedRect().adjusted(0, 0, 1, 1))
        _draw_grid(painter, lane, self._ticks, line)
        for trace, scale, colour, is_dashed in lane.drawn():
            upright, joins = segments(trace, scale.place)
            painter.setPen(QPen(QColor(colour), 1))
            if is_dashed:
                upright = upright[upright[:, 0] // _DASH % 2 == 0]
            draw_lines(painter, upright)
            if is_dashed:
                painter.setPen(QPen(QColor(colour), 1, Qt.PenStyle.DashLine))
            draw_lines(painter, joins)
        painter.restore()
        painter.setPen(QPen(QColor(theme.EDGE), 1))
        painter.drawRect(rect.toAlignedRect())
        x = rect.left()
        for number, width in enumerate(axis_widths(lane, QFontMetricsF(self.font()), rect.right())):
            colour = lane.axis_colour(number)
            _draw_axis(painter, lane.area.scales[number], x, line, colour)
            unit = QRectF(x - width, lane.legend_rect.top(), width - _TICK, line)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
            painter.drawText(unit, right, lane.plan.units[number])
            x -= width


def axis_widths(lane: Lane, metrics: QFontMetricsF, whole: float) -> Iterator[float]:
    """Yield how wide the axes of a lane are, the next to the plot first; only those that fit.

    Args:
        lane: Whose.
        metrics: Of the font.
        whole: Width of all, px.
    """
    left = AXES_SHARE * whole
    for number, (unit, scale) in enumerate(zip(lane.plan.units, lane.area.scales, strict=True)):
        texts = [unit, *{text for _, text in scale.ticks(metrics.height())}]
        # The longest text is the widest one nearly: measuring each takes longer than drawing it.
        wanted = metrics.horizontalAdvance(max(texts, key=len)) + 2 * _TICK + 2
        width = float(np.ceil(wanted / _WIDTH_STEP) * _WIDTH_STEP)
        left -= width
        if left < 0 and number:
            return
        yield width


def _draw_grid(painter: QPainter, lane: Lane, ticks: Ticks, line: float) -> None:
    rect, scale = lane.area.rect, lane.area.scales[0]
    grid = QColor(_GRID)
    for time, _ in ticks:
        x = scale.to_scene(time, 0.0).x()
        painter.fillRect(QRectF(round(x), rect.top(), 1, rect.height()), grid)
    for value, _ in scale.ticks(line):
        y = scale.to_scene(0.0, value).y()
        painter.fillRect(QRectF(rect.left(), round(y), rect.width(), 1), grid)
    painter.setPen(QPen(QColor(theme.FAINT), 1, Qt.PenStyle.DashLine))
    for limit in lane.plan.limits:
        y = round(scale.to_scene(0.0, limit).y())
        if rect.top() <= y <= rect.bottom():
            painter.drawLine(QLineF(rect.left(), y, rect.right(), y))


def _draw_axis(painter: QPainter, scale: Scale, x: float, line: float, colour: str) -> None:
    painter.setPen(QPen(QColor(colour), 1))
    place = scale.place
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for value, text in scale.ticks(line):
        y = scale.to_scene(place.start, value).y()
        painter.drawLine(QPointF(x - _TICK, round(y)), QPointF(x, round(y)))
        middle = min(max(y, place.top + line / 2 - 3), place.top + place.height - line / 2 + 3)
        room = QRectF(x - _TICK - 120, middle - line / 2, 118, line)
        painter.drawText(room, right, text)
