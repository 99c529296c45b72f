"""One time step of the engine on its dynamometer: the order of cause and effect.

Demand and readiness to fire decide the shaft; speed and torque decide the fuel; the line delivers
it; air and fuel decide combustion; what is left of the energy warms media and exhaust. All loops
are solved exactly for constant inputs, so that 10 ms and 1 s steps agree. Where that fails (line
running empty, purge, free rotor) the step is divided.
"""

# ruff: noqa: FURB136, PLR0917 - min, max and keywords double the time of a step

from math import ceil

from drivers.simulated.plants.hydrogen_engine.ageing import ageing_step
from drivers.simulated.plants.hydrogen_engine.combustion import (
    air_per_pressure,
    boost_step,
    burn,
    crankcase_step,
    exhaust_step,
    hydrogen_levels_step,
    water_fraction,
)
from drivers.simulated.plants.hydrogen_engine.constants import (
    AIR_MOLAR_MASS,
    GAS_CONSTANT,
    HYDROGEN_MOLAR_MASS,
    WATER_MOLAR_MASS,
)
from drivers.simulated.plants.hydrogen_engine.disturbances import disturbed, with_knock
from drivers.simulated.plants.hydrogen_engine.heat import (
    auxiliary_power,
    charge_step,
    exhaust_temperature_step,
    heat_flows,
    media_step,
    oil_pressure,
)
from drivers.simulated.plants.hydrogen_engine.inputs import (
    UNDISTURBED,
    HydrogenEngineInputs,
    ShaftMode,
)
from drivers.simulated.plants.hydrogen_engine.lag import Decays
from drivers.simulated.plants.hydrogen_engine.parameters import HydrogenEngineParameters
from drivers.simulated.plants.hydrogen_engine.readiness import (
    Readiness,
    fuel_demand,
    readiness,
)
from drivers.simulated.plants.hydrogen_engine.shaft import (
    free_shaft,
    held_shaft,
    is_free,
    is_settled,
)
from drivers.simulated.plants.hydrogen_engine.state import HydrogenEngineState
from drivers.simulated.plants.hydrogen_engine.supply import line_step, rail_molar_mass, supply_step

_SPEED_THROTTLE = ShaftMode.SPEED_THROTTLE
# From one list: a call with so many arguments would take three times as long.
_SURROUNDINGS = slice(-8, -5)
_WATER_PER_AIR = WATER_MOLAR_MASS / AIR_MOLAR_MASS
_state_of = HydrogenEngineState._make


def advance(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    dt: float,
) -> HydrogenEngineState:
    """The state after ``dt`` seconds of constant inputs.

    Args:
        state: State before the step.
        inputs: Demands, switches and surroundings during the step.
        parameters: Numbers of engine, dynamometer, media and supply.
        dt: Time step, s; made for 1 ms to 1 s.

    Returns:
        The new state. Flows in it are means over the step, or over the last part of a divided one.
    """
    wrong = inputs.disturbances
    if wrong is not UNDISTURBED:
        return with_knock(advance(*disturbed(state, inputs, parameters, dt), dt), wrong)
    if dt > parameters.transient_step and _is_transient(state, inputs, parameters):
        count = ceil(dt / parameters.transient_step)
        for _ in range(count):
            state = _advance_once(state, inputs, parameters, dt / count)
        return state
    return _advance_once(state, inputs, parameters, dt)


def _is_transient(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
) -> bool:
    if inputs.purge or (state.injecting and not inputs.fuel_valve):
        return True
    return is_free(inputs) and not is_settled(state, inputs, parameters)


