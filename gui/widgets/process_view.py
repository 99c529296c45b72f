"""Draws the process picture as large as its room allows."""

from __future__ import annotations

from dataclasses import dataclass

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

from bench.channel import Quality
from gui import theme
from gui.state.mimic import EquipmentState, FittedEquipment, FittedPipe, MimicState, Value
from gui.state.process_picture import Point
from gui.widgets.equipment_shapes import body_of, draw_equipment
from gui.widgets.priority_mark import draw_mark
from gui.words import Words

_STANDING = "#DCDCDC"
"""Of equipment of which it is not known whether it runs."""
_OUTLINE = "#5A5A5A"
_FLOWING, _STILL, _PIPE = "#4A4A4A", "#A6A6A6", "#787878"
_SMALLEST, _LARGEST = 11, 15
"""Size of text, pixels."""


@dataclass(frozen=True)
class _Line:
    """One line of a caption."""

    label: str
    text: str
    colour: str

    @property
    def whole(self) -> str:
        """Label and text."""
        return f"{self.label} {self.text}".strip()


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
        font = QFont(self.font())
        font.setPixelSize(min(max(round(self._unit * 0.47), _SMALLEST), _LARGEST))
        painter.setFont(font)
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
        for each, shown in pairs:
            self._draw_caption(painter, each, shown)
        for each, shown in pairs:
            self._draw_alarm(painter, each, shown)
        painter.end()

    @property
    def _unit(self) -> float:
        """Pixels per cell of the grid."""
        columns, rows = self._state.picture.size
        return max(min(self.width() / columns, self.height() / rows), 1.0)

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

    def _draw_caption(
        self, painter: QPainter, each: FittedEquipment, shown: EquipmentState
    ) -> None:
        lines = self._lines(each, shown)
        if not lines:
            return
        metrics, side = QFontMetricsF(painter.font()), each.drawn.caption
        widths = [metrics.horizontalAdvance(line.whole) for line in lines]
        box = self._box(each)
        around = body_of(each.drawn.kind, box) if side == "inside" else box
        area = _caption_area(around, side, max(widths), metrics.height() * len(lines))
        if side not in {"inside", "corner"}:
            painter.fillRect(area, QColor(theme.PANEL))
        is_dark = side == "inside" and bool(shown.is_active)
        for number, (line, width) in enumerate(zip(lines, widths, strict=True)):
            left = area.left() + _indent(side, area.width() - width)
            base = area.top() + number * metrics.height() + metrics.ascent()
            painter.setPen(QColor(theme.FIELD if is_dark else theme.FAINT))
            painter.drawText(QPointF(left, base), line.label)
            painter.setPen(QColor(theme.FIELD if is_dark else line.colour))
            right = left + width - metrics.horizontalAdvance(line.text)
            painter.drawText(QPointF(right, base), line.text)

    def _lines(self, each: FittedEquipment, shown: EquipmentState) -> list[_Line]:
        """Return the lines of a caption; in the corner of a room all in one."""
        label = self._words.of(each.drawn.label)
        if shown.is_doubtful and each.drawn.caption == "inside":
            label = f"? {label}"
        lines = [self._line(value) for value in shown.values]
        if not label:
            return lines
        if each.drawn.caption == "corner" and len(lines) == 1:
            return [_Line(label, lines[0].text, lines[0].colour)]
        return [_Line(label, "", theme.FAINT), *lines]

    def _line(self, value: Value) -> _Line:
        label = self._words.of(value.label)
        if value.quality is not Quality.OK:
            return _Line(label, f"✕ {value.text}", theme.DIAGNOSTIC)
        if value.is_forced:
            return _Line(label, f"■ {value.text}", theme.SHELVED)
        return _Line(label, value.text, theme.INK)

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

    def _told_at(self, place: QPointF) -> str:
        for each, shown in reversed(
            list(zip(self._state.picture.equipment, self._state.equipment, strict=True))
        ):
            if each.drawn.kind != "room" and self._box(each).adjusted(-3, -3, 3, 3).contains(place):
                return "\n".join(self._told(each, shown))
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


def _depth(pipe: tuple[FittedPipe, bool | None]) -> int:
    """Return how near a pipe is: one in which something flows hides one in which nothing does."""
    return (False, None, True).index(pipe[1])


def _caption_area(box: QRectF, side: str, width: float, height: float) -> QRectF:
    area = QRectF(0, 0, width, height)
    area.moveCenter(box.center())
    if side == "below":
        area.moveTop(box.bottom() + 5)
    elif side == "above":
        area.moveBottom(box.top() - 4)
    elif side == "left":
        area.moveRight(box.left() - 5)
    elif side == "right":
        area.moveLeft(box.right() + 5)
    elif side == "corner":
        area.moveTopLeft(box.topLeft() + QPointF(5, 2))
    return area


def _indent(side: str, spare: float) -> float:
    """Return how far a line is moved to the right in its caption."""
    if side in {"right", "corner"}:
        return 0.0
    return spare if side == "left" else spare / 2


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
