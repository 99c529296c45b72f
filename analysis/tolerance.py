"""One-sided tolerance bounds: what nearly all of a kind keep, judged from a few of them.

A mean of three engines says nothing about the next one. mean - k s is exceeded by a share P of
all engines with confidence C, if their values are normally distributed; k is a quantile of the
noncentral t distribution (Owen; NIST/SEMATECH handbook 7.2.6.3). Three engines for P 90 % and
C 90 % take k = 4.258, ten take 2.066.
"""

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from analysis.checks import as_samples
from analysis.distributions import noncentral_t_quantile, normal_quantile, require_share


@dataclass(frozen=True, slots=True, kw_only=True)
class ToleranceBound:
    """A value that a share of all units keeps. Units are those of the values."""

    mean: float
    """Of the values."""
    standard_deviation: float
    """Of the values, s."""
    units: int
    """How many values."""
    factor: float
    """k."""
    share: float
    """Of all units that keep the bound, P."""
    confidence: float
    """One-sided, C."""

    @property
    def lower(self) -> float:
        """A share P of all units lies above, with confidence C."""
        return self.mean - self.factor * self.standard_deviation

    @property
    def upper(self) -> float:
        """A share P of all units lies below, with confidence C."""
        return self.mean + self.factor * self.standard_deviation


def one_sided_tolerance_factor(*, units: int, share: float, confidence: float) -> float:
    """Return k of a one-sided normal tolerance bound.

    Args:
        units: n, at least 2.
        share: P of all units, 0..1.
        confidence: C, 0..1.

    Raises:
        ValueError: if there are fewer than two units, or a share does not lie between 0 and 1.
    """
    require_share(share=share, confidence=confidence)
    if units < 2:
        message = f"a tolerance factor needs at least two units, got {units}"
        raise ValueError(message)
    root = math.sqrt(units)
    quantile = noncentral_t_quantile(
        share=confidence,
        degrees_of_freedom=units - 1.0,
        noncentrality=normal_quantile(share=share) * root,
    )
    return quantile / root


def tolerance_bound(*, values: ArrayLike, share: float, confidence: float) -> ToleranceBound:
    """Return the bounds that a share of all units keeps, each one-sided.

    Args:
        values: one per unit, shape (n,), n at least 2; normally distributed among units.
        share: P of all units, 0..1.
        confidence: C, 0..1.

    Raises:
        ValueError: if there are fewer than two values, one is no number, or a share is
            impossible.
    """
    samples = as_samples("values", values, at_least=2)
    return ToleranceBound(
        mean=float(samples.mean()),
        standard_deviation=float(samples.std(ddof=1)),
        units=samples.size,
        factor=one_sided_tolerance_factor(units=samples.size, share=share, confidence=confidence),
        share=share,
        confidence=confidence,
    )
