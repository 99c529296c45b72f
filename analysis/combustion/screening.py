"""Which recorded cycles are no measurements, and why."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from analysis.checks import BoolArray, FloatArray
from analysis.combustion.traces import AngleGrid, Pressure, Traces

OUTLIER_FACTOR: Final = 6.0
"""Of the median distance from the median (scaled to a standard deviation): farther is no chance."""
QUIET_DEG: Final = (-320.0, -220.0)
"""Where the noise of a sensor is seen: within the intake stroke."""
NOISE_FACTOR: Final = 4.0
"""Standard deviations within which samples of a flat top lie."""
LEAST_CURVATURE: Final = 1e-3
"""1/deg2. A motored top falls by 1.1e-3 (compression ratio 9) to 1.5e-3 (12.5) of itself within one
degree; fired ones are sharper."""
CLOSED_DEG: Final = (-120.0, 100.0)
"""Where both valves are closed; the mark of an encoder lies at top dead centre."""
STEP_SHARE: Final = 0.005
STEP_FACTOR: Final = 20.0
"""A step is larger than so much of the rise, and than so many times the noise (engineering
defaults)."""
FEWEST_FOR_STEPS: Final = 5
"""Cycles."""
COMPRESSION_DEG: Final = (-150.0, -50.0)
"""Where slipped angles are seen."""
FIT_FACTOR: Final = 3.0
FIT_SHARE: Final = 0.005
"""A shift explains a trace where no more is left than three times the usual, or than so much of
the rise (engineering defaults)."""
MEDIAN_SAMPLES: Final = 256
"""Of all cycles, of which the median is taken at once."""
NORMAL_SCALE: Final = 1.4826
"""Standard deviation over median distance from the median, of normal scatter."""


class Fault(Enum):
    """Why a cycle is left out."""

    LOST_TEETH = "lost-teeth"
    """Samples are missing, or the trace has another length."""
    NO_SIGNAL = "no-signal"
    """The pressure does not rise and fall: sensor, cable or amplifier are out."""
    SATURATED = "saturated"
    """The top of the trace is flat: the pressure was higher."""
    DRIFT = "drift"
    """The signal moved within the cycle: both ends are the same dead centre of gas exchange."""
    ANGLE_SLIP = "angle-slip"
    """The compression lies beside that of the other cycles: a tooth was lost before."""
    TOP_DEAD_CENTRE = "top-dead-centre"
    """The compression of the whole capture is no polytropic one: top dead centre is wrong, or the
    absolute level."""
    PEGGING = "pegging"
    """There is no absolute pressure: nothing to peg with, or the result is below zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningLimits:
    """From where on a cycle is no measurement. All are engineering defaults."""

    least_span: float = 2e5
    """Largest less smallest pressure of a cycle that is one, Pa."""
    flat_top_deg: float = 1.5
    """So wide a flat top is a saturated sensor, beyond what noise makes of a round one."""
    full_scale: float = math.inf
    """Recorded pressures from here on are saturated, Pa."""
    drift: float = 0.5e5
    """Largest difference between the ends of a cycle, Pa."""
    slip_deg: float = 0.5
    """Largest shift of the compression against the other cycles."""
    top_dead_centre_deg: float = 2.5
    """Largest error that the middle compression may show; smaller ones need a motored capture."""
    motored_top_dead_centre_deg: float = 0.5
    """Largest error that the symmetry of a motored capture may show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Cycles that are left out for one reason."""

    fault: Fault
    """The first reason that was found."""
    count: int
    """How many."""
    cycles: tuple[int, ...]
    """Which, counted from 0."""


def lost_teeth(traces: Traces) -> BoolArray:
    """Return which cycles miss samples, shape (cycles,)."""
    missing = ~np.isfinite(traces.pressure.sum(axis=1))
    if traces.intake is not None:
        missing |= ~np.isfinite(traces.intake.sum(axis=1))
    return missing


def without_signal(*, pressure: Pressure, limits: ScreeningLimits) -> BoolArray:
    """Return which cycles do not rise and fall, shape (cycles,)."""
    span = pressure.max(axis=1) - pressure.min(axis=1)
    return np.asarray(span < limits.least_span, dtype=np.bool_)


