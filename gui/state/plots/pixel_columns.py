"""How a curve becomes lines on a screen: what lies in a column of pixels is one upright line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gui.state.plots.picture import Floats, Trace

_BEYOND = 20.0
"""Values are drawn so many heights beyond the plot; what is farther lies there as well."""


@dataclass(frozen=True)
class Place:
    """Where a plot lies, and what its ends are."""

    left: float
    """Left border, px."""
    top: float
    """Upper border, px."""
    width: float
    """Of the plot, px; above 0."""
    height: float
    """Of the plot, px; above 0."""
    start: float
    """Time at the left border, s."""
    end: float
    """Time at the right border."""
    low: float
    """Value at the lower border."""
    high: float
    """Value at the upper border."""

    def x(self, times: Floats) -> Floats:
        """Return where times lie, px."""
        return self.left + (times - self.start) * (self.width / (self.end - self.start))

    def y(self, values: Floats) -> Floats:
        """Return where values lie, px; downwards."""
        bottom, far = self.top + self.height, _BEYOND * self.height
        found = bottom - (values - self.low) * (self.height / (self.high - self.low))
        return np.minimum(np.maximum(found, self.top - far), bottom + far)


def segments(trace: Trace, place: Place) -> tuple[Floats, Floats]:
    """Return the lines that draw a curve.

    No extreme is missed: each value of the curve within the place lies on an upright line of its
    column, in whole pixels. A NaN breaks the curve.

    Args:
        trace: What is drawn.
        place: Where.

    Returns:
        The upright lines, and those that join columns which are no neighbours: arrays of
        shape (lines, 4) of x and y of both ends, px.
    """
    first = max(0, int(np.searchsorted(trace.times, place.start, side="left")) - 1)
    last = int(np.searchsorted(trace.times, place.end, side="right")) + 1
    low, high = trace.low[first:last], trace.high[first:last]
    times = trace.times[first:last]
    is_known = np.isfinite(low)
    breaks: NDArray[np.int64] | None = None
    if not is_known.all():
        breaks = np.cumsum(~is_known)[is_known]
        low, high, times = low[is_known], high[is_known], times[is_known]
    if not len(times):
        return np.empty((0, 4)), np.empty((0, 4))
    x = place.x(times)
    columns = np.floor(x)
    is_first = np.ones(len(x), np.bool_)
    np.not_equal(columns[1:], columns[:-1], out=is_first[1:])
    starts = np.flatnonzero(is_first)
    if len(starts) < len(x):
        low, high = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
        columns = columns[starts]
    upper, lower = place.y(high), place.y(low)
    is_near = columns[1:] - columns[:-1] <= 1
    is_whole = np.ones_like(is_near) if breaks is None else _is_whole(breaks, starts)
    far = np.flatnonzero(~is_near & is_whole)
    joins = _joins(x[starts], upper, lower, far) if len(far) else np.empty((0, 4))
    return _upright(columns, upper, lower, is_near & is_whole), joins


def _is_whole(breaks: NDArray[np.int64], starts: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which columns have no gap between them and the one before."""
    return breaks[starts[1:]] == breaks[starts[1:] - 1]


def _upright(columns: Floats, upper: Floats, lower: Floats, is_joined: NDArray[np.bool_]) -> Floats:
    """Return a line per column; it reaches to its left neighbour, so that no hole is seen."""
    found = np.empty((len(columns), 4))
    found[:, 0] = found[:, 2] = columns + 0.5
    found[:, 1], found[:, 3] = upper, lower
    np.minimum(upper[1:], lower[:-1], out=found[1:, 1], where=is_joined)
    np.maximum(lower[1:], upper[:-1], out=found[1:, 3], where=is_joined)
    return found


def _joins(x: Floats, upper: Floats, lower: Floats, at: NDArray[np.intp]) -> Floats:
    """Return what joins columns that are no neighbours: one line, or one for each end."""
    above = np.column_stack([x[at], upper[at], x[at + 1], upper[at + 1]])
    has_two = (upper[at] != lower[at]) | (upper[at + 1] != lower[at + 1])
    below = np.column_stack([x[at], lower[at], x[at + 1], lower[at + 1]])[has_two]
    return np.concatenate([above, below])
