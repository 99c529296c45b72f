"""Many simulated sensors of one kind, drawn one by one and read as one array."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, sqrt
from random import Random

import numpy as np
from numpy.typing import NDArray

from bench.channel import Distribution, Uncertainty


@dataclass(frozen=True, kw_only=True)
class SensorErrors:
    """What each of the sensors is drawn from; one delivered instrument has one draw."""

    stated: Uncertainty
    """Stated uncertainty of each."""
    span: float
    """Span of the range of each, SI."""
    noise: float
    """Standard deviation of white noise, SI."""
    lag: float
    """First-order time constant, s; 0 for none."""
    drift_time: float = 3600.0
    """Correlation time of the drift, s."""


class SensorArray:
    """Calibration error and drift of each element, then noise and resolution, as of `Sensor`.

    Args:
        errors: what the sensors are drawn from.
        random: draws all of them; nothing else is random.
        wandering: draws noise and drift instead.
    """

    def __init__(
        self, errors: SensorErrors, random: Random, wandering: Random | None = None
    ) -> None:
        self._errors = errors
        self._random = np.random.Generator(np.random.PCG64(random.getrandbits(64)))
        self._wandering = wandering
        self._fixed: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
        self._walk = (np.zeros(0), np.zeros(0))
        self._gain = self._offset = np.zeros(0)
        """Calibration error and drift as they are between two moves of the drift."""
        self._smoothed = np.zeros(0)
        self._walked = self._read = -inf
        stated = errors.stated
        self._reading = stated.reading / stated.divisor
        self._absolute = sqrt((stated.span * errors.span) ** 2 + stated.absolute**2)
        self._absolute /= stated.divisor

    def read(self, truth: NDArray[np.float64], now_seconds: float) -> NDArray[np.float64]:
        """Return the readings (SI) for truths that held since the last reading.

        Args:
            truth: true values, always of one length.
            now_seconds: time of the reading, s; the first one starts the lag at the truth.
        """
        fixed = self._fixed
        if fixed is None:
            fixed = self._fixed = self._drawn(len(truth))
            if self._wandering is not None:
                again = self._wandering.getrandbits(64)
                self._random = np.random.Generator(np.random.PCG64(again))
        truth = self._lagged(truth, now_seconds)
        if now_seconds >= self._walked + 0.01 * self._errors.drift_time:
            gain, offset = self._wandered(now_seconds, len(truth))
            self._gain, self._offset = 1.0 + (fixed[0] + gain), fixed[1] + offset
        values = truth * self._gain
        values += self._offset
        if self._errors.noise:
            values += self._errors.noise * self._random.standard_normal(len(truth))
        step = self._errors.stated.resolution
        if step:
            values /= step
            values += 0.5
            np.floor(values, out=values)
            values *= step
        return values

    def _drawn(self, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        share = sqrt(self._errors.stated.common)
        return (
            share * self._reading * self._standard(count),
            share * self._absolute * self._standard(count),
        )

    def _standard(self, count: int) -> NDArray[np.float64]:
        """Return draws with mean zero and standard deviation one."""
        if self._errors.stated.distribution is Distribution.NORMAL:
            return self._random.standard_normal(count)
        return self._random.uniform(-sqrt(3.0), sqrt(3.0), count)

    def _lagged(self, truth: NDArray[np.float64], now: float) -> NDArray[np.float64]:
        if self._errors.lag > 0.0:
            if self._read > -inf:
                kept = exp(-(now - self._read) / self._errors.lag)
                truth = truth + (self._smoothed - truth) * kept
            self._smoothed = truth
            self._read = now
        return truth

    def _wandered(self, now: float, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Move the drift to now, exactly for any time since its last move; return it."""
        kept = exp((self._walked - now) / self._errors.drift_time)
        spread = sqrt((1.0 - kept * kept) * (1.0 - self._errors.stated.common))
        sizes = (spread * self._reading, spread * self._absolute)
        before = self._walk if len(self._walk[0]) else (np.zeros(count), np.zeros(count))
        gain, offset = (
            kept * old + size * self._random.standard_normal(count)
            for old, size in zip(before, sizes, strict=True)
        )
        self._walk = (gain, offset)
        self._walked = now
        return self._walk
