"""Draws the process picture as large as its room allows."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from gui import theme
from gui.state.console.mimic import EquipmentState, FittedEquipment, FittedPipe, MimicState
from gui.state.screens.process_picture import Point
from gui.widgets.captions import Caption, caption_of, draw_caption
from gui.widgets.equipment_shapes import draw_equipment
from gui.widgets.priority_mark import draw_mark
from gui.words import Words

_STANDING = "#DCDCDC"
"""Of equipment of which it is not known whether it runs."""
_OUTLINE = "#5A5A5A"
_FLOWING, _STILL, _PIPE = "#4A4A4A", "#A6A6A6", "#787878"
_SMALLEST, _LARGEST = 11, 15
"""Size of text, pixels."""


class ProcessView(QWidget):
    """Draws the process picture: pipes, equipment, words and values, then alarms."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._state = MimicState()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        words.changed.connect(self.update)

    def display(self, state: MimicState) -> None:
        """Show a picture; costs nothing where it is as before."""
        if state != self._state:
            self._state = state
            self.update()

    @override
    def sizeHint(self) -> QSize:
        """Return how much room it likes."""
        columns, rows = self._state.picture.size
        return QSize(round(columns * 26), round(rows * 26))

    @override
    def minimumSizeHint(self) -> QSize:
        """Return how much room it needs to be read."""
        columns, rows = self._state.picture.size
        return QSize(round(columns * 16), round(rows * 16))

    def box_of(self, name: str) -> QRectF:
        """Return where equipment stands in the widget; an empty box where there is none."""
        for each in self._state.picture.equipment:
            if each.name == name:
                return self._box(each)
        return QRectF()

    def caption_areas(self) -> dict[str, QRectF]:
        """Return equipment → where its words stand outside of it."""
        captions = self._captions(QFontMetricsF(self._written))
        return {each.name: each.area for each in captions if each.is_beside}

    @override
    def event(self, event: QEvent) -> bool:
        """Say what equipment is and which of its alarms there are, under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self._told_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._written)
        picture, state = self._state.picture, self._state
        pairs = list(zip(picture.equipment, state.equipment, strict=True))
        for each, shown in pairs:
            if each.drawn.kind == "room":
                self._draw_equipment(painter, each, shown)
        for pipe, is_flowing in sorted(zip(picture.pipes, state.flows, strict=True), key=_depth):
            self._draw_pipe(painter, pipe, is_flowing=is_flowing)
        for each, shown in pairs:
            if each.drawn.kind != "room":
                self._draw_equipment(painter, each, shown)
        for caption in self._captions(QFontMetricsF(painter.font())):
            draw_caption(painter, caption)
        for each, shown in pairs:
            self._draw_alarm(painter, each, shown)
        painter.end()

    @property
    def _unit(self) -> float:
        """Pixels per cell of the grid."""
        columns, rows = self._state.picture.size
        return max(min(self.width() / columns, self.height() / rows), 1.0)

    @property
    def _written(self) -> QFont:
        """The font of all words; it grows with the picture."""
        font = QFont(self.font())
        font.setPixelSize(min(max(round(self._unit * 0.47), _SMALLEST), _LARGEST))
        return font

    def _captions(self, metrics: QFontMetricsF) -> list[Caption]:
        pairs = zip(self._state.picture.equipment, self._state.equipment, strict=True)
        found = (
            caption_of(each, shown, self._box(each), metrics, self._words.of)
            for each, shown in pairs
        )
        return [caption for caption in found if caption is not None]

    def _place(self, point: Point) -> QPointF:
        unit = self._unit
        columns, rows = self._state.picture.size
        left = (self.width() - columns * unit) / 2
        top = (self.height() - rows * unit) / 2
        return QPointF(left + point[0] * unit, top + point[1] * unit)

    def _box(self, each: FittedEquipment) -> QRectF:
        width, height = each.drawn.extent
        box = QRectF(0, 0, width * self._unit, height * self._unit)
        box.moveCenter(self._place(each.drawn.at))
        return box

    def _draw_pipe(self, painter: QPainter, pipe: FittedPipe, *, is_flowing: bool | None) -> None:
        colour = QColor({True: _FLOWING, False: _STILL, None: _PIPE}[is_flowing])
        pen = QPen(colour, 2.4 if is_flowing else 1.6)
        if pipe.medium == "shaft":
            pen.setWidthF(self._unit * 0.25)
        elif pipe.medium == "electricity":
            pen.setStyle(Qt.PenStyle.DashLine)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        points = [self._place(point) for point in pipe.points]
        painter.drawPolyline(QPolygonF(points))
        if pipe.has_arrow and pipe.medium != "shaft":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawPolygon(_head(points[-2], points[-1], max(self._unit * 0.34, 6)))

    def _draw_equipment(
        self, painter: QPainter, each: FittedEquipment, shown: EquipmentState
    ) -> None:
        is_active = shown.is_active
        pen = QPen(QColor(_OUTLINE), 1.4)
        fill = {True: theme.RUNNING, False: theme.FIELD, None: _STANDING}[is_active]
        if shown.is_doubtful:
            pen = QPen(QColor(theme.DIAGNOSTIC), 1.6, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(QColor(fill))
        box = self._box(each)
        if each.drawn.kind == "contactor":
            painter.setBrush(QColor(theme.FIELD))
        if is_active and each.drawn.kind in {"pump", "blower", "heater", "burner"}:
            painter.setPen(QPen(QColor(theme.FIELD), 1.4))
        draw_equipment(
            painter, each.drawn.kind, box, is_upright=each.drawn.upright, is_active=is_active
        )
        tag = "?" if shown.is_doubtful else each.drawn.tag
        if tag and each.drawn.caption != "inside":
            painter.setPen(QColor(theme.FIELD if is_active else theme.INK))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, tag)

    def _draw_alarm(self, painter: QPainter, each: FittedEquipment, shown: EquipmentState) -> None:
        if not shown.priority and not shown.is_set_aside:
            return
        box = self._box(each).adjusted(-3, -3, 3, 3)
        colour = theme.PRIORITIES[shown.priority] if shown.priority else theme.SHELVED
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colour), 2))
        painter.drawRect(box)
        side = max(self._unit * 0.9, 20.0)
        if shown.priority:
            place = QRectF(box.right() - side / 2, box.top() - side / 2, side, side)
            draw_mark(painter, place, shown.priority, is_filled=shown.is_waiting)
        else:
            painter.fillRect(QRectF(box.right() - 6, box.top() - 6, 12, 12), QColor(colour))

    def _told_at(self, place: QPointF) -> str:
        for each, shown in reversed(
            list(zip(self._state.picture.equipment, self._state.equipment, strict=True))
        ):
            if each.drawn.kind != "room" and self._box(each).adjusted(-3, -3, 3, 3).contains(place):
                return "\n".join(self._told(each, shown))
        return self._pipe_at(place)

    def _pipe_at(self, place: QPointF) -> str:
        """Return what is said of the pipe at a place; empty where there is none."""
        for pipe, is_flowing in zip(self._state.picture.pipes, self._state.flows, strict=True):
            points = [self._place(point) for point in pipe.points]
            if any(_is_near(place, start, end) for start, end in pairwise(points)):
                medium = self._words.text(f"screen.medium-{pipe.medium}")
                flow = {True: "flows", False: "still", None: "flow-unknown"}[is_flowing]
                return self._words.text(f"screen.{flow}", medium=medium)
        return ""

    def _told(self, each: FittedEquipment, shown: EquipmentState) -> list[str]:
        words = self._words
        lines = [words.of(each.drawn.label) or each.name]
        if shown.is_doubtful:
            lines.append(words.text("screen.doubtful"))
        elif shown.is_active is not None:
            is_valve = each.drawn.kind in {"valve", "controller"}
            kind = (
                "valve"
                if is_valve
                else each.drawn.kind
                if each.drawn.kind == "contactor"
                else "other"
            )
            lines.append(words.text(f"screen.{kind}-{'on' if shown.is_active else 'off'}"))
        lines += [f"{words.of(value.label)} {value.text}".strip() for value in shown.values]
        lines += [words.text("screen.alarm", id=limit) for limit in shown.alarms]
        return lines


def _is_near(place: QPointF, start: QPointF, end: QPointF) -> bool:
    """Return whether a place lies on a stretch of a pipe, within what a hand can aim at."""
    return QRectF(start, end).normalized().adjusted(-5, -5, 5, 5).contains(place)


def _depth(pipe: tuple[FittedPipe, bool | None]) -> int:
    """Return how near a pipe is: one in which something flows hides one in which nothing does."""
    return (False, None, True).index(pipe[1])


def _head(before: QPointF, end: QPointF, size: float) -> QPolygonF:
    """Return the head of an arrow at the end of a stretch that runs across or upright."""
    across = abs(end.x() - before.x()) > abs(end.y() - before.y())
    sign = 1 if (end.x() - before.x() if across else end.y() - before.y()) > 0 else -1
    half = size * 0.42
    if across:
        base = end.x() - sign * size
        return QPolygonF([end, QPointF(base, end.y() - half), QPointF(base, end.y() + half)])
    base = end.y() - sign * size
    return QPolygonF([end, QPointF(end.x() - half, base), QPointF(end.x() + half, base)])