def saturated(*, grid: AngleGrid, pressure: Pressure, limits: ScreeningLimits) -> BoolArray:
    """Return which cycles have a flat top, or reach the full scale, shape (cycles,).

    As top counts what lies within the noise of the largest sample. A round top is that wide too:
    2 sqrt(noise / (pressure x curvature)), which is added to the limit.
    """
    top = pressure.max(axis=1)
    quiet = pressure[:, grid.window(*QUIET_DEG)]
    noise = NOISE_FACTOR * np.diff(quiet, 2, axis=1).std(axis=1, dtype=np.float64) / 6.0**0.5
    span = np.maximum(top - quiet.mean(axis=1, dtype=np.float64), 1.0)
    round_top_deg = 2.0 * np.sqrt(noise / (LEAST_CURVATURE * span))
    width_deg = (pressure >= (top - noise)[:, None]).sum(axis=1) * grid.step_deg
    flat = width_deg >= limits.flat_top_deg + round_top_deg
    return np.asarray(flat | (top >= limits.full_scale), dtype=np.bool_)


def has_step(*, grid: AngleGrid, pressure: Pressure, kept: BoolArray) -> bool:
    """Return whether the traces jump from one sample to the next, as behind lost teeth.

    The change of each sample is compared with its neighbours', while the valves are closed; the
    median over the cycles at each angle is free of noise and of single cycles that ring. Fewer
    than five cycles cannot tell a step from the sudden begin of knock.

    Args:
        grid: crank angles.
        pressure: Pa, shape (cycles, n).
        kept: which cycles count, shape (cycles,).
    """
    if int(kept.sum()) < FEWEST_FOR_STEPS:
        return False
    window = grid.window(*CLOSED_DEG)
    kinks: list[FloatArray] = []
    for first in range(window.start, window.stop - 3, MEDIAN_SAMPLES):
        last = min(first + MEDIAN_SAMPLES + 3, window.stop)
        change = np.diff(np.ascontiguousarray(pressure[kept, first:last].T), axis=0)
        kink = change[1:-1] - (change[:-2] + change[2:]) / 2.0
        kinks.append(np.abs(np.median(kink, axis=1, overwrite_input=True)))
    kink = np.concatenate(kinks)
    chance = STEP_FACTOR * NORMAL_SCALE * float(np.median(kink))
    rise = float(np.median(np.ptp(pressure[kept, window], axis=1)))
    return bool(kink.max() > max(STEP_SHARE * rise, chance))


def drifting(*, grid: AngleGrid, pressure: Pressure, limits: ScreeningLimits) -> BoolArray:
    """Return which cycles end elsewhere than they began, shape (cycles,)."""
    width = grid.samples(1.0)
    begin = pressure[:, :width].mean(axis=1, dtype=np.float64)
    end = pressure[:, -width:].mean(axis=1, dtype=np.float64)
    return np.asarray(np.abs(end - begin) > limits.drift, dtype=np.bool_)


def middle_cycle(*, pressure: Pressure, kept: BoolArray, offset: FloatArray) -> FloatArray:
    """Return the median of the kept cycles at each angle, Pa, shape (n,).

    A few abnormal cycles do not move it.

    Args:
        pressure: Pa, shape (cycles, n).
        kept: which cycles count, shape (cycles,).
        offset: what makes each absolute, Pa, shape (cycles,).
    """
    middle = np.empty(pressure.shape[1])
    for first in range(0, len(middle), MEDIAN_SAMPLES):
        at = slice(first, first + MEDIAN_SAMPLES)
        part = np.ascontiguousarray((pressure[kept, at] + offset[kept, None]).T)
        middle[at] = np.median(part, axis=1, overwrite_input=True)
    return middle


def slipped(
    *, compression: FloatArray, relative_slope: FloatArray, limits: ScreeningLimits
) -> BoolArray:
    """Return which cycles have their compression at other angles than the middle one.

    Each compression is taken as gain times (middle + shift times slope of the middle), by least
    squares; the slope is that of a polytropic compression, because a measured one is noise. A
    shift counts when it passes the limit, is no chance of the noise, and explains the trace: an
    early combustion looks like a shift too.

    Args:
        compression: absolute, Pa, over `COMPRESSION_DEG`, shape (cycles, samples).
        relative_slope: of the pressure in relation to itself, per degree, shape (samples,).
        limits: how far is too far.
    """
    middle = np.median(compression, axis=0)
    design = np.column_stack([middle, middle * relative_slope])
    solution = compression @ np.linalg.pinv(design).T
    gain = solution[:, 0]
    shift = solution[:, 1] / np.where(gain == 0.0, np.nan, gain)
    distance = np.abs(shift - np.median(shift))
    chance = OUTLIER_FACTOR * NORMAL_SCALE * float(np.median(distance))
    left = (compression - solution @ design.T).std(axis=1)
    rise = float(np.ptp(middle))
    explained = left <= max(FIT_FACTOR * float(np.median(left)), FIT_SHARE * rise)
    return np.asarray(explained & (distance > max(limits.slip_deg, chance)), dtype=np.bool_)
