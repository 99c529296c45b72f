"""Air path, combustion and what leaves the cylinders."""

# ruff: noqa: FURB136, PLR0917 - min, max and keywords double the time of a step

from math import exp

from drivers.simulated.plants.hydrogen_engine.constants import (
    AIR_MOLAR_MASS,
    AIR_PER_HYDROGEN,
    GAS_CONSTANT,
    HYDROGEN_MOLAR_MASS,
    LOWER_FLAMMABLE_LIMIT,
    NITROGEN_DIOXIDE_MOLAR_MASS,
    OXYGEN_IN_AIR,
)
from drivers.simulated.plants.hydrogen_engine.inputs import HydrogenEngineInputs
from drivers.simulated.plants.hydrogen_engine.lag import Decays
from drivers.simulated.plants.hydrogen_engine.parameters import HydrogenEngineParameters
from drivers.simulated.plants.hydrogen_engine.state import HydrogenEngineState

_NO_FUEL_LAMBDA = 100.0
_NO_GAS = (0.0, 0.0)
# Gas in the crankcase at 101325 Pa and 360 K, mol/m3.
_CRANKCASE_DENSITY = 101325.0 / (GAS_CONSTANT * 360.0)


def water_fraction(temperature: float, pressure: float, relative_humidity: float) -> float:
    """Water in moist air, mol/mol, by the Magnus formula (WMO, over water)."""
    celsius = temperature - 273.15
    saturation = 611.2 * exp(17.62 * celsius / (243.12 + celsius))
    return min(0.2, relative_humidity * saturation / pressure)


def air_per_pressure(
    charge_temperature: float, water: float, parameters: HydrogenEngineParameters
) -> float:
    """Dry air drawn in per radian and pascal of manifold pressure, kg/(rad Pa)."""
    return parameters.dry_air_draught * (1.0 - water) / charge_temperature


def target_lambda(load: float, parameters: HydrogenEngineParameters) -> float:
    """Excess-air ratio the engine control wants at a share of full load, 1."""
    full = parameters.lambda_full_load
    return full + (parameters.lambda_zero_load - full) * (1.0 - load) * (1.0 - load)


def boost_step(
    boost: float,
    wanted: float,
    ambient: float,
    parameters: HydrogenEngineParameters,
    decays: Decays,
) -> tuple[float, float]:
    """Manifold pressure after the step and its mean, Pa; ``wanted`` 0 when nothing fires."""
    if wanted <= 0.0:
        target = parameters.unfired_pressure_ratio * ambient
    else:
        highest = parameters.pressure_ratio_limit * ambient
        lowest = parameters.throttled_pressure_ratio * ambient
        target = highest if wanted > highest else lowest if wanted < lowest else wanted
    new = target + (boost - target) * decays.boost
    return new, target + (boost - new) * decays.boost_area


def slip_share(
    excess_air: float, slip_factor: float, parameters: HydrogenEngineParameters
) -> float:
    """Share of the hydrogen that leaves a firing cylinder unburnt with the exhaust, 1."""
    leaner = (excess_air if excess_air < 6.0 else 6.0) - parameters.lambda_full_load
    growth = 1.0 + parameters.slip_lambda_coefficient * leaner * leaner
    share = parameters.slip_share * slip_factor * growth
    return share if share < 0.5 else 0.5


Burnt = tuple[float, float, float, float, float]
"""Excess-air ratio, hydrogen injected, burnt, into the exhaust and into the crankcase, mol/s."""


def burn(
    blow_by_factor: float,
    slip_factor: float,
    parameters: HydrogenEngineParameters,
    air_flow: float,
    hydrogen: float,
    *,
    firing: bool,
) -> Burnt:
    """Where the injected hydrogen goes; no more burns than the oxygen allows.

    Args:
        blow_by_factor: Blow-by over the new engine's, 1.
        slip_factor: Unburnt hydrogen over the new engine's, 1.
        parameters: Shares of the new engine.
        air_flow: Dry air, kg/s.
        hydrogen: Injected, mol/s.
        firing: Whether combustion is on.
    """
    if hydrogen <= 0.0:
        return _NO_FUEL_LAMBDA, 0.0, 0.0, 0.0, 0.0
    excess_air = air_flow / (AIR_PER_HYDROGEN * HYDROGEN_MOLAR_MASS * hydrogen)
    excess_air = excess_air if excess_air < _NO_FUEL_LAMBDA else _NO_FUEL_LAMBDA
    crankcase = parameters.crankcase_hydrogen_share * blow_by_factor
    crankcase = hydrogen * (crankcase if crankcase < 0.2 else 0.2)
    if not firing:
        return excess_air, hydrogen, 0.0, hydrogen - crankcase, crankcase
    slip = slip_share(excess_air, slip_factor, parameters)
    burnt = hydrogen * (1.0 - slip) - crankcase
    if excess_air < 1.0:
        burnt = min(burnt, 2.0 * OXYGEN_IN_AIR * air_flow / AIR_MOLAR_MASS)
    slipping = hydrogen - burnt - crankcase
    return excess_air, hydrogen, burnt, slipping if slipping > 0.0 else 0.0, crankcase


