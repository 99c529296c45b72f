"""Exhaust of a lean hydrogen engine: air ratio, composition, nitrogen oxides, hydrogen slip.

Hydrogen carries no carbon, so there is no carbon balance: the exhaust flow is air plus fuel and
its composition follows from the excess air ratio lambda. All formulas are for complete lean
combustion of pure hydrogen; slip and oxides are traces beside it. "Humidity" is mol of water
per mol of dry intake air.
"""

import math
from typing import Final, Literal, NamedTuple

from analysis.checks import (
    FloatArray,
    Quantity,
    require_finite,
    require_not_negative,
    require_positive,
)
from analysis.gas import DRY_AIR_MOLAR_MASS, DRY_AIR_OXYGEN_FRACTION, MOLAR_MASS

TraceGas = Literal["NOx", "H2", "NH3", "N2O"]

TRACE_GAS_MOLAR_MASS: Final = {
    "NOx": 46.0055e-3,
    "H2": MOLAR_MASS["H2"],
    "NH3": 17.03052e-3,
    "N2O": 44.0128e-3,
}
"""kg/mol. Oxides of nitrogen count as NO2, as in UN R49."""

_STOICHIOMETRIC_AIR: Final = 0.5 / DRY_AIR_OXYGEN_FRACTION
"""mol of dry air that burn one mol of hydrogen."""


class ExhaustComposition(NamedTuple):
    """Mole fractions of the wet exhaust, 1, and its molar mass."""

    water: float
    """H2O from combustion and from humid air."""
    oxygen: float
    """Unused O2."""
    inert: float
    """Nitrogen, argon and all else the air brought."""
    molar_mass: float
    """kg/mol."""


def _require_lean(excess_air_ratio: float | FloatArray, humidity: float | FloatArray) -> None:
    require_not_negative(lean_excess_air_ratio_minus_1=excess_air_ratio - 1.0, humidity=humidity)


def _moles(excess_air_ratio: Quantity, humidity: float | Quantity) -> Quantity:
    """Return mol of wet exhaust per mol of hydrogen: it loses half a mol of oxygen to it."""
    return 0.5 + excess_air_ratio * _STOICHIOMETRIC_AIR * (1.0 + humidity)


def excess_air_ratio_from_dry_oxygen(*, oxygen: Quantity) -> Quantity:
    """Return lambda from the oxygen of the dried exhaust, 1: 0.5 (1 - x) / (0.5 - 2.3871 x).

    Args:
        oxygen: mole fraction in dry exhaust, 1; 0 is stoichiometric, below that of air.

    Raises:
        ValueError: if the fraction is negative, not finite, or not below that of air.
    """
    require_not_negative(oxygen=oxygen)
    divisor = 0.5 - _STOICHIOMETRIC_AIR * oxygen
    require_positive(distance_of_oxygen_to_that_of_air=divisor)
    return 0.5 * (1.0 - oxygen) / divisor


def excess_air_ratio_from_wet_oxygen(
    *, oxygen: Quantity, humidity: float | Quantity = 0.0
) -> Quantity:
    """Return lambda from the oxygen of the wet exhaust (a probe in the pipe), 1.

    Args:
        oxygen: mole fraction in wet exhaust, 1.
        humidity: mol water per mol dry intake air.

    Raises:
        ValueError: if a value is negative, not finite, or oxygen is not below that of the air.
    """
    require_not_negative(oxygen=oxygen, humidity=humidity)
    divisor = 0.5 - _STOICHIOMETRIC_AIR * oxygen * (1.0 + humidity)
    require_positive(distance_of_oxygen_to_that_of_air=divisor)
    return 0.5 * (1.0 + oxygen) / divisor


def water_fraction(*, excess_air_ratio: Quantity, humidity: float | Quantity = 0.0) -> Quantity:
    """Return the mole fraction of water in the wet exhaust, 1.

    Args:
        excess_air_ratio: lambda, at least 1.
        humidity: mol water per mol dry intake air.

    Raises:
        ValueError: if lambda is below 1, humidity is negative, or a value is not finite.
    """
    _require_lean(excess_air_ratio, humidity)
    water = 1.0 + excess_air_ratio * _STOICHIOMETRIC_AIR * humidity
    return water / _moles(excess_air_ratio, humidity)


