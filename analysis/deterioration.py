"""Deterioration factors: what an emission at the end of the useful life is beside the first one.

    DF_mult = y(UL) / y(x0)  (at least 1)       DF_add = y(UL) - y(x0)  (at least 0)

y is the straight line through all valid tests, x0 the first of them (Regulation (EU) 582/2011,
annex VII; UN R49, annex 7). A certified value is the measured one times DF_mult or plus DF_add.
Assigned factors may stand in for a test: NOx 1.15, for example.

Where a repair or a calibration breaks the series, both ends are taken on the level of the last
part: a factor is wear, not repair.
"""

import math
from dataclasses import dataclass

from analysis.checks import require_positive
from analysis.drift import DriftFit


@dataclass(frozen=True, slots=True, kw_only=True)
class Deterioration:
    """Both factors, with the two values that they come from."""

    start: float
    """x0, km."""
    useful_life: float
    """UL, km."""
    first: float
    """y(x0), unit of the quantity."""
    last: float
    """y(UL)."""
    multiplicative: float | None
    """DF_mult, at least 1; None where the first value is not above zero and has no multiples."""
    additive: float
    """DF_add, at least 0, unit of the quantity."""
    extrapolation: float
    """Part of the way from 0 km to UL beyond the last test, 0..1."""


def deterioration(
    *, fitted: DriftFit, useful_life: float, start: float | None = None
) -> Deterioration:
    """Return the deterioration factors of a drift.

    Args:
        fitted: the drift of an emission.
        useful_life: UL, km.
        start: x0, km; None: the first test.

    Raises:
        ValueError: if the useful life is not above zero or not beyond the start, or the start is
            negative.
    """
    require_positive(useful_life=float(useful_life))
    begin = fitted.nearest if start is None else start
    if not 0.0 <= begin < useful_life or math.isnan(begin):
        message = f"the start at {begin} km must lie between 0 and the useful life of {useful_life}"
        raise ValueError(message)
    first, last = fitted.value_at(begin), fitted.value_at(useful_life)
    return Deterioration(
        start=begin,
        useful_life=useful_life,
        first=first,
        last=last,
        multiplicative=max(1.0, last / first) if first > 0.0 else None,
        additive=max(0.0, last - first),
        extrapolation=max(0.0, 1.0 - fitted.reach / useful_life),
    )
