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
    SATURATED = "saturated"
    """The top of the trace is flat: the pressure was higher."""
    DRIFT = "drift"
    """The signal moved within the cycle: both ends are the same dead centre of gas exchange."""
    ANGLE_SLIP = "angle-slip"
    """The compression lies beside that of the other cycles: a tooth was lost before."""
    TOP_DEAD_CENTRE = "top-dead-centre"
    """The compression of the whole capture shows a wrong top dead centre."""
    PEGGING = "pegging"
    """There is no absolute pressure: nothing to peg with, or the result is below zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningLimits:
    """From where on a cycle is no measurement. All are engineering defaults."""

    flat_top_deg: float = 1.5
    """So wide a top of one and the same value is a saturated sensor."""
    full_scale: float = math.inf
    """Recorded pressures from here on are saturated, Pa."""
    drift: float = 0.5e5
    """Largest difference between the ends of a cycle, Pa."""
    slip_deg: float = 0.5
    """Largest shift of the compression against the other cycles."""
    top_dead_centre_deg: float = 5.0
    """Largest error that the middle compression may show: a tenth of a bar of pegging looks like
    one or two degrees. Smaller errors need a motored capture."""
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


def saturated(*, grid: AngleGrid, pressure: Pressure, limits: ScreeningLimits) -> BoolArray:
    """Return which cycles have a flat top, or reach the full scale, shape (cycles,)."""
    top = pressure.max(axis=1)
    flat = (pressure == top[:, None]).sum(axis=1) >= grid.samples(limits.flat_top_deg)
    return np.asarray(flat | (top >= limits.full_scale), dtype=np.bool_)


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