def _advance_once(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    dt: float,
) -> HydrogenEngineState:
    water = state.intake_water_fraction
    surroundings = (
        inputs.ambient_temperature,
        inputs.ambient_pressure,
        inputs.relative_humidity,
    )
    if surroundings != state[_SURROUNDINGS]:
        water = water_fraction(*surroundings)
    air_of_boost = air_per_pressure(state.charge_air_temperature, water, parameters)
    # Fuel over the new engine's: age, and hydrogen that slips beyond the map's.
    factors = state.ageing.factors
    efficiency_factor = inputs.efficiency_factor * factors.efficiency
    fuel_scale = 1.0 / (parameters.efficiency_scale * efficiency_factor)
    slip_factor = inputs.slip_factor * factors.slip
    if slip_factor != 1.0:
        further = slip_factor - 1.0
        further = 0.0 if further < 0.0 else further if further < 50.0 else 50.0
        fuel_scale /= 1.0 - parameters.slip_share * further
    ready = readiness(state, inputs, parameters, fuel_scale, air_of_boost)
    friction, drag, full_load, demand, _, target, share, injecting, firing = ready
    if is_free(inputs):
        speed, torque, mean_speed, mean_torque = free_shaft(
            state, inputs, parameters, demand, friction, share, dt, firing=firing
        )
        shaft_torque = absorbed = 0.0
    else:
        speed, torque, mean_speed, mean_torque = held_shaft(
            state, inputs, parameters, target, dt, firing=firing
        )
        shaft_torque = torque
        absorbed = mean_torque * mean_speed
    pedal = inputs.pedal
    if inputs.mode is not _SPEED_THROTTLE and full_load + drag > 0.0:
        pedal = (demand + drag) / (full_load + drag)
    shaft = (speed, torque, shaft_torque, speed * shaft_torque, pedal, firing, injecting)

    fuel_torque, wanted_air = fuel_demand(parameters, ready, mean_speed, mean_torque, fuel_scale)
    decays = parameters.decays(dt)
    supply, delivered = _advance_supply(
        state, inputs, parameters, mean_speed * fuel_torque, decays, dt
    )
    gas, heat, totals = _advance_gas_and_heat(
        state,
        inputs,
        parameters,
        ready,
        delivered,
        (water, air_of_boost, wanted_air * factors.air / air_of_boost),
        (inputs.blow_by_factor * factors.blow_by, slip_factor),
        (speed, mean_speed, mean_torque, absorbed),
        decays,
        dt,
    )
    return _state_of([*shaft, *supply, *gas, *heat, *surroundings, *totals])


_Delivered = tuple[float, float, float, float, float, float, float]
"""Mass injected, kg/s; gas and hydrogen injected, mol/s; fuel power injected, W; hydrogen through
the meter, hydrogen lost by vent and leak, fuel gas leaked, mol/s."""


def _advance_supply(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    power: float,
    decays: Decays,
    dt: float,
) -> tuple[tuple[float, ...], _Delivered]:
    """The supply part of the state, and what reached the engine, for a fuel power demand (W)."""
    lot = parameters.gas_lot
    injection = power / lot.molar_heating_value
    if state.rail_nitrogen > 0.0 and power > 0.0:
        rail_share = state.rail_fuel / (state.rail_fuel + state.rail_nitrogen)
        injection /= max(0.1, rail_share)
    fuel, nitrogen, metered, injected, vented, leaked, share = line_step(
        state, inputs, parameters, injection, dt
    )
    meter_flow = metered * lot.molar_mass
    trailer, meter, temperature = supply_step(
        state, inputs, parameters, meter_flow, decays.fuel, dt
    )
    per_mol = GAS_CONSTANT * temperature / parameters.line_volume
    rail_mass = rail_molar_mass(share, parameters)
    fuel_power = injected * share * lot.molar_heating_value
    hydrogen_share = share * lot.hydrogen_fraction
    supply = (
        fuel,
        nitrogen,
        trailer,
        meter,
        (fuel + nitrogen) * per_mol,
        temperature,
        meter_flow,
        injected * rail_mass,
        vented * rail_mass,
        leaked * rail_mass,
        lot.lower_heating_value,
        fuel_power,
        inputs.fuel_valve,
        inputs.purge,
        inputs.ventilation,
    )
    return supply, (
        injected * rail_mass,
        injected,
        injected * hydrogen_share,
        fuel_power,
        metered * lot.hydrogen_fraction,
        (vented + leaked) * hydrogen_share,
        leaked * share,
    )


