"""A cylinder as an indicating system sees it: gain, noise and faults of its sensors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from drivers.simulated.cables import Source
from drivers.simulated.cycles import (
    Array,
    CycleConditions,
    CycleEvent,
    CycleTraces,
    DrawnCycles,
)
from drivers.simulated.faults.cycle_wire import CycleWire

_INTAKE_NOISE = 0.25
"""Noise of the intake pressure over that of the cylinder pressure."""


class CylinderSensor:
    """A cylinder with its pressure sensors and its encoder; `Cycles` for a twin.

    The sensor's gain is drawn once from what the rig states; the piezoelectric sensor's zero is
    not simulated, as each cycle is pegged to the intake pressure.

    Args:
        source: the entry of the rig's wiring.

    Raises:
        ConfigError: the plant has no such cycles.
    """

    def __init__(self, source: Source) -> None:
        self._host = source.host
        self._model = source.host.plant.cycles(str(source.cable["cycles"]))
        stated, _ = source.stated
        rng = source.random
        self.gain = 1.0 + rng.gauss(0.0, stated.reading / stated.divisor)
        """What the cylinder's sensor shows over the truth, 1."""
        self._noise = source.noise
        wandering = source.wandering or rng
        self._random = np.random.Generator(np.random.PCG64(wandering.getrandbits(64)))
        self.wire = CycleWire()
        """Where faults happen."""

    @property
    def is_disturbed(self) -> bool:
        """Whether a fault changes what is seen, so that only traces tell it."""
        return self.wire.is_disturbed

    def conditions(self, now: int) -> CycleConditions:
        """Return what cycles are like at a time (ns)."""
        return self._model.conditions(self._host.at(now))

    def peak(self, conditions: CycleConditions) -> float:
        """Return the highest true pressure of the mean cycle, Pa."""
        return self._model.peak(conditions)

    def drawn(
        self, conditions: CycleConditions, normals: Array, events: Mapping[int, CycleEvent]
    ) -> DrawnCycles:
        """Return single cycles, as of `CycleModel.drawn`."""
        return self._model.drawn(conditions, normals, events)

    def traces(self, conditions: CycleConditions, cycles: DrawnCycles) -> CycleTraces:
        """Return the pressures as the sensors show them, at the angles the encoder tells."""
        true = self._model.traces(conditions, cycles)
        seen = CycleTraces(
            self.gain * true.cylinder + self._noise * self._normal(true.cylinder),
            true.intake + _INTAKE_NOISE * self._noise * self._normal(true.intake),
        )
        return self.wire.disturbed(seen) if self.wire.is_disturbed else seen

    def _normal(self, like: Array) -> Array:
        return self._random.standard_normal(like.shape)
