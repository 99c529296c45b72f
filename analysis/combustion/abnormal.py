"""Cycles that did not burn as they should: misfire, pre-ignition, backfire."""

from dataclasses import dataclass

import numpy as np

from analysis.checks import BoolArray, FloatArray
from analysis.combustion.geometry import CylinderGeometry, volume
from analysis.combustion.traces import AngleGrid, Pressure


@dataclass(frozen=True, slots=True, kw_only=True)
class AbnormalLimits:
    """From where on a cycle is abnormal. All are engineering defaults."""

    mapo: float = 1e5
    """Knock: largest amplitude of oscillation, Pa; 0.5..1 bar is usual."""
    misfire_share: float = 0.5
    """Misfire: less heat than this share of the mean."""
    early_deg: float = 0.0
    """Pre-ignition: 5 % are burned so far before the spark."""
    early_pressure: float = 2e5
    """Pre-ignition too: so much above the polytropic compression before the spark, Pa."""
    intake_spike: float = 0.3e5
    """Backfire: so much above the usual intake pressure while the intake valve is open, Pa."""
    backfire_work_share: float = 0.7
    """Backfire: and less net work than this share of the mean."""
    intake_open_deg: tuple[float, float] = (-360.0, -150.0)
    """Where a spike of the intake pressure counts."""


def misfires(*, heat: FloatArray, reference: float, limits: AbnormalLimits) -> BoolArray:
    """Return which cycles released less than a share of the reference heat, shape (cycles,)."""
    return np.asarray(~(heat >= limits.misfire_share * reference), dtype=np.bool_)


def pressure_before_spark(
    *,
    grid: AngleGrid,
    pressure: FloatArray,
    geometry: CylinderGeometry,
    spark_deg: FloatArray,
    exponent: float,
) -> FloatArray:
    """Return how far the pressure rises above its polytropic compression before the spark.

    The level of each compression is its mean of p V^n between -110 and -90 degrees.

    Args:
        grid: crank angles.
        pressure: absolute, Pa, shape (cycles, n).
        geometry: of the cylinder.
        spark_deg: angle of the spark in each cycle, shape (cycles,).
        exponent: of the compression, as `compression_exponent` gives it.

    Returns:
        Largest excess, Pa, shape (cycles,).
    """
    window = grid.window(-110.0, float(spark_deg.max()))
    angle = grid.angle_deg[window]
    shape = (volume(geometry=geometry, angle_deg=angle) / geometry.displacement) ** -exponent
    level_samples = min(grid.samples(20.0), len(angle))
    part = pressure[:, window]
    level = (part[:, :level_samples] / shape[:level_samples]).mean(axis=1)
    excess = part - level[:, None] * shape
    excess[angle >= spark_deg[:, None]] = -np.inf
    return np.asarray(excess.max(axis=1), dtype=np.float64)


def compression_exponent(
    *,
    grid: AngleGrid,
    pressure: FloatArray,
    geometry: CylinderGeometry,
    first_deg: float = -100.0,
    last_deg: float = -50.0,
) -> float:
    """Return the polytropic exponent of a compression, 1: slope of log p over log V.

    Args:
        grid: crank angles.
        pressure: absolute, Pa, of one (mean or median) cycle, shape (n,).
        geometry: of the cylinder.
        first_deg: after the intake valve is closed.
        last_deg: before anything burns.

    Raises:
        ValueError: the pressure between the angles is not above zero.
    """
    window = grid.window(first_deg, last_deg)
    trace = pressure[window]
    if not float(trace.min()) > 0.0:
        raise ValueError("pressure must be absolute: it is not above zero in compression")
    size = np.log(volume(geometry=geometry, angle_deg=grid.angle_deg[window]))
    centred = size - size.mean()
    return -float(centred @ np.log(trace) / (centred @ centred))


def intake_spikes(
    *, grid: AngleGrid, intake: Pressure, usual: FloatArray, limits: AbnormalLimits
) -> FloatArray:
    """Return how far the intake pressure rises above its usual course with its valve open, Pa.

    Args:
        grid: crank angles.
        intake: Pa, shape (cycles, n).
        usual: its median over the cycles at each angle, shape (n,).
        limits: where the valve is open.
    """
    window = grid.window(*limits.intake_open_deg)
    excess = intake[:, window] - usual[window]
    return np.asarray(excess.max(axis=1), dtype=np.float64)


def backfires(
    *, spikes: FloatArray, imep_net: FloatArray, reference: float, limits: AbnormalLimits
) -> BoolArray:
    """Return which cycles have a spike in the intake and little work, shape (cycles,)."""
    weak = imep_net < limits.backfire_work_share * reference
    return np.asarray((spikes > limits.intake_spike) & weak, dtype=np.bool_)
