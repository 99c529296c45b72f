"""Is a signal steady? Statistics of a window of irregular samples, judged by criteria.

The scan may stretch while everything holds still, so every sample counts by the time it stands
for (trapezoidal weights). Neighbouring samples of a filtered signal repeat each other; the
standard error of the mean counts how many independent ones there are.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.checks import FloatArray, as_trace, require_finite


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowStatistics:
    """What a window of samples says about a signal. Units are those of the signal."""

    count: int
    """Number of samples, 1."""
    duration: float
    """From the first to the last sample, s."""
    mean: float
    """Time-weighted mean."""
    minimum: float
    """Smallest sample."""
    maximum: float
    """Largest sample."""
    span: float
    """Largest minus smallest sample."""
    standard_deviation: float
    """Of single samples around the mean."""
    effective_count: float
    """How many independent samples the window is worth, 2..count."""
    standard_error: float
    """Standard uncertainty of the mean: standard deviation over root of the effective count."""
    slope: float
    """Least-squares trend, per second."""
    drift: float
    """Slope times duration."""

    @property
    def degrees_of_freedom(self) -> float:
        """Of the standard error: effective count less one."""
        return self.effective_count - 1.0

    def deviation(self, target: float) -> float:
        """Return mean minus target, in the unit of the signal.

        Raises:
            ValueError: if the target is not finite.
        """
        require_finite(target=target)
        return self.mean - target


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadinessCriteria:
    """What counts as steady; a criterion that is None is not asked. Units of the signal."""

    duration: float | None = None
    """Shortest window, s."""
    count: int | None = None
    """Fewest samples, 1."""
    slope: float | None = None
    """Largest magnitude of the trend, per second."""
    drift: float | None = None
    """Largest magnitude of trend times duration."""
    span: float | None = None
    """Largest difference between two samples."""
    standard_deviation: float | None = None
    """Largest standard deviation of samples."""
    standard_error: float | None = None
    """Largest standard uncertainty of the mean."""
    deviation: float | None = None
    """Largest magnitude of mean minus target."""

    def __post_init__(self) -> None:
        """Refuse limits that are negative or no number, and criteria that ask nothing."""
        limits = [getattr(self, name) for name in self.__slots__]
        asked = [limit for limit in limits if limit is not None]
        if not asked:
            raise ValueError("steadiness needs at least one criterion")
        if not all(math.isfinite(limit) and limit >= 0.0 for limit in asked):
            message = f"a steadiness limit must be finite and not negative: {self}"
            raise ValueError(message)

    def relative_to(self, reference: float) -> "SteadinessCriteria":
        """Return the criteria times a reference: 0.002 of 2000 N·m becomes 4 N·m.

        Duration and count stay.

        Args:
            reference: usually the mean or the set point; its sign does not matter.

        Raises:
            ValueError: if the reference is zero or not finite.
        """
        require_finite(reference=reference)
        if reference == 0.0:
            raise ValueError("a relative criterion needs a reference other than zero")
        scale = abs(reference)

        def scaled(limit: float | None) -> float | None:
            return None if limit is None else limit * scale

        return SteadinessCriteria(
            duration=self.duration,
            count=self.count,
            slope=scaled(self.slope),
            drift=scaled(self.drift),
            span=scaled(self.span),
            standard_deviation=scaled(self.standard_deviation),
            standard_error=scaled(self.standard_error),
            deviation=scaled(self.deviation),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionResult:
    """One criterion and how the window did."""

    criterion: str
    """Its name: the field of SteadinessCriteria."""
    value: float
    """What the window has (magnitude)."""
    limit: float
    """What was asked."""
    met: bool
    """Whether the value keeps the limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """Whether a window is steady, and by which criteria."""

    steady: bool
    """All criteria are met."""
    results: tuple[CriterionResult, ...]
    """One per asked criterion."""
    statistics: WindowStatistics
    """The numbers behind."""


