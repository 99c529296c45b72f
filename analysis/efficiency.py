"""Brake power, mean effective pressure, consumption and brake thermal efficiency.

All fuels count, each on its own lower heating value. Hydrogen that slips past combustion is a
loss and stays in the fuel; only gas that leaves the boundary through the fuel system, such as
a change of line pack, is taken off (ISO 1585 boundary).
"""

import math

from analysis.checks import (
    Quantity,
    require_finite,
    require_fraction,
    require_not_negative,
    require_positive,
)


def brake_power(*, speed: Quantity, torque: Quantity) -> Quantity:
    """Return brake power, speed times torque, in W; negative when the engine is motored.

    Args:
        speed: angular speed, rad/s, not negative.
        torque: N·m.

    Raises:
        ValueError: if a value is not finite or the speed is negative.
    """
    require_not_negative(speed=speed)
    require_finite(torque=torque)
    return speed * torque


def brake_mean_effective_pressure(*, torque: Quantity, displacement: float) -> Quantity:
    """Return the mean effective pressure of a 4-stroke engine, 4 pi T / V, in Pa.

    Args:
        torque: N·m.
        displacement: of all cylinders, m3.

    Raises:
        ValueError: if a value is not finite or the displacement is not above zero.
    """
    require_finite(torque=torque)
    require_positive(displacement=displacement)
    return 4.0 * math.pi * torque / displacement


def brake_specific_fuel_consumption(*, fuel_flow: Quantity, brake_power: Quantity) -> Quantity:
    """Return fuel mass per brake work, in kg/J (1 g/kWh is 1/3.6e9 kg/J).

    Args:
        fuel_flow: kg/s, not negative.
        brake_power: W, above zero.

    Raises:
        ValueError: if a value is impossible or not finite.
    """
    require_not_negative(fuel_flow=fuel_flow)
    require_positive(brake_power=brake_power)
    return fuel_flow / brake_power


def brake_thermal_efficiency(
    *,
    speed: Quantity,
    torque: Quantity,
    fuel_flow: Quantity,
    lower_heating_value: float | Quantity,
    other_fuel_power: float | Quantity = 0.0,
) -> Quantity:
    """Return brake power over the power of all fuels, 1.

    Args:
        speed: angular speed, rad/s, above zero.
        torque: N·m.
        fuel_flow: kg/s, above zero.
        lower_heating_value: of that fuel, J/kg.
        other_fuel_power: sum of flow times heating value of all other fuels (pilot), W.

    Raises:
        ValueError: if a value is impossible or not finite.
    """
    require_positive(speed=speed, fuel_flow=fuel_flow, lower_heating_value=lower_heating_value)
    require_finite(torque=torque)
    require_not_negative(other_fuel_power=other_fuel_power)
    return speed * torque / (fuel_flow * lower_heating_value + other_fuel_power)


def efficiency_from_consumption(
    *, brake_specific_fuel_consumption: Quantity, lower_heating_value: float
) -> Quantity:
    """Return brake thermal efficiency, 1 / (BSFC LHV), 1.

    Args:
        brake_specific_fuel_consumption: kg/J, above zero.
        lower_heating_value: J/kg, above zero.

    Raises:
        ValueError: if a value is impossible or not finite.
    """
    require_positive(
        brake_specific_fuel_consumption=brake_specific_fuel_consumption,
        lower_heating_value=lower_heating_value,
    )
    return 1.0 / (brake_specific_fuel_consumption * lower_heating_value)


def line_pack_mass(*, volume: float, density_start: float, density_end: float) -> float:
    """Return the gas mass the line between meter and engine has stored, kg.

    Positive when the line was filled: the engine burned less than the meter saw.

    Args:
        volume: between meter and engine, m3.
        density_start: of the gas in it when the window began, kg/m3.
        density_end: when the window ended, kg/m3.

    Raises:
        ValueError: if a value is negative or not finite.
    """
    require_not_negative(volume=volume, density_start=density_start, density_end=density_end)
    return volume * (density_end - density_start)


def burned_fuel_mass(*, metered_mass: float, line_pack_mass: float) -> float:
    """Return the fuel mass the engine burned in a window, metered minus stored, kg.

    Args:
        metered_mass: integral of the meter over the window, kg.
        line_pack_mass: what the line stored in that time, kg (negative: it gave back).

    Raises:
        ValueError: if a value is not finite or more was stored than was metered.
    """
    require_not_negative(metered_mass=metered_mass)
    require_finite(line_pack_mass=line_pack_mass)
    if line_pack_mass > metered_mass:
        message = f"the line stored {line_pack_mass} kg of {metered_mass} kg metered"
        raise ValueError(message)
    return metered_mass - line_pack_mass


def combustion_efficiency(*, slip: Quantity, crankcase_loss: float | Quantity = 0.0) -> Quantity:
    """Return the share of the fuel that burned, 1 - slip - crankcase loss, 1.

    Args:
        slip: hydrogen leaving with the exhaust as a fraction of the fuel, 1.
        crankcase_loss: hydrogen vented from the crankcase as a fraction of the fuel, 1.

    Raises:
        ValueError: if a value is no fraction or together they exceed the fuel.
    """
    require_fraction(slip=slip, crankcase_loss=crankcase_loss)
    burned = 1.0 - slip - crankcase_loss
    require_not_negative(burned_share=burned)
    return burned
