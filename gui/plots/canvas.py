"""What we use of pyqtgraph, typed: areas with axes of values, and lines and points in them.

It carries no types and reads a global configuration: here everything is told per item, nothing is
set globally, and its menus and its own handling of the mouse stay off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pyqtgraph as _untyped  # pyright: ignore[reportMissingTypeStubs] - none are published
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QGraphicsGridLayout,
    QGraphicsItem,
    QGraphicsLayoutItem,
    QGraphicsView,
    QGraphicsWidget,
    QVBoxLayout,
    QWidget,
)

from gui import theme

Floats = NDArray[np.float64]
_pg: Any = _untyped
_LEAST_SPAN = 1e-300


def pen_of(colour: str, *, width: float = 1.0, is_dashed: bool = False) -> QPen:
    """Return a pen whose width is in pixels at any zoom."""
    pen = QPen(QColor(colour))
    pen.setWidthF(width)
    pen.setCosmetic(True)
    if is_dashed:
        pen.setStyle(Qt.PenStyle.DashLine)
    return pen


class Line:
    """A line in an area; a NaN breaks it."""

    def __init__(self, item: Any) -> None:
        self._item = item

    def set(self, x: Floats, y: Floats) -> None:
        """Draw other values."""
        self._item.setData(x, y, connect="finite")


class Scale:
    """An area with one axis of values; areas of several axes lie above each other."""

    def __init__(self, box: Any) -> None:
        self._box = box
        self._x = (0.0, 1.0)
        self._y = (0.0, 1.0)

    @property
    def x_range(self) -> tuple[float, float]:
        """Left and right end."""
        return self._x

    @property
    def y_range(self) -> tuple[float, float]:
        """Lower and upper end."""
        return self._y

    def set_x(self, start: float, end: float) -> None:
        """Show from `start` to `end`."""
        if (start, end) != self._x and end - start > _LEAST_SPAN:
            self._x = (start, end)
            self._box.setXRange(start, end, padding=0)

    def set_y(self, low: float, high: float) -> None:
        """Show from `low` to `high`."""
        if (low, high) != self._y and high - low > _LEAST_SPAN:
            self._y = (low, high)
            self._box.setYRange(low, high, padding=0)

    def show_x_on(self, axis: Any) -> None:
        """Have an axis beneath say what is shown of x."""
        axis.linkToView(self._box)

    def line(self, pen: QPen) -> Line:
        """Add a line."""
        item = _pg.PlotCurveItem(pen=pen, antialias=False, skipFiniteCheck=False)
        self._add(item)
        return Line(item)

    def level(self, value: float, pen: QPen) -> None:
        """Add a line across the area."""
        self._add(_pg.InfiniteLine(pos=value, angle=0, pen=pen, movable=False))

    def points(self, x: Floats, y: Floats, colour: str, size: float = 7.0) -> None:
        """Add points."""
        brush = QColor(colour)
        item = _pg.ScatterPlotItem(
            x=x, y=y, size=size, pen=pen_of(colour), brush=brush, antialias=True, pxMode=True
        )
        self._add(item)

    def bars(self, x: Floats, y: Floats, half: Floats, pen: QPen) -> None:
        """Add error bars."""
        self._add(_pg.ErrorBarItem(x=x, y=y, height=2 * half, pen=pen, beam=0.0))

    def between(self, x: Floats, low: Floats, high: Floats, colour: QColor) -> None:
        """Add an area between two lines."""
        lines = [_pg.PlotCurveItem(x=x, y=each, pen=None) for each in (low, high)]
        self._add(_pg.FillBetweenItem(*lines, brush=colour, pen=None))

    def to_scene(self, x: float, y: float) -> QPointF:
        """Return where a point lies, in pixels of the canvas."""
        return cast("QPointF", self._box.mapViewToScene(QPointF(x, y)))

    def from_scene(self, place: QPointF) -> QPointF:
        """Return which point lies at a place of the canvas."""
        return cast("QPointF", self._box.mapSceneToView(place))

    def _add(self, item: Any) -> None:
        self._box.addItem(item, ignoreBounds=True)


class Area:
    """A plot: one axis of values or several, the first of them next to it."""

    def __init__(self, scales: Sequence[Scale], box: QGraphicsWidget) -> None:
        self.scales = tuple(scales)
        """One per axis of values; at least one."""
        self._box = box

    @property
    def rect(self) -> QRectF:
        """Where it lies, in pixels of the canvas."""
        return self._box.sceneBoundingRect()

    def set_x(self, start: float, end: float) -> None:
        """Show from `start` to `end` on all its scales."""
        for scale in self.scales:
            scale.set_x(start, end)


class Canvas(QWidget):
    """Plots from top to bottom, whose left borders stand above each other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._graphics = _pg.GraphicsView(parent=self, background=theme.FIELD)
        self._view = cast("QGraphicsView", self._graphics)
        self._view.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setMinimumSize(0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)
        self._boxes: list[QGraphicsItem] = []
        self._root = QGraphicsWidget()
        self._grid = QGraphicsGridLayout()
        self._free = (0.0, 0.0, 0.0)
        self.clear(0, 0, 0)

    def clear(self, top: float, right: float, bottom: float) -> None:
        """Take all areas away.

        Args:
            top: Space left free above the areas, px.
            right: Beside them.
            bottom: Beneath them.
        """
        for box in self._boxes:
            self._view.scene().removeItem(box)
        self._boxes = []
        self._root = QGraphicsWidget()
        self._grid = QGraphicsGridLayout()
        self._free = (top, right, bottom)
        self._grid.setContentsMargins(4, top, right, bottom)
        self._grid.setHorizontalSpacing(2)
        self._grid.setVerticalSpacing(6)
        self._root.setLayout(self._grid)
        self._graphics.setCentralItem(self._root)

    def area(self, row: int, columns: int, labels: Sequence[str], *, is_log: bool = False) -> Area:
        """Add an area.

        Args:
            row: Which from the top.
            columns: How many axes of values the area with the most of them has.
            labels: One per axis of values: what stands beside it, its unit mostly.
            is_log: Whether the axis of values is logarithmic; its values are decades.
        """
        main: Any = _box()
        place = cast("QGraphicsWidget", main)
        self._grid.addItem(cast("QGraphicsLayoutItem", main), row, columns)
        self._grid.setRowStretchFactor(row, 1)
        self._grid.setColumnStretchFactor(columns, 1)
        scales: list[Scale] = []
        for number, label in enumerate(labels or ("",)):
            box = main if number == 0 else self._above(main, number)
            axis = _axis("left", label)
            if is_log:
                axis.setLogMode(x=False, y=True)
            axis.linkToView(box)
            self._grid.addItem(cast("QGraphicsLayoutItem", axis), row, columns - 1 - number)
            scales.append(Scale(box))
        return Area(scales, place)

    def bottom(self, row: int, columns: int, label: str, area: Area, *, is_log: bool) -> None:
        """Add an axis beneath an area."""
        axis = _axis("bottom", label)
        if is_log:
            axis.setLogMode(x=True, y=False)
        area.scales[0].show_x_on(axis)
        self._grid.addItem(cast("QGraphicsLayoutItem", axis), row, columns)

    def keep_free(self, top: float) -> None:
        """Leave so much space free above the areas, px."""
        _, right, bottom = self._free
        if (top, right, bottom) != self._free:
            self._free = (top, right, bottom)
            self._grid.setContentsMargins(4, top, right, bottom)

    def settle(self) -> None:
        """Lay out what was added, now."""
        self._grid.activate()

    def paint_on(self, painter: QPainter, target: QRect) -> None:
        """Draw everything onto something else: a picture, a file."""
        self._view.render(painter, QRectF(target), self._view.viewport().rect())

    def _above(self, main: Any, number: int) -> Any:
        """Return an area of its own scale above another one, of the same place."""
        box = _box()
        box.setZValue(number)
        self._view.scene().addItem(box)
        self._boxes.append(box)

        def follow() -> None:
            box.setGeometry(main.geometry())

        main.sigResized.connect(follow)
        main.geometryChanged.connect(follow)
        return box


def _box() -> Any:
    box = _pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0.0)
    box.disableAutoRange()
    return box


def _axis(side: str, label: str) -> Any:
    axis = _pg.AxisItem(side, pen=pen_of(theme.EDGE), textPen=QColor(theme.INK), maxTickLength=4)
    axis.enableAutoSIPrefix(False)  # noqa: FBT003 - pyqtgraph's way
    font = theme.body_font()
    font.setPointSize(theme.LABEL)
    axis.setTickFont(font)
    axis.logTickStrings = _decade_texts
    if label:
        axis.setLabel(label)
    return axis


def _decade_texts(decades: Sequence[float], _scale: float, _spacing: float) -> list[str]:
    """Return what stands at the ticks of a logarithmic axis: the values, not their exponents."""
    return [f"{10.0**decade:g}" for decade in decades]
