"""From where to where the axes of a chart go, and how values become places on them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from gui.state.plots.chart import Chart, Floats

_MARGIN = 0.06


@dataclass(frozen=True)
class Span:
    """What is shown of both axes; of a logarithmic one in decades."""

    left: float
    """Left end."""
    right: float
    """Right end."""
    low: float
    """Lower end."""
    high: float
    """Upper end."""

    def squared(self, width: float, height: float) -> Span:
        """Return the smallest span around it with one scale on both axes of so many pixels."""
        if width <= 0 or height <= 0:
            return self
        scale = max((self.right - self.left) / width, (self.high - self.low) / height)
        x, y = (self.left + self.right) / 2, (self.low + self.high) / 2
        half, tall = scale * width / 2, scale * height / 2
        return Span(x - half, x + half, y - tall, y + tall)

    def zoomed(self, factor: float, x: float, y: float) -> Span:
        """Return a span so many times as large around a place that stays."""
        return Span(
            x + (self.left - x) * factor, x + (self.right - x) * factor,
            y + (self.low - y) * factor, y + (self.high - y) * factor,
        )  # fmt: skip

    def moved(self, x: float, y: float) -> Span:
        """Return it moved."""
        return Span(self.left + x, self.right + x, self.low + y, self.high + y)


def placed(values: Floats, *, is_log: bool) -> Floats:
    """Return where values lie on an axis; what has no logarithm is a NaN."""
    if not is_log:
        return values
    return np.log10(np.where(values > 0, values, np.nan))


def span_of(chart: Chart) -> Span:
    """Return what a chart shows: all of it, with a margin."""
    left, right = _ends(placed(each, is_log=chart.is_x_log) for each in _xs(chart))
    low, high = _ends(placed(each, is_log=chart.is_y_log) for each in _ys(chart))
    return Span(left, right, low, high)


def _xs(chart: Chart) -> Iterator[Floats]:
    yield from (each.x for each in chart.series)
    yield from (each.x for each in chart.bands)
    if chart.contours is not None:
        yield chart.contours.x


def _ys(chart: Chart) -> Iterator[Floats]:
    for each in chart.series:
        yield each.y
        if each.error is not None:
            yield each.y - each.error
            yield each.y + each.error
    for band in chart.bands:
        yield band.low
        yield band.high
    if chart.contours is not None:
        yield chart.contours.y
    yield np.array([value for value, _ in chart.lines])


def _ends(values: Iterable[Floats]) -> tuple[float, float]:
    low, high = math.inf, -math.inf
    for each in values:
        known = each[np.isfinite(each)]
        if len(known):
            low, high = min(low, float(known.min())), max(high, float(known.max()))
    if not low <= high:
        return 0.0, 1.0
    margin = _MARGIN * (high - low) or abs(high) * 0.05 or 0.5
    return low - margin, high + margin
