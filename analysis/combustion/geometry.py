"""Volume over a cylinder's piston, from the crank angle."""

import math
from dataclasses import dataclass

import numpy as np

from analysis.checks import FloatArray, require_positive


@dataclass(frozen=True, slots=True, kw_only=True)
class CylinderGeometry:
    """One cylinder with a crank drive without pin offset."""

    bore: float
    """m."""
    stroke: float
    """m."""
    rod: float
    """Length of the connecting rod between its eyes, m."""
    compression_ratio: float
    """Largest over smallest volume, 1."""

    def __post_init__(self) -> None:
        """Refuse what cannot be built."""
        require_positive(bore=self.bore, stroke=self.stroke, rod=self.rod)
        require_positive(compression_ratio=self.compression_ratio)
        if self.compression_ratio <= 1.0:
            message = f"compression_ratio must be above 1, got {self.compression_ratio}"
            raise ValueError(message)
        if self.rod <= self.stroke / 2.0:
            message = f"rod must be longer than half the stroke, got {self.rod}"
            raise ValueError(message)

    @property
    def piston_area(self) -> float:
        """m2."""
        return math.pi / 4.0 * self.bore**2

    @property
    def displacement(self) -> float:
        """Swept volume of the cylinder, m3."""
        return self.piston_area * self.stroke

    @property
    def clearance(self) -> float:
        """Volume at top dead centre, m3."""
        return self.displacement / (self.compression_ratio - 1.0)


def piston_travel(*, geometry: CylinderGeometry, angle_deg: FloatArray) -> FloatArray:
    """Return how far the piston is below its top dead centre, m, shape of the angle.

    x = a + l - a cos(theta) - sqrt(l^2 - (a sin(theta))^2), a: half the stroke, l: the rod.
    """
    angle = np.radians(np.asarray(angle_deg, dtype=np.float64))
    crank = geometry.stroke / 2.0
    reach = np.sqrt(geometry.rod**2 - (crank * np.sin(angle)) ** 2)
    return crank + geometry.rod - crank * np.cos(angle) - reach


def volume(*, geometry: CylinderGeometry, angle_deg: FloatArray) -> FloatArray:
    """Return the volume over the piston, m3, shape of the angle."""
    travel = piston_travel(geometry=geometry, angle_deg=angle_deg)
    return geometry.clearance + geometry.piston_area * travel


def volume_slope(*, geometry: CylinderGeometry, angle_deg: FloatArray) -> FloatArray:
    """Return the change of volume with the angle, m3 per degree, shape of the angle."""
    angle = np.radians(np.asarray(angle_deg, dtype=np.float64))
    crank = geometry.stroke / 2.0
    reach = np.sqrt(geometry.rod**2 - (crank * np.sin(angle)) ** 2)
    slope = crank * np.sin(angle) * (1.0 + crank * np.cos(angle) / reach)
    return geometry.piston_area * slope * math.pi / 180.0


def wall_area(*, geometry: CylinderGeometry, angle_deg: FloatArray) -> FloatArray:
    """Return the area that the gas touches, m2: head and piston taken as flat, and the liner."""
    travel = piston_travel(geometry=geometry, angle_deg=angle_deg)
    gap = geometry.clearance / geometry.piston_area
    return 2.0 * geometry.piston_area + math.pi * geometry.bore * (travel + gap)
