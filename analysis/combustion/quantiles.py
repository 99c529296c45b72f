"""Bounds of what most cycles keep, whatever the law of their scatter."""

from collections.abc import Sequence

from analysis.checks import require_confidence
from analysis.combustion.bounds import Bounds
from analysis.combustion.rates import share_bounds
from analysis.distributions import require_share

INFINITE = float("inf")


def quantile_bounds(
    *, values: Sequence[float], share: float, confidence: float = 0.95, unknown: int = 0
) -> Bounds:
    """Return bounds of the value below which a share of all cycles lies.

    They are order statistics, free of any law of distribution (Hahn and Meeker, Statistical
    Intervals, 1991, 5.2.3). The k-th smallest of n is an upper bound if k among n are so many that
    the share itself is not larger, and a lower bound if k - 1 are so few that it is not smaller.
    Of 149 to 235 cycles the largest is the upper bound of 98 % at 95 %.

    Args:
        values: of independent cycles, in any order and unit, at least one.
        share: of all cycles, 0..1.
        confidence: of each bound alone, 0.5..1.
        unknown: cycles more of which no value is known; each counts as the worst.

    Returns:
        Bounds in the unit of the values; infinite where so few cycles bound nothing.

    Raises:
        ValueError: there is no value, or share or confidence are impossible.
    """
    require_confidence(confidence)
    require_share(share=share)
    if not values:
        raise ValueError("no values have no quantile")
    known, lost = sorted(values), [INFINITE] * unknown
    above = [*known, *lost, INFINITE]
    below = [-INFINITE, *(-each for each in lost), *known]
    cycles = len(known) + unknown
    ranks = range(cycles + 1)
    upper = next((k for k in ranks if _lower(k, cycles, confidence) >= share), cycles + 1)
    lower = next(
        (k for k in reversed(ranks) if k and _upper(k - 1, cycles, confidence) <= share), 0
    )
    return Bounds(lower=below[lower], upper=above[upper - 1])


def _lower(events: int, cycles: int, confidence: float) -> float:
    return share_bounds(events=events, cycles=cycles, confidence=confidence).lower


def _upper(events: int, cycles: int, confidence: float) -> float:
    return share_bounds(events=events, cycles=cycles, confidence=confidence).upper
