"""Did the bench run the cycle it was asked for? Regression of actual on reference, and work.

Regulations ask for the regression line of speed, torque and power to lie close to y = x, and
for the cycle work to be near the reference. Their numbers differ; they are data here, with
their origin.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.checks import BoolArray, FloatArray, as_samples, as_trace, require_positive
from analysis.cycles import ReferenceCycle, positive_work

CycleQuantity = Literal["speed", "torque", "power"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressionStatistics:
    """The least-squares line actual = intercept + slope reference. Units of the quantity."""

    slope: float
    """1."""
    intercept: float
    """Actual value where the reference is zero."""
    r_squared: float
    """Coefficient of determination, 1."""
    standard_error: float
    """Standard error of the estimate of y on x, with n - 2."""
    count: int
    """Number of points, 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityLimits:
    """What a regulation asks of the regression of one quantity."""

    slope: tuple[float, float]
    """Smallest and largest slope, 1."""
    r_squared: float
    """Smallest coefficient of determination, 1."""
    standard_error: float
    """Largest standard error as a share of the engine's maximum, 1."""
    intercept: float
    """Largest magnitude of the intercept as a share of `intercept_of`, 1."""
    intercept_of: Literal["maximum", "idle"] = "maximum"
    """What the intercept is a share of."""
    intercept_floor: float = 0.0
    """The intercept may always be this large (rad/s, N·m or W)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleLimits:
    """What a regulation asks of a cycle run."""

    name: str
    """Cycle and regulation."""
    origin: str
    """Where the numbers come from."""
    speed: QuantityLimits
    """Shares are of the maximum test speed."""
    torque: QuantityLimits
    """Shares are of the maximum full-load torque."""
    power: QuantityLimits
    """Shares are of the maximum full-load power."""
    work_ratio: tuple[float, float]
    """Smallest and largest actual over reference work, 1."""


WHTC_LIMITS: Final = CycleLimits(
    name="WHTC, UN R49",
    origin="engineering default after UN R49 Annex 4",
    speed=QuantityLimits(
        slope=(0.95, 1.03),
        r_squared=0.970,
        standard_error=0.05,
        intercept=0.10,
        intercept_of="idle",
    ),
    torque=QuantityLimits(
        slope=(0.83, 1.03),
        r_squared=0.850,
        standard_error=0.10,
        intercept=0.02,
        intercept_floor=20.0,
    ),
    power=QuantityLimits(
        slope=(0.89, 1.03),
        r_squared=0.910,
        standard_error=0.10,
        intercept=0.02,
        intercept_floor=4e3,
    ),
    work_ratio=(0.85, 1.05),
)

WHSC_LIMITS: Final = CycleLimits(
    name="WHSC, UN R49",
    origin="engineering default after UN R49 Annex 4",
    speed=QuantityLimits(slope=(0.99, 1.01), r_squared=0.990, standard_error=0.01, intercept=0.01),
    torque=QuantityLimits(
        slope=(0.98, 1.02),
        r_squared=0.950,
        standard_error=0.02,
        intercept=0.02,
        intercept_floor=20.0,
    ),
    power=QuantityLimits(
        slope=(0.98, 1.02),
        r_squared=0.950,
        standard_error=0.02,
        intercept=0.02,
        intercept_floor=4e3,
    ),
    work_ratio=(0.85, 1.05),
)

EPA_TRANSIENT_LIMITS: Final = CycleLimits(
    name="transient, 40 CFR 1065.514",
    origin="40 CFR 1065.514; work ratio: engineering default",
    speed=QuantityLimits(
        slope=(0.95, 1.03),
        r_squared=0.970,
        standard_error=0.05,
        intercept=0.10,
        intercept_of="idle",
    ),
    torque=QuantityLimits(slope=(0.83, 1.03), r_squared=0.850, standard_error=0.10, intercept=0.02),
    power=QuantityLimits(slope=(0.83, 1.03), r_squared=0.910, standard_error=0.10, intercept=0.02),
    work_ratio=(0.85, 1.05),
)
"""Unlike UN R49, the slope of power may go down to 0.83."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineMaxima:
    """What the shares of the limits refer to."""

    idle_speed: float
    """rad/s."""
    speed: float
    """Maximum test speed (100 % of the cycle), rad/s."""
    torque: float
    """Maximum full-load torque, N·m."""
    power: float
    """Maximum full-load power, W."""

    def __post_init__(self) -> None:
        """Refuse an engine without speed, torque or power."""
        require_positive(
            idle_speed=self.idle_speed, speed=self.speed, torque=self.torque, power=self.power
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityValidation:
    """One quantity of a cycle run against its limits."""

    statistics: RegressionStatistics
    """The regression."""
    slope_within: bool
    """Slope keeps its limits."""
    intercept_within: bool
    """Intercept keeps its limit."""
    r_squared_within: bool
    """Coefficient of determination is large enough."""
    standard_error_within: bool
    """Standard error is small enough."""

    @property
    def accepted(self) -> bool:
        """All four are kept."""
        return (
            self.slope_within
            and self.intercept_within
            and self.r_squared_within
            and self.standard_error_within
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleValidation:
    """A cycle run against its limits."""

    limits: CycleLimits
    """What was asked."""
    speed: QuantityValidation
    """Regression of speed."""
    torque: QuantityValidation
    """Regression of torque."""
    power: QuantityValidation
    """Regression of power."""
    reference_work: float
    """J."""
    actual_work: float
    """J."""
    work_within: bool
    """Actual over reference work keeps its limits."""

    @property
    def work_ratio(self) -> float:
        """Actual over reference work, 1."""
        return self.actual_work / self.reference_work

    @property
    def accepted(self) -> bool:
        """Work and all regressions are within limits."""
        return (
            self.work_within
            and self.speed.accepted
            and self.torque.accepted
            and self.power.accepted
        )


def regression(*, reference: ArrayLike, actual: ArrayLike) -> RegressionStatistics:
    """Return the least-squares line of actual on reference.

    Args:
        reference: x, shape (n,), n >= 3, not all equal.
        actual: y, shape (n,).

    Raises:
        ValueError: if shapes differ, a value is not finite, there are fewer than three points,
            or the reference is constant.
    """
    x = as_samples("reference", reference, at_least=3)
    y = as_samples("actual", actual)
    if x.shape != y.shape:
        message = f"reference has {x.size} samples, actual has {y.size}"
        raise ValueError(message)
    if np.ptp(x) == 0.0:
        raise ValueError("a regression needs a reference that changes")
    dx, dy = x - x.mean(), y - y.mean()
    slope = float(dx @ dy / (dx @ dx))
    intercept = float(y.mean() - slope * x.mean())
    residual = dy - slope * dx
    unexplained, total = float(residual @ residual), float(dy @ dy)
    return RegressionStatistics(
        slope=slope,
        intercept=intercept,
        r_squared=0.0 if total == 0.0 else 1.0 - unexplained / total,
        standard_error=math.sqrt(unexplained / (x.size - 2)),
        count=x.size,
    )


def validate_cycle(
    *,
    reference: ReferenceCycle,
    actual_speed: ArrayLike,
    actual_torque: ArrayLike,
    maxima: EngineMaxima,
    limits: CycleLimits,
    delay: int = 0,
    omitted: Mapping[CycleQuantity, BoolArray] | None = None,
) -> CycleValidation:
    """Judge a cycle run by regression and work.

    Args:
        reference: what was asked.
        actual_speed: what was done, rad/s, at the times of the reference, shape (n,).
        actual_torque: N·m, shape (n,).
        maxima: what the shares in the limits refer to.
        limits: of the regulation.
        delay: samples by which the actual trails the reference, both signs; the regulations
            allow one second, the same for speed and torque. Work is not shifted.
        omitted: points a regulation lets out of the regression of a quantity, shape (n,). Which
            ones (motoring, idle, full demand) is the caller's to say; none are left out unasked.

    Raises:
        ValueError: if shapes differ, a value is not finite, the delay exceeds one second, too
            few points are left, or the reference has no positive work.
    """
    times, speed, torque = as_trace(
        times=reference.times, actual_speed=actual_speed, actual_torque=actual_torque, at_least=3
    )
    if abs(delay) >= times.size or abs(times[abs(delay)] - times[0]) > 1.0 + 1e-9:
        message = f"a delay of {delay} samples exceeds one second"
        raise ValueError(message)
    pairs: dict[CycleQuantity, tuple[FloatArray, FloatArray]] = {
        "speed": (reference.speed, speed),
        "torque": (reference.torque, torque),
        "power": (reference.power, speed * torque),
    }
    scale = {"speed": maxima.speed, "torque": maxima.torque, "power": maxima.power}
    asked = {"speed": limits.speed, "torque": limits.torque, "power": limits.power}
    results = {
        name: _validate(
            regression(**_kept(pair, delay, (omitted or {}).get(name))),
            asked[name],
            scale[name],
            maxima.idle_speed,
        )
        for name, pair in pairs.items()
    }
    reference_work = reference.work
    require_positive(reference_work=reference_work)
    actual_work = positive_work(times=times, power=speed * torque)
    low, high = limits.work_ratio
    return CycleValidation(
        limits=limits,
        speed=results["speed"],
        torque=results["torque"],
        power=results["power"],
        reference_work=reference_work,
        actual_work=actual_work,
        work_within=low <= actual_work / reference_work <= high,
    )


def _kept(
    pair: tuple[FloatArray, FloatArray], delay: int, omitted: BoolArray | None
) -> dict[str, FloatArray]:
    """Return reference and actual of the points that count, the delay taken out."""
    reference, actual = pair
    size = reference.size
    rows = np.arange(max(0, -delay), size - max(0, delay))
    if omitted is not None:
        if omitted.shape != reference.shape:
            message = f"omitted has {omitted.size} samples, the cycle has {size}"
            raise ValueError(message)
        rows = rows[~omitted[rows]]
    return {"reference": reference[rows], "actual": actual[rows + delay]}


def _validate(
    statistics: RegressionStatistics, limits: QuantityLimits, maximum: float, idle_speed: float
) -> QuantityValidation:
    intercept_base = idle_speed if limits.intercept_of == "idle" else maximum
    intercept = max(limits.intercept * intercept_base, limits.intercept_floor)
    return QuantityValidation(
        statistics=statistics,
        slope_within=limits.slope[0] <= statistics.slope <= limits.slope[1],
        intercept_within=abs(statistics.intercept) <= intercept,
        r_squared_within=statistics.r_squared >= limits.r_squared,
        standard_error_within=statistics.standard_error <= limits.standard_error * maximum,
    )