def dry_to_wet_factor(*, excess_air_ratio: Quantity, humidity: float | Quantity = 0.0) -> Quantity:
    """Return k_w, by which a dry concentration becomes a wet one, 1.

    Args:
        excess_air_ratio: lambda, at least 1.
        humidity: mol water per mol dry intake air.

    Raises:
        ValueError: if lambda is below 1, humidity is negative, or a value is not finite.
    """
    return 1.0 - water_fraction(excess_air_ratio=excess_air_ratio, humidity=humidity)


def exhaust_molar_mass(*, excess_air_ratio: Quantity, humidity: float | Quantity = 0.0) -> Quantity:
    """Return the molar mass of the wet exhaust, kg/mol.

    Args:
        excess_air_ratio: lambda, at least 1.
        humidity: mol water per mol dry intake air.

    Raises:
        ValueError: if lambda is below 1, humidity is negative, or a value is not finite.
    """
    _require_lean(excess_air_ratio, humidity)
    humid_air = DRY_AIR_MOLAR_MASS + humidity * MOLAR_MASS["H2O"]
    mass = MOLAR_MASS["H2"] + excess_air_ratio * _STOICHIOMETRIC_AIR * humid_air
    return mass / _moles(excess_air_ratio, humidity)


def exhaust_composition(*, excess_air_ratio: float, humidity: float = 0.0) -> ExhaustComposition:
    """Return what the wet exhaust consists of.

    Args:
        excess_air_ratio: lambda, at least 1.
        humidity: mol water per mol dry intake air.

    Raises:
        ValueError: if lambda is below 1, humidity is negative, or a value is not finite.
    """
    water = water_fraction(excess_air_ratio=excess_air_ratio, humidity=humidity)
    oxygen = 0.5 * (excess_air_ratio - 1.0) / _moles(excess_air_ratio, humidity)
    return ExhaustComposition(
        water=water,
        oxygen=oxygen,
        inert=1.0 - water - oxygen,
        molar_mass=exhaust_molar_mass(excess_air_ratio=excess_air_ratio, humidity=humidity),
    )


def relative_gas_density(
    *, gas: TraceGas, excess_air_ratio: Quantity, humidity: float | Quantity = 0.0
) -> Quantity:
    """Return density of a trace gas over that of the exhaust, 1.

    A thousandth of it is the u_gas of UN R49. Diesel's u for nitrogen oxides, 0.001586, would
    understate those of a hydrogen engine by some 8 %.

    Args:
        gas: the trace gas.
        excess_air_ratio: lambda, at least 1.
        humidity: mol water per mol dry intake air.

    Raises:
        ValueError: if lambda is below 1, humidity is negative, or a value is not finite.
    """
    exhaust = exhaust_molar_mass(excess_air_ratio=excess_air_ratio, humidity=humidity)
    return TRACE_GAS_MOLAR_MASS[gas] / exhaust


def exhaust_mass_flow(*, air_flow: Quantity, fuel_flow: Quantity) -> Quantity:
    """Return air plus fuel, kg/s.

    Args:
        air_flow: humid intake air, kg/s, not negative.
        fuel_flow: kg/s, not negative.

    Raises:
        ValueError: if a flow is negative or not finite.
    """
    require_not_negative(air_flow=air_flow, fuel_flow=fuel_flow)
    return air_flow + fuel_flow


def trace_mass_flow(
    *,
    gas: TraceGas,
    wet_fraction: Quantity,
    exhaust_flow: Quantity,
    excess_air_ratio: Quantity,
    humidity: float | Quantity = 0.0,
) -> Quantity:
    """Return the mass flow of a trace gas (nitrogen oxides as NO2), kg/s.

    Args:
        gas: the trace gas.
        wet_fraction: mole fraction in wet exhaust, 1 (1 ppm is 1e-6); an analyser reading may
            be slightly negative.
        exhaust_flow: kg/s, not negative.
        excess_air_ratio: lambda, at least 1.
        humidity: mol water per mol dry intake air.

    Raises:
        ValueError: if a value is impossible or not finite.
    """
    require_finite(wet_fraction=wet_fraction)
    require_not_negative(exhaust_flow=exhaust_flow)
    density = relative_gas_density(gas=gas, excess_air_ratio=excess_air_ratio, humidity=humidity)
    return density * wet_fraction * exhaust_flow


def brake_specific_emission(*, emission: Quantity, work: Quantity) -> Quantity:
    """Return mass per brake work, kg/J, from masses over works or from flows over powers.

    Args:
        emission: kg over a cycle, or kg/s at a point.
        work: J over the same cycle, or W at the same point; above zero.

    Raises:
        ValueError: if a value is not finite or the work is not above zero.
    """
    require_finite(emission=emission)
    require_positive(work=work)
    return emission / work


