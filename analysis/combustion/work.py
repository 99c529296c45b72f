"""Work of a cycle per swept volume: indicated mean effective pressures."""

from dataclasses import dataclass

import numpy as np

from analysis.checks import FloatArray
from analysis.combustion.geometry import CylinderGeometry, volume
from analysis.combustion.traces import AngleGrid, Pressure


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IndicatedWork:
    """Mean effective pressures of cycles, Pa, each of shape (cycles,)."""

    gross: FloatArray
    """Compression and expansion only, -180..180."""
    net: FloatArray
    """The whole cycle of 720 degrees."""

    @property
    def pumping(self) -> FloatArray:
        """Net less gross: below zero where the gas exchange costs work."""
        return self.net - self.gross


def indicated_work(
    *, grid: AngleGrid, pressure: Pressure, geometry: CylinderGeometry, shift_deg: float = 0.0
) -> IndicatedWork:
    """Return the mean effective pressures: the integral of p dV over the displacement.

    Trapezoids on the grid. A constant added to the pressure changes neither, because both
    integrals close on the volume they began with.

    Args:
        grid: crank angles.
        pressure: Pa, shape (cycles, n).
        geometry: of the cylinder.
        shift_deg: by how much every angle is taken too small; for the effect of a wrong top dead
            centre.
    """
    weights = _weights(grid, geometry, shift_deg)
    return IndicatedWork(
        gross=_dot(pressure, weights[0]),
        net=_dot(pressure, weights[1]),
    )


def friction(*, net: float, brake: float) -> float:
    """Return the friction mean effective pressure, Pa: indicated net less brake."""
    return net - brake


def _weights(
    grid: AngleGrid, geometry: CylinderGeometry, shift_deg: float
) -> tuple[FloatArray, FloatArray]:
    """Return dV per swept volume of each sample: for gross and for net work.

    The net integral closes on itself: the sample that follows the last is the first.
    """
    size = volume(geometry=geometry, angle_deg=grid.angle_deg + shift_deg)
    size = size / geometry.displacement
    net = (np.roll(size, -1) - np.roll(size, 1)) / 2.0
    closed = grid.window(-180.0, 180.0)
    halves = np.diff(size[closed]) / 2.0
    gross = np.zeros_like(size)
    gross[closed] = np.append(halves, 0.0) + np.insert(halves, 0, 0.0)
    return gross, net


def _dot(pressure: Pressure, weights: FloatArray) -> FloatArray:
    return np.asarray(pressure.astype(np.float64, copy=False) @ weights, dtype=np.float64)
