import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.units import ONE, UnitError, is_unit, quantity, significant, unit

FINITE = st.floats(-1e6, 1e6)
UNITS = ["rpm", "N*m", "kg/h", "degC", "bar", "kPa_g", "%", "%LFL", "Ln/min", "A/cm^2", "mΩ*cm²"]


@pytest.mark.parametrize(
    ("text", "si"),
    [
        ("1200 rpm", 1200 * 2 * math.pi / 60),
        ("2000 N*m", 2000.0),
        ("20 °C", 293.15),
        ("-40 degC", 233.15),
        ("3.6 kg/h", 1e-3),
        ("25 %LFL", 0.25),
        ("0.2 %/min", 0.2e-2 / 60),
        ("1 bar_g", 1e5),
        ("12.8 L", 12.8e-3),
        ("1 Ln/min", 101325 / (8.31446261815324 * 273.15) * 1e-3 / 60),  # R: CODATA 2018
        ("5", 5.0),
    ],
)
def test_a_quantity_is_known_in_si(text, si):
    assert quantity(text).value == pytest.approx(si, rel=1e-9)


@given(FINITE, st.sampled_from(UNITS))
def test_going_to_si_and_back_changes_nothing(number, name):
    measure = unit(name)
    assert measure.from_si(measure.to_si(number)) == pytest.approx(number, rel=1e-9, abs=1e-9)


@given(FINITE)
def test_one_bar_is_a_hundred_kilopascal(number):
    assert quantity(f"{number!r} bar").value == pytest.approx(
        quantity(f"{number * 100!r} kPa").value
    )


def test_a_difference_of_five_degrees_is_five_kelvin():
    assert quantity("5 degC").difference == pytest.approx(5.0)


def test_gauge_and_lfl_do_not_convert_without_a_reference():
    assert not unit("bar_g").converts_to(unit("bar"))
    assert not unit("%LFL").converts_to(unit("%"))
    assert unit("bar_g").converts_to(unit("kPa_g"))
    assert unit("bar_a").converts_to(unit("kPa"))


@pytest.mark.parametrize("text", ["kg_g", "s_a", "kgLFL", "degC(g)"])
def test_only_pressures_are_gauge_and_only_shares_refer_to_the_flammable_limit(text):
    assert not is_unit(text)


@pytest.mark.parametrize(("wrong", "right"), [("rmp", "rpm"), ("KPa", "kPa"), ("bar_gg", "bar_g")])
def test_a_misspelt_unit_is_told_the_nearest_one(wrong, right):
    with pytest.raises(UnitError, match=f"did you mean '{right}'"):
        unit(wrong)


@pytest.mark.parametrize(
    "text", ["wraps", "parse_units", "m/0", "m**(9**9**9)", "m,m", "m" * 9000, "60 s", "m**999999"]
)
def test_what_is_no_product_of_unit_names_never_reaches_the_unit_parser(text):
    assert not is_unit(text)


@pytest.mark.parametrize("text", ["rpm", "", "1e999 bar", "1,5 bar", True])
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(UnitError):
        quantity(text)


@given(st.text(max_size=30))
def test_no_text_crashes_the_reading_of_a_unit(text):
    try:
        factor = unit(text).factor
    except UnitError:
        return
    assert math.isfinite(factor)


def test_an_error_survives_the_way_between_processes():
    error = UnitError("unit.no-number", text="x")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is UnitError
    assert copy.text() == error.text()


@pytest.mark.parametrize(
    ("number", "text"), [(0.0, "0"), (1234.56, "1235"), (0.012345, "0.01235"), (1e12, "1.000e+12")]
)
def test_numbers_are_shown_with_their_significant_digits(number, text):
    assert significant(number) == text


def test_units_are_shown_as_people_write_them():
    assert unit("degC").shown(293.15) == "20.00 °C"
    assert unit("N*m").shown(2000.0) == "2000 N·m"
    assert ONE.shown(0.5) == "0.5000"
