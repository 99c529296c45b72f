"""Properties of fuel gas from its composition, and of dry air.

A composition is a mapping of species to mole fraction, as a gas certificate states it. Hydrogen
is so light that 300 ppm of nitrogen lower its heating value per kilogram by 0.42 %: a figure
for efficiency stands on the certificate as much as on the flow meter.
"""

import math
from collections.abc import Mapping
from typing import Final, Literal

Species = Literal["H2", "N2", "O2", "Ar", "He", "H2O", "CO", "CO2", "CH4"]

MOLAR_GAS_CONSTANT: Final = 8.314462618
"""J/(mol K). CODATA 2018, exact."""

MOLAR_MASS: Final[Mapping[str, float]] = {
    "H2": 2.01588e-3,
    "N2": 28.0134e-3,
    "O2": 31.9988e-3,
    "Ar": 39.948e-3,
    "He": 4.002602e-3,
    "H2O": 18.01528e-3,
    "CO": 28.0101e-3,
    "CO2": 44.0095e-3,
    "CH4": 16.04246e-3,
}
"""kg/mol. ISO 6976:2016."""

DRY_AIR_MOLAR_MASS: Final = 28.9647e-3
"""kg/mol. US Standard Atmosphere 1976 composition."""

DRY_AIR_OXYGEN_FRACTION: Final = 0.20946
"""mol O2 per mol of dry air. US Standard Atmosphere 1976, rounded."""

REFERENCE_TEMPERATURES: Final = (273.15, 288.15, 293.15, 298.15)
"""K. Combustion reference temperatures of ISO 6976: 0, 15, 20 and 25 °C."""

NET_MOLAR_HEATING_VALUE: Final[Mapping[str, tuple[float, ...]]] = {
    "H2": (241.578e3, 241.726e3, 241.775e3, 241.825e3),
    "CO": (282.80e3, 282.91e3, 282.95e3, 282.98e3),
    "CH4": (802.792e3, 802.648e3, 802.606e3, 802.554e3),
}
"""J/mol at REFERENCE_TEMPERATURES.

H2: NASA polynomials of GRI-Mech 3.0, evaluated with Cantera (25 °C: CODATA 241.826 kJ/mol).
CO and CH4: gross values of ISO 6976:2016; from methane's two vaporisation enthalpies of water
(45.064, 44.431, 44.222, 44.013 kJ/mol, same source) are taken off.
"""

HYDROGEN_HEATING_VALUE_RELATIVE_UNCERTAINTY: Final = 0.040 / 241.826
"""1. Relative standard uncertainty of the heating value of pure hydrogen (CODATA, 0.017 %)."""

OXYGEN_DEMAND: Final[Mapping[str, float]] = {"H2": 0.5, "CO": 0.5, "CH4": 2.0, "O2": -1.0}
"""mol O2 that one mol of the species needs to burn; oxygen in the fuel brings its own."""

SUM_TOLERANCE: Final = 1e-6
"""How far the mole fractions of a composition may miss 1 (rounding of a certificate)."""

PURE_HYDROGEN: Final[Mapping[str, float]] = {"H2": 1.0}


def require_composition(mole_fractions: Mapping[str, float]) -> None:
    """Raise ValueError unless the mapping is a composition.

    Raises:
        ValueError: if it is empty, names an unknown species, holds a negative or non-finite
            fraction, or does not sum to 1 within SUM_TOLERANCE.
    """
    if not mole_fractions:
        raise ValueError("a composition needs at least one species")
    for species, fraction in mole_fractions.items():
        if species not in MOLAR_MASS:
            message = f"unknown species {species!r}; known are {', '.join(MOLAR_MASS)}"
            raise ValueError(message)
        if not (math.isfinite(fraction) and fraction >= 0.0):
            message = f"mole fraction of {species} must be 0..1, got {fraction}"
            raise ValueError(message)
    total = sum(mole_fractions.values())
    if abs(total - 1.0) > SUM_TOLERANCE:
        message = f"mole fractions must sum to 1, got {total:.7f}"
        raise ValueError(message)


def with_balance(*, impurities: Mapping[str, float], balance: Species = "H2") -> dict[str, float]:
    """Return the composition in which the balance gas fills up what the impurities leave.

    Args:
        impurities: mole fractions of all other species, 1.
        balance: the species that is not measured.

    Raises:
        ValueError: if the balance gas is listed as an impurity or nothing is left for it.
    """
    if balance in impurities:
        message = f"{balance} is the balance gas and cannot be an impurity too"
        raise ValueError(message)
    composition = {balance: 1.0 - sum(impurities.values()), **impurities}
    require_composition(composition)
    return composition


def molar_mass(mole_fractions: Mapping[str, float]) -> float:
    """Return the molar mass of the mixture in kg/mol.

    Raises:
        ValueError: if the composition is impossible.
    """
    require_composition(mole_fractions)
    return sum(x * MOLAR_MASS[species] for species, x in mole_fractions.items())


def _column(reference_temperature: float) -> int:
    for column, temperature in enumerate(REFERENCE_TEMPERATURES):
        if math.isclose(reference_temperature, temperature, abs_tol=1e-6):
            return column
    known = ", ".join(f"{temperature:g}" for temperature in REFERENCE_TEMPERATURES)
    message = (
        f"combustion reference temperature must be one of {known} K, got {reference_temperature}"
    )
    raise ValueError(message)


def _net_molar_heating_value(species: str, column: int) -> float:
    values = NET_MOLAR_HEATING_VALUE.get(species)
    return 0.0 if values is None else values[column]


