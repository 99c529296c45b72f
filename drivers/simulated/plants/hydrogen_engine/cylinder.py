"""Pressure in one cylinder over crank angle: single-zone cycles with Wiebe heat release.

With a constant ratio of specific heats the first law of the closed cycle is linear in heat and
intake pressure, ``p V^k = p0 V0^k + (k-1) * integral of V^(k-1) dQ``, so that the heat that gives a
wanted net mean effective pressure follows without iteration, on the very grid on which it is
integrated. The net mean effective pressure is that of the state: brake plus friction. Geometry,
valve timing, burn durations and rates of abnormal cycles are engineering defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import exp, log, pi

import numpy as np
from numpy.typing import NDArray

from drivers.simulated.cycles import (
    FIRST,
    POINTS,
    STEP,
    CycleConditions,
    CycleEvent,
    CycleTraces,
    DrawnCycles,
)

Array = NDArray[np.float64]

KAPPA = 1.32
"""Ratio of specific heats of the charge (engineering default for lean hydrogen mixtures)."""
WIEBE_FORM, WIEBE_END = 2.0, 6.908
"""Form of the heat release, and its exponent: 99.9 % are burnt at its end."""
INTAKE_CLOSES, EXHAUST_OPENS = -150.0, 140.0
"""Valve timing, deg."""
SOUND = 950.0
"""Speed of sound in the burning charge, m/s (as for the knock frequencies of heavy engines)."""
OSCILLATION_DECAYS = 15.0
"""Angle over which a pressure oscillation decays, deg."""
OSCILLATION_SPREAD = 0.3
"""Standard deviation of the logarithm of its amplitude."""
KNOCK_AMPLITUDE = 2.5e5
"""Median amplitude in a cycle that knocks by chance, Pa."""
_BURN = (-60.0, EXHAUST_OPENS)


@dataclass(frozen=True)
class Geometry:
    """One cylinder; made once per engine, as its tables are."""

    swept: float
    """Swept volume, m3."""
    bore: float = 0.131
    """Bore, m."""
    rod: float = 0.260
    """Length of the connecting rod, m."""
    compression: float = 12.5
    """Compression ratio."""

    @cached_property
    def angles(self) -> Array:
        """Angles of the grid, deg."""
        angles: Array = FIRST + STEP * np.arange(POINTS, dtype=np.float64)
        return angles

    @cached_property
    def volume(self) -> Array:
        """Volume over the grid, m3."""
        crank = 2.0 * self.swept / (pi * self.bore**2)
        angle = np.radians(self.angles)
        reach = np.sqrt(self.rod**2 - (crank * np.sin(angle)) ** 2)
        depth = crank + self.rod - crank * np.cos(angle) - reach
        return self.swept / (self.compression - 1.0) + pi / 4.0 * self.bore**2 * depth

    @cached_property
    def weights(self) -> Array:
        """What a pressure at each angle adds to the net mean effective pressure, 1."""
        volume = self.volume
        return (np.roll(volume, -1) - np.roll(volume, 1)) / (2.0 * self.swept)

    @cached_property
    def knock_frequency(self) -> float:
        """First circumferential mode, Hz: 1.841 c / (pi B)."""
        return 1.841 * SOUND / (pi * self.bore)

    def place(self, angle: float) -> int:
        """Return the point of the grid at an angle (deg)."""
        return round((angle - FIRST) / STEP)

    @cached_property
    def shapes(self) -> tuple[Array, Array]:
        """Pressure of the cycle without heat: per intake and per exhaust pressure, 1."""
        angles, opens = self.angles, self.place(EXHAUST_OPENS)
        closes = self.place(INTAKE_CLOSES)
        intake = (self.volume[closes] / self.volume) ** KAPPA
        inward = np.minimum(angles[:closes], -180.0)  # nothing flows in at bottom dead centre
        intake[:closes] = 1.0 - 0.02 * np.sin(np.radians(inward)) ** 2
        exhaust = np.zeros(POINTS)
        left = self.blow_down
        intake[opens:] = intake[opens] * left
        exhaust[opens:] = 1.0 - left
        overlap = np.clip((angles + 360.0) / 20.0, 0.0, 1.0)  # the intake valve takes over
        exhaust += 1.0 - overlap
        intake[:closes] *= overlap[:closes]
        return intake, exhaust

    @cached_property
    def blow_down(self) -> Array:
        """What is left of the pressure difference once the exhaust valve opens, 1."""
        behind = self.angles[self.place(EXHAUST_OPENS) :] - EXHAUST_OPENS
        return np.exp(-behind / 15.0)

    def heat_shapes(self, ca50: Array, duration: Array | float) -> Array:
        """Return pressure per net mean effective pressure that heat brings, 1: (cycles, points)."""
        first, last = (self.place(angle) for angle in _BURN)
        begin = ca50 - duration * _share_at(0.5)
        angles = self.angles[first : last + 1]
        burnt = np.clip((angles - begin[:, None]) / np.reshape(duration, (-1, 1)), 0.0, 1.0)
        burnt = -np.expm1(-WIEBE_END * burnt * burnt * burnt)  # form 2: to the third power
        middle = 0.5 * (self.volume[first:last] + self.volume[first + 1 : last + 1])
        shapes = np.zeros((len(ca50), POINTS))
        work = np.cumsum(np.diff(burnt, axis=1) * middle ** (KAPPA - 1.0), axis=1)
        shapes[:, first + 1 : last + 1] = work
        shapes[:, first + 1 : last + 1] *= self.volume[first + 1 : last + 1] ** -KAPPA
        shapes[:, last:] = shapes[:, last, None] * self.blow_down
        shapes /= (shapes @ self.weights)[:, None]
        return shapes


def _share_at(burnt: float) -> float:
    """Return the share of the duration at which a share is burnt."""
    return (-log(1.0 - burnt) / WIEBE_END) ** (1.0 / (WIEBE_FORM + 1.0))


def burn_angle(ca50: float, duration: float, burnt: float) -> float:
    """Return the true angle at which a share is burnt, deg."""
    return ca50 + duration * (_share_at(burnt) - _share_at(0.5))


@dataclass(frozen=True)
class CylinderCycles:
    """The cycles of one cylinder; a `CycleModel` but for the conditions of a state."""

    geometry: Geometry
    """The cylinder."""

    def peak(self, conditions: CycleConditions) -> float:
        """Return the highest pressure of the mean cycle, Pa."""
        at = conditions
        gain = self._heat(at, at.imep) / at.intake_pressure
        found = peak_table(self.geometry).ratio(gain, at.ca50, at.duration)
        return at.intake_pressure * found

    def _heat(self, conditions: CycleConditions, imep: float) -> float:
        """Return the mean effective pressure that heat has to bring, Pa."""
        intake, exhaust = _cold_work(self.geometry)
        at = conditions
        return imep - intake * at.intake_pressure - exhaust * at.exhaust_pressure

    def drawn(
        self, conditions: CycleConditions, normals: Array, events: Mapping[int, CycleEvent]
    ) -> DrawnCycles:
        """Return single cycles; see `CycleModel.drawn`."""
        at = conditions
        imep = at.imep * (1.0 + at.imep_variation * normals[:, 0])
        ca50 = at.ca50 + at.ca50_deviation * normals[:, 1]
        oscillation = at.oscillation * np.exp(OSCILLATION_SPREAD * normals[:, 2])
        kinds = np.zeros(len(normals), np.uint8)
        for cycle, event in events.items():
            kinds[cycle] = event
            likely = exp(OSCILLATION_SPREAD * normals[cycle, 2])
            if event is CycleEvent.KNOCK:
                oscillation[cycle] = max(oscillation[cycle], KNOCK_AMPLITUDE * likely)
            else:
                share, ahead = _EVENTS[event]
                imep[cycle] = share * at.imep
                if ahead:
                    ca50[cycle] = at.spark - ahead * likely + at.duration * _share_at(0.5)
        return DrawnCycles(imep, ca50, oscillation, kinds)

    def traces(self, conditions: CycleConditions, cycles: DrawnCycles) -> CycleTraces:
        """Return the true pressures of single cycles."""
        at, geometry = conditions, self.geometry
        cold, spent = geometry.shapes
        intake = self._intake(at, cycles.events)
        pressure = at.intake_pressure * cold + at.exhaust_pressure * spent
        pressure = np.broadcast_to(pressure, intake.shape) + self._oscillation(at, cycles)
        pressure += _rises(geometry, cycles.events)
        missing = cycles.imep - pressure @ geometry.weights
        pressure += geometry.heat_shapes(cycles.ca50, at.duration) * missing[:, None]
        return CycleTraces(np.maximum(pressure, 1e3), intake)

    def _intake(self, at: CycleConditions, events: NDArray[np.uint8]) -> Array:
        waves = 0.015 * np.sin(3.0 * np.radians(self.geometry.angles + 180.0))
        manifold = at.intake_pressure * (1.0 + waves)
        return np.broadcast_to(manifold, (len(events), POINTS)) + _rises(self.geometry, events)

    def _oscillation(self, at: CycleConditions, cycles: DrawnCycles) -> Array:
        """Return the oscillation behind the middle of combustion, Pa."""
        found = np.zeros((len(cycles.ca50), POINTS))
        first, last = (self.geometry.place(each) for each in _BURN)
        since = self.geometry.angles[first:last] - (cycles.ca50[:, None] + 3.0)
        turn = self.geometry.knock_frequency / max(at.speed, 10.0)  # periods per rad
        quarter = 0.25 / turn * 180.0 / pi
        amplitude = cycles.oscillation * exp(quarter / OSCILLATION_DECAYS)
        swing = np.sin((2.0 * pi * turn * pi / 180.0) * since)
        swing *= np.exp(-np.maximum(since, 0.0) / OSCILLATION_DECAYS)
        found[:, first:last] = np.where(since > 0.0, swing, 0.0) * amplitude[:, None]
        return found


_EVENTS = {
    CycleEvent.MISFIRE: (0.05, 0.0),
    CycleEvent.PRE_IGNITION: (0.85, 18.0),
    CycleEvent.BACKFIRE: (0.45, 0.0),
}
"""Event → its share of the usual work, and how far before the spark combustion begins, deg."""
BACKFIRE_RISE = 0.8e5
"""Rise of the intake pressure while the intake valve is open, Pa."""


def _rises(geometry: Geometry, events: NDArray[np.uint8]) -> Array:
    """Return what backfires add to the pressure of the intake stroke, Pa."""
    found = np.zeros((len(events), POINTS))
    angles = geometry.angles
    rise = np.sin(np.pi * np.clip((angles + 330.0) / 130.0, 0.0, 1.0)) ** 2
    found[events == CycleEvent.BACKFIRE] = BACKFIRE_RISE * rise
    return found


@lru_cache(maxsize=8)
def _cold_work(geometry: Geometry) -> tuple[float, float]:
    """Return net mean effective pressure without heat, per intake and exhaust pressure, 1."""
    intake, exhaust = geometry.shapes
    return float(intake @ geometry.weights), float(exhaust @ geometry.weights)


class PeakTable:
    """Highest pressure over intake pressure, by heat, phasing and duration: read in microseconds.

    Args:
        geometry: the cylinder.
    """

    _GAINS = tuple(1.5 * i for i in range(15))
    _CENTRES = tuple(-20.0 + 3.0 * i for i in range(21))
    _DURATIONS = tuple(30.0 + 10.0 * i for i in range(7))

    def __init__(self, geometry: Geometry) -> None:
        cold, _ = geometry.shapes
        window = slice(geometry.place(-30.0), geometry.place(60.0), 5)
        centres = np.array(self._CENTRES)
        self._table: list[list[list[float]]] = []
        for duration in self._DURATIONS:
            shapes = geometry.heat_shapes(centres, duration)[:, window]
            peaks = [(cold[window] + gain * shapes).max(axis=1) for gain in self._GAINS]
            self._table.append(np.stack(peaks, axis=1).tolist())

    def ratio(self, gain: float, ca50: float, duration: float) -> float:
        """Return the highest pressure over the intake pressure, 1.

        Args:
            gain: mean effective pressure that heat brings, over intake pressure, 1.
            ca50: angle at which half is burnt, deg.
            duration: whole duration of combustion, deg.
        """
        i, across = _between(duration, 30.0, 10.0, len(self._DURATIONS))
        j, along = _between(ca50, -20.0, 3.0, len(self._CENTRES))
        k, up = _between(gain, 0.0, 1.5, len(self._GAINS))
        found = 0.0
        for plane, part in ((self._table[i], 1.0 - across), (self._table[i + 1], across)):
            low, high = plane[j], plane[j + 1]
            first = low[k] + up * (low[k + 1] - low[k])
            found += part * (first + along * (high[k] + up * (high[k + 1] - high[k]) - first))
        return found


def _between(value: float, first: float, step: float, count: int) -> tuple[int, float]:
    place = min(max((value - first) / step, 0.0), count - 1.001)
    return int(place), place - int(place)


@lru_cache(maxsize=8)
def peak_table(geometry: Geometry) -> PeakTable:
    """Return the table of a cylinder, built once."""
    return PeakTable(geometry)
