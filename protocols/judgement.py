"""From an estimate to a result: verdict, budget line by line, cross-check by drawing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np

from analysis.monte_carlo import propagate, validate_linear_budget
from analysis.uncertainty import REPEATABILITY, Budget
from analysis.verdict import Judgement, Verdict, judge
from bench.channel import Channel
from bench.clock import SECOND
from bench.messages import Message
from bench.runs import Run
from bench.units import unit
from protocols.criteria import Criterion
from protocols.estimates import Estimate, Quantity
from protocols.results import BudgetRow, DrawnInterval, Result, Text

DRAWS = 100_000
"""Draws of the Monte Carlo check: the ends of the interval to about 1 % of the uncertainty."""
DRAW_SEED = 101
"""Seed of the Monte Carlo check (JCGM 101), fixed so that every analysis gives the same."""


def empty_result(quantity: Quantity, at: str) -> Result:
    """Return a result without a number."""
    return Result(name=quantity.name, title=quantity.title, unit=quantity.unit, at=at)


def judged(result: Result, criterion: Criterion, doubts: Sequence[Text]) -> Result:
    """Return the result with its verdict; any doubt leaves it NOT SHOWN.

    Args:
        result: what was measured.
        criterion: what is asked of it.
        doubts: sentences each of which forbids to pass or fail.
    """
    shown = unit(result.unit)
    problem = limit_problem(result, criterion)
    if problem is not None:
        return not_shown(result, [problem])
    is_known = math.isfinite(result.standard_uncertainty_si)
    judgements = [
        judge(
            value=result.value_si,
            standard_uncertainty=result.standard_uncertainty_si if is_known else math.inf,
            degrees_of_freedom=result.degrees_of_freedom,
            at_least=limit.value if sense == "at_least" else None,
            at_most=limit.value if sense == "at_most" else None,
            confidence=criterion.confidence,
        )
        for sense, limit in criterion.limits
    ]
    worst = min(judgements, key=_badness)
    reasons = (*result.reasons, *doubts)
    verdict = Verdict.NOT_SHOWN if reasons else worst.verdict
    return replace(
        result,
        verdict=verdict,
        limit=shown.from_si(worst.limit),
        sense=worst.sense,
        bound=shown.from_si(worst.bound),
        confidence=criterion.confidence,
        reasons=reasons or (_sentence(result, worst),),
    )


def limit_problem(result: Result, criterion: Criterion) -> Text | None:
    """Return why no limit can be compared with a result; None: all can."""
    if not criterion.limits:
        return Message("judge.no-limit", {"result": result.title})
    if criterion.fits(unit(result.unit)):
        return None
    limits = ", ".join(str(limit) for _, limit in criterion.limits)
    arguments = {"result": result.title, "limit": limits, "unit": result.unit}
    return Message("judge.limit-unit", arguments)


def not_shown(result: Result, reasons: Sequence[Text]) -> Result:
    """Return the result with NOT SHOWN as its verdict, and why."""
    return replace(result, verdict=Verdict.NOT_SHOWN, reasons=(*result.reasons, *reasons))


def badness(verdict: Verdict) -> int:
    """Return the place of a verdict in the order of what is told first: the worst is 0."""
    return (Verdict.FAIL, Verdict.NOT_SHOWN, Verdict.PASS).index(verdict)


def _badness(judgement: Judgement) -> int:
    return badness(judgement.verdict)


def _sentence(result: Result, judgement: Judgement) -> Text:
    shown = unit(result.unit)
    arguments = {
        "result": result.title,
        "value": shown.shown(judgement.value, 5),
        "guard": shown.shown(judgement.factor * judgement.standard_uncertainty + shown.offset, 2),
        "limit": shown.shown(judgement.limit, 4),
    }
    match judgement.verdict:
        case Verdict.PASS:
            return Message("judge.passed", arguments)
        case Verdict.FAIL:
            return Message("judge.failed", arguments)
        case Verdict.NOT_SHOWN:
            return Message("judge.within-uncertainty", arguments)


def unknown(name: str, at: str) -> Result:
    """Return a result that is asked for and that nothing computes."""
    return Result(
        name=name,
        title=Message("judge.named", {"name": name}),
        unit="",
        at=at,
        verdict=Verdict.NOT_SHOWN,
        reasons=(Message("judge.unknown-result", {"result": name}),),
    )


def worst(verdicts: Sequence[Verdict]) -> Verdict | None:
    """Return the worst verdict; None: there is none."""
    return min(verdicts, key=badness, default=None)


def run_doubts(run: Run) -> list[Text]:
    """Return why a run as a whole carries no verdict: it was not completed."""
    ending = run.ending
    if ending is not None and ending.state == "completed":
        return []
    how = Message(f"run.ended-{'open' if ending is None else ending.state}")
    return [Message("judge.not-completed", {"how": how})]


def overdue_calibrations(
    channels: Mapping[str, Channel], names: Sequence[str], start_utc_ns: int
) -> list[Text]:
    """Return a sentence per of the named channels whose calibration was overdue at the start."""
    doubts: list[Text] = []
    today = datetime.fromtimestamp(start_utc_ns // SECOND, UTC).date()
    for name in names:
        due = channels[name].calibration.due if name in channels else ""
        if due and date.fromisoformat(due) < today:
            doubts.append(Message("judge.overdue", {"channel": name, "due": due}))
    return doubts


def uncalibrated(channels: Mapping[str, Channel], names: Sequence[str]) -> list[Text]:
    """Return a warning per of the named channels that names no certificate."""
    return [
        Message("judge.no-calibration", {"channel": name})
        for name in names
        if name in channels and not channels[name].calibration.id
    ]


def cross_checked(result: Result, found: Estimate) -> Result:
    """Return the result with the interval that drawing its inputs gives."""
    try:
        drawn = propagate(
            model=found.quantity.model,
            contributions=found.contributions,
            generator=np.random.default_rng(DRAW_SEED),
            repeats=found.repeats,
            draws=DRAWS,
            confidence=found.budget.confidence,
        )
    except ValueError:
        return result  # nothing to draw, or a draw the model cannot take: the budget stands alone
    check = validate_linear_budget(budget=found.budget, monte_carlo=drawn)
    reach = check.tolerance + 2.0 * drawn.endpoint_error
    agrees = check.conservative or max(check.lower_difference, check.upper_difference) <= reach
    shown = unit(result.unit)
    interval = DrawnInterval(
        lower=shown.from_si(drawn.lower),
        upper=shown.from_si(drawn.upper),
        draws=drawn.draws,
        agrees=agrees,
    )
    return replace(result, monte_carlo=interval)


def with_budget(empty: Result, found: Budget) -> Result:
    """Return a result with the numbers of a budget, in the result's unit."""
    shown = unit(empty.unit)
    return replace(
        empty,
        value=shown.from_si(found.value),
        standard_uncertainty=found.standard_uncertainty / shown.factor,
        lower=shown.from_si(found.lower),
        upper=shown.from_si(found.upper),
        confidence=found.confidence,
        degrees_of_freedom=found.degrees_of_freedom,
        value_si=found.value,
        standard_uncertainty_si=found.standard_uncertainty,
    )


