"""How long the cells may go on in one step until something moves notably."""

from __future__ import annotations

from drivers.simulated.plants.solid_oxide.inputs import SolidOxideInputs
from drivers.simulated.plants.solid_oxide.parameters import SolidOxideParameters
from drivers.simulated.plants.solid_oxide.state import SolidOxideState

LONGEST = 600.0
"""However calm it is, s."""

_WARMING = 0.25  # K in one step
_SETTLED = 2e-3
_AIR_SETTLED = 5e-3  # what a blower that regulates does from time to time: 0.1 mV of a cell


def calm_for(
    state: SolidOxideState, inputs: SolidOxideInputs, parameters: SolidOxideParameters
) -> float:
    """Return for how many seconds nothing moves notably; 0: something moves now."""
    if not _is_settled(state, inputs, parameters):
        return 0.0
    rate = abs(state.heating_rate)
    return min(LONGEST, _WARMING / rate) if rate > 0.0 else LONGEST


def _is_settled(
    state: SolidOxideState, inputs: SolidOxideInputs, parameters: SolidOxideParameters
) -> bool:
    p, wrong, wear = parameters, inputs.disturbances, state.wear
    is_damaged = wear.nickel_oxide > 0.0 or wear.carbon > 0.0
    has_leak = state.hood_hydrogen > 0.0 or state.room_hydrogen > 0.0 or wrong.leak_fuel > 0.0
    if is_damaged or has_leak or inputs.fuel_valve != state.fuel_valve_open:
        return False
    drawn = inputs.load_current if inputs.load_contactor else 0.0
    is_open = inputs.fuel_valve
    pairs = (
        (state.dc_current, drawn),
        (state.fuel_flow, inputs.fuel_flow * wrong.fuel_left if is_open else 0.0),
        (state.hydrogen_flow, inputs.hydrogen_flow * wrong.fuel_left if is_open else 0.0),
        (state.safety_gas_flow, inputs.safety_gas_flow * wrong.safety_gas_left),
        (
            state.purge_flow,
            p.safety_gas_orifice * wrong.safety_gas_left if inputs.safety_gas else 0.0,
        ),
        (state.nitrogen_flow, inputs.nitrogen_flow),
        (state.steam_flow, inputs.steam_flow * wrong.steam_left),
        (
            state.recycle_ratio,
            min(max(inputs.recycle_ratio, 0.0), 0.8) if p.is_system and wrong.recycles else 0.0,
        ),
    )
    air = inputs.air_flow * wrong.air_left
    if abs(state.air_flow - air) > _AIR_SETTLED * air + 1e-7:
        return False
    return all(abs(now - then) <= _SETTLED * abs(then) + 1e-7 for now, then in pairs)
