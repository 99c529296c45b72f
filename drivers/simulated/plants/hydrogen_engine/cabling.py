"""How the simulated cell is cabled to the hydrogen engine: quantities, actuators, settings."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.errors import ConfigError, did_you_mean
from drivers.simulated.cycles import CycleModel
from drivers.simulated.plant import FaultValues, Logged
from drivers.simulated.plants.hydrogen_engine import services
from drivers.simulated.plants.hydrogen_engine.aftertreatment import tailpipe_nox
from drivers.simulated.plants.hydrogen_engine.calmness import calm_for
from drivers.simulated.plants.hydrogen_engine.cycle_conditions import engine_cycles
from drivers.simulated.plants.hydrogen_engine.disturbances import KINDS, disturbances_of
from drivers.simulated.plants.hydrogen_engine.initial import initial_state
from drivers.simulated.plants.hydrogen_engine.inputs import (
    UNDISTURBED,
    HydrogenEngineInputs,
    ShaftMode,
)
from drivers.simulated.plants.hydrogen_engine.logbook import LOGGED
from drivers.simulated.plants.hydrogen_engine.parameters import HydrogenEngineParameters
from drivers.simulated.plants.hydrogen_engine.state import HydrogenEngineState
from drivers.simulated.plants.hydrogen_engine.step import advance

MODES = (
    ShaftMode.OFF,
    ShaftMode.SPEED_TORQUE,
    ShaftMode.TORQUE_SPEED,
    ShaftMode.SPEED_THROTTLE,
    ShaftMode.IDLE,
    ShaftMode.MOTOR,
)
"""Control modes by the number on the wire between test-bed controller and shaft."""

_SPECIES = {
    "N2": "nitrogen_fraction",
    "O2": "oxygen_fraction",
    "H2O": "water_fraction",
    "Ar": "argon_fraction",
    "He": "helium_fraction",
    "CH4": "methane_fraction",
    "CO": "carbon_monoxide_fraction",
    "CO2": "carbon_dioxide_fraction",
}
_SWITCHES = {
    "fuel_valve": "fuel_valve",
    "ignition": "ignition",
    "injection": "injection",
    "starter": "starter",
    "nitrogen_purge": "purge",
    "ventilation": "ventilation",
}
_NUMBERS = (
    "speed_setpoint",
    "torque_setpoint",
    "pedal",
    "coolant_setpoint",
    "oil_setpoint",
    "charge_air_setpoint",
    "intake_air_setpoint",
    "ambient_temperature",
    "ambient_pressure",
    "relative_humidity",
)
_OTHERS = ("mode", "torque_limit", "coolant_pump")
_NO_SETTINGS = frozenset({*_SWITCHES.values(), "mode", "disturbances"})
_CELL = {
    "cell_carbon_monoxide": 0.0,
    "cell_methane": 0.0,
    "cell_oxygen": 0.2095,
    "ups_charge": 1.0,
    "nitrogen_pressure": 150e5,
}
"""What in the cell does not depend on the engine (SI): it burns no carbon, and the bottle of
nitrogen is exchanged in time."""
_WARM = "warm"
"""Setting that begins with a warm engine (1) instead of a cold one (0)."""
_READ = tuple(name for name in HydrogenEngineState._fields if name != "ageing")
"""What a sensor can read off a state as it is."""


class HydrogenEnginePlant:
    """One simulated hydrogen engine; a `PlantInstance`."""

    def __init__(
        self,
        parameters: HydrogenEngineParameters,
        inputs: HydrogenEngineInputs,
        age: Mapping[str, float],
        *,
        warm: bool,
    ) -> None:
        """Take numbers, inputs to begin with, and settings of which `services` knows some."""
        self.parameters = parameters
        self.inputs = inputs
        new = initial_state(parameters, warm=warm)
        ageing = services.opened(age, parameters, new.coolant_outlet_temperature)
        self.state = new._replace(ageing=ageing)
        self._judged: tuple[Any, Any, float] = (None, None, 0.0)
        """State and inputs that were judged last, and for how long they are calm, s."""

    def advance(
        self, state: HydrogenEngineState, inputs: HydrogenEngineInputs, dt: float
    ) -> HydrogenEngineState:
        """Return the state ``dt`` seconds later."""
        return advance(state, inputs, self.parameters, dt)

    def quantity(self, name: str) -> Callable[[Any], float]:
        """Return what reads a quantity (SI) off a state.

        Raises:
            ConfigError: no such quantity.
        """
        derived: dict[str, Callable[[HydrogenEngineState], float]] = {
            "torque_fraction": lambda state: state.engine_torque / self.parameters.peak_torque,
            "reference_torque": lambda _: self.parameters.peak_torque,
            "moist_air_flow": _moist_air_flow,
            "grid_voltage": lambda _: 230.0,
            "oil_mass": lambda state: state.ageing.oil_mass,
            "nox_tailpipe": lambda state: tailpipe_nox(state, self.parameters),
            "ventilation_running": lambda state: float(state.ventilation_on),
            **{name: lambda _, value=value: value for name, value in _CELL.items()},
        }
        if name in derived:
            return derived[name]
        if name in _READ:
            return operator.itemgetter(HydrogenEngineState._fields.index(name))
        raise _unknown("simulated.no-quantity", name, [*_READ, *derived])

    def profile(self, name: str) -> Callable[[Any], NDArray[np.float64]]:
        """Return nothing: an engine has no profiles.

        Raises:
            ConfigError: always.
        """
        raise _unknown("simulated.no-profile", name, ())

    def response(self, name: str) -> Callable[[Any, float], complex]:
        """Return nothing: an engine is not excited by sines.

        Raises:
            ConfigError: always.
        """
        raise _unknown("simulated.no-response", name, ())

    def cycles(self, name: str) -> CycleModel:
        """Return the working cycles of a cylinder.

        Raises:
            ConfigError: no such cycles.
        """
        if name != "cylinder_pressure":
            raise _unknown("simulated.no-cycles", name, ("cylinder_pressure",))
        return engine_cycles(self.parameters)

    def calm(self, state: HydrogenEngineState, inputs: HydrogenEngineInputs) -> float:
        """Return for how many seconds nothing moves notably; 0: something moves now."""
        if state is not self._judged[0] or inputs is not self._judged[1]:
            self._judged = (state, inputs, calm_for(state, inputs, self.parameters))
        return self._judged[2]

    def memory(self, state: HydrogenEngineState) -> Mapping[str, float]:
        """Return the settings with which an engine opened later goes on ageing."""
        return services.memory_of(state)

    def actuators(self) -> Sequence[str]:
        """Return the names of what can be acted on."""
        return (*_SWITCHES, *_NUMBERS, *_OTHERS)

    def actuated(
        self, inputs: HydrogenEngineInputs, name: str, value: float
    ) -> HydrogenEngineInputs:
        """Return the inputs with one of them changed (SI; booleans as 0 and 1)."""
        if name in _SWITCHES:
            return inputs._replace(**{_SWITCHES[name]: value > 0.5})
        if name in _NUMBERS:
            return inputs._replace(**{name: value})
        if name == "mode":
            return inputs._replace(mode=MODES[round(value)])
        if name == "torque_limit":
            return inputs._replace(torque_limit=value * self.parameters.peak_torque)
        return inputs  # coolant_pump: driven by the engine's belt in this cell

    def faults(self) -> Sequence[str]:
        """Return the kinds of fault it can suffer."""
        return KINDS

    def logged(self) -> Logged:
        """Return what its own log shows."""
        return LOGGED

    def disturbed(
        self, inputs: HydrogenEngineInputs, faults: Mapping[str, FaultValues]
    ) -> HydrogenEngineInputs:
        """Return the inputs with these faults, by kind, and no others."""
        wrong = disturbances_of(faults) if faults else UNDISTURBED
        return inputs._replace(disturbances=wrong)


class HydrogenEngineModel:
    """The hydrogen engine as a kind of plant."""

    def open(
        self, settings: Mapping[str, float], impurities: Mapping[str, float]
    ) -> HydrogenEnginePlant:
        """Return a plant; see `PlantModel.open`."""
        numbers = {field.name for field in fields(HydrogenEngineParameters)}
        inputs = HydrogenEngineInputs()
        parameters: dict[str, float] = dict.fromkeys(_SPECIES.values(), 0.0)
        for species, fraction in impurities.items():
            if species not in _SPECIES:
                raise _unknown("simulated.no-species", species, _SPECIES)
            parameters[_SPECIES[species]] = fraction
        for name, value in settings.items():
            if name in numbers:
                parameters[name] = value
            elif name in HydrogenEngineInputs._fields and name not in _NO_SETTINGS:
                inputs = inputs._replace(**{name: value})
            elif name != _WARM and name not in services.SETTINGS:
                known = [*numbers, *HydrogenEngineInputs._fields, *services.SETTINGS, _WARM]
                raise _unknown("simulated.no-parameter", name, known)
        try:
            made = HydrogenEngineParameters(**parameters)
            return HydrogenEnginePlant(made, inputs, settings, warm=settings.get(_WARM, 0.0) > 0.5)
        except ValueError as error:
            raise ConfigError("simulated.bad-parameter", reason=str(error)) from error


MODEL = HydrogenEngineModel()
"""What the entry point names."""


def _moist_air_flow(state: HydrogenEngineState) -> float:
    """Return what an air meter sees, kg/s: the engine's dry air with the water it carries."""
    water = state.intake_water_fraction
    return state.air_flow * (1.0 + 18.01528 / 28.9647 * water / (1.0 - water))


def _unknown(message_id: str, name: str, known: Iterable[str]) -> ConfigError:
    return ConfigError(message_id, name=name, hint=did_you_mean(name, known))