def unstated(found: Estimate) -> tuple[Text, ...]:
    """Return a sentence per channel behind a result of which no uncertainty is stated."""
    return tuple(Message("judge.no-uncertainty", {"channel": name}) for name in found.unstated)


def budget_rows(
    found: Estimate, named: Mapping[str, Message] | None = None
) -> tuple[BudgetRow, ...]:
    """Return the budget line by line; `named` says what inputs that are no channel are called."""
    factor = unit(found.quantity.unit).factor
    return tuple(
        BudgetRow(
            input=line.name.partition("/")[0],
            title=_part(line.name, named or {}),
            value_si=line.value,
            standard_uncertainty_si=line.standard_uncertainty,
            contribution=line.contribution / factor,
            variance_share=line.variance_share,
            degrees_of_freedom=line.degrees_of_freedom,
            common=line.common,
            counted=line.counted,
        )
        for line in found.budget.lines
    )


def _part(line: str, named: Mapping[str, Message]) -> Message:
    name, _, part = line.partition("/")
    if name == REPEATABILITY:
        return Message("judge.repeatability")
    kind = _PARTS.get(part, part)
    shown = named.get(name, name)
    return Message("judge.budget-line", {"input": shown, "part": kind})


_PARTS: Mapping[str, Message] = {
    "reading": Message("judge.part-reading"),
    "range": Message("judge.part-range"),
    "absolute": Message("judge.part-absolute"),
    "reading-independent": Message("judge.part-reading-independent"),
    "range-independent": Message("judge.part-range-independent"),
    "absolute-independent": Message("judge.part-absolute-independent"),
    "resolution": Message("judge.part-resolution"),
    "scatter": Message("judge.part-scatter"),
    "drift-zero": Message("judge.part-drift-zero"),
    "drift-span": Message("judge.part-drift-span"),
    "line-pack": Message("judge.part-line-pack"),
    "certificate": Message("judge.part-certificate"),
    "reference": Message("judge.part-reference"),
    "pure": Message("judge.part-pure"),
    "model": Message("judge.part-model"),
}
