"""One time step of the engine on its dynamometer: the order of cause and effect.

Demand and readiness to fire decide the shaft; speed and torque decide the fuel; the line delivers
it; air and fuel decide combustion; what is left of the energy warms media and exhaust. All loops
are solved exactly for constant inputs, so that 10 ms and 1 s steps agree. Where that fails (line
running empty, purge, free rotor) the step is divided.
"""

from math import ceil

from drivers.simulated.plants.hydrogen_engine.combustion import (
    AIR_MOLAR_MASS,
    WATER_MOLAR_MASS,
    air_per_pressure,
    boost_step,
    burn,
    crankcase_step,
    exhaust_step,
    hood_step,
    slip_share,
    target_lambda,
    water_fraction,
)
from drivers.simulated.plants.hydrogen_engine.gas_lot import HYDROGEN_MOLAR_MASS
from drivers.simulated.plants.hydrogen_engine.heat import (
    charge_step,
    exhaust_temperature_step,
    friction_growth,
    heat_flows,
    media_step,
    oil_pressure,
)
from drivers.simulated.plants.hydrogen_engine.inputs import HydrogenEngineInputs, ShaftMode
from drivers.simulated.plants.hydrogen_engine.parameters import HydrogenEngineParameters
from drivers.simulated.plants.hydrogen_engine.shaft import (
    demanded_torque,
    free_shaft,
    held_shaft,
    is_free,
    is_settled,
)
from drivers.simulated.plants.hydrogen_engine.state import (
    AIR_PER_HYDROGEN,
    GAS_CONSTANT,
    HydrogenEngineState,
)
from drivers.simulated.plants.hydrogen_engine.supply import gas_mass_flow, line_step, supply_step

_MOTOR = ShaftMode.MOTOR
_SPEED_THROTTLE = ShaftMode.SPEED_THROTTLE
_TURNING = 5.0
# From one tuple: a call with so many arguments would take three times as long.
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


_Readiness = tuple[float, float, float, float, float, float, bool, bool]
"""Friction over the warm engine's; motoring torque, full load, demand and target, N*m; share of
the map's full load that the engine can give now; whether it injects, and fires."""


def _readiness(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    fuel_scale: float,
    air_of_boost: float,
) -> _Readiness:
    speed = state.speed
    full_load, warm_drag, full_fuel = parameters.maps.at_speed(speed)
    growth = friction_growth(state, parameters)
    drag = warm_drag * growth
    aged = full_load * inputs.power_factor
    allowed = aged if aged < inputs.torque_limit else inputs.torque_limit
    demand = demanded_torque(inputs, allowed, drag)
    injecting = (
        inputs.injection
        and inputs.mode is not _MOTOR
        and _TURNING < speed < parameters.overspeed_cut
        and state.rail_pressure > parameters.least_injection_pressure * 1.000001
        and (demand > -drag or is_free(inputs))
    )
    amount = state.rail_fuel + state.rail_nitrogen
    firing = (
        injecting
        and inputs.ignition
        and speed > parameters.firing_speed
        and state.rail_fuel > parameters.ignitable_fuel_fraction * amount
    )
    if not firing:
        return growth, drag, allowed, demand, -drag, 0.0, injecting, False
    # Fuel that the air in the manifold burns at the lambda limit, over full load's fuel.
    air = air_of_boost * state.boost_pressure
    breathing = air * parameters.gas_lot.lower_heating_value
    breathing /= parameters.lambda_limit * AIR_PER_HYDROGEN * full_fuel * fuel_scale
    share = inputs.power_factor * (breathing if breathing < 1.0 else 1.0)
    able = full_load * share
    target = demand if demand < able else able
    return growth, drag, allowed, demand, target, share, injecting, True


