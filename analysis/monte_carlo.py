"""Propagation of distributions (JCGM 101), and whether the linear budget agrees with it.

The linear budget is quick and says where uncertainty comes from. It can be wrong where the
model bends within the uncertainty of an input; drawing the inputs shows whether it is.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.checks import FloatArray, require_confidence
from analysis.distributions import two_sided_factor
from analysis.uncertainty import Budget, Contribution, Model, evaluate, points_of, scatter_of

Interval = Literal["symmetric", "shortest"]

_BLOCKS: Final = 10
"""Draws come in blocks: they bound the memory, and their scatter shows the sampling error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonteCarloResult:
    """What the drawn outputs look like. Units are those of y."""

    mean: float
    """Of the outputs."""
    standard_uncertainty: float
    """Standard deviation of the outputs."""
    lower: float
    """Lower end of the coverage interval."""
    upper: float
    """Upper end of the coverage interval."""
    confidence: float
    """Coverage probability of the interval, 1."""
    interval: Interval
    """Probabilistically symmetric, or the shortest one."""
    endpoint_error: float
    """Standard error of the worse end of the interval that the finite number of draws causes."""
    draws: int
    """How many outputs were drawn."""
    student_t: bool
    """Whether parts with few degrees of freedom were drawn as Student's t."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetValidation:
    """Whether the interval of a linear budget may be used. Units are those of y."""

    linear_budget_holds: bool
    """Both ends agree with the drawn ones within the tolerance."""
    conservative: bool
    """The drawn interval lies within the budget's: the budget errs on the safe side."""
    tolerance: float
    """Half a unit of the last significant digit of the standard uncertainty (JCGM 101, 7.9.2)."""
    lower_difference: float
    """Distance of the lower ends."""
    upper_difference: float
    """Distance of the upper ends."""
    resolved: bool
    """Whether the draws were enough: two standard errors of the ends stay below the tolerance."""


def propagate(
    *,
    model: Model,
    contributions: Sequence[Contribution],
    generator: np.random.Generator,
    repeats: Mapping[str, ArrayLike] | None = None,
    draws: int = 1_000_000,
    confidence: float = 0.95,
    interval: Interval = "symmetric",
    student_t: bool = False,
) -> MonteCarloResult:
    """Return the distribution of y that drawing every contribution gives.

    Common contributions are drawn once per set of repeats, independent ones once per repeat.
    With repeats, the scatter between them is drawn in place of independent type-A contributions.

    Few degrees of freedom can enter in two ways. The budget widens its interval (Welch and
    Satterthwaite); the draws then stay normal, and what they show beside the budget is the bend
    of the model and the shape of the errors. Or, with `student_t`, the draws themselves are
    Student's t (JCGM 101, 6.4.9): a wider statement, which with three repeats differs from the
    budget even for a straight line, and has no finite variance at two degrees of freedom.

    Args:
        model: elementwise function of arrays by quantity name; must bear every drawn value.
        contributions: at least one; several may share a quantity.
        generator: source of randomness.
        repeats: values per repeat by quantity name, each of shape (N,).
        draws: at least 1000; rounded down to a multiple of ten. A million give the ends of a
            95 % interval to about 0.3 % of the standard uncertainty.
        confidence: coverage probability, 0.5..1.
        interval: probabilistically symmetric or shortest (JCGM 101, 7.7).
        student_t: draw parts with finite degrees of freedom as Student's t, else as normal.

    Raises:
        ValueError: as `budget`; also if there are too few draws.
    """
    require_confidence(confidence)
    if draws < 1000:
        message = f"propagation needs at least 1000 draws, got {draws}"
        raise ValueError(message)
    points = points_of(contributions, repeats)
    scatter = scatter_of(evaluate(model, points))
    size = draws // _BLOCKS
    blocks = np.stack(
        [
            _draw_block(model, _drawn(contributions, student_t=student_t), generator, points, size)
            for _ in range(_BLOCKS)
        ]
    )
    freedom = next(iter(points.values())).size - 1 if student_t else math.inf
    if scatter > 0.0:
        blocks = blocks + scatter * _standard_errors(freedom, generator, blocks.shape)
    ends = np.array([_ends(block, confidence, interval) for block in blocks])
    lower, upper = _ends(blocks.ravel(), confidence, interval)
    return MonteCarloResult(
        mean=float(blocks.mean()),
        standard_uncertainty=float(blocks.std(ddof=1)),
        lower=lower,
        upper=upper,
        confidence=confidence,
        interval=interval,
        endpoint_error=float(ends.std(axis=0, ddof=1).max()) / math.sqrt(_BLOCKS),
        draws=blocks.size,
        student_t=student_t,
    )


