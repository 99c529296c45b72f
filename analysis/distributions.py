"""Quantiles of the distributions that statistics of tests need, typed.

The one place that touches scipy.special, and only when a quantile is wanted: it takes 0.2 s to
load, which no start of a run has to wait for (scipy.stats would take most of a second).
"""

import math
from typing import Any

import numpy as np

from analysis.checks import FloatArray, require_confidence, require_finite, require_not_negative


def one_sided_factor(*, confidence: float, degrees_of_freedom: float) -> float:
    """Return Student's t such that a share `confidence` of the distribution lies below t.

    Args:
        confidence: 0.5..1, for example 0.95.
        degrees_of_freedom: above zero; infinite gives the normal quantile (1.645 at 0.95).

    Raises:
        ValueError: if the confidence or the degrees of freedom are impossible.
    """
    require_confidence(confidence)
    _require_degrees_of_freedom(degrees_of_freedom)
    if math.isinf(degrees_of_freedom):
        return normal_quantile(share=confidence)
    return float(_special().stdtrit(degrees_of_freedom, confidence))


def two_sided_factor(*, confidence: float, degrees_of_freedom: float) -> float:
    """Return the coverage factor k: a share `confidence` lies within -k..k (1.960 at 0.95).

    Raises:
        ValueError: if the confidence or the degrees of freedom are impossible.
    """
    require_confidence(confidence)
    return one_sided_factor(
        confidence=(1.0 + confidence) / 2.0, degrees_of_freedom=degrees_of_freedom
    )


def two_sided_tail(*, factor: float, degrees_of_freedom: float) -> float:
    """Return the share of Student's t outside -|factor|..|factor|: the p-value of a t test.

    Raises:
        ValueError: if the factor is no number or the degrees of freedom are impossible.
    """
    _require_degrees_of_freedom(degrees_of_freedom)
    if math.isnan(factor):
        raise ValueError("factor must be a number")
    if math.isinf(degrees_of_freedom):
        return 2.0 * float(_special().ndtr(-abs(factor)))
    return 2.0 * float(_special().stdtr(degrees_of_freedom, -abs(factor)))


def normal_quantile(*, share: float) -> float:
    """Return z such that a share 0..1 of the standard normal distribution lies below z.

    Raises:
        ValueError: if the share does not lie between 0 and 1.
    """
    require_share(share=share)
    return float(_special().ndtri(share))


def chi_square_quantile(*, share: float, degrees_of_freedom: float) -> float:
    """Return x such that a share 0..1 of chi-square lies below x (3.841 at 0.95 and 1).

    Raises:
        ValueError: if the share or the degrees of freedom are impossible.
    """
    require_share(share=share)
    _require_degrees_of_freedom(degrees_of_freedom)
    return float(_special().chdtri(degrees_of_freedom, 1.0 - share))


def beta_quantile(*, share: float, first: float, second: float) -> float:
    """Return x such that a share 0..1 of the beta distribution B(first, second) lies below x.

    Raises:
        ValueError: if the share is impossible or a parameter is not above zero.
    """
    require_share(share=share)
    _require_degrees_of_freedom(first)
    _require_degrees_of_freedom(second)
    return float(_special().betaincinv(first, second, share))


def noncentral_t_quantile(
    *, share: float, degrees_of_freedom: float, noncentrality: float
) -> float:
    """Return t such that a share 0..1 of the noncentral t distribution lies below t.

    Raises:
        ValueError: if the share, the degrees of freedom or the noncentrality are impossible, or
            the quantile cannot be computed (a noncentrality of many hundreds).
    """
    require_share(share=share)
    _require_degrees_of_freedom(degrees_of_freedom)
    require_finite(noncentrality=float(noncentrality))
    found = float(_special().nctdtrit(degrees_of_freedom, noncentrality, share))
    if not math.isfinite(found):
        message = f"no quantile of noncentral t for a noncentrality of {noncentrality}"
        raise ValueError(message)
    return found


def gamma_likelihood_roots(*, drop: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where v - 1 - ln v = drop: the root in 0..1 and the root above 1.

    This is how far the likelihood of an exponential mean falls on both sides of its maximum.

    Args:
        drop: not negative, any shape; beyond about 700 the lower root is no longer resolved.

    Raises:
        ValueError: if a drop is negative or not finite.
    """
    require_not_negative(drop=drop)
    lambertw: Any = _special().lambertw
    root = np.sqrt(2.0 * drop)
    # Beside the branch point lambertw loses all digits, or says nan: a series has them.
    near = drop < 1e-6
    argument = -np.exp(-1.0 - np.where(near, 1.0, drop))
    lower = np.where(near, 1.0 - root + root**2 / 3.0, -np.real(lambertw(argument, 0)))
    upper = np.where(near, 1.0 + root + root**2 / 3.0, -np.real(lambertw(argument, -1)))
    return lower, upper


def require_share(**shares: float) -> None:
    """Raise ValueError, naming it, unless every share lies between 0 and 1, both excluded."""
    for name, share in shares.items():
        if not 0.0 < share < 1.0:
            message = f"{name} must lie between 0 and 1, got {share}"
            raise ValueError(message)


def _require_degrees_of_freedom(degrees_of_freedom: float) -> None:
    if not degrees_of_freedom > 0.0:
        message = f"degrees of freedom must be above zero, got {degrees_of_freedom}"
        raise ValueError(message)


def _special() -> Any:
    from scipy import (  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs] - start-up time; scipy ships no stubs
        special,
    )

    return special  # pyright: ignore[reportUnknownVariableType] - scipy ships no stubs
