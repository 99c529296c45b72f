"""Formula channels: whole arrays give what one row at a time gives, and bounds hold all of it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import BenchError
from bench.expression import parse, resolve
from bench.units import unit
from gui.state.review.formula import Formula, FormulaRefused, read_formula
from gui.state.review.formula_bounds import Bounds, bounded
from gui.state.review.formula_values import evaluated

UNITS = {"a.x": unit("1"), "a.y": unit("1"), "a.z": unit("1"), "engine.speed": unit("rpm")}
VALUES = st.floats(-8, 8) | st.sampled_from((0.0, 1.0, -1.0, 700.0))
FUNCTIONS = ("sqrt", "ln", "exp", "abs", "sin", "cos", "ceil")
LEAVES = st.sampled_from(("a.x", "a.y", "a.z", "0", "2", "0.5"))


def numbers():
    return st.recursive(
        LEAVES,
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
            st.builds("{}({})".format, st.sampled_from(FUNCTIONS), inner),
            st.builds("min({}, {})".format, inner, inner),
            st.builds("max({}, {}, {})".format, inner, inner, inner),
            st.builds("(({}) ^ {})".format, inner, st.sampled_from(("2", "3", "0.5", "(-1)"))),
            st.builds("(-{})".format, inner),
            st.builds("if({} < {} and not ({} == {}), {}, {})".format, *[inner] * 6),
            st.builds("if({} >= {} or {} != {}, {}, {})".format, *[inner] * 6),
        ),
        max_leaves=6,
    )  # fmt: skip


def meaning(text):
    try:
        return resolve(parse(text), units=UNITS.get)
    except BenchError:
        return None


@settings(max_examples=150, deadline=None)
@given(numbers(), st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=8))
def test_arrays_give_what_one_row_at_a_time_gives(text, rows):
    resolved = meaning(text)
    if resolved is None:
        return
    columns = dict(zip(("a.x", "a.y", "a.z"), np.array(rows).T, strict=True))
    expected = [resolved.evaluate({n: c[i] for n, c in columns.items()}) for i in range(len(rows))]
    np.testing.assert_allclose(
        evaluated(resolved, columns, len(rows)), expected, rtol=1e-9, atol=1e-12
    )


@settings(max_examples=150, deadline=None)
@given(numbers(), st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=8))
def test_no_value_leaves_the_bounds(text, rows):
    resolved = meaning(text)
    if resolved is None:
        return
    columns = dict(zip(("a.x", "a.y", "a.z"), np.array(rows).T, strict=True))
    within = {n: Bounds(c.min(keepdims=True), c.max(keepdims=True)) for n, c in columns.items()}
    found = bounded(resolved, within, 1)
    values = evaluated(resolved, columns, len(rows))
    values = values[~np.isnan(values)]
    if len(values) and not math.isnan(found.low[0]):
        slack = 1e-9 * max(1.0, abs(found.low[0]), abs(found.high[0]))
        assert found.low[0] - slack <= values.min()
        assert values.max() <= found.high[0] + slack


def test_a_division_by_zero_is_no_value_there():
    resolved = meaning("1 / a.x")
    found = evaluated(resolved, {"a.x": np.array([2.0, 0.0, 4.0])}, 3)
    np.testing.assert_array_equal(found, [0.5, math.nan, 0.25])


def test_a_value_that_may_not_be_used_gives_none():
    resolved = meaning("if(a.x > 1, 5, 6)")
    found = evaluated(resolved, {"a.x": np.array([2.0, math.nan])}, 2)
    np.testing.assert_array_equal(found, [5.0, math.nan])


def test_a_formula_is_shown_in_its_unit():
    read = read_formula(Formula("twice", "2 * engine.speed", "rpm"), UNITS.get)
    assert (read.formula.channel, read.unit.text) == ("=twice", "rpm")


@pytest.mark.parametrize(
    ("name", "text", "shown", "said"),
    [
        ("", "a.x", "", "name"),
        ("two words", "a.x", "", "name"),
        ("eta", "1 + 2", "", "channel"),
        ("eta", "a.x +", "", "ends where"),
        ("eta", "a.nothing + 1", "", "a.nothing"),
        ("eta", "engine.speed", "kg", "kg"),
        ("eta", "engine.speed + 1 kg", "", "kg"),
        ("eta", "a.x", "florin", "florin"),
    ],
)
def test_what_is_no_formula_is_one_sentence(name, text, shown, said):
    with pytest.raises(BenchError, match=said):
        read_formula(Formula(name, text, shown), UNITS.get, tuple(UNITS))


def test_a_refused_formula_is_known_by_its_kind():
    with pytest.raises(FormulaRefused):
        read_formula(Formula("eta", "1"), UNITS.get)
