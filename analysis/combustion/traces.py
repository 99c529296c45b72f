"""Recorded cycles on one grid of crank angles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.checks import FloatArray

Pressure = NDArray[np.float32] | NDArray[np.float64]
"""Pressures as they were recorded, cycles times samples."""
Cycles = NDArray[Any] | Sequence[ArrayLike]
"""A table of cycles times samples, or one row for each cycle."""

BATCH: Final = 16
"""Cycles that are computed at once: 16 of 7,200 samples are 0.9 MB and fit a processor's cache."""
CYCLE_DEG: Final = 720.0
LEAST_SAMPLES: Final = 360
"""One sample per two degrees; coarser ones carry no burn angles (engineering default)."""
GRID_TOLERANCE: Final = 0.02
"""Of a step: how far a sample may lie beside the regular grid (engineering default)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AngleGrid:
    """Crank angles of one cycle, equally spaced over 720 degrees."""

    angle_deg: FloatArray
    """Rising from -360, shape (n,); a sample at +360 may be there or not."""
    step_deg: float
    """Distance of two samples."""

    def __len__(self) -> int:
        """Return the number of samples of a cycle."""
        return len(self.angle_deg)

    def index(self, angle_deg: float) -> int:
        """Return the sample nearest to an angle."""
        place = round((angle_deg - float(self.angle_deg[0])) / self.step_deg)
        return min(max(place, 0), len(self) - 1)

    def window(self, first_deg: float, last_deg: float) -> slice:
        """Return the samples from one angle to another, both included."""
        return slice(self.index(first_deg), self.index(last_deg) + 1)

    def samples(self, width_deg: float) -> int:
        """Return how many steps a width has, at least one."""
        return max(1, round(width_deg / self.step_deg))


def angle_grid(angle_deg: ArrayLike) -> AngleGrid:
    """Return the grid of these angles.

    Args:
        angle_deg: -360..360, equally spaced, shape (n,).

    Raises:
        ValueError: the angles are not a regular grid over one cycle of 720 degrees.
    """
    angle = np.asarray(angle_deg, dtype=np.float64)
    if angle.ndim != 1 or angle.size < LEAST_SAMPLES or not np.isfinite(angle).all():
        message = f"angle_deg needs at least {LEAST_SAMPLES} finite angles in one row"
        raise ValueError(message)
    step = float(angle[-1] - angle[0]) / (angle.size - 1)
    regular = angle[0] + step * np.arange(angle.size)
    if step <= 0.0 or float(np.abs(angle - regular).max()) > GRID_TOLERANCE * step:
        raise ValueError("angle_deg must rise in equal steps")
    missing = CYCLE_DEG - float(angle[-1] - angle[0])
    if abs(angle[0] + CYCLE_DEG / 2.0) > step or not -0.5 * step < missing < 1.5 * step:
        message = f"angle_deg must cover -360..360, got {angle[0]:g}..{angle[-1]:g}"
        raise ValueError(message)
    return AngleGrid(angle_deg=regular, step_deg=step)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Traces:
    """Cycles of one cylinder at one operating point, as they were recorded."""

    grid: AngleGrid
    """Crank angles of the samples."""
    pressure: Pressure
    """In the cylinder, Pa, cycles times samples; NaN where a sample is missing."""
    intake: Pressure | None
    """In the intake manifold, Pa absolute, cycles times samples; None: not recorded."""

    @property
    def cycles(self) -> int:
        """Number of cycles."""
        return int(self.pressure.shape[0])


def traces(
    *,
    angle_deg: ArrayLike,
    pressure: Cycles,
    intake: Cycles | None = None,
) -> Traces:
    """Return cycles on a grid; a cycle of another length has lost teeth and is kept as NaN.

    Args:
        angle_deg: the grid, shape (n,).
        pressure: in the cylinder, Pa, shape (cycles, n), or a row for each cycle.
        intake: in the intake manifold, Pa absolute, likewise; None: not recorded.

    Raises:
        ValueError: the grid is none, there is no cycle, or the intake has another number of cycles.
    """
    grid = angle_grid(angle_deg)
    rows = _rows(pressure, len(grid))
    beside = None if intake is None else _rows(intake, len(grid))
    if not len(rows):
        raise ValueError("pressure holds no cycle")
    if beside is not None and len(beside) != len(rows):
        message = f"intake has {len(beside)} cycles, pressure has {len(rows)}"
        raise ValueError(message)
    return Traces(grid=grid, pressure=rows, intake=beside)


def _rows(values: Cycles, samples: int) -> Pressure:
    """Return rows of one length; arrays that have it already are not copied."""
    if isinstance(values, np.ndarray) and values.ndim == 2 and values.shape[1] == samples:
        if values.dtype == np.float32:
            return cast("NDArray[np.float32]", values)
        return values.astype(np.float64, copy=False)
    rows = [np.asarray(row, dtype=np.float64) for row in values]
    kept = np.full((len(rows), samples), np.nan)
    for place, row in enumerate(rows):
        if row.shape == (samples,):
            kept[place] = row
    return kept