def _advance_once(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    dt: float,
) -> HydrogenEngineState:
    maps = parameters.maps
    lot = parameters.gas_lot
    decays = parameters.decays(dt)
    water = water_fraction(
        inputs.ambient_temperature, inputs.ambient_pressure, inputs.relative_humidity
    )
    air_of_boost = air_per_pressure(state.charge_air_temperature, water, parameters)
    # Fuel over the new engine's: age, and hydrogen that slips beyond the map's.
    fuel_scale = 1.0 / (parameters.efficiency_scale * inputs.efficiency_factor)
    if inputs.slip_factor != 1.0:
        fuel_scale /= 1.0 - parameters.slip_share * min(50.0, max(0.0, inputs.slip_factor - 1.0))
    friction, drag, full_load, demand, target, share, injecting, firing = _readiness(
        state, inputs, parameters, fuel_scale, air_of_boost
    )
    free = is_free(inputs)
    if free:
        speed, engine_torque, mean_speed, mean_torque = free_shaft(
            state, inputs, parameters, demand, friction, share, dt, firing=firing
        )
    else:
        speed, engine_torque, mean_speed, mean_torque = held_shaft(
            state, inputs, parameters, target, dt, firing=firing
        )

    # --- fuel
    extra_friction = drag - drag / friction
    wanted_boost = fuel_torque = load = 0.0
    if firing:
        fuel_torque = maps.fuel_torque(mean_speed, mean_torque + extra_friction) * fuel_scale
        load = demand / full_load if demand > 0.0 else 0.0
        wanted_fuel = fuel_torque
        if demand != mean_torque:
            wanted_fuel = maps.fuel_torque(mean_speed, demand + extra_friction) * fuel_scale
        wanted_air = wanted_fuel * target_lambda(load, parameters) * AIR_PER_HYDROGEN
        wanted_boost = wanted_air / (lot.lower_heating_value * air_of_boost)
    elif injecting:
        fuel_torque = maps.fuel_torque(mean_speed, 0.0) * parameters.cranking_fuel_share
    injection = 0.0
    if fuel_torque > 0.0:
        injection = mean_speed * fuel_torque / lot.molar_heating_value
        if state.rail_nitrogen > 0.0:
            rail_share = state.rail_fuel / (state.rail_fuel + state.rail_nitrogen)
            injection /= max(0.1, rail_share)
    rail_fuel, rail_nitrogen, metered, injected, vented, leaked, fuel_share = line_step(
        state, inputs, parameters, injection, dt
    )
    fuel_flow_meter = metered * lot.molar_mass
    supply_pressure, meter_pressure, fuel_temperature = supply_step(
        state, inputs, parameters, fuel_flow_meter, decays.fuel, dt
    )
    rail_pressure = (
        (rail_fuel + rail_nitrogen) * GAS_CONSTANT * fuel_temperature / parameters.line_volume
    )
    fuel_flow_engine = gas_mass_flow(injected, fuel_share, parameters)
    fuel_power = injected * fuel_share * lot.molar_heating_value

    # --- air and combustion
    boost_pressure, mean_boost = boost_step(
        state.boost_pressure, wanted_boost, inputs.ambient_pressure, parameters, decays
    )
    air_flow = mean_speed * air_of_boost * mean_boost
    moist_air = air_flow * (1.0 + water / (1.0 - water) * (WATER_MOLAR_MASS / AIR_MOLAR_MASS))
    exhaust_flow = moist_air + fuel_flow_engine
    hydrogen_injected = injected * fuel_share * lot.hydrogen_fraction
    burnt = burn(inputs, parameters, air_flow, hydrogen_injected, firing=firing)
    excess_air_ratio, _, hydrogen_burnt, _, hydrogen_crankcase = burnt
    combustion_efficiency = hydrogen_burnt / hydrogen_injected if hydrogen_injected > 0.0 else 0.0
    friction_power = drag * mean_speed
    engine_power = mean_torque * mean_speed
    gross_power = engine_power + friction_power if firing else 0.0
    (
        nox_wet,
        nox_dry,
        nox_flow,
        oxygen_wet,
        oxygen_dry,
        hydrogen_wet,
        hydrogen_dry,
        water_wet,
        hydrogen_leaving,
    ) = exhaust_step(
        state,
        parameters,
        burnt,
        air_flow,
        water,
        injected - hydrogen_injected,
        gross_power,
        dt,
    )
    crankcase_hydrogen, crankcase_leaving = crankcase_step(
        state.crankcase_hydrogen, hydrogen_crankcase, mean_speed, parameters, dt
    )
    hood_hydrogen = hood_step(state.hood_hydrogen, leaked * fuel_share, inputs, parameters, dt)

    # --- energy
    intake_temperature, compressor_temperature, charge_air_temperature, charge_air_heat = (
        charge_step(state, inputs, parameters, mean_boost, moist_air, decays)
    )
    coolant_heat, oil_heat, radiation_heat, exhaust_heat = heat_flows(
        state,
        inputs,
        parameters,
        burnt_power=fuel_power * combustion_efficiency,
        engine_power=engine_power,
        friction_power=friction_power,
        charge_air_heat=charge_air_heat,
        load=load,
    )
    exhaust_temperature = exhaust_temperature_step(
        state.exhaust_temperature,
        intake_temperature,
        inputs.ambient_temperature,
        exhaust_flow,
        exhaust_heat,
        parameters,
        dt,
    )
    coolant_outlet_temperature, oil_temperature, coolant_cooling, oil_cooling = media_step(
        state, inputs, parameters, coolant_heat, oil_heat, dt
    )
    coolant_flow = parameters.coolant_flow * (0.3 + 0.7 * mean_speed / parameters.best_point_speed)

    # --- what the instruments see
    shaft_torque, brake_mean = (0.0, 0.0) if free else (engine_torque, engine_power)
    efficiency = brake_mean / fuel_power if brake_mean > 0.0 and fuel_power > 0.0 else 0.0
    range_of_torque = full_load + drag
    if inputs.mode is _SPEED_THROTTLE or range_of_torque <= 0.0:
        pedal = inputs.pedal
    else:
        pedal = (demand + drag) / range_of_torque
    auxiliary_power = (
        parameters.base_auxiliary_power
        + parameters.pump_power * mean_speed / parameters.rated_speed
        + (parameters.ventilation_power if inputs.ventilation else 0.0)
        + parameters.cooling_power_share
        * (
            (coolant_cooling if coolant_cooling > 0.0 else 0.0)
            + (oil_cooling if oil_cooling > 0.0 else 0.0)
            + (charge_air_heat if charge_air_heat > 0.0 else 0.0)
        )
    )
    per_step = HYDROGEN_MOLAR_MASS * dt
    lost = (vented + leaked) * fuel_share * lot.hydrogen_fraction
    return _state_of(
        (
            speed,
            engine_torque,
            shaft_torque,
            speed * shaft_torque,
            pedal,
            firing,
            injecting,
            rail_fuel,
            rail_nitrogen,
            supply_pressure,
            meter_pressure,
            rail_pressure,
            fuel_temperature,
            fuel_flow_meter,
            fuel_flow_engine,
            gas_mass_flow(vented, fuel_share, parameters),
            gas_mass_flow(leaked, fuel_share, parameters),
            lot.lower_heating_value,
            fuel_power,
            inputs.fuel_valve,
            inputs.purge,
            inputs.ventilation,
            inputs.ambient_pressure - parameters.intake_resistance * moist_air * moist_air,
            intake_temperature,
            water,
            boost_pressure,
            compressor_temperature,
            charge_air_temperature,
            air_flow,
            excess_air_ratio,
            exhaust_flow,
            inputs.ambient_pressure + parameters.exhaust_resistance * exhaust_flow * exhaust_flow,
            exhaust_temperature,
            nox_wet,
            nox_dry,
            nox_flow,
            oxygen_wet,
            oxygen_dry,
            hydrogen_wet,
            hydrogen_dry,
            water_wet,
            combustion_efficiency,
            (moist_air + fuel_flow_engine) * parameters.blow_by_share * inputs.blow_by_factor,
            crankcase_hydrogen,
            hood_hydrogen,
            coolant_outlet_temperature,
            coolant_outlet_temperature
            - coolant_cooling / (coolant_flow * parameters.coolant_heat_capacity),
            coolant_flow,
            oil_temperature,
            oil_pressure(speed, oil_temperature, parameters),
            coolant_heat,
            oil_heat,
            charge_air_heat,
            exhaust_heat,
            radiation_heat,
            coolant_cooling,
            oil_cooling,
            auxiliary_power,
            efficiency,
            inputs.ambient_temperature,
            inputs.ambient_pressure,
            inputs.relative_humidity,
            state.hydrogen_metered_total + metered * lot.hydrogen_fraction * per_step,
            state.hydrogen_burnt_total + hydrogen_burnt * per_step,
            state.hydrogen_exhaust_total + hydrogen_leaving * per_step,
            state.hydrogen_crankcase_total + crankcase_leaving * per_step,
            state.hydrogen_lost_total + lost * per_step,
        )
    )
