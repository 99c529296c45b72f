"""What lies over a chart: legend, names of points, of limits and of heights, what is pointed at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from bench.units import significant
from gui import theme
from gui.plots.canvas import Area
from gui.plots.contours import contour_lines
from gui.state.plots.chart import Chart, Series, Style
from gui.state.plots.chart_span import placed

_PAD = 4.0
_SAMPLE = 30.0


@dataclass(frozen=True)
class Note:
    """A point that is pointed at."""

    name: str
    """Of its series."""
    x: float
    """Where."""
    y: float
    """What."""
    place: QPointF
    """In pixels."""


class ChartOverlay(QWidget):
    """Draws over a chart; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._chart: Chart | None = None
        self._area: Area | None = None
        self._note: Note | None = None

    def display(self, chart: Chart, area: Area) -> None:
        """Show what lies over a chart."""
        self._chart, self._area, self._note = chart, area, None
        self.update()

    def point_at(self, note: Note | None) -> None:
        """Say what a point is; None: nothing."""
        if note != self._note:
            self._note = note
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw it."""
        painter = QPainter(self)
        self.paint_on(painter)
        painter.end()

    def paint_on(self, painter: QPainter) -> None:
        """Draw it onto something else: a picture, a file."""
        if self._chart is None or self._area is None:
            return
        font = theme.body_font()
        font.setPointSize(theme.LABEL)
        painter.setFont(font)
        painter.setPen(QPen(QColor(theme.EDGE)))
        painter.drawRect(self._area.rect)
        painter.save()
        painter.setClipRect(self._area.rect)
        _draw_heights(painter, self._chart, self._area)
        _draw_labels(painter, self._chart, self._area)
        _draw_limits(painter, self._chart, self._area)
        painter.restore()
        _draw_legend(painter, self._chart, self._area.rect)
        if self._note is not None:
            _draw_note(painter, self._note, self._area.rect)


def _draw_heights(painter: QPainter, chart: Chart, area: Area) -> None:
    if chart.contours is None:
        return
    for level, x, y in contour_lines(chart.contours):
        middle = len(x) // 2
        place = _placed(chart, area, float(x[middle]), float(y[middle]))
        _draw_text(painter, place, significant(level, 3), theme.FAINT, is_centred=True)


def _draw_labels(painter: QPainter, chart: Chart, area: Area) -> None:
    for series in chart.series:
        for x, y, label in zip(series.x, series.y, series.labels, strict=False):
            place = _placed(chart, area, float(x), float(y))
            if label and np.isfinite(place.x()) and np.isfinite(place.y()):
                _draw_text(painter, place + QPointF(7, -9), label, theme.INK, is_centred=False)


def _draw_limits(painter: QPainter, chart: Chart, area: Area) -> None:
    metrics = QFontMetricsF(painter.font())
    for value, name in chart.lines:
        y = _placed(chart, area, 1.0, value).y()
        left = area.rect.right() - metrics.horizontalAdvance(name) - 2 * _PAD
        if np.isfinite(y):
            place = QPointF(left, y - metrics.height() / 2 - 2)
            _draw_text(painter, place, name, theme.FAINT, is_centred=False)


def _draw_text(
    painter: QPainter, place: QPointF, text: str, colour: str, *, is_centred: bool
) -> None:
    metrics = QFontMetricsF(painter.font())
    width, height = metrics.horizontalAdvance(text) + 2, metrics.height()
    left = place.x() - width / 2 if is_centred else place.x()
    room = QRectF(left, place.y() - height / 2, width, height)
    if is_centred:
        painter.fillRect(room, QColor(theme.FIELD))
    painter.setPen(QPen(QColor(colour)))
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)


def legend_height(chart: Chart, width: float) -> float:
    """Return how high the legend of a chart is that is so wide, px; without names: nothing."""
    rooms = list(_legend_rooms(chart, width, _metrics()))
    return rooms[-1].bottom() + _PAD if rooms else 0.0


def _legend_rooms(chart: Chart, width: float, metrics: QFontMetricsF) -> Iterator[QRectF]:
    """Yield where the names stand: in lines that begin at the left border."""
    x, y = 0.0, 0.0
    for name, _, _ in _entries(chart):
        own = min(width, metrics.horizontalAdvance(name) + _SAMPLE)
        if x and x + own > width:
            x, y = 0.0, y + metrics.height()
        yield QRectF(x, y, own, metrics.height())
        x += own + 8


def _draw_legend(painter: QPainter, chart: Chart, rect: QRectF) -> None:
    """Draw the legend above the plot, where it covers nothing."""
    metrics = QFontMetricsF(painter.font())
    top = rect.top() - legend_height(chart, rect.width())
    rooms = _legend_rooms(chart, rect.width(), metrics)
    for (name, colour, series), room in zip(_entries(chart), rooms, strict=True):
        room.translate(rect.left(), top)
        _draw_sample(painter, QRectF(room.left(), room.top(), 20, room.height()), colour, series)
        painter.setPen(QPen(QColor(theme.INK)))
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room.width() - 24)
        painter.drawText(QPointF(room.left() + 24, room.top() + metrics.ascent()), text)


def _metrics() -> QFontMetricsF:
    font = theme.body_font()
    font.setPointSize(theme.LABEL)
    return QFontMetricsF(font)


def _entries(chart: Chart) -> Sequence[tuple[str, str, Series | None]]:
    curves = theme.CURVES
    series = [(each.name, curves[each.colour % len(curves)], each) for each in chart.series]
    bands = [(each.name, curves[each.colour % len(curves)], None) for each in chart.bands]
    return [each for each in (*series, *bands) if each[0]]


def _draw_sample(painter: QPainter, room: QRectF, colour: str, series: Series | None) -> None:
    middle = room.center()
    if series is None:
        fill = QColor(colour)
        fill.setAlpha(60)
        painter.fillRect(room.adjusted(0, 3, 0, -3), fill)
        return
    if series.style is not Style.POINTS:
        is_dashed = series.style is Style.DASHED
        style = Qt.PenStyle.DashLine if is_dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(colour), 2, style))
        painter.drawLine(QPointF(room.left(), middle.y()), QPointF(room.right(), middle.y()))
    if series.style in {Style.POINTS, Style.BOTH}:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawEllipse(middle, 3.5, 3.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)


def _draw_note(painter: QPainter, note: Note, rect: QRectF) -> None:
    metrics = QFontMetricsF(painter.font())
    text = f"{note.name}  {significant(note.x, 5)}; {significant(note.y, 5)}".strip()
    width, height = metrics.horizontalAdvance(text) + 2 * _PAD, metrics.height() + _PAD
    left = min(note.place.x() + 10, rect.right() - width)
    top = max(rect.top(), note.place.y() - height - 8)
    room = QRectF(left, top, width, height)
    painter.setPen(QPen(QColor(theme.SELECTED), 2))
    painter.drawEllipse(note.place, 5.0, 5.0)
    painter.fillRect(room, QColor(theme.SELECTED))
    painter.setPen(QPen(QColor(theme.FIELD)))
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)


def _placed(chart: Chart, area: Area, x: float, y: float) -> QPointF:
    at = placed(np.array([x]), is_log=chart.is_x_log)[0]
    height = placed(np.array([y]), is_log=chart.is_y_log)[0]
    return area.scales[0].to_scene(float(at), float(height))
