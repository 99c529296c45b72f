"""How the simulated cell is cabled to solid oxide cells: quantities, actuators, settings."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.errors import ConfigError, did_you_mean
from drivers.simulated.cycles import CycleModel
from drivers.simulated.plant import FaultValues, Logged
from drivers.simulated.plants.solid_oxide.calmness import calm_for
from drivers.simulated.plants.solid_oxide.disturbances import KINDS, disturbances_of
from drivers.simulated.plants.solid_oxide.groups import cell_voltages, stack_ripple
from drivers.simulated.plants.solid_oxide.impedance import stack_impedance
from drivers.simulated.plants.solid_oxide.initial import initial_state
from drivers.simulated.plants.solid_oxide.inputs import UNDISTURBED, SolidOxideInputs
from drivers.simulated.plants.solid_oxide.logbook import EVENTS, LOGGED
from drivers.simulated.plants.solid_oxide.parameters import SHORT_STACK, SolidOxideParameters
from drivers.simulated.plants.solid_oxide.state import SolidOxideState
from drivers.simulated.plants.solid_oxide.step import advance

SWITCHES = ("load_contactor", "fuel_valve", "heater", "safety_gas", "ventilation", "burner")
"""Actuators that are on or off."""
NUMBERS = (
    "load_current",
    "fuel_flow",
    "hydrogen_flow",
    "safety_gas_flow",
    "nitrogen_flow",
    "steam_flow",
    "air_flow",
    "recycle_ratio",
    "heater_power",
    "ambient_temperature",
    "ambient_pressure",
)
"""Actuators that take a number, SI."""

_WARM = "warm"
_SYSTEM = "system"
_CELL = {"ups_charge": 1.0, "nitrogen_pressure": 150e5, "grid_voltage": 400.0}
"""What does not depend on the cells (SI): the bottle of nitrogen is exchanged in time."""
_HIDDEN = frozenset({"inlet", "wear", "operating", "losses", "solved_for", "failing"})
_SPECIES = {
    "CH4": "methane_fraction",
    "N2": "nitrogen_fraction",
    "CO2": "carbon_dioxide_fraction",
    "C2H6": "ethane_fraction",
    "C3H8": "propane_fraction",
}
_WORN = ("hours", *EVENTS)


class SolidOxidePlant:
    """Simulated solid oxide cells; a `PlantInstance`."""

    def __init__(
        self, parameters: SolidOxideParameters, inputs: SolidOxideInputs, *, warm: bool
    ) -> None:
        self.parameters = parameters
        self.inputs = inputs
        self.state = initial_state(parameters, inputs, warm=warm)

    def advance(
        self, state: SolidOxideState, inputs: SolidOxideInputs, dt: float
    ) -> SolidOxideState:
        """Return the state ``dt`` seconds later."""
        return advance(state, inputs, self.parameters, dt)

    def quantity(self, name: str) -> Callable[[Any], float]:
        """Return what reads a quantity (SI) off a state.

        Raises:
            ConfigError: no such quantity.
        """
        if name in _CELL:
            value = _CELL[name]
            return lambda _: value
        if name in ("ventilation_running", "fuel_valve_open"):
            read = operator.attrgetter(name)
            return lambda state: float(read(state))
        if name in _WORN:
            return operator.attrgetter(f"wear.{name}")
        shown = [each for each in SolidOxideState._fields if each not in _HIDDEN]
        if name in shown:
            return operator.attrgetter(name)
        raise _unknown("simulated.no-quantity", name, [*shown, *_CELL, *_WORN])

    def profile(self, name: str) -> Callable[[Any], NDArray[np.float64]]:
        """Return what reads a profile (SI) off a state.

        Raises:
            ConfigError: no such profile.
        """
        known = {"cell_voltages": cell_voltages, "stack_ripple": stack_ripple}
        if name not in known:
            raise _unknown("simulated.no-profile", name, known)
        return partial(known[name], parameters=self.parameters)

    def response(self, name: str) -> Callable[[Any, float], complex]:
        """Return what reads a response off a state, by frequency (Hz).

        Raises:
            ConfigError: no such response.
        """
        if name != "stack_impedance":
            raise _unknown("simulated.no-response", name, ("stack_impedance",))

        def find(state: SolidOxideState, frequency: float) -> complex:
            return stack_impedance(state, self.parameters, frequency)

        return find

    def cycles(self, name: str) -> CycleModel:
        """Return nothing: cells have no cylinder.

        Raises:
            ConfigError: always.
        """
        raise _unknown("simulated.no-cycles", name, ())

    def calm(self, state: SolidOxideState, inputs: SolidOxideInputs) -> float:
        """Return how long (s) one step may be until something moves notably."""
        return calm_for(state, inputs, self.parameters)

    def memory(self, state: SolidOxideState) -> Mapping[str, float]:
        """Return nothing: the cells are opened as new."""
        del state
        return {}

    def actuators(self) -> Sequence[str]:
        """Return the names of what can be acted on."""
        return (*SWITCHES, *NUMBERS)

    def actuated(self, inputs: SolidOxideInputs, name: str, value: float) -> SolidOxideInputs:
        """Return the inputs with one of them changed (SI; booleans as 0 and 1)."""
        if name in SWITCHES:
            return inputs._replace(**{name: value > 0.5})
        return inputs._replace(**{name: value})

    def faults(self) -> Sequence[str]:
        """Return the kinds of fault it can suffer."""
        return KINDS

    def logged(self) -> Logged:
        """Return what its own log shows."""
        return LOGGED

    def disturbed(
        self, inputs: SolidOxideInputs, faults: Mapping[str, FaultValues]
    ) -> SolidOxideInputs:
        """Return the inputs with these faults, by kind, and no others."""
        wrong = disturbances_of(faults) if faults else UNDISTURBED
        return inputs._replace(disturbances=wrong)


class SolidOxideModel:
    """Solid oxide cells as a kind of plant."""

    def open(
        self, settings: Mapping[str, float], impurities: Mapping[str, float]
    ) -> SolidOxidePlant:
        """Return a plant; see `PlantModel.open`."""
        numbers = {field.name for field in fields(SolidOxideParameters)}
        parameters = {} if settings.get(_SYSTEM, 1.0) > 0.5 else dict(SHORT_STACK)
        parameters |= _fuel(impurities)
        inputs = SolidOxideInputs()
        for name, value in settings.items():
            if name in numbers:
                parameters[name] = value
            elif name in NUMBERS:
                inputs = inputs._replace(**{name: value})
            elif name in SWITCHES:
                inputs = inputs._replace(**{name: value > 0.5})
            elif name != _WARM:
                known = [*numbers, *NUMBERS, *SWITCHES, _WARM]
                raise _unknown("simulated.no-parameter", name, known)
        try:
            made = SolidOxideParameters(**parameters)
        except ValueError as error:
            raise ConfigError("simulated.bad-parameter", reason=str(error)) from error
        return SolidOxidePlant(made, inputs, warm=settings.get(_WARM, 0.0) > 0.5)


MODEL = SolidOxideModel()
"""What the entry point names."""


def _fuel(impurities: Mapping[str, float]) -> dict[str, float]:
    """Return the fractions of the fuel: what is not said is methane.

    Raises:
        ConfigError: a species that the model does not know.
    """
    found: dict[str, float] = {}
    for species, fraction in impurities.items():
        if species not in _SPECIES:
            raise _unknown("simulated.no-species", species, _SPECIES)
        found[_SPECIES[species]] = fraction
    others = sum(value for name, value in found.items() if name != _SPECIES["CH4"])
    found[_SPECIES["CH4"]] = max(0.0, 1.0 - others)
    return found


def _unknown(message_id: str, name: str, known: Iterable[str]) -> ConfigError:
    return ConfigError(message_id, name=name, hint=did_you_mean(name, known))
