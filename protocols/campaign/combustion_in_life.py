"""Combustion over the life: captures at the reference tests, and abnormal cycles of all runs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from analysis.combustion.rates import event_rate
from analysis.verdict import Verdict
from bench.clock import SECOND
from bench.messages import Message
from protocols.campaign.axis import Axis
from protocols.campaign.life_points import LifePoint
from protocols.campaign.quantities import REFERENCE_POINT
from protocols.campaign.results import CombustionAtTest, ReferenceTest
from protocols.combustion_criteria import combustion_result, empty_combustion_result
from protocols.combustion_numbers import abnormal_rate
from protocols.combustion_results import AbnormalRate, CombustionRow
from protocols.criteria import Criterion
from protocols.judgement import badness, not_shown
from protocols.results import Result
from protocols.wording import Text

MOST_TOLD: Final = 3
"""Reference tests that are told of a criterion that does not hold at several."""


@dataclass(frozen=True)
class CountedCombustion:
    """A counted reference test with the cycles that were recorded at its reference point."""

    test: ReferenceTest
    """Which one."""
    rows: tuple[CombustionRow, ...]
    """Captures; empty: there are none."""


def combustion_of_counted(
    points: Sequence[LifePoint], captures: Sequence[CombustionAtTest]
) -> tuple[CountedCombustion, ...]:
    """Return every counted reference test with its captures at the reference point, in time."""
    tests = [each.test for each in points if each.test.valid and each.test.point == REFERENCE_POINT]
    return tuple(
        CountedCombustion(
            test,
            tuple(
                each.row
                for each in captures
                if each.test == test.number and each.row.at == REFERENCE_POINT
            ),
        )
        for test in tests
    )


def combustion_over_life(
    criterion: Criterion, tested: Sequence[CountedCombustion], doubts: Sequence[Text]
) -> Result:
    """Return a criterion on combustion that has to hold at every counted reference test.

    Each test is judged by itself, with the confidence of the criterion; the worst is told. That
    all pass needs no wider bounds, however many tests there are (intersection-union test, Berger,
    Technometrics 24, 1982).

    Args:
        criterion: of a name in `COMBUSTION_RESULTS`.
        tested: counted reference tests.
        doubts: sentences each of which forbids to pass or fail.
    """
    if not tested:
        empty = empty_combustion_result(criterion)
        why = Message("campaign.not-measured", {"quantity": empty.title})
        return not_shown(empty, [why])
    found = [
        (each.test, combustion_result(criterion, REFERENCE_POINT, each.rows)) for each in tested
    ]
    found.sort(key=lambda each: _order(each[1]))
    worst = found[0][1]
    if doubts:
        return replace(worst, verdict=Verdict.NOT_SHOWN, reasons=tuple(doubts))
    same = [each for each in found if each[1].verdict is worst.verdict]
    holds = worst.verdict is Verdict.PASS
    told = {"count": len(same), "of": len(found)}
    return replace(
        worst,
        reasons=(
            Message(f"campaign.combustion-{'holds' if holds else 'does-not-hold'}", told),
            *(
                _at_test(test, reason)
                for test, result in (same[:1] if holds else same[:MOST_TOLD])
                for reason in result.reasons
            ),
        ),
    )


def _order(result: Result) -> tuple[int, float]:
    """Return what sorts the worst result first; of equal verdicts the one nearest to its limit."""
    place = badness(result.verdict or Verdict.NOT_SHOWN)
    if result.bound is None or result.limit is None:
        return place, -math.inf
    sign = 1.0 if result.sense == "at_least" else -1.0
    return place, sign * (result.bound - result.limit)


def _at_test(test: ReferenceTest, reason: Text) -> Text:
    told = {
        "test": test.number,
        "kilometres": f"{test.kilometres:,.0f} km",
        "reason": reason,
    }
    return Message("campaign.combustion-at-test", told)


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
