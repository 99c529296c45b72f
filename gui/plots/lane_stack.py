"""The lanes of a stack of plots: which there are, which have room, and where."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QScrollBar

from gui.plots.lane import Lane, LanePlan
from gui.plots.strip_canvas import axis_widths
from gui.plots.strip_legend import lines_wanted
from gui.plots.time_overlay import FOOT
from gui.state.plots.picture import Picture
from gui.state.plots.stack_layout import lane_rooms, lanes_shown

MARGIN_RIGHT = 10
"""Free room right of the plots, px."""


class LaneStack:
    """Lanes above one another; where not all have room, a bar chooses which are shown."""

    def __init__(self, bar: QScrollBar) -> None:
        """Begin without a lane; the bar stands right of the lanes."""
        self._bar = bar
        self._plans: tuple[LanePlan, ...] = ()
        self._lanes: list[Lane] = []
        self._left = 0.0
        self._lines_of: dict[tuple[int, int], int] = {}

    @property
    def all(self) -> list[Lane]:
        """All lanes, from top to bottom."""
        return self._lanes

    @property
    def shown(self) -> list[Lane]:
        """The lanes that have room."""
        return [lane for lane in self._lanes if lane.area.is_shown]

    @property
    def width(self) -> float:
        """Width of the plots, px; 0: none has room."""
        return max((lane.area.rect.width() for lane in self._lanes), default=0.0)

    def build(self, plans: tuple[LanePlan, ...]) -> bool:
        """Make the lanes of plans; return whether they were others before."""
        if plans == self._plans:
            return False
        self._plans = plans
        self._lanes = [Lane(plan) for plan in plans]
        self._left = 0.0
        self.forget_lines()
        return True

    def draw(self, picture: Picture) -> None:
        """Draw the curves of a picture."""
        traces = {trace.curve.key: trace for trace in picture.traces}
        for lane in self._lanes:
            lane.draw(traces)

    def forget_lines(self) -> None:
        """Count anew how many lines the legends fill."""
        self._lines_of.clear()

    def show(self, start: float, end: float) -> None:
        """Show a window of time in the lanes that have room."""
        for lane in self.shown:
            lane.show(start, end)

    def place(self, size: QSize, head: int, metrics: QFontMetricsF) -> None:
        """Give each lane its room below a head; the rest is reached by the bar."""
        line, height = metrics.height(), max(1.0, size.height() - head - FOOT)
        count = lanes_shown(len(self._lanes), height, line) if self._lanes else 0
        width = self._place_bar(count, size.width(), head, round(height))
        right = size.width() - MARGIN_RIGHT - width
        first = self._bar.value()
        shown = self._lanes[first : first + count]
        for lane in self._lanes:
            lane.area.rect = QRectF()
        wanted = [self._lines(lane, round(right - self._left), metrics) for lane in shown]
        for lane, room in zip(shown, lane_rooms(wanted, head, height, line), strict=True):
            across = max(1.0, right - self._left)
            lane.legend_rect = QRectF(self._left, room.top, across, room.lines * line)
            lane.area.rect = QRectF(self._left, room.plot_top, across, room.plot_height)

    def place_left(self, width: int, metrics: QFontMetricsF) -> None:
        """Have all plots begin right of the widest axes; they give no room back by themselves."""
        widths = (sum(axis_widths(lane, metrics, width)) for lane in self.shown)
        left = max(self._left, max(widths, default=0.0) + 2)
        if left != self._left:
            self._left = left
            for lane in self.shown:
                lane.area.rect.setLeft(left)
                lane.legend_rect.setLeft(left)

    def _place_bar(self, count: int, right: int, top: int, height: int) -> int:
        """Return how wide the bar is; 0: all lanes have room."""
        is_needed = count < len(self._lanes)
        self._bar.setVisible(is_needed)
        self._bar.setRange(0, len(self._lanes) - count)
        self._bar.setPageStep(max(1, count))
        width = self._bar.sizeHint().width() if is_needed else 0
        self._bar.setGeometry(right - width, top, width, height)
        return width

    def _lines(self, lane: Lane, width: int, metrics: QFontMetricsF) -> int:
        """Return how many lines a legend would fill; it is counted once for each width."""
        key = (id(lane), width)
        if key not in self._lines_of:
            self._lines_of[key] = lines_wanted(lane, width, metrics)
        return self._lines_of[key]
