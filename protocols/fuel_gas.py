"""The fuel gas in force at a window: heating value and air demand from its certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from analysis.gas import (
    HYDROGEN_HEATING_VALUE_RELATIVE_UNCERTAINTY,
    Species,
    lower_heating_value,
    lower_heating_value_uncertainty,
    molar_mass,
    stoichiometric_air_fuel_ratio,
    with_balance,
)
from bench.record.port import Point
from bench.runs import Run

METHANE_HEATING_VALUE_RELATIVE_UNCERTAINTY = 0.19 / 890.58
"""1. Relative standard uncertainty of the heating value of pure methane (ISO 6976:2016)."""
FUELS: Mapping[str, tuple[Species, float]] = {
    "H2": ("H2", HYDROGEN_HEATING_VALUE_RELATIVE_UNCERTAINTY),
    "CH4": ("CH4", METHANE_HEATING_VALUE_RELATIVE_UNCERTAINTY),
}
"""Gas a certificate fills up with → its name, uncertainty of the heating value when it is pure."""


@dataclass(frozen=True)
class FuelGas:
    """What burning the gas takes and gives; SI."""

    lot: str
    """Number of the certificate."""
    reference_temperature: float
    """Combustion reference temperature, K."""
    heating_value: float
    """Lower heating value, J/kg."""
    certificate_uncertainty: float
    """Standard uncertainty of the heating value from the certified fractions, J/kg."""
    stoichiometric_ratio: float
    """kg of dry air per kg of gas."""
    composition: Mapping[str, float]
    """Species → mole fraction."""
    molar_mass: float
    """kg/mol."""
    reference_relative_uncertainty: float = HYDROGEN_HEATING_VALUE_RELATIVE_UNCERTAINTY
    """Standard uncertainty of the heating value of the pure gas, relative."""

    @property
    def reference_uncertainty(self) -> float:
        """Standard uncertainty of the heating value of the pure gas, J/kg."""
        return self.heating_value * self.reference_relative_uncertainty


def certificate_at(run: Run, point: Point) -> Mapping[str, object]:
    """Return the certificate in force when a window began; empty: there is none.

    It is that of the last change of gas before the window, or the one the run began with.
    """
    found: Mapping[str, object] = run.gas
    for event in run.events:
        if event.message.id == "gas.lot" and event.time_ns <= point.start_ns:
            found = cast("Mapping[str, object]", event.message.arguments["certificate"])
    return found


def changes_within(run: Run, point: Point) -> bool:
    """Return whether the gas was changed while a window was measured."""
    return any(
        event.message.id == "gas.lot" and point.start_ns < event.time_ns < point.end_ns
        for event in run.events
    )


def fuel_gas(certificate: Mapping[str, object]) -> FuelGas:
    """Return the gas of a certificate; its fuel (hydrogen) fills up what the impurities leave.

    Raises:
        ValueError: the composition or its reference temperature cannot be.
        KeyError, TypeError: something is missing or not as written.
    """
    stated = cast("Mapping[str, tuple[float, float]]", certificate["fractions"])
    impurities = {species: float(pair[0]) for species, pair in stated.items()}
    balance, reference = FUELS[str(certificate.get("fuel") or "H2")]
    composition = with_balance(impurities=impurities, balance=balance)
    temperature = float(cast("float", certificate["reference_temperature"]))
    return FuelGas(
        lot=str(certificate["lot"]),
        reference_temperature=temperature,
        heating_value=lower_heating_value(
            mole_fractions=composition, reference_temperature=temperature
        ),
        certificate_uncertainty=lower_heating_value_uncertainty(
            mole_fractions=composition,
            standard_uncertainties={species: float(pair[1]) for species, pair in stated.items()},
            reference_temperature=temperature,
            balance=balance,
        ),
        stoichiometric_ratio=stoichiometric_air_fuel_ratio(mole_fractions=composition),
        composition=composition,
        molar_mass=molar_mass(composition),
        reference_relative_uncertainty=reference,
    )
