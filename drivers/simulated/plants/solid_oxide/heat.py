"""Temperatures: stack and hot box as two masses, and what air and burner do in between."""

from __future__ import annotations

from typing import NamedTuple

from drivers.simulated.plants.solid_oxide.inputs import SolidOxideInputs
from drivers.simulated.plants.solid_oxide.parameters import SolidOxideParameters
from drivers.simulated.plants.solid_oxide.state import SolidOxideState

AIR_HEAT_CAPACITY = 32.5
"""Of hot air, J/(mol K)."""
ANODE_HEAT_CAPACITY = 38.0
"""Of hot anode gas, J/(mol K)."""
GRADIENT = 1.25
"""Warming of the air along the stack over that to its mean temperature, 1."""

_HOT_SPOT = 0.10  # of the warming of the air, above its outlet
_SMOOTHING = 60.0
_BURNT = 0.95
_HOTTEST_BURNER = 1573.15  # K: beyond, its control takes air from elsewhere
_LIGHT_OFF = 500.0  # K: a catalytic burner burns from here on


class Sources(NamedTuple):
    """Flows (mol/s) and heats (W) that decide the temperatures."""

    air: float
    anode: float
    """Gas at the anode inlet."""
    cells: float
    """Heat set free in the cells."""
    burner: float
    """What the burner gets."""


class Temperatures(NamedTuple):
    """Temperatures, K, and rate, K/s; as the state has them."""

    stack: float
    hottest: float
    outlet: float
    air_inlet: float
    recuperator: float
    reformer: float
    burner: float
    exhaust: float
    furnace: float
    rate: float
    heater: float
    """Heat of the heater, W."""


def heat_step(
    state: SolidOxideState,
    inputs: SolidOxideInputs,
    parameters: SolidOxideParameters,
    sources: Sources,
    dt: float,
) -> Temperatures:
    """Return the temperatures after ``dt`` seconds, by implicit Euler.

    Args:
        state: Before.
        inputs: Heater and surroundings.
        parameters: Masses and exchange.
        sources: Flows and heats.
        dt: Time step, s.
    """
    p, room = parameters, inputs.ambient_temperature
    air, anode, cells, _ = sources
    carried = AIR_HEAT_CAPACITY * air + (0.0 if p.is_system else ANODE_HEAT_CAPACITY * anode)
    heater = _heater(state, inputs, p)
    share, cold = p.air_preheating_share, state.recuperator_temperature
    cooled = GRADIENT * carried
    # stack: mass/dt (T - before) = Q + exchange (Tb - T) - cooled (T - air inlet)
    mass, box_mass = p.stack_heat_capacity / dt, p.furnace_heat_capacity / dt
    a11 = mass + p.furnace_exchange + cooled
    a12 = p.furnace_exchange + cooled * share
    b1 = mass * state.stack_temperature + cells + cooled * (1.0 - share) * cold
    a22 = box_mass + p.furnace_exchange + p.furnace_loss + carried * share
    a21 = p.furnace_exchange
    b2 = box_mass * state.furnace_temperature + heater + p.furnace_loss * room
    b2 += carried * share * cold
    determinant = a11 * a22 - a12 * a21
    stack = (b1 * a22 + a12 * b2) / determinant
    box = (a11 * b2 + a21 * b1) / determinant
    inlet = cold + share * (box - cold)
    outlet = inlet + GRADIENT * (stack - inlet)
    rate = (stack - state.stack_temperature) / dt
    smoothed = state.heating_rate + (rate - state.heating_rate) * dt / (_SMOOTHING + dt)
    spot = _HOT_SPOT * (outlet - inlet) if outlet > inlet else 0.0
    behind = _behind(state, p, sources, (outlet, room), dt)
    return Temperatures(
        stack,
        max(outlet, stack, inlet) + spot,
        outlet,
        inlet,
        *behind,
        box,
        smoothed,
        heater,
    )


def _heater(
    state: SolidOxideState, inputs: SolidOxideInputs, parameters: SolidOxideParameters
) -> float:
    if not (inputs.heater and inputs.disturbances.heats):
        return 0.0
    if state.furnace_temperature > parameters.heater_cut_temperature:
        return 0.0
    return min(max(inputs.heater_power, 0.0), parameters.heater_power_limit)


def _behind(
    state: SolidOxideState,
    parameters: SolidOxideParameters,
    sources: Sources,
    around: tuple[float, float],
    dt: float,
) -> tuple[float, float, float, float]:
    """Return recuperator outlet, reformer, burner and exhaust, K, from stack outlet and room."""
    p, (outlet, room) = parameters, around
    air, anode, _, power = sources
    if not p.is_system:
        exhaust = room + 0.1 * (outlet - room)
        return room, state.furnace_temperature, outlet, exhaust
    carried = AIR_HEAT_CAPACITY * air + ANODE_HEAT_CAPACITY * 0.4 * anode + 25.0
    lit = _BURNT * power if state.burner_temperature > _LIGHT_OFF else 0.0
    hot = min(outlet + lit / carried, _HOTTEST_BURNER)
    burner = _lagged(state.burner_temperature, hot, p.burner_time, dt)
    relative = max(air / p.rated_air_flow, 0.02)
    units = p.recuperator_units * relative**-0.35
    reached = units / (1.0 + units)
    recuperator = room + reached * (state.burner_temperature - room)
    recuperator = min(recuperator, p.recuperator_limit)
    recuperator = _lagged(state.recuperator_temperature, recuperator, p.recuperator_time, dt)
    gone = burner - reached * (burner - room)
    exhaust = _lagged(state.exhaust_temperature, gone, p.exhaust_time, dt)
    # reforming takes 120 K from the gas at 67 umol/s of methane for each cell (0.3 A/cm2, Uf 0.85)
    cooled = min(120.0, 120.0 * state.fuel_flow / (67e-6 * p.cells))
    reformer = _lagged(state.reformer_temperature, outlet - cooled, p.reformer_time, dt)
    return recuperator, reformer, burner, exhaust


def _lagged(value: float, target: float, time: float, dt: float) -> float:
    return value + (target - value) * dt / (time + dt)
