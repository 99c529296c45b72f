"""Uncertainty budgets after the GUM (JCGM 100), for one measurement or for repeats of it.

What all repeats share, such as the calibration of the one torque flange, stays as large as it
is however often the point is repeated; what is new in each repeat averages out. The scatter
between repeats already contains the scatter within each of them, so the two are never added.

Inputs are taken as independent of each other. Where one cause moves two inputs, make the cause
an input of the model and let both follow from it.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.checks import FloatArray, as_samples, require_confidence, require_not_negative
from analysis.distributions import one_sided_factor, two_sided_factor

Model = Callable[[Mapping[str, FloatArray]], FloatArray]
"""y = f(x1..xn), elementwise: arrays of one shape by quantity name in, an array like them out."""

REPEATABILITY: Final = "repeatability"
"""Name of the budget line that holds the scatter between repeats."""

_STEP: Final = float(np.finfo(np.float64).eps) ** (1.0 / 3.0)
"""Relative step of a central difference: truncation and rounding balance."""
_SMALLEST: Final = 1e-280
"""Of a smaller number, the step would vanish in rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One source of uncertainty of one input quantity; a quantity may have several."""

    name: str
    """What the budget calls it, for example "torque flange: linearity"."""
    value: float
    """Estimate of the input quantity, in its unit."""
    standard_uncertainty: float
    """In the unit of the quantity, not negative."""
    quantity: str = ""
    """The model input it belongs to; empty: the one called `name`."""
    sensitivity: float | None = None
    """dy/dx. None: from the model by central differences. Given: acts on y directly."""
    degrees_of_freedom: float = math.inf
    """Of the standard uncertainty, above zero."""
    common: bool = True
    """The same error in all repeats (one instrument), or a new one in each."""
    distribution: Literal["normal", "rectangular"] = "normal"
    """Shape of the error; a normal one with few degrees of freedom is drawn as Student's t."""
    evaluation: Literal["A", "B"] = "B"
    """Type A: from scatter of samples. Type B: from certificate, data sheet, experience."""

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be."""
        if not (math.isfinite(self.value) and math.isfinite(self.standard_uncertainty)):
            message = f"{self.name}: value and standard uncertainty must be finite"
            raise ValueError(message)
        if self.standard_uncertainty < 0.0:
            message = f"{self.name}: standard uncertainty must not be negative"
            raise ValueError(message)
        if not self.degrees_of_freedom > 0.0:
            message = f"{self.name}: degrees of freedom must be above zero"
            raise ValueError(message)
        if self.sensitivity is not None and not math.isfinite(self.sensitivity):
            message = f"{self.name}: sensitivity must be finite"
            raise ValueError(message)

    @property
    def input(self) -> str:
        """The model input this contribution belongs to."""
        return self.quantity or self.name

    @property
    def is_scatter_within_repeat(self) -> bool:
        """Whether scatter between repeats would contain it already."""
        return self.evaluation == "A" and not self.common


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """One row of the budget table."""

    name: str
    """Name of the contribution."""
    value: float
    """Estimate of the quantity; with repeats their mean."""
    standard_uncertainty: float
    """Of the quantity in one repeat."""
    sensitivity: float
    """dy/dx; with repeats the mean."""
    contribution: float
    """Its part of the standard uncertainty of y, not negative, averaging included."""
    variance_share: float
    """Part of the variance of y, 1."""
    degrees_of_freedom: float
    """Of the standard uncertainty."""
    common: bool
    """Whether all repeats share it."""
    counted: bool
    """False for scatter within repeats that the scatter between repeats contains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A result with its uncertainty and where that comes from. Units are those of y."""

    value: float
    """Estimate of y; with repeats the mean."""
    standard_uncertainty: float
    """Combined."""
    degrees_of_freedom: float
    """Effective, after Welch and Satterthwaite; may be infinite."""
    confidence: float
    """Of the interval, two-sided, 1; also that of the one-sided factor."""
    coverage_factor: float
    """k of the two-sided interval: Student's t."""
    expanded_uncertainty: float
    """k times the standard uncertainty."""
    one_sided_factor: float
    """Student's t for a one-sided bound of the same confidence."""
    repeats: int
    """How many measurements y is the mean of."""
    lines: tuple[BudgetLine, ...]
    """One per contribution, then the scatter between repeats, if any."""

    @property
    def lower(self) -> float:
        """Lower end of the two-sided interval."""
        return self.value - self.expanded_uncertainty

    @property
    def upper(self) -> float:
        """Upper end of the two-sided interval."""
        return self.value + self.expanded_uncertainty


