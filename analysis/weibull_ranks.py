"""The Weibull distribution by median-rank regression: a cross-check of maximum likelihood.

Failures in order get the median rank of Benard, (i - 0.3) / (n + 0.4), as their share failed. A
suspension before a failure makes its place uncertain: the order i then grows by more than 1
(Johnson's rank adjustment). A line through ln(-ln(1 - F)) over ln t gives the distribution; the
residuals along ln t are made least, since times scatter and ranks do not (Abernethy).

Where this and maximum likelihood differ a lot, the lives are no single Weibull distribution. It
has no interval: the points of a rank plot are not independent of each other.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from analysis.checks import FloatArray, as_samples, require_positive
from analysis.weibull import Weibull


@dataclass(frozen=True, slots=True, kw_only=True)
class RankFit:
    """A line through a Weibull plot."""

    distribution: Weibull
    """What the line says."""
    correlation: float
    """Of ln t with ln(-ln(1 - F)), 0..1."""
    lives: tuple[float, ...] = field(repr=False)
    """Lives at failure, increasing; for a plot."""
    shares: tuple[float, ...] = field(repr=False)
    """Their median ranks: share failed, 0..1."""


def median_ranks(*, failures: ArrayLike, suspensions: ArrayLike = ()) -> FloatArray:
    """Return Benard's median rank of each failure, in the order of lives, shape (r,).

    Args:
        failures: lives at failure, shape (r,), any order.
        suspensions: lives of the other units; one equal to a failure counts as longer.

    Raises:
        ValueError: if there is no failure or a life is no number above zero.
    """
    failed = np.sort(as_samples("failures", failures))
    suspended = np.asarray(suspensions, dtype=np.float64)
    if suspended.size:
        suspended = as_samples("suspensions", suspended)
        require_positive(suspensions=suspended)
    require_positive(failures=failed)
    count = failed.size + suspended.size
    order = 0.0
    orders: list[float] = []
    for place, life in enumerate(failed):
        before = place + int((suspended < life).sum())
        order += (count + 1.0 - order) / (1.0 + count - before)
        orders.append(order)
    return (np.array(orders) - 0.3) / (count + 0.4)


def fit_ranks(*, failures: ArrayLike, suspensions: ArrayLike = ()) -> RankFit:
    """Return the Weibull distribution through the median ranks.

    Args:
        failures: lives at failure, shape (r,), two different ones at least.
        suspensions: lives of the other units.

    Raises:
        ValueError: if there are fewer than two failures, all at one time, or a life is no number
            above zero.
    """
    shares = median_ranks(failures=failures, suspensions=suspensions)
    lives = np.sort(as_samples("failures", failures))
    across = np.log(lives) - float(np.log(lives).mean())
    height = np.log(-np.log1p(-shares))
    up = height - float(height.mean())
    if lives.size < 2 or lives[0] == lives[-1]:
        raise ValueError("a line through ranks needs failures at two different times at least")
    slope = float(up @ up) / float(across @ up)
    middle = float(np.log(lives).mean()) - float(height.mean()) / slope
    norm = math.sqrt(float(across @ across) * float(up @ up))
    return RankFit(
        distribution=Weibull(shape=slope, scale=math.exp(middle)),
        correlation=min(1.0, float(across @ up) / norm),
        lives=tuple(float(life) for life in lives),
        shares=tuple(float(share) for share in shares),
    )
