"""What the engine is asked for, whether it can fire, and what fuel and air that takes."""

# ruff: noqa: FURB136 - min and max double the time of a step

from drivers.simulated.plants.hydrogen_engine.combustion import target_lambda
from drivers.simulated.plants.hydrogen_engine.constants import AIR_PER_HYDROGEN
from drivers.simulated.plants.hydrogen_engine.heat import friction_growth
from drivers.simulated.plants.hydrogen_engine.inputs import HydrogenEngineInputs, ShaftMode
from drivers.simulated.plants.hydrogen_engine.parameters import HydrogenEngineParameters
from drivers.simulated.plants.hydrogen_engine.shaft import demanded_torque, is_free
from drivers.simulated.plants.hydrogen_engine.state import HydrogenEngineState

_MOTOR = ShaftMode.MOTOR
_TURNING = 5.0

Readiness = tuple[float, float, float, float, float, float, float, bool, bool]
"""Friction over the warm engine's; motoring torque, full load and demand, N*m; demand over full
load, 0..1 (0: unfired); target, N*m; share of the map's full load that the engine can give now;
whether it injects, and fires."""


def readiness(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    fuel_scale: float,
    air_of_boost: float,
) -> Readiness:
    """Return what the engine is asked for, and whether it injects and fires.

    Args:
        state: State before the step.
        inputs: Demands and switches.
        parameters: Numbers of the engine.
        fuel_scale: Fuel over the new engine's, 1.
        air_of_boost: Dry air drawn in, kg/(rad Pa).
    """
    speed = state.speed
    full_load, warm_drag, full_fuel = parameters.maps.at_speed(speed)
    growth = friction_growth(state, parameters)
    drag = warm_drag * growth
    power_factor = inputs.power_factor * state.ageing.factors.power
    aged = full_load * power_factor
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
        return growth, drag, allowed, demand, 0.0, -drag, 0.0, injecting, False
    # Fuel that the air in the manifold burns at the lambda limit, over full load's fuel.
    air = air_of_boost * state.boost_pressure
    breathing = air * parameters.gas_lot.lower_heating_value
    breathing /= parameters.lambda_limit * AIR_PER_HYDROGEN * full_fuel * fuel_scale
    share = power_factor * (breathing if breathing < 1.0 else 1.0)
    able = full_load * share
    target = demand if demand < able else able
    load = demand / allowed if demand > 0.0 else 0.0
    return growth, drag, allowed, demand, load, target, share, injecting, True


def fuel_demand(
    parameters: HydrogenEngineParameters,
    ready: Readiness,
    mean_speed: float,
    mean_torque: float,
    fuel_scale: float,
) -> tuple[float, float]:
    """Fuel torque to inject, N*m, and dry air wanted for the demand, kg/rad (0: unfired)."""
    friction, drag, _, demand, load, _, _, injecting, firing = ready
    fuel_of = parameters.maps.fuel_torque
    if not firing:
        if not injecting:
            return 0.0, 0.0
        return fuel_of(mean_speed, 0.0) * parameters.cranking_fuel_share, 0.0
    extra_friction = drag - drag / friction
    fuel_torque = fuel_of(mean_speed, mean_torque + extra_friction) * fuel_scale
    wanted_fuel = fuel_torque
    if demand != mean_torque:
        wanted_fuel = fuel_of(mean_speed, demand + extra_friction) * fuel_scale
    excess_air = target_lambda(load, parameters)
    air = wanted_fuel * excess_air * AIR_PER_HYDROGEN / parameters.gas_lot.lower_heating_value
    return fuel_torque, air
