"""Thermodynamics and stoichiometry of the solid oxide fuel cell.

Standard potentials come from NASA polynomials (analysis.thermochemistry); 1.2841 - 2.864e-4 T
agrees within 0.3 mV from 600 to 850 °C. The often copied 1.253 - 2.4516e-4 T lies 9 to 15 mV too
high there and is not used.

Temperatures are K, pressures Pa, flows mol/s, currents A, potentials V against air.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.checks import (
    FloatArray,
    Quantity,
    require_finite,
    require_fraction,
    require_not_negative,
    require_positive,
)
from analysis.gas import MOLAR_GAS_CONSTANT
from analysis.thermochemistry import enthalpy, gibbs_energy, shift_constant

FARADAY: Final = 96485.33212
"""C/mol. CODATA 2018, exact."""
STANDARD_PRESSURE: Final = 101325.0
"""Pa; the reference of potentials here."""
AIR_OXYGEN: Final = 0.2095
"""mol O2 per mol of dry air, as the utilisation of air is usually stated."""
OPEN_CIRCUIT_OXYGEN: Final = 0.21
"""mol O2 per mol of air, as open-circuit tables take it."""
ELECTRONS: Final = {"H2": 2.0, "CO": 2.0, "CH4": 8.0, "C2H6": 14.0, "C3H8": 20.0, "C4H10": 26.0}
"""Electrons per molecule oxidised completely."""
LOWER_HEATING_VOLTAGE_HYDROGEN: Final = 1.2532
"""V. Lower heating value of hydrogen (241.82 kJ/mol at 25 °C) over 2 F."""
LOWER_HEATING_VOLTAGE_METHANE: Final = 1.0397
"""V. Lower heating value of methane (802.56 kJ/mol at 25 °C) over 8 F."""
_NICKEL_OXIDE: Final = (-233651.0, 84.893)
"""Ni + 1/2 O2 -> NiO: delta G = -233,651 + 84.893 T J/mol (engineering default)."""


def standard_potential(temperature: Quantity) -> Quantity:
    """Return E0 = -delta G / 2F of H2 + 1/2 O2 -> H2O(g) at 1 atm, V (750 °C: 0.9913).

    Args:
        temperature: K, 300..3000.

    Raises:
        ValueError: if the temperature leaves this range.
    """
    energy = (
        gibbs_energy("H2O", temperature)
        - gibbs_energy("H2", temperature)
        - 0.5 * gibbs_energy("O2", temperature)
    )
    return -energy / (2.0 * FARADAY)


def thermoneutral_voltage(temperature: Quantity) -> Quantity:
    """Return -delta H / 2F of H2 + 1/2 O2 -> H2O(g), V (750 °C: 1.2852).

    A cell at this voltage neither heats nor cools its gas.

    Raises:
        ValueError: as `standard_potential`.
    """
    energy = (
        enthalpy("H2O", temperature)
        - enthalpy("H2", temperature)
        - 0.5 * enthalpy("O2", temperature)
    )
    return -energy / (2.0 * FARADAY)


def nernst_voltage(
    *,
    temperature: float | FloatArray,
    hydrogen: float | FloatArray,
    steam: float | FloatArray,
    oxygen: float | FloatArray = OPEN_CIRCUIT_OXYGEN,
    pressure: float | FloatArray = STANDARD_PRESSURE,
) -> float | FloatArray:
    """Return E0 + R T / 2F ln(x_H2 sqrt(x_O2 p / p0) / x_H2O), V; elementwise.

    Args:
        temperature: K.
        hydrogen: mole fraction at the anode.
        steam: mole fraction at the anode.
        oxygen: mole fraction at the cathode.
        pressure: absolute, of both sides, Pa.

    Raises:
        ValueError: if a value is not above zero.
    """
    require_positive(
        temperature=temperature, hydrogen=hydrogen, steam=steam, oxygen=oxygen, pressure=pressure
    )
    ratio = hydrogen / steam * np.sqrt(oxygen * pressure / STANDARD_PRESSURE)
    value = standard_potential(np.asarray(temperature, dtype=np.float64)) + (
        MOLAR_GAS_CONSTANT * temperature / (2.0 * FARADAY)
    ) * np.log(ratio)
    return float(value) if np.ndim(value) == 0 else value


def nickel_oxidation_potential(
    *, temperature: float, oxygen: float = OPEN_CIRCUIT_OXYGEN, pressure: float = STANDARD_PRESSURE
) -> float:
    """Return the potential against air below which nickel oxidises (0.726 V at 750 °C), V.

    Args:
        temperature: K.
        oxygen: mole fraction at the cathode.
        pressure: absolute, Pa.

    Raises:
        ValueError: if a value is not above zero.
    """
    require_positive(temperature=temperature, oxygen=oxygen, pressure=pressure)
    free_energy = _NICKEL_OXIDE[0] + _NICKEL_OXIDE[1] * temperature
    air = 0.5 * MOLAR_GAS_CONSTANT * temperature * math.log(oxygen * pressure / STANDARD_PRESSURE)
    return (-free_energy + air) / (2.0 * FARADAY)


def mean_nernst(
    *,
    temperature: float,
    hydrogen: float,
    fuel_utilisation: float,
    oxygen: float = OPEN_CIRCUIT_OXYGEN,
    oxygen_utilisation: float = 0.0,
    pressure: float = STANDARD_PRESSURE,
    slices: int = 200,
) -> float:
    """Return the Nernst voltage averaged over what the gas does from inlet to outlet, V.

    The fuel is a mixture of hydrogen and steam (or what shifts to it); both gases are converted
    evenly, side by side. Without it, a resistance from voltages is overstated.

    Args:
        temperature: K.
        hydrogen: mole fraction at the inlet, the rest of what reacts being steam.
        fuel_utilisation: part of the hydrogen converted in this pass.
        oxygen: mole fraction of the air at the inlet.
        oxygen_utilisation: part of the oxygen taken.
        pressure: absolute, Pa.
        slices: of equal conversion, midpoints; at least 1.

    Raises:
        ValueError: if a value is impossible.
    """
    require_positive(temperature=temperature, hydrogen=hydrogen, pressure=pressure, oxygen=oxygen)
    require_fraction(
        hydrogen=hydrogen,
        fuel_utilisation=fuel_utilisation,
        oxygen=oxygen,
        oxygen_utilisation=oxygen_utilisation,
    )
    if slices < 1:
        message = f"slices must be at least 1, got {slices}"
        raise ValueError(message)
    along = (np.arange(slices) + 0.5) / slices
    left = hydrogen * (1.0 - fuel_utilisation * along)
    taken = oxygen * oxygen_utilisation * along
    voltages = nernst_voltage(
        temperature=temperature,
        hydrogen=left,
        steam=1.0 - left,
        oxygen=(oxygen - taken) / (1.0 - taken),
        pressure=pressure,
    )
    return float(np.mean(voltages))


def electron_flow(flows: dict[str, float]) -> float:
    """Return the electrons that a fuel could give, mol/s, from flows of species in mol/s.

    Species without electrons (steam, nitrogen, carbon dioxide) count nothing.

    Raises:
        ValueError: if a flow is negative or no number.
    """
    require_not_negative(**flows)
    return sum(ELECTRONS.get(species, 0.0) * flow for species, flow in flows.items())


def fuel_utilisation(
    *, current: Quantity, cells: float, electrons: Quantity, leak: float = 0.0
) -> Quantity:
    """Return N (I + I_leak) / (F n_e), 1; elementwise.

    Args:
        current: through each of the cells in series, A.
        cells: number of cells that this current flows through.
        electrons: electron flow of the fuel at the inlet, mol/s, above zero.
        leak: current that a leak is worth, A.

    Raises:
        ValueError: if the electron flow or the cells are not above zero.
    """
    require_finite(current=current, leak=leak)
    require_positive(electrons=electrons, cells=float(cells))
    return cells * (current + leak) / (FARADAY * electrons)


def oxygen_utilisation(*, current: Quantity, cells: float, air: Quantity) -> Quantity:
    """Return N I / (4 F 0.2095 n_air), 1; elementwise.

    Args:
        current: through each cell, A.
        cells: number of cells.
        air: dry, mol/s, above zero.

    Raises:
        ValueError: if the air or the cells are not above zero.
    """
    require_finite(current=current)
    require_positive(air=air, cells=float(cells))
    return cells * current / (4.0 * FARADAY * AIR_OXYGEN * air)


def system_utilisation(*, per_pass: Quantity, recycle: Quantity) -> Quantity:
    """Return Uf / (1 - r (1 - Uf)): 0.6939 per pass and r = 0.6 give 0.85.

    Args:
        per_pass: utilisation within the stack, 1.
        recycle: part of the anode off-gas that goes round, below 1.

    Raises:
        ValueError: if a value lies outside 0..1 or nothing leaves.
    """
    require_fraction(per_pass=per_pass, recycle=recycle)
    left = 1.0 - recycle * (1.0 - per_pass)
    require_positive(fuel_leaving=left)
    return per_pass / left


def per_pass_utilisation(*, system: Quantity, recycle: Quantity) -> Quantity:
    """Return Uf (1 - r) / (1 - r Uf), the inverse of `system_utilisation`.

    Raises:
        ValueError: if a value lies outside 0..1 or both are 1.
    """
    require_fraction(system=system, recycle=recycle)
    left = 1.0 - recycle * system
    require_positive(fuel_leaving=left)
    return system * (1.0 - recycle) / left


def steam_to_carbon(*, steam: Quantity, hydrocarbons: Quantity) -> Quantity:
    """Return mol of steam per mol of carbon in hydrocarbons, 1.

    Args:
        steam: mol/s.
        hydrocarbons: carbon atoms in hydrocarbons, mol/s, above zero.

    Raises:
        ValueError: if the steam is negative or there is no hydrocarbon.
    """
    require_not_negative(steam=steam)
    require_positive(hydrocarbons=hydrocarbons)
    return steam / hydrocarbons


def oxygen_to_carbon(flows: dict[str, float]) -> float:
    """Return (CO + 2 CO2 + H2O) / (CH4 + CO + CO2) of flows or fractions at a reformer's inlet.

    Above about 2.0 to 2.2 no carbon deposits (engineering default).

    Raises:
        ValueError: if a flow is negative or there is no carbon.
    """
    require_not_negative(**flows)
    oxygen = flows.get("CO", 0.0) + 2.0 * flows.get("CO2", 0.0) + flows.get("H2O", 0.0)
    carbon = flows.get("CH4", 0.0) + flows.get("CO", 0.0) + flows.get("CO2", 0.0)
    require_positive(carbon=carbon)
    return oxygen / carbon


@dataclass(frozen=True, slots=True, kw_only=True)
class RecycledInlet:
    """What meets at the inlet of a reformer with recycled anode off-gas."""

    steam_to_carbon: float
    """Steam per carbon that is not yet dioxide (CH4 and CO), 1: the usual figure."""
    steam_to_methane: float
    """Steam per methane, 1."""
    oxygen_to_carbon: float
    """(CO + 2 CO2 + H2O) / (CH4 + CO + CO2), 1."""


def recycled_inlet(
    *, methane: float, current: float, cells: float, recycle: float, temperature: float
) -> RecycledInlet:
    """Return the ratios where fresh methane meets recycled off-gas.

    Atoms balance: the stack adds N I / 2F of oxygen to CH4, and the part r of the off-gas goes
    round. In the off-gas only CO, CO2, H2 and H2O are left, at the equilibrium of the water gas
    shift; fresh gas and off-gas have not reacted yet.

    Args:
        methane: fresh, mol/s, above zero.
        current: through each cell, A.
        cells: number of cells.
        recycle: part of the off-gas, below 1.
        temperature: of the anode outlet, K.

    Raises:
        ValueError: if a value is impossible, or the fuel cannot take that much oxygen, or so
            little that methane would be left.
    """
    require_positive(methane=methane, current=current, cells=float(cells))
    require_fraction(recycle=recycle)
    oxygen = cells * current / (2.0 * FARADAY * methane)
    if not (recycle < 1.0 and 1.0 < oxygen < 4.0):
        message = f"{oxygen:.3f} mol O per mol CH4 and recycle {recycle} have no such off-gas"
        raise ValueError(message)
    dioxide = _shifted(oxygen, shift_constant(temperature))
    monoxide, steam = 1.0 - dioxide, oxygen - 1.0 - dioxide
    rounds = recycle / (1.0 - recycle)
    return RecycledInlet(
        steam_to_carbon=rounds * steam / (1.0 + rounds * monoxide),
        steam_to_methane=rounds * steam,
        oxygen_to_carbon=rounds * oxygen / (1.0 + rounds),
    )


def _shifted(oxygen: float, constant: float) -> float:
    """Return mol CO2 of 1 C, 4 H and so much O at the water gas shift's equilibrium."""
    low, high = max(0.0, oxygen - 3.0), min(1.0, oxygen - 1.0)
    for _ in range(60):  # bisection down to rounding
        dioxide = 0.5 * (low + high)
        steam = oxygen - 1.0 - dioxide
        hydrogen = 2.0 - steam
        if dioxide * hydrogen < constant * (1.0 - dioxide) * steam:
            low = dioxide
        else:
            high = dioxide
    return 0.5 * (low + high)
