"""The verdict over all runs of one test object, from what their protocol asks of the campaign."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from analysis.distributions import one_sided_factor
from analysis.drift_laws import LifeBound
from analysis.verdict import Verdict
from bench.messages import Message
from bench.plan import CAMPAIGN
from bench.units import unit
from protocols.campaign.combustion_in_life import CountedCombustion, combustion_over_life
from protocols.campaign.drifts import Drift
from protocols.campaign.quantities import BY_NAME
from protocols.campaign.results import EquivalenceRow
from protocols.criteria import Criterion
from protocols.engine_quantities import CAMPAIGN_RESULTS, COMBUSTION_RESULTS
from protocols.judgement import judged
from protocols.results import Result
from protocols.wording import Text

KILOMETRES: Final = "kilometres"
"""Criterion: what the campaign claims."""


@dataclass(frozen=True)
class _AtEnd:
    """A criterion on a quantity at the target."""

    drift: str
    """Which quantity."""
    is_relative: bool = False
    """Whether it is a share of the value at the first reference test."""


AT_END: Final[Mapping[str, _AtEnd]] = {
    "efficiency_at_end": _AtEnd("efficiency"),
    "power_at_end": _AtEnd("power", is_relative=True),
    "blow_by_at_end": _AtEnd("blow_by", is_relative=True),
    "oil_consumption_at_end": _AtEnd("oil_consumption"),
    "hydrogen_slip_at_end": _AtEnd("hydrogen_slip"),
    "nox_at_end": _AtEnd("nox"),
}
"""Name of the criterion → what it means."""


@dataclass(frozen=True)
class Case:
    """All that is judged."""

    criteria: tuple[Criterion, ...]
    """What is asked."""
    drifts: Mapping[str, Drift]
    """Name → drift."""
    equivalences: tuple[EquivalenceRow, ...]
    """Kilometres per mechanism."""
    kilometres: float
    """Claim, km."""
    target: float
    """Kilometres that are to be shown."""
    doubts: tuple[Message, ...]
    """Why kilometres may be missing or be there twice; each forbids to pass or fail."""
    combustion: tuple[CountedCombustion, ...] = ()
    """Recorded cycles of the counted reference tests."""


def results_for(case: Case) -> tuple[Result, ...]:
    """Return what is asked, judged; the kilometres come first."""
    found = [_judged(case, criterion) for criterion in case.criteria]
    return tuple(sorted(found, key=lambda each: each.name != KILOMETRES))


def missing_for(case: Case, results: Sequence[Result]) -> Iterator[Text]:
    """Yield what is missing for a verdict, in hours where that can be said."""
    short = [each for each in case.equivalences if each.is_mechanism and each.hours_missing > 0.0]
    if short:
        longest = max(short, key=lambda each: each.hours_missing)
        word = "hours-never" if math.isinf(longest.hours_missing) else "hours-missing"
        yield Message(
            f"campaign.{word}",
            {
                "hours": f"{longest.hours_missing:,.0f} h",
                "target": f"{case.target:,.0f} km",
                "mechanism": longest.title,
            },
        )
    yield from _tests_missing(case)
    yield from _values_missing(case)
    for result in results:
        if result.verdict is Verdict.NOT_SHOWN and result.name != KILOMETRES:
            yield Message("campaign.not-shown", {"result": result.title})
    yield from case.doubts


def _values_missing(case: Case) -> Iterator[Text]:
    """Yield how many more values are wanted where there are too few for a line."""
    asked = {AT_END[each.name].drift for each in case.criteria if each.name in AT_END}
    for name, drift in case.drifts.items():
        if name in asked and drift.row.values_missing:
            told = {"quantity": drift.row.title, "count": drift.row.values_missing}
            yield Message("campaign.values-wanted", told)


def _tests_missing(case: Case) -> Iterator[Text]:
    """Yield when the next reference test is wanted, where the lines reach too far."""
    asked = {AT_END[each.name].drift for each in case.criteria if each.name in AT_END}
    rows = [drift.row for name, drift in case.drifts.items() if name in asked]
    far = [row for row in rows if row.has_fit and row.extrapolation > row.extrapolation_limit]
    rate = min(
        (row.kilometres_per_hour for row in case.equivalences if row.is_governing), default=0.0
    )
    if not far or not rate > 0.0:
        return
    wanted = max((1.0 - row.extrapolation_limit) * row.target for row in far)
    reached = min((1.0 - row.extrapolation) * row.target for row in far)
    hours = (wanted - reached) / rate
    yield Message(
        "campaign.test-wanted", {"kilometres": f"{wanted:,.0f} km", "hours": f"{hours:,.0f} h"}
    )


def _judged(case: Case, criterion: Criterion) -> Result:
    if criterion.name == KILOMETRES:
        return _kilometres(case, criterion)
    if criterion.name in COMBUSTION_RESULTS:
        return combustion_over_life(criterion, case.combustion, case.doubts)
    meant = AT_END.get(criterion.name)
    shown = CAMPAIGN_RESULTS.get(criterion.name, "1")
    title = Message(f"campaign.{criterion.name.replace('_', '-')}")
    if meant is None:
        said = Message("campaign.said", {"text": criterion.name})
        empty = Result(name=criterion.name, title=said, unit=shown, at=CAMPAIGN)
        why = Message("judge.unknown-result", {"result": criterion.name})
        return replace(empty, verdict=Verdict.NOT_SHOWN, reasons=(why,))
    empty = Result(name=criterion.name, title=title, unit=shown, at=CAMPAIGN)
    drift = case.drifts.get(meant.drift)
    if drift is not None and not drift.row.has_fit and math.isfinite(drift.row.mean):
        return _by_mean(case, criterion, drift, empty)
    if drift is None or not drift.row.has_fit:
        why = Message("campaign.not-measured", {"quantity": BY_NAME[meant.drift].title})
        reasons = (why,) if drift is None else drift.row.reasons
        return replace(empty, verdict=Verdict.NOT_SHOWN, reasons=reasons)
    return _at_end(case, criterion, meant, drift, empty)


def _at_end(case: Case, criterion: Criterion, meant: _AtEnd, drift: Drift, empty: Result) -> Result:
    """Judge the value of one more reference test at the target, systematic part included."""
    try:
        bound = _bound_of(case, criterion, meant, drift)
    except ValueError:
        why = Message("campaign.no-first", {"quantity": drift.row.title})
        return replace(empty, verdict=Verdict.NOT_SHOWN, reasons=(why,))
    least = drift.least_uncertainty(is_relative=meant.is_relative)
    value, uncertainty = bound.value, max(bound.equivalent_uncertainty, least)
    freedom = math.inf
    factor = 1.0 if meant.is_relative else unit(drift.row.unit).factor
    reach = one_sided_factor(confidence=criterion.confidence, degrees_of_freedom=freedom)
    counted = sum(point.counted for point in drift.row.points)
    value_si, u_si = value * factor, uncertainty * factor
    shown = unit(empty.unit)
    found = replace(
        empty,
        windows=counted,
        value=shown.from_si(value_si),
        standard_uncertainty=u_si / shown.factor,
        lower=shown.from_si(value_si - reach * u_si),
        upper=shown.from_si(value_si + reach * u_si),
        confidence=criterion.confidence,
        degrees_of_freedom=freedom,
        value_si=value_si,
        standard_uncertainty_si=u_si,
    )
    return judged(found, criterion, [*_weak(drift), *case.doubts])


def _by_mean(case: Case, criterion: Criterion, drift: Drift, empty: Result) -> Result:
    """Judge what was weighed over the whole campaign: without a trend it shows no target."""
    row, factor = drift.row, unit(drift.row.unit).factor
    value_si, u_si = row.mean * factor, row.mean_uncertainty * factor
    reach = one_sided_factor(confidence=criterion.confidence, degrees_of_freedom=math.inf) * u_si
    shown = unit(empty.unit)
    found = replace(
        empty,
        title=Message("campaign.mean-of", {"quantity": row.title}),
        windows=sum(point.counted for point in row.points),
        value=shown.from_si(value_si),
        standard_uncertainty=u_si / shown.factor,
        lower=shown.from_si(value_si - reach),
        upper=shown.from_si(value_si + reach),
        confidence=criterion.confidence,
        degrees_of_freedom=math.inf,
        value_si=value_si,
        standard_uncertainty_si=u_si,
    )
    doubts = (*row.reasons, Message("campaign.mean-no-end"), *case.doubts)
    return judged(found, criterion, doubts)


def _bound_of(case: Case, criterion: Criterion, meant: _AtEnd, drift: Drift) -> LifeBound:
    """Return what one more reference test at the target will show.

    Raises:
        ValueError: a share of a first value that is not above zero.
    """
    if meant.is_relative:  # a gain that all tests share cancels in a ratio
        return drift.ratio(case.target, criterion.confidence)
    return drift.bound(case.target, criterion.confidence)


def _weak(drift: Drift) -> list[Text]:
    """Return why a fit carries no verdict: it reaches too far beyond its last test."""
    row = drift.row
    if row.extrapolation <= row.extrapolation_limit:
        return []
    told = {"share": f"{row.extrapolation:.0%}", "limit": f"{row.extrapolation_limit:.0%}"}
    return [Message("campaign.extrapolated", told)]


def _kilometres(case: Case, criterion: Criterion) -> Result:
    """Judge the claim: it has no scatter; what its exponents leave open stands beside it."""
    empty = Result(
        name=KILOMETRES, title=Message("campaign.kilometres"), unit="km", at=CAMPAIGN,
        confidence=criterion.confidence,
    )  # fmt: skip
    if not math.isfinite(case.kilometres):
        reasons = (Message("campaign.no-kilometres"),)
        return replace(empty, verdict=Verdict.NOT_SHOWN, reasons=reasons)
    metres = case.kilometres * 1e3
    found = replace(
        empty,
        value=case.kilometres,
        standard_uncertainty=0.0,
        lower=case.kilometres,
        upper=case.kilometres,
        degrees_of_freedom=math.inf,
        value_si=metres,
        standard_uncertainty_si=0.0,
    )
    judgement = judged(found, criterion, case.doubts)
    if judgement.limit is None or case.doubts:
        return judgement
    is_short = judgement.verdict is Verdict.FAIL
    told = {"kilometres": f"{case.kilometres:,.0f} km", "target": f"{judgement.limit:,.0f} km"}
    word = "short" if is_short else "enough"
    judgement = replace(judgement, reasons=(Message(f"campaign.kilometres-{word}", told),))
    # an engine that has not run far enough has not failed: it has shown less so far
    return replace(judgement, verdict=Verdict.NOT_SHOWN) if is_short else judgement
