"""The state to begin with: cold under safety gas, or hot, reduced and at open circuit."""

from __future__ import annotations

from typing import Any

from drivers.simulated.plants.solid_oxide.electrochemistry import Operating, losses_at
from drivers.simulated.plants.solid_oxide.inputs import SolidOxideInputs
from drivers.simulated.plants.solid_oxide.parameters import SolidOxideParameters
from drivers.simulated.plants.solid_oxide.state import NEW, SolidOxideState
from drivers.simulated.plants.solid_oxide.step import advance
from drivers.simulated.plants.solid_oxide.thermo import Atoms

_AS_STACK = (
    "stack_temperature",
    "stack_hottest",
    "stack_outlet_temperature",
    "air_inlet_temperature",
    "reformer_temperature",
    "burner_temperature",
    "furnace_temperature",
)
WARM = 1023.15
"""Temperature of a plant that begins warm, K."""


def initial_state(
    parameters: SolidOxideParameters, inputs: SolidOxideInputs, *, warm: bool
) -> SolidOxideState:
    """Return the state to begin with.

    Args:
        parameters: The plant.
        inputs: Surroundings, and what is demanded at first.
        warm: Whether it begins at 750 degC, in furnace or hot box of the same temperature.
    """
    p, room = parameters, inputs.ambient_temperature
    hot = WARM if warm else room
    preheated = room if not p.is_system else hot - 100.0 * warm
    truths: dict[str, Any] = dict.fromkeys(SolidOxideState._fields, 0.0)
    truths |= {
        **dict.fromkeys(_AS_STACK, hot),
        "recuperator_temperature": preheated,
        "exhaust_temperature": room,
        "ambient_temperature": room,
        "purge_flow": p.safety_gas_orifice if inputs.safety_gas else 0.0,
        "anode_pressure": inputs.ambient_pressure,
        "cathode_pressure": inputs.ambient_pressure,
        "supply_pressure": p.supply_pressure,
        "safety_gas_pressure": p.safety_gas_fill_pressure,
        "ambient_pressure": inputs.ambient_pressure,
        "inlet": Atoms(0.0, p.safety_gas_fraction, 0.0, 1.0 - p.safety_gas_fraction),
        "cell_oxygen": 0.2095,
        "ventilation_running": inputs.ventilation,
        "fuel_valve_open": inputs.fuel_valve,
        "wear": NEW._replace(hours=p.aging_age / 3600.0, was_hot=warm),
        "operating": Operating(1.0, 1.0, 1.0, 0.0, 0.0, 1.0),
        "losses": losses_at(hot, added=0.0, electrolyte=10e-6, contact=5e-6),
        "solved_for": (0.0,) * 10,
        "failing": (0.0, 0.0, 0.0),
    }
    return advance(SolidOxideState(**truths), inputs, parameters, 1e-3)
