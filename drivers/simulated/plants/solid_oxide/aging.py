"""What wears the cells: time, heat, load, and events; what each of them costs.

The law: initial loss, linear part, chromium and oxide as powers of time, all faster when hotter;
a step for each event; a reversible part that builds up under load and recovers at rest.
"""

from __future__ import annotations

from math import exp
from typing import NamedTuple

from drivers.simulated.plants.solid_oxide.parameters import SolidOxideParameters
from drivers.simulated.plants.solid_oxide.state import Wear
from drivers.simulated.plants.solid_oxide.thermo import (
    GAS_CONSTANT,
    nickel_oxidation_potential,
)

HOT = 923.15
"""Temperature of operation from which a thermal cycle counts as closed, K."""
COOL, COLD = 773.15, 373.15
"""Temperatures below which one counts as partial and as full, K."""
LOADED = 300.0
"""Current density that counts as load, A/m2."""

_NICKEL_WINDOW = 623.15  # K: oxidation of nickel is negligible below
_OXIDATION_TIME = 900.0  # s at 750 degC until all is oxidised by diffusion
_OXIDATION_ACTIVATION = 90e3
_OXIDISED = 0.05
_LATELY = 10.0
_KILOHOUR = 1000.0


class Exposure(NamedTuple):
    """What the cells see during a step."""

    temperature: float
    """Stack, K."""
    density: float
    """Current density, A/m2."""
    anode_potential: float
    """Lowest local potential of the anode against air, V."""
    is_purged: bool
    """Gas flows through the anodes."""
    fuel_per_cell: float
    """Hydrocarbon fuel, mol/s and cell."""
    oxygen_to_carbon: float
    """At the anode inlet, 1."""
    is_fuel_closed: bool
    """The shut-off valve closes in this step."""
    heating_rate: float
    """Smoothed, K/s."""
    gradient: float
    """From air inlet to outlet, K."""


def relative_loss(parameters: SolidOxideParameters, hours: float) -> float:
    """Return the irreversible loss by time (1, relative to the reference resistance).

    Args:
        parameters: Numbers of the law.
        hours: Time hot, h at the reference temperature.
    """
    p, kilohours = parameters, hours / _KILOHOUR
    initial = p.aging_initial * (1.0 - exp(-hours * 3600.0 / p.aging_initial_time))
    chromium = p.aging_chromium * kilohours**p.aging_chromium_exponent
    return initial + p.aging_linear * kilohours + chromium + p.aging_oxide * kilohours**0.5


def added_resistance(parameters: SolidOxideParameters, wear: Wear) -> float:
    """Return the resistance (ohm m2) that time and events added."""
    relative = relative_loss(parameters, wear.hours) + wear.steps
    relative += parameters.reversible_loss * wear.reversible
    return parameters.reference_resistance * relative


def cathode_share(parameters: SolidOxideParameters, wear: Wear) -> float:
    """Return which resistance (ohm m2) of what was added is the cathode's."""
    kilohours = wear.hours / _KILOHOUR
    relative = parameters.aging_chromium * kilohours**parameters.aging_chromium_exponent
    relative += parameters.reversible_loss * wear.reversible
    return parameters.reference_resistance * relative


def wear_step(wear: Wear, exposure: Exposure, parameters: SolidOxideParameters, dt: float) -> Wear:
    """Return what the cells went through after another ``dt`` seconds."""
    p, temperature = parameters, exposure.temperature
    inverse = 1.0 / temperature - 1.0 / p.aging_reference_temperature
    speed = exp(-p.aging_activation / GAS_CONSTANT * inverse) * p.aging_acceleration
    is_loaded = exposure.density > LOADED
    if is_loaded:
        time, target = p.reversible_build_time / max(p.aging_acceleration, 1e-9), 1.0
    else:
        time, target = p.reversible_recovery_time, 0.0
    reversible = wear.reversible + (target - wear.reversible) * (1.0 - exp(-dt / time))
    lately = _LATELY if is_loaded else max(0.0, wear.loaded_lately - dt)
    wear = wear._replace(hours=wear.hours + speed * dt / 3600.0, reversible=reversible)
    wear = _oxidised(wear, exposure, p, dt)
    if exposure.fuel_per_cell > 0.0 or wear.carbon > 0.0:
        wear = _coked(wear, exposure, p, dt)
    wear = _shaken(wear, exposure, p)
    return wear if wear.loaded_lately == lately else wear._replace(loaded_lately=lately)


