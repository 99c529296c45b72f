"""How often something happens per thousand cycles, and how sure that is."""

import math
from dataclasses import dataclass

from analysis.checks import require_confidence
from analysis.combustion.bounds import Bounds
from analysis.distributions import beta_quantile, require_share


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRate:
    """Events among cycles. Rates are per 1,000 cycles."""

    events: int
    """How many."""
    cycles: int
    """Among how many."""
    per_thousand: float
    """Events over cycles."""
    lower: float
    """Of the two-sided interval."""
    upper: float
    """Of the two-sided interval."""
    confidence: float
    """Of the interval, 1."""


def event_rate(*, events: int, cycles: int, confidence: float = 0.95) -> EventRate:
    """Return the rate of events with its exact interval (Clopper and Pearson, 1934).

    For few events among many cycles it is the exact interval of Poisson: none among n gives the
    rule of three, an upper end of 3.7/n at 95 % two-sided.

    Args:
        events: how many cycles had it.
        cycles: how many were looked at, at least one.
        confidence: two-sided, 0.5..1.

    Raises:
        ValueError: there is no cycle, or more events than cycles.
    """
    require_confidence(confidence)
    share = share_bounds(events=events, cycles=cycles, confidence=(1.0 + confidence) / 2.0)
    return EventRate(
        events=events,
        cycles=cycles,
        per_thousand=1e3 * events / cycles,
        lower=1e3 * share.lower,
        upper=1e3 * share.upper,
        confidence=confidence,
    )


def share_bounds(*, events: int, cycles: int, confidence: float = 0.95) -> Bounds:
    """Return the exact bounds of the share of cycles with an event (Clopper and Pearson, 1934).

    They hold for cycles that are independent of each other. None among n gives the upper bound
    1 - (1 - confidence)^(1/n), 3.0/n at 95 % (rule of three).

    Args:
        events: how many cycles had it.
        cycles: how many were looked at, at least one.
        confidence: of each bound alone, 0.5..1.

    Raises:
        ValueError: there is no cycle, or more events than cycles.
    """
    require_confidence(confidence)
    if cycles < 1 or not 0 <= events <= cycles:
        message = f"{events} events among {cycles} cycles make no rate"
        raise ValueError(message)
    others = cycles - events
    tail = 1.0 - confidence
    return Bounds(
        lower=beta_quantile(share=tail, first=events, second=others + 1) if events else 0.0,
        upper=beta_quantile(share=1.0 - tail, first=events + 1, second=others) if others else 1.0,
    )


def cycles_without_event(*, share: float, confidence: float = 0.95) -> int:
    """Return how many cycles without a single event show that its share is not larger.

    The least n with 1 - (1 - confidence)^(1/n) <= share: 149 for 2 % at 95 %.

    Raises:
        ValueError: the share does not lie between 0 and 1, or the confidence is impossible.
    """
    require_confidence(confidence)
    require_share(share=share)
    return math.ceil(math.log1p(-confidence) / math.log1p(-share))
