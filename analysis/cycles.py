"""Engine test cycles: from normalised tables to what the bench is asked for, and their work.

Normalised speed and torque are fractions (1 is 100 %). The engine's full-load curve turns them
into rad/s and N·m, so that one table fits every engine (UN GTR 4, UN R49 Annex 4).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from analysis.checks import (
    BoolArray,
    FloatArray,
    as_samples,
    as_trace,
    require_not_negative,
    require_positive,
)
from analysis.full_load import FullLoadCurve, characteristic_speeds


@dataclass(frozen=True, slots=True, kw_only=True)
class RampedMode:
    """One mode of a ramped steady-state cycle."""

    speed: float
    """Normalised, 1."""
    torque: float
    """Normalised, 1."""
    weighting: float
    """Weighting factor of the mode, 1; for reference, results are integrated."""
    duration: float
    """With the ramp that leads into the mode, s."""


WHSC_RAMP: Final = 20.0
"""s. Length of the linear ramp at the begin of every mode of the WHSC."""

WHSC_MODES: Final = (
    RampedMode(speed=0.00, torque=0.00, weighting=0.085, duration=210.0),
    RampedMode(speed=0.55, torque=1.00, weighting=0.02, duration=50.0),
    RampedMode(speed=0.55, torque=0.25, weighting=0.10, duration=250.0),
    RampedMode(speed=0.55, torque=0.70, weighting=0.03, duration=75.0),
    RampedMode(speed=0.35, torque=1.00, weighting=0.02, duration=50.0),
    RampedMode(speed=0.25, torque=0.25, weighting=0.08, duration=200.0),
    RampedMode(speed=0.45, torque=0.70, weighting=0.03, duration=75.0),
    RampedMode(speed=0.45, torque=0.25, weighting=0.06, duration=150.0),
    RampedMode(speed=0.55, torque=0.50, weighting=0.05, duration=125.0),
    RampedMode(speed=0.75, torque=1.00, weighting=0.02, duration=50.0),
    RampedMode(speed=0.35, torque=0.50, weighting=0.08, duration=200.0),
    RampedMode(speed=0.35, torque=0.25, weighting=0.10, duration=250.0),
    RampedMode(speed=0.00, torque=0.00, weighting=0.085, duration=210.0),
)
"""World Harmonised Stationary Cycle, UN GTR 4 and UN R49 Annex 4, modes 1..13.

