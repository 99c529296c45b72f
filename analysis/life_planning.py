"""How many engines must run how long to show a reliability, and what a finished test has shown.

Time is counted in lives: 1 is the life to be shown (200,000 km, say), 2.5 is two and a half of it.

With one life per engine and no failure nothing need be known about how engines die (success run):

    n = ln(1 - C) / ln R          R = (1 - C)^(1/n)

A longer test counts more only if failures come with wear. With a Weibull shape beta that is known
beforehand, L lives of n engines with f failures show R of one life with confidence C when

    sum L_i^beta = chi2(C; 2f + 2) / (2 (-ln R))

One engine that ran one life without failure shows R = 10 % with 90 % confidence, whatever it
cost: a claim without n, L, beta and C says nothing. A bound on beta is an assumption with a
source, never a result of the test it plans; a test that ends at a failure, and one that ends at
a time, both keep the confidence (the latter with a little to spare).

Sources: success run as in any text on reliability demonstration; Weibull plans after Abernethy,
The New Weibull Handbook.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from analysis.checks import as_samples, require_not_negative, require_positive
from analysis.distributions import beta_quantile, chi_square_quantile, require_share

_ROUNDING: Final = 1e-9
"""Of a count of engines that is whole but for rounding: ln 0.25 / ln 0.5 is 2, not 3."""
MOST_UNITS: Final = 10_000_000
"""More are a slip of a number, not a plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifePlan:
    """A test that shows a reliability of one life, if no more than so many engines fail."""

    units: int
    """Engines, n."""
    lives: float
    """Each runs so many lives, L."""
    failures: int
    """Allowed, f."""
    shape: float
    """Weibull shape beta that is taken as known."""
    reliability: float
    """Shown of one life, R."""
    confidence: float
    """One-sided, C."""


def units_for_success_run(*, reliability: float, confidence: float, failures: int = 0) -> int:
    """Return how many engines must run one life each, of which so many may fail.

    Exact for any way of dying (binomial). R 90 % with C 90 % takes 22 without failure.

    Args:
        reliability: R, 0..1.
        confidence: C, one-sided, 0..1.
        failures: allowed, at least 0.

    Raises:
        ValueError: if a share does not lie between 0 and 1, failures are negative, or it would
            take more than ten million engines.
    """
    _require_plan(reliability, confidence, failures)
    fewest = math.ceil(math.log(1.0 - confidence) / math.log(reliability) - _ROUNDING)
    if failures == 0:
        return _reasonable(max(1, fewest))
    low, high = failures, failures + max(1, fewest)
    while reliability_of_success_run(
        units=high, failures=failures, confidence=confidence
    ) < reliability * (1.0 - _ROUNDING):
        low, high = high, _reasonable(2 * high)
    while high - low > 1:
        middle = (low + high) // 2
        shown = reliability_of_success_run(units=middle, failures=failures, confidence=confidence)
        if shown < reliability * (1.0 - _ROUNDING):
            low = middle
        else:
            high = middle
    return high


def reliability_of_success_run(*, units: int, confidence: float, failures: int = 0) -> float:
    """Return R that n engines with one life each and f failures among them show with C.

    Clopper and Pearson's bound; without failure (1 - C)^(1/n).

    Args:
        units: n, above the failures.
        confidence: C, one-sided, 0..1.
        failures: f, at least 0.

    Raises:
        ValueError: if the confidence is impossible, no engine ran, or all of them failed.
    """
    require_share(confidence=confidence)
    _require_units(units)
    _require_failures(failures)
    if failures >= units:
        message = f"{failures} failures of {units} engines: no reliability is shown"
        raise ValueError(message)
    if failures == 0:
        return math.pow(1.0 - confidence, 1.0 / units)
    return beta_quantile(
        share=1.0 - confidence, first=float(units - failures), second=failures + 1.0
    )


def confidence_of_success_run(*, units: int, reliability: float) -> float:
    """Return C with which n engines, one life each and no failure, show R: 1 - R^n.

    Raises:
        ValueError: if the reliability is impossible or no engine ran.
    """
    require_share(reliability=reliability)
    _require_units(units)
    return 1.0 - math.pow(reliability, units)


