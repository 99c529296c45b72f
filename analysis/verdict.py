"""The guarded verdict: a limit counts as met only when the uncertainty leaves no doubt.

Guarded acceptance as in JCGM 106, one-sided: with a confidence of 95 % and many degrees of
freedom the guard band is 1.645 standard uncertainties. Between pass and fail lies "not shown":
the measurement was too coarse for this limit, which is a statement about the bench.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from analysis.distributions import one_sided_factor


class Verdict(StrEnum):
    """What a measurement says about a limit."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    """The limit is met with the asked confidence."""
    FAIL = "fail"
    """The limit is missed with the asked confidence."""
    NOT_SHOWN = "not shown"
    """Neither is shown: too much uncertainty, or no number."""


class Reason(StrEnum):
    """Why a verdict is what it is."""

    BEYOND_LIMIT = "beyond limit"
    """Value and guard band lie on the good side."""
    SHORT_OF_LIMIT = "short of limit"
    """Value and guard band lie on the bad side."""
    LIMIT_WITHIN_UNCERTAINTY = "limit within uncertainty"
    """The limit lies inside the guard band."""
    NOT_FINITE = "not finite"
    """The value, its uncertainty or its degrees of freedom are no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict and all it stands on. Units are those of the judged quantity."""

    verdict: Verdict
    """Pass, fail or not shown."""
    reason: Reason
    """Why."""
    value: float
    """The measured value."""
    standard_uncertainty: float
    """Its standard uncertainty."""
    degrees_of_freedom: float
    """Of the standard uncertainty."""
    confidence: float
    """One-sided, 1."""
    factor: float
    """Student's t of that confidence; NaN when nothing could be judged."""
    limit: float
    """What the value was judged against."""
    sense: Literal["at_least", "at_most"]
    """Which side of the limit is the good one."""
    bound: float
    """One-sided confidence bound towards the limit: value - t u for at least, + t u for at most."""
    margin: float
    """How far the bound lies on the good side of the limit; negative when it does not."""


def judge(
    *,
    value: float,
    standard_uncertainty: float,
    degrees_of_freedom: float = math.inf,
    at_least: float | None = None,
    at_most: float | None = None,
    confidence: float = 0.95,
) -> Judgement:
    """Judge a value with uncertainty against one limit.

    At least: pass if value - t u >= limit, fail if value + t u < limit. At most: the mirror.

    Args:
        value: measured, in the unit of the limit.
        standard_uncertainty: in the same unit, not negative.
        degrees_of_freedom: above zero, infinite allowed.
        at_least: the lower limit; give this or `at_most`.
        at_most: the upper limit.
        confidence: one-sided, 0.5..1.

    Returns:
        The judgement; NOT_SHOWN when value, uncertainty or degrees of freedom are no number.

    Raises:
        ValueError: if not exactly one finite limit is given, the uncertainty is negative, the
            degrees of freedom are not above zero, or the confidence is impossible.
    """
    limit, sense = _limit(at_least, at_most)
    if standard_uncertainty < 0.0:
        message = f"standard uncertainty must not be negative, got {standard_uncertainty}"
        raise ValueError(message)
    factor = (
        math.nan
        if math.isnan(degrees_of_freedom)
        else one_sided_factor(confidence=confidence, degrees_of_freedom=degrees_of_freedom)
    )
    sign = 1.0 if sense == "at_least" else -1.0
    guard = factor * standard_uncertainty
    bound = value - sign * guard
    margin = sign * (bound - limit)
    verdict, reason = _decide(margin, sign * (value + sign * guard - limit))
    return Judgement(
        verdict=verdict,
        reason=reason,
        value=value,
        standard_uncertainty=standard_uncertainty,
        degrees_of_freedom=degrees_of_freedom,
        confidence=confidence,
        factor=factor,
        limit=limit,
        sense=sense,
        bound=bound,
        margin=margin,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundsJudgement:
    """A verdict from bounds that need not lie evenly around a value. Units are the quantity's."""

    verdict: Verdict
    """Pass, fail or not shown."""
    reason: Reason
    """Why."""
    limit: float
    """What was judged against."""
    sense: Literal["at_least", "at_most"]
    """Which side of the limit is the good one."""
    bound: float
    """Bound towards the limit: the lower one for at least, the upper one for at most."""
    margin: float
    """How far the bound lies on the good side of the limit; negative when it does not."""


def judge_bounds(
    *,
    lower: float,
    upper: float,
    at_least: float | None = None,
    at_most: float | None = None,
) -> BoundsJudgement:
    """Judge a quantity of which only bounds are known, as counts and spreads have them.

    At most: pass if upper <= limit, fail if lower > limit. At least: the mirror.

    Args:
        lower: one-sided confidence bound; minus infinity where there is none.
        upper: the same from above.
        at_least: the lower limit; give this or `at_most`.
        at_most: the upper limit.

    Returns:
        The judgement; NOT_SHOWN when a bound is no number.

    Raises:
        ValueError: if not exactly one finite limit is given, or the bounds have changed places.
    """
    limit, sense = _limit(at_least, at_most)
    if lower > upper:
        message = f"the lower bound {lower} lies above the upper bound {upper}"
        raise ValueError(message)
    sign, near, far = (1.0, lower, upper) if sense == "at_least" else (-1.0, upper, lower)
    margin = sign * (near - limit)
    verdict, reason = Verdict.NOT_SHOWN, Reason.NOT_FINITE
    if not (math.isnan(lower) or math.isnan(upper)):
        verdict, reason = _within(margin, sign * (far - limit))
    return BoundsJudgement(
        verdict=verdict, reason=reason, limit=limit, sense=sense, bound=near, margin=margin
    )


def _limit(
    at_least: float | None, at_most: float | None
) -> tuple[float, Literal["at_least", "at_most"]]:
    if at_least is not None and at_most is None:
        limit, sense = at_least, "at_least"
    elif at_most is not None and at_least is None:
        limit, sense = at_most, "at_most"
    else:
        raise ValueError("give exactly one limit: at_least or at_most")
    if not math.isfinite(limit):
        message = f"the limit must be finite, got {limit}"
        raise ValueError(message)
    return limit, sense


def _decide(near: float, far: float) -> tuple[Verdict, Reason]:
    """Decide from how far both ends of the guarded interval lie on the good side."""
    if not (math.isfinite(near) and math.isfinite(far)):
        return Verdict.NOT_SHOWN, Reason.NOT_FINITE
    return _within(near, far)


def _within(near: float, far: float) -> tuple[Verdict, Reason]:
    if near >= 0.0:
        return Verdict.PASS, Reason.BEYOND_LIMIT
    if far < 0.0:
        return Verdict.FAIL, Reason.SHORT_OF_LIMIT
    return Verdict.NOT_SHOWN, Reason.LIMIT_WITHIN_UNCERTAINTY
