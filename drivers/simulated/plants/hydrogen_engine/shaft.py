"""Speed and torque: the closed loops of the test bed, the dynamometer's limits, the free rotor."""

# ruff: noqa: FURB136, PLR0917 - min, max and keywords double the time of a step

from math import ceil, exp

from drivers.simulated.plants.hydrogen_engine.inputs import HydrogenEngineInputs, ShaftMode
from drivers.simulated.plants.hydrogen_engine.lag import limited_lag
from drivers.simulated.plants.hydrogen_engine.parameters import HydrogenEngineParameters
from drivers.simulated.plants.hydrogen_engine.state import HydrogenEngineState

_OFF = ShaftMode.OFF
_IDLE = ShaftMode.IDLE
_MOTOR = ShaftMode.MOTOR
_TORQUE_SPEED = ShaftMode.TORQUE_SPEED
_SPEED_THROTTLE = ShaftMode.SPEED_THROTTLE
_SETTLED_SPEED = 1e-5
_SETTLED_TORQUE = 1e-3
_UNLIMITED = 1e9

Shaft = tuple[float, float, float, float]
"""Speed and engine torque at the end of the step, and the means of both over the step."""


def is_free(inputs: HydrogenEngineInputs) -> bool:
    """Whether no dynamometer holds the rotor."""
    mode = inputs.mode
    return mode is _OFF or mode is _IDLE


def is_settled(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
) -> bool:
    """Whether a free rotor stands still, or idles, and will go on so."""
    if state.speed == 0.0:
        return not inputs.starter
    return (
        state.fired
        and abs(state.speed - parameters.idle_speed) < _SETTLED_SPEED
        and abs(state.engine_torque) < _SETTLED_TORQUE
    )


def demanded_torque(inputs: HydrogenEngineInputs, full_load: float, drag: float) -> float:
    """The brake torque the engine is asked for, N*m, between ``-drag`` and full load.

    In a free mode, a demand that is not positive leaves the engine to its idle governor.

    Args:
        inputs: Demands of the bench.
        full_load: Full-load torque at this speed and in this state of the engine, N*m.
        drag: Motoring torque at this speed and temperature, N*m.
    """
    mode = inputs.mode
    if mode is _MOTOR or mode is _IDLE:
        return -drag
    demand = inputs.torque_setpoint
    if mode is _SPEED_THROTTLE or mode is _OFF:
        by_pedal = min(1.0, max(0.0, inputs.pedal)) * (full_load + drag) - drag
        demand = by_pedal if mode is _SPEED_THROTTLE or demand < by_pedal else demand
    demand = demand if demand < full_load else full_load
    return demand if demand > -drag else -drag


def held_shaft(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    target: float,
    dt: float,
    *,
    firing: bool,
) -> Shaft:
    """One step with the dynamometer engaged.

    An engine that does not fire is driven at its speed setpoint in every one of these modes.

    Args:
        state: State before the step.
        inputs: Demands of the bench.
        parameters: Numbers of engine and dynamometer.
        target: Torque the engine heads for, N*m.
        dt: Time step, s.
        firing: Whether combustion is on.
    """
    torque_time = parameters.throttle_torque_time_constant
    speed_time = parameters.dyno_speed_time_constant
    if not firing:
        torque_time = parameters.fuel_cut_time_constant
    elif inputs.mode is _TORQUE_SPEED:
        torque_time = parameters.dyno_torque_time_constant
        speed_time = parameters.throttle_speed_time_constant
    torque, mean_torque = limited_lag(
        state.engine_torque, target, torque_time, parameters.torque_rise_limit, _UNLIMITED, dt
    )
    speed = state.speed
    inertia = parameters.rotor_inertia
    brake = parameters.dyno_absorbing_torque
    if speed * brake > parameters.dyno_absorbing_limit:
        brake = parameters.dyno_absorbing_limit / speed
    rise = (parameters.dyno_motoring_torque + mean_torque) / inertia
    fall = (brake - mean_torque) / inertia
    setpoint = inputs.speed_setpoint
    setpoint = setpoint if setpoint > 0.0 else 0.0
    new_speed, mean_speed = limited_lag(speed, setpoint, speed_time, rise, fall, dt)
    if new_speed <= 0.0:
        return 0.0, torque, max(0.0, mean_speed), mean_torque
    return new_speed, torque, mean_speed, mean_torque


def free_shaft(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    demand: float,
    friction: float,
    power_share: float,
    dt: float,
    *,
    firing: bool,
) -> Shaft:
    """One step with nobody holding the rotor: all torque accelerates it.

    Args:
        state: State before the step.
        inputs: Demands of the bench.
        parameters: Numbers of engine and dynamometer.
        demand: Torque the engine is asked for, N*m; the idle governor acts when not positive.
        friction: Motoring torque over the warm engine's, 1.
        power_share: Full-load torque available now, over the map's.
        dt: Time step, s.
        firing: Whether combustion is on.
    """
    speed = state.speed
    torque = state.engine_torque
    if is_settled(state, inputs, parameters) and (speed == 0.0 or (firing and demand <= 0.0)):
        return speed, 0.0, speed, 0.0
    count = ceil(dt / parameters.rotor_step)
    step = dt / count
    rise = 1.0 - exp(-step / parameters.throttle_torque_time_constant)
    cut = 1.0 - exp(-step / parameters.fuel_cut_time_constant)
    governor = parameters.rotor_inertia / parameters.idle_governor_time_constant
    at_speed = parameters.maps.at_speed
    speed_sum = torque_sum = 0.0
    for _ in range(count):
        full_load, drag, _ = at_speed(speed)
        drag *= friction
        target, approach = -drag, cut
        if firing and speed < parameters.overspeed_cut:
            wanted = demand if demand > 0.0 else governor * (parameters.idle_speed - speed)
            target = max(-drag, min(wanted, full_load * power_share, inputs.torque_limit))
            approach = rise
        change = (target - torque) * approach
        mean_torque = torque + 0.5 * change
        torque += change
        driving = mean_torque + _starter_torque(speed, inputs, parameters)
        new_speed = max(0.0, speed + driving * step / parameters.rotor_inertia)
        speed_sum += 0.5 * (speed + new_speed)
        torque_sum += mean_torque
        speed = new_speed
    if speed == 0.0:
        torque = 0.0
    return speed, torque, speed_sum / count, torque_sum / count


def _starter_torque(
    speed: float, inputs: HydrogenEngineInputs, parameters: HydrogenEngineParameters
) -> float:
    if not inputs.starter or speed >= parameters.starter_speed:
        return 0.0
    return parameters.starter_torque * (1.0 - speed / parameters.starter_speed)
