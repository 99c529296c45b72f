"""How equipment is drawn: the outlines of plant drawings (ISO 10628), in grey."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPolygonF

Draw = Callable[[QPainter, QRectF], None]
"""Draws a kind of equipment into a box, with the pen and brush that are set."""


def _circle(painter: QPainter, box: QRectF) -> QRectF:
    """Draw the largest circle in the middle of a box; return the square around it."""
    side = min(box.width(), box.height())
    square = QRectF(0, 0, side, side)
    square.moveCenter(box.center())
    painter.drawEllipse(square)
    return square


def _at(box: QRectF, x: float, y: float) -> QPointF:
    """Return a place in a box: 0, 0 is its left upper corner, 1, 1 its right lower one."""
    return QPointF(box.left() + x * box.width(), box.top() + y * box.height())


def _polygon(painter: QPainter, box: QRectF, *places: tuple[float, float]) -> None:
    painter.drawPolygon(QPolygonF([_at(box, x, y) for x, y in places]))


def _lines(painter: QPainter, box: QRectF, *places: tuple[float, float]) -> None:
    painter.drawPolyline(QPolygonF([_at(box, x, y) for x, y in places]))


def _valve(painter: QPainter, box: QRectF) -> None:
    """Two triangles, and the drive above them."""
    body = QRectF(
        box.left(), box.center().y() - box.height() * 0.28, box.width(), box.height() * 0.56
    )
    _polygon(painter, body, (0, 0), (0.5, 0.5), (0, 1))
    _polygon(painter, body, (1, 0), (0.5, 0.5), (1, 1))
    _lines(painter, box, (0.5, 0.5), (0.5, 0.12))
    _lines(painter, box, (0.3, 0.06), (0.7, 0.06))


def _upright_valve(painter: QPainter, box: QRectF) -> None:
    painter.save()
    painter.translate(box.center())
    painter.rotate(90)
    turned = QRectF(-box.height() / 2, -box.width() / 2, box.height(), box.width())
    _valve(painter, turned)
    painter.restore()


def _pump(painter: QPainter, box: QRectF) -> None:
    square = _circle(painter, box)
    _lines(painter, square, (0.5, 0), (1, 0.5), (0.5, 1))


def _blower(painter: QPainter, box: QRectF) -> None:
    square = _circle(painter, box)
    _lines(painter, square, (0.15, 0.15), (0.95, 0.36))
    _lines(painter, square, (0.15, 0.85), (0.95, 0.64))


def _round(painter: QPainter, box: QRectF) -> None:
    _circle(painter, box)


def _plain(painter: QPainter, box: QRectF) -> None:
    painter.drawRect(box)


def _bottle(painter: QPainter, box: QRectF) -> None:
    shape = QPainterPath()
    shoulder = box.height() * 0.28
    shape.moveTo(_at(box, 0, 1))
    shape.lineTo(box.left(), box.top() + shoulder)
    shape.cubicTo(_at(box, 0, 0.1), _at(box, 0.36, 0.16), _at(box, 0.38, 0))
    shape.lineTo(_at(box, 0.62, 0))
    shape.cubicTo(
        _at(box, 0.64, 0.16), _at(box, 1, 0.1), QPointF(box.right(), box.top() + shoulder)
    )
    shape.lineTo(_at(box, 1, 1))
    shape.closeSubpath()
    painter.drawPath(shape)


def _trailer(painter: QPainter, box: QRectF) -> None:
    """Three tubes on wheels."""
    for row in range(3):
        tube = QRectF(
            box.left(), box.top() + row * box.height() * 0.25, box.width(), box.height() * 0.23
        )
        painter.drawRoundedRect(tube, tube.height() / 2, tube.height() / 2)
    radius = box.height() * 0.1
    for x in (0.18, 0.34, 0.82):
        painter.drawEllipse(_at(box, x, 0.88), radius, radius)


def _inlet(painter: QPainter, box: QRectF) -> None:
    _polygon(painter, box, (0, 0.15), (0.6, 0.15), (1, 0.5), (0.6, 0.85), (0, 0.85))


def _chimney(painter: QPainter, box: QRectF) -> None:
    _polygon(painter, box, (0.3, 0.3), (0.7, 0.3), (0.9, 1), (0.1, 1))
    _lines(painter, box, (0.5, 0.22), (0.5, 0), (0.36, 0.1), (0.5, 0), (0.64, 0.1))


def _cooler(painter: QPainter, box: QRectF) -> None:
    painter.drawRect(box)
    _lines(painter, box, (0, 0.5), (0.25, 0.5), (0.4, 0.15), (0.6, 0.85), (0.75, 0.5), (1, 0.5))


def _heater(painter: QPainter, box: QRectF) -> None:
    painter.drawRect(box)
    zigzag = [(0.1 + 0.1 * n, 0.25 if n % 2 else 0.75) for n in range(9)]
    _lines(painter, box, *zigzag)


def _burner(painter: QPainter, box: QRectF) -> None:
    painter.drawRect(box)
    flame = QPainterPath()
    flame.moveTo(_at(box, 0.5, 0.15))
    flame.cubicTo(_at(box, 0.55, 0.4), _at(box, 0.85, 0.5), _at(box, 0.7, 0.8))
    flame.cubicTo(_at(box, 0.6, 0.95), _at(box, 0.4, 0.95), _at(box, 0.3, 0.8))
    flame.cubicTo(_at(box, 0.15, 0.5), _at(box, 0.42, 0.45), _at(box, 0.5, 0.15))
    painter.drawPath(flame)


def _reformer(painter: QPainter, box: QRectF) -> None:
    """A vessel with a bed."""
    radius = box.width() * 0.45
    painter.drawRoundedRect(box, radius, radius)
    _lines(painter, box, (0, 0.28), (1, 0.28), (0, 0.72), (1, 0.72), (0, 0.28))


def _stack(painter: QPainter, box: QRectF) -> None:
    """End plates, and cells between them."""
    painter.drawRect(box)
    for y in (0.08, 0.92):
        _lines(painter, box, (0, y), (1, y))
    for number in range(1, 12):
        y = 0.08 + number * 0.07
        _lines(painter, box, (0.1, y), (0.9, y))


def _engine(painter: QPainter, box: QRectF) -> None:
    """A block under the heads of six cylinders."""
    head = QRectF(box.left(), box.top(), box.width(), box.height() * 0.3)
    block = QRectF(box.left(), head.bottom(), box.width(), box.height() * 0.7)
    painter.drawRect(block)
    for number in range(6):
        width = head.width() / 6
        cylinder = QRectF(head.left() + number * width, head.top(), width, head.height())
        painter.drawRect(cylinder.adjusted(width * 0.1, 0, -width * 0.1, 0))


def _dyno(painter: QPainter, box: QRectF) -> None:
    """A machine with end shields on its feet."""
    body = QRectF(_at(box, 0.1, 0), _at(box, 0.9, 0.86))
    painter.drawRect(body)
    painter.drawRect(QRectF(_at(box, 0, 0.14), _at(box, 0.1, 0.72)))
    painter.drawRect(QRectF(_at(box, 0.9, 0.14), _at(box, 1, 0.72)))
    _polygon(painter, box, (0.16, 0.86), (0.3, 0.86), (0.34, 1), (0.12, 1))
    _polygon(painter, box, (0.7, 0.86), (0.84, 0.86), (0.88, 1), (0.66, 1))


def _turbocharger(painter: QPainter, box: QRectF) -> None:
    """The compressor narrows, the turbine widens along the flow; a shaft joins them."""
    painter.drawRect(QRectF(_at(box, 0.4, 0.44), _at(box, 0.6, 0.56)))
    _polygon(painter, box, (0, 0), (0.4, 0.28), (0.4, 0.72), (0, 1))
    _polygon(painter, box, (0.6, 0.28), (1, 0), (1, 1), (0.6, 0.72))


def _tap(painter: QPainter, box: QRectF) -> None:
    painter.setBrush(painter.pen().color())
    painter.drawEllipse(box.center(), 2.5, 2.5)


def _contactor(painter: QPainter, box: QRectF) -> None:
    painter.drawRect(box)


def _switch(painter: QPainter, box: QRectF, *, is_closed: bool) -> None:
    """Draw the blade of a contactor."""
    tip = (0.8, 0.5) if is_closed else (0.75, 0.15)
    _lines(painter, box, (0, 0.5), (0.2, 0.5), tip)
    _lines(painter, box, (0.8, 0.5), (1, 0.5))
    for x in (0.2, 0.8):
        painter.drawEllipse(_at(box, x, 0.5), 2, 2)


def _room(painter: QPainter, box: QRectF) -> None:
    pen = painter.pen()
    pen.setStyle(Qt.PenStyle.DashLine)
    pen.setWidthF(1.0)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box)


_SHAPES: Mapping[str, Draw] = MappingProxyType(
    {
        "blower": _blower,
        "bottle": _bottle,
        "box": _plain,
        "burner": _burner,
        "chimney": _chimney,
        "contactor": _contactor,
        "controller": _valve,
        "cooler": _cooler,
        "detector": _round,
        "dyno": _dyno,
        "engine": _engine,
        "flow-meter": _round,
        "heater": _heater,
        "inlet": _inlet,
        "outlet": _inlet,
        "pump": _pump,
        "reformer": _reformer,
        "room": _room,
        "stack": _stack,
        "tap": _tap,
        "trailer": _trailer,
        "turbocharger": _turbocharger,
        "valve": _valve,
    }
)


def draw_equipment(
    painter: QPainter, kind: str, box: QRectF, *, is_upright: bool, is_active: bool | None
) -> None:
    """Draw a kind of equipment into a box, with the pen and brush that are set."""
    if kind == "contactor":
        _contactor(painter, box)
        painter.setPen(painter.pen().color().darker(140))
        _switch(painter, box, is_closed=bool(is_active))
    elif is_upright and kind in {"valve", "controller"}:
        _upright_valve(painter, box)
    else:
        _SHAPES[kind](painter, box)


def body_of(kind: str, box: QRectF) -> QRectF:
    """Return the part of the box of a kind of equipment in which words may stand."""
    if kind == "engine":
        return box.adjusted(0, box.height() * 0.3, 0, 0)
    return box.adjusted(0, 0, 0, -box.height() * 0.14) if kind == "dyno" else box
