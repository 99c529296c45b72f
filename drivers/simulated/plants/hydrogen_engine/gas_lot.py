"""The delivered hydrogen: what its impurities make of molar mass and heating value."""

from dataclasses import dataclass
from typing import Self

from drivers.simulated.plants.hydrogen_engine.constants import (
    HYDROGEN_MOLAR_MASS,
    NITROGEN_MOLAR_MASS,
    WATER_MOLAR_MASS,
)

_MOLAR_MASS = {
    "nitrogen": NITROGEN_MOLAR_MASS,
    "oxygen": 31.9988e-3,
    "water": WATER_MOLAR_MASS,
    "argon": 39.948e-3,
    "helium": 4.002602e-3,
    "methane": 16.0425e-3,
    "carbon_monoxide": 28.0101e-3,
    "carbon_dioxide": 44.0095e-3,
}
# Net heat of combustion at 25 °C, J/mol (CODATA heats of formation; hydrogen: 119.96 MJ/kg).
_NET_HEAT = {"methane": 802.57e3, "carbon_monoxide": 282.98e3}
_HYDROGEN_NET_HEAT = 241.826e3


@dataclass(frozen=True, slots=True)
class GasLot:
    """Properties of one delivery of hydrogen."""

    hydrogen_fraction: float
    """Mole fraction of hydrogen, 1."""
    molar_mass: float
    """Molar mass, kg/mol."""
    molar_heating_value: float
    """Net heat of combustion at 25 °C, J/mol."""
    lower_heating_value: float
    """Net heat of combustion at 25 °C, J/kg."""

    @classmethod
    def from_impurities(cls, **fractions: float) -> Self:
        """The lot whose impurities have these mole fractions; the rest is hydrogen.

        Args:
            fractions: Mole fractions by name (nitrogen, oxygen, water, argon, helium, methane,
                carbon_monoxide, carbon_dioxide).

        Raises:
            ValueError: No hydrogen is left.
        """
        hydrogen = 1.0 - sum(fractions.values())
        if hydrogen <= 0.0:
            raise ValueError("the impurities of the hydrogen lot leave no hydrogen")
        mass = hydrogen * HYDROGEN_MOLAR_MASS
        mass += sum(fraction * _MOLAR_MASS[name] for name, fraction in fractions.items())
        heat = hydrogen * _HYDROGEN_NET_HEAT
        heat += sum(fraction * _NET_HEAT.get(name, 0.0) for name, fraction in fractions.items())
        return cls(hydrogen, mass, heat, heat / mass)
