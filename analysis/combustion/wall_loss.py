"""Heat that a cylinder loses through its wall, after Woschni."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.checks import FloatArray, require_not_negative, require_positive
from analysis.combustion.geometry import CylinderGeometry, volume, wall_area
from analysis.combustion.traces import AngleGrid

COMPRESSION_FLOW: Final = 2.28
COMBUSTION_FLOW: Final = 3.24e-3
"""m/(s K). Both after Woschni, SAE 670931, as in Heywood, Internal Combustion Engine
Fundamentals, 12.4.3; found on diesel engines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WallLoss:
    """What the loss needs beside the pressure."""

    speed: float
    """Of the crank, rad/s."""
    wall_temperature: float
    """Mean of head, piston and liner, K."""
    charge_temperature: float
    """At the angle where the heat release begins, K."""
    factor: float = 1.0
    """On the heat transfer coefficient; hydrogen flames touch the wall and lose more."""

    def __post_init__(self) -> None:
        """Refuse what is no temperature or speed."""
        require_positive(
            speed=self.speed,
            wall_temperature=self.wall_temperature,
            charge_temperature=self.charge_temperature,
        )
        require_not_negative(factor=self.factor)


def lost_heat(
    *,
    grid: AngleGrid,
    window: slice,
    pressure: FloatArray,
    geometry: CylinderGeometry,
    loss: WallLoss,
    exponent: float,
) -> FloatArray:
    """Return the heat lost since the begin of the window, J, shape (cycles, samples of window).

    h = 3.26 B^-0.2 p^0.8 T^-0.55 w^0.8 with p in kPa and h in W/(m2 K);
    w = 2.28 S_p + 3.24e-3 (V_d T_r)/(p_r V_r) (p - p_motored).

    Args:
        grid: crank angles.
        window: samples of the closed cycle.
        pressure: absolute, Pa, shape (cycles, samples of window).
        geometry: of the cylinder.
        loss: temperatures and speed.
        exponent: of the motored compression, 1.
    """
    angle = grid.angle_deg[window]
    size = volume(geometry=geometry, angle_deg=angle)
    area = wall_area(geometry=geometry, angle_deg=angle)
    first = pressure[:, :1]
    temperature = loss.charge_temperature * pressure * size / (first * size[0])
    motored = first * (size[0] / size) ** exponent
    piston_speed = geometry.stroke * loss.speed / np.pi
    flow = COMPRESSION_FLOW * piston_speed + COMBUSTION_FLOW * (
        geometry.displacement * loss.charge_temperature / (first * size[0])
    ) * np.maximum(pressure - motored, 0.0)
    coefficient = (
        3.26
        * loss.factor
        * geometry.bore**-0.2
        * (pressure / 1e3 * flow) ** 0.8
        * temperature**-0.55
    )
    rate = coefficient * area * (temperature - loss.wall_temperature)
    seconds = np.radians(grid.step_deg) / loss.speed
    heat = np.zeros_like(rate)
    np.cumsum((rate[:, 1:] + rate[:, :-1]) * (0.5 * seconds), axis=1, out=heat[:, 1:])
    return heat