def oxidation_speed(temperature: float) -> float:
    """Return the share of the nickel that oxidises in a second in stagnant air, 1/s."""
    if temperature < _NICKEL_WINDOW:
        return 0.0
    inverse = 1.0 / temperature - 1.0 / 1023.15
    return exp(-_OXIDATION_ACTIVATION / GAS_CONSTANT * inverse) / _OXIDATION_TIME


def _oxidised(wear: Wear, exposure: Exposure, parameters: SolidOxideParameters, dt: float) -> Wear:
    oxide = wear.nickel_oxide
    is_oxidising = exposure.anode_potential < nickel_oxidation_potential(exposure.temperature)
    if is_oxidising:
        share = 0.25 if exposure.is_purged else 1.0
        oxide = min(1.0, oxide + share * oxidation_speed(exposure.temperature) * dt)
        # current that the fuel cannot feed takes its oxygen to the nickel at once
        if exposure.density > LOADED and exposure.temperature > _NICKEL_WINDOW:
            oxide = min(1.0, oxide + exposure.density / 3000.0 * dt / 600.0)
    elif oxide > 0.0:
        oxide = max(0.0, oxide - 4.0 * oxidation_speed(exposure.temperature) * dt)
    if oxide == wear.nickel_oxide:
        return wear
    if oxide > _OXIDISED and not wear.is_reoxidised:
        return wear._replace(
            nickel_oxide=oxide,
            is_reoxidised=True,
            redox_events=wear.redox_events + 1,
            steps=wear.steps + parameters.redox_step,
        )
    return wear._replace(nickel_oxide=oxide, is_reoxidised=wear.is_reoxidised and oxide > 0.0)


def carbon_limit(temperature: float) -> float:
    """Return the oxygen to carbon below which carbon deposits at a temperature (K)."""
    return min(max(1.55 + (1023.15 - temperature) * 1.5e-3, 1.2), 2.2)


def _coked(wear: Wear, exposure: Exposure, parameters: SolidOxideParameters, dt: float) -> Wear:
    lacking = carbon_limit(exposure.temperature) - exposure.oxygen_to_carbon
    carbon = wear.carbon
    if lacking > 0.0 and exposure.fuel_per_cell > 1e-8 and exposure.temperature > COOL - 100.0:
        # methane of a rated cell without any oxygen needs five minutes
        carbon = min(3.0, carbon + lacking * exposure.fuel_per_cell / 6.6e-5 * dt / 450.0)
    else:
        carbon = max(0.0, carbon - dt / 7200.0)
    if carbon > 1.0 and not wear.is_coked:
        return wear._replace(
            carbon=carbon,
            is_coked=True,
            carbon_events=wear.carbon_events + 1,
            steps=wear.steps + parameters.carbon_step,
        )
    return wear._replace(carbon=carbon, is_coked=wear.is_coked and carbon > 0.0)


def _shaken(wear: Wear, exposure: Exposure, parameters: SolidOxideParameters) -> Wear:
    """Count thermal cycles, shocks and emergency stops."""
    p, temperature = parameters, exposure.temperature
    if exposure.is_fuel_closed and wear.loaded_lately > 0.0 and temperature > COOL:
        wear = wear._replace(
            emergency_stops=wear.emergency_stops + 1,
            steps=wear.steps + p.emergency_stop_step,
        )
    if temperature < COOL and not (wear.is_cold and (wear.is_cold_through or temperature > COLD)):
        wear = wear._replace(is_cold=True, is_cold_through=temperature < COLD)
    elif temperature > HOT and (wear.is_cold or not wear.was_hot):
        if wear.was_hot:
            step = p.thermal_cycle_step * (1.0 if wear.is_cold_through else 0.5)
            wear = wear._replace(thermal_cycles=wear.thermal_cycles + 1, steps=wear.steps + step)
        wear = wear._replace(is_cold=False, is_cold_through=False, was_hot=True)
    rate = abs(exposure.heating_rate)
    if wear.is_shocked:
        is_over = rate < 0.5 * p.heating_limit and abs(exposure.gradient) < 0.9 * p.gradient_limit
        return wear._replace(is_shocked=False) if is_over else wear
    if rate > p.heating_limit or abs(exposure.gradient) > p.gradient_limit:
        return wear._replace(
            is_shocked=True,
            thermal_shocks=wear.thermal_shocks + 1,
            steps=wear.steps + p.thermal_shock_step,
        )
    return wear
