"""Where the energy goes: coolant, oil, charge air, exhaust, surface; and the media's temperatures.

What the other paths leave of the burnt fuel power is the sensible heat of the exhaust, which sets
the exhaust temperature: the balance closes by physics, not by a correction.
"""

# ruff: noqa: FURB136, PLR0917, PLR1730 - min, max and keywords double the time of a step

from math import exp

from drivers.simulated.plants.hydrogen_engine.inputs import HydrogenEngineInputs
from drivers.simulated.plants.hydrogen_engine.lag import Decays, limited_lag
from drivers.simulated.plants.hydrogen_engine.parameters import HydrogenEngineParameters
from drivers.simulated.plants.hydrogen_engine.state import HydrogenEngineState

_ISENTROPIC = 0.4 / 1.4
_COLDEST_GAS = 220.0
_HOTTEST_GAS = 1600.0
_FLOWING = 1e-4


def friction_growth(state: HydrogenEngineState, parameters: HydrogenEngineParameters) -> float:
    """Friction over that of the warm engine, 1."""
    colder = (1.0 - parameters.friction_coolant_share) * (
        parameters.warm_oil_temperature - state.oil_temperature
    ) + parameters.friction_coolant_share * (
        parameters.warm_coolant_temperature - state.coolant_outlet_temperature
    )
    growth = exp(parameters.friction_temperature_coefficient * colder)
    return growth if 0.7 < growth < 4.0 else 0.7 if growth < 1.0 else 4.0


Charge = tuple[float, float, float, float]
"""Intake, compressor and charge air temperature, K; heat of the charge air cooler, W."""


def charge_step(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    boost: float,
    air: float,
    decays: Decays,
) -> Charge:
    """Temperatures of the air path after one step.

    Args:
        state: State before the step.
        inputs: Setpoints of the conditioning.
        parameters: Compressor and time constants.
        boost: Mean manifold pressure, Pa.
        air: Moist air flow, kg/s.
        decays: Of the air temperatures over this step.
    """
    target = inputs.intake_air_setpoint
    intake = target + (state.intake_temperature - target) * decays.intake
    ratio = boost / state.intake_pressure
    compressor = intake
    if ratio > 1.0:
        compressor += intake * (ratio**_ISENTROPIC - 1.0) / parameters.compressor_efficiency
    target = inputs.charge_air_setpoint
    target = target if target < compressor else compressor
    charge = target + (state.charge_air_temperature - target) * decays.charge_air
    return intake, compressor, charge, air * parameters.air_heat_capacity * (compressor - charge)


Heat = tuple[float, float, float, float]
"""Heat into coolant and oil, lost by the surface, and left for the exhaust, W."""


def heat_flows(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    burnt_power: float,
    engine_power: float,
    friction_power: float,
    charge_air_heat: float,
    load: float,
) -> Heat:
    """How the burnt fuel power divides.

    Args:
        state: State before the step.
        inputs: Ambient temperature.
        parameters: Heat shares.
        burnt_power: Fuel power of what burns, W.
        engine_power: Net mechanical power of the engine, W.
        friction_power: Friction power, W.
        charge_air_heat: Heat of the charge air cooler, W.
        load: Torque over full-load torque, 0..1.
    """
    radiation = parameters.radiation_coefficient * (
        state.coolant_outlet_temperature - inputs.ambient_temperature
    )
    idle_share = 1.0 - load
    wall = parameters.wall_heat_share
    wall += parameters.wall_heat_part_load_share * idle_share * idle_share
    oil_share = parameters.friction_oil_share
    coolant = burnt_power * wall + (1.0 - oil_share) * friction_power - radiation
    oil = burnt_power * parameters.piston_heat_share + oil_share * friction_power
    exhaust = burnt_power - engine_power - coolant - radiation - oil - charge_air_heat
    return coolant, oil, radiation, exhaust


