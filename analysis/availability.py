"""How much of the calendar did a system run, and what kept it from running?

    A = (PH - DT) / PH,  A_forced = 1 - FOH / (FOH + SH),  MTBF = SH / failures

PH are the hours of the period, DT those down, FOH those down unplanned, SH those in service.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.checks import require_confidence, require_not_negative, require_positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A stretch of time in which the system did not run."""

    begin: float
    """s."""
    end: float
    """s."""
    planned: bool
    """Planned, or forced by a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanTime:
    """Mean time between failures with its interval, s; infinite where failures set no bound."""

    value: float
    """Service time over failures; infinite without a failure."""
    lower: float
    """Lower end of the two-sided interval; without a failure the one-sided bound."""
    upper: float
    """Upper end of the two-sided interval; infinite without a failure."""
    failures: int
    """How many."""
    confidence: float
    """Of the interval or, without a failure, of the bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """The calendar of a system."""

    calendar: float
    """Part of the period it was not down, 1."""
    forced: float
    """1 less forced downtime over forced downtime and service, 1; NaN if neither was."""
    service_time: float
    """s."""
    planned_time: float
    """Down as planned, s."""
    forced_time: float
    """Down by failures, s."""
    mean_time: MeanTime
    """Between failures."""
    capacity_factor: float
    """Energy delivered over what rated power all the time would have given, 1; NaN if not given."""


def availability(
    *,
    begin: float,
    end: float,
    outages: Sequence[Outage],
    energy: float = math.nan,
    rated_power: float = math.nan,
    confidence: float = 0.95,
) -> Availability:
    """Return availability, mean time between failures and capacity factor of a period.

    Outages are cut to the period. Where planned and forced ones overlap, the forced one counts:
    a failure during maintenance is still one. Overlapping outages of a kind are one.

    Args:
        begin: of the period, s.
        end: s.
        outages: any order.
        energy: net, delivered in the period, J; NaN: not known.
        rated_power: net, W; NaN: not known.
        confidence: of the interval, 0.5..1.

    Raises:
        ValueError: if the period or an outage has no positive length, or the confidence is
            impossible.
    """
    require_positive(period=float(end - begin))
    for outage in outages:
        require_positive(outage=float(outage.end - outage.begin))
    period = end - begin
    forced = _merged([each for each in outages if not each.planned], begin, end)
    both = _merged(outages, begin, end)
    forced_time = sum(last - first for first, last in forced)
    down = sum(last - first for first, last in both)
    service = period - down
    exposed = forced_time + service
    return Availability(
        calendar=service / period,
        forced=1.0 - forced_time / exposed if exposed > 0.0 else math.nan,
        service_time=service,
        planned_time=down - forced_time,
        forced_time=forced_time,
        mean_time=mean_time(service_time=service, failures=len(forced), confidence=confidence),
        capacity_factor=energy / (rated_power * period),
    )


def mean_time(*, service_time: float, failures: int, confidence: float = 0.95) -> MeanTime:
    """Return the mean time between failures with its chi-square interval, time terminated.

    2 T / chi2 with 2 n + 2 degrees of freedom below and 2 n above, failures at a constant rate.
    Without a failure: the one-sided lower bound -T / ln(1 - confidence), a third of T at 95 %.

    Args:
        service_time: s, not negative.
        failures: how many.
        confidence: two-sided, 0.5..1; one-sided without a failure.

    Raises:
        ValueError: if a value is impossible.
    """
    require_not_negative(service_time=float(service_time), failures=float(failures))
    require_confidence(confidence)
    if failures == 0:
        lower = -service_time / math.log(1.0 - confidence)
        return MeanTime(
            value=math.inf, lower=lower, upper=math.inf, failures=0, confidence=confidence
        )
    tail = 0.5 * (1.0 - confidence)
    return MeanTime(
        value=service_time / failures,
        lower=service_time / _most_failures(failures, tail),
        upper=service_time / _most_failures(failures - 1, 1.0 - tail),
        failures=failures,
        confidence=confidence,
    )


def _most_failures(count: int, chance: float) -> float:
    """Return the mean at which so few or fewer failures have this chance (half a chi-square)."""
    low, high = 0.0, 10.0 * (count + 10.0)
    for _ in range(200):
        mean = 0.5 * (low + high)
        if _poisson(count, mean) > chance:
            low = mean
        else:
            high = mean
    return 0.5 * (low + high)


def _poisson(count: int, mean: float) -> float:
    """Return the chance of at most so many events where so many are the mean."""
    if mean == 0.0:
        return 1.0
    terms = (k * math.log(mean) - mean - math.lgamma(k + 1.0) for k in range(count + 1))
    return sum(math.exp(term) for term in terms)


def _merged(outages: Sequence[Outage], begin: float, end: float) -> list[tuple[float, float]]:
    """Return the stretches within the period that the outages cover together."""
    merged: list[tuple[float, float]] = []
    for outage in sorted(outages, key=lambda each: each.begin):
        first, last = max(outage.begin, begin), min(outage.end, end)
        if last <= first:
            continue
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
