"""One step of the simulated solid oxide cells: gas, current, heat and wear, one after the other."""

from __future__ import annotations

from math import asinh, ceil
from typing import NamedTuple

from drivers.simulated.plants.solid_oxide.aging import Exposure, added_resistance, wear_step
from drivers.simulated.plants.solid_oxide.electrochemistry import (
    Losses,
    Operating,
    losses_at,
    operate,
    outlet_potential,
)
from drivers.simulated.plants.solid_oxide.gas import (
    STILL,
    Feed,
    at_inlet,
    cell_gas,
    electrons_of,
    feed_step,
    fresh_atoms,
    mixed,
    room_step,
)
from drivers.simulated.plants.solid_oxide.heat import Sources, Temperatures, heat_step
from drivers.simulated.plants.solid_oxide.inputs import SolidOxideInputs
from drivers.simulated.plants.solid_oxide.parameters import SolidOxideParameters
from drivers.simulated.plants.solid_oxide.power import auxiliary_power, inverter_output
from drivers.simulated.plants.solid_oxide.state import SolidOxideState
from drivers.simulated.plants.solid_oxide.thermo import (
    FARADAY,
    HYDROGEN_HEATING_VALUE,
    METHANE_HEATING_VALUE,
    OXYGEN_IN_AIR,
    Atoms,
    nickel_oxidation_potential,
)

LONGEST = 10.0
"""Longest internal step while something moves, s."""
LONGEST_AT_REST = 60.0
"""Longest internal step while the stack neither warms nor cools, s."""

_AT_REST = 0.05  # K in the longest step

_USABLE = 0.995  # share of the fuel that can be used before nickel gives its oxygen
_BREATHED = 0.9  # share of the oxygen in the air that can be used
_REDUCING = 0.003  # mole fraction below which an anode is not kept reducing
_DEAD, _ALIVE = 523.15, 623.15  # K between which the electrolyte begins to conduct
_METHANE_ELECTRONS = 8.0


_state_of = SolidOxideState._make


class Drawn(NamedTuple):
    """What the cells give in a step."""

    density: float
    """A/m2."""
    starved: float
    """Current demanded above what fuel and air allow, relative, 1."""
    utilisation: float
    """Of the fuel fed, 1."""
    breathed: float
    """Utilisation of oxygen, 1."""


class Solution(NamedTuple):
    """The cell's operating point, and what it was found for."""

    operating: Operating
    losses: Losses
    solved_for: tuple[float, ...]
    voltage: float
    """With what starvation, cold and oxidised nickel do to it, V."""
    anode_potential: float
    """Lowest local one against air, V."""


def advance(
    state: SolidOxideState, inputs: SolidOxideInputs, parameters: SolidOxideParameters, dt: float
) -> SolidOxideState:
    """Return the state ``dt`` seconds later, in internal steps short enough for what moves."""
    if dt <= LONGEST:
        return _advanced(state, inputs, parameters, dt)
    is_at_rest = abs(state.heating_rate) * LONGEST_AT_REST < _AT_REST
    count = ceil(dt / (LONGEST_AT_REST if is_at_rest else LONGEST))
    for _ in range(count):
        state = _advanced(state, inputs, parameters, dt / count)
    return state


def _advanced(
    state: SolidOxideState, inputs: SolidOxideInputs, parameters: SolidOxideParameters, dt: float
) -> SolidOxideState:
    p, wrong = parameters, inputs.disturbances
    if wrong.ambient_rise:
        warmer = inputs.ambient_temperature + wrong.ambient_rise
        inputs = inputs._replace(ambient_temperature=warmer)
    feed = feed_step(state, inputs, p, dt)
    fresh = fresh_atoms(feed, p)
    electrons = electrons_of(fresh)
    drawn = _drawn(state, inputs, p, feed, electrons)
    transport = drawn.density * p.area / (2.0 * FARADAY)
    entering = at_inlet(fresh, feed.recycle, transport)
    composition = mixed(state.inlet, entering, p, dt)
    flow = entering.carbon + entering.hydrogen + entering.inert
    pressures = _pressures(inputs, p, feed, flow)
    solution = _solution(state, p, composition, (flow, feed.air, pressures[1]), drawn)
    power = drawn.density * p.area * solution.voltage
    fuel_power = feed.fuel * METHANE_HEATING_VALUE * p.fuel_electrons / _METHANE_ELECTRONS
    safety = (feed.safety + feed.purge) * p.safety_gas_fraction
    fuel_power += (feed.hydrogen + safety) * HYDROGEN_HEATING_VALUE
    used = drawn.utilisation * fuel_power
    burning = inputs.burner and wrong.burns
    unburnt = fuel_power - used if burning else 0.0
    warmth = heat_step(state, inputs, p, Sources(feed.air, flow, used - power, unburnt), dt)
    per_cell = feed.fuel / p.cells
    ratio = entering.oxygen / entering.carbon if entering.carbon > STILL else 0.0
    exposure = Exposure(
        state.stack_temperature,
        drawn.density,
        solution.anode_potential,
        flow > 1e-5 * p.rated_anode_flow,
        per_cell,
        ratio,
        state.fuel_valve_open and not inputs.fuel_valve,
        warmth.rate,
        warmth.outlet - warmth.air_inlet if flow + feed.air > 0.1 * p.rated_air_flow else 0.0,
    )
    wear = wear_step(state.wear, exposure, p, dt)
    terminal = p.strings * p.active_area * drawn.density
    voltage = p.cells / p.strings * solution.voltage
    ac_power = inverter_output(p, power, is_connected=inputs.load_contactor)
    per_pass = drawn.utilisation * (1.0 - feed.recycle)
    per_pass /= 1.0 - feed.recycle * drawn.utilisation
    return _state_of(
        (
            voltage,
            terminal,
            power,
            ac_power,
            auxiliary_power(p, feed, warmth.heater, inputs.ambient_temperature),
            p.ripple_share * terminal if p.is_system else 0.0,
            solution.voltage,
            drawn.density,
            drawn.utilisation,
            per_pass,
            drawn.breathed,
            ratio,
            *_shown(warmth, inputs),
            *feed[:8],
            *pressures,
            feed.supply_pressure,
            feed.safety_pressure,
            inputs.ambient_pressure,
            composition,
            electrons,
            *room_step(state, inputs, p, feed, dt),
            inputs.ventilation and wrong.ventilates,
            inputs.fuel_valve,
            wear,
            solution.solved_for[2],
            solution.operating,
            solution.losses,
            solution.solved_for,
            (float(wrong.failing_group), wrong.failing_resistance, wrong.failing_fuel),
        )
    )


