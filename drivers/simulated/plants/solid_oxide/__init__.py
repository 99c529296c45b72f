"""Simulated solid oxide cells: a 100 kW system, or a short stack in its furnace; pure and fast.

``advance(state, inputs, parameters, dt)`` gives the next state. Nothing here adds measurement
errors: a simulated instrument reads the truth from the state and adds its own.
"""

from drivers.simulated.plants.solid_oxide.initial import initial_state
from drivers.simulated.plants.solid_oxide.inputs import SolidOxideInputs
from drivers.simulated.plants.solid_oxide.parameters import SHORT_STACK, SolidOxideParameters
from drivers.simulated.plants.solid_oxide.state import SolidOxideState, Wear
from drivers.simulated.plants.solid_oxide.step import advance

__all__ = [
    "SHORT_STACK",
    "SolidOxideInputs",
    "SolidOxideParameters",
    "SolidOxideState",
    "Wear",
    "advance",
    "initial_state",
]
