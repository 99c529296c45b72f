"""Where the zero of a piezoelectric sensor lies: what to add to a cycle to make it absolute."""

from typing import Final

import numpy as np

from analysis.checks import FloatArray, require_positive
from analysis.combustion.geometry import CylinderGeometry, volume
from analysis.combustion.traces import AngleGrid, Pressure

INTAKE_BDC_DEG: Final = -180.0
"""Bottom dead centre at the end of intake."""


def manifold_offset(
    *,
    grid: AngleGrid,
    pressure: Pressure,
    intake_pressure: float | FloatArray,
    half_window_deg: float = 5.0,
) -> FloatArray:
    """Return what makes the cylinder pressure around bottom dead centre that of the manifold.

    Args:
        grid: crank angles.
        pressure: as recorded, Pa, shape (cycles, n).
        intake_pressure: Pa absolute; one, or one per cycle (mean over the same window).
        half_window_deg: the mean is taken over so many degrees on both sides.

    Returns:
        Offset to add, Pa, shape (cycles,).

    Raises:
        ValueError: an intake pressure is not above zero.
    """
    given = np.asarray(intake_pressure, dtype=np.float64)
    require_positive(intake_pressure=given)
    return given - mean_around(
        grid=grid, pressure=pressure, angle_deg=INTAKE_BDC_DEG, half_window_deg=half_window_deg
    )


def mean_around(
    *, grid: AngleGrid, pressure: Pressure, angle_deg: float, half_window_deg: float
) -> FloatArray:
    """Return the mean over a window of angles, Pa, shape (cycles,)."""
    window = grid.window(angle_deg - half_window_deg, angle_deg + half_window_deg)
    return pressure[:, window].mean(axis=1, dtype=np.float64)


def polytropic_offset(
    *,
    grid: AngleGrid,
    pressure: Pressure,
    geometry: CylinderGeometry,
    exponent: float = 1.33,
    first_deg: float = -100.0,
    last_deg: float = -65.0,
) -> FloatArray:
    """Return what makes the compression between two angles polytropic.

    p + offset = C / V^n, least squares over all samples between the angles: the two-point method
    (Randolph, SAE 900170) with its noise averaged.

    Args:
        grid: crank angles.
        pressure: as recorded, Pa, shape (cycles, n).
        geometry: of the cylinder.
        exponent: polytropic, 1; a lean hydrogen charge has 1.32..1.36 (engineering default 1.33).
        first_deg: after the intake valve is closed.
        last_deg: before anything burns.

    Returns:
        Offset to add, Pa, shape (cycles,).

    Raises:
        ValueError: the exponent is not above zero, or the angles hold fewer than two samples.
    """
    require_positive(exponent=exponent)
    window = grid.window(first_deg, last_deg)
    size = volume(geometry=geometry, angle_deg=grid.angle_deg[window])
    if size.size < 2:
        raise ValueError("polytropic pegging needs two samples between its angles")
    shape = (size / geometry.displacement) ** -exponent
    centred = shape - shape.mean()
    part = pressure[:, window].astype(np.float64)
    slope = part @ centred / float(centred @ centred)
    return slope * float(shape.mean()) - part.mean(axis=1)
