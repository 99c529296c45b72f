"""Words and values beside equipment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from bench.channel import Quality
from bench.messages import Bilingual
from gui import theme
from gui.state.console.mimic import EquipmentState, FittedEquipment, Value
from gui.widgets.equipment_shapes import body_of

Say = Callable[[Bilingual], str]
"""Gives a text in the language of now."""


@dataclass(frozen=True)
class Line:
    """One line of a caption."""

    label: str
    """What it is."""
    text: str = ""
    """Value with its unit."""
    colour: str = theme.FAINT
    """Of the value."""

    @property
    def whole(self) -> str:
        """Label and value."""
        return f"{self.label} {self.text}".strip()


@dataclass(frozen=True)
class Caption:
    """Words and values of a piece of equipment, and where they stand."""

    name: str
    """Equipment."""
    area: QRectF
    """Where."""
    lines: tuple[Line, ...]
    """What."""
    side: str
    """On which side of the equipment."""
    is_dark: bool
    """Whether they stand on equipment that is filled."""

    @property
    def is_beside(self) -> bool:
        """Whether they stand outside of the equipment."""
        return self.side not in {"inside", "corner"}


def caption_of(
    each: FittedEquipment, shown: EquipmentState, box: QRectF, metrics: QFontMetricsF, say: Say
) -> Caption | None:
    """Return the words and values of a piece of equipment; None where it has none.

    Args:
        each: The equipment.
        shown: Its state.
        box: Where it stands.
        metrics: Of the font they are written in.
        say: Gives texts in the language of now.
    """
    lines = _lines(each, shown, say)
    if not lines:
        return None
    side = each.drawn.caption
    around = body_of(each.drawn.kind, box) if side == "inside" else box
    width = max(metrics.horizontalAdvance(line.whole) for line in lines)
    return Caption(
        name=each.name,
        area=_area(around, side, width, metrics.height() * len(lines)),
        lines=tuple(lines),
        side=side,
        is_dark=side == "inside" and bool(shown.is_active),
    )


def draw_caption(painter: QPainter, caption: Caption) -> None:
    """Draw words and values in the font that is set; what is behind them is hidden."""
    metrics, area = QFontMetricsF(painter.font()), caption.area
    if caption.is_beside:
        painter.fillRect(area, QColor(theme.PANEL))
    for number, line in enumerate(caption.lines):
        width = metrics.horizontalAdvance(line.whole)
        left = area.left() + _indent(caption.side, area.width() - width)
        base = area.top() + number * metrics.height() + metrics.ascent()
        painter.setPen(QColor(theme.FIELD if caption.is_dark else theme.FAINT))
        painter.drawText(QPointF(left, base), line.label)
        painter.setPen(QColor(theme.FIELD if caption.is_dark else line.colour))
        right = left + width - metrics.horizontalAdvance(line.text)
        painter.drawText(QPointF(right, base), line.text)


def _lines(each: FittedEquipment, shown: EquipmentState, say: Say) -> list[Line]:
    """Return the lines of a caption; in the corner of a room all in one."""
    label, side = say(each.drawn.label), each.drawn.caption
    if shown.is_doubtful and side == "inside":
        label = f"? {label}"
    lines = [_line(value, say) for value in shown.values]
    if not label:
        return lines
    if side == "corner" and len(lines) == 1:
        return [Line(label, lines[0].text, lines[0].colour)]
    return [Line(label), *lines]


def _line(value: Value, say: Say) -> Line:
    label = say(value.label)
    if value.quality is not Quality.OK:
        return Line(label, f"✕ {value.text}", theme.DIAGNOSTIC)
    if value.is_forced:
        return Line(label, f"■ {value.text}", theme.SHELVED)
    return Line(label, value.text, theme.INK)


def _area(box: QRectF, side: str, width: float, height: float) -> QRectF:
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
