"""Enthalpies, Gibbs energies and the equilibrium of reforming and shift.

NASA seven-coefficient polynomials of GRI-Mech 3.0, 300..3000 K, pressures against 1 atm.
"""

import math
from collections.abc import Mapping
from typing import Final, Literal, Protocol

import numpy as np

from analysis.checks import Quantity, require_finite, require_not_negative, require_positive
from analysis.gas import MOLAR_GAS_CONSTANT

GasSpecies = Literal["H2", "H2O", "O2", "CO", "CO2", "CH4"]

ATMOSPHERE: Final = 101325.0
"""Pa."""
_SPLIT: Final = 1000.0
_COEFFICIENTS: Final[Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "H2": (
        (2.34433112, 7.98052075e-3, -1.9478151e-5, 2.01572094e-8, -7.37611761e-12, -917.935173,
         0.683010238),
        (3.3372792, -4.94024731e-5, 4.99456778e-7, -1.79566394e-10, 2.00255376e-14, -950.158922,
         -3.20502331),
    ),
    "H2O": (
        (4.19864056, -2.0364341e-3, 6.52040211e-6, -5.48797062e-9, 1.77197817e-12, -30293.7267,
         -0.849032208),
        (3.03399249, 2.17691804e-3, -1.64072518e-7, -9.7041987e-11, 1.68200992e-14, -30004.2971,
         4.9667701),
    ),
    "O2": (
        (3.78245636, -2.99673416e-3, 9.84730201e-6, -9.68129509e-9, 3.24372837e-12, -1063.94356,
         3.65767573),
        (3.28253784, 1.48308754e-3, -7.57966669e-7, 2.09470555e-10, -2.16717794e-14, -1088.45772,
         5.45323129),
    ),
    "CO": (
        (3.57953347, -6.1035368e-4, 1.01681433e-6, 9.07005884e-10, -9.04424499e-13, -14344.086,
         3.50840928),
        (2.71518561, 2.06252743e-3, -9.98825771e-7, 2.30053008e-10, -2.03647716e-14, -14151.8724,
         7.81868772),
    ),
    "CO2": (
        (2.35677352, 8.98459677e-3, -7.12356269e-6, 2.45919022e-9, -1.43699548e-13, -48371.9697,
         9.90105222),
        (3.85746029, 4.41437026e-3, -2.21481404e-6, 5.23490188e-10, -4.72084164e-14, -48759.166,
         2.27163806),
    ),
    "CH4": (
        (5.14987613, -1.36709788e-2, 4.91800599e-5, -4.84743026e-8, 1.66693956e-11, -10246.6476,
         -4.64130376),
        (0.074851495, 1.33909467e-2, -5.73285809e-6, 1.22292535e-9, -1.0181523e-13, -9468.34459,
         18.437318),
    ),
}  # fmt: skip
"""Below and above 1000 K."""


def enthalpy(species: GasSpecies, temperature: Quantity) -> Quantity:
    """Return the molar enthalpy, heat of formation at 25 °C included, J/mol; elementwise.

    Args:
        species: which gas.
        temperature: K, 300..3000.

    Raises:
        ValueError: if the temperature leaves this range.
    """
    return _piecewise(species, temperature, _enthalpy)


def gibbs_energy(species: GasSpecies, temperature: Quantity) -> Quantity:
    """Return the molar Gibbs energy H - T S at 1 atm, J/mol; elementwise.

    Raises:
        ValueError: as `enthalpy`.
    """
    return _piecewise(species, temperature, _gibbs_energy)


def shift_constant(temperature: float) -> float:
    """Return K of CO + H2O = CO2 + H2, 1.

    Raises:
        ValueError: as `enthalpy`.
    """
    energy = _sum({"CO2": 1.0, "H2": 1.0, "CO": -1.0, "H2O": -1.0}, temperature)
    return float(np.exp(-energy / (MOLAR_GAS_CONSTANT * temperature)))


def reforming_constant(temperature: float) -> float:
    """Return K of CH4 + H2O = CO + 3 H2 in atm2.

    Raises:
        ValueError: as `enthalpy`.
    """
    energy = _sum({"CO": 1.0, "H2": 3.0, "CH4": -1.0, "H2O": -1.0}, temperature)
    return float(np.exp(-energy / (MOLAR_GAS_CONSTANT * temperature)))


