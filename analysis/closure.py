"""Do independent measurements agree? Fuel against air, heat against fuel.

A closure proves no value right, but a bench that does not close has a wrong one. For a
hydrogen flow meter, whose errors in the field reach percents, this is the check that finds them.
"""

from dataclasses import dataclass
from typing import Final

from analysis.checks import require_finite, require_not_negative, require_positive
from analysis.gas import stoichiometric_air_fuel_ratio

FUEL_CLOSURE_TOLERANCE: Final = 0.02
"""1. Engineering default."""

ENERGY_CLOSURE_TOLERANCE: Final = 0.05
"""1. Engineering default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """How far two ways to the same quantity differ."""

    measured: float
    """What was measured directly (fuel closure: kg/s; energy closure: fuel power, W)."""
    independent: float
    """What the other measurements say, same unit."""
    relative_deviation: float
    """(independent - measured) / measured, 1."""
    tolerance: float
    """Largest accepted magnitude of the relative deviation, 1."""
    within: bool
    """Whether the deviation keeps the tolerance."""


def _closure(*, measured: float, independent: float, tolerance: float) -> Closure:
    require_positive(tolerance=tolerance)
    deviation = (independent - measured) / measured
    return Closure(
        measured=measured,
        independent=independent,
        relative_deviation=deviation,
        tolerance=tolerance,
        within=abs(deviation) <= tolerance,
    )


def fuel_closure(
    *,
    fuel_flow: float,
    dry_air_flow: float,
    excess_air_ratio: float,
    stoichiometric_ratio: float | None = None,
    tolerance: float = FUEL_CLOSURE_TOLERANCE,
) -> Closure:
    """Compare the fuel meter with dry air flow over (lambda times stoichiometric ratio).

    Args:
        fuel_flow: measured, kg/s.
        dry_air_flow: measured, kg/s.
        excess_air_ratio: lambda from the exhaust, 1.
        stoichiometric_ratio: kg air per kg fuel; pure hydrogen if not given.
        tolerance: accepted relative deviation, 1.

    Raises:
        ValueError: if a value is not finite or not above zero.
    """
    ratio = (
        stoichiometric_air_fuel_ratio() if stoichiometric_ratio is None else stoichiometric_ratio
    )
    require_positive(
        fuel_flow=fuel_flow,
        dry_air_flow=dry_air_flow,
        excess_air_ratio=excess_air_ratio,
        stoichiometric_ratio=ratio,
    )
    return _closure(
        measured=fuel_flow,
        independent=dry_air_flow / (excess_air_ratio * ratio),
        tolerance=tolerance,
    )


def energy_closure(
    *,
    fuel_power: float,
    brake_power: float,
    coolant_heat: float,
    exhaust_heat: float,
    other_heat: float = 0.0,
    tolerance: float = ENERGY_CLOSURE_TOLERANCE,
) -> Closure:
    """Compare the power of the fuel with the sum of where it went.

    Args:
        fuel_power: fuel flow times lower heating value, W, above zero.
        brake_power: W; negative when motored.
        coolant_heat: to coolant, oil and charge air coolers, W.
        exhaust_heat: enthalpy above ambient that leaves with the exhaust, W.
        other_heat: radiation, slip and all else that was estimated, W.
        tolerance: accepted relative deviation, 1.

    Raises:
        ValueError: if a value is not finite, the fuel power is not above zero, or other_heat
            is negative.
    """
    require_positive(fuel_power=fuel_power)
    require_finite(brake_power=brake_power, coolant_heat=coolant_heat, exhaust_heat=exhaust_heat)
    require_not_negative(other_heat=other_heat)
    return _closure(
        measured=fuel_power,
        independent=brake_power + coolant_heat + exhaust_heat + other_heat,
        tolerance=tolerance,
    )
