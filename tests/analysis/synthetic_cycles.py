"""Cycles whose burn angles are known exactly, written apart from the analysis.

The closed cycle is the exact solution of the first law with a constant ratio of specific heats:
d(p V^g) = (g - 1) V^(g-1) dQ, so that p V^g = p0 V0^g + (g - 1) int V^(g-1) dQ. The integral is
taken on a grid ten times as fine. Gas exchange is at two constant pressures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEP = 0.1
ANGLE = -360.0 + STEP * np.arange(7200)
FINE = 10
A, M = 6.9078, 2.0
"""Of Wiebe: 99.9 % burned at the end; form factor."""


@dataclass(frozen=True)
class Engine:
    """Of the size of a 13 l six-cylinder engine."""

    bore: float = 0.131
    stroke: float = 0.158
    rod: float = 0.2675
    ratio: float = 12.0

    def volume(self, angle: Array) -> Array:
        crank, theta = self.stroke / 2.0, np.deg2rad(angle)
        pin = crank * np.cos(theta) + np.sqrt(self.rod**2 - (crank * np.sin(theta)) ** 2)
        area = math.pi * self.bore**2 / 4.0
        return area * (self.stroke / (self.ratio - 1.0) + crank + self.rod - pin)

    @property
    def swept(self) -> float:
        return math.pi * self.bore**2 / 4.0 * self.stroke


ENGINE = Engine()


@dataclass(frozen=True)
class Cycle:
    """One cycle as it is."""

    begin: float = -10.0
    """Of combustion."""
    duration: float = 30.0
    heat: float = 4500.0
    intake: float = 2.2e5
    exhaust: float = 2.0e5
    gamma: float = 1.31
    closing: float = -180.0
    opening: float = 180.0
    ring: float = 0.0
    """Amplitude of an oscillation from 5 degrees on, Pa."""
    ring_frequency: float = 4250.0

    def burned(self, share: float) -> float:
        """Return the angle where a share of what is burned in the end is burned."""
        total = 1.0 - math.exp(-A)
        return self.begin + self.duration * (-math.log(1.0 - share * total) / A) ** (1 / (M + 1))


def pressure(cycle: Cycle, *, speed: float = 1200.0 * math.pi / 30.0, shift: float = 0.0) -> Array:
    """Return the pressure at ANGLE; shift: true less recorded angle."""
    angle = ANGLE + shift
    fine = cycle.closing + STEP / FINE * np.arange(
        round((cycle.opening - cycle.closing) / STEP * FINE) + 1
    )
    x = np.clip((fine - cycle.begin) / cycle.duration, 0.0, 1.0)
    heat = cycle.heat * (1.0 - np.exp(-A * x ** (M + 1))) / (1.0 - math.exp(-A))
    size = ENGINE.volume(fine)
    weight = size ** (cycle.gamma - 1.0)
    gained = np.concatenate([[0.0], np.cumsum((weight[1:] + weight[:-1]) / 2.0 * np.diff(heat))])
    closed = (
        cycle.intake * size[0] ** cycle.gamma + (cycle.gamma - 1.0) * gained
    ) / size**cycle.gamma
    trace = np.where(angle < 0.0, cycle.intake, cycle.exhaust)
    inside = (angle >= cycle.closing) & (angle <= cycle.opening)
    trace[inside] = np.interp(angle[inside], fine, closed)
    if cycle.ring:
        seconds = np.deg2rad(angle - 5.0) / speed
        after = seconds > 0.0
        trace[after] += (
            cycle.ring
            * np.exp(-seconds[after] / 2e-3)
            * np.sin(2.0 * math.pi * cycle.ring_frequency * seconds[after])
        )
    return trace


def capture(
    number: int, *, seed: int = 1, noise: float = 0.0, scatter: float = 0.0, cycle: Cycle = Cycle()
) -> tuple[list[Cycle], Array]:
    """Return so many cycles that scatter in heat and begin, and their pressures."""
    draw = np.random.default_rng(seed)
    cycles = [
        replace(
            cycle,
            heat=cycle.heat * (1.0 + scatter * draw.normal()),
            begin=cycle.begin + 50.0 * scatter * draw.normal(),
        )
        for _ in range(number)
    ]
    rows = np.stack([pressure(each) for each in cycles])
    return cycles, rows + noise * draw.normal(size=rows.shape)
