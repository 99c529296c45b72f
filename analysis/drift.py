"""How a quantity of an engine drifts over kilometres, and how sure that is.

Least squares over the reference tests of one engine:

    y = level_series + slope * x

A repair, an adjustment or a new calibration breaks the series: what comes after has a level of its
own, but wears as fast as before (common slope). Without such a break it is the straight line of
the emission rules (Regulation (EU) 582/2011, annex VII), whose deterioration factors are in
`analysis.deterioration`.

One value per reference test: repeats within one test share its gas, its weather and its warm-up,
and would feign more points than there are. Give their mean, and weights where tests differ in
repeats.

Two things these intervals do not hold. What all points share (the calibration of the one torque
flange) does not average out and does not show as scatter: give it as `systematic`. And the law may
not be a line: `analysis.drift_laws` says what then still holds; the bounds here are those of the
straight line alone.

Kilometres may be any measure of wear that all points share; values have any unit.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.checks import (
    FloatArray,
    as_samples,
    require_confidence,
    require_not_negative,
    require_positive,
)
from analysis.distributions import two_sided_tail
from analysis.drift_results import (
    Curvature,
    DriftBound,
    DriftFit,
    Interval,
    NoDriftCause,
    NoDriftError,
)
from analysis.line_fit import ROUNDING, Influence, solve
from analysis.uncertainty import effective_degrees_of_freedom
from analysis.wear_laws import LINE, WearLaw

__all__ = [
    "LINE",
    "Curvature",
    "DriftBound",
    "DriftFit",
    "Influence",
    "Interval",
    "NoDriftCause",
    "NoDriftError",
    "WearLaw",
    "at",
    "fit",
    "ratio_at",
]

Places = NDArray[np.intp]


def fit(
    *,
    kilometres: ArrayLike,
    values: ArrayLike,
    series: Sequence[int] | None = None,
    weights: ArrayLike | None = None,
    law: WearLaw = LINE,
) -> DriftFit:
    """Return the drift through the reference tests of one engine, by least squares.

    Args:
        kilometres: of the tests, not negative, shape (n,); any order.
        values: of the quantity, one per test, shape (n,).
        series: which unbroken series each test belongs to: a number that grows by every repair,
            adjustment or calibration, shape (n,); None: never broken.
        weights: relative, above zero, shape (n,): a test of weight 4 scatters half as much as
            one of weight 1, for which scatter and predictions are stated; None: all 1.
        law: how the wear grows; the straight line.

    Raises:
        ValueError: if shapes differ, a number is not finite, a distance is negative or a weight
            not above zero.
        NoDriftError: if all tests of every series are at one distance (then nothing shows a
            drift); or if there are not more tests than levels and slope (three without a break).
    """
    if not np.size(kilometres) and not np.size(values):
        raise NoDriftError(NoDriftCause.TOO_FEW, tests=0, series=0)
    x, y, weight = _points(kilometres, values, weights)
    which, count = _series(x, series)
    if x.size < count + 2:
        raise NoDriftError(NoDriftCause.TOO_FEW, tests=x.size, series=count)
    reach = float(x.max())
    if not _shows_slope(x, which, count):
        raise NoDriftError(NoDriftCause.ONE_DISTANCE, tests=x.size, series=count)
    design = np.zeros((x.size, count + 1))
    design[np.arange(x.size), which] = 1.0
    design[:, count] = law.wear(x, reach)
    solved = solve(design, y, weight)
    return DriftFit(
        slope=float(solved.sizes[count]) / reach,
        slope_uncertainty=solved.scatter * math.sqrt(float(solved.inverse[count, count])) / reach,
        levels=tuple(float(level) for level in solved.sizes[:count]),
        scatter=solved.scatter,
        degrees_of_freedom=x.size - count - 1,
        law=law,
        reach=reach,
        nearest=float(x.min()),
        curvature=_curvature(design, x, y, weight),
        influences=solved.influences(slope=count, unit=reach),
        kilometres=tuple(float(each) for each in x),
        values=tuple(float(each) for each in y),
        series=tuple(int(each) for each in which),
        inverse=solved.inverse,
    )


def at(
    fitted: DriftFit,
    *,
    kilometres: float,
    confidence: float = 0.95,
    repeats: float = 1.0,
    systematic: float = 0.0,
    systematic_degrees_of_freedom: float = math.inf,
) -> DriftBound:
    """Return what a drift says at a distance: the line, its bounds, and those of a prediction.

    Args:
        fitted: the drift.
        kilometres: where, not negative; beyond the last test it is an extrapolation.
        confidence: of all intervals, 0.5..1.
        repeats: the prediction is for the mean of so many future tests of weight 1, above zero;
            infinite: for the line itself.
        systematic: standard uncertainty that all tests share, not negative; it does not average
            out.
        systematic_degrees_of_freedom: of it, above zero.

    Raises:
        ValueError: if an argument is impossible.
    """
    require_not_negative(kilometres=float(kilometres))
    return _bound(
        fitted,
        kilometres=float(kilometres),
        value=fitted.value_at(kilometres),
        row=_row(fitted, kilometres),
        unit=1.0,
        confidence=confidence,
        repeats=repeats,
        systematic=systematic,
        systematic_degrees_of_freedom=systematic_degrees_of_freedom,
    )


def ratio_at(
    fitted: DriftFit,
    *,
    kilometres: float,
    start: float,
    confidence: float = 0.95,
    repeats: float = 1.0,
    systematic: float = 0.0,
    systematic_degrees_of_freedom: float = math.inf,
) -> DriftBound:
    """Return what a drift says at a distance as a share of its value at a start.

    Power over that of the new engine, for example. Scatter at both ends counts, with what they
    share. A gain that all tests have in common cancels: only what does not, such as a zero error,
    belongs into `systematic`. Both ends are on the level of the last series: a ratio is wear, not
    repair.

    Args:
        fitted: the drift.
        kilometres: where, not negative.
        start: where the value is 1, not negative.
        confidence: of all intervals, 0.5..1.
        repeats: the prediction is for the mean of so many future tests, above zero.
        systematic: standard uncertainty of the ratio that all tests share, not negative.
        systematic_degrees_of_freedom: of it, above zero.

    Raises:
        ValueError: if an argument is impossible or the value at the start is not above zero.
    """
    require_not_negative(kilometres=float(kilometres), start=float(start))
    first = fitted.value_at(start)
    if not first > 0.0:
        message = f"the value of {first:g} at {start:g} km is not above zero: it has no shares"
        raise ValueError(message)
    ratio = fitted.value_at(kilometres) / first
    return _bound(
        fitted,
        kilometres=float(kilometres),
        value=ratio,
        row=_row(fitted, kilometres) - ratio * _row(fitted, start),
        unit=first,
        confidence=confidence,
        repeats=repeats,
        systematic=systematic,
        systematic_degrees_of_freedom=systematic_degrees_of_freedom,
    )


def _row(fitted: DriftFit, kilometres: float) -> FloatArray:
    """Return what the value at a distance is made of: the last level, and wear."""
    row = np.zeros(len(fitted.levels) + 1)
    row[-2], row[-1] = 1.0, fitted.wear(kilometres)
    return row


def _bound(
    fitted: DriftFit,
    *,
    kilometres: float,
    value: float,
    row: FloatArray,
    unit: float,
    confidence: float,
    repeats: float,
    systematic: float,
    systematic_degrees_of_freedom: float,
) -> DriftBound:
    require_not_negative(systematic=float(systematic))
    require_confidence(confidence)
    if not repeats > 0.0:
        message = f"repeats must be above zero, got {repeats}"
        raise ValueError(message)
    spread = max(0.0, float(row @ fitted.inverse @ row))
    prediction = fitted.scatter / unit * math.sqrt(spread + 1.0 / repeats)
    freedom = effective_degrees_of_freedom(
        contributions=[prediction, systematic],
        degrees_of_freedom=[float(fitted.degrees_of_freedom), systematic_degrees_of_freedom],
    )
    return DriftBound(
        kilometres=kilometres,
        value=value,
        confidence=confidence,
        repeats=repeats,
        mean_uncertainty=fitted.scatter / unit * math.sqrt(spread),
        prediction_uncertainty=prediction,
        systematic=systematic,
        degrees_of_freedom=float(fitted.degrees_of_freedom),
        combined_degrees_of_freedom=freedom,
        extrapolation=1.0 - fitted.reach / kilometres if kilometres > fitted.reach else 0.0,
    )


def _points(
    kilometres: ArrayLike, values: ArrayLike, weights: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    x = as_samples("kilometres", kilometres)
    y = as_samples("values", values)
    weight = np.ones_like(x) if weights is None else as_samples("weights", weights)
    require_not_negative(kilometres=x)
    require_positive(weights=weight)
    if not x.size == y.size == weight.size:
        message = f"{x.size} kilometres, {y.size} values and {weight.size} weights do not match"
        raise ValueError(message)
    return x, y, weight


def _series(x: FloatArray, series: Sequence[int] | None) -> tuple[Places, int]:
    """Return for each point the place of its series, first series first, and how many."""
    if series is None:
        return np.zeros(x.size, dtype=np.intp), 1
    given = np.asarray(series)
    if given.shape != x.shape:
        message = f"{given.size} series for {x.size} kilometres do not match"
        raise ValueError(message)
    names, which = np.unique(given, return_inverse=True)
    return which, names.size


def _shows_slope(x: FloatArray, which: Places, count: int) -> bool:
    return any(np.ptp(x[which == place]) > 0.0 for place in range(count))


def _curvature(
    design: FloatArray, x: FloatArray, y: FloatArray, weight: FloatArray
) -> Curvature | None:
    """Return the t test of a quadratic term; None if it cannot be told from the rest."""
    reach = float(x.max())
    widened = np.column_stack([design, (x / reach) ** 2])
    places = widened.shape[1]
    if y.size <= places or np.linalg.matrix_rank(widened) < places:
        return None
    bent = solve(widened, y, weight)
    size = float(bent.sizes[-1])
    error = bent.scatter * math.sqrt(float(bent.inverse[-1, -1]))
    if error > 0.0:
        factor = size / error
    else:
        factor = math.copysign(math.inf, size) if abs(size) > ROUNDING * np.abs(y).max() else 0.0
    return Curvature(
        value=2.0 * size / reach**2,
        factor=factor,
        chance=two_sided_tail(factor=factor, degrees_of_freedom=float(y.size - places)),
    )
