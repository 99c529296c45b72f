"""Whether the angle that is taken for top dead centre is the one of the piston."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.checks import FloatArray, as_samples
from analysis.combustion.geometry import CylinderGeometry, volume, volume_slope
from analysis.combustion.traces import AngleGrid

LOSS_ANGLE_DEG: Final = -0.7
"""Where a motored cycle has its peak, because it loses heat and gas: -0.3..-1.0, engineering
default; a capacitive sensor for the piston tells the one of this engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MotoredCheck:
    """What a motored cycle tells of top dead centre; errors are recorded less true angle."""

    peak_deg: float
    """Angle of the largest pressure."""
    error_by_peak_deg: float
    """Peak less the thermodynamic loss angle."""
    error_by_symmetry_deg: float
    """Shift that makes compression and expansion the same line in log p over log V, apart from a
    loss that grows with neither."""


def motored_check(
    *,
    grid: AngleGrid,
    pressure: FloatArray,
    geometry: CylinderGeometry,
    loss_angle_deg: float = LOSS_ANGLE_DEG,
) -> MotoredCheck:
    """Return how far top dead centre is off, from the mean of motored cycles.

    Args:
        grid: crank angles.
        pressure: absolute, Pa, shape (n,).
        geometry: of the cylinder.
        loss_angle_deg: where the peak of a motored cycle belongs.

    Raises:
        ValueError: the pressure is not one row of finite numbers above zero.
    """
    trace = as_samples("pressure", pressure, at_least=len(grid))
    if trace.min() <= 0.0:
        raise ValueError("pressure must be absolute: it is not above zero everywhere")
    top = grid.index(float(grid.angle_deg[trace.argmax()]))
    around = grid.window(float(grid.angle_deg[top]) - 4.0, float(grid.angle_deg[top]) + 4.0)
    distance = grid.angle_deg[around] - grid.angle_deg[top]
    design = np.column_stack([distance**2, distance, np.ones_like(distance)])
    bend, slope, _ = np.linalg.lstsq(design, trace[around], rcond=None)[0]
    peak = float(grid.angle_deg[top] - slope / (2.0 * bend)) if bend < 0.0 else math.nan
    return MotoredCheck(
        peak_deg=peak,
        error_by_peak_deg=peak - loss_angle_deg,
        error_by_symmetry_deg=_asymmetry(grid, trace, geometry),
    )


def _asymmetry(grid: AngleGrid, trace: FloatArray, geometry: CylinderGeometry) -> float:
    """Return the shift behind the odd part of log p between 20 and 90 degrees on both sides.

    A shift d adds n d (dV/dtheta) / V to it, the loss a constant and a part that grows evenly
    with the angle.
    """
    angle = np.arange(20.0, 90.0, grid.step_deg)
    after = np.log(np.interp(angle, grid.angle_deg, trace))
    before = np.log(np.interp(-angle, grid.angle_deg, trace))
    size = volume(geometry=geometry, angle_deg=angle)
    relative = volume_slope(geometry=geometry, angle_deg=angle) / size
    line = np.column_stack([np.log(size), np.ones_like(size)])
    exponent = -float(np.linalg.lstsq(line, (after + before) / 2.0, rcond=None)[0][0])
    design = np.column_stack([exponent * relative, np.ones_like(angle), angle])
    return float(np.linalg.lstsq(design, (after - before) / 2.0, rcond=None)[0][0])


def compression_error(
    *,
    grid: AngleGrid,
    pressure: FloatArray,
    geometry: CylinderGeometry,
    first_deg: float = -70.0,
    last_deg: float = -15.0,
) -> float:
    """Return recorded less true angle, degrees, as the compression of fired cycles shows it.

    The shift that makes log p over log V straight: log p = c - n log V + n d (dV/dtheta) / V, d the
    error. An exponent that falls from 1.36 to 1.32 while the charge heats up looks like -0.5
    degrees, 0.05 bar of pegging like 0.15; the earlier the angles, the more. A coarse check, for
    encoders that are mounted wrongly: a motored capture tells tenths.

    Args:
        grid: crank angles.
        pressure: absolute, Pa, mean of cycles, shape (n,).
        geometry: of the cylinder.
        first_deg: after the intake valve is closed.
        last_deg: before the spark.

    Raises:
        ValueError: the pressure between the angles is not above zero.
    """
    window = grid.window(first_deg, last_deg)
    trace = pressure[window]
    if not float(trace.min()) > 0.0:
        raise ValueError("pressure must be absolute: it is not above zero in compression")
    angle = grid.angle_deg[window]
    size = volume(geometry=geometry, angle_deg=angle)
    relative = volume_slope(geometry=geometry, angle_deg=angle) / size
    design = np.column_stack([relative, np.log(size), np.ones_like(size)])
    slope, exponent, _ = np.linalg.lstsq(design, np.log(trace), rcond=None)[0]
    return float(slope / -exponent) if exponent < 0.0 else math.nan