Exhaust = tuple[float, float, float, float, float, float, float, float]
"""NOx wet and dry, NOx mass flow, oxygen wet and dry, hydrogen wet and dry, water wet."""


def exhaust_step(
    state: HydrogenEngineState,
    parameters: HydrogenEngineParameters,
    burnt: Burnt,
    air_flow: float,
    water: float,
    inert: float,
    gross_power: float,
    dt: float,
) -> tuple[Exhaust, float]:
    """Composition of the exhaust after one step, and hydrogen leaving its volume, mol/s.

    Args:
        state: State before the step.
        parameters: Emission numbers and exhaust volume.
        burnt: Where the hydrogen went.
        air_flow: Dry air, kg/s.
        water: Water in the intake air, mol/mol.
        inert: Injected gas that is not hydrogen, mol/s.
        gross_power: Brake and friction power of a firing engine, W; else 0.
        dt: Time step, s.
    """
    excess_air, _, burning, slip, _ = burnt
    dry_air = air_flow / AIR_MOLAR_MASS
    vapour = dry_air * water / (1.0 - water)
    oxygen = OXYGEN_IN_AIR * dry_air - 0.5 * burning
    oxygen = oxygen if oxygen > 0.0 else 0.0
    steam = vapour + burning
    total = dry_air + vapour + 0.5 * burning + slip + inert
    volume = parameters.exhaust_content
    if total <= 1e-9:
        old = state.hydrogen_wet
        oxygen = OXYGEN_IN_AIR * (1.0 - water)
        return (0.0, 0.0, 0.0, oxygen, OXYGEN_IN_AIR, old, old, water), slip
    incoming = slip / total
    hydrogen = incoming + (state.hydrogen_wet - incoming) * exp(-dt * total / volume)
    leaving = slip - (hydrogen - state.hydrogen_wet) * volume / dt
    nox_flow = 0.0
    if gross_power > 0.0:
        richer = 1.5 - (excess_air if excess_air > 1.2 else 1.2)
        nox_flow = gross_power * parameters.nox_emission * exp(parameters.nox_lambda_slope * richer)
        # The humidity correction of 40 CFR 1065.670(a), read backwards.
        nox_flow /= 9.953 * water + 0.832
    nox = nox_flow / (NITROGEN_DIOXIDE_MOLAR_MASS * total)
    water_wet = steam / total
    to_dry = 1.0 / (1.0 - water_wet)
    oxygen_wet = oxygen / total
    fractions = (
        nox,
        nox * to_dry,
        nox_flow,
        oxygen_wet,
        oxygen_wet * to_dry,
        hydrogen,
        hydrogen * to_dry,
        water_wet,
    )
    return fractions, leaving


def crankcase_step(
    hydrogen: float, inflow: float, speed: float, parameters: HydrogenEngineParameters, dt: float
) -> tuple[float, float]:
    """Hydrogen in the crankcase, mole fraction, and out of it, mol/s.

    Args:
        hydrogen: Mole fraction before the step.
        inflow: Hydrogen past the piston rings, mol/s.
        speed: Mean speed, which drives the ventilation, rad/s.
        parameters: Crankcase volume and ventilation.
        dt: Time step, s.
    """
    flow = parameters.crankcase_draught
    flow += parameters.crankcase_ventilation * speed / parameters.best_point_speed
    flow = flow * _CRANKCASE_DENSITY + inflow
    volume = parameters.crankcase_volume * _CRANKCASE_DENSITY
    final = inflow / flow
    new = final + (hydrogen - final) * exp(-dt * flow / volume)
    return new, inflow - (new - hydrogen) * volume / dt


def hydrogen_levels_step(
    hood: tuple[float, float],
    room: tuple[float, float],
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    dt: float,
) -> tuple[float, float]:
    """Hydrogen in hood and room after the step, fraction of the lower flammable limit.

    Args:
        hood: Level before the step, and leak into it, mol/s.
        room: As of the hood.
        inputs: Ventilation and surroundings.
        parameters: Volumes and air flows.
        dt: Time step, s.
    """
    if hood == room == _NO_GAS:
        return _NO_GAS
    natural = parameters.natural_ventilation_flow
    hood_flow = natural + (parameters.ventilation_flow if inputs.ventilation else 0.0)
    room_flow = natural + (parameters.room_air_exchange if inputs.ventilation else 0.0)
    return (
        _diluted(*hood, hood_flow, parameters.hood_volume, inputs, dt),
        _diluted(*room, room_flow, parameters.room_volume, inputs, dt),
    )


def _diluted(
    level: float, leak: float, flow: float, volume: float, inputs: HydrogenEngineInputs, dt: float
) -> float:
    """Hydrogen in a well mixed volume (m3) with fresh air (m3/s), share of the LFL."""
    inflow = leak * GAS_CONSTANT * inputs.ambient_temperature / inputs.ambient_pressure
    flow += inflow
    target = inflow / (flow * LOWER_FLAMMABLE_LIMIT)
    return target + (level - target) * exp(-dt * flow / volume)