def hydrogen_slip(
    *,
    wet_fraction: Quantity,
    exhaust_flow: Quantity,
    fuel_flow: Quantity,
    excess_air_ratio: Quantity,
    humidity: float | Quantity = 0.0,
) -> Quantity:
    """Return the share of the fuel that leaves unburned with the exhaust, 1.

    Args:
        wet_fraction: mole fraction of hydrogen in wet exhaust, 1.
        exhaust_flow: kg/s.
        fuel_flow: kg/s, above zero.
        excess_air_ratio: lambda, at least 1.
        humidity: mol water per mol dry intake air.

    Raises:
        ValueError: if a value is impossible or not finite.
    """
    require_positive(fuel_flow=fuel_flow)
    slip = trace_mass_flow(
        gas="H2",
        wet_fraction=wet_fraction,
        exhaust_flow=exhaust_flow,
        excess_air_ratio=excess_air_ratio,
        humidity=humidity,
    )
    return slip / fuel_flow


def saturation_pressure_of_water(*, temperature: float) -> float:
    """Return the vapour pressure over liquid water, Pa.

    Formula of 40 CFR 1065.645 (Goff), for 0..100 °C and supercooled water down to -50 °C.

    Args:
        temperature: K, 223.15..373.15.

    Raises:
        ValueError: if the temperature is not finite or out of that range.
    """
    if not 223.15 <= temperature <= 373.15:
        message = f"temperature must be 223.15..373.15 K, got {temperature}"
        raise ValueError(message)
    ratio = temperature / 273.16
    exponent = (
        10.79574 * (1.0 - 1.0 / ratio)
        - 5.02800 * math.log10(ratio)
        + 1.50475e-4 * (1.0 - math.pow(10.0, -8.2969 * (ratio - 1.0)))
        + 0.42873e-3 * (math.pow(10.0, 4.76955 * (1.0 - 1.0 / ratio)) - 1.0)
        - 0.2138602
    )
    return 1000.0 * math.pow(10.0, exponent)


def intake_water_fraction(
    *, relative_humidity: float, temperature: float, pressure: float
) -> float:
    """Return mol of water per mol of humid intake air, RH p_sat / p (40 CFR 1065.645), 1.

    Args:
        relative_humidity: 0..1.
        temperature: where the humidity is measured, K.
        pressure: absolute, at the same place, Pa.

    Raises:
        ValueError: if a value is impossible, not finite, or the vapour exceeds the pressure.
    """
    require_positive(pressure=pressure)
    if not 0.0 <= relative_humidity <= 1.0:
        message = f"relative_humidity must be 0..1, got {relative_humidity}"
        raise ValueError(message)
    fraction = relative_humidity * saturation_pressure_of_water(temperature=temperature) / pressure
    if fraction >= 1.0:
        message = f"water vapour exceeds the pressure of {pressure} Pa"
        raise ValueError(message)
    return fraction


def humidity_ratio(*, water_fraction: float) -> float:
    """Return mol of water per mol of dry air from mol of water per mol of humid air.

    Raises:
        ValueError: if the fraction is not in 0..1 (1 excluded).
    """
    if not 0.0 <= water_fraction < 1.0:
        message = f"water_fraction must be 0..1, got {water_fraction}"
        raise ValueError(message)
    return water_fraction / (1.0 - water_fraction)


def dry_air_flow(*, air_flow: Quantity, humidity: float | Quantity) -> Quantity:
    """Return the dry part of a humid air flow, kg/s.

    Args:
        air_flow: humid intake air, kg/s, not negative.
        humidity: mol water per mol dry air.

    Raises:
        ValueError: if a value is negative or not finite.
    """
    require_not_negative(air_flow=air_flow, humidity=humidity)
    return air_flow / (1.0 + humidity * (MOLAR_MASS["H2O"] / DRY_AIR_MOLAR_MASS))


def nox_humidity_factor(*, intake_water_fraction: Quantity) -> Quantity:
    """Return the factor that corrects nitrogen oxides to standard humidity, 9.953 x + 0.832.

    40 CFR 1065.670(a): lean-burn engines on fuels without carbon.

    Args:
        intake_water_fraction: mol of water per mol of humid intake air, 1.

    Raises:
        ValueError: if the fraction is negative or not finite.
    """
    require_not_negative(intake_water_fraction=intake_water_fraction)
    return 9.953 * intake_water_fraction + 0.832
