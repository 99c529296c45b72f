"""A plot of a strip: where it lies, and its axes of values."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF

from gui.state.plots.pixel_columns import Place
from gui.state.plots.time_ticks import Ticks
from gui.state.plots.value_ticks import value_ticks

_TICK_PITCH = 1.3
_LEAST_SPAN = 1e-300


class Scale:
    """An axis of values over an axis of time; those of a plot lie above each other."""

    def __init__(self, area: StripArea) -> None:
        self._area = area
        self.x_range = (0.0, 1.0)
        """Left and right end, s."""
        self.y_range = (0.0, 1.0)
        """Lower and upper end."""
        self._ticks_of: tuple[float, float, int] | None = None
        self._ticks: Ticks = ()

    def set_x(self, start: float, end: float) -> None:
        """Show from `start` to `end`."""
        if end - start > _LEAST_SPAN:
            self.x_range = (start, end)

    def set_y(self, low: float, high: float) -> None:
        """Show from `low` to `high`."""
        if high - low > _LEAST_SPAN:
            self.y_range = (low, high)

    @property
    def place(self) -> Place:
        """Where it lies, and what its ends are."""
        rect = self._area.rect
        return Place(
            rect.left(), rect.top(), max(1.0, rect.width()), max(1.0, rect.height()),
            *self.x_range, *self.y_range,
        )  # fmt: skip

    def to_scene(self, x: float, y: float) -> QPointF:
        """Return where a point lies, px."""
        place = self.place
        across = (x - place.start) / (place.end - place.start)
        up = (y - place.low) / (place.high - place.low)
        return QPointF(place.left + across * place.width, place.top + (1.0 - up) * place.height)

    def ticks(self, line: float) -> Ticks:
        """Return as many ticks as fit, where a line of text is so high (px)."""
        most = max(1, int(self._area.rect.height() // (line * _TICK_PITCH)))
        wanted = (*self.y_range, most)
        if wanted != self._ticks_of:
            self._ticks_of, self._ticks = wanted, value_ticks(*wanted)
        return self._ticks


class StripArea:
    """A plot: one axis of values or several, the first of them next to it."""

    def __init__(self, count: int) -> None:
        self.rect = QRectF()
        """Where it lies, px; empty: there is no room for it."""
        self.scales = tuple(Scale(self) for _ in range(max(1, count)))
        """One per axis of values; at least one."""

    @property
    def is_shown(self) -> bool:
        """Whether there is room for it."""
        return not self.rect.isEmpty()

    def set_x(self, start: float, end: float) -> None:
        """Show from `start` to `end` on all its scales."""
        for scale in self.scales:
            scale.set_x(start, end)
