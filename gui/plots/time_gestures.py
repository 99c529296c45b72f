"""What mouse and wheel do on a stack of plots."""

from __future__ import annotations

import math
from dataclasses import replace
from enum import Enum

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip

from gui.plots.lane import NO_TIME
from gui.plots.mark_lane import mark_at
from gui.plots.stack_view import HEAD_LOW, StackView
from gui.state.plots.picture import Mark

_REACH = 5.0
"""How near the mouse has to be to take hold of something, px."""
_NOTCH = 120
_ZOOM = 0.8
"""Of a notch of the wheel."""


class Grip(Enum):
    """What the mouse has hold of."""

    NOTHING = "nothing"
    PLOT = "plot"
    ZOOM = "zoom"
    CURSOR_A = "cursor a"
    CURSOR_B = "cursor b"
    BAND_START = "band start"
    BAND_END = "band end"


class TimeGestures(QObject):
    """Turns what the mouse does on a stack into what is wanted of it."""

    zoomed = Signal(float, float)
    """Factor of the time shown, and which share of the width stays."""
    moved = Signal(float)
    """By which share of the width, to the right."""
    chosen = Signal(float, float)
    """From when to when was dragged over to be zoomed to, s."""
    cursors_moved = Signal(float, float)
    """Where the cursors are now, s."""
    band_moved = Signal(float, float)
    """From when to when the band goes now, s."""
    mark_chosen = Signal(object)
    """The `Mark` that was clicked in the lane above the plots; None: there is none."""

    def __init__(self, view: StackView) -> None:
        """Watch a stack."""
        super().__init__(view)
        self._view = view
        self._grip = Grip.NOTHING
        self._from = self._pressed = QPointF()
        view.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Take what the mouse does; keys and the rest go on."""
        kinds = QEvent.Type
        if isinstance(event, QWheelEvent):
            self._wheel(event)
        elif isinstance(event, QMouseEvent):
            match event.type():
                case kinds.MouseButtonPress:
                    self._press(event)
                    return False  # Qt gives the keyboard to what is clicked
                case kinds.MouseButtonRelease:
                    self._release(event.position())
                case kinds.MouseButtonDblClick:
                    self._free_values(event.position())
                case _:
                    self._move(event.position())
        elif isinstance(event, QHelpEvent):
            self._tell(event)
        elif event.type() == kinds.Leave:
            self._view.point_at(NO_TIME)
            return False
        else:
            return False
        return True

    def _wheel(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / _NOTCH
        if not notches:
            self.moved.emit(-0.1 * event.angleDelta().x() / _NOTCH)
            return
        lane = self._view.lane_at(event.position().y())
        share = self._view.share_at(event.position().x())
        by_value = event.modifiers() & Qt.KeyboardModifier.ControlModifier or share < 0
        if by_value and lane is not None:
            rect = lane.area.rect
            lane.zoom_values(_ZOOM**notches, (rect.bottom() - event.position().y()) / rect.height())
            self._view.change_scene(self._view.scene)
        else:
            self.zoomed.emit(_ZOOM**notches, min(1.0, max(0.0, share)))

    def _press(self, event: QMouseEvent) -> None:
        self._from = self._pressed = event.position()
        is_right = event.button() == Qt.MouseButton.RightButton
        if is_right or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._grip = Grip.ZOOM
        else:
            self._grip = self._near(event.position().x()) or Grip.PLOT

    def _move(self, place: QPointF) -> None:
        view, time = self._view, self._view.time_at(place.x())
        a, b = view.scene.cursors
        start, end = view.scene.band
        match self._grip:
            case Grip.PLOT:
                share = view.share_at(self._from.x()) - view.share_at(place.x())
                self._from = place
                self.moved.emit(share)
            case Grip.ZOOM:
                chosen = (view.time_at(self._from.x()), time)
                view.change_scene(replace(view.scene, chosen=chosen))
            case Grip.CURSOR_A:
                self._place_cursors(time, b)
            case Grip.CURSOR_B:
                self._place_cursors(a, time)
            case Grip.BAND_START:
                self._place_band(time, end)
            case Grip.BAND_END:
                self._place_band(start, time)
            case _:
                self._hover(place, time)

    def _hover(self, place: QPointF, time: float) -> None:
        share = self._view.share_at(place.x())
        self._view.point_at(time if 0.0 <= share <= 1.0 else NO_TIME)
        shape = Qt.CursorShape.SplitHCursor if self._near(place.x()) else Qt.CursorShape.ArrowCursor
        self._view.setCursor(shape)

    def _release(self, place: QPointF) -> None:
        view = self._view
        was, self._grip = self._grip, Grip.NOTHING
        if was is Grip.ZOOM:
            view.change_scene(replace(view.scene, chosen=(NO_TIME, NO_TIME)))
            if abs(place.x() - self._from.x()) > _REACH:
                self.chosen.emit(*sorted((view.time_at(self._from.x()), view.time_at(place.x()))))
        elif was in {Grip.BAND_START, Grip.BAND_END}:
            self._place_band(*sorted(view.scene.band))
        elif place.y() < self._view.scene.head and abs(place.x() - self._pressed.x()) < _REACH:
            self.mark_chosen.emit(self._mark_at(place))

    def _free_values(self, place: QPointF) -> None:
        lane = self._view.lane_at(place.y())
        if lane is not None:
            lane.free_values()
            self._view.show_window(*self._view.window_shown)

    def _place_cursors(self, a: float, b: float) -> None:
        self._view.change_scene(replace(self._view.scene, cursors=(a, b)))
        self.cursors_moved.emit(a, b)

    def _place_band(self, start: float, end: float) -> None:
        self._view.change_scene(replace(self._view.scene, band=(start, end)))
        self.band_moved.emit(start, end)

    def _near(self, x: float) -> Grip | None:
        """Return what lies near a place and can be dragged; None: nothing."""
        reach = abs(self._view.time_at(x + _REACH) - self._view.time_at(x))
        time, scene = self._view.time_at(x), self._view.scene
        grips = (Grip.CURSOR_A, Grip.CURSOR_B, Grip.BAND_START, Grip.BAND_END)
        for grip, at in zip(grips, (*scene.cursors, *scene.band), strict=True):
            if not math.isnan(at) and abs(at - time) <= reach:
                return grip
        return None

    def _mark_at(self, place: QPointF) -> Mark | None:
        """Return the mark at a place: above what lasts, beneath what has a shape."""
        view, x = self._view, place.x()
        reach = abs(view.time_at(x + 2 * _REACH) - view.time_at(x))
        marks, time = view.scene.marks, view.time_at(x)
        # Where the lane has but one line, shapes stand on the steps: they come first.
        if view.scene.head > HEAD_LOW and place.y() < view.scene.head / 2:
            return mark_at(marks, time, 0.0, is_step=True)
        return mark_at(marks, time, reach) or mark_at(marks, time, 0.0, is_step=True)

    def _tell(self, event: QHelpEvent) -> None:
        """Say what a mark stands for."""
        found = self._mark_at(QPointF(event.pos()))
        if found is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(event.globalPos(), found.text, self._view)