def _shown(warmth: Temperatures, inputs: SolidOxideInputs) -> tuple[float, ...]:
    return (*warmth[:9], inputs.ambient_temperature, warmth.rate)


def _drawn(
    state: SolidOxideState,
    inputs: SolidOxideInputs,
    parameters: SolidOxideParameters,
    feed: Feed,
    electrons: float,
) -> Drawn:
    """Return the current that fuel and air can feed of what the load demands."""
    p = parameters
    wished = 0.0
    if inputs.load_contactor and inputs.load_current > 0.0 and state.stack_temperature > _DEAD:
        wished = inputs.load_current / (p.strings * p.active_area)
    if wished <= 0.0:
        return Drawn(0.0, 0.0, 0.0, 0.0)
    oxygen = 4.0 * OXYGEN_IN_AIR * feed.air
    fed = _USABLE * electrons * FARADAY / p.area - p.leak
    limit = max(0.0, min(fed, _BREATHED * oxygen * FARADAY / p.area))
    density = min(wished, limit)
    current = density * p.area / FARADAY
    return Drawn(
        density,
        wished / limit - 1.0 if 0.0 < limit < wished else float(limit <= 0.0),
        current / electrons if electrons > 0.0 else 0.0,
        current / oxygen if oxygen > 0.0 else 0.0,
    )


def _pressures(
    inputs: SolidOxideInputs, parameters: SolidOxideParameters, feed: Feed, flow: float
) -> tuple[float, float]:
    """Return the pressure of anode and cathode, Pa."""
    p, room = parameters, inputs.ambient_pressure
    return (
        room + p.anode_pressure_rise * flow / p.rated_anode_flow,
        room + p.cathode_pressure_rise * feed.air / p.rated_air_flow,
    )


def _solution(
    state: SolidOxideState,
    parameters: SolidOxideParameters,
    composition: Atoms,
    flows: tuple[float, float, float],
    drawn: Drawn,
) -> Solution:
    """Return the operating point; that of the step before where nothing moved notably."""
    p, temperature, flow = parameters, state.stack_temperature, flows[0]
    added = added_resistance(p, state.wear)
    wanted = (temperature, drawn.density, added, *flows, *composition)
    gas = cell_gas(p, composition, flows, drawn.density)
    if _is_near(wanted, state.solved_for):
        operating, losses, wanted = state.operating, state.losses, state.solved_for
    else:
        losses = losses_at(
            temperature,
            added=added,
            electrolyte=p.electrolyte_thickness,
            contact=p.contact_resistance,
        )
        operating = operate(gas, drawn.density, temperature, losses)
    lack = state.failing[2]
    outlet = operating.outlet
    if lack > 0.0 and drawn.density > 0.0:
        starving = gas._replace(transport=gas.transport / (1.0 - lack))
        outlet = outlet_potential(starving, temperature, losses)
    nickel = nickel_oxidation_potential(temperature)
    reducing = 0.5 * electrons_of(gas.inlet) - gas.transport
    reducing /= flow if flow > STILL else 1.0
    kept = min(1.0, max(0.0, reducing / _REDUCING))
    voltage = operating.voltage
    if kept < 1.0:
        voltage = kept * voltage + (1.0 - kept) * nickel * (1.0 - state.wear.nickel_oxide)
        outlet = kept * outlet + (1.0 - kept) * (nickel - 0.05)
    if temperature < _ALIVE:
        voltage *= max(0.0, (temperature - _DEAD) / (_ALIVE - _DEAD))
    if drawn.starved > 0.0:
        voltage = max(0.05, voltage * (1.0 - 2.0 * drawn.starved))
        outlet = min(outlet, nickel - 0.1)
    anode = 0.5 * losses.slope * asinh(drawn.density / losses.exchange)
    return Solution(operating, losses, wanted, voltage, outlet - anode)


_WARMER, _DENSER, _MORE = 0.01, 0.05, 1e-9  # K, A/m2, ohm m2
_RELATIVE = 2e-5


def _is_near(wanted: tuple[float, ...], solved: tuple[float, ...]) -> bool:
    """Return whether a solution still holds, to some microvolts."""
    if not (
        -_WARMER < wanted[0] - solved[0] < _WARMER
        and -_DENSER < wanted[1] - solved[1] < _DENSER
        and -_MORE < wanted[2] - solved[2] < _MORE
    ):
        return False
    for new, old in zip(wanted[3:], solved[3:], strict=True):
        near = _RELATIVE * (new + 0.01)
        if not -near <= new - old <= near:
            return False
    return True
