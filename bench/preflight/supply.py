"""How much hydrogen a supply holds."""

from __future__ import annotations

MOLAR_MASS = 2.015_88e-3
"""Hydrogen, kg/mol (IUPAC conventional atomic weight 1.007 94)."""
GAS_CONSTANT = 8.314_462_618
"""J/(mol K), exact (SI 2019)."""
COVOLUME = 7.691e-3
"""Volume that the molecules themselves take, m³/kg: hydrogen as an Abel-Noble gas.

Engineering default; within 1 % of the densities of SAE J2601 up to 700 bar at 15 °C."""


def real_gas_factor(pressure: float, temperature: float) -> float:
    """Return the real-gas factor of hydrogen, 1, at a pressure (Pa) and temperature (K)."""
    return 1.0 + COVOLUME * pressure * MOLAR_MASS / (GAS_CONSTANT * temperature)


def mass_held(pressure: float, volume: float, temperature: float) -> float:
    """Return the hydrogen in a volume (m³) at a pressure (Pa) and temperature (K), kg."""
    factor = real_gas_factor(pressure, temperature)
    return pressure * volume * MOLAR_MASS / (factor * GAS_CONSTANT * temperature)


def usable_mass(pressure: float, lowest: float, volume: float, temperature: float) -> float:
    """Return what can be taken until the pressure is at its lowest (Pa), kg; 0: it is there."""
    held = mass_held(pressure, volume, temperature)
    return max(held - mass_held(lowest, volume, temperature), 0.0)
