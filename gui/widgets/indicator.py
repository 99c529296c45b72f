"""The moving analogue indicator: a value on its scale, among its limits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from bench.channel import Quality
from bench.messages import Bilingual
from gui import theme
from gui.state.console.gauges import GaugeState, Segment
from gui.widgets.priority_mark import draw_mark
from gui.words import Words

_BAR = 9.0
"""Height of the bar, pixels."""
_POINTER = 7.0
"""Height of the pointer, pixels."""
_MARGIN = 6.0
_BARE = "#E4E4E4"
_DESIRED = "#AEBECB"
_BEYOND = ("#C4C4C4", "#B2B2B2", "#A0A0A0")
"""Beyond one, two, three limits."""
_FADED = "#9A9A9A"
_QUALITIES: Mapping[Quality, str] = MappingProxyType(
    {
        Quality.STALE: "gauge.stale",
        Quality.BAD: "gauge.bad",
        Quality.DISCONNECTED: "gauge.disconnected",
    }
)


class Indicator(QWidget):
    """Shows one gauge: title, value, and the value on its scale.

    The bar has the band in which the value is wanted, and a tone darker for each limit. The filled
    arrow above it is the value, the open one below is the demand. A part of the bar beyond a limit
    is coloured while the value is in it, and the limit's priority stands beside the value.
    """

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._state = GaugeState("", Bilingual(""), "", "")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        words.changed.connect(self._speak)

    def display(self, state: GaugeState) -> None:
        """Show a gauge; costs nothing where it is as before."""
        if state == self._state:
            return
        is_other = state.channel != self._state.channel
        self._state = state
        if is_other:
            self.setObjectName(f"gauge_{state.channel}")
        self._speak()
        self.update()

    @property
    def note(self) -> str:
        """What is said beside the value: of its quality, else by hand, else the demand."""
        state, words = self._state, self._words
        if state.quality is not Quality.OK:
            return words.text(_QUALITIES[state.quality])
        if state.is_forced:
            return words.text("gauge.forced")
        if state.demand_text:
            return words.text("gauge.demand", value=state.demand_text)
        return ""

    @override
    def sizeHint(self) -> QSize:
        """Return how much room it likes."""
        return QSize(186, self._height() + 8)

    @override
    def minimumSizeHint(self) -> QSize:
        """Return how much room it needs."""
        return QSize(122, self._height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(_MARGIN, 3, -_MARGIN, -3)
        title, value = QFontMetricsF(self._label_font()), QFontMetricsF(self._value_font())
        self._draw_title(painter, area)
        line = QRectF(area.left(), area.top() + title.height(), area.width(), value.height())
        self._draw_value(painter, line)
        if self._state.ends is not None:
            bar = QRectF(area.left(), area.bottom() - _BAR - _POINTER, area.width(), _BAR)
            self._draw_bar(painter, bar)
            self._draw_demand(painter, bar)
            self._draw_pointer(painter, bar)
        painter.end()

    def _height(self) -> int:
        title, value = QFontMetricsF(self._label_font()), QFontMetricsF(self._value_font())
        return math.ceil(title.height() + value.height() + _BAR + 2 * _POINTER + 8)

    def _label_font(self) -> QFont:
        font = QFont(self.font())
        font.setPointSize(theme.LABEL)
        return font

    def _value_font(self) -> QFont:
        font = QFont(self.font())
        font.setPointSize(theme.VALUE)
        return font

    def _speak(self) -> None:
        state, words = self._state, self._words
        title = words.of(state.title) or state.channel
        shown = f"{state.text} {state.unit}".rstrip()
        self.setAccessibleName(f"{title}: {shown} {self.note}".rstrip())
        lines = [title, state.channel, shown, self.note]
        if state.ends is not None:
            low, high = state.ends
            lines.append(words.text("gauge.scale", low=low, high=high, unit=state.unit))
        lines += [
            words.text("gauge.limit", mark=f"{theme.SHAPES[x.priority]}{x.priority}", text=x.text)
            for x in state.segments
        ]
        self.setToolTip("\n".join(line for line in lines if line))
        self.update()

    def _draw_title(self, painter: QPainter, area: QRectF) -> None:
        font = self._label_font()
        painter.setFont(font)
        painter.setPen(QColor(theme.FAINT))
        title = self._words.of(self._state.title) or self._state.channel
        metrics = QFontMetricsF(font)
        shown = metrics.elidedText(title, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, shown)

    def _draw_value(self, painter: QPainter, line: QRectF) -> None:
        state, font = self._state, self._value_font()
        metrics = QFontMetricsF(font)
        base = line.top() + metrics.ascent()
        is_good = state.quality is Quality.OK
        painter.setFont(font)
        painter.setPen(QColor(theme.INK if is_good else _FADED))
        painter.drawText(QPointF(line.left(), base), state.text)
        right = line.left() + metrics.horizontalAdvance(state.text) + 4
        small = self._label_font()
        painter.setFont(small)
        painter.setPen(QColor(theme.FAINT))
        painter.drawText(QPointF(right, base), state.unit)
        right += QFontMetricsF(small).horizontalAdvance(state.unit) + 6
        if state.priority:
            mark = QRectF(right, line.top() + 1, metrics.height() - 2, metrics.height() - 2)
            draw_mark(painter, mark, state.priority, is_filled=True)
            right = mark.right() + 4
        self._draw_note(painter, small, QRectF(right, line.top(), line.right() - right, base))

    def _draw_note(self, painter: QPainter, font: QFont, room: QRectF) -> None:
        """Draw what is said beside the value, where there is room; the tooltip says it as well."""
        state, note, metrics = self._state, self.note, QFontMetricsF(font)
        colour = theme.FAINT
        if state.quality is not Quality.OK:
            colour, note = theme.DIAGNOSTIC, f"✕ {note}"
        elif state.is_forced:
            colour, note = theme.SHELVED, f"■ {note}"
        if metrics.horizontalAdvance(note) > room.width():
            note = note[:1] if colour != theme.FAINT else ""
        painter.setFont(font)
        painter.setPen(QColor(colour))
        width = metrics.horizontalAdvance(note)
        painter.drawText(QPointF(room.right() - width, room.height()), note)

    def _draw_bar(self, painter: QPainter, bar: QRectF) -> None:
        painter.fillRect(bar, QColor(_BARE))
        if self._state.desired is not None:
            low, high = self._state.desired
            painter.fillRect(_part(bar, low, max(high, low + 0.01)), QColor(_DESIRED))
        self._draw_segments(painter, bar)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.EQUIPMENT), 1))
        painter.drawRect(bar)

    def _draw_segments(self, painter: QPainter, bar: QRectF) -> None:
        """Draw what lies beyond limits: the wider first, so that the tones add up."""
        for is_upper in (False, True):
            side = [each for each in self._state.segments if (each.end >= 1.0) is is_upper]
            side.sort(key=_width, reverse=True)
            for depth, each in enumerate(each for each in side if each.is_judged):
                tone = theme.PRIORITIES[each.priority]
                colour = tone if each.is_entered else _BEYOND[min(depth, len(_BEYOND) - 1)]
                painter.fillRect(_part(bar, each.start, each.end), QColor(colour))
            for each in side:
                at = each.start if is_upper else each.end
                if 0.0 < at < 1.0:
                    painter.setPen(QPen(QColor(theme.INK), 1))
                    x = bar.left() + at * bar.width()
                    painter.drawLine(QPointF(x, bar.top() - 2), QPointF(x, bar.bottom() + 2))

    def _draw_demand(self, painter: QPainter, bar: QRectF) -> None:
        place = self._state.demand
        if not math.isfinite(place):
            return
        x = bar.left() + min(max(place, 0.0), 1.0) * bar.width()
        painter.setBrush(QColor(theme.PANEL))
        painter.setPen(QPen(QColor(theme.INK), 1.2))
        painter.drawPolygon(_arrow(x, bar.bottom() + 1, _POINTER - 1))

    def _draw_pointer(self, painter: QPainter, bar: QRectF) -> None:
        """Draw the arrow of the value; hollow where the value is not to be trusted."""
        place = self._state.place
        if not math.isfinite(place):
            return
        is_good = self._state.quality is Quality.OK
        painter.setBrush(QColor(theme.INK if is_good else theme.PANEL))
        painter.setPen(QPen(QColor(theme.INK if is_good else theme.DIAGNOSTIC), 1.2))
        x = bar.left() + min(max(place, 0.0), 1.0) * bar.width()
        y = bar.top() - 1
        if 0.0 <= place <= 1.0:
            painter.drawPolygon(_arrow(x, y, -_POINTER))
            return
        tip = x + (_POINTER if place > 1.0 else -_POINTER) * 0.8
        points = [QPointF(x, y - _POINTER), QPointF(x, y), QPointF(tip, y - _POINTER / 2)]
        painter.drawPolygon(QPolygonF(points))


def _part(bar: QRectF, start: float, end: float) -> QRectF:
    return QRectF(
        bar.left() + start * bar.width(), bar.top(), (end - start) * bar.width(), bar.height()
    )


def _width(segment: Segment) -> float:
    return segment.end - segment.start


def _arrow(x: float, y: float, height: float) -> QPolygonF:
    """Return a triangle whose tip is at a place; it opens downwards, upwards where negative."""
    half = abs(height) * 0.7
    base = y + height
    return QPolygonF([QPointF(x, y), QPointF(x - half, base), QPointF(x + half, base)])
