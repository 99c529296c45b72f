"""What a drift over kilometres is, and what it says at a distance (see `analysis.drift`)."""

import math
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from analysis.checks import FloatArray
from analysis.distributions import one_sided_factor, two_sided_factor
from analysis.line_fit import Influence
from analysis.wear_laws import WearLaw


class NoDriftCause(StrEnum):
    """Why tests that are all right by themselves show no drift."""

    TOO_FEW = "too-few"
    """There are no more of them than levels and slope."""
    ONE_DISTANCE = "one-distance"
    """Within every unbroken series they lie at one distance."""


class NoDriftError(ValueError):
    """Tests show no drift: the reason with its numbers, for those who word it themselves."""

    def __init__(self, cause: NoDriftCause, *, tests: int, series: int) -> None:
        """Say it in English."""
        self.cause = cause
        self.tests = tests
        """How many there are."""
        self.series = series
        """In how many unbroken series; 0 where there is no test."""
        if cause is NoDriftCause.TOO_FEW:
            told = (
                f"{tests} tests in {series} series are too few for a drift with an uncertainty: "
                f"it takes {self.needed}"
            )
        else:
            told = "the tests of every series are all at one distance: they show no drift"
        super().__init__(told)

    @property
    def needed(self) -> int:
        """How many it takes: one more than levels and slope."""
        return max(self.series, 1) + 2


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
    """Change per km; of another law than the line the mean change per km from 0 to `reach`."""
    slope_uncertainty: float
    """Its standard error."""
    levels: tuple[float, ...]
    """Of each unbroken series at 0 km, in the order of kilometres."""
    scatter: float
    """Standard deviation s of a point about the line."""
    degrees_of_freedom: int
    """Of the scatter, at least 1."""
    law: WearLaw
    """How the wear grows."""
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
    """Inverse of the normal matrix: levels, then the wear as part of that at `reach`."""

    @property
    def squares(self) -> float:
        """Sum of the (weighted) squares of the residuals."""
        return self.degrees_of_freedom * self.scatter**2

    def value_at(self, kilometres: float) -> float:
        """Return the drift at a distance, on the level of the last series."""
        wear = self.wear(kilometres)
        return self.levels[-1] + self.slope * self.reach * wear

    def wear(self, kilometres: float) -> float:
        """Return the wear at a distance as part of that at the last point."""
        return float(self.law.wear(np.array([kilometres]), self.reach)[0])


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
