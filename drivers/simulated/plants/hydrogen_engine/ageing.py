"""How the engine ages from what it sees: damage collected in every step, slow changes from it.

Damage is counted in reference seconds (see `AgeingParameters`), so that a long step of steady
state collects what many short ones do. The changes follow on a grid of running time: what a minute
wears nobody can see, and a law costs more than a sum.
"""

# ruff: noqa: FURB136, PLR0917 - min, max and keywords double the time of a step

from math import exp
from typing import NamedTuple

from drivers.simulated.plants.hydrogen_engine.ageing_parameters import AgeingParameters
from drivers.simulated.plants.hydrogen_engine.failures import NEVER, Parts, harm_of

_GRID = 1.0 / 30.0
"""The changes follow so often per second of running."""
_STARTED = 31.4159
"""A start is passing 300 rpm: dry bearings until then, rad/s."""
_COLDEST = 250.0


class Factors(NamedTuple):
    """What age has made of the engine, over the new one."""

    efficiency: float = 1.0
    """Brake thermal efficiency beside what slips, 1."""
    power: float = 1.0
    """Full-load torque, 1."""
    blow_by: float = 1.0
    """Gas past the piston rings, 1."""
    slip: float = 1.0
    """Unburnt hydrogen in the exhaust, 1."""
    air: float = 1.0
    """Air per fuel: injectors that give too much make the mixture richer, 1."""
    oil_consumption: float = 1.0
    """Oil burnt per work, 1."""
    oil_pressure: float = 1.0
    """Oil pressure, 1."""
    catalyst: float = 1.0
    """Activity of the catalyst, 1."""


UNAGED = Factors()
"""The new engine."""


class Ageing(NamedTuple):
    """What the engine has been through; times in reference seconds where nothing else is said."""

    running_time: float = 0.0
    """Time with combustion, s."""
    starts: float = 0.0
    """Starts, 1."""
    oil_mass: float = 0.0
    """Oil in the engine, kg."""
    oil_age: float = 0.0
    """Age of the oil, s at warm temperature."""
    worn_rings: float = 0.0
    """Of the piston rings: pressure times sliding speed, starts."""
    worn_bearings: float = 0.0
    """Of the bearings: load cubed, starts."""
    worn_valve_seats: float = 0.0
    """Of the valve seats: actuations times squared seating speed."""
    worn_injectors: float = 0.0
    """Of the injectors: actuations."""
    worn_plugs: float = 0.0
    """Of the spark plugs: sparks, at the pressure they need."""
    worn_turbocharger: float = 0.0
    """Of the turbocharger: manifold pressure cubed."""
    worn_gasket: float = 0.0
    """Of the cylinder head gasket: thermal half cycles of the coolant."""
    worn_catalyst: float = 0.0
    """Of the catalyst: time, by Arrhenius of the exhaust temperature."""
    coolant_turning: float = 0.0
    """Last turning point of the coolant temperature, K."""
    coolant_extreme: float = 0.0
    """Farthest coolant temperature since, K."""
    factors: Factors = UNAGED
    """What age made of the engine, at the last time of the grid."""
    parts: Parts = NEVER
    """How often parts were renewed, and when they will fail."""


_ageing_of = Ageing._make


def ageing_step(
    ageing: Ageing,
    parameters: AgeingParameters,
    before: float,
    speed: float,
    mean_speed: float,
    mean_torque: float,
    boost: float,
    exhaust: float,
    coolant: float,
    oil: float,
    dt: float,
    *,
    firing: bool,
    injecting: bool,
) -> Ageing:
    """The age after one step.

    Args:
        ageing: Before the step.
        parameters: How the engine ages.
        before: Speed before the step, rad/s.
        speed: Speed after the step, rad/s.
        mean_speed: Mean speed, rad/s.
        mean_torque: Mean torque of the engine, N*m.
        boost: Manifold pressure, Pa.
        exhaust: Exhaust temperature, K.
        coolant: Coolant outlet temperature, K.
        oil: Oil temperature, K.
        dt: Time step, s.
        firing: Whether combustion is on.
        injecting: Whether hydrogen is injected.
    """
    (
        running,
        starts,
        oil_mass,
        oil_age,
        rings,
        bearings,
        valve_seats,
        injectors,
        plugs,
        turbocharger,
        gasket,
        catalyst,
        turning,
        extreme,
        factors,
        parts,
    ) = ageing
    if coolant != extreme:
        turning, extreme, closed = _turned(turning, extreme, coolant, parameters)
        gasket += closed
    elif mean_speed <= 0.0:
        return ageing
    is_due = False
    if mean_speed > 0.0:
        law = parameters.wear_law
        (
            rate,
            per_speed,
            per_torque,
            per_boost,
            ring_unloaded,
            plug_unloaded,
            cold_scale,
            warm_oil,
            oil_coefficient,
            dirt,
            activation,
            inverse,
            consumption,
        ) = law
        worn = dt * rate
        hotter = oil - warm_oil
        turned = worn * mean_speed * per_speed
        load = mean_torque * per_torque if mean_torque > 0.0 else 0.0
        cold = cold_scale * hotter if hotter < 0.0 else 0.0
        older = worn * exp(oil_coefficient * hotter)
        # The mean age of the oil: a long step wears what short ones do.
        cold = (1.0 + cold * cold) * (1.0 + dirt * (oil_age + 0.5 * older))
        oil_age += older
        rings += turned * (ring_unloaded + (1.0 - ring_unloaded) * load) * cold
        bearings += turned * load * load * load
        seating = mean_speed * per_speed
        valve_seats += turned * seating * seating
        if injecting:
            injectors += turned
        if firing:
            plugs += turned * (plug_unloaded + (1.0 - plug_unloaded) * load)
            boosted = boost * per_boost
            turbocharger += worn * boosted * boosted * boosted
            if exhaust > _COLDEST:
                catalyst += worn * exp(inverse - activation / exhaust)
            if mean_torque > 0.0 and oil_mass > 0.0:
                oil_mass -= consumption * factors.oil_consumption * mean_torque * mean_speed * dt
                oil_mass = oil_mass if oil_mass > 0.0 else 0.0
            later = running + dt
            is_due = int(running * _GRID) != int(later * _GRID)
            running = later
        if before < _STARTED <= speed:
            starts += 1.0
            rings += rate * parameters.start_wear * cold
            bearings += rate * parameters.start_wear
    aged = _ageing_of(
        (
            running,
            starts,
            oil_mass,
            oil_age,
            rings,
            bearings,
            valve_seats,
            injectors,
            plugs,
            turbocharger,
            gasket,
            catalyst,
            turning,
            extreme,
            factors,
            parts,
        )
    )
    return followed(aged, parameters) if is_due else aged


