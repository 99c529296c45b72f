"""The simulated hydrogen engine on its dynamometer: pure, fast, and honest about its energy.

``advance(state, inputs, parameters, dt)`` gives the next state. Nothing here adds measurement
errors: a simulated instrument reads the truth from the state and adds its own.
"""

from drivers.simulated.plants.hydrogen_engine.initial import initial_state
from drivers.simulated.plants.hydrogen_engine.inputs import HydrogenEngineInputs, ShaftMode
from drivers.simulated.plants.hydrogen_engine.parameters import HydrogenEngineParameters
from drivers.simulated.plants.hydrogen_engine.state import HydrogenEngineState
from drivers.simulated.plants.hydrogen_engine.step import advance

__all__ = [
    "HydrogenEngineInputs",
    "HydrogenEngineParameters",
    "HydrogenEngineState",
    "ShaftMode",
    "advance",
    "initial_state",
]
