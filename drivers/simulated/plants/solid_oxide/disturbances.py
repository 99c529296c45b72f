"""What goes wrong with the simulated cells and their plant; sizes are engineering defaults."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.simulated.plant import FaultValues
from drivers.simulated.plants.solid_oxide.inputs import Disturbances

KINDS = (
    "air-loss",
    "ambient-rise",
    "burner-loss",
    "carbon-monoxide",
    "cell-failure",
    "fuel-leak",
    "fuel-loss",
    "heater-loss",
    "recycle-loss",
    "safety-gas-loss",
    "steam-loss",
    "ventilation-loss",
)
"""Kinds of fault the cells and their plant can suffer."""


def disturbances_of(faults: Mapping[str, FaultValues]) -> Disturbances:
    """Return what these faults (kind to parameters, SI) do; of other kinds nothing."""

    def number(kind: str, name: str, otherwise: float) -> float:
        return float(faults[kind][name]) if kind in faults else otherwise

    is_into_room = "fuel-leak" in faults and faults["fuel-leak"]["into"] == "room"
    return Disturbances(
        leak_fuel=number("fuel-leak", "rate", 0.0),
        leak_room_fraction=float(is_into_room),
        failing_group=round(number("cell-failure", "group", 0.0)),
        failing_resistance=number("cell-failure", "resistance", 0.0),
        failing_fuel=number("cell-failure", "fuel", 0.0),
        air_left=number("air-loss", "left", 1.0),
        fuel_left=number("fuel-loss", "left", 1.0),
        recycles="recycle-loss" not in faults,
        steam_left=number("steam-loss", "left", 1.0),
        heats="heater-loss" not in faults,
        burns="burner-loss" not in faults,
        safety_gas_left=number("safety-gas-loss", "left", 1.0),
        ventilates="ventilation-loss" not in faults,
        ambient_rise=number("ambient-rise", "by", 0.0),
        carbon_monoxide=number("carbon-monoxide", "fraction", 0.0),
    )
