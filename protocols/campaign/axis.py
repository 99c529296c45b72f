"""One axis for all counted runs: running hours, energy, and kilometres as claimed then."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.clock import SECOND
from protocols.campaign.claims import Claims
from protocols.campaign.reading import SLOT
from protocols.campaign.run_reading import RunReading
from protocols.engine_mechanisms import MechanismPart, joined

Numbers = NDArray[np.float64]
JOULE_PER_KWH = 3.6e6


@dataclass(frozen=True, eq=False)
class RunAxis:
    """Sums along one run."""

    times: Numbers
    """Edges of its slots, s since its begin; shape (n,)."""
    hours: Numbers
    """Running hours of the campaign there."""
    energy: Numbers
    """Brake energy of the campaign there, J."""


@dataclass(frozen=True, eq=False)
class Axis:
    """Where on the life of the object a moment of a run lies."""

    runs: tuple[RunReading, ...]
    """Counted runs, in time."""
    total: MechanismPart | None
    """What all their rows did; None: nothing of it is known."""
    along: tuple[RunAxis, ...]
    """Sums along each run."""
    known_hours: Numbers
    """Running hours at which the claim is known; shape (n,)."""
    known_kilometres: Numbers
    """Claim there, km."""

    def hours(self, run: int, time_ns: int) -> float:
        """Return the running hours of the campaign at a monotonic time of a run."""
        own = self.along[run]
        return float(np.interp(self._seconds(run, time_ns), own.times, own.hours))

    def energy(self, run: int, time_ns: int) -> float:
        """Return the brake energy of the campaign there, J."""
        own = self.along[run]
        return float(np.interp(self._seconds(run, time_ns), own.times, own.energy))

    def kilometres(self, hours: float) -> float:
        """Return the claim at so many running hours, km; between two reference tests evenly."""
        return float(np.interp(hours, self.known_hours, self.known_kilometres))

    def _seconds(self, run: int, time_ns: int) -> float:
        facts = self.runs[run].facts
        start = 0 if facts is None else facts.start_ns
        return (time_ns - start) / SECOND


def axis_of(runs: Sequence[RunReading], claims: Claims | None) -> Axis:
    """Return the axis of counted runs.

    Args:
        runs: in time.
        claims: makes kilometres of what rows did; None: they are not known, all are NaN.
    """
    along: list[RunAxis] = []
    total: MechanismPart | None = None
    hours, energy = 0.0, 0.0
    at_hours, at_kilometres = [0.0], [0.0 if claims is not None else math.nan]
    for run in runs:
        own = _run_axis(run, hours, energy)
        along.append(own)
        hours, energy = float(own.hours[-1]), float(own.energy[-1])
        start = 0 if run.facts is None else run.facts.start_ns
        for stretch in run.stretches:
            done = stretch.mechanisms
            total = done if total is None else joined(total, done)
            seconds = (stretch.end_ns - start) / SECOND
            at_hours.append(float(np.interp(seconds, own.times, own.hours)))
            at_kilometres.append(math.nan if claims is None else claims.least(total))
    # half cycles of an open rainflow may close as less: a claim never falls
    known = np.maximum.accumulate(np.array(at_kilometres))
    return Axis(tuple(runs), total, tuple(along), np.array(at_hours), known)


def _run_axis(run: RunReading, hours: float, energy: float) -> RunAxis:
    """Return the sums along a run; slots without rows have none, and take no running time."""
    width = SLOT / SECOND
    times, summed_hours, summed_energy = [0.0], [hours], [energy]
    for number in sorted(run.slots):
        begin, slot = number * width, run.slots[number]
        if begin > times[-1]:
            times.append(begin)
            summed_hours.append(hours)
            summed_energy.append(energy)
        hours, energy = hours + slot.hours, energy + slot.energy
        times.append(begin + width)
        summed_hours.append(hours)
        summed_energy.append(energy)
    return RunAxis(np.array(times), np.array(summed_hours), np.array(summed_energy))
