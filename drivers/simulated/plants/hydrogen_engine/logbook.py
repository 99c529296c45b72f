"""What the simulated engine's own log shows, and what it counts."""

from __future__ import annotations

import operator

from drivers.simulated.plant import Logged
from drivers.simulated.plants.hydrogen_engine.inputs import HydrogenEngineInputs
from drivers.simulated.plants.hydrogen_engine.state import HydrogenEngineState

_RUNNING = 31.4159  # 300 rpm in rad/s: below idle, above cranking
_SHOWN = (
    "speed",
    "shaft_torque",
    "brake_power",
    "fired",
    "fuel_flow_meter",
    "hydrogen_metered_total",
    "rail_pressure",
    "supply_pressure",
    "coolant_outlet_temperature",
    "oil_temperature",
    "hood_hydrogen",
    "room_hydrogen",
)
_SWITCHES = ("fuel_valve", "ignition", "injection", "starter", "purge", "ventilation", "mode")


def _is_running(state: HydrogenEngineState) -> bool:
    return state.speed > _RUNNING


def _switches(inputs: HydrogenEngineInputs) -> tuple[object, ...]:
    return (
        int(inputs.fuel_valve),
        int(inputs.ignition),
        int(inputs.injection),
        int(inputs.starter),
        int(inputs.purge),
        int(inputs.ventilation),
        inputs.mode.value,
    )


LOGGED = Logged(
    shown={name: operator.attrgetter(name) for name in _SHOWN},
    switch_names=_SWITCHES,
    switches=_switches,
    is_running=_is_running,
    is_started=operator.attrgetter("injection"),
    power=operator.attrgetter("brake_power"),
)
"""Running above 300 rpm; a start is injection switched on; energy is brake work."""
