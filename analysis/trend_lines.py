"""Straight lines through a series: simple, comparable with older reports, and blind to steps."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from analysis.checks import FloatArray, as_trace

MOST_POINTS: Final = 500
"""Theil and Sen take every pair; longer series are averaged to so many means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A least squares line."""

    slope: float
    """Unit of the series per s."""
    standard_error: float
    """As for independent residuals."""


def line(*, times: ArrayLike, values: ArrayLike) -> Line:
    """Return the least squares line through values at times (s, increasing), shape (n,).

    Raises:
        ValueError: if shapes differ, a value is not finite, times do not increase, or n < 3.
    """
    time, value = as_trace(times=times, values=values, at_least=3)
    centred = time - time.mean()
    power = float(centred @ centred)
    slope = float(centred @ value) / power
    residual = value - value.mean() - slope * centred
    variance = float(residual @ residual) / (time.size - 2)
    return Line(slope=slope, standard_error=math.sqrt(variance / power))


def theil_sen(*, times: ArrayLike, values: ArrayLike) -> float:
    """Return the median slope between all pairs of at most 500 means, unit of values per s.

    Raises:
        ValueError: as `line`.
    """
    time, value = as_trace(times=times, values=values, at_least=3)
    if time.size > MOST_POINTS:
        time, value = _means(time), _means(value)
    first, second = np.triu_indices(time.size, 1)
    return float(np.median((value[second] - value[first]) / (time[second] - time[first])))


def two_point(*, times: ArrayLike, values: ArrayLike, window: float = 86400.0) -> float:
    """Return the median of the last window less that of the first, over the time between, per s.

    Args:
        times: s, increasing, shape (n,).
        values: shape (n,).
        window: s.

    Raises:
        ValueError: as `line`; also if the series is not longer than the window.
    """
    time, value = as_trace(times=times, values=values, at_least=3)
    first, last = time <= time[0] + window, time >= time[-1] - window
    between = float(np.mean(time[last]) - np.mean(time[first]))
    if time[-1] - time[0] <= window:
        raise ValueError("the series must be longer than the window of its two points")
    return float(np.median(value[last]) - np.median(value[first])) / between


def _means(samples: FloatArray) -> FloatArray:
    edges = np.linspace(0, samples.size, MOST_POINTS + 1).astype(np.intp)[:-1]
    counts = np.diff(np.append(edges, samples.size))
    return np.add.reduceat(samples, edges) / counts
