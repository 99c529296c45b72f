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
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.checks import (
    FloatArray,
    as_samples,
    require_confidence,
    require_not_negative,
    require_positive,
)
from analysis.distributions import one_sided_factor, two_sided_factor, two_sided_tail
from analysis.line_fit import ROUNDING, Influence, solve
from analysis.uncertainty import effective_degrees_of_freedom

__all__ = ["Curvature", "DriftBound", "DriftFit", "Influence", "Interval", "at", "fit"]

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curvature:
    """Whether a bent line fits better, by the t test of a quadratic term."""

    value: float
    """Second derivative, unit per km^2."""
    factor: float
    """The quadratic term over its standard error, t."""
    chance: float
    """How often a straight law would seem at least as bent (p-value), 0..1."""

    @property
    def is_hint(self) -> bool:
        """Whether a straight law would seem so bent in fewer than 5 of 100 cases."""
        return self.chance < 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DriftFit:
    """A fitted drift. Values are in the unit of the quantity, distances in km."""

    slope: float
    """Change per km; with an exponent other than 1 the mean change per km from 0 to `reach`."""
    slope_uncertainty: float
    """Its standard error."""
    levels: tuple[float, ...]
    """Of each unbroken series at 0 km, in the order of kilometres."""
    scatter: float
    """Standard deviation s of a point about the line."""
    degrees_of_freedom: int
    """Of the scatter, at least 1."""
    exponent: float
    """Of the kilometres; 1 is the line."""
    reach: float
    """Furthest point, km."""
    nearest: float
    """First point, km."""
    curvature: Curvature | None
    """None if there are too few points to tell."""
    influences: tuple[Influence, ...]
    """Of each point, in the order given."""
    kilometres: tuple[float, ...] = field(repr=False)
    """Of the points, in the order given."""
    values: tuple[float, ...] = field(repr=False)
    """Of the points, in the order given."""
    series: tuple[int, ...] = field(repr=False)
    """Which level each point belongs to, from 0."""
    inverse: FloatArray = field(repr=False)
    """Inverse of the normal matrix: levels, then the wear (x / reach)^exponent."""

    @property
    def squares(self) -> float:
        """Sum of the (weighted) squares of the residuals."""
        return self.degrees_of_freedom * self.scatter**2

    def value_at(self, kilometres: float) -> float:
        """Return the drift at a distance, on the level of the last series."""
        wear = self.wear(kilometres)
        return self.levels[-1] + self.slope * self.reach * wear

    def wear(self, kilometres: float) -> float:
        """Return the part (x / reach)^exponent of the wear at the last point."""
        return math.pow(kilometres / self.reach, self.exponent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Two ends, unit of the quantity."""

    lower: float
    """Lower end."""
    upper: float
    """Upper end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftBound:
    """What a fit says at one distance, on the level of the last series."""

    kilometres: float
    """Where, km."""
    value: float
    """The line there."""
    confidence: float
    """Of every interval here; ends of a one-sided pair each hold alone."""
    repeats: float
    """How many future measurements the prediction is for the mean of."""
    mean_uncertainty: float
    """Standard uncertainty of the line there, from scatter."""
    prediction_uncertainty: float
    """Standard uncertainty of the mean of future measurements there, from scatter."""
    systematic: float
    """Standard uncertainty that all points share."""
    degrees_of_freedom: float
    """Of the scatter."""
    combined_degrees_of_freedom: float
    """Effective ones of prediction and systematic part together (Welch-Satterthwaite)."""
    extrapolation: float
    """Part of the way from 0 km that lies beyond the last point: 1 - reach / km; 0 within."""

    @property
    def combined_uncertainty(self) -> float:
        """Prediction and systematic part together."""
        return math.hypot(self.prediction_uncertainty, self.systematic)

    @property
    def mean_one_sided(self) -> Interval:
        """Confidence bounds of the line, scatter alone."""
        return self._interval(self._one_sided(self.degrees_of_freedom) * self.mean_uncertainty)

    @property
    def mean_two_sided(self) -> Interval:
        """Confidence interval of the line, scatter alone."""
        return self._interval(self._two_sided(self.degrees_of_freedom) * self.mean_uncertainty)

    @property
    def prediction_one_sided(self) -> Interval:
        """Prediction bounds, scatter alone."""
        return self._interval(
            self._one_sided(self.degrees_of_freedom) * self.prediction_uncertainty
        )

    @property
    def prediction_two_sided(self) -> Interval:
        """Prediction interval, scatter alone."""
        return self._interval(
            self._two_sided(self.degrees_of_freedom) * self.prediction_uncertainty
        )

    @property
    def combined_one_sided(self) -> Interval:
        """Prediction bounds with the systematic part."""
        factor = self._one_sided(self.combined_degrees_of_freedom)
        return self._interval(factor * self.combined_uncertainty)

    @property
    def combined_two_sided(self) -> Interval:
        """Prediction interval with the systematic part."""
        factor = self._two_sided(self.combined_degrees_of_freedom)
        return self._interval(factor * self.combined_uncertainty)

    def _one_sided(self, degrees_of_freedom: float) -> float:
        return one_sided_factor(confidence=self.confidence, degrees_of_freedom=degrees_of_freedom)

    def _two_sided(self, degrees_of_freedom: float) -> float:
        return two_sided_factor(confidence=self.confidence, degrees_of_freedom=degrees_of_freedom)

    def _interval(self, half_width: float) -> Interval:
        return Interval(lower=self.value - half_width, upper=self.value + half_width)


def fit(
    *,
    kilometres: ArrayLike,
    values: ArrayLike,
    series: Sequence[int] | None = None,
    weights: ArrayLike | None = None,
    exponent: float = 1.0,
) -> DriftFit:
    """Return the drift through the reference tests of one engine, by least squares.

    Args:
        kilometres: of the tests, not negative, shape (n,); any order.
        values: of the quantity, one per test, shape (n,).
        series: which unbroken series each test belongs to: a number that grows by every repair,
            adjustment or calibration, shape (n,); None: never broken.
        weights: relative, above zero, shape (n,): a test of weight 4 scatters half as much as
            one of weight 1, for which scatter and predictions are stated; None: all 1.
        exponent: wear grows with this power of the kilometres, above zero; 1: the straight line.

    Raises:
        ValueError: if shapes differ, a number is not finite, a distance is negative or a weight
            not above zero; if all tests of every series are at one distance (then nothing shows
            a drift); or if there are not more tests than levels and slope (three without a break).
    """
    x, y, weight = _points(kilometres, values, weights)
    require_positive(exponent=float(exponent))
    which, count = _series(x, series)
    needed = count + 2
    if x.size < needed:
        message = (
            f"{x.size} tests in {count} series are too few for a drift with an uncertainty: "
            f"it takes {needed}"
        )
        raise ValueError(message)
    reach = float(x.max())
    if not _shows_slope(x, which, count):
        raise ValueError("the tests of every series are all at one distance: they show no drift")
    design = np.zeros((x.size, count + 1))
    design[np.arange(x.size), which] = 1.0
    design[:, count] = (x / reach) ** exponent
    solved = solve(design, y, weight)
    return DriftFit(
        slope=float(solved.sizes[count]) / reach,
        slope_uncertainty=solved.scatter * math.sqrt(float(solved.inverse[count, count])) / reach,
        levels=tuple(float(level) for level in solved.sizes[:count]),
        scatter=solved.scatter,
        degrees_of_freedom=x.size - count - 1,
        exponent=float(exponent),
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
    require_not_negative(kilometres=float(kilometres), systematic=float(systematic))
    require_confidence(confidence)
    if not repeats > 0.0:
        message = f"repeats must be above zero, got {repeats}"
        raise ValueError(message)
    row = np.zeros(len(fitted.levels) + 1)
    row[-2], row[-1] = 1.0, fitted.wear(kilometres)
    spread = float(row @ fitted.inverse @ row)
    prediction = fitted.scatter * math.sqrt(spread + 1.0 / repeats)
    freedom = effective_degrees_of_freedom(
        contributions=[prediction, systematic],
        degrees_of_freedom=[float(fitted.degrees_of_freedom), systematic_degrees_of_freedom],
    )
    beyond = 1.0 - fitted.reach / kilometres if kilometres > fitted.reach else 0.0
    return DriftBound(
        kilometres=float(kilometres),
        value=fitted.value_at(kilometres),
        confidence=confidence,
        repeats=repeats,
        mean_uncertainty=fitted.scatter * math.sqrt(spread),
        prediction_uncertainty=prediction,
        systematic=systematic,
        degrees_of_freedom=float(fitted.degrees_of_freedom),
        combined_degrees_of_freedom=freedom,
        extrapolation=beyond,
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
