"""A lot of fuel gas as typed from its certificate, checked as that of a rig file is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bench.config.gas import gas_lot
from bench.config.grammar import GasGrammar
from bench.document import Problem, parse, validated
from bench.errors import ConfigError
from bench.messages import Message
from bench.model import GasLot
from bench.units import unit

FUELS = ("H2", "CH4")
"""Main components."""
REFERENCES = ("0 °C", "15 °C", "20 °C", "25 °C")
"""Combustion reference temperatures."""
_PPM = unit("ppm")
_KELVIN = unit("K")


@dataclass(frozen=True)
class Impurity:
    """One line of the certificate, as typed."""

    species: str
    """``N2``."""
    fraction: str
    """Mole fraction with its unit: ``40 ppm``."""
    uncertainty: str = ""
    """Its standard uncertainty; empty: none is stated."""


@dataclass(frozen=True)
class GasForm:
    """A certificate, as typed."""

    lot: str = ""
    """Number."""
    date: str = ""
    """ISO 8601 date."""
    fuel: str = "H2"
    """Main component."""
    reference: str = "25 °C"
    """Combustion reference temperature."""
    impurities: tuple[Impurity, ...] = ()
    """Other species."""


@dataclass(frozen=True)
class GasChecked:
    """What the form comes to."""

    lot: GasLot | None
    """The lot; None: the form has problems."""
    problems: tuple[Message, ...] = ()
    """What is wrong with it."""
    balance: float = 0.0
    """Mole fraction that is left for the main component."""
    impurities: float = 0.0
    """Sum of the mole fractions of the others."""


def form_of(lot: GasLot | None) -> GasForm:
    """Return a form for the next lot: species and fuel of the present one, numbers to be typed."""
    if lot is None:
        return GasForm()
    kept = tuple(
        Impurity(species, _PPM.shown(fraction), _PPM.shown(uncertainty))
        for species, (fraction, uncertainty) in lot.fractions.items()
    )
    near = {unit("degC").to_si(float(each.split()[0])): each for each in REFERENCES}
    reference = near.get(round(lot.reference_temperature, 2), REFERENCES[-1])
    return GasForm("", "", lot.fuel, reference, kept)


def checked(form: GasForm) -> GasChecked:
    """Return what a form comes to; lines without a species are left out."""
    try:
        document = parse(json.dumps(_plain(form), ensure_ascii=False), "gas")
        lot = gas_lot(validated(document, GasGrammar))
    except ConfigError as error:
        return GasChecked(None, _problems(form, error))
    doubled = _doubled(form.impurities)
    if doubled:
        return GasChecked(None, (Message("dialog.gas-twice", {"species": doubled}),))
    if not form.lot.strip():
        return GasChecked(None, (Message("dialog.gas-no-lot"),))
    total = sum(fraction for fraction, _ in lot.fractions.values())
    return GasChecked(lot, (), 1.0 - total, total)


def fraction_text(fraction: float) -> str:
    """Return a mole fraction as certificates write it."""
    return f"{fraction * 100:.5f} %" if fraction > 0.01 else _PPM.shown(fraction)


def _plain(form: GasForm) -> dict[str, object]:
    return {
        "fuel": form.fuel,
        "lot": form.lot.strip(),
        "date": form.date.strip(),
        "reference_temperature": form.reference,
        "impurities": {
            each.species.strip(): {
                "fraction": each.fraction.strip(),
                "uncertainty": each.uncertainty.strip() or 0,
            }
            for each in form.impurities
            if each.species.strip()
        },
    }


def _problems(form: GasForm, error: ConfigError) -> tuple[Message, ...]:
    if not form.date.strip():
        return (Message("dialog.gas-no-date"),)
    found = tuple(each.message for each in error.problems if isinstance(each, Problem))
    return found or (error.message,)


def _doubled(impurities: Sequence[Impurity]) -> str:
    names = [each.species.strip() for each in impurities if each.species.strip()]
    return next((name for name in names if names.count(name) > 1), "")
