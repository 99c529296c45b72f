"""Criteria on combustion: what the recorded cycles of a point have to keep.

Bounds decide, each one-sided at the confidence of the criterion: PASS needs the bound towards the
limit on its good side, FAIL the other bound on its bad side, all else is NOT SHOWN.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from analysis.combustion.bounds import Bounds
from analysis.distributions import two_sided_factor
from analysis.verdict import BoundsJudgement, Verdict, judge_bounds
from bench.messages import Message
from bench.units import unit
from protocols.combustion_results import CombustionRow
from protocols.combustion_samples import Sample, missing_in, samples_of
from protocols.criteria import Criterion
from protocols.engine_quantities import AMPLITUDE, COMBUSTION_RESULTS, VARIATION
from protocols.judgement import badness, limit_problem, not_shown
from protocols.results import Result
from protocols.wording import Text

WORDS: Final[Mapping[str, str]] = MappingProxyType({VARIATION: "imep-cov", AMPLITUDE: "mapo-98"})
"""Name → word of what the results of a capture call it, where both are the same."""


def empty_combustion_result(criterion: Criterion) -> Result:
    """Return a result without a number, of a name in `COMBUSTION_RESULTS`."""
    word = WORDS.get(criterion.name, criterion.name.replace("_", "-"))
    return Result(
        name=criterion.name,
        title=Message(f"combustion.{word}"),
        unit=COMBUSTION_RESULTS[criterion.name],
        at=criterion.at,
        confidence=criterion.confidence,
    )


def combustion_result(
    criterion: Criterion, point: str, rows: Sequence[CombustionRow], doubts: Sequence[Text] = ()
) -> Result:
    """Return what the recorded cycles of a point show, judged.

    Each cylinder has to keep the limit, and so has each capture of it; of shares all captures of a
    cylinder count together. The worst is told. What was kept because something happened is not
    looked at: it shows what happened, not how often it does.

    Args:
        criterion: of a name in `COMBUSTION_RESULTS`.
        point: name of the point.
        rows: captures, also of other points.
        doubts: sentences each of which forbids to pass or fail.
    """
    empty = empty_combustion_result(criterion)
    problem = limit_problem(empty, criterion)
    if problem is not None:
        return not_shown(empty, [problem])
    sense, limit = criterion.limits[0]
    empty = replace(empty, limit=unit(empty.unit).from_si(limit.value), sense=sense)
    own = [row for row in rows if row.at == point and not row.is_incident]
    missing = list(missing_in(criterion.name, point, own))
    if missing:
        return not_shown(empty, missing)
    fired = [row for row in own if row.is_fired]
    found = [_judged(empty, criterion, each) for each in samples_of(criterion.name, fired)]
    worst, _ = min(found, key=lambda each: (badness(each[1].verdict), each[1].margin))
    against = [*(text for row in fired for text in row.doubts), *doubts]
    if against:
        return replace(worst, verdict=Verdict.NOT_SHOWN, reasons=tuple(dict.fromkeys(against)))
    return worst


def _judged(empty: Result, criterion: Criterion, sample: Sample) -> tuple[Result, BoundsJudgement]:
    """Return a sample with its verdict."""
    one_sided = sample.bounds(criterion.confidence)
    judgements = [
        judge_bounds(
            lower=one_sided.lower,
            upper=one_sided.upper,
            at_least=limit.value if sense == "at_least" else None,
            at_most=limit.value if sense == "at_most" else None,
        )
        for sense, limit in criterion.limits
    ]
    worst = min(judgements, key=lambda each: (badness(each.verdict), each.margin))
    few = _too_few(criterion, sample, worst)
    if few is not None:
        return not_shown(empty, [few]), worst
    shown = unit(empty.unit)
    interval, u = _interval(sample, criterion.confidence)
    found = replace(
        empty,
        windows=sample.captures,
        value=shown.from_si(sample.value),
        standard_uncertainty=u / shown.factor,
        lower=shown.from_si(interval.lower),
        upper=shown.from_si(interval.upper),
        degrees_of_freedom=sample.degrees_of_freedom,
        value_si=sample.value,
        standard_uncertainty_si=u,
        verdict=worst.verdict,
        limit=shown.from_si(worst.limit),
        sense=worst.sense,
        bound=shown.from_si(worst.bound) if math.isfinite(worst.bound) else None,
    )
    return replace(found, reasons=(_sentence(found, sample, one_sided, worst),)), worst


def _interval(sample: Sample, confidence: float) -> tuple[Bounds, float]:
    """Return the two-sided interval and the standard uncertainty, SI; NaN: nothing bounds it."""
    interval = sample.bounds((1.0 + confidence) / 2.0)
    width = interval.upper - interval.lower
    if not math.isfinite(width):
        interval = Bounds(lower=math.nan, upper=math.nan)
    if math.isfinite(sample.standard_uncertainty):
        return interval, sample.standard_uncertainty
    # as the GUM takes an interval of which only its confidence is known (4.3.4)
    factor = two_sided_factor(confidence=confidence, degrees_of_freedom=math.inf)
    return interval, width / (2.0 * factor) if math.isfinite(width) else math.nan


def _too_few(criterion: Criterion, sample: Sample, worst: BoundsJudgement) -> Text | None:
    """Return that so few cycles show no such limit, however good they are; None: they could."""
    if worst.verdict is not Verdict.NOT_SHOWN:
        return None
    needed = sample.needed(worst, criterion.confidence)
    if sample.cycles >= needed:
        return None
    shown = unit(COMBUSTION_RESULTS[criterion.name])
    told = {"used": sample.cycles, "needed": needed, "limit": shown.shown(worst.limit, 3)}
    return Message("combustion.too-few-for-limit", told)


def _sentence(result: Result, sample: Sample, bounds: Bounds, judgement: BoundsJudgement) -> Text:
    shown = unit(result.unit)
    lower, upper = shown.shown(bounds.lower, 3), shown.shown(bounds.upper, 3)
    is_least = judgement.sense == "at_least"
    near, far = (lower, upper) if is_least else (upper, lower)
    told = {
        "result": result.title,
        "found": sample.found,
        "limit": shown.shown(judgement.limit, 3),
        "lower": lower,
        "upper": upper,
    }
    match judgement.verdict:
        case Verdict.PASS:
            return Message("combustion.kept", {**told, "bound": near})
        case Verdict.FAIL:
            return Message("combustion.exceeded", {**told, "bound": far})
        case Verdict.NOT_SHOWN:
            return Message("combustion.open", told)