def _advance_gas_and_heat(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    ready: Readiness,
    delivered: _Delivered,
    air_path: tuple[float, float, float],
    leaks: tuple[float, float],
    motion: tuple[float, float, float, float],
    decays: Decays,
    dt: float,
) -> tuple[tuple[float, ...], tuple[object, ...], tuple[float, ...]]:
    """The gas path, the media, energy and age, and the book-keeping of the state.

    Args:
        state: State before the step.
        inputs: Setpoints and surroundings.
        parameters: Numbers of the engine.
        ready: What the engine can and shall do.
        delivered: What the injectors gave.
        air_path: Water in the intake air, dry air per radian and pascal, wanted manifold pressure.
        leaks: Blow-by and unburnt hydrogen over the new engine's, 1.
        motion: Speed; mean speed, torque and power absorbed by the dynamometer.
        decays: Of loops with a constant time constant, over this step.
        dt: Time step, s.
    """
    _, drag, _, _, load, _, _, injecting, firing = ready
    blow_by_factor, slip_factor = leaks
    fuel_flow, injected, hydrogen, fuel_power, metered, lost, leaked = delivered
    water, air_of_boost, wanted_boost = air_path
    speed, mean_speed, mean_torque, absorbed = motion
    boost, mean_boost = boost_step(
        state.boost_pressure, wanted_boost, inputs.ambient_pressure, parameters, decays
    )
    air = mean_speed * air_of_boost * mean_boost
    moist_air = air * (1.0 + water / (1.0 - water) * _WATER_PER_AIR)
    exhaust_flow = moist_air + fuel_flow
    burnt = burn(blow_by_factor, slip_factor, parameters, air, hydrogen, firing=firing)
    excess_air, _, burning, _, to_crankcase = burnt
    combustion_efficiency = burning / hydrogen if hydrogen > 0.0 else 0.0
    friction_power = drag * mean_speed
    engine_power = mean_torque * mean_speed
    exhaust, leaving = exhaust_step(
        state,
        parameters,
        burnt,
        air,
        water,
        injected - hydrogen,
        engine_power + friction_power if firing else 0.0,
        dt,
    )
    crankcase, crankcase_leaving = crankcase_step(
        state.crankcase_hydrogen, to_crankcase, mean_speed, parameters, dt
    )
    intake, compressor, charge, charge_heat = charge_step(
        state, inputs, parameters, mean_boost, moist_air, decays
    )
    flows = heat_flows(
        state,
        inputs,
        parameters,
        fuel_power * combustion_efficiency,
        engine_power,
        friction_power,
        charge_heat,
        load,
    )
    coolant_heat, oil_heat, radiation_heat, exhaust_heat = flows
    leaked_away = leaked * parameters.leak_room_fraction
    ambient = inputs.ambient_pressure
    exhaust_temperature = exhaust_temperature_step(
        state.exhaust_temperature,
        intake,
        inputs.ambient_temperature,
        exhaust_flow,
        exhaust_heat,
        parameters,
        dt,
    )
    gas = (
        ambient - parameters.intake_resistance * moist_air * moist_air,
        intake,
        water,
        boost,
        compressor,
        charge,
        air,
        excess_air,
        exhaust_flow,
        ambient + parameters.exhaust_resistance * exhaust_flow * exhaust_flow,
        exhaust_temperature,
        *exhaust,
        combustion_efficiency,
        exhaust_flow * parameters.blow_by_share * blow_by_factor,
        crankcase,
        *hydrogen_levels_step(
            (state.hood_hydrogen, leaked - leaked_away),
            (state.room_hydrogen, leaked_away),
            inputs,
            parameters,
            dt,
        ),
        0.0,
    )
    coolant, oil, coolant_taken, oil_taken = media_step(
        state, inputs, parameters, coolant_heat, oil_heat, dt
    )
    coolant_flow = parameters.coolant_flow * (0.3 + 0.7 * mean_speed / parameters.best_point_speed)
    heat = (
        coolant,
        coolant - coolant_taken / (coolant_flow * parameters.coolant_heat_capacity),
        coolant_flow,
        oil,
        oil_pressure(speed, oil, parameters) * state.ageing.factors.oil_pressure,
        coolant_heat,
        oil_heat,
        charge_heat,
        exhaust_heat,
        radiation_heat,
        coolant_taken,
        oil_taken,
        auxiliary_power(inputs, parameters, mean_speed, coolant_taken, oil_taken, charge_heat),
        absorbed / fuel_power if absorbed > 0.0 and fuel_power > 0.0 else 0.0,
        ageing_step(
            state.ageing,
            parameters,
            state.speed,
            speed,
            mean_speed,
            mean_torque,
            mean_boost,
            exhaust_temperature,
            coolant,
            oil,
            dt,
            firing=firing,
            injecting=injecting,
        ),
    )
    per_step = HYDROGEN_MOLAR_MASS * dt
    return (
        gas,
        heat,
        (
            state.hydrogen_metered_total + metered * per_step,
            state.hydrogen_burnt_total + burning * per_step,
            state.hydrogen_exhaust_total + leaving * per_step,
            state.hydrogen_crankcase_total + crankcase_leaving * per_step,
            state.hydrogen_lost_total + lost * per_step,
        ),
    )
