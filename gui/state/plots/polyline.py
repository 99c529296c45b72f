"""What of a curve stands alone, which range shows it, and what is read of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from gui.state.plots.picture import Floats, Trace

_NEAR = 0.5
"""A limit is shown where it is no farther from the values than this share of their span."""
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_PARTS = 4


def lone_points(trace: Trace) -> tuple[Floats, Floats]:
    """Return the points that no line reaches: between two gaps, with one value."""
    known = np.isfinite(trace.low)
    padded = np.concatenate([[False], known, [False]])
    alone = known & ~padded[:-2] & ~padded[2:] & (trace.low == trace.high)
    return trace.times[alone], trace.low[alone]


def value_span(
    traces: Iterable[Trace], start: float, end: float, limits: Sequence[float] = ()
) -> tuple[float, float]:
    """Return from where to where an axis of values goes; it moves in steps, not with each value.

    Args:
        traces: Curves on it.
        start: Left end of what is shown, s.
        end: Right end.
        limits: Lines that are shown where they are near.
    """
    ends = [_ends(trace, start, end) for trace in traces]
    low = min((each[0] for each in ends), default=math.inf)
    high = max((each[1] for each in ends), default=-math.inf)
    if not low <= high:
        low, high = (min(limits), max(limits)) if limits else (0.0, 1.0)
    reach = _NEAR * max(high - low, abs(high) * 0.1)
    near = [limit for limit in limits if low - reach <= limit <= high + reach]
    return rounded_span(min(low, *near, low), max(high, *near, high))


def rounded_span(low: float, high: float) -> tuple[float, float]:
    """Return a span with round ends around another one."""
    span = high - low
    least = max(max(abs(low), abs(high)) * 1e-9, 1e-300)
    if not span > least:
        half = abs(high) * 0.05 or 0.5
        return low - half, high + half
    wanted = span / _PARTS
    power = 10.0 ** math.floor(math.log10(wanted))
    step = next((part * power for part in _STEPS if part * power >= wanted), 10.0 * power)
    first, last = math.floor(low / step), math.ceil(high / step)
    margin = 0.02 * span
    return min(first * step, low - margin), max(last * step, high + margin)


def value_at(trace: Trace, time: float) -> tuple[float, float]:
    """Return smallest and largest value of a curve at a time; NaN: none."""
    at = int(np.searchsorted(trace.times, time, side="right")) - 1
    if at < 0 or (at == len(trace.times) - 1 and time > _right_end(trace)):
        return math.nan, math.nan
    return float(trace.low[at]), float(trace.high[at])


def last_value(trace: Trace) -> float:
    """Return the newest value of a curve; NaN: none."""
    known = np.flatnonzero(np.isfinite(trace.high))
    return float(trace.high[known[-1]]) if len(known) else math.nan


def _right_end(trace: Trace) -> float:
    """Return how far the last value goes: as far as the one before it."""
    if len(trace.times) < 2:
        return math.inf
    return float(2 * trace.times[-1] - trace.times[-2])


def _ends(trace: Trace, start: float, end: float) -> tuple[float, float]:
    first = max(0, int(np.searchsorted(trace.times, start, side="left")) - 1)
    last = int(np.searchsorted(trace.times, end, side="right")) + 1
    low, high = trace.low[first:last], trace.high[first:last]
    low, high = low[np.isfinite(low)], high[np.isfinite(high)]
    if not (len(low) and len(high)):
        return math.inf, -math.inf
    return float(low.min()), float(high.max())
