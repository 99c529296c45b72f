"""The full-load curve of an engine and the characteristic speeds of the harmonised cycles."""

from dataclasses import dataclass

import numpy as np

from analysis.checks import FloatArray, as_samples, require_positive


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FullLoadCurve:
    """Torque limits over speed, linear between points. Shape (n,) each, n >= 2."""

    speed: FloatArray
    """rad/s, strictly increasing, above zero."""
    torque: FloatArray
    """Full load, N·m, not negative."""
    idle_speed: float
    """Warm idle, rad/s, within the curve."""
    motoring_torque: FloatArray | None = None
    """With the fuel cut, N·m, not positive; None: not measured."""

    def __post_init__(self) -> None:
        """Refuse a curve that cannot be one."""
        speed = as_samples("speed", self.speed, at_least=2)
        torque = as_samples("torque", self.torque)
        require_positive(speed=speed, full_load=float(torque.max()))
        if (np.diff(speed) <= 0.0).any():
            raise ValueError("the speeds of a full-load curve must increase")
        if torque.shape != speed.shape or torque.min() < 0.0:
            raise ValueError("a full-load curve needs one torque per speed, none of it negative")
        if not speed[0] <= self.idle_speed < speed[-1]:
            message = f"idle speed {self.idle_speed} rad/s lies outside the full-load curve"
            raise ValueError(message)
        if self.motoring_torque is not None:
            drag = as_samples("motoring_torque", self.motoring_torque)
            if drag.shape != speed.shape or drag.max() > 0.0:
                raise ValueError("motoring torque needs one value per speed, none of it positive")

    def torque_at(self, *, speed: FloatArray) -> FloatArray:
        """Return full-load torque, N·m, at speeds in rad/s.

        Raises:
            ValueError: if a speed lies outside the curve.
        """
        return np.interp(self._within(speed), self.speed, self.torque)

    def motoring_torque_at(self, *, speed: FloatArray) -> FloatArray:
        """Return motoring torque, N·m, at speeds in rad/s.

        Raises:
            ValueError: if a speed lies outside the curve or motoring was not measured.
        """
        if self.motoring_torque is None:
            raise ValueError("the cycle motors the engine, but the curve has no motoring torque")
        return np.interp(self._within(speed), self.speed, self.motoring_torque)

    def _within(self, speed: FloatArray) -> FloatArray:
        # An ulp of rounding at idle or at the last point is no reason to stop.
        slack = 1e-9 * self.speed[-1]
        if speed.min() < self.speed[0] - slack or speed.max() > self.speed[-1] + slack:
            message = (
                f"speeds {speed.min():.1f}..{speed.max():.1f} rad/s leave the full-load curve "
                f"{self.speed[0]:.1f}..{self.speed[-1]:.1f} rad/s"
            )
            raise ValueError(message)
        return speed

    @property
    def maximum_torque(self) -> float:
        """Largest full-load torque, N·m."""
        return float(self.torque.max())

    @property
    def maximum_power(self) -> float:
        """Largest full-load power, W; it may lie between two points."""
        offset, slope = self._segments()
        knots = self.speed * self.torque
        falling = slope < 0.0
        vertex = -offset[falling] / (2.0 * slope[falling])
        inside = (vertex > self.speed[:-1][falling]) & (vertex < self.speed[1:][falling])
        peaks = (0.5 * offset[falling] * vertex)[inside]
        return float(np.concatenate([knots, peaks]).max())

    def speeds_at_power(self, *, power: float) -> FloatArray:
        """Return all speeds, rad/s and ascending, at which full-load power equals `power` in W."""
        offset, slope = self._segments()
        found: list[FloatArray] = []
        for a, b, low, high in zip(offset, slope, self.speed[:-1], self.speed[1:], strict=True):
            roots = np.roots([b, a, -power]) if b != 0.0 else np.roots([a, -power])
            is_real = np.abs(roots.imag) <= 1e-9 * np.abs(roots)
            real = np.asarray(roots.real[is_real], dtype=np.float64)
            slack = 1e-9 * high
            found.append(real[(real >= low - slack) & (real <= high + slack)])
        return np.sort(np.concatenate(found))

    def _segments(self) -> tuple[FloatArray, FloatArray]:
        """Return offset and slope of the torque line of every segment."""
        slope = np.diff(self.torque) / np.diff(self.speed)
        return self.torque[:-1] - slope * self.speed[:-1], slope


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacteristicSpeeds:
    """The speeds that place a normalised cycle on an engine, rad/s."""

    idle: float
    """n_idle."""
    low: float
    """n_lo: lowest speed with 55 % of the maximum power."""
    preferred: float
    """n_pref: up to here lies 51 % of the torque integral from idle to n_95h."""
    high_95: float
    """n_95h: highest speed with 95 % of the maximum power."""
    high: float
    """n_hi: highest speed with 70 % of the maximum power."""

    @property
    def maximum(self) -> float:
        """What 100 % means: (0.45 n_lo + 0.45 n_pref + 0.1 n_hi - n_idle) 2.0327 + n_idle."""
        mixed = 0.45 * self.low + 0.45 * self.preferred + 0.1 * self.high
        return (mixed - self.idle) * 2.0327 + self.idle


def characteristic_speeds(*, curve: FullLoadCurve) -> CharacteristicSpeeds:
    """Return the characteristic speeds of a full-load curve (UN R49 Annex 4, 7.4.6).

    Raises:
        ValueError: if the curve does not show where power rises through 55 % or falls through
            70 % of its maximum.
    """
    peak = curve.maximum_power
    first, last = curve.speed[[0, -1]] * curve.torque[[0, -1]]
    if first > 0.55 * peak:
        raise ValueError("the full-load curve must start below 55 % of the maximum power")
    if last > 0.70 * peak:
        raise ValueError("the full-load curve must reach down to 70 % of the maximum power")
    high_95 = float(curve.speeds_at_power(power=0.95 * peak)[-1])
    return CharacteristicSpeeds(
        idle=curve.idle_speed,
        low=float(curve.speeds_at_power(power=0.55 * peak)[0]),
        preferred=_preferred_speed(curve, high_95),
        high_95=high_95,
        high=float(curve.speeds_at_power(power=0.70 * peak)[-1]),
    )


def _preferred_speed(curve: FullLoadCurve, end: float) -> float:
    """Return the speed that splits the torque integral from idle to `end` at 51 %."""
    inner = curve.speed[(curve.speed > curve.idle_speed) & (curve.speed < end)]
    speed = np.concatenate([np.array([curve.idle_speed]), inner, np.array([end])])
    torque = curve.torque_at(speed=speed)
    pieces = 0.5 * (torque[:-1] + torque[1:]) * np.diff(speed)
    area = np.concatenate([np.zeros(1), np.cumsum(pieces)])
    wanted = 0.51 * float(area[-1])
    at = int(np.searchsorted(area, wanted, side="right")) - 1
    rest = wanted - area[at]
    slope = (torque[at + 1] - torque[at]) / (speed[at + 1] - speed[at])
    # rest = T x + slope x^2 / 2, written so that a zero slope does no harm.
    root = np.sqrt(max(torque[at] ** 2 + 2.0 * slope * rest, 0.0))
    return float(speed[at] + 2.0 * rest / (torque[at] + root))
