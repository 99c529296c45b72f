"""How long the engine may go on in one step until something moves notably.

All loops are solved exactly for constant inputs, but each sees the others as they were before the
step. So a long step is right where nothing moves much: what a trial second moves, decides.
"""

from __future__ import annotations

from math import inf

from drivers.simulated.plants.hydrogen_engine.inputs import UNDISTURBED, HydrogenEngineInputs
from drivers.simulated.plants.hydrogen_engine.parameters import HydrogenEngineParameters
from drivers.simulated.plants.hydrogen_engine.state import HydrogenEngineState
from drivers.simulated.plants.hydrogen_engine.step import advance

LONGEST = 600.0
"""However calm it is, s."""
_TRIAL = 1.0
"""s."""
_MAY_MOVE = (
    ("speed", 0.05),
    ("engine_torque", 0.5),
    ("rail_pressure", 1e3),
    ("fuel_temperature", 0.1),
    ("intake_temperature", 0.1),
    ("boost_pressure", 1e3),
    ("charge_air_temperature", 0.1),
    ("exhaust_temperature", 5.0),
    ("hydrogen_wet", 5e-6),
    ("crankcase_hydrogen", 2e-5),
    ("coolant_outlet_temperature", 0.5),
    ("oil_temperature", 0.5),
)
"""What may move by how much (SI) in one step: its other loops see no more than that late, and
between two rows nobody misses it."""


def calm_for(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
) -> float:
    """Return for how many seconds nothing moves notably; 0: something moves now."""
    has_gas = state.hood_hydrogen > 0.0 or state.room_hydrogen > 0.0
    if inputs.disturbances is not UNDISTURBED or inputs.purge or has_gas:
        return 0.0
    later = advance(state, inputs, parameters, _TRIAL)
    if later[_SWITCHES] != state[_SWITCHES] or later.fired is not state.fired:
        return 0.0
    longest = min(LONGEST, _until_exchange(state, later, parameters))
    for name, bound in _MAY_MOVE:
        moved = abs(getattr(later, name) - getattr(state, name))
        if moved * longest > bound * _TRIAL:
            longest = bound * _TRIAL / moved
    return longest


def _until_exchange(
    state: HydrogenEngineState,
    later: HydrogenEngineState,
    parameters: HydrogenEngineParameters,
) -> float:
    """Return in how many seconds the trailer is exchanged: the pressure jumps then."""
    fall = state.supply_pressure - later.supply_pressure
    if fall == 0.0:
        return inf
    left = (state.supply_pressure - parameters.trailer_exchange_pressure) / fall * _TRIAL
    return max(left - _TRIAL, 0.0)


_FIRST = HydrogenEngineState._fields.index("fuel_valve_open")
_SWITCHES = slice(_FIRST, _FIRST + 3)