def exhaust_temperature_step(
    temperature: float,
    intake: float,
    ambient: float,
    flow: float,
    heat: float,
    parameters: HydrogenEngineParameters,
    dt: float,
) -> float:
    """Exhaust temperature after one step, K.

    Args:
        temperature: Before the step, K.
        intake: Intake temperature, above which the heat counts, K.
        ambient: Temperature a standing engine cools to, K.
        flow: Exhaust gas, kg/s.
        heat: Sensible heat of the exhaust, W.
        parameters: Heat capacities.
        dt: Time step, s.
    """
    if flow < _FLOWING:
        cooled = exp(-dt / parameters.exhaust_standstill)
        return ambient + (temperature - ambient) * cooled
    capacity = flow * parameters.exhaust_heat_capacity
    gas = intake + heat / capacity
    if not _COLDEST_GAS < gas < _HOTTEST_GAS:
        gas = _COLDEST_GAS if gas < _COLDEST_GAS else _HOTTEST_GAS
    time_constant = parameters.exhaust_thermal_mass / capacity
    if time_constant > parameters.exhaust_slowest:
        time_constant = parameters.exhaust_slowest
    return gas + (temperature - gas) * exp(-dt / time_constant)


Media = tuple[float, float, float, float]
"""Coolant outlet and oil temperature, K; heat the conditioning takes from each, W."""


def media_step(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    coolant_heat: float,
    oil_heat: float,
    dt: float,
) -> Media:
    """Coolant and oil after one step: cooled or preheated towards their setpoints.

    Below the setpoint nothing is cooled, so that the engine warms by its own heat and the heater.
    """
    mass = parameters.coolant_thermal_mass
    coolant, _ = limited_lag(
        state.coolant_outlet_temperature,
        inputs.coolant_setpoint,
        parameters.coolant_regulation_time,
        (coolant_heat + parameters.coolant_heater_power) / mass,
        (parameters.coolant_cooling_power - coolant_heat) / mass,
        dt,
    )
    surplus = coolant_heat - parameters.coolant_cooling_power
    if surplus > 0.0:  # more than can be cooled, whatever the setpoint
        coolant = max(coolant, state.coolant_outlet_temperature + surplus * dt / mass)
    coolant_taken = coolant_heat - (coolant - state.coolant_outlet_temperature) * mass / dt
    mass = parameters.oil_thermal_mass
    oil, _ = limited_lag(
        state.oil_temperature,
        inputs.oil_setpoint,
        parameters.oil_regulation_time,
        (oil_heat + parameters.oil_heater_power) / mass,
        (parameters.oil_cooling_power - oil_heat) / mass,
        dt,
    )
    oil_taken = oil_heat - (oil - state.oil_temperature) * mass / dt
    return coolant, oil, coolant_taken, oil_taken


def auxiliary_power(
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    speed: float,
    coolant_cooling: float,
    oil_cooling: float,
    charge_air_heat: float,
) -> float:
    """Electric power of controls, pumps, fans and ventilation, W."""
    removed = coolant_cooling if coolant_cooling > 0.0 else 0.0
    removed += oil_cooling if oil_cooling > 0.0 else 0.0
    removed += charge_air_heat if charge_air_heat > 0.0 else 0.0
    power = parameters.base_auxiliary_power + parameters.cooling_power_share * removed
    power += parameters.pump_power * speed / parameters.rated_speed
    return power + parameters.ventilation_power if inputs.ventilation else power


def oil_pressure(
    speed: float, oil_temperature: float, parameters: HydrogenEngineParameters
) -> float:
    """Oil gauge pressure: rising with speed and viscosity up to the relief valve, Pa."""
    if speed <= 0.0:
        return 0.0
    colder = parameters.warm_oil_temperature - oil_temperature
    viscosity = 1.0 + parameters.oil_viscosity_coefficient * colder
    viscosity = viscosity if viscosity > 0.2 else 0.2
    return parameters.oil_relief_pressure * (
        1.0 - exp(-speed * viscosity / parameters.oil_pressure_speed)
    )
