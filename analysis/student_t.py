"""Quantiles of the Student t distribution, typed.

The one place that touches scipy.special, and only when a quantile is wanted: it takes 0.2 s to
load, which no start of a run has to wait for (scipy.stats would take most of a second).
"""

import math

from analysis.checks import require_confidence


def one_sided_factor(*, confidence: float, degrees_of_freedom: float) -> float:
    """Return t such that a share `confidence` of the distribution lies below t.

    Args:
        confidence: 0.5..1, for example 0.95.
        degrees_of_freedom: above zero; infinite gives the normal quantile (1.645 at 0.95).

    Raises:
        ValueError: if the confidence or the degrees of freedom are impossible.
    """
    require_confidence(confidence)
    if not degrees_of_freedom > 0.0:
        message = f"degrees of freedom must be above zero, got {degrees_of_freedom}"
        raise ValueError(message)
    from scipy.special import (  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs] - start-up time; scipy ships no stubs
        ndtri,
        stdtrit,
    )

    if math.isinf(degrees_of_freedom):
        return float(ndtri(confidence))
    return float(stdtrit(degrees_of_freedom, confidence))


def two_sided_factor(*, confidence: float, degrees_of_freedom: float) -> float:
    """Return the coverage factor k: a share `confidence` lies within -k..k (1.960 at 0.95).

    Raises:
        ValueError: if the confidence or the degrees of freedom are impossible.
    """
    require_confidence(confidence)
    return one_sided_factor(
        confidence=(1.0 + confidence) / 2.0, degrees_of_freedom=degrees_of_freedom
    )
