"""The mark of an alarm: shape, number and colour of its priority (ISA-101)."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from gui import theme

SIDE = 22
"""Its height and width, px."""
_CORNERS = {
    1: ((0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5)),
    2: ((0.5, 0.0), (1.0, 1.0), (0.0, 1.0)),
    3: ((0.0, 0.0), (1.0, 0.0), (0.5, 1.0)),
}
_NUMBER = {1: 0.5, 2: 0.66, 3: 0.36}  # height at which the number stands


class PriorityMark(QWidget):
    """Shows the mark of a priority; filled: it waits to be acknowledged, else outlined."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._shown = (0, False)

    @override
    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def show_priority(self, priority: int, *, is_filled: bool) -> None:
        """Show a priority, 1 to 3; 0: nothing."""
        if self._shown != (priority, is_filled):
            self._shown = (priority, is_filled)
            self.setAccessibleName(f"{theme.SHAPES.get(priority, '')}{priority or ''}")
            self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        priority, is_filled = self._shown
        if priority in _CORNERS:
            painter = QPainter(self)
            draw_mark(painter, QRectF(self.rect()), priority, is_filled=is_filled)
            painter.end()


def mark_icon(priority: int, *, is_filled: bool, scale: float = 1.0) -> QIcon:
    """Return the mark as an icon.

    Args:
        priority: 1 to 3.
        is_filled: Whether it waits to be acknowledged.
        scale: Pixels of the screen per pixel.
    """
    picture = QPixmap(round(SIDE * scale), round(SIDE * scale))
    picture.setDevicePixelRatio(scale)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    draw_mark(painter, QRectF(0, 0, SIDE, SIDE), priority, is_filled=is_filled)
    painter.end()
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)  # a colour that means something is not tinted
    return icon


def draw_mark(painter: QPainter, place: QRectF, priority: int, *, is_filled: bool) -> None:
    """Draw the mark of a priority, 1 to 3, into a place."""
    colour = QColor(theme.PRIORITIES[priority])
    inner = place.adjusted(2, 2, -2, -2)
    corners = [
        QPointF(inner.left() + x * inner.width(), inner.top() + y * inner.height())
        for x, y in _CORNERS[priority]
    ]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 2))
    painter.setBrush(colour if is_filled else QColor(theme.FIELD))
    painter.drawPolygon(QPolygonF(corners))
    font = painter.font()
    font.setPixelSize(max(round(inner.height() * 0.55), 6))
    font.setBold(True)
    painter.setFont(font)
    is_light = is_filled and priority == 1  # on orange and yellow, only dark numbers can be read
    painter.setPen(QColor(theme.FIELD if is_light else theme.INK))
    middle = inner.top() + _NUMBER[priority] * inner.height()
    half = inner.height() / 2
    number = QRectF(inner.left(), middle - half, inner.width(), 2 * half)
    painter.drawText(number, Qt.AlignmentFlag.AlignCenter, str(priority))
