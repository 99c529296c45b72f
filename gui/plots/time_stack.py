"""Plots over time that lie above each other and share one axis of time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from gui.plots.stack_view import LEAST_SPAN, StackView
from gui.plots.time_gestures import TimeGestures
from gui.state.plots.picture import Picture
from gui.state.plots.strip_plan import Strip

CHANNEL_MIME = "application/x-h2bench-channel"
"""What is dragged from a list of channels: `Curve.key` as UTF-8."""
_KEY_SHARE = 0.2
_KEY_ZOOM = 0.5

__all__ = ["CHANNEL_MIME", "Strip", "TimeStack"]


class TimeStack(StackView):
    """Strips of curves over one axis of time, with marks above, two cursors and a band.

    Wheel: zoom; with Ctrl: zoom the values of a strip. Drag: move; with Shift or the right button:
    zoom to what is dragged over. Double-click: the values of a strip as they are. Keys: + and -
    zoom, arrows move, Home shows all.
    """

    wanted = Signal(float, float, int)
    """Another window is shown: left end, right end (s on the axis), pixels between."""
    cursors_moved = Signal(float, float)
    """The cursors are dragged, s; NaN: not shown."""
    band_moved = Signal(float, float)
    """The band is dragged: begin and end, s; NaN: not shown."""
    dropped = Signal(str, int)
    """A channel (`Curve.key`) is dropped on a strip; -1: beside all, for a new one."""
    mark_chosen = Signal(object)
    """The `Mark` that was clicked in the lane above; None: where there is none."""
    followed = Signal(float)
    """How many seconds it follows now; 0: somebody has moved away from the newest values."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole: tuple[float, float] | None = None
        self._follow = 0.0
        self._gestures = TimeGestures(self)
        self._gestures.zoomed.connect(self.zoom_by)
        self._gestures.moved.connect(self.move_by)
        self._gestures.chosen.connect(self.zoom)
        self._gestures.cursors_moved.connect(self.cursors_moved)
        self._gestures.band_moved.connect(self.band_moved)
        self._gestures.mark_chosen.connect(self.mark_chosen)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def arrange(self, strips: Sequence[Strip]) -> None:
        """Show other strips, from top to bottom, and ask for their picture."""
        super().arrange(strips)
        if self._window is not None:
            self.wanted.emit(*self.window_shown, self.pixels)

    def display(self, picture: Picture) -> None:
        """Draw a picture; the first one says what is shown, later ones do not move it."""
        window = self._window or (picture.start, picture.end)
        if self._follow:
            window = (picture.end - self._follow, picture.end)
        self.draw(picture, window)

    def place_cursors(self, a: float, b: float) -> None:
        """Put the cursors somewhere, s; NaN hides one."""
        self.change_scene(replace(self.scene, cursors=(a, b)))

    def place_band(self, start: float, end: float) -> None:
        """Put the band somewhere, s; NaN hides it."""
        self.change_scene(replace(self.scene, band=(start, end)))

    def set_whole(self, start: float, end: float) -> None:
        """Say from when to when there is anything, s; where it follows, it goes on to the end."""
        self._whole = (start, end)
        if self._follow and self.window_shown[1] != end:
            self._ask(end - self._follow, end)

    def zoom(self, start: float, end: float) -> None:
        """Show another window, s on the axis, and ask for its picture."""
        if math.isfinite(start) and math.isfinite(end) and end - start > LEAST_SPAN:
            self._follow_none()
            self._ask(start, end)

    def zoom_out(self) -> None:
        """Show all there is."""
        self.zoom(*(self._whole or (self._picture.start, self._picture.end)))

    def zoom_by(self, factor: float, share: float) -> None:
        """Show so many times the time; the place at a share of the width stays (0: left)."""
        start, end = self.window_shown
        if self._follow:
            self.follow(self._follow * factor)
            return
        at = start + share * (end - start)
        self.zoom(at - (at - start) * factor, at + (end - at) * factor)

    def move_by(self, share: float) -> None:
        """Move by a share of the width, to the right."""
        start, end = self.window_shown
        self.zoom(start + share * (end - start), end + share * (end - start))

    def follow(self, seconds: float) -> None:
        """Keep the newest so many seconds in sight; 0: stay."""
        if seconds != self._follow:
            self._follow = seconds
            self.followed.emit(seconds)
        if seconds > LEAST_SPAN:
            end = self._whole[1] if self._whole else self._picture.end
            self._ask(end - seconds, end)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom and move by keys."""
        keys = Qt.Key
        match event.key():
            case keys.Key_Plus | keys.Key_Equal:
                self.zoom_by(_KEY_ZOOM, 0.5)
            case keys.Key_Minus:
                self.zoom_by(1 / _KEY_ZOOM, 0.5)
            case keys.Key_Left:
                self.move_by(-_KEY_SHARE)
            case keys.Key_Right:
                self.move_by(_KEY_SHARE)
            case keys.Key_Home:
                self.zoom_out()
            case _:
                super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fill the room there is, and ask for a picture of that width."""
        before = self.pixels
        super().resizeEvent(event)
        if self._window is not None and self.pixels != before:
            self.wanted.emit(*self.window_shown, self.pixels)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take channels."""
        if event.mimeData().hasFormat(CHANNEL_MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Say on which strip a channel was dropped."""
        key = bytes(event.mimeData().data(CHANNEL_MIME).data()).decode("utf-8", "replace")
        lane = self.lane_at(event.position().y())
        event.acceptProposedAction()
        self.dropped.emit(key, -1 if lane is None else lane.plan.strip)

    def _ask(self, start: float, end: float) -> None:
        self.show_window(start, end)
        self.wanted.emit(*self.window_shown, self.pixels)

    def _follow_none(self) -> None:
        if self._follow:
            self._follow = 0.0
            self.followed.emit(0.0)
