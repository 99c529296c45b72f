"""A stack of plots over one axis of time, drawn; whoever derives from it handles the mouse."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QResizeEvent
from PySide6.QtWidgets import QScrollBar, QWidget

from gui.plots.lane import NO_TIME, Lane, lane_plans
from gui.plots.lane_stack import MARGIN_RIGHT, LaneStack
from gui.plots.picture_file import save_picture
from gui.plots.strip_canvas import StripCanvas
from gui.plots.time_overlay import HEAD, Scene, TimeOverlay
from gui.state.plots.picture import Curve, Picture
from gui.state.plots.strip_plan import Strip
from gui.state.plots.time_ticks import clock_text, clock_ticks, elapsed_text, elapsed_ticks

_LOW = 300
"""Below this height the lane of marks has one line, px."""
HEAD_LOW = 20
_TICK_WIDTH = 110
LEAST_SPAN = 1e-6
"""Shortest time that is shown, s."""


class StackView(QWidget):
    """Strips of curves over one axis of time, with marks above, two cursors and a band."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._strips: tuple[Strip, ...] = ()
        self._curves: dict[str, Curve] = {}
        self._picture = Picture(0.0, 1.0)
        self._window: tuple[float, float] | None = None
        self._zero_utc_ns: int | None = None
        self._scene = Scene()
        self._canvas = StripCanvas(self)
        self._overlay = TimeOverlay(self)
        self._bar = QScrollBar(Qt.Orientation.Vertical, self)
        self._bar.setObjectName("strip_bar")
        self._bar.hide()
        self._bar.valueChanged.connect(self._show)
        self._lanes = LaneStack(self._bar)
        self.setMinimumSize(200, 120)

    @property
    def window_shown(self) -> tuple[float, float]:
        """Left and right end of what is shown, s on the axis."""
        return self._window or (self._picture.start, self._picture.end)

    @property
    def pixels(self) -> int:
        """How many pixels lie between the ends of the axis."""
        found = self._lanes.width
        return max(1, round(found if found > 1 else self.width() - 60 - MARGIN_RIGHT))

    @property
    def scene(self) -> Scene:
        """What lies over the plots."""
        return self._scene

    def arrange(self, strips: Sequence[Strip]) -> None:
        """Show other strips, from top to bottom."""
        if tuple(strips) != self._strips:
            self._strips = tuple(strips)
            self._build()

    def draw(self, picture: Picture, window: tuple[float, float]) -> None:
        """Draw a picture in a window of time; curves that are the same are not touched."""
        self._picture = picture
        self._curves |= {trace.curve.key: trace.curve for trace in picture.traces}
        self._build()
        self._lanes.draw(picture)
        self.show_window(*window)

    def show_window(self, start: float, end: float) -> None:
        """Show what is drawn in another window of time, s."""
        self._window = (start, end) if end - start > LEAST_SPAN else (start, start + 1.0)
        self._show()

    def set_axis(self, zero_utc_ns: int | None) -> None:
        """Show what the wall clock showed (what 0 s is, ns since 1970); None: elapsed time."""
        self._zero_utc_ns = zero_utc_ns
        self._show()

    def change_scene(self, scene: Scene) -> None:
        """Have something else lie over the plots."""
        self._scene = scene
        self._overlay.display(scene, self._lanes.shown)

    def point_at(self, time: float) -> None:
        """Show the values at a time, s; NaN: the newest."""
        text = "" if math.isnan(time) else self._time_text(time)
        self.change_scene(replace(self._scene, hover=time, hover_text=text))

    def save(self, path: Path) -> None:
        """Write what is shown as PNG or SVG, as the name ends.

        Raises:
            BenchError: another ending, or it cannot be written.
        """
        save_picture(path, self.size(), self._paint_on)

    def time_at(self, x: float) -> float:
        """Return which time lies at a place, s; beyond the plots as well."""
        start, end = self.window_shown
        return start + self.share_at(x) * (end - start)

    def share_at(self, x: float) -> float:
        """Return where in the plots a place lies: 0 left, 1 right."""
        shown = self._lanes.shown
        rect = shown[0].area.rect if shown else None
        return 0.5 if rect is None or rect.width() <= 0 else (x - rect.left()) / rect.width()

    def lane_at(self, y: float) -> Lane | None:
        """Return the lane at a place; None: there is none."""
        rects = ((lane, lane.area.rect) for lane in self._lanes.shown)
        return next((lane for lane, rect in rects if rect.top() <= y <= rect.bottom()), None)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fill the room there is."""
        super().resizeEvent(event)
        self._lanes.forget_lines()
        self._canvas.setGeometry(self.rect())
        self._overlay.setGeometry(self.rect())
        self._overlay.raise_()
        self._bar.raise_()
        self._show()

    def _build(self) -> None:
        """Make the lanes, where they are not as wanted; a curve not drawn yet has no unit."""
        if self._lanes.build(lane_plans(self._strips, self._curves)):
            self._lanes.draw(self._picture)
            self._show()

    def _show(self) -> None:
        """Show the window: areas, axis of time, and what lies over them."""
        start, end = self.window_shown
        head = HEAD if self.height() >= _LOW else HEAD_LOW
        metrics = QFontMetricsF(self._canvas.font())
        self._lanes.place(self.size(), head, metrics)
        self._lanes.show(start, end)
        self._lanes.place_left(self.width(), metrics)
        most = max(2, self.pixels // _TICK_WIDTH)
        if self._zero_utc_ns is None:
            ticks = elapsed_ticks(start, end, most)
        else:
            ticks = clock_ticks(start, end, most, self._zero_utc_ns, None)
        marks = self._picture.marks
        scene = replace(self._scene, start=start, end=end, ticks=ticks, marks=marks, head=head)
        if not start <= scene.hover <= end:
            scene = replace(scene, hover=NO_TIME)
        self._canvas.display(self._lanes.shown, ticks)
        self.change_scene(scene)

    def _time_text(self, time: float) -> str:
        start, end = self.window_shown
        finest = min(1.0, (end - start) / self.pixels)
        if self._zero_utc_ns is None:
            return elapsed_text(time, finest)
        return clock_text(self._zero_utc_ns / 1e9 + time, finest, None)

    def _paint_on(self, painter: QPainter) -> None:
        self._canvas.paint_on(painter)
        self._overlay.paint_on(painter)
