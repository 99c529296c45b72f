"""A mass flow controller without its interface: sensor, valve and what regulates between them.

It regulates what its own sensor measures; it reaches a new setpoint exponentially within about a
second, and closes its valve fully at setpoint 0. At rest it takes small deviations away slowly, and
leaves the valve alone within its band, so that its output is steady.
"""

from __future__ import annotations

import math

from bench.clock import MILLISECOND, NEVER, SECOND
from drivers.simulated.port import Actuator, Signal

RESPONSE = 1.0
"""Time constant of a controller, s."""
TICK = 200 * MILLISECOND
"""How often it regulates while it moves."""
REST = 10 * SECOND
"""How often it looks whether it still rests."""
CLOSE = 2e-4
"""Distance to the setpoint at which it no longer moves, share of the capacity."""
BAND = 2e-3
"""Deviation it bears at rest, share of the capacity."""
TRIM_STEP, MOST_TRIM = 0.3, 0.1
"""Share of a deviation it takes away per second at rest; most it may, share of the setpoint."""
WIDEST = 1.1
"""Flow through the open valve, share of the capacity."""
STRAYED, PATIENCE = 0.05, 20 * SECOND
"""Deviation, share of the capacity, that raises the warning, and for how long."""
DIGITAL, CLOSED, OPEN = (0, 18), 3, 8
"""Control modes: digital setpoint, valve closed, valve fully open."""
WARNING = 2
"""Alarm bit."""


class Controller:
    """One controller: its valve and what it shows."""

    def __init__(self, signal: Signal, valve: Actuator | None, capacity: float) -> None:
        self._signal = signal
        self._valve = valve
        self.capacity = capacity
        """100 %, mol/s."""
        self.setpoint = 0.0
        """mol/s."""
        self.mode = 0
        self.alarms = 0
        self.due = 0
        """When it regulates next, ns."""
        self._flow = 0.0
        self._trim = 0.0
        self._driven: float | None = None
        self._at = 0
        self._near = 0

    def measured(self, now: int) -> float:
        """Return what its sensor shows, mol/s."""
        return self._signal(now)

    def wish(self, setpoint: float, now: int) -> None:
        """Take a setpoint, mol/s."""
        if setpoint != self.setpoint:
            self._settle(now)
            self.setpoint, self.due = setpoint, now

    def choose(self, mode: int, now: int) -> None:
        """Take a control mode."""
        self._settle(now)
        self.mode, self.due = mode, now

    @property
    def _target(self) -> float:
        if self.mode in DIGITAL:
            return self.setpoint
        return WIDEST * self.capacity if self.mode == OPEN else 0.0

    def _settle(self, now: int) -> None:
        """Bring the valve to the present."""
        share = math.exp((self._at - now) / (RESPONSE * SECOND))
        self._flow = self._target + (self._flow - self._target) * share
        self._at = now

    def step(self, now: int) -> int:
        """Regulate; return when to do so again (ns)."""
        if now < self.due:
            return self.due
        elapsed = min(now - self._at, SECOND) / SECOND
        self._settle(now)
        target = self._target
        is_moving = abs(self._flow - target) > CLOSE * self.capacity
        if not is_moving:
            self._flow = target
        if target == 0.0:
            self._trim = 0.0
            self.alarms &= ~WARNING
            self._near = now
            self.due = now + TICK if is_moving else NEVER
        else:
            self.due = now + (TICK if is_moving else self._rest(target, elapsed, now))
        self._drive(now)
        return self.due

    def _rest(self, target: float, elapsed: float, now: int) -> int:
        """Take away what is left of a deviation; return when to look again (in ns)."""
        deviation = target - self._signal(now)
        if abs(deviation) <= STRAYED * self.capacity:
            self._near = now
            self.alarms &= ~WARNING
        elif now - self._near >= PATIENCE:
            self.alarms |= WARNING
        if not abs(deviation) > BAND * self.capacity:  # also with a broken sensor
            return REST
        most = MOST_TRIM * target
        self._trim = min(max(self._trim + TRIM_STEP * elapsed * deviation, -most), most)
        return SECOND

    def _drive(self, now: int) -> None:
        flow = min(max(self._flow + self._trim, 0.0), WIDEST * self.capacity)
        if self._valve is not None and flow != self._driven:
            self._driven = flow
            self._valve(flow, now)
