"""What a whole series of a fuel cell shows: rates of degradation and counts, judged where asked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.availability import mean_time
from analysis.degradation_rate import Rate
from analysis.verdict import Verdict
from bench.channel import Channel
from bench.messages import Message
from bench.runs import Run
from bench.units import unit
from protocols.cell_degradation import CURRENT, TEMPERATURE, VOLTAGE, Life
from protocols.cell_operation import two_sided
from protocols.cell_quantities import LIFE, RATES
from protocols.cell_rates import as_voltage, hours_to_show, rate_named, rate_results
from protocols.cell_results import CountRow
from protocols.criteria import Asked, Criterion
from protocols.judgement import judged, overdue_calibrations, run_doubts, unknown
from protocols.results import Result
from protocols.run_series import HOUR
from protocols.wording import Text

MEAN_TIME = "mean_time_between_failures"


@dataclass(frozen=True)
class LifeOrReason:
    """The degradation, or why there is none."""

    life: Life | None
    """The degradation."""
    reason: Text = ""
    """Why there is none."""


def life_results(
    found: LifeOrReason,
    counts: Sequence[CountRow],
    asked: Asked,
    channels: Mapping[str, Channel],
    last: Run,
) -> Iterator[Result]:
    """Yield what the whole series shows, judged where that is asked.

    Args:
        found: the degradation.
        counts: operation.
        asked: what is asked.
        channels: of the series.
        last: the run that says how the series ended.
    """
    wanted = {each.name: each for each in asked.criteria if each.name in LIFE}
    at = {name: each.at for name, each in wanted.items()}
    life = found.life
    known = [] if life is None else list(rate_results(life.found, at, 0.95))
    known += _counted(counts, at)
    for result in known:
        criterion = wanted.pop(result.name, None)
        if criterion is not None:
            yield _judged(result, criterion, life, channels, last)
        elif result.name in RATES or result.name == "reversible_share":
            yield result
    for criterion in wanted.values():
        nothing = Message("judge.unknown-result", {"result": criterion.name})
        empty = unknown(criterion.name, criterion.at)
        yield replace(empty, unit=LIFE[criterion.name], reasons=(found.reason or nothing,))


def _counted(counts: Sequence[CountRow], at: Mapping[str, str]) -> list[Result]:
    """Return what was counted as results: a count has no uncertainty."""
    return [_count(row, at.get(row.name, ""), counts) for row in counts if row.name in LIFE]


def _count(row: CountRow, at: str, counts: Sequence[CountRow]) -> Result:
    empty = Result(name=row.name, title=row.title, unit=row.unit or "1", at=at)
    if row.name == MEAN_TIME:
        return _mean_time(empty, {each.name: each.value for each in counts})
    return replace(
        empty,
        value=row.value,
        standard_uncertainty=0.0,
        lower=row.value,
        upper=row.value,
        degrees_of_freedom=math.inf,
        value_si=row.value * unit(empty.unit).factor,
        standard_uncertainty_si=0.0,
    )


def _mean_time(empty: Result, counts: Mapping[str, float]) -> Result:
    """Return the mean time between failures between its one-sided bounds of 95 %, h."""
    failures = round(counts["trips"])
    confidence = two_sided(failures)
    found = mean_time(
        service_time=counts["operating_time"] * HOUR, failures=failures, confidence=confidence
    )
    return replace(
        empty,
        value=found.value / HOUR if failures else math.nan,
        lower=found.lower / HOUR,
        upper=found.upper / HOUR,
        confidence=confidence,
        value_si=found.value if failures else math.nan,
    )


def _judged(
    result: Result,
    criterion: Criterion,
    life: Life | None,
    channels: Mapping[str, Channel],
    last: Run,
) -> Result:
    if result.name == MEAN_TIME:
        return _judged_mean_time(result, criterion, last)
    rate = None if life is None else rate_named(life.found, result.name)
    if rate is None:
        return judged(result, criterion, run_doubts(last))
    names = (VOLTAGE, TEMPERATURE, CURRENT)
    unstated = [
        Message("judge.no-uncertainty", {"channel": name})
        for name in names
        if name in channels and channels[name].uncertainty is None
    ]
    overdue = overdue_calibrations(channels, names, last.header.start_utc_ns)
    found = judged(result, criterion, [*run_doubts(last), *unstated, *overdue])
    if not criterion.limits or found.limit is None:
        return found
    return _with_hours(found, rate, criterion.limits[0][1].value)


def _judged_mean_time(result: Result, criterion: Criterion, last: Run) -> Result:
    """Return the mean time between failures with the verdict of its one-sided bound."""
    found = judged(result, criterion, run_doubts(last))
    if found.limit is None or not math.isfinite(result.lower) or criterion.at_least is None:
        return found
    limit, verdict = found.limit, Verdict.NOT_SHOWN
    doubts = run_doubts(last)
    if not doubts and result.lower >= limit:
        verdict = Verdict.PASS
    elif not doubts and result.upper < limit:
        verdict = Verdict.FAIL
    told = {
        "lower": f"{result.lower:.0f} h",
        "upper": f"{result.upper:.0f} h" if math.isfinite(result.upper) else "∞",
        "limit": f"{limit:g} h",
    }
    reasons = (*doubts, Message("cell.mtbf-bounds", told))
    return replace(found, verdict=verdict, bound=result.lower, reasons=reasons)


def _with_hours(found: Result, rate: Rate, limit: float) -> Result:
    """Return a rate that is not shown with the hours it would take; none passes by rising."""
    lowest = found.lower * unit(found.unit).factor
    if found.verdict is Verdict.PASS and lowest < -abs(limit):
        rises = Message("cell.rises", {"result": found.title})
        return replace(found, verdict=Verdict.NOT_SHOWN, reasons=(rises,))
    if found.verdict is not Verdict.NOT_SHOWN:
        return found
    lasted = f"{(rate.end - rate.begin) / HOUR:.0f} h"
    hours = hours_to_show(rate, -rate.value, as_voltage(rate, found.name, limit))
    told = Message("cell.hours-never", {"lasted": lasted})
    if math.isfinite(hours):
        told = Message("cell.hours-needed", {"hours": f"{hours:.0f} h", "lasted": lasted})
    return replace(found, reasons=(*found.reasons, told))