def budget(
    *,
    model: Model,
    contributions: Sequence[Contribution],
    repeats: Mapping[str, ArrayLike] | None = None,
    confidence: float = 0.95,
) -> Budget:
    """Return the uncertainty budget of y = f(x1..xn), linear in the inputs (GUM 5.1.2).

    With repeats, y is the mean of the model over them, and their scatter s/sqrt(N) with N - 1
    degrees of freedom takes the place of the independent type-A contributions. Independent
    type-B contributions still count, divided by sqrt(N); where the scatter shows them too, the
    budget errs on the safe side.

    Args:
        model: elementwise function of arrays by quantity name; smooth around the estimates.
        contributions: at least one; several may share a quantity and then its value.
        repeats: values per repeat by quantity name, each of shape (N,), instead of the values
            in the contributions. A quantity without contributions counts as exact.
        confidence: 0.5..1.

    Raises:
        ValueError: if contributions are missing or disagree about a value, repeats differ in
            length or are not finite, the model returns another shape or no number, or the
            confidence is impossible.
    """
    require_confidence(confidence)
    points = points_of(contributions, repeats)
    outputs, slopes = _linearise(model, points, contributions)
    count = outputs.size
    lines = [_line(item, points, slopes, count) for item in contributions]
    if count > 1:
        lines.append(_scatter_line(outputs))
    combined = math.sqrt(sum(line.contribution**2 for line in lines if line.counted))
    freedom = effective_degrees_of_freedom(
        contributions=[line.contribution for line in lines if line.counted],
        degrees_of_freedom=[line.degrees_of_freedom for line in lines if line.counted],
    )
    factor = two_sided_factor(confidence=confidence, degrees_of_freedom=freedom)
    return Budget(
        value=float(outputs.mean()),
        standard_uncertainty=combined,
        degrees_of_freedom=freedom,
        confidence=confidence,
        coverage_factor=factor,
        expanded_uncertainty=factor * combined,
        one_sided_factor=one_sided_factor(confidence=confidence, degrees_of_freedom=freedom),
        repeats=count,
        lines=tuple(_with_share(line, combined) for line in lines),
    )


def rectangular_standard_uncertainty(*, half_width: float) -> float:
    """Return half width over root three: a data sheet's "within ± half width" (GUM 4.3.7).

    Raises:
        ValueError: if the half width is negative or not finite.
    """
    require_not_negative(half_width=half_width)
    return half_width / math.sqrt(3.0)


def effective_degrees_of_freedom(
    *, contributions: Sequence[float], degrees_of_freedom: Sequence[float]
) -> float:
    """Return u^4 / sum(u_i^4 / nu_i) (Welch-Satterthwaite, GUM G.4.1); infinite if u is zero.

    Args:
        contributions: parts u_i of the standard uncertainty of y, in one unit.
        degrees_of_freedom: nu_i of each part, above zero.

    Raises:
        ValueError: if the lengths differ or a degree of freedom is not above zero.
    """
    if len(contributions) != len(degrees_of_freedom):
        raise ValueError("every contribution needs its degrees of freedom")
    if not all(freedom > 0.0 for freedom in degrees_of_freedom):
        raise ValueError("degrees of freedom must be above zero")
    largest = max((abs(part) for part in contributions), default=0.0)
    if largest == 0.0:
        return math.inf
    parts = [(part / largest) ** 2 for part in contributions]
    divisor = sum(part**2 / nu for part, nu in zip(parts, degrees_of_freedom, strict=True))
    return math.inf if divisor == 0.0 else sum(parts) ** 2 / divisor


