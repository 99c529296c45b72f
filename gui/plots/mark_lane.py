"""The lane of marks above a stack of plots: steps as boxes, the rest as shapes, gaps hatched."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen

from gui import theme
from gui.state.plots.picture import Mark, MarkKind

_SHAPES = {MarkKind.EVENT: "•", MarkKind.NOTE: "✎", MarkKind.INCIDENT: "▣", MarkKind.ALARM: "▼"}
_LEAST_GAP = 2.0
_TWO_LINES = 24.0
_ORDER = (MarkKind.EVENT, MarkKind.NOTE, MarkKind.INCIDENT, MarkKind.ALARM)


def draw_marks(
    painter: QPainter,
    head: QRectF,
    plots: QRectF,
    marks: Sequence[Mark],
    window: tuple[float, float],
) -> None:
    """Draw marks.

    Args:
        painter: Onto what.
        head: The lane, as wide as the plots.
        plots: The plots beneath.
        marks: What to draw.
        window: From when to when the plots go, s.
    """
    start, end = window
    per_second = plots.width() / (end - start)

    def place(mark: Mark) -> tuple[float, float]:
        left = plots.left() + (mark.start - start) * per_second
        right = plots.left() + (mark.end - start) * per_second
        return max(left, plots.left()), min(right, plots.right())

    painter.save()
    painter.setClipRect(head.united(plots))
    shown = [mark for mark in marks if mark.start <= end and mark.end >= start]
    for mark in shown:
        if mark.kind is MarkKind.GAP:
            _draw_gap(painter, plots, *place(mark))
        elif mark.kind is MarkKind.STEP:
            _draw_step(painter, head, mark, *place(mark))
    taken: dict[tuple[int, int], float] = {}
    for mark in sorted(shown, key=_rank):
        if mark.kind in _SHAPES:
            left, _ = place(mark)
            if left - taken.get(_importance(mark), -9.0) >= _LEAST_GAP:
                _draw_shape(painter, head, plots, mark, left)
                taken[_importance(mark)] = left
    painter.restore()


def mark_at(
    marks: Sequence[Mark], time: float, reach: float, *, is_step: bool = False
) -> Mark | None:
    """Return the mark at a time, the most important first, then the nearest; None: there is none.

    Args:
        marks: What is drawn.
        time: When, s.
        reach: How far it may be away, s.
        is_step: Whether a step, or a gap, is meant that lasts then; else what has a shape.
    """
    if is_step:
        lasting = (mark for mark in marks if mark.kind not in _SHAPES)
        near = [mark for mark in lasting if mark.start - reach <= time <= mark.end + reach]
        return min(near, key=lambda mark: mark.end - mark.start, default=None)
    shaped = (mark for mark in marks if mark.kind in _SHAPES)
    near = [mark for mark in shaped if abs(mark.start - time) <= reach]
    return max(near, key=lambda mark: (_importance(mark), -abs(mark.start - time)), default=None)


def _rank(mark: Mark) -> tuple[tuple[int, int], float]:
    return _importance(mark), mark.start


def _importance(mark: Mark) -> tuple[int, int]:
    return _ORDER.index(mark.kind) if mark.kind in _ORDER else -1, -mark.priority


def _draw_gap(painter: QPainter, plots: QRectF, left: float, right: float) -> None:
    room = QRectF(left, plots.top(), max(1.0, right - left), plots.height())
    painter.fillRect(room, QBrush(QColor(theme.EDGE), Qt.BrushStyle.BDiagPattern))


def _draw_step(painter: QPainter, head: QRectF, mark: Mark, left: float, right: float) -> None:
    # Where the lane has but one line, steps fill it and the shapes stand on them.
    height = head.height() / 2 if head.height() >= _TWO_LINES else head.height()
    room = QRectF(left, head.top(), max(1.0, right - left), height)
    painter.fillRect(room, QColor(theme.PANEL))
    painter.setPen(QPen(QColor(theme.EDGE)))
    painter.drawRect(room)
    metrics, width = QFontMetricsF(painter.font()), room.width() - 6
    whole = metrics.horizontalAdvance(mark.text) <= width
    own = mark.text if whole else mark.text.rpartition("/")[2]
    text = metrics.elidedText(own, Qt.TextElideMode.ElideRight, width)
    if len(text) > 1:
        painter.setPen(QPen(QColor(theme.INK)))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(room.adjusted(3, 0, 0, 0), flags, text)


def _draw_shape(painter: QPainter, head: QRectF, plots: QRectF, mark: Mark, x: float) -> None:
    colour = QColor(theme.PRIORITIES.get(mark.priority, theme.FAINT))
    shape = theme.SHAPES.get(mark.priority, _SHAPES[mark.kind])
    if mark.kind is MarkKind.ALARM:
        shape += str(mark.priority)
        painter.setPen(QPen(colour, 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, plots.top()), QPointF(x, plots.bottom()))
    painter.setPen(QPen(colour))
    top = head.center().y() if head.height() >= _TWO_LINES else head.top()
    room = QRectF(x - 15, top, 30, head.bottom() - top)
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, shape)
