"""Combustion over the life: captures at the reference tests, and abnormal cycles of all runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.combustion.rates import event_rate
from bench.clock import SECOND
from protocols.campaign.axis import Axis
from protocols.campaign.life_points import LifePoint
from protocols.campaign.results import CombustionAtTest
from protocols.combustion_numbers import abnormal_rate
from protocols.combustion_results import AbnormalRate


def combustion_at_tests(axis: Axis, points: Sequence[LifePoint]) -> Iterator[CombustionAtTest]:
    """Yield every capture at a point of a reference test, in time.

    Args:
        axis: of the counted runs.
        points: of the reference tests, valid or not.
    """
    for place, run in enumerate(axis.runs):
        start_ns = 0 if run.facts is None else run.facts.start_ns
        for row in run.combustion:
            time_ns = start_ns + round(row.start * SECOND)
            own = [each for each in points if each.run == place and each.test.point == row.at]
            nearest = min(own, key=lambda each: abs(each.reading.start_ns - time_ns), default=None)
            if nearest is None:
                continue
            hours = axis.hours(place, time_ns)
            yield CombustionAtTest(
                test=nearest.test.number,
                kilometres=axis.kilometres(hours),
                hours=hours,
                file=run.name,
                row=row,
            )


def abnormal_cycles_of(axis: Axis) -> Iterator[AbnormalRate]:
    """Yield how often cycles were abnormal in all counted runs together, kind by kind."""
    sums: dict[str, tuple[int, int]] = {}
    for run in axis.runs:
        for rate in run.abnormal_cycles:
            events, cycles = sums.get(rate.name, (0, 0))
            sums[rate.name] = events + rate.events, cycles + rate.cycles
    for kind, (events, cycles) in sums.items():
        yield abnormal_rate(kind, event_rate(events=events, cycles=cycles))
