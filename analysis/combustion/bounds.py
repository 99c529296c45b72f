"""One-sided confidence bounds of statistics over the cycles of a capture."""

import math
from dataclasses import dataclass
from typing import Final

from analysis.checks import require_confidence, require_not_negative
from analysis.distributions import chi_square_quantile

FEWEST: Final = 2
"""A single cycle tells no variation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Two bounds, each of its own confidence. Units are those of the quantity."""

    lower: float
    """The true value lies above, with the confidence."""
    upper: float
    """The true value lies below, with the confidence; infinite: nothing bounds it."""


def variation_bounds(*, variation: float, cycles: int, confidence: float = 0.95) -> Bounds:
    """Return the bounds of a coefficient of variation, for normal scatter.

    The modified McKay interval (Vangel, The American Statistician 50, 1996, p. 21), with
    v = n - 1 and u the quantile of chi-square with v degrees of freedom at 1 - confidence (upper
    bound) or confidence (lower bound):

        bound = K / sqrt(((u + 2) / n - 1) K^2 + u / v)

    It holds for variations up to about a third; for the few percent of an engine it is the
    chi-square bound of a standard deviation. Cycles count as independent of each other.

    Args:
        variation: standard deviation over mean of the cycles, K, 1, not negative.
        cycles: how many, n, at least two.
        confidence: of each bound alone, 0.5..1.

    Raises:
        ValueError: the variation is negative or no number, cycles are too few, or the confidence
            is impossible.
    """
    require_confidence(confidence)
    require_not_negative(variation=variation)
    if cycles < FEWEST:
        message = f"{cycles} cycles tell no variation"
        raise ValueError(message)
    return Bounds(
        lower=_bound(variation, cycles, confidence),
        upper=_bound(variation, cycles, 1.0 - confidence),
    )


def _bound(variation: float, cycles: int, share: float) -> float:
    freedom = cycles - 1
    quantile = chi_square_quantile(share=share, degrees_of_freedom=freedom)
    square = ((quantile + 2.0) / cycles - 1.0) * variation**2 + quantile / freedom
    return variation / math.sqrt(square) if square > 0.0 else math.inf
