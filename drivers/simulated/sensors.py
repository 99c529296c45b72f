"""A simulated sensor: what stands between the truth of a plant and the number of an instrument."""

from dataclasses import dataclass, field
from math import exp, inf, sqrt
from random import Random
from typing import Literal, Self

import numpy as np

Distribution = Literal["normal", "rectangular"]

_BLOCK = 256
"""Noise is drawn in blocks of so many numbers: one by one takes ten times as long."""


@dataclass(slots=True, kw_only=True)
class Sensor:
    """First-order lag, calibration error, drift, noise, resolution, range: in that order.

    The drift is an Ornstein-Uhlenbeck walk: it wanders for ever, but stays within its class. It
    holds between its (exact) updates, which are a small part of its time constant apart.

    It is read by `cables.seen_through`, together with the wire it is connected to.
    """

    random: Random
    """Source of drift and of the seed of the noise; nothing else is random."""
    gain: float = 1.0
    """True gain, fixed by the last calibration, 1."""
    offset: float = 0.0
    """Zero error, fixed by the last calibration, in the unit of the reading."""
    noise: float = 0.0
    """Standard deviation of white noise, in the unit of the reading."""
    gain_drift: float = 0.0
    """Standard deviation of the slow drift of the gain, 1."""
    offset_drift: float = 0.0
    """Standard deviation of the slow drift of the zero, in the unit of the reading."""
    drift_time: float = 3600.0
    """Correlation time of the drift, s."""
    resolution: float = 0.0
    """Step of the display, in the unit of the reading; 0 for none."""
    lag: float = 0.0
    """First-order time constant, s; 0 for none."""
    lowest: float = -inf
    """Lower end of the range, where the reading stays."""
    highest: float = inf
    """Upper end of the range, where the reading stays."""
    gain_now: float = field(default=1.0, init=False)
    """Gain with its drift, 1."""
    offset_now: float = field(default=0.0, init=False)
    """Zero with its drift, in the unit of the reading."""
    drift_due: float = field(default=inf, init=False)
    """When the drift moves next, s."""
    drawn_noise: list[float] = field(default_factory=list[float], init=False)
    """Standard normal numbers, to be taken from the end; empty: `draw` some."""
    _smoothed: float = field(default=0.0, init=False)
    _last_time: float = field(default=inf, init=False)
    _elapsed: float = field(default=0.0, init=False)
    _kept: float = field(default=1.0, init=False)
    _gain_walk: float = field(default=0.0, init=False)
    _offset_walk: float = field(default=0.0, init=False)
    _generator: np.random.Generator | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        sizes = (self.noise, self.gain_drift, self.offset_drift, self.resolution, self.lag)
        if not all(0.0 <= size < inf for size in sizes):
            raise ValueError("noise, drifts, resolution and lag must be finite and not negative")
        if self.drift_time <= 0.0 or self.lowest >= self.highest:
            raise ValueError("drift_time must be positive and lowest below highest")
        if self.gain_drift or self.offset_drift:
            self._gain_walk = self.random.gauss(0.0, self.gain_drift)
            self._offset_walk = self.random.gauss(0.0, self.offset_drift)
            self.drift_due = -inf
        self.gain_now = self.gain + self._gain_walk
        self.offset_now = self.offset + self._offset_walk

    @classmethod
    def drawn(
        cls,
        *,
        reading_part: float,
        absolute_part: float,
        common_share: float,
        resolution: float,
        noise: float,
        lag: float,
        distribution: Distribution,
        rng: Random,
        wandering: Random | None = None,
        drift_time: float = 3600.0,
        lowest: float = -inf,
        highest: float = inf,
    ) -> Self:
        """A sensor drawn from its stated uncertainty, as one delivered instrument is.

        Args:
            reading_part: Standard uncertainty in proportion to the reading, 1.
            absolute_part: Standard uncertainty whatever the reading, in its unit.
            common_share: Share of the variance that is a fixed calibration error, 0..1; the rest
                drifts slowly.
            resolution: Step of the display, in the unit of the reading.
            noise: Standard deviation of white noise, in the unit of the reading.
            lag: First-order time constant, s.
            distribution: Of the calibration error.
            rng: Draws the calibration error now, noise and drift later.
            wandering: Draws noise and drift instead.
            drift_time: Correlation time of the drift, s.
            lowest: Lower end of the range.
            highest: Upper end of the range.

        Raises:
            ValueError: The share lies outside 0..1, or a size is negative.
        """
        if not 0.0 <= common_share <= 1.0:
            message = f"common_share {common_share} must lie between 0 and 1"
            raise ValueError(message)
        if reading_part < 0.0 or absolute_part < 0.0:
            raise ValueError("reading_part and absolute_part must not be negative")
        fixed, drifting = sqrt(common_share), sqrt(1.0 - common_share)
        return cls(
            random=wandering or rng,
            gain=1.0 + fixed * reading_part * _standard(distribution, rng),
            offset=fixed * absolute_part * _standard(distribution, rng),
            gain_drift=drifting * reading_part,
            offset_drift=drifting * absolute_part,
            drift_time=drift_time,
            noise=noise,
            resolution=resolution,
            lag=lag,
            lowest=lowest,
            highest=highest,
        )

    @property
    def is_exact(self) -> bool:
        """Whether it shows the truth, whenever it is read."""
        sizes = (self.noise, self.gain_drift, self.offset_drift, self.resolution, self.lag)
        is_true = not any(sizes) and (self.gain, self.offset) == (1.0, 0.0)
        return is_true and not self.is_ranged

    @property
    def is_ranged(self) -> bool:
        """Whether a reading can reach an end of the range."""
        return (self.lowest, self.highest) != (-inf, inf)

    @property
    def is_timed(self) -> bool:
        """Whether what it shows depends on when it is read: lag and drift do."""
        return self.lag > 0.0 or self.drift_due < inf

    def settled(self, truth: float, now_seconds: float) -> float:
        """Let lag and drift go on to now; return the truth that comes through the lag.

        Args:
            truth: True value, which held since the last reading.
            now_seconds: Time of the reading, s; the first reading starts the lag at the truth.
        """
        if self.lag > 0.0:
            elapsed = now_seconds - self._last_time
            if elapsed > 0.0:
                if elapsed != self._elapsed:  # mostly as long as the last time
                    self._elapsed, self._kept = elapsed, exp(-elapsed / self.lag)
                truth += (self._smoothed - truth) * self._kept
            elif elapsed == 0.0:
                truth = self._smoothed
            self._smoothed = truth
            self._last_time = now_seconds
        if now_seconds >= self.drift_due:
            self._walk(now_seconds)
        return truth

    def draw(self) -> list[float]:
        """Draw a block of standard normal numbers, and return it."""
        if self._generator is None:
            self._generator = np.random.Generator(np.random.PCG64(self.random.getrandbits(64)))
        self.drawn_noise = self._generator.standard_normal(_BLOCK).tolist()
        return self.drawn_noise

    def _walk(self, now_seconds: float) -> None:
        """Move the drift to now, exactly for any time since its last move."""
        period = 0.01 * self.drift_time
        if self.drift_due > -inf:
            kept = exp(-(now_seconds - self.drift_due + period) / self.drift_time)
            spread = sqrt(1.0 - kept * kept)
            gauss = self.random.gauss
            self._gain_walk = kept * self._gain_walk + spread * gauss(0.0, self.gain_drift)
            self._offset_walk = kept * self._offset_walk + spread * gauss(0.0, self.offset_drift)
            self.gain_now = self.gain + self._gain_walk
            self.offset_now = self.offset + self._offset_walk
        self.drift_due = now_seconds + period


def _standard(distribution: Distribution, rng: Random) -> float:
    """A draw with mean zero and standard deviation one."""
    if distribution == "normal":
        return rng.gauss(0.0, 1.0)
    half_width = sqrt(3.0)
    return rng.uniform(-half_width, half_width)