def equilibrium_composition(
    *, flows: Mapping[str, float], temperature: float, pressure: float = ATMOSPHERE
) -> dict[str, float]:
    """Return mole fractions of CH4, H2O, H2, CO, CO2 and N2 when reforming and shift are done.

    No carbon deposits and no free oxygen are assumed. The extents of the two reactions are
    nested: for every extent of reforming the shift is at its equilibrium, and reforming goes on
    until its own holds; both are monotone, so that bisection finds the only solution.

    Args:
        flows: of these species, any unit, none negative; missing ones are 0.
        temperature: K.
        pressure: absolute, Pa.

    Raises:
        ValueError: if a species is unknown, a flow negative, there is no hydrogen or oxygen atom
            to react with, or temperature and pressure are impossible.
    """
    amounts = {name: float(flows.get(name, 0.0)) for name in _MIXTURE}
    if unknown := set(flows) - set(amounts):
        message = f"unknown species {', '.join(sorted(unknown))}"
        raise ValueError(message)
    require_not_negative(**amounts)
    require_positive(pressure=float(pressure), total=sum(amounts.values()))
    reforming = reforming_constant(temperature) * (ATMOSPHERE / pressure) ** 2
    shift = shift_constant(temperature)
    # Shift all monoxide back and forth is inside; methane first goes as far as it may.
    low = -min(amounts["CO"] + amounts["CO2"], _back(amounts))
    high = min(amounts["CH4"], amounts["H2O"] + amounts["CO2"])
    for _ in range(100):
        middle = 0.5 * (low + high)
        mixture = _after_shift(_after_reforming(amounts, middle), shift)
        total = sum(mixture.values())
        made = mixture["CO"] * mixture["H2"] ** 3
        if made < reforming * mixture["CH4"] * mixture["H2O"] * total**2:
            low = middle
        else:
            high = middle
    mixture = _after_shift(_after_reforming(amounts, 0.5 * (low + high)), shift)
    total = sum(mixture.values())
    return {name: amount / total for name, amount in mixture.items()}


_MIXTURE: Final = ("CH4", "H2O", "H2", "CO", "CO2", "N2")


def _back(amounts: Mapping[str, float]) -> float:
    """Return how much methane could be made at most: three H2 each, four from a dioxide."""
    hydrogen, monoxide, dioxide = amounts["H2"], amounts["CO"], amounts["CO2"]
    steam = amounts["H2O"]
    # With shift, C + O + H2 atoms allow CO + 3 H2; steam shifted by CO gives hydrogen as well.
    return max(0.0, min(monoxide + dioxide, (hydrogen + monoxide) / 4.0, hydrogen + steam))


def _after_reforming(amounts: Mapping[str, float], extent: float) -> dict[str, float]:
    return {
        **amounts,
        "CH4": amounts["CH4"] - extent,
        "H2O": amounts["H2O"] - extent,
        "CO": amounts["CO"] + extent,
        "H2": amounts["H2"] + 3.0 * extent,
    }


def _after_shift(amounts: Mapping[str, float], constant: float) -> dict[str, float]:
    """Return the amounts with the shift at equilibrium: a quadratic in its extent."""
    monoxide, steam = amounts["CO"], amounts["H2O"]
    dioxide, hydrogen = amounts["CO2"], amounts["H2"]
    low, high = -min(dioxide, hydrogen), min(monoxide, steam)
    square = 1.0 - constant
    linear = dioxide + hydrogen + constant * (monoxide + steam)
    level = dioxide * hydrogen - constant * monoxide * steam
    root = np.sqrt(max(0.0, linear**2 - 4.0 * square * level))
    extent = float(-2.0 * level / (linear + root)) if linear + root > 0.0 else 0.0
    extent = min(max(extent, low), high)
    return {
        **amounts,
        "CO": monoxide - extent,
        "H2O": steam - extent,
        "CO2": dioxide + extent,
        "H2": hydrogen + extent,
    }


def _sum(reaction: Mapping[GasSpecies, float], temperature: float) -> float:
    return sum(count * gibbs_energy(name, temperature) for name, count in reaction.items())


def _piecewise(species: GasSpecies, temperature: Quantity, function: "_Polynomial") -> Quantity:
    require_finite(temperature=temperature)
    low, high = _COEFFICIENTS[species]
    if isinstance(temperature, float):
        if not 300.0 <= temperature <= 3000.0:
            message = f"temperature must be 300..3000 K, got {temperature}"
            raise ValueError(message)
        return function(low if temperature <= _SPLIT else high, temperature)
    if float(np.min(temperature)) < 300.0 or float(np.max(temperature)) > 3000.0:
        message = f"temperature must be 300..3000 K, got {temperature}"
        raise ValueError(message)
    return np.where(temperature <= _SPLIT, function(low, temperature), function(high, temperature))


class _Polynomial(Protocol):
    def __call__(self, a: tuple[float, ...], t: Quantity) -> Quantity: ...


def _enthalpy(a: tuple[float, ...], t: Quantity) -> Quantity:
    inner = a[0] + t * (a[1] / 2 + t * (a[2] / 3 + t * (a[3] / 4 + t * a[4] / 5)))
    return MOLAR_GAS_CONSTANT * (t * inner + a[5])


def _gibbs_energy(a: tuple[float, ...], t: Quantity) -> Quantity:
    inner = a[1] / 2 + t * (a[2] / 6 + t * (a[3] / 12 + t * a[4] / 20))
    return MOLAR_GAS_CONSTANT * (t * (a[0] * (1.0 - _logarithm(t)) - a[6] - t * inner) + a[5])


def _logarithm(t: Quantity) -> Quantity:
    if isinstance(t, float):
        return math.log(t)
    return np.log(t)
