"""Criteria on combustion: what the recorded cycles of a point have to keep.

Bounds decide, each one-sided at the confidence of the criterion: PASS needs the bound towards the
limit on its good side, FAIL the other bound on its bad side, all else is NOT SHOWN. Those of the
variation of the mean effective pressure are chi-square (`variation_bounds`), those of shares exact
(`share_bounds`). What is abnormal says the recorded pressure, not the counters of the instrument.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from analysis.combustion.bounds import Bounds, variation_bounds
from analysis.combustion.rates import cycles_without_event, share_bounds
from analysis.distributions import two_sided_factor
from analysis.verdict import BoundsJudgement, Verdict, judge_bounds
from bench.messages import Message
from bench.units import unit
from protocols.combustion_results import CombustionRow
from protocols.criteria import Criterion
from protocols.engine_quantities import COMBUSTION_RESULTS, COMBUSTION_SHARES, VARIATION
from protocols.judgement import badness, limit_problem, not_shown
from protocols.results import Result
from protocols.wording import Text

FEWEST: Final = 100
"""Usable cycles that a variation is judged by: they know it to 14 % (95 %). Engineering default."""
MOST_LEFT_OUT: Final = 0.05
"""1. Share of a capture that may be no measurements; with more, what is left may not be what the
engine did. Engineering default."""


@dataclass(frozen=True, kw_only=True)
class _Sample:
    """Cycles that are judged together."""

    value: float
    """Estimate, 1."""
    bounds: Callable[[float], Bounds]
    """Confidence of each bound → bounds, 1."""
    cycles: int
    """How many."""
    captures: int
    """In how many captures."""
    found: Message
    """What was found, in words."""
    events: int | None = None
    """How many cycles may have had it; None: it is not counted."""
    standard_uncertainty: float = math.nan
    """Of the value, 1; NaN: it follows from the bounds."""
    degrees_of_freedom: float = math.inf
    """Of that uncertainty."""


def empty_combustion_result(criterion: Criterion) -> Result:
    """Return a result without a number, of a name in `COMBUSTION_RESULTS`."""
    word = "imep-cov" if criterion.name == VARIATION else criterion.name.replace("_", "-")
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
    missing = list(_missing(criterion.name, point, own))
    if missing:
        return not_shown(empty, missing)
    fired = [row for row in own if row.is_fired]
    by_variation = criterion.name == VARIATION
    samples = map(_variation, fired) if by_variation else _shares(criterion.name, fired)
    found = [_judged(empty, criterion, sample) for sample in samples]
    worst, _ = min(found, key=lambda each: (badness(each[1].verdict), each[1].margin))
    against = [*(text for row in fired for text in row.doubts), *doubts]
    if against:
        return replace(worst, verdict=Verdict.NOT_SHOWN, reasons=tuple(dict.fromkeys(against)))
    return worst


def _missing(name: str, point: str, rows: Sequence[CombustionRow]) -> Iterator[Text]:
    """Yield why captures carry no number for a verdict."""
    if not rows:
        yield Message("combustion.no-capture", {"point": point})
        return
    for row in rows:
        if not row.values:
            yield from row.remarks or [Message("combustion.none-used", {"cycles": row.cycles})]
        elif row.cycles - row.used > MOST_LEFT_OUT * row.cycles:
            yield _left_out(row)
    known = [row for row in rows if row.values]
    fired = [row for row in known if row.is_fired]
    if known and not fired:
        yield Message("combustion.not-fired", {"point": point})
    for row in fired:
        if name == VARIATION and row.used < FEWEST:
            yield Message("combustion.too-few-cycles", {"used": row.used, "needed": FEWEST})
        elif name == VARIATION and not row.value("imep_cov") >= 0.0:
            yield Message("combustion.no-work", {"point": point})
        kind = COMBUSTION_SHARES.get(name)
        if kind is not None and kind not in {rate.name for rate in row.rates}:
            told = {"kind": Message(f"combustion.{kind.replace('_', '-')}")}
            yield Message("combustion.not-seen", told)


def _left_out(row: CombustionRow) -> Text:
    told = {
        "count": row.cycles - row.used,
        "cycles": row.cycles,
        "most": f"{MOST_LEFT_OUT:.0%}",
        "reason": max(row.left_out, key=lambda each: each.count).title,
    }
    return Message("combustion.many-left-out", told)


def _variation(row: CombustionRow) -> _Sample:
    """Return the variation of a capture."""
    percent = row.value("imep_cov")
    variation = percent / 100.0
    told = {"value": f"{percent:.2f} %", "cycles": row.used, "cylinder": row.cylinder}
    return _Sample(
        value=variation,
        bounds=lambda confidence: variation_bounds(
            variation=variation, cycles=row.used, confidence=confidence
        ),
        cycles=row.used,
        captures=1,
        found=Message("combustion.found-variation", told),
        standard_uncertainty=variation / math.sqrt(2.0 * (row.used - 1)),
        degrees_of_freedom=row.used - 1.0,
    )


def _shares(name: str, rows: Sequence[CombustionRow]) -> Iterator[_Sample]:
    """Yield the share of abnormal cycles of each cylinder, all its captures together."""
    for cylinder in dict.fromkeys(row.cylinder for row in rows):
        own = [row for row in rows if row.cylinder == cylinder]
        kind = COMBUSTION_SHARES[name]
        rates = [rate for row in own for rate in row.rates if rate.name == kind]
        events, cycles = sum(rate.events for rate in rates), sum(row.cycles for row in own)
        yield _share(cylinder, events, cycles, cycles - sum(row.used for row in own), len(own))


def _share(cylinder: int, events: int, cycles: int, unknown: int, captures: int) -> _Sample:
    """Return a share of recorded cycles; one that is no measurement may have been either."""

    def bounds(confidence: float) -> Bounds:
        bound = partial(share_bounds, cycles=cycles, confidence=confidence)
        return Bounds(lower=bound(events=events).lower, upper=bound(events=events + unknown).upper)

    told = {
        "events": events,
        "cycles": cycles,
        "unknown": unknown,
        "rate": f"{1e3 * events / cycles:.3g}",
        "cylinder": cylinder,
    }
    word = "found-share-of-known" if unknown else "found-share"
    return _Sample(
        value=events / cycles,
        bounds=bounds,
        cycles=cycles,
        captures=captures,
        found=Message(f"combustion.{word}", told),
        events=events + unknown,
    )


def _judged(empty: Result, criterion: Criterion, sample: _Sample) -> tuple[Result, BoundsJudgement]:
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
    interval = sample.bounds((1.0 + criterion.confidence) / 2.0)
    u = sample.standard_uncertainty
    if math.isnan(u):  # as the GUM takes an interval of which only its confidence is known (4.3.4)
        factor = two_sided_factor(confidence=criterion.confidence, degrees_of_freedom=math.inf)
        u = (interval.upper - interval.lower) / (2.0 * factor)
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
        bound=shown.from_si(worst.bound),
    )
    return replace(found, reasons=(_sentence(found, sample, one_sided, worst),)), worst


def _too_few(criterion: Criterion, sample: _Sample, worst: BoundsJudgement) -> Text | None:
    """Return that so few cycles show no such share, however few had it; None: they could."""
    is_open = worst.verdict is Verdict.NOT_SHOWN and worst.sense == "at_most"
    if sample.events is None or not is_open or not 0.0 < worst.limit < 1.0:
        return None
    needed = cycles_without_event(share=worst.limit, confidence=criterion.confidence)
    if sample.cycles >= needed:
        return None
    told = {"used": sample.cycles, "needed": needed, "limit": unit("%").shown(worst.limit)}
    return Message("combustion.too-few-for-limit", told)


def _sentence(result: Result, sample: _Sample, bounds: Bounds, judgement: BoundsJudgement) -> Text:
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
