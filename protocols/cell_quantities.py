"""What is computed of a fuel cell at a point: each quantity with its inputs and its model.

Every model is an elementwise function of its inputs in SI, so that one formula serves value,
budget and cross-check. Flows and powers are means over time of one window, so that their ratio is
the ratio of the energies; over several windows of different length they are weighted by duration.

Boundary of the net efficiency: fuel as metered at its certified lower heating value, alternating
current at the grid side less the auxiliaries. Heat that a furnace adds is outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from analysis.checks import FloatArray
from analysis.gas import DRY_AIR_OXYGEN_FRACTION
from bench.messages import Message
from protocols.estimates import Quantity

FARADAY: Final = 96485.33212
"""C/mol. CODATA 2018, exact."""

CHANNELS: Final[Mapping[str, str]] = {
    "stack_voltage": "stack.voltage",
    "current": "stack.current",
    "cell_voltage": "cell.voltage",
    "lowest_voltage": "cell.voltage_min",
    "temperature": "stack.temperature",
    "ac_power": "ac.power",
    "auxiliary_power": "auxiliary.power",
    "fuel_flow": "fuel.flow",
    "hydrogen_flow": "hydrogen.flow",
    "safety_gas_flow": "safety_gas.flow",
    "nitrogen_flow": "nitrogen.flow",
    "steam_flow": "steam.flow",
    "air_flow": "air.flow",
    "recycle": "recycle.ratio",
    "cathode_pressure": "cathode.pressure",
}
"""Input of a model → channel that measures it."""

OPTIONAL: Final = (
    "fuel_flow",
    "hydrogen_flow",
    "safety_gas_flow",
    "nitrogen_flow",
    "steam_flow",
    "recycle",
)
"""Lines a rig may lack: without a channel nothing flows there."""
FLOWS: Final = (*OPTIONAL[:-1], "air_flow")
"""Inputs that are flows, mol/s."""

UNITS: Final[Mapping[str, str]] = {
    "stack.voltage": "V",
    "stack.current": "A",
    "cell.voltage": "V",
    "cell.voltage_min": "V",
    "stack.temperature": "degC",
    "ac.power": "kW",
    "auxiliary.power": "kW",
    **{CHANNELS[name]: "mol/s" for name in FLOWS},
    "recycle.ratio": "1",
    "cathode.pressure": "Pa",
}
"""Channel → a unit of the dimension it must have; pressures are absolute."""

FUEL_HEATING_VALUE: Final = "fuel_heating_value"
"""Input: of the certified gas in the fuel line, J/mol."""
HYDROGEN_HEATING_VALUE: Final = "hydrogen_heating_value"
"""Input: of the gas in the hydrogen line, J/mol."""
FUEL_ELECTRONS: Final = "fuel_electrons"
"""Input: electrons that one molecule of the fuel line gives when it is burned; exact."""
FUEL_CARBON: Final = "fuel_carbon"
"""Input: carbon atoms of one molecule of the fuel line; exact."""
FUEL_OXYGEN: Final = "fuel_oxygen"
"""Input: oxygen atoms of one molecule of the fuel line; exact."""
CELLS: Final = "cells"
STRINGS: Final = "strings"
AREA: Final = "active_area"
NERNST: Final = "nernst_voltage"
"""Input: Nernst voltage, its mean between inlet and outlet of the stack, V."""
SCATTER: Final = "repeatability"
"""Input that is zero: what the windows of a point differ by."""

HYDROGEN_ELECTRONS: Final = 2.0
SAFETY_GAS_HYDROGEN: Final = 0.05
"""1. Hydrogen in the safety gas, the rest nitrogen. Engineering default."""

Inputs = Mapping[str, FloatArray]


def net_power(x: Inputs) -> FloatArray:
    """Return alternating current power less the auxiliaries, W."""
    return x["ac_power"] - x["auxiliary_power"]


def gross_power(x: Inputs) -> FloatArray:
    """Return direct current power at the terminals, W."""
    return x["stack_voltage"] * x["current"]


def fuel_power(x: Inputs) -> FloatArray:
    """Return the power of all fuel that flows in, on the lower heating value, W."""
    hydrogen = x["hydrogen_flow"] + SAFETY_GAS_HYDROGEN * x["safety_gas_flow"]
    return x["fuel_flow"] * x[FUEL_HEATING_VALUE] + hydrogen * x[HYDROGEN_HEATING_VALUE]


def electron_flow(x: Inputs) -> FloatArray:
    """Return the electrons that burning all fuel gives, mol/s."""
    hydrogen = x["hydrogen_flow"] + SAFETY_GAS_HYDROGEN * x["safety_gas_flow"]
    return x[FUEL_ELECTRONS] * x["fuel_flow"] + HYDROGEN_ELECTRONS * hydrogen


def reacted(x: Inputs) -> FloatArray:
    """Return the electrons that flow through all cells, mol/s."""
    return x[CELLS] * x["current"] / (x[STRINGS] * FARADAY)


def utilisation(x: Inputs) -> FloatArray:
    """Return the part of all fuel that is used, 1 (system)."""
    return reacted(x) / electron_flow(x)


def pass_utilisation(x: Inputs) -> FloatArray:
    """Return the part of the fuel at the inlet of the stack that one pass uses, 1.

    Of the off-gas a share r comes back: U_pass = U (1 - r) / (1 - r U).
    """
    system, recycled = utilisation(x), x["recycle"]
    return np.asarray(system * (1.0 - recycled) / (1.0 - recycled * system))


def oxygen_utilisation(x: Inputs) -> FloatArray:
    """Return the part of the oxygen in dry air that is used, 1."""
    return reacted(x) / (4.0 * DRY_AIR_OXYGEN_FRACTION * x["air_flow"])


def oxygen_to_carbon(x: Inputs) -> FloatArray:
    """Return oxygen over carbon atoms at the inlet of the stack, with what is recycled, 1.

    Oxygen: steam and fuel, and of what comes through the electrolyte the recycled share:
    O/C = (O_fresh + r N I / 2F) / C_fresh.
    """
    fresh = x["steam_flow"] + x[FUEL_OXYGEN] * x["fuel_flow"]
    carbon = x[FUEL_CARBON] * x["fuel_flow"]
    return (fresh + x["recycle"] * reacted(x) / 2.0) / carbon


def current_density(x: Inputs) -> FloatArray:
    """Return the current density of a cell, A/m2."""
    return x["current"] / (x[STRINGS] * x[AREA])


def chord_resistance(x: Inputs) -> FloatArray:
    """Return (mean Nernst voltage - cell voltage) / current density, ohm m2."""
    return (x[NERNST] - x["cell_voltage"]) / current_density(x)


_FUELS = (
    "fuel_flow",
    "hydrogen_flow",
    "safety_gas_flow",
    FUEL_HEATING_VALUE,
    HYDROGEN_HEATING_VALUE,
)
_USED = ("current", "fuel_flow", "hydrogen_flow", "safety_gas_flow", CELLS, STRINGS, FUEL_ELECTRONS)

QUANTITIES: Final = (
    Quantity("net_electrical_efficiency", Message("cell.net-efficiency"), "%",
        ("ac_power", "auxiliary_power", *_FUELS), lambda x: net_power(x) / fuel_power(x)),
    Quantity("gross_dc_efficiency", Message("cell.gross-efficiency"), "%",
        ("stack_voltage", "current", *_FUELS), lambda x: gross_power(x) / fuel_power(x)),
    Quantity("net_electrical_power", Message("cell.net-power"), "kW",
        ("ac_power", "auxiliary_power"), net_power),
    Quantity("gross_dc_power", Message("cell.gross-power"), "kW",
        ("stack_voltage", "current"), gross_power),
    Quantity("fuel_power", Message("cell.fuel-power"), "kW", _FUELS, fuel_power),
    Quantity("current_density", Message("cell.current-density"), "A/cm^2",
        ("current", STRINGS, AREA), current_density),
    Quantity("cell_voltage", Message("cell.cell-voltage"), "V", ("cell_voltage",),
        lambda x: x["cell_voltage"]),
    Quantity("lowest_cell_voltage", Message("cell.lowest-voltage"), "V", ("lowest_voltage",),
        lambda x: x["lowest_voltage"]),
    Quantity("stack_temperature", Message("cell.temperature"), "degC", ("temperature",),
        lambda x: x["temperature"]),
    Quantity("fuel_utilisation", Message("cell.utilisation"), "%", _USED, utilisation),
    Quantity("fuel_utilisation_stack", Message("cell.pass-utilisation"), "%",
        (*_USED, "recycle"), pass_utilisation),
    Quantity("oxygen_utilisation", Message("cell.oxygen-utilisation"), "%",
        ("current", "air_flow", CELLS, STRINGS), oxygen_utilisation),
    Quantity("oxygen_to_carbon", Message("cell.oxygen-to-carbon"), "1",
        ("current", "fuel_flow", "steam_flow", "recycle", CELLS, STRINGS, FUEL_CARBON,
        FUEL_OXYGEN), oxygen_to_carbon),
    Quantity("area_specific_resistance", Message("cell.asr"), "mohm*cm^2",
        ("cell_voltage", "current", NERNST, STRINGS, AREA), chord_resistance),
)  # fmt: skip
"""What is computed at every judged point."""

BY_NAME: Final = {quantity.name: quantity for quantity in QUANTITIES}

RATES: Final[Mapping[str, tuple[str, str]]] = {
    f"{part}_degradation{suffix}": (part, shown)
    for part in ("continuous", "event", "irreversible")
    for suffix, shown in (("", "%/kh"), ("_voltage", "mV/kh"), ("_resistance", "mohm*cm^2/kh"))
}
"""Result → part of the degradation, and its unit."""
LIFE: Final[Mapping[str, str]] = {
    **{name: shown for name, (_, shown) in RATES.items()},
    "reversible_share": "%",
    "availability": "%",
    "forced_availability": "%",
    "mean_time_between_failures": "h",
    "operating_time": "h",
    "thermal_cycles": "1",
    "load_cycles": "1",
    "starts": "1",
    "stops": "1",
    "trips": "1",
}
"""Name → unit of what a whole series shows."""

RESULTS: Final = {**{quantity.name: quantity.unit for quantity in QUANTITIES}, **LIFE}
"""Name → unit of all that a protocol may ask for in its verdict."""
