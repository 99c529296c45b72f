"""Working cycles of an engine's cylinder: what a plant offers of them, and what a twin is given.

Angles are degrees of crank angle around the top dead centre of firing; everything else is SI. A
plant tells what cycles are like now (`CycleConditions`), which is cheap; full traces are made of
single cycles only when somebody wants them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

POINTS = 7200
"""Points of a cycle."""
FIRST, STEP = -360.0, 0.1
"""First angle and the step between two points, deg."""
DRAWS = 3
"""Standard normal numbers per cycle: work, phasing, pressure oscillation."""

Array = NDArray[np.float64]


class CycleEvent(IntEnum):
    """What is abnormal about a cycle."""

    KNOCK = 1
    MISFIRE = 2
    PRE_IGNITION = 3
    BACKFIRE = 4


class CycleConditions(NamedTuple):
    """What the cycles of one state are like."""

    speed: float
    """Crankshaft speed, rad/s."""
    is_fired: bool
    """Whether there is combustion."""
    intake_pressure: float
    """In the intake manifold, Pa."""
    exhaust_pressure: float
    """In the exhaust manifold, Pa."""
    imep: float
    """Net mean effective pressure of a cycle that burns normally, Pa."""
    imep_variation: float
    """Its coefficient of variation, 1."""
    ca50: float
    """Mean angle at which half is burnt, deg."""
    ca50_deviation: float
    """Its standard deviation, deg."""
    duration: float
    """Whole duration of combustion (0 to 99.9 %), deg."""
    spark: float
    """Spark angle, deg."""
    oscillation: float
    """Median amplitude of the pressure oscillation, Pa."""
    rates: tuple[float, float, float, float]
    """Share of cycles that knock, misfire, ignite early, backfire (as `CycleEvent` orders them)."""


class DrawnCycles(NamedTuple):
    """Single cycles; one element each."""

    imep: Array
    """Net mean effective pressure, Pa."""
    ca50: Array
    """Angle at which half is burnt, deg."""
    oscillation: Array
    """Amplitude of the pressure oscillation, Pa."""
    events: NDArray[np.uint8]
    """`CycleEvent`, or 0."""


class CycleTraces(NamedTuple):
    """Pressures of single cycles over crank angle: (cycles, `POINTS`), Pa."""

    cylinder: Array
    """In the cylinder, absolute."""
    intake: Array
    """In the intake manifold, absolute."""


class CycleModel(Protocol):
    """What a plant offers of its working cycles."""

    def conditions(self, state: Any) -> CycleConditions:
        """Return what cycles are like in a state."""
        ...

    def peak(self, conditions: CycleConditions) -> float:
        """Return the highest pressure of the mean cycle, Pa."""
        ...

    def drawn(
        self, conditions: CycleConditions, normals: Array, events: Mapping[int, CycleEvent]
    ) -> DrawnCycles:
        """Return single cycles.

        Args:
            conditions: What they are like.
            normals: Standard normal numbers, (cycles, `DRAWS`).
            events: Number of a cycle among them → what is abnormal.
        """
        ...

    def traces(self, conditions: CycleConditions, cycles: DrawnCycles) -> CycleTraces:
        """Return the true pressures of single cycles."""
        ...


class Cycles(Protocol):
    """The cylinder as an indicating system sees it: pressure sensors and encoder included."""

    @property
    def is_disturbed(self) -> bool:
        """Whether a fault changes what is seen, so that only traces tell it."""
        ...

    @property
    def gain(self) -> float:
        """What the cylinder's sensor shows over the truth, 1."""
        ...

    def conditions(self, now: int) -> CycleConditions:
        """Return what cycles are like at a time (ns)."""
        ...

    def peak(self, conditions: CycleConditions) -> float:
        """Return the highest true pressure of the mean cycle, Pa."""
        ...

    def drawn(
        self, conditions: CycleConditions, normals: Array, events: Mapping[int, CycleEvent]
    ) -> DrawnCycles:
        """Return single cycles, as of `CycleModel.drawn`."""
        ...

    def traces(self, conditions: CycleConditions, cycles: DrawnCycles) -> CycleTraces:
        """Return the pressures as the sensors show them, at the angles the encoder tells."""
        ...