def lower_heating_value(
    *, mole_fractions: Mapping[str, float], reference_temperature: float = 298.15
) -> float:
    """Return the lower (net) heating value of the gas in J/kg: sum(x H) / sum(x M).

    Args:
        mole_fractions: composition, 1.
        reference_temperature: of combustion, K: one of REFERENCE_TEMPERATURES. Pure hydrogen
            has 119.96 MJ/kg at 25 °C and 119.91 at 15 °C; only this temperature differs.

    Raises:
        ValueError: if the composition is impossible or the temperature is not tabulated.
    """
    column = _column(reference_temperature)
    mass = molar_mass(mole_fractions)
    energy = sum(x * _net_molar_heating_value(name, column) for name, x in mole_fractions.items())
    return energy / mass


def lower_heating_value_uncertainty(
    *,
    mole_fractions: Mapping[str, float],
    standard_uncertainties: Mapping[str, float],
    reference_temperature: float = 298.15,
    balance: Species = "H2",
) -> float:
    """Return the standard uncertainty of the heating value that the certificate causes, J/kg.

    The balance gas is 1 minus all others, so that d(LHV)/dx_i = (H_i - H_b - LHV (M_i - M_b))/M.
    The impurities are taken as independent. The uncertainty of the heating value of the pure
    gas is not included: HYDROGEN_HEATING_VALUE_RELATIVE_UNCERTAINTY, a part of its own.

    Args:
        mole_fractions: the whole composition with the balance gas, 1.
        standard_uncertainties: of the mole fractions other than the balance, 1.
        reference_temperature: of combustion, K.
        balance: the species that fills up to 1.

    Raises:
        ValueError: if the composition is impossible, an uncertainty is negative, not finite,
            belongs to the balance gas or to a species the composition does not list.
    """
    column = _column(reference_temperature)
    heating_value = lower_heating_value(
        mole_fractions=mole_fractions, reference_temperature=reference_temperature
    )
    mass = molar_mass(mole_fractions)
    variance = 0.0
    for species, uncertainty in standard_uncertainties.items():
        if species == balance or species not in mole_fractions:
            message = f"{species} is not a measured part of this composition"
            raise ValueError(message)
        if not (math.isfinite(uncertainty) and uncertainty >= 0.0):
            message = f"uncertainty of {species} must not be negative, got {uncertainty}"
            raise ValueError(message)
        energy_step = _net_molar_heating_value(species, column) - _net_molar_heating_value(
            balance, column
        )
        mass_step = MOLAR_MASS[species] - MOLAR_MASS[balance]
        variance += ((energy_step - heating_value * mass_step) / mass * uncertainty) ** 2
    return math.sqrt(variance)


def stoichiometric_air_fuel_ratio(*, mole_fractions: Mapping[str, float] = PURE_HYDROGEN) -> float:
    """Return kg of dry air that burn one kg of fuel completely (pure hydrogen: 34.298).

    Raises:
        ValueError: if the composition is impossible or holds nothing that burns.
    """
    fuel_mass = molar_mass(mole_fractions)
    oxygen = sum(x * OXYGEN_DEMAND.get(name, 0.0) for name, x in mole_fractions.items())
    if oxygen <= 0.0:
        raise ValueError("this gas needs no air to burn")
    return oxygen / DRY_AIR_OXYGEN_FRACTION * DRY_AIR_MOLAR_MASS / fuel_mass


_COMPRESSIBILITY: Final = (
    (0.05888460, 1.325, 1.0),
    (-0.06136111, 1.87, 1.0),
    (-0.002650473, 2.5, 2.0),
    (0.002731125, 2.8, 2.0),
    (0.001802374, 2.938, 2.42),
    (-0.001150707, 3.14, 2.63),
    (0.9588528e-4, 3.37, 3.0),
    (-0.1109040e-6, 3.75, 4.0),
    (0.1264403e-9, 4.0, 5.0),
)


def hydrogen_compressibility(*, pressure: float, temperature: float) -> float:
    """Return the compressibility factor Z of hydrogen, 1.

    Z = 1 + sum a_i (100 K / T)^b_i (p / 1 MPa)^c_i, Lemmon, Huber, Leachman, J. Res. NIST 113
    (2008) 341; stated for 150..1000 K and up to 200 MPa.

    Args:
        pressure: absolute, Pa.
        temperature: K.

    Raises:
        ValueError: if a value is not finite or leaves the stated range.
    """
    if not 0.0 < pressure <= 200e6:
        message = f"pressure must be above zero and at most 200 MPa, got {pressure} Pa"
        raise ValueError(message)
    if not 150.0 <= temperature <= 1000.0:
        message = f"temperature must be 150..1000 K, got {temperature}"
        raise ValueError(message)
    return 1.0 + sum(
        a * math.pow(100.0 / temperature, b) * math.pow(pressure * 1e-6, c)
        for a, b, c in _COMPRESSIBILITY
    )


def hydrogen_density(*, pressure: float, temperature: float) -> float:
    """Return the density of hydrogen, p M / (Z R T), in kg/m3.

    Args:
        pressure: absolute, Pa.
        temperature: K.

    Raises:
        ValueError: if a value is not finite or leaves the range of the compressibility formula.
    """
    factor = hydrogen_compressibility(pressure=pressure, temperature=temperature)
    return pressure * MOLAR_MASS["H2"] / (factor * MOLAR_GAS_CONSTANT * temperature)
