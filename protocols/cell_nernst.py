"""The mean Nernst voltage of a stack at a measured point, from flows, current and temperature.

Between inlet and outlet the fuel takes up the oxygen that comes through the electrolyte. At each
place methane is reformed and the shift reaction is at equilibrium (at 750 °C and an oxygen to
carbon ratio of 2 some 2 % of the methane are left at the inlet, which is a few mV there).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from analysis.fuel_cell import nernst_voltage
from analysis.gas import DRY_AIR_OXYGEN_FRACTION
from analysis.thermochemistry import shift_constant
from protocols.cell_quantities import CELLS, FARADAY, SAFETY_GAS_HYDROGEN, STRINGS
from protocols.fuel_gas import FuelGas

PLACES = 40
"""Places between inlet and outlet over which the voltage is averaged."""
REFERENCE_PRESSURE = 101325.0
"""Pa. Where no channel measures the pressure of the cathode, it counts as this."""
_HYDROGEN = {"CH4": 4.0, "H2": 2.0, "H2O": 2.0}
_CARBON = {"CO": 1.0, "CO2": 1.0, "CH4": 1.0}
_OXYGEN = {"CO": 1.0, "CO2": 2.0, "H2O": 1.0, "O2": 2.0}

Numbers = NDArray[np.float64]


def nernst_of(inputs: Mapping[str, float], gas: FuelGas | None) -> float:
    """Return the Nernst voltage, averaged from inlet to outlet, V.

    Args:
        inputs: of one window, SI.
        gas: in the fuel line; None: there is no such line.

    Raises:
        KeyError: an input is missing; it is named.
        ValueError: there is no such voltage: no fuel, or more oxygen than it can bind.
    """
    temperature = inputs["temperature"]
    uptake = inputs["current"] * inputs[CELLS] / inputs[STRINGS] / (2.0 * FARADAY)
    hydrogen, carbon, oxygen, inert = _fresh(inputs, gas)
    recycled = inputs["recycle"]
    hydrogen, carbon, inert = (part / (1.0 - recycled) for part in (hydrogen, carbon, inert))
    oxygen = (oxygen + recycled * uptake) / (1.0 - recycled)
    if hydrogen <= 0.0:
        raise ValueError("no hydrogen flows into the anode")
    places = (np.arange(PLACES) + 0.5) / PLACES
    along = oxygen + places * uptake
    steam = _steam(hydrogen / 2.0, carbon, along, shift_constant(temperature))
    left = hydrogen / 2.0 - steam
    if np.any(steam <= 0.0) or np.any(left <= 0.0):
        raise ValueError("the fuel is dry, or all of it is used: there is no Nernst voltage")
    air = inputs["air_flow"]
    oxygen_in = DRY_AIR_OXYGEN_FRACTION * air
    share = (oxygen_in - places * uptake / 2.0) / (air - places * uptake / 2.0)
    if np.any(share <= 0.0):
        raise ValueError("less oxygen flows in than the current takes")
    pressure = inputs.get("cathode_pressure", REFERENCE_PRESSURE)
    voltages = nernst_voltage(
        temperature=temperature,
        hydrogen=left / (left + steam),  # only the ratio of both counts
        steam=steam / (left + steam),
        oxygen=share,
        pressure=pressure,
    )
    return float(np.mean(voltages))


def _fresh(inputs: Mapping[str, float], gas: FuelGas | None) -> tuple[float, float, float, float]:
    """Return atoms of hydrogen, carbon and oxygen and inert molecules that flow in, mol/s."""
    bought = inputs["hydrogen_flow"] + SAFETY_GAS_HYDROGEN * inputs["safety_gas_flow"]
    hydrogen = 2.0 * bought + 2.0 * inputs["steam_flow"]
    carbon, oxygen = 0.0, inputs["steam_flow"]
    inert = inputs["nitrogen_flow"] + (1.0 - SAFETY_GAS_HYDROGEN) * inputs["safety_gas_flow"]
    if gas is not None:
        flow = inputs["fuel_flow"]
        for species, part in gas.composition.items():
            hydrogen += _HYDROGEN.get(species, 0.0) * part * flow
            carbon += _CARBON.get(species, 0.0) * part * flow
            oxygen += _OXYGEN.get(species, 0.0) * part * flow
    return hydrogen, carbon, oxygen, inert


def _steam(hydrogen: float, carbon: float, oxygen: Numbers, constant: float) -> Numbers:
    """Return mol/s of steam where the shift reaction is at equilibrium.

    With w of steam: CO2 = O - C - w, CO = 2 C - O + w, H2 = H - w, and
    CO2 H2 = K CO w, which is (1 - K) w2 - ((O - C) + H + K (2 C - O)) w + (O - C) H = 0.
    """
    if carbon <= 0.0:
        return oxygen
    excess = oxygen - carbon
    square = 1.0 - constant
    linear = -(excess + hydrogen + constant * (2.0 * carbon - oxygen))
    rest = excess * hydrogen
    # the root that stays finite where the shift constant is 1
    root = np.sqrt(np.maximum(linear**2 - 4.0 * square * rest, 0.0))
    return 2.0 * rest / (-linear + root)