def _turned(
    turning: float, extreme: float, value: float, parameters: AgeingParameters
) -> tuple[float, float, float]:
    """Turning point, extreme, and the wear of a half cycle that has ended: reference s."""
    is_rising = extreme >= turning
    if (value > extreme) is is_rising:
        return turning, value, 0.0
    if abs(value - extreme) < parameters.thermal_cycle_threshold:
        return turning, extreme, 0.0
    size = abs(extreme - turning) / parameters.thermal_cycle_range
    half = 0.5 * parameters.thermal_cycle_wear * size**parameters.thermal_cycle_exponent
    return extreme, value, parameters.ageing * half


def followed(ageing: Ageing, parameters: AgeingParameters) -> Ageing:
    """The same age, with the changes that follow from it now."""
    return ageing._replace(factors=factors_of(ageing, parameters))


def factors_of(ageing: Ageing, parameters: AgeingParameters) -> Factors:
    """What this age makes of the engine: running in, wear, fouling, dirty oil, failed parts."""
    p = parameters
    per_life = 1.0 / p.ageing_life
    run_in = 1.0 - exp(-((ageing.worn_rings / p.running_in_time) ** p.running_in_exponent))
    rings = (ageing.worn_rings * per_life) ** p.ring_exponent
    seats = (ageing.worn_valve_seats * per_life) ** p.valve_seat_exponent
    injectors = (ageing.worn_injectors * per_life) ** p.injector_exponent
    plugs = (ageing.worn_plugs * per_life) ** p.plug_exponent
    gasket = (ageing.worn_gasket * per_life) ** p.gasket_exponent
    fouling = 1.0 - exp(-ageing.worn_turbocharger / p.fouling_time)
    efficiency = (
        1.0
        + p.running_in_efficiency_gain * run_in
        - p.ring_efficiency_loss * rings
        - p.valve_seat_efficiency_loss * seats
        - p.plug_efficiency_loss * plugs
        - p.gasket_efficiency_loss * gasket
        - p.dirty_oil_efficiency_loss * ageing.oil_age / p.oil_life
    )
    power = 1.0 - p.ring_power_loss * rings - p.valve_seat_power_loss * seats
    slip = p.ring_slip_growth * rings + p.valve_seat_slip_growth * seats
    harm = harm_of(_worn(ageing), ageing.parts)
    suction = min(1.0, ageing.oil_mass / p.oil_least_mass)
    return Factors(
        efficiency=max(0.5, efficiency) * harm.efficiency,
        power=max(0.3, power - p.fouling_power_loss * fouling) * harm.power,
        blow_by=(1.0 - p.running_in_blow_by_gain * run_in + p.ring_blow_by_growth * rings)
        * harm.blow_by,
        slip=(1.0 + slip + p.injector_slip_growth * injectors) * harm.slip,
        air=1.0 / (1.0 + p.injector_drift * injectors),
        oil_consumption=1.0 + p.ring_oil_growth * rings,
        oil_pressure=suction * harm.oil_pressure,
        catalyst=1.0 / (1.0 + p.catalyst_sintering * ageing.worn_catalyst * per_life),
    )


def _worn(ageing: Ageing) -> tuple[float, ...]:
    """Damage of the parts that can fail, in the order of `failures.PARTS`."""
    return (
        ageing.worn_rings,
        ageing.worn_bearings,
        ageing.worn_valve_seats,
        ageing.worn_injectors,
        ageing.worn_plugs,
        ageing.worn_turbocharger,
        ageing.worn_gasket,
    )


def failed_parts(ageing: Ageing) -> tuple[str, ...]:
    """Names of the parts that have failed."""
    return ageing.parts.failed(_worn(ageing))
