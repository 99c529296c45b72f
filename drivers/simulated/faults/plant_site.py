"""The test object and its cell: where faults of the plant happen."""

from __future__ import annotations

from bench.errors import ConfigError
from drivers.simulated.faults.fault import Fault
from drivers.simulated.plant import PlantHost


class PlantSite:
    """Tells the plant which of its faults are there; the newest of a kind counts."""

    def __init__(self, host: PlantHost) -> None:
        self._host = host
        self._running: dict[str, Fault] = {}

    def begin(self, name: str, fault: Fault, now: int) -> None:
        """Let a fault happen.

        Raises:
            ConfigError: this kind of plant cannot suffer it.
        """
        known = self._host.plant.faults()
        if fault.what not in known:
            raise ConfigError("fault.plant", what=fault.what, known=", ".join(known) or "-")
        self._running[name] = fault
        self._tell(now)

    def end(self, name: str, now: int) -> None:
        """Let it be over."""
        del self._running[name]
        self._tell(now)

    def _tell(self, now: int) -> None:
        self._host.disturb({each.what: each.values for each in self._running.values()}, now)
