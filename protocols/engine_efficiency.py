"""Results of an engine point: values with uncertainty, in people's units, and their verdicts."""

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
from bench.units import unit
from protocols.criteria import Criterion
from protocols.engine_drift import Drift
from protocols.engine_full_load import CORRECTED_POWER, POWER_FACTOR
from protocols.engine_points import EngineWindow
from protocols.engine_quantities import HEATING_VALUE, QUANTITIES, EngineQuantity
from protocols.engine_uncertainty import Estimate, NotKnown, channels_behind, estimate
from protocols.results import BudgetRow, DrawnInterval, Result, Text

DRAWS = 100_000
"""Draws of the Monte Carlo check: the ends of the interval to about 1 % of the uncertainty."""
DRAW_SEED = 101
"""Seed of the Monte Carlo check (JCGM 101), fixed so that every analysis gives the same."""
FEWEST_WINDOWS = 2
"""A result stands on two consecutive readings or more (ISO 1585)."""
SPEED_SPREAD = 0.02
"""1. Windows of one point differ by less in speed, ±1 %. Engineering default."""
TORQUE_SPREAD = 0.04
"""1. And by less in torque, ±2 %. Engineering default."""


def quantities_of(
    window: EngineWindow, channels: Mapping[str, Channel], drifts: Sequence[Drift]
) -> tuple[Result, ...]:
    """Return what follows from one window; a quantity that is not known says why."""
    if not window.runs:
        return ()
    results: list[Result] = []
    full_load = [CORRECTED_POWER] if POWER_FACTOR in window.from_weather else []
    for quantity in (*QUANTITIES, *full_load):
        empty = _empty(quantity, window.name)
        try:
            result = _filled(empty, estimate(quantity, [window], channels, drifts))
        except NotKnown as error:
            result = replace(empty, reasons=(error.reason,))
        point = window.window.point
        results.append(replace(result, approach=point.approach, repeat=point.repeat, windows=1))
    return tuple(results)


def point_result(
    quantity: EngineQuantity,
    at: str,
    windows: Sequence[EngineWindow],
    channels: Mapping[str, Channel],
    drifts: Sequence[Drift],
    *,
    confidence: float = 0.95,
) -> tuple[Result, Estimate | None]:
    """Return a quantity over the valid windows of a point, and the estimate behind it."""
    empty = replace(_empty(quantity, at), confidence=confidence, windows=len(windows))
    if not windows:
        return replace(empty, reasons=(Message("judge.no-window", {"point": at}),)), None
    try:
        found = estimate(quantity, windows, channels, drifts, confidence)
    except NotKnown as error:
        return replace(empty, reasons=(error.reason,)), None
    result = replace(_filled(empty, found), budget=_rows(found))
    return replace(result, reasons=_unstated(found)), found


def judged(result: Result, criterion: Criterion, doubts: Sequence[Text]) -> Result:
    """Return the result with its verdict; any doubt leaves it NOT SHOWN.

    Args:
        result: what was measured.
        criterion: what is asked of it.
        doubts: sentences each of which forbids to pass or fail.
    """
    shown = unit(result.unit)
    if not criterion.limits:
        return _not_shown(result, Message("judge.no-limit", {"result": result.title}))
    if not criterion.fits(shown):
        limits = ", ".join(str(limit) for _, limit in criterion.limits)
        arguments = {"result": result.title, "limit": limits, "unit": result.unit}
        return _not_shown(result, Message("judge.limit-unit", arguments))
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


def _not_shown(result: Result, reason: Text) -> Result:
    return replace(result, verdict=Verdict.NOT_SHOWN, reasons=(*result.reasons, reason))


def _badness(judgement: Judgement) -> int:
    return [Verdict.FAIL, Verdict.NOT_SHOWN, Verdict.PASS].index(judgement.verdict)


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


def doubts_about(
    windows: Sequence[EngineWindow],
    channels: Mapping[str, Channel],
    inputs: Sequence[str],
    start_utc_ns: int,
) -> list[Text]:
    """Return why windows of a point do not carry a verdict."""
    doubts: list[Text] = []
    if 0 < len(windows) < FEWEST_WINDOWS:  # none at all is said of the point
        doubts.append(Message("judge.few-windows", {"count": len(windows)}))
    for name, largest in (("speed", SPEED_SPREAD), ("torque", TORQUE_SPREAD)):
        values = [window.inputs[name] for window in windows if name in window.inputs]
        if values and max(values) - min(values) > largest * abs(float(np.mean(values))):
            doubts.append(Message("judge.points-differ", {"channel": name}))
    return [*doubts, *overdue_calibrations(channels, inputs, start_utc_ns)]


def overdue_calibrations(
    channels: Mapping[str, Channel], inputs: Sequence[str], start_utc_ns: int
) -> list[Text]:
    """Return a sentence per channel behind a result whose calibration was overdue at the start."""
    doubts: list[Text] = []
    today = datetime.fromtimestamp(start_utc_ns // SECOND, UTC).date()
    for name in channels_behind(inputs):
        due = channels[name].calibration.due if name in channels else ""
        if due and date.fromisoformat(due) < today:
            doubts.append(Message("judge.overdue", {"channel": name, "due": due}))
    return doubts


def uncalibrated(channels: Mapping[str, Channel], inputs: Sequence[str]) -> list[Text]:
    """Return a warning per channel behind a result that names no certificate."""
    return [
        Message("judge.no-calibration", {"channel": name})
        for name in channels_behind(inputs)
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


def _empty(quantity: EngineQuantity, at: str) -> Result:
    return Result(name=quantity.name, title=quantity.title, unit=quantity.unit, at=at)


def _filled(empty: Result, found: Estimate) -> Result:
    return with_budget(empty, found.budget)


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


def _unstated(found: Estimate) -> tuple[Text, ...]:
    return tuple(Message("judge.no-uncertainty", {"channel": name}) for name in found.unstated)


def _rows(found: Estimate) -> tuple[BudgetRow, ...]:
    factor = unit(found.quantity.unit).factor
    return tuple(
        BudgetRow(
            input=line.name.partition("/")[0],
            title=_part(*line.name.partition("/")[::2]),
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


def _part(name: str, part: str) -> Message:
    if name == REPEATABILITY:
        return Message("judge.repeatability")
    kind = _PARTS.get(part, part)
    shown = Message("judge.heating-value") if name == HEATING_VALUE else name
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
}
