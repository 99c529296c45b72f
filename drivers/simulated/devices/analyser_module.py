"""One detector module of an exhaust gas analyser: its gas, its drift, its adjustment."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.clock import SECOND
from drivers.simulated.devices.gas_path import Detector, SampleLine
from drivers.simulated.port import Signal

LINE_DELAY = 3 * SECOND
"""From the probe through the heated line to the valve block."""
RISE_T90 = 2 * SECOND
"""Rise of the detectors, 0 to 90 %."""
ADJUSTABLE = 0.10
"""Largest deviation an adjustment accepts, of the range in use (engineering default)."""
OVERFLOW = 1.05
"""Where a value is no longer valid, of the highest range (engineering default)."""

ZERO_GAS = "SNGA"
SPAN_GAS = "SEGA"
NO_FLOW = "STBY"


@dataclass(frozen=True)
class Module:
    """A detector, as its data sheet gives it."""

    name: str
    """Component: ``nox``."""
    unit: float
    """SI value of one displayed unit."""
    decimals: int
    """Digits behind the point."""
    ranges: tuple[float, ...]
    """Upper ends of M1 and up, displayed unit."""
    ambient: float = 0.0
    """What room air holds, 1."""
    zero_drift: float = 0.002
    """Amplitude within a day, of the lowest range: well inside what a data sheet allows."""
    span_drift: float = 0.003
    """Amplitude within a day, of the reading: well inside what a data sheet allows."""


@dataclass(frozen=True)
class DailyDrift:
    """Drift that follows the room's temperature: amplitude·sin(2π·t/24 h + phase)."""

    amplitude: float
    """Largest drift, in the unit of the drift."""
    phase: float
    """Where in the day it starts, rad."""
    leapt: Callable[[], int] = field(default=lambda: 0)
    """Time that the wires stood still for so far, ns: the day went on."""

    def __call__(self, now: int) -> float:
        """Return the drift at a time (ns)."""
        days = (now + self.leapt()) / (86_400 * SECOND)
        return self.amplitude * math.sin(math.tau * days + self.phase)


@dataclass(frozen=True)
class Inlet:
    """What comes into a module."""

    probe: Signal
    """Mole fraction at the probe, 1."""
    bottle: float
    """Mole fraction in the span gas bottle, 1."""
    zero_drift: Signal
    """What the detector shows too much of any gas, 1."""
    span_drift: Signal
    """What the detector shows too much, relative."""


class AnalyserModule:
    """A module at work, and the correction its last adjustment found."""

    def __init__(self, module: Module, inlet: Inlet) -> None:
        self.module = module
        self._inlet = inlet
        self._highest = OVERFLOW * module.ranges[-1]
        self._line = SampleLine(LINE_DELAY, module.ambient)
        self._detector = Detector(RISE_T90, module.ambient)
        self._zero, self._gain = 0.0, 1.0
        self.nominal = [0.9 * end for end in module.ranges]
        """Span gas as entered, per range, displayed unit."""
        self._shown: tuple[int, float, float] = (-1, 0.0, 0.0)
        self.deviations = {ZERO_GAS: 0.0, SPAN_GAS: 0.0}
        """What the last accepted adjustments found, displayed unit."""

    def start_pump(self) -> None:
        """Draw sample again: the line still holds room air."""
        self._line.fill(self.module.ambient)

    def see(self, gas: str, now: int) -> None:
        """Lead the gas of an operating mode over the detector until a time (ns)."""
        fraction = self._line.through(self._inlet.probe(now), now)
        if gas == ZERO_GAS:
            fraction = 0.0
        elif gas == SPAN_GAS:
            fraction = self._inlet.bottle
        elif gas == NO_FLOW:
            fraction = self._detector.value
        self._detector.see(fraction, now)

    def value(self, now: int) -> float:
        """Return the concentration shown at a time (ns), displayed unit."""
        return (self._raw(now) - self._zero) * self._gain / self.module.unit

    def is_in_range(self, now: int) -> bool:
        """Return whether the concentration can be shown."""
        return -math.inf < self.value(now) <= self._highest  # false for NaN

    def range(self, now: int) -> int:
        """Return the index of the range in use: the smallest that holds the value."""
        value, ends = self.value(now), self.module.ranges
        return next((index for index, end in enumerate(ends) if value <= end), len(ends) - 1)

    def adjust(self, gas: str, now: int) -> bool:
        """Make the value what the gas is said to hold; return whether it was near enough."""
        value, in_use = self.value(now), self.range(now)
        nominal = 0.0 if gas == ZERO_GAS else self.nominal[in_use]
        if not abs(value - nominal) <= ADJUSTABLE * self.module.ranges[in_use]:
            return False
        if gas == ZERO_GAS:
            self._zero = self._raw(now)
        elif value > 0.0:
            self._gain *= nominal / value
        else:
            return False
        self.deviations[gas] = value - nominal
        return True

    def _raw(self, now: int) -> float:
        seen = self._detector.value
        at, of, shown = self._shown  # asked several times for each value that is shown
        if at != now or of != seen:
            inlet = self._inlet
            shown = seen * (1.0 + inlet.span_drift(now)) + inlet.zero_drift(now)
            self._shown = (now, seen, shown)
        return shown
