"""The parameters of a protocol as a form."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.config.catalogue import Catalogue
from bench.config.protocol import load_protocol
from gui.state.start.parameters import chosen_of, completed, problem_of, rows_of
from tests.gui.state.sessions import engine_cell

CATALOGUE = Catalogue.shipped()
BEST_POINT = load_protocol("hydrogen-engine/best-point", CATALOGUE)
ROWS = rows_of(BEST_POINT)


def row(name):
    return next(each for each in ROWS if each.name == name)


def problem(name, written):
    return problem_of(BEST_POINT, engine_cell(), CATALOGUE, name, written)


def test_a_row_tells_default_unit_and_range_as_the_file_has_them():
    speed = row("speed")
    assert (speed.default, speed.unit, speed.low, speed.high) == (
        "1200 rpm", "rpm", "700 rpm", "2100 rpm",
    )  # fmt: skip
    assert speed.about.zh == "发动机转速"


def test_rows_keep_the_order_of_the_file():
    assert [each.name for each in ROWS] == list(BEST_POINT.file.parameters)


def test_an_empty_field_and_the_default_choose_nothing():
    assert chosen_of(ROWS, {"speed": " ", "torque": "2000 N*m"}) == {}


def test_a_number_alone_has_the_unit_beside_the_field():
    assert chosen_of(ROWS, {"speed": "1300", "approaches": "4"}) == {
        "speed": "1300 rpm",
        "approaches": "4",
    }


@pytest.mark.parametrize(
    ("name", "written", "said"),
    [
        ("speed", "5000 rpm", "plan.parameter-range"),
        ("torque", "2 kg", "plan.parameter-dimension"),
        ("approaches", "2 rpm", "plan.parameter-plain"),
        ("speed", "fast", "unit.no-number"),
        ("speed", "1,3 rpm", "unit.decimal-comma"),
    ],
)
def test_a_wrong_choice_is_said_as_the_command_line_says_it(name, written, said):
    assert problem(name, written).id == said


@settings(max_examples=25, deadline=None)
@given(st.floats(min_value=700, max_value=2100))
def test_every_value_within_the_range_is_taken(speed):
    assert problem("speed", completed(row("speed"), f"{speed:.3f}")) is None
