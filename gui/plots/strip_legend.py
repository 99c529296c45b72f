"""The legend of a strip: a line above its plot, or as many as have room; names give way."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from gui import theme
from gui.plots.lane import NO_TIME, Entry, Lane
from gui.state.plots.stack_layout import shares

_SAMPLE = 16.0
_PAD = 4.0
_APART = 10.0
_VALUE = "−8888.8 "
"""As wide as values mostly are, so that names do not move with each value."""


def lines_wanted(lane: Lane, width: float, metrics: QFontMetricsF) -> int:
    """Return how many lines a legend would fill, of a width, px."""
    widths = [_title_width(lane, metrics), *_widths(lane.legend(NO_TIME), metrics)]
    return max(1, -int(-(sum(widths) + _APART) // max(1.0, width)))


def draw_legend(painter: QPainter, lane: Lane, time: float) -> None:
    """Draw a legend with the values at a time (`NO_TIME`: the newest)."""
    metrics, room = QFontMetricsF(painter.font()), lane.legend_rect
    entries, height = lane.legend(time), metrics.height()
    lines = max(1, round(room.height() / height))
    per_line = -(-len(entries) // lines)
    title = _title_width(lane, metrics)
    wanted = _widths(entries, metrics)
    if title and title + sum(wanted[:per_line]) <= room.width():
        painter.setPen(QPen(QColor(theme.FAINT)))
        painter.drawText(QPointF(room.left(), room.top() + metrics.ascent()), lane.plan.title)
    else:
        title = 0.0
    for number in range(lines):
        part = slice(number * per_line, (number + 1) * per_line)
        x, y = room.left() + title, room.top() + number * height
        widths = shares(wanted[part], room.width() - title)
        for entry, width in zip(entries[part], widths, strict=True):
            _draw_entry(painter, QRectF(x, y, width, height), entry, metrics)
            x += width


def _title_width(lane: Lane, metrics: QFontMetricsF) -> float:
    return metrics.horizontalAdvance(lane.plan.title) + _APART if lane.plan.title else 0.0


def _widths(entries: Sequence[Entry], metrics: QFontMetricsF) -> list[float]:
    least = metrics.horizontalAdvance(_VALUE)
    return [
        _SAMPLE
        + metrics.horizontalAdvance(each.name)
        + max(metrics.horizontalAdvance(each.value), least)
        + 2 * _PAD
        + _APART
        for each in entries
    ]


def _draw_entry(painter: QPainter, room: QRectF, entry: Entry, metrics: QFontMetricsF) -> None:
    style = Qt.PenStyle.DashLine if entry.is_dashed else Qt.PenStyle.SolidLine
    painter.setPen(QPen(QColor(entry.colour), 2, style))
    middle = room.center().y()
    painter.drawLine(QPointF(room.left(), middle), QPointF(room.left() + _SAMPLE - 2, middle))
    painter.setPen(QPen(QColor(entry.colour)))
    value = metrics.horizontalAdvance(entry.value)
    left = room.width() - _SAMPLE - _PAD - _APART - value
    name = metrics.elidedText(entry.name, Qt.TextElideMode.ElideRight, max(0.0, left))
    x, y = room.left() + _SAMPLE + 2, room.top() + metrics.ascent()
    painter.drawText(QPointF(x, y), name)
    x += metrics.horizontalAdvance(name) + (_PAD if name else 0.0)
    painter.drawText(QPointF(x, y), entry.value)
