"""A lot of fuel gas as typed from its certificate."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.state.console.gas import GasForm, Impurity, checked, form_of
from tests.gui.state.sessions import engine_cell

FORM = GasForm("H2-1", "2026-11-01", "H2", "25 °C", (Impurity("N2", "40 ppm", "8 ppm"),))

MORE_THAN_ALL = (Impurity("N2", "60 %"), Impurity("O2", "50 %"))


def said(**changes):
    return [each.id for each in checked(replace(FORM, **changes)).problems]


def test_a_certificate_becomes_a_lot_in_si():
    lot = checked(FORM).lot
    assert (lot.lot, lot.date, lot.fuel) == ("H2-1", "2026-11-01", "H2")
    assert lot.fractions["N2"] == pytest.approx((40e-6, 8e-6))
    assert lot.reference_temperature == pytest.approx(298.15)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(min_value=0, max_value=1e5), max_size=4))
def test_fuel_and_impurities_are_together_one(fractions):
    lines = tuple(Impurity(f"X{n}", f"{each} ppm") for n, each in enumerate(fractions))
    found = checked(replace(FORM, impurities=lines))
    assert math.isclose(found.balance + found.impurities, 1.0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"lot": " "}, "dialog.gas-no-lot"),
        ({"date": ""}, "dialog.gas-no-date"),
        (
            {"impurities": (Impurity("N2", "60 %"), Impurity("O2", "50 %"))},
            "config.no-hydrogen-left",
        ),
        ({"impurities": (Impurity("N2", "1 ppm"), Impurity("N2", "2 ppm"))}, "dialog.gas-twice"),
        ({"impurities": (Impurity("H2", "1 ppm"),)}, "perform.fuel-impurity"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(changes, expected):
    assert said(**changes) == [expected]


@pytest.mark.parametrize(
    "impurity", [Impurity("N2", "40 kg"), Impurity("N2", ""), Impurity("N2", "-1")]
)
def test_a_fraction_that_is_none_gives_no_lot(impurity):
    assert checked(replace(FORM, impurities=(impurity,))).lot is None


def test_a_wrong_date_gives_no_lot():
    assert said(date="1.11.2026")


def test_the_next_lot_begins_with_the_species_of_the_present_one():
    form = form_of(engine_cell().gas)
    assert (form.lot, form.date, form.reference) == ("", "", "25 °C")
    assert [each.species for each in form.impurities] == ["N2", "O2", "H2O", "CH4"]
    assert form_of(None) == GasForm()
