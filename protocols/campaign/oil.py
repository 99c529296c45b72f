"""Oil: what the balance lost between top-ups, per energy.

The mass on the balance is fitted over the energy: one slope, and a level for each time between two
fillings. So noise, top-ups and oil changes do not count as consumption.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.drift import fit
from bench.clock import SECOND
from protocols.campaign.axis import JOULE_PER_KWH, Axis
from protocols.campaign.reading import SLOT

STEP = 0.15
"""kg. A jump between two readings above this is oil that was added or let out, though nobody said
so. Engineering default."""
SERVICES = frozenset({"oil-change", "oil-top-up", "oil-filter"})
"""Services behind which the balance begins anew."""
FILLED = "top-up"
"""Kind of a note that says the same."""


@dataclass(frozen=True)
class Reading:
    """Mean of the balance over a slot of time."""

    run: int
    """Number of the run."""
    time_ns: int
    """Middle of the slot, monotonic."""
    energy: float
    """Of the campaign there, kWh."""
    mass: float
    """kg."""


@dataclass(frozen=True)
class Step:
    """Oil was added, or let out."""

    run: int
    """Number of the run."""
    time_ns: int
    """When it was seen, monotonic."""
    mass: float
    """How much, kg; negative: let out."""


@dataclass(frozen=True)
class Rate:
    """Consumption over a stretch of the life."""

    value: float
    """g/kWh."""
    uncertainty: float
    """Standard uncertainty from the scatter of the readings, g/kWh."""


@dataclass(frozen=True)
class Oil:
    """What the balance shows."""

    readings: tuple[Reading, ...] = ()
    """In time."""
    steps: tuple[Step, ...] = ()
    """Top-ups and changes."""
    consumed: float = math.nan
    """Over all counted runs, kg; NaN: no balance."""

    def rate(self, begin: float, end: float) -> Rate | None:
        """Return the consumption between two energies (kWh); None: too few readings.

        Args:
            begin: energy of the campaign at the begin, kWh.
            end: at the end, kWh.
        """
        own = [each for each in self._with_levels() if begin <= each[0].energy <= end]
        if not own:
            return None
        try:
            fitted = fit(
                kilometres=[each.energy - begin for each, _ in own],
                values=[each.mass for each, _ in own],
                series=[level for _, level in own],
            )
        except ValueError:  # too few, or no energy between them
            return None
        return Rate(-1e3 * fitted.slope, 1e3 * fitted.slope_uncertainty)

    def _with_levels(self) -> Iterator[tuple[Reading, int]]:
        waiting = list(self.steps)
        level = 0
        for each in self.readings:
            while waiting and (waiting[0].run, waiting[0].time_ns) <= (each.run, each.time_ns):
                waiting.pop(0)
                level += 1
            yield each, level


def oil_of(axis: Axis) -> Oil:
    """Return what the balance of counted runs shows."""
    readings = tuple(_readings(axis))
    if len(readings) < 2:
        return Oil(readings)
    steps = tuple(_steps(axis, readings))
    lost = readings[0].mass - readings[-1].mass + sum(step.mass for step in steps)
    return Oil(readings, steps, lost)


def _readings(axis: Axis) -> Iterator[Reading]:
    for number, run in enumerate(axis.runs):
        start = 0 if run.facts is None else run.facts.start_ns
        for slot in sorted(run.slots):
            sums = run.slots[slot]
            if sums.readings and sums.hours > 0.0:  # a sump settles when the engine stands
                middle = start + slot * SLOT + SLOT // 2
                energy = axis.energy(number, middle) / JOULE_PER_KWH
                yield Reading(number, middle, energy, sums.oil / sums.readings)


def _steps(axis: Axis, readings: Sequence[Reading]) -> Iterator[Step]:
    """Yield where oil was filled or let out: what was said, and what jumped.

    What is burned between two readings is no part of a step.
    """
    jumps = np.diff([each.mass for each in readings])
    usual = float(np.median(jumps))
    jumped = set(np.flatnonzero(np.abs(jumps - usual) > STEP).tolist())
    places = [(each.run, each.time_ns) for each in readings]
    said = {bisect.bisect_right(places, filled) - 1 for filled in _filled(axis)}
    for place in sorted(jumped | said):
        if 0 <= place < len(jumps):
            behind = readings[place + 1]
            begin = behind.time_ns - SLOT // 2 - SECOND
            yield Step(behind.run, begin, float(jumps[place] - usual))


def _filled(axis: Axis) -> Iterator[tuple[int, int]]:
    """Yield run and monotonic time at which somebody says that oil was filled or changed."""
    for number, run in enumerate(axis.runs):
        for each in run.happenings:
            is_service = each.kind == "service" and SERVICES & set(each.about)
            if is_service or each.kind == FILLED:
                yield number, each.time_ns
