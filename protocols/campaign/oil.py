"""Oil: what the balance lost between top-ups, per energy.

The mass on the balance is fitted over the energy: one slope, and a level for each time between two
fillings. So noise, top-ups and oil changes do not count as consumption.

Where there is too little for a line, and for the total of all runs, the weighings at both ends of
each time between two fillings give it. Their uncertainty is what the channel of the balance states;
every weighing counts by itself. What all of them share would cancel, but nobody states how much.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from analysis.drift import NoDriftError, fit
from bench.clock import SECOND
from protocols.campaign.axis import JOULE_PER_KWH, Axis
from protocols.campaign.part_results import RunFacts
from protocols.campaign.reading import SLOT

STEP = 0.15
"""kg. A jump between two readings above this is oil that was added or let out, though nobody said
so. Engineering default."""
BALANCE_UNCERTAINTY = 0.05
"""kg. Standard uncertainty of one weighing where the channel states none. Engineering default."""
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
    uncertainty: float = BALANCE_UNCERTAINTY
    """Standard uncertainty of the weighing, kg."""
    is_stated: bool = False
    """Whether the channel states it; False: the engineering default."""


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
    """Standard uncertainty from the scatter of the readings and the weighings, g/kWh."""


@dataclass(frozen=True)
class Weighed:
    """What weighings give, fillings taken off."""

    mass: float
    """Consumed, kg."""
    uncertainty: float
    """Standard uncertainty, kg."""
    energy: float
    """Brake energy between the first and the last weighing, kWh."""
    weighings: int
    """How many it stands on: two for each time between fillings."""
    largest: float
    """Standard uncertainty of the worst weighing, kg."""
    is_stated: bool
    """Whether the channel of the balance states it everywhere."""

    @property
    def rate(self) -> Rate | None:
        """Consumption per energy; None: no energy between them."""
        if not self.energy > 0.0:
            return None
        return Rate(1e3 * self.mass / self.energy, 1e3 * self.uncertainty / self.energy)


@dataclass(frozen=True)
class Oil:
    """What the balance shows."""

    readings: tuple[Reading, ...] = ()
    """In time."""
    steps: tuple[Step, ...] = ()
    """Top-ups and changes."""
    usual: float = 0.0
    """Change from one reading to the next without a filling, kg: what burns during a filling."""

    @property
    def fillings(self) -> tuple[Step, ...]:
        """Steps as people know them: one that shows in two readings is one."""
        found: list[Step] = []
        for step in self.steps:
            last = found[-1] if found else None
            if last is not None and last.run == step.run and step.time_ns - last.time_ns <= SLOT:
                found[-1] = Step(last.run, last.time_ns, last.mass + step.mass)
            else:
                found.append(step)
        return tuple(found)

    @property
    def weighed(self) -> Weighed | None:
        """Over all counted runs; None: no two weighings without a filling between them."""
        return _weighed(list(self._with_levels()), self.usual)

    def rate(self, begin: float, end: float) -> Rate | None:
        """Return the consumption between two energies (kWh); None: too few readings.

        Args:
            begin: energy of the campaign at the begin, kWh.
            end: at the end, kWh.
        """
        own = [each for each in self._with_levels() if begin <= each[0].energy <= end]
        if not own:
            return None
        weighed = _weighed(own, self.usual)
        by_weighing = None if weighed is None else weighed.rate
        try:
            fitted = fit(
                kilometres=[each.energy - begin for each, _ in own],
                values=[each.mass for each, _ in own],
                series=[level for _, level in own],
            )
        except NoDriftError:  # too few for a line, or no energy between them
            return by_weighing
        scatter = 1e3 * fitted.slope_uncertainty
        stated = 0.0 if by_weighing is None else by_weighing.uncertainty
        return Rate(-1e3 * fitted.slope, math.hypot(scatter, stated))

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
    jumps = np.diff([each.mass for each in readings])
    times = [(each.run, each.time_ns) for each in readings]
    said = {bisect.bisect_right(times, filled) - 1 for filled in _filled(axis)}
    burned = np.delete(jumps, [place for place in said if 0 <= place < jumps.size])
    # more than a step up or down is no burning, however few readings there are
    usual = float(np.clip(np.median(burned), -STEP, 0.0)) if burned.size else 0.0
    excess = [float(jump) - usual for jump in jumps]
    places = sorted(_split(excess, said, 2.0 * max(each.uncertainty for each in readings)))
    steps = (
        Step(after.run, after.time_ns - SLOT // 2 - SECOND, excess[place])
        for place, after in ((place, readings[place + 1]) for place in places)
    )
    return Oil(readings, tuple(steps), usual)


def _split(excess: Sequence[float], said: AbstractSet[int], least: float) -> AbstractSet[int]:
    """Return at which jumps oil was filled or let out.

    Filled in the middle of a slot, oil shows in the jumps to its mean and from it: beside a step,
    what goes the same way by more than the least is part of it.
    """
    sure = {place for place, each in enumerate(excess) if abs(each) > STEP or place in said}
    beside = {
        place + side
        for place in sure
        for side in (-1, 1)
        if 0 <= place + side < len(excess)
        and abs(excess[place + side]) > least
        and excess[place] * excess[place + side] > 0.0
    }
    return sure | beside


def _weighed(own: Sequence[tuple[Reading, int]], usual: float) -> Weighed | None:
    """Return what was consumed between the first and the last of these readings.

    What burned while oil was filled is weighed by nobody: it is the usual change, and may be as
    far off as it is large.
    """
    if not own:
        return None
    ends = [
        (stretch[0], stretch[-1])
        for _, found in itertools.groupby(own, key=lambda each: each[1])
        if (stretch := [reading for reading, _ in found])
    ]
    weighings = [end for pair in ends if pair[0] is not pair[1] for end in pair]
    if not weighings:
        return None
    fillings = len(ends) - 1
    variance = sum(each.uncertainty**2 for each in weighings) + fillings * usual**2
    return Weighed(
        mass=sum(first.mass - last.mass for first, last in ends) - fillings * usual,
        uncertainty=math.sqrt(variance),
        energy=own[-1][0].energy - own[0][0].energy,
        weighings=len(weighings),
        largest=max(each.uncertainty for each in weighings),
        is_stated=all(each.is_stated for each in weighings),
    )


def _readings(axis: Axis) -> Iterator[Reading]:
    for number, run in enumerate(axis.runs):
        start = 0 if run.facts is None else run.facts.start_ns
        for slot in sorted(run.slots):
            sums = run.slots[slot]
            if sums.readings and sums.hours > 0.0:  # a sump settles when the engine stands
                middle = start + slot * SLOT + SLOT // 2
                energy = axis.energy(number, middle) / JOULE_PER_KWH
                mass = sums.oil / sums.readings
                stated = _stated(run.facts, mass)
                yield Reading(
                    number, middle, energy, mass, stated or BALANCE_UNCERTAINTY, stated > 0.0
                )


def _stated(facts: RunFacts | None, mass: float) -> float:
    """Return the standard uncertainty that a run states of a weighing, kg; 0: none."""
    return 0.0 if facts is None or facts.balance is None else facts.balance.standard(mass)


def _filled(axis: Axis) -> Iterator[tuple[int, int]]:
    """Yield run and monotonic time at which somebody says that oil was filled or changed."""
    for number, run in enumerate(axis.runs):
        for each in run.happenings:
            is_service = each.kind == "service" and SERVICES & set(each.about)
            if is_service or each.kind == FILLED:
                yield number, each.time_ns
