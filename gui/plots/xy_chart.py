"""A plot of one quantity over another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.plots.canvas import Area, Canvas, Scale, pen_of
from gui.plots.chart_overlay import ChartOverlay, Note, legend_height
from gui.plots.contours import contour_lines
from gui.plots.picture_file import save_picture
from gui.state.plots.chart import Chart, Floats, Series, Style
from gui.state.plots.chart_span import Span, placed, span_of

_ZOOM = 0.8
_NOTCH = 120
_BAND_ALPHA = 60
_REACH = 12.0
_TOP = 6.0


class XYChart(QWidget):
    """Lines, points, bands and contours over two axes.

    Wheel: zoom; drag: move; double-click: all of it; the nearest point says what it is.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chart: Chart | None = None
        self._area: Area | None = None
        self._span: Span | None = None
        self._from: QPointF | None = None
        self._canvas = Canvas(self)
        self._canvas.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._overlay = ChartOverlay(self)
        self.setMouseTracking(True)
        self.setMinimumSize(160, 120)

    def display(self, chart: Chart) -> None:
        """Draw a chart; what is the same as before is not touched."""
        if chart is self._chart:
            return
        self._chart = chart
        self._span = None
        self._canvas.clear(_TOP, 12, 4)
        self._area = self._canvas.area(0, 1, (chart.y_label,), is_log=chart.is_y_log)
        self._canvas.bottom(1, 1, chart.x_label, self._area, is_log=chart.is_x_log)
        _draw(chart, self._area.scales[0])
        self._show()

    def save(self, path: Path) -> None:
        """Write what is shown as PNG or SVG, as the name ends.

        Raises:
            BenchError: another ending, or it cannot be written.
        """
        self._canvas.settle()
        save_picture(path, self.size(), self._paint_on)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fill the room there is."""
        super().resizeEvent(event)
        self._canvas.setGeometry(self.rect())
        self._overlay.setGeometry(self.rect())
        self._overlay.raise_()
        self._show()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom around what is pointed at."""
        if self._area is not None and self._span is not None:
            at = self._area.scales[0].from_scene(event.position())
            factor = _ZOOM ** (event.angleDelta().y() / _NOTCH)
            self._span = self._span.zoomed(factor, at.x(), at.y())
            self._show()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take hold of the plot."""
        self._from = event.position()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let it go."""
        self._from = None

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Show all of it."""
        self._span = None
        self._show()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Move the plot, or say what is pointed at."""
        if self._area is None or self._span is None or self._chart is None:
            return
        scale, place = self._area.scales[0], event.position()
        if self._from is not None:
            before, now = scale.from_scene(self._from), scale.from_scene(place)
            self._from = place
            self._span = self._span.moved(before.x() - now.x(), before.y() - now.y())
            self._show()
            return
        self._overlay.point_at(_nearest(self._chart, scale, place))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Say nothing any more."""
        super().leaveEvent(event)
        self._overlay.point_at(None)

    def _show(self) -> None:
        if self._chart is None or self._area is None:
            return
        self._canvas.settle()
        self._canvas.keep_free(_TOP + legend_height(self._chart, self._area.rect.width()))
        self._canvas.settle()
        rect = self._area.rect
        span = self._span or span_of(self._chart)
        self._span = span.squared(rect.width(), rect.height()) if self._chart.is_square else span
        scale = self._area.scales[0]
        scale.set_x(self._span.left, self._span.right)
        scale.set_y(self._span.low, self._span.high)
        self._canvas.settle()
        self._overlay.display(self._chart, self._area)

    def _paint_on(self, painter: QPainter) -> None:
        self._canvas.paint_on(painter, self.rect())
        self._overlay.paint_on(painter)


def _draw(chart: Chart, scale: Scale) -> None:
    """Draw from behind to the front: contours, bands, limits, series."""
    if chart.contours is not None:
        for _, x, y in contour_lines(chart.contours):
            scale.line(pen_of(theme.EQUIPMENT)).set(*_place(chart, x, y))
    for band in chart.bands:
        fill = QColor(colour_of(band.colour))
        fill.setAlpha(_BAND_ALPHA)
        x, low = _place(chart, band.x, band.low)
        scale.between(x, low, _place(chart, band.x, band.high)[1], fill)
    for value, _ in chart.lines:
        at = placed(np.array([value]), is_log=chart.is_y_log)[0]
        if np.isfinite(at):
            scale.level(float(at), pen_of(theme.FAINT, is_dashed=True))
    for series in chart.series:
        _draw_series(chart, scale, series)


def _draw_series(chart: Chart, scale: Scale, series: Series) -> None:
    colour = colour_of(series.colour)
    x, y = _place(chart, series.x, series.y)
    if series.style is not Style.POINTS:
        is_dashed = series.style is Style.DASHED
        scale.line(pen_of(colour, width=1.5, is_dashed=is_dashed)).set(x, y)
    known = np.isfinite(x) & np.isfinite(y)
    if series.error is not None and not chart.is_y_log:
        half = np.where(np.isfinite(series.error), series.error, 0.0)
        scale.bars(x[known], y[known], half[known], pen_of(colour))
    if series.style in {Style.POINTS, Style.BOTH}:
        scale.points(x[known], y[known], colour)


def _place(chart: Chart, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    return placed(x, is_log=chart.is_x_log), placed(y, is_log=chart.is_y_log)


def colour_of(number: int) -> str:
    """Return the n-th colour of curves."""
    return theme.CURVES[number % len(theme.CURVES)]


def _nearest(chart: Chart, scale: Scale, place: QPointF) -> Note | None:
    """Return the point nearest to a place; None: none is near."""
    found = min(_candidates(chart, scale, place), default=None, key=lambda each: each[0])
    if found is None or found[0] > _REACH:
        return None
    _, series, at = found
    x, y = _place(chart, series.x[at : at + 1], series.y[at : at + 1])
    where = scale.to_scene(float(x[0]), float(y[0]))
    return Note(series.name, float(series.x[at]), float(series.y[at]), where)


def _candidates(chart: Chart, scale: Scale, place: QPointF) -> Iterator[tuple[float, Series, int]]:
    """Yield of each series the nearest point, with its distance in pixels."""
    origin, unit = scale.to_scene(0.0, 0.0), scale.to_scene(1.0, 1.0)
    across, up = unit.x() - origin.x(), unit.y() - origin.y()
    for series in chart.series:
        x, y = _place(chart, series.x, series.y)
        distance = np.hypot(origin.x() + x * across - place.x(), origin.y() + y * up - place.y())
        if len(distance) and not np.all(np.isnan(distance)):
            at = int(np.nanargmin(distance))
            yield float(distance[at]), series, at
