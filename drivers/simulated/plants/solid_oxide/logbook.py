"""What the simulated cells' own log shows, and what it counts."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from drivers.simulated.plant import Logged
from drivers.simulated.plants.solid_oxide.inputs import SolidOxideInputs
from drivers.simulated.plants.solid_oxide.state import SolidOxideState

EVENTS = (
    "thermal_cycles",
    "redox_events",
    "emergency_stops",
    "carbon_events",
    "thermal_shocks",
)
"""What is counted of damage."""

_LOADED = 300.0
_SHOWN = (
    "dc_voltage",
    "dc_current",
    "ac_power",
    "cell_voltage",
    "stack_temperature",
    "furnace_temperature",
    "fuel_utilisation",
    "oxygen_to_carbon",
    "fuel_flow",
    "hydrogen_flow",
    "air_flow",
    "hood_hydrogen",
    "added",
)
_SWITCHES = ("load_contactor", "fuel_valve", "heater", "safety_gas", "ventilation", "burner")


def _is_running(state: SolidOxideState) -> bool:
    return state.current_density > _LOADED


def _switches(inputs: SolidOxideInputs) -> tuple[object, ...]:
    return tuple(int(getattr(inputs, name)) for name in _SWITCHES)


def _shown() -> dict[str, Callable[[Any], float]]:
    shown: dict[str, Callable[[Any], float]] = {name: operator.attrgetter(name) for name in _SHOWN}
    worn = ("hours", "reversible", "steps", "nickel_oxide", "carbon", *EVENTS)
    shown |= {name: operator.attrgetter(f"wear.{name}") for name in worn}
    return shown


LOGGED = Logged(
    shown=_shown(),
    switch_names=_SWITCHES,
    switches=_switches,
    is_running=_is_running,
    is_started=operator.attrgetter("load_contactor"),
    power=operator.attrgetter("dc_power"),
)
"""Running above 0.03 A/cm2; a start is the contactor closed; energy is that at the terminals."""
