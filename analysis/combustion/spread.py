"""A quantity over the cycles of a capture."""

import math
from dataclasses import dataclass

import numpy as np

from analysis.checks import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """One number per cycle, over all cycles that have one. Units are those of the quantity."""

    count: int
    """How many cycles have one."""
    mean: float
    """NaN: none has one."""
    standard_deviation: float
    """Of single cycles; NaN: fewer than two."""
    minimum: float
    """Smallest."""
    maximum: float
    """Largest."""
    percentile_98: float
    """98 of 100 cycles stay below."""
    standard_uncertainty: float
    """Of the mean: scatter of the cycles, and what `capture` adds for the instruments; NaN:
    a single cycle tells no scatter."""

    @property
    def mean_plus_three(self) -> float:
        """Mean and three standard deviations: the peak firing pressure a part has to bear."""
        return self.mean + 3.0 * self.standard_deviation

    @property
    def variation(self) -> float:
        """Coefficient of variation, 1: standard deviation over mean."""
        return self.standard_deviation / self.mean if self.mean else math.nan

    @property
    def variation_uncertainty(self) -> float:
        """Standard uncertainty of the variation, 1, for normal scatter: 4 % of it at 300 cycles."""
        if self.count < 2:
            return math.nan
        return abs(self.variation) / math.sqrt(2.0 * (self.count - 1))

    @property
    def lowest_normalised(self) -> float:
        """Lowest normalised value (LNV), 1: smallest over mean."""
        return self.minimum / self.mean if self.mean else math.nan


def spread(values: FloatArray, *, instrument_uncertainty: float = 0.0) -> Spread:
    """Return the statistics of the values that are numbers.

    Sorted first, so that the order of the cycles cannot change the last digit of a sum.

    Args:
        values: one per cycle, NaN where there is none, shape (cycles,).
        instrument_uncertainty: standard, of the mean, common to all cycles.
    """
    known = np.sort(values[np.isfinite(values)])
    if not known.size:
        nan = math.nan
        return Spread(
            count=0,
            mean=nan,
            standard_deviation=nan,
            minimum=nan,
            maximum=nan,
            percentile_98=nan,
            standard_uncertainty=nan,
        )
    deviation = float(known.std(ddof=1)) if known.size > 1 else math.nan
    return Spread(
        count=int(known.size),
        mean=float(known.mean()),
        standard_deviation=deviation,
        minimum=float(known[0]),
        maximum=float(known[-1]),
        percentile_98=float(np.percentile(known, 98.0)),
        standard_uncertainty=math.hypot(deviation / math.sqrt(known.size), instrument_uncertainty),
    )
