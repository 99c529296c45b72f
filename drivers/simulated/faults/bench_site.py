"""The whole bench with its computer: where its power is cut."""

from __future__ import annotations

from bench.opener import Power
from drivers.simulated.faults.fault import Fault


class BenchSite:
    """Switches the bench's power off; who does the scans looks at it."""

    def __init__(self, power: Power) -> None:
        self._power = power

    def begin(self, name: str, fault: Fault, now: int) -> None:
        """Cut the power."""
        del name, now
        self._power.is_on, self._power.away = False, fault.lasts

    def end(self, name: str, now: int) -> None:
        """Nothing runs any more that could learn of it."""
