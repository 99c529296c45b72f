"""Lives from few failures or none, with a Weibull shape known beforehand (Weibayes).

    eta = (sum t_i^beta / r)^(1/beta)      bound: (2 sum t_i^beta / chi2(C; 2r + 2))^(1/beta)

Without a failure there is no estimate, but still a lower bound. Abernethy's classic "r = 1" for
no failure is the bound of C = 63.2 %. The shape must come from earlier engines or from the
literature; the bound is worth as much as it is.

Source: Abernethy, The New Weibull Handbook.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.checks import as_samples, require_not_negative, require_positive
from analysis.distributions import chi_square_quantile, require_share
from analysis.weibull import Weibull


@dataclass(frozen=True, slots=True, kw_only=True)
class Weibayes:
    """What lives of a known shape say about the scale."""

    estimate: Weibull | None
    """The most likely distribution; None without a failure."""
    bound: Weibull
    """The worst distribution that is still credible: its lives and reliabilities are bounds."""
    failures: int
    """r."""
    units: int
    """How many engines ran."""
    confidence: float
    """One-sided, C."""


def weibayes(*, lives: ArrayLike, failures: int, shape: float, confidence: float = 0.9) -> Weibayes:
    """Return estimate and lower bound of a life distribution whose shape is known.

    Args:
        lives: of all engines, failed or not, shape (n,), not negative, any unit.
        failures: how many of them failed, r, 0..n.
        shape: beta, known beforehand, above zero.
        confidence: one-sided, of the bound, 0..1.

    Raises:
        ValueError: if an argument is impossible, or no engine ran at all: zero hours without a
            failure show nothing.
    """
    require_share(confidence=confidence)
    require_positive(shape=float(shape))
    each = as_samples("lives", lives)
    require_not_negative(lives=each)
    if not 0 <= failures <= each.size:
        message = f"{failures} failures of {each.size} engines cannot be"
        raise ValueError(message)
    longest = float(each.max())
    if longest == 0.0:
        raise ValueError("no engine has run: no failure in no time shows nothing")
    # As parts of the longest life, no power overflows.
    total = float(np.sum((each / longest) ** shape))
    divisor = 0.5 * chi_square_quantile(share=confidence, degrees_of_freedom=2.0 * failures + 2.0)
    return Weibayes(
        estimate=_scaled(longest, total / failures, shape) if failures else None,
        bound=_scaled(longest, total / divisor, shape),
        failures=failures,
        units=each.size,
        confidence=confidence,
    )


def _scaled(longest: float, power: float, shape: float) -> Weibull:
    return Weibull(shape=shape, scale=longest * math.pow(power, 1.0 / shape))