def units_needed(
    *, reliability: float, confidence: float, lives: float, shape: float, failures: int = 0
) -> int:
    """Return how many engines must run L lives each (with replacement if some may fail).

    Args:
        reliability: R of one life, 0..1.
        confidence: C, one-sided, 0..1.
        lives: L per engine, above zero.
        shape: beta, above zero.
        failures: allowed, at least 0.

    Raises:
        ValueError: if an argument is impossible, or it would take more than ten million engines.
    """
    _require_plan(reliability, confidence, failures)
    require_positive(lives=float(lives), shape=float(shape))
    weight = math.pow(lives, shape)
    if weight == 0.0:
        raise ValueError("so short a test with this shape shows nothing, however many engines run")
    wanted = _weight_needed(reliability, confidence, failures) / weight
    if wanted > MOST_UNITS:
        return _reasonable(MOST_UNITS + 1)
    return max(1, failures, math.ceil(wanted - _ROUNDING))


def lives_needed(
    *, units: int, reliability: float, confidence: float, shape: float, failures: int = 0
) -> float:
    """Return how many lives each of n engines must run: L = (chi2 / (2 n (-ln R)))^(1/beta).

    One engine for R 90 %, C 90 %: 7.82 lives with beta 1.5, 2.80 with beta 3.

    Args:
        units: n, at least 1.
        reliability: R of one life, 0..1.
        confidence: C, one-sided, 0..1.
        shape: beta, above zero.
        failures: allowed, at least 0.

    Raises:
        ValueError: if an argument is impossible.
    """
    _require_plan(reliability, confidence, failures)
    _require_units(units)
    require_positive(shape=float(shape))
    return math.pow(_weight_needed(reliability, confidence, failures) / units, 1.0 / shape)


def reliability_shown(
    *, lives: ArrayLike, shape: float, confidence: float, failures: int = 0
) -> float:
    """Return R of one life that engines with so many lives each show, f of them failed.

    R = exp(-chi2(C; 2f + 2) / (2 sum L_i^beta)). One engine with one life: 0.10 with C 90 %.

    Args:
        lives: of each engine, failed ones included, shape (n,); not negative.
        shape: beta, above zero.
        confidence: C, one-sided, 0..1.
        failures: f, at least 0 and at most n.

    Raises:
        ValueError: if an argument is impossible, or nothing ran at all.
    """
    require_share(confidence=confidence)
    require_positive(shape=float(shape))
    _require_failures(failures)
    each = as_samples("lives", lives)
    require_not_negative(lives=each)
    if failures > each.size:
        message = f"{failures} failures of {each.size} engines: there are more than engines"
        raise ValueError(message)
    weight = float(np.sum(each**shape))
    if weight == 0.0:
        raise ValueError("no engine has run: no failure in no time shows nothing")
    return math.exp(-_chi_square(confidence, failures) / 2.0 / weight)


def plans(
    *,
    reliability: float,
    confidence: float,
    shape: float,
    units: Sequence[int],
    failures: int = 0,
) -> tuple[LifePlan, ...]:
    """Return for each number of engines how long each must run.

    Args:
        reliability: R of one life, 0..1.
        confidence: C, one-sided, 0..1.
        shape: beta, above zero.
        units: numbers of engines.
        failures: allowed, at least 0.

    Raises:
        ValueError: as `lives_needed`.
    """
    return tuple(
        LifePlan(
            units=count,
            lives=lives_needed(
                units=count,
                reliability=reliability,
                confidence=confidence,
                shape=shape,
                failures=failures,
            ),
            failures=failures,
            shape=shape,
            reliability=reliability,
            confidence=confidence,
        )
        for count in units
    )


def _weight_needed(reliability: float, confidence: float, failures: int) -> float:
    """Return sum L_i^beta that is needed."""
    return _chi_square(confidence, failures) / (-2.0 * math.log(reliability))


def _chi_square(confidence: float, failures: int) -> float:
    if failures == 0:
        return -2.0 * math.log(1.0 - confidence)
    return chi_square_quantile(share=confidence, degrees_of_freedom=2.0 * failures + 2.0)


def _require_plan(reliability: float, confidence: float, failures: int) -> None:
    require_share(reliability=reliability, confidence=confidence)
    _require_failures(failures)


def _require_failures(failures: int) -> None:
    if failures < 0:
        message = f"failures must not be negative, got {failures}"
        raise ValueError(message)


def _require_units(units: int) -> None:
    if units < 1:
        message = f"at least one engine must run, got {units}"
        raise ValueError(message)


def _reasonable(units: int) -> int:
    if units > MOST_UNITS:
        message = f"more than {MOST_UNITS} engines: no test shows this"
        raise ValueError(message)
    return units
