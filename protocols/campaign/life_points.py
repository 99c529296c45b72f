"""Reference tests on the axis of the life: which of them may be compared with the others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.clock import SECOND
from bench.messages import Message
from bench.record.layout.iso_time import iso
from bench.units import unit
from protocols.campaign.axis import Axis
from protocols.campaign.part_results import PointReading
from protocols.campaign.quantities import LONGEST_PAUSE, TOLERANCES
from protocols.campaign.results import ConditionRow, ReferenceTest
from protocols.wording import Text


@dataclass(frozen=True)
class LifePoint:
    """One point of one reference test."""

    test: ReferenceTest
    """What is told of it."""
    reading: PointReading
    """What was measured."""
    run: int
    """Number of the run."""


def life_points_in(axis: Axis) -> tuple[LifePoint, ...]:
    """Return every point of every reference test, in time, valid or not."""
    found = [(run, number, reading) for run, number, reading in _numbered(axis)]
    usual = {
        point: _usual([each for _, _, each in found if each.point == point])
        for point in {each.point for _, _, each in found}
    }
    return tuple(
        _life_point(axis, run, number, reading, usual[reading.point])
        for run, number, reading in found
    )


def _numbered(axis: Axis) -> Iterator[tuple[int, int, PointReading]]:
    """Yield run, number of the test, and reading, in time."""
    number, before = 0, (-1, 0)
    for place, run in enumerate(axis.runs):
        for reading in sorted(run.points, key=lambda each: each.start_ns):
            is_same = before[0] == place and (
                reading.start_ns - before[1] <= LONGEST_PAUSE * SECOND
            )
            number += not is_same
            before = (place, reading.end_ns)
            yield place, number, reading


def _usual(readings: Sequence[PointReading]) -> Mapping[str, float]:
    """Return the median of each condition over the tests that are sound in themselves, SI."""
    sound = [each for each in readings if not each.reasons] or list(readings)
    names = {name for each in sound for name in each.conditions}
    return {
        name: float(np.median([e.conditions[name] for e in sound if name in e.conditions]))
        for name in names
    }


def _life_point(
    axis: Axis, run: int, number: int, reading: PointReading, usual: Mapping[str, float]
) -> LifePoint:
    conditions = tuple(_conditions(reading, usual))
    hours = axis.hours(run, reading.start_ns)
    facts = axis.runs[run].facts
    reasons: list[Text] = [
        *reading.reasons,
        *(_outside(each) for each in conditions if not each.within),
    ]
    test = ReferenceTest(
        number=number,
        point=reading.point,
        file=axis.runs[run].name,
        utc="" if facts is None else iso(facts.utc_ns(reading.start_ns)),
        hours=hours,
        kilometres=axis.kilometres(hours),
        windows=reading.windows,
        valid=not reasons,
        reasons=tuple(reasons),
        conditions=conditions,
    )
    return LifePoint(test, reading, run)


def _conditions(reading: PointReading, usual: Mapping[str, float]) -> Iterator[ConditionRow]:
    for tolerance in TOLERANCES:
        value = reading.conditions.get(tolerance.channel, math.nan)
        wanted = usual.get(tolerance.channel, math.nan)
        if reading.point not in tolerance.points or not math.isfinite(value + wanted):
            continue
        shown, width = unit(tolerance.unit), tolerance.width(wanted)
        yield ConditionRow(
            name=tolerance.channel,
            title=tolerance.title,
            unit=tolerance.unit,
            value=shown.from_si(value),
            reference=shown.from_si(wanted),
            tolerance=width / shown.factor,
            within=abs(value - wanted) <= width,
        )


def _outside(row: ConditionRow) -> Message:
    shown = unit(row.unit)
    told = {
        "what": row.title,
        "value": f"{row.value:.1f} {shown.label}",
        "reference": f"{row.reference:.1f} {shown.label}",
        "tolerance": f"{row.tolerance:.1f}",
    }
    return Message("campaign.condition-outside", told)
