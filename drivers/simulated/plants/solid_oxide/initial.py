"""The state to begin with: cold under safety gas, or hot, reduced and at open circuit."""

from __future__ import annotations

from drivers.simulated.plants.solid_oxide.electrochemistry import Operating, losses_at
from drivers.simulated.plants.solid_oxide.inputs import SolidOxideInputs
from drivers.simulated.plants.solid_oxide.parameters import SolidOxideParameters
from drivers.simulated.plants.solid_oxide.state import SolidOxideState, Wear
from drivers.simulated.plants.solid_oxide.step import advance
from drivers.simulated.plants.solid_oxide.thermo import Atoms

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
    losses = losses_at(hot, added=0.0, electrolyte=10e-6, contact=5e-6)
    purge = p.safety_gas_orifice if inputs.safety_gas else 0.0
    preheated = room if not p.is_system else hot - 100.0 * warm
    state = SolidOxideState(
        *(0.0,) * 12,
        *(hot, hot, hot, hot, preheated, hot, hot, room, hot, room, 0.0),
        *(0.0, 0.0, 0.0, purge, 0.0, 0.0, 0.0, 0.0),
        *(inputs.ambient_pressure, inputs.ambient_pressure),
        *(p.supply_pressure, p.safety_gas_fill_pressure, inputs.ambient_pressure),
        inlet=Atoms(0.0, p.safety_gas_fraction, 0.0, 1.0 - p.safety_gas_fraction),
        electrons=0.0,
        hood_hydrogen=0.0,
        room_hydrogen=0.0,
        cell_methane=0.0,
        cell_carbon_monoxide=0.0,
        cell_oxygen=0.2095,
        ventilation_running=inputs.ventilation,
        fuel_valve_open=inputs.fuel_valve,
        wear=Wear(
            p.aging_age / 3600.0,
            *(0.0, 0.0, 0.0, 0.0),
            *(not warm, not warm, warm, False, False, False),
            *(0, 0, 0, 0, 0),
            0.0,
        ),
        added=0.0,
        operating=Operating(1.0, 1.0, 1.0, 0.0, 0.0, 1.0),
        losses=losses,
        solved_for=(0.0,) * 10,
        failing=(0.0, 0.0, 0.0),
    )
    return advance(state, inputs, parameters, 1e-3)
