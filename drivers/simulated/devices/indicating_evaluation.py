"""What an indicating system works out of the pressure of a cycle: the CIS-6's manual, section 4.

- Pegging: the mean of cylinder and intake pressure within 5° of the bottom dead centre before
  compression are made equal.
- Net mean effective pressure: sum of p dV over the cycle by the swept volume, from the geometry set
  at commissioning.
- CA50: where the net heat released from -60° on, with a ratio of specific heats of 1.32, is half of
  its highest value; the 5 % angle likewise.
- Knock amplitude (MAPO): highest amount of the pressure behind a high-pass, from 0 to 70°: three
  times the running mean over one period of the first circumferential mode (1.841 c / (pi B), c =
  950 m/s) is taken off.
"""

from __future__ import annotations

from math import pi
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from drivers.simulated.cycles import FIRST, POINTS, STEP, Array, CycleTraces

KAPPA = 1.32
_PEGGED = (-185.0, -175.0)
_BURNING = (-60.0, 120.0)
_KNOCKING = (0.0, 70.0)
_SMOOTH = 21
_SOUND = 950.0


class EngineGeometry(NamedTuple):
    """What is set at commissioning."""

    bore: float = 0.131
    """Bore, m."""
    stroke: float = 0.15828
    """Stroke, m."""
    rod: float = 0.260
    """Length of the connecting rod, m."""
    compression: float = 12.5
    """Compression ratio."""


class Evaluated(NamedTuple):
    """Results of single cycles."""

    imep: Array
    """Net mean effective pressure, Pa."""
    peak: Array
    """Highest pressure, Pa."""
    ca05: Array
    """Angle at which 5 % are burnt, deg."""
    ca50: Array
    """Angle at which half is burnt, deg."""
    mapo: Array
    """Knock amplitude, Pa."""
    rise: Array
    """Rise of the intake pressure above its mean, Pa."""


def _window(span: tuple[float, float]) -> slice:
    return slice(*(round((angle - FIRST) / STEP) for angle in span))


def pegged(traces: CycleTraces) -> CycleTraces:
    """Return the traces with the cylinder pressure made absolute."""
    window = _window(_PEGGED)
    off = traces.intake[:, window].mean(axis=1) - traces.cylinder[:, window].mean(axis=1)
    return CycleTraces(traces.cylinder + off[:, None], traces.intake)


class Evaluator:
    """Evaluates cycles of one engine."""

    def __init__(self, geometry: EngineGeometry) -> None:
        angles: Array = FIRST + STEP * np.arange(POINTS, dtype=np.float64)
        turned = np.radians(angles)
        crank, rod = 0.5 * geometry.stroke, geometry.rod
        depth = crank + rod - crank * np.cos(turned)
        depth -= np.sqrt(rod**2 - (crank * np.sin(turned)) ** 2)
        area = pi / 4.0 * geometry.bore**2
        swept = area * geometry.stroke
        self._angles = angles
        self._period = pi * geometry.bore / (1.841 * _SOUND)
        self._volume = swept / (geometry.compression - 1.0) + area * depth
        change = (np.roll(self._volume, -1) - np.roll(self._volume, 1)) / 2.0
        self._work = change / swept

    def evaluate(self, traces: CycleTraces, speed: float) -> Evaluated:
        """Return the results of pegged cycles at a speed (rad/s)."""
        pressure, intake = traces
        ca05, ca50 = self._burn_angles(pressure)
        return Evaluated(
            pressure @ self._work,
            pressure.max(axis=1),
            ca05,
            ca50,
            _knock_amplitude(pressure, self._period * speed),
            intake.max(axis=1) - np.median(intake, axis=1),
        )

    def _burn_angles(self, pressure: Array) -> tuple[Array, ...]:
        window = _window(_BURNING)
        volume, seen = self._volume[window], _smoothed(pressure[:, window])
        middle_pressure = 0.5 * (seen[:, 1:] + seen[:, :-1])
        middle_volume = 0.5 * (volume[1:] + volume[:-1])
        heat = KAPPA / (KAPPA - 1.0) * middle_pressure * np.diff(volume)
        heat += middle_volume * np.diff(seen, axis=1) / (KAPPA - 1.0)
        released = np.cumsum(heat, axis=1)
        top = released.max(axis=1, keepdims=True)
        angles: Array = self._angles[window][1:]
        places = (np.argmax(released >= share * top, axis=1) for share in (0.05, 0.5))
        return tuple(angles[each] for each in places)


def _smoothed(values: Array, points: int = _SMOOTH) -> Array:
    """Return the running mean over so many points, an odd number."""
    half = points // 2
    padded = np.pad(values, ((0, 0), (half + 1, half)), mode="edge")
    total = np.cumsum(padded, axis=1)
    return (total[:, points:] - total[:, :-points]) / points


def _knock_amplitude(pressure: Array, period: float) -> Array:
    """Return the knock amplitude; the period of the oscillation is an angle (rad)."""
    points = 2 * round(0.5 * (np.degrees(period) / STEP - 1.0)) + 1
    points = int(min(max(points, 3), 101))
    first, last = _window(_KNOCKING).start, _window(_KNOCKING).stop
    margin = 3 * points
    swing = pressure[:, first - margin : last + margin]
    for _ in range(3):
        swing = swing - _smoothed(swing, points)
    inside: NDArray[np.float64] = np.abs(swing[:, margin:-margin])
    return inside.max(axis=1)