Hot start; the engine is conditioned at mode 9. Mode 0 (motoring, weight 0.24) is not run.
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormalisedCycle:
    """A cycle as the regulation prints it, shape (n,) each."""

    times: FloatArray
    """s."""
    speed: FloatArray
    """Normalised, 1."""
    torque: FloatArray
    """Normalised, 1; without meaning where the engine is motored."""
    motoring: BoolArray
    """Where the table says "m": the engine is motored with the fuel cut."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferenceCycle:
    """A cycle for one engine, shape (n,) each."""

    times: FloatArray
    """s."""
    speed: FloatArray
    """rad/s."""
    torque: FloatArray
    """N·m; negative where the engine is motored."""

    @property
    def power(self) -> FloatArray:
        """Speed times torque, W."""
        return self.speed * self.torque

    @property
    def work(self) -> float:
        """Positive work of the cycle, J."""
        return positive_work(times=self.times, power=self.power)


def ramped_cycle(
    *, modes: Sequence[RampedMode] = WHSC_MODES, ramp: float = WHSC_RAMP
) -> NormalisedCycle:
    """Return a ramped steady-state cycle at 1 Hz: row t holds the demand at the end of second t.

    Times run from 1 s to the sum of the durations (WHSC: 1895 rows). Speed and torque ramp
    linearly over the first seconds of every mode; the first mode starts at its own demand.

    Args:
        modes: at least one, each a whole number of seconds and longer than the ramp.
        ramp: s, above zero.

    Raises:
        ValueError: if there is no mode or one is too short or no whole number of seconds.
    """
    require_positive(ramp=ramp)
    if not modes:
        raise ValueError("a cycle needs at least one mode")
    for mode in modes:
        if not (mode.duration.is_integer() and mode.duration >= ramp):
            message = f"a mode must last whole seconds and hold its ramp, got {mode.duration} s"
            raise ValueError(message)
    begin, knots, speed, torque = 0.0, [0.0], [modes[0].speed], [modes[0].torque]
    for mode in modes:
        knots += [begin + ramp, begin + mode.duration]
        speed += [mode.speed, mode.speed]
        torque += [mode.torque, mode.torque]
        begin += mode.duration
    times = np.arange(1.0, begin + 0.5)
    return NormalisedCycle(
        times=times,
        speed=np.interp(times, knots, speed),
        torque=np.interp(times, knots, torque),
        motoring=np.zeros(times.size, dtype=np.bool_),
    )


def normalised_cycle(
    *,
    times: ArrayLike,
    speed: ArrayLike,
    torque: ArrayLike,
    motoring: Sequence[bool] | BoolArray | None = None,
) -> NormalisedCycle:
    """Return a transient cycle from its table.

    Args:
        times: s, strictly increasing, shape (n,).
        speed: normalised, 1.
        torque: normalised, 1; any number where the engine is motored.
        motoring: where it is motored; None: nowhere.

    Raises:
        ValueError: if shapes differ, a value is not finite or a speed is negative.
    """
    time, fraction, load = as_trace(times=times, speed=speed, torque=torque)
    require_not_negative(speed=fraction)
    motored = np.zeros(time.size, np.bool_) if motoring is None else np.asarray(motoring, np.bool_)
    if motored.shape != time.shape:
        message = f"motoring has {motored.size} samples, times has {time.size}"
        raise ValueError(message)
    return NormalisedCycle(times=time, speed=fraction, torque=load, motoring=motored)


def denormalise(*, cycle: NormalisedCycle, curve: FullLoadCurve) -> ReferenceCycle:
    """Return the cycle for the engine with this full-load curve (UN R49 Annex 4, 7.4.6..7.4.8).

    Args:
        cycle: the table.
        curve: full load, with motoring torque if the cycle has motoring.

    Raises:
        ValueError: if the curve cannot give the characteristic speeds, does not reach a speed
            of the cycle, or has no motoring torque although the cycle needs it.
    """
    speeds = characteristic_speeds(curve=curve)
    speed = speeds.idle + cycle.speed * (speeds.maximum - speeds.idle)
    torque = cycle.torque * curve.torque_at(speed=speed)
    if cycle.motoring.any():
        torque = np.where(cycle.motoring, curve.motoring_torque_at(speed=speed), torque)
    return ReferenceCycle(times=cycle.times, speed=speed, torque=torque)


def positive_work(*, times: ArrayLike, power: ArrayLike) -> float:
    """Return the integral of the positive part of power, J.

    Power is linear between samples; where it changes sign only the positive part of the
    interval counts (UN R49 Annex 4, 7.4.8).

    Args:
        times: s, strictly increasing, shape (n,), n >= 2.
        power: W, shape (n,).

    Raises:
        ValueError: if shapes differ, a value is not finite or time does not increase.
    """
    time, watts = as_trace(times=times, power=power)
    first, last = watts[:-1], watts[1:]
    high = np.maximum(np.maximum(first, last), 0.0)
    low = np.minimum(first, last)
    trapezoid = 0.5 * (high + np.maximum(low, 0.0))
    crossing = (low < 0.0) & (high > 0.0)
    share = np.divide(high, high - low, out=np.ones_like(high), where=crossing)
    return float((trapezoid * share) @ np.diff(time))


def integral(*, times: ArrayLike, values: ArrayLike) -> float:
    """Return the trapezoidal integral, in the unit of the values times s.

    Raises:
        ValueError: if shapes differ, a value is not finite or time does not increase.
    """
    time, value = as_trace(times=times, values=values)
    return float(0.5 * (value[:-1] + value[1:]) @ np.diff(time))


def time_mean(*, times: ArrayLike, values: ArrayLike) -> float:
    """Return the trapezoidal time mean, in the unit of the values.

    Raises:
        ValueError: if shapes differ, a value is not finite or time does not increase.
    """
    time = as_samples("times", times, at_least=2)
    return integral(times=time, values=values) / float(time[-1] - time[0])


COLD_START_WEIGHT: Final = 0.14
"""1. Share of the cold start in the WHTC result, UN R49 (engineering default)."""


def cold_hot_weighted(
    *,
    cold_mass: float,
    hot_mass: float,
    cold_work: float,
    hot_work: float,
    cold_weight: float = COLD_START_WEIGHT,
) -> float:
    """Return brake-specific mass of a cold and a hot cycle, weighted masses over works, kg/J.

    Args:
        cold_mass: emission or fuel of the cold start cycle, kg.
        hot_mass: of the hot start cycle, kg.
        cold_work: J.
        hot_work: J.
        cold_weight: share of the cold cycle, 0..1.

    Raises:
        ValueError: if a mass is negative, a work not above zero, or the weight no fraction.
    """
    require_not_negative(cold_mass=cold_mass, hot_mass=hot_mass)
    require_positive(cold_work=cold_work, hot_work=hot_work)
    if not (math.isfinite(cold_weight) and 0.0 <= cold_weight <= 1.0):
        message = f"cold_weight must be 0..1, got {cold_weight}"
        raise ValueError(message)
    mass = cold_weight * cold_mass + (1.0 - cold_weight) * hot_mass
    return mass / (cold_weight * cold_work + (1.0 - cold_weight) * hot_work)