def validate_linear_budget(
    *, budget: Budget, monte_carlo: MonteCarloResult, significant_digits: Literal[1, 2] = 2
) -> BudgetValidation:
    """Compare the interval of a linear budget with the drawn one (JCGM 101, clause 8).

    Where the draws were normal, the budget is taken with the coverage factor of infinite
    degrees of freedom, so that both sides treat them alike.

    Args:
        budget: the linear budget.
        monte_carlo: the propagation of the same model and contributions.
        significant_digits: how many digits of the standard uncertainty are meaningful.

    Raises:
        ValueError: if the two intervals have different confidence.
    """
    if not math.isclose(budget.confidence, monte_carlo.confidence):
        message = f"intervals of {budget.confidence} and {monte_carlo.confidence} do not compare"
        raise ValueError(message)
    tolerance = numerical_tolerance(
        standard_uncertainty=budget.standard_uncertainty, significant_digits=significant_digits
    )
    freedom = budget.degrees_of_freedom if monte_carlo.student_t else math.inf
    factor = two_sided_factor(confidence=budget.confidence, degrees_of_freedom=freedom)
    reach = factor * budget.standard_uncertainty
    lower = monte_carlo.lower - (budget.value - reach)
    upper = (budget.value + reach) - monte_carlo.upper
    return BudgetValidation(
        linear_budget_holds=max(abs(lower), abs(upper)) <= tolerance,
        conservative=min(lower, upper) >= 0.0,
        tolerance=tolerance,
        lower_difference=abs(lower),
        upper_difference=abs(upper),
        resolved=2.0 * monte_carlo.endpoint_error <= tolerance,
    )


def numerical_tolerance(*, standard_uncertainty: float, significant_digits: int) -> float:
    """Return half a unit of the last significant digit: 0.35 with two digits gives 0.005.

    JCGM 101, 7.9.2.

    Raises:
        ValueError: if the uncertainty is negative or not finite, or digits are not positive.
    """
    if not (math.isfinite(standard_uncertainty) and standard_uncertainty >= 0.0):
        message = f"standard uncertainty must not be negative, got {standard_uncertainty}"
        raise ValueError(message)
    if significant_digits < 1:
        raise ValueError("at least one digit is significant")
    if standard_uncertainty == 0.0:
        return 0.0
    # Rounding first: 0.0996 with two digits is 0.10, whose last digit is the hundredth.
    rounded = f"{standard_uncertainty:.{significant_digits - 1}e}"
    exponent = int(rounded.partition("e")[2]) - (significant_digits - 1)
    return 0.5 * math.pow(10.0, exponent)


def _draw_block(
    model: Model,
    contributions: Sequence[Contribution],
    generator: np.random.Generator,
    points: Mapping[str, FloatArray],
    size: int,
) -> FloatArray:
    """Return `size` outputs, each the mean over the repeats."""
    count = next(iter(points.values())).size
    inputs = {name: np.tile(values, (size, 1)) for name, values in points.items()}
    direct = np.zeros((size, count))
    for item in contributions:
        if count > 1 and item.is_scatter_within_repeat:
            continue
        errors = _errors(item, generator, (size, 1 if item.common else count))
        if item.sensitivity is None:
            inputs[item.input] += errors
        else:
            direct += item.sensitivity * errors
    outputs = evaluate(model, {name: rows.ravel() for name, rows in inputs.items()})
    return (outputs.reshape(size, count) + direct).mean(axis=1)


def _drawn(contributions: Sequence[Contribution], *, student_t: bool) -> Sequence[Contribution]:
    """Return the contributions with the degrees of freedom they are drawn with."""
    if student_t:
        return contributions
    return [dataclasses.replace(item, degrees_of_freedom=math.inf) for item in contributions]


def _errors(
    item: Contribution, generator: np.random.Generator, shape: tuple[int, int]
) -> FloatArray:
    if item.distribution == "rectangular":
        half_width = math.sqrt(3.0) * item.standard_uncertainty
        return generator.uniform(-half_width, half_width, shape)
    return item.standard_uncertainty * _standard_errors(item.degrees_of_freedom, generator, shape)


def _standard_errors(
    degrees_of_freedom: float, generator: np.random.Generator, shape: tuple[int, ...]
) -> FloatArray:
    if math.isinf(degrees_of_freedom):
        return generator.standard_normal(shape)
    return generator.standard_t(degrees_of_freedom, shape)


def _ends(outputs: FloatArray, confidence: float, interval: Interval) -> tuple[float, float]:
    if interval == "symmetric":
        tail = (1.0 - confidence) / 2.0
        lower, upper = np.quantile(outputs, [tail, 1.0 - tail])
        return float(lower), float(upper)
    ordered = np.sort(outputs)
    inside = math.ceil(confidence * ordered.size)
    start = int(np.argmin(ordered[inside - 1 :] - ordered[: ordered.size - inside + 1]))
    return float(ordered[start]), float(ordered[start + inside - 1])