def window_statistics(*, times: ArrayLike, values: ArrayLike) -> WindowStatistics:
    """Return mean, spread, trend and standard error of the samples of a window.

    Args:
        times: s, strictly increasing, shape (n,), n >= 2.
        values: the samples, shape (n,), all finite.

    Raises:
        ValueError: if there are fewer than two samples, shapes differ, time does not increase,
            or a sample is no number. Samples of bad quality are the caller's to leave out.
    """
    time, value = as_trace(times=times, values=values)
    weights = _trapezoidal_weights(time)
    mean = float(weights @ value)
    residual = value - mean
    mean_square_weight = float(weights @ weights)
    variance = float(weights @ residual**2) / (1.0 - mean_square_weight)
    effective = _effective_count(residual, 1.0 / mean_square_weight)
    centred = time - weights @ time
    slope = float((weights * centred) @ residual / ((weights * centred) @ centred))
    duration = float(time[-1] - time[0])
    minimum, maximum = float(value.min()), float(value.max())
    return WindowStatistics(
        count=value.size,
        duration=duration,
        mean=mean,
        minimum=minimum,
        maximum=maximum,
        span=maximum - minimum,
        standard_deviation=math.sqrt(variance),
        effective_count=effective,
        standard_error=math.sqrt(variance / effective),
        slope=slope,
        drift=slope * duration,
    )


def steadiness(
    *,
    times: ArrayLike,
    values: ArrayLike,
    criteria: SteadinessCriteria,
    target: float | None = None,
) -> Steadiness:
    """Judge a window of samples by criteria.

    Args:
        times: s, strictly increasing, shape (n,), n >= 2.
        values: the samples, shape (n,), all finite.
        criteria: what counts as steady, in the unit of the signal.
        target: what the mean should be; needed when the criteria ask for a deviation.

    Raises:
        ValueError: as `window_statistics`; also if a deviation is asked without a target.
    """
    statistics = window_statistics(times=times, values=values)
    if criteria.deviation is not None and target is None:
        raise ValueError("a criterion for the deviation needs a target")
    results = [
        CriterionResult(criterion=name, value=value, limit=limit, met=value >= limit)
        for name, value, limit in (
            ("duration", statistics.duration, criteria.duration),
            ("count", statistics.count, criteria.count),
        )
        if limit is not None
    ]
    results += [
        CriterionResult(criterion=name, value=abs(value), limit=limit, met=abs(value) <= limit)
        for name, value, limit in (
            ("slope", statistics.slope, criteria.slope),
            ("drift", statistics.drift, criteria.drift),
            ("span", statistics.span, criteria.span),
            ("standard_deviation", statistics.standard_deviation, criteria.standard_deviation),
            ("standard_error", statistics.standard_error, criteria.standard_error),
            ("deviation", statistics.mean - (target or 0.0), criteria.deviation),
        )
        if limit is not None
    ]
    return Steadiness(
        steady=all(result.met for result in results),
        results=tuple(results),
        statistics=statistics,
    )


def _trapezoidal_weights(times: FloatArray) -> FloatArray:
    """Return the share of the window each sample stands for; they sum to 1."""
    steps = np.diff(times)
    weights = np.zeros_like(times)
    weights[:-1] += steps
    weights[1:] += steps
    return weights / weights.sum()


def _effective_count(residual: FloatArray, count: float) -> float:
    """Return count over the integrated autocorrelation, within 2..count.

    The sum over lags stops where a pair of neighbouring lags turns negative (initial positive
    sequence, Geyer 1992). A trend counts as correlation, so that a drifting mean is not
    claimed to be well known. Negative correlation earns nothing.
    """
    size = residual.size
    power = float(residual @ residual)
    if power <= 0.0 or size < 4:
        return max(2.0, count)
    spectrum = np.fft.rfft(residual, 2 * size)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, 2 * size)[:size] / power
    pairs = correlation[: size // 2 * 2].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(pairs <= 0.0)
    kept = pairs[: negative[0]] if negative.size else pairs
    inflation = max(1.0, 2.0 * float(kept.sum()) - 1.0)
    return min(max(2.0, count / inflation), float(size))