def points_of(
    contributions: Sequence[Contribution], repeats: Mapping[str, ArrayLike] | None
) -> dict[str, FloatArray]:
    """Return the values of every model input, one array of shape (N,) each.

    Raises:
        ValueError: if there is no contribution, two disagree about a value, or repeats differ
            in length or are not finite.
    """
    if not contributions:
        raise ValueError("a budget needs at least one contribution")
    measured = {name: as_samples(name, values) for name, values in (repeats or {}).items()}
    lengths = {values.size for values in measured.values()} or {1}
    if len(lengths) > 1:
        message = f"repeats differ in length: {sorted(lengths)}"
        raise ValueError(message)
    stated: dict[str, float] = {}
    for item in contributions:
        if stated.setdefault(item.input, item.value) != item.value:
            message = f"contributions disagree about the value of {item.input}"
            raise ValueError(message)
    size = lengths.pop()
    constant = {name: np.full(size, value) for name, value in stated.items()}
    return constant | measured


def evaluate(model: Model, inputs: Mapping[str, FloatArray]) -> FloatArray:
    """Return the model's outputs for flat input arrays of one shape.

    Raises:
        ValueError: if the model returns another shape or a value that is no number.
    """
    outputs = np.asarray(model(inputs), dtype=np.float64)
    expected = next(iter(inputs.values())).shape
    if outputs.shape != expected:
        message = f"the model must work elementwise: {expected} in, {outputs.shape} out"
        raise ValueError(message)
    if not np.isfinite(outputs).all():
        raise ValueError("the model returned a value that is no number")
    return outputs


def scatter_of(outputs: FloatArray) -> float:
    """Return s/sqrt(N) of the model's outputs over N repeats; zero for a single one."""
    return 0.0 if outputs.size < 2 else float(outputs.std(ddof=1)) / math.sqrt(outputs.size)


def _linearise(
    model: Model, points: Mapping[str, FloatArray], contributions: Sequence[Contribution]
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Return outputs per repeat and dy/dx per quantity and repeat, in one call of the model."""
    size = next(iter(points.values())).size
    widest: dict[str, float] = {}
    for item in contributions:
        if item.sensitivity is None:
            widest[item.input] = max(widest.get(item.input, 0.0), item.standard_uncertainty)
    steps = {name: _step(points[name], width) for name, width in widest.items()}
    stacked = {name: np.tile(values, (1 + 2 * len(steps), 1)) for name, values in points.items()}
    for row, (name, step) in enumerate(steps.items()):
        stacked[name][1 + 2 * row] += step
        stacked[name][2 + 2 * row] -= step
    outputs = evaluate(model, {name: rows.ravel() for name, rows in stacked.items()})
    table = outputs.reshape(-1, size)
    slopes = {
        name: (table[1 + 2 * row] - table[2 + 2 * row])
        / (stacked[name][1 + 2 * row] - stacked[name][2 + 2 * row])
        for row, name in enumerate(steps)
    }
    return table[0], slopes


def _step(values: FloatArray, standard_uncertainty: float) -> FloatArray:
    scale = np.maximum(np.abs(values), standard_uncertainty)
    return _STEP * np.where(scale > _SMALLEST, scale, 1.0)


def _line(
    item: Contribution,
    points: Mapping[str, FloatArray],
    slopes: Mapping[str, FloatArray],
    count: int,
) -> BudgetLine:
    slope = slopes[item.input] if item.sensitivity is None else np.full(count, item.sensitivity)
    mean = float(slope.mean())
    averaged = abs(mean) if item.common else float(np.linalg.norm(slope)) / count
    return BudgetLine(
        name=item.name,
        value=float(points[item.input].mean()),
        standard_uncertainty=item.standard_uncertainty,
        sensitivity=mean,
        contribution=averaged * item.standard_uncertainty,
        variance_share=0.0,
        degrees_of_freedom=item.degrees_of_freedom,
        common=item.common,
        counted=count == 1 or not item.is_scatter_within_repeat,
    )


def _scatter_line(outputs: FloatArray) -> BudgetLine:
    return BudgetLine(
        name=REPEATABILITY,
        value=float(outputs.mean()),
        standard_uncertainty=float(outputs.std(ddof=1)),
        sensitivity=1.0,
        contribution=scatter_of(outputs),
        variance_share=0.0,
        degrees_of_freedom=float(outputs.size - 1),
        common=False,
        counted=True,
    )


def _with_share(line: BudgetLine, combined: float) -> BudgetLine:
    share = (line.contribution / combined) ** 2 if line.counted and combined > 0.0 else 0.0
    return dataclasses.replace(line, variance_share=share)
