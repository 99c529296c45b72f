"""What goes wrong with the simulated engine and its cell, as changes of its inputs and numbers.

A disturbed engine is the same model with other numbers: a step of it costs more, a step of the
undisturbed one does not. Sizes are engineering defaults; each comes with the fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from drivers.simulated.plant import FaultValues
from drivers.simulated.plants.hydrogen_engine.inputs import (
    UNDISTURBED,
    Disturbances,
    HydrogenEngineInputs,
    ShaftMode,
)
from drivers.simulated.plants.hydrogen_engine.parameters import HydrogenEngineParameters
from drivers.simulated.plants.hydrogen_engine.state import HydrogenEngineState

KINDS = (
    "coolant-loss",
    "hydrogen-leak",
    "ignition-loss",
    "knock",
    "oil-loss",
    "overspeed",
    "supply-low",
    "ventilation-loss",
)
"""Kinds of fault the engine and its cell can suffer."""

_DRY_BLOCK = 0.4  # share of the thermal mass that is metal (engineering default)
_NEVER_EXCHANGED = 1e-6


class Disturbed(NamedTuple):
    """What a step of the disturbed engine works with."""

    state: HydrogenEngineState
    inputs: HydrogenEngineInputs
    parameters: HydrogenEngineParameters


def disturbances_of(faults: Mapping[str, FaultValues]) -> Disturbances:
    """Return what these faults (kind → parameters, SI) do to the engine; of other kinds nothing."""

    def number(kind: str, name: str, otherwise: float) -> float:
        return float(faults[kind][name]) if kind in faults else otherwise

    leak = number("hydrogen-leak", "rate", 0.0)
    is_into_room = "hydrogen-leak" in faults and faults["hydrogen-leak"]["into"] == "room"
    return Disturbances(
        leak_rate=leak,
        leak_room_fraction=float(is_into_room),
        has_grip="overspeed" not in faults,
        knock_intensity=number("knock", "intensity", 0.0),
        knock_loss=number("knock", "loss", 0.0),
        coolant_left=number("coolant-loss", "left", 1.0),
        ventilates="ventilation-loss" not in faults,
        supply_fall=number("supply-low", "rate", 0.0),
        supply_floor=number("supply-low", "to", 0.0),
        is_supplied="supply-low" not in faults,
        oil_left=number("oil-loss", "left", 1.0),
        ignites="ignition-loss" not in faults,
    )


def disturbed(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    dt: float,
) -> Disturbed:
    """Return state, inputs and numbers with which a step (s) shows what is wrong."""
    wrong = inputs.disturbances
    if wrong.supply_fall > 0.0 and state.supply_pressure > wrong.supply_floor:
        fallen = max(wrong.supply_floor, state.supply_pressure - wrong.supply_fall * dt)
        state = state._replace(supply_pressure=fallen)
    return Disturbed(
        state,
        inputs._replace(
            disturbances=UNDISTURBED,
            mode=inputs.mode if wrong.has_grip else ShaftMode.OFF,
            ventilation=inputs.ventilation and wrong.ventilates,
            ignition=inputs.ignition and wrong.ignites,
            efficiency_factor=inputs.efficiency_factor * (1.0 - wrong.knock_loss),
        ),
        _numbers(parameters, wrong),
    )


@lru_cache(maxsize=8)
def _numbers(parameters: HydrogenEngineParameters, wrong: Disturbances) -> HydrogenEngineParameters:
    exchange = parameters.trailer_exchange_pressure if wrong.is_supplied else _NEVER_EXCHANGED
    into_room = parameters.leak_room_fraction
    if wrong.leak_rate > 0.0:
        into_room = wrong.leak_room_fraction
    return replace(
        parameters,
        leak_rate=parameters.leak_rate + wrong.leak_rate,
        leak_room_fraction=into_room,
        trailer_exchange_pressure=exchange,
        coolant_flow=parameters.coolant_flow * wrong.coolant_left,
        coolant_cooling_power=parameters.coolant_cooling_power * wrong.coolant_left,
        coolant_thermal_mass=parameters.coolant_thermal_mass
        * (_DRY_BLOCK + (1.0 - _DRY_BLOCK) * wrong.coolant_left),
        oil_relief_pressure=parameters.oil_relief_pressure * wrong.oil_left,
    )


def with_knock(state: HydrogenEngineState, wrong: Disturbances) -> HydrogenEngineState:
    """Return the state with the pressure oscillation of an engine that knocks while it fires."""
    return state._replace(knock_intensity=wrong.knock_intensity if state.fired else 0.0)
