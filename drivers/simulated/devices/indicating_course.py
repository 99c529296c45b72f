"""The course of cycles inside an indicating system: results over a window, counters, captures.

Cycles are drawn in stretches, from one look to the next: what a cycle is like is fixed when it has
happened, its full trace is made when somebody asks for it. So results, counters and traces are of
the same cycles. Only where a sensor is faulty are traces made at each look, of a few cycles.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from math import exp, pi, sqrt
from typing import NamedTuple

import numpy as np

from bench.clock import SECOND
from drivers.simulated.cycles import (
    DRAWS,
    Array,
    CycleConditions,
    CycleEvent,
    Cycles,
    CycleTraces,
)
from drivers.simulated.devices.indicating_evaluation import EngineGeometry, Evaluator, pegged

LONGEST = 500
"""Most cycles of a stretch that are drawn one by one; older ones are only counted."""
STANDS_AFTER = 3 * SECOND
"""Without a cycle for so long the engine stands, ns."""
_BLOCK = 4096
_LOOKED_AT = 8
_FROM_HALF_TO_FIVE = -0.27
"""From the angle of half to that of 5 % burnt, over the duration of combustion."""
_RISE = 0.8e5
_KINDS = (CycleEvent.KNOCK, CycleEvent.MISFIRE, CycleEvent.PRE_IGNITION, CycleEvent.BACKFIRE)


class Thresholds(NamedTuple):
    """From where on a cycle counts as abnormal."""

    knock: float = 1e5
    """Knock amplitude above which a cycle knocks, Pa."""
    misfire: float = 0.5
    """Share of the mean work below which it misfires, 1."""
    pre_ignition: float = 0.0
    """How far before the spark 5 % must be burnt, deg."""
    backfire: float = 0.3e5
    """Rise of the intake pressure, Pa."""

    def kind(
        self, share: float, ahead: float, mapo: float, rise: float, *, is_fired: bool
    ) -> CycleEvent | None:
        """Return as what a cycle counts: the first that applies."""
        if not is_fired:
            return None
        if rise > self.backfire:
            return CycleEvent.BACKFIRE
        if ahead > self.pre_ignition and share > self.misfire:
            return CycleEvent.PRE_IGNITION
        if mapo > self.knock:
            return CycleEvent.KNOCK
        return CycleEvent.MISFIRE if share < self.misfire else None


class Stretch(NamedTuple):
    """Consecutive cycles between two looks."""

    first: int
    """Number of the first."""
    begin: int
    """When it began, ns."""
    end: int
    """When the last one ended, ns."""
    conditions: CycleConditions
    """What they are like."""
    normals: Array
    """What each was drawn from: (cycles, `DRAWS`)."""
    events: dict[int, CycleEvent]
    """Place among them → what is abnormal."""
    sums: tuple[float, float, float, float]
    """Over the cycles: work and its square, peak (Pa), CA50 (deg)."""
    mapo: float
    """Highest knock amplitude, Pa."""

    @property
    def size(self) -> int:
        """How many."""
        return len(self.normals)

    def ended(self, place: int) -> int:
        """Return when one of them ended, ns."""
        return self.begin + (place + 1) * (self.end - self.begin) // self.size


class _Draws:
    """Standard normal numbers with their running sums: a stretch costs as much as a look-up."""

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random
        self._at = _BLOCK
        self._numbers = np.zeros((0, DRAWS))
        self._work: list[float] = []
        self._work2: list[float] = []
        self._phase: list[float] = []
        self._swing: list[float] = []

    def take(self, count: int) -> tuple[Array, float, float, float, float]:
        """Return the numbers of so many cycles.

        Returns:
            The numbers; sums of the first, of its square, and of the second; highest of the third.
        """
        if self._at + count > _BLOCK:
            self._renew()
        low, high = self._at, self._at + count
        self._at = high
        work, work2, phase = self._work, self._work2, self._phase
        return (
            self._numbers[low:high],
            work[high] - work[low],
            work2[high] - work2[low],
            phase[high] - phase[low],
            max(self._swing[low:high]),
        )

    def _renew(self) -> None:
        self._at = 0
        self._numbers = numbers = self._random.standard_normal((_BLOCK, DRAWS))
        sums = np.zeros((_BLOCK + 1, 3))
        sums[1:, 0], sums[1:, 1], sums[1:, 2] = numbers[:, 0], numbers[:, 0] ** 2, numbers[:, 1]
        self._work, self._work2, self._phase = np.cumsum(sums, axis=0).T.tolist()
        self._swing = numbers[:, 2].tolist()


class Results(NamedTuple):
    """Results over the window."""

    imep: float = 0.0
    """Net mean effective pressure, Pa."""
    variation: float = 0.0
    """Its coefficient of variation, 1."""
    peak: float = 0.0
    """Mean of the highest pressures, Pa."""
    ca50: float = 0.0
    """Mean of the angles at which half is burnt, deg."""
    mapo: float = 0.0
    """Highest knock amplitude of the newest stretch, Pa."""


class CycleCourse:
    """All cycles since the system was switched on.

    Args:
        cycles: the cylinder.
        random: uniform random numbers in 0..1.
        leapt: time that the wires stood still for so far, ns.
    """

    def __init__(
        self, cycles: Cycles, random: Callable[[], float], leapt: Callable[[], int]
    ) -> None:
        self.window = 200
        """Cycles over which results are averaged."""
        self.thresholds = Thresholds()
        """What is abnormal."""
        self.evaluator = Evaluator(EngineGeometry())
        """Evaluates traces."""
        self.count = 0
        """Cycles so far."""
        self.events: dict[CycleEvent, int] = dict.fromkeys(CycleEvent, 0)
        """Abnormal cycles so far."""
        self.stretches: deque[Stretch] = deque()
        """The newest cycles, at least those of the window."""
        self.seen = 0
        """When it looked last, ns."""
        self.moved = 0
        """When the last cycle ended, ns."""
        self._cycles = cycles
        self._chance = random
        self._random = np.random.Generator(np.random.PCG64(int(random() * 2**53)))
        self._draws = _Draws(self._random)
        self._leapt, self._leapt_before = leapt, leapt()
        self._speed = 0.0
        self._rest = 0.0
        self._kept = 0
        self._totals = (0.0, 0.0, 0.0, 0.0)

    def begin(self, now: int) -> None:
        """Begin at a time (ns)."""
        self.seen = self.moved = now
        self._speed = self._cycles.conditions(now).speed

    def look(self, now: int) -> Stretch | None:
        """Let the cycles happen up to a time (ns); return the new ones."""
        elapsed, leapt = now - self.seen, self._leapt()
        if elapsed <= 0 and leapt == self._leapt_before:
            return None
        begin, self.seen = self.seen, now
        at = self._cycles.conditions(now)
        turned = 0.5 * (self._speed + at.speed) * (elapsed + leapt - self._leapt_before)
        turned = turned / (4.0 * pi * SECOND) + self._rest
        self._speed, self._leapt_before = at.speed, leapt
        happened = int(turned)
        self._rest = turned - happened
        if happened == 0:
            if now - self.moved > STANDS_AFTER and self.stretches:
                self._forget()
            return None
        self.moved = now
        return self._take(happened, at, begin)

    def results(self) -> Results:
        """Return the results over the window; zeros where the engine stands or is motored."""
        if not self.stretches:
            return Results()
        newest, kept = self.stretches[-1], self._kept
        work, work2, peak, phase = self._totals
        work, work2, peak, phase = work / kept, work2 / kept, peak / kept, phase / kept
        if not newest.conditions.is_fired:
            return Results(imep=work, peak=peak, mapo=newest.mapo)
        variance = max(work2 - work * work, 0.0) * kept / max(kept - 1, 1)
        variation = sqrt(variance) / work if work > 1e5 else 0.0
        return Results(work, variation, peak, phase, newest.mapo)

    def traces(self, stretch: Stretch, low: int, high: int) -> CycleTraces:
        """Return some cycles of a stretch as the system sees them, pegged."""
        events = {place - low: e for place, e in stretch.events.items() if low <= place < high}
        drawn = self._cycles.drawn(stretch.conditions, stretch.normals[low:high], events)
        return pegged(self._cycles.traces(stretch.conditions, drawn))

    def _forget(self) -> None:
        self.stretches.clear()
        self._kept, self._totals = 0, (0.0, 0.0, 0.0, 0.0)

    def _take(self, happened: int, at: CycleConditions, begin: int) -> Stretch:
        count = min(happened, LONGEST)
        normals, work, work2, phase, swing = self._draws.take(count)
        events = self._abnormal(happened, count, at.rates)
        first = self.count + happened - count + 1
        self.count += happened
        gain, mean = self._cycles.gain, at.imep
        spread = at.imep_variation
        found = Stretch(
            first, begin, self.seen, at, normals, events,
            (
                gain * mean * (count + spread * work),
                (gain * mean) ** 2 * (count + spread * (2.0 * work + spread * work2)),
                gain * self._cycles.peak(at) * count,
                at.ca50 * count + at.ca50_deviation * phase,
            ),
            gain * at.oscillation * exp(0.3 * swing),
        )  # fmt: skip
        if self._cycles.is_disturbed:
            found = self._measured(found, happened)
        elif events or found.mapo > self.thresholds.knock:
            found = self._judged(found, happened)
        self._keep(found)
        return found

    def _abnormal(
        self, happened: int, count: int, rates: tuple[float, float, float, float]
    ) -> dict[int, CycleEvent]:
        """Return which of the drawn cycles are abnormal; those that are not drawn are counted."""
        expected = sum(rates) * happened
        if expected < 0.01:
            several = int(self._chance() < expected)
        else:
            several = min(int(self._random.poisson(expected)), happened)
        found: dict[int, CycleEvent] = {}
        for _ in range(several):
            kind, chosen = 0, self._chance() * sum(rates)
            while kind < 3 and chosen >= rates[kind]:
                chosen -= rates[kind]
                kind += 1
            place = int(self._chance() * happened)
            if place < count:
                found[place] = _KINDS[kind]
            else:
                self.events[_KINDS[kind]] += 1
        return found

    def _judged(self, stretch: Stretch, happened: int) -> Stretch:
        """Return a stretch with what is known of its abnormal cycles; count them."""
        at, gain = stretch.conditions, self._cycles.gain
        mapo = stretch.mapo
        if mapo > self.thresholds.knock:
            amplitudes = gain * at.oscillation * np.exp(0.3 * stretch.normals[:, 2])
            share = np.count_nonzero(amplitudes > self.thresholds.knock) / stretch.size
            self.events[CycleEvent.KNOCK] += round(share * happened) if at.is_fired else 0
        work, work2, peak, phase = stretch.sums
        for place, event in stretch.events.items():
            one = self._cycles.drawn(at, stretch.normals[place : place + 1], {0: event})
            usual = self._cycles.drawn(at, stretch.normals[place : place + 1], {})
            imep, ca50 = float(one.imep[0]), float(one.ca50[0])
            ahead = at.spark - (ca50 + _FROM_HALF_TO_FIVE * at.duration)
            swing = gain * float(one.oscillation[0])
            rise = _RISE if event is CycleEvent.BACKFIRE else 0.0
            kind = self.thresholds.kind(imep / at.imep, ahead, swing, rise, is_fired=at.is_fired)
            if kind is not None:
                self.events[kind] += 1
            before = float(usual.imep[0])
            work += gain * (imep - before)
            work2 += gain**2 * (imep**2 - before**2)
            phase += ca50 - float(usual.ca50[0])
            mapo = max(mapo, swing)
        return stretch._replace(sums=(work, work2, peak, phase), mapo=mapo)

    def _measured(self, stretch: Stretch, happened: int) -> Stretch:
        """Return a stretch as the traces of a few of its cycles show it: a sensor is faulty."""
        at, many = stretch.conditions, min(stretch.size, _LOOKED_AT)
        seen = self.evaluator.evaluate(self.traces(stretch, 0, many), at.speed)
        mean = float(seen.imep.mean())
        for i in range(many):
            share = float(seen.imep[i]) / mean if mean else 1.0
            ahead = at.spark - float(seen.ca05[i])
            kind = self.thresholds.kind(
                share, ahead, float(seen.mapo[i]), float(seen.rise[i]), is_fired=at.is_fired
            )
            if kind is not None:
                self.events[kind] += round(happened / many)
        columns = (seen.imep, seen.imep**2, seen.peak, seen.ca50)
        work, work2, peak, phase = (float(each.mean()) * stretch.size for each in columns)
        return stretch._replace(sums=(work, work2, peak, phase), mapo=float(seen.mapo.max()))

    def _keep(self, stretch: Stretch) -> None:
        kept, totals = self._kept + stretch.size, self._totals
        a, b, c, d = totals
        w, x, y, z = stretch.sums
        a, b, c, d = a + w, b + x, c + y, d + z
        stretches = self.stretches
        stretches.append(stretch)
        while kept - stretches[0].size >= self.window:
            oldest = stretches.popleft()
            w, x, y, z = oldest.sums
            a, b, c, d = a - w, b - x, c - y, d - z
            kept -= oldest.size
        self._kept, self._totals = kept, (a, b, c, d)


class Capture:
    """Consecutive cycles that are kept in full.

    Args:
        number: of the capture, from 1.
        first: number of its first cycle.
        wanted: how many cycles.
        stretches: what of them has been.
    """

    def __init__(
        self, number: int, first: int, wanted: int, stretches: tuple[Stretch, ...] = ()
    ) -> None:
        self.number, self.first, self.wanted = number, first, wanted
        self._stretches = list(stretches)
        self.is_broken = False
        """Whether it ended before it was whole."""

    def take(self, stretch: Stretch) -> None:
        """Take new cycles."""
        if self.is_running:
            self._stretches.append(stretch)

    @property
    def done(self) -> int:
        """Cycles that are there."""
        if not self._stretches:
            return 0
        last = self._stretches[-1]
        return max(min(last.first + last.size - self.first, self.wanted), 0)

    @property
    def is_running(self) -> bool:
        """Whether cycles are still to come."""
        return self.done < self.wanted and not self.is_broken

    def parts(self, low: int, count: int) -> Iterator[tuple[Stretch, int, int]]:
        """Yield the stretches that hold cycles `low` and following, each with from and to where."""
        begin = self.first + low
        for stretch in self._stretches:
            start = max(begin - stretch.first, 0)
            end = min(begin + count - stretch.first, stretch.size)
            if start < end:
                yield stretch, start, end
