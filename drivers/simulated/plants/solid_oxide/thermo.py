"""Thermodynamics of solid oxide cells: potentials and gas equilibria.

Potentials are fitted to NASA7 polynomials (600..850 degC, within 0.3 mV); equilibrium constants of
Haberman and Young (2004).
"""

from __future__ import annotations

import math
from typing import NamedTuple

FARADAY = 96485.33212
"""C/mol (SI, exact)."""
GAS_CONSTANT = 8.314462618
"""J/(mol K) (SI, exact)."""
OXYGEN_IN_AIR = 0.2095
"""Mole fraction in dry air, 1."""
REFERENCE_PRESSURE = 1e5
"""Standard pressure, Pa."""
METHANE_HEATING_VALUE = 802.56e3
"""Lower heating value, J/mol (ISO 6976)."""
HYDROGEN_HEATING_VALUE = 241.82e3
"""Lower heating value, J/mol (ISO 6976)."""


def standard_potential(temperature: float) -> float:
    """Return the standard potential (V) of hydrogen and oxygen to steam at a temperature (K)."""
    return 1.2841 - 2.864e-4 * temperature


def nickel_oxidation_potential(temperature: float) -> float:
    """Return the voltage against air (V) below which nickel oxidises at a temperature (K).

    From the free energy of nickel oxide, -233.651 kJ/mol + 84.893 J/(mol K) T.
    """
    free_energy = -233651.0 + 84.893 * temperature
    in_air = GAS_CONSTANT * temperature * math.log(OXYGEN_IN_AIR) / (4.0 * FARADAY)
    return -free_energy / (2.0 * FARADAY) + in_air


def shift_constant(temperature: float) -> float:
    """Return the equilibrium constant of the water-gas shift at a temperature (K)."""
    z = 1000.0 / temperature - 1.0
    return math.exp(((-0.2935 * z + 0.6351) * z + 4.1788) * z + 0.3169)


def reforming_constant(temperature: float) -> float:
    """Return the equilibrium constant (Pa2) of steam reforming of methane at a temperature (K)."""
    z = 1000.0 / temperature - 1.0
    exponent = (((-0.2513 * z + 0.3665) * z + 0.5810) * z - 27.134) * z + 3.2770
    return 1.0267e10 * math.exp(exponent)


class Atoms(NamedTuple):
    """Flows (mol/s) of what reactions do not change; also amounts, in mol."""

    carbon: float
    """Carbon atoms."""
    hydrogen: float
    """Pairs of hydrogen atoms."""
    oxygen: float
    """Oxygen atoms."""
    inert: float
    """Molecules that do not react (nitrogen)."""


class Gas(NamedTuple):
    """Flows (mol/s) of the species of a fuel gas; also amounts, in mol."""

    methane: float
    hydrogen: float
    water: float
    carbon_monoxide: float
    carbon_dioxide: float
    inert: float

    @property
    def total(self) -> float:
        """Sum of all species."""
        return sum(self)


def shifted_water(atoms: Atoms, constant: float) -> float:
    """Return the water (mol/s) of a gas without methane in water-gas shift equilibrium.

    There must be at least as much oxygen as carbon: all carbon is CO and CO2.
    """
    carbon, hydrogen, oxygen, _ = atoms
    spare = oxygen - carbon
    product = spare * hydrogen
    if product <= 0.0:
        return 0.0
    half = constant * (carbon - spare) + spare + hydrogen
    root = math.sqrt(half * half + 4.0 * (constant - 1.0) * product)
    if half < 0.0:  # more oxygen than there is to oxidise; the constant is above 1 then
        return min(hydrogen, (root - half) / (2.0 * (constant - 1.0)))
    return 2.0 * product / (half + root)


def equilibrium(atoms: Atoms, temperature: float, pressure: float) -> Gas:
    """Return the gas (mol/s) in equilibrium of shift and steam reforming; no solid carbon.

    Args:
        atoms: What it consists of.
        temperature: K.
        pressure: Pa.
    """
    shift, reforming = shift_constant(temperature), reforming_constant(temperature)
    lowest = max(0.0, atoms.carbon - atoms.oxygen) * (1.0 + 1e-9)
    highest = min(atoms.carbon, atoms.hydrogen / 2.0)
    if highest <= lowest:
        return _with_methane(atoms, lowest, shift)
    for _ in range(60):
        methane = 0.5 * (lowest + highest)
        gas = _with_methane(atoms, methane, shift)
        scaled = (pressure / gas.total) ** 2
        formed = gas.carbon_monoxide * gas.hydrogen**3 * scaled
        if formed > reforming * methane * gas.water:
            lowest = methane
        else:
            highest = methane
    return _with_methane(atoms, 0.5 * (lowest + highest), shift)


def _with_methane(atoms: Atoms, methane: float, shift: float) -> Gas:
    carbon, hydrogen = atoms.carbon - methane, atoms.hydrogen - 2.0 * methane
    rest = Atoms(carbon, hydrogen, atoms.oxygen, atoms.inert)
    water = shifted_water(rest, shift)
    dioxide = max(0.0, atoms.oxygen - water - carbon)
    return Gas(methane, hydrogen - water, water, carbon - dioxide, dioxide, atoms.inert)
