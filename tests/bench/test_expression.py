import math
import pickle

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bench.expression import ExpressionError, compile_row, parse, resolve
from bench.expression.syntax import Binary, Call, Constant, Name, Number, Parameter, Unary
from bench.units import quantity, unit

UNITS = {
    "engine.torque": "N*m",
    "engine.speed": "rpm",
    "fuel.flow": "kg/h",
    "fuel.inlet": "bar_g",
    "fuel.outlet": "bar_g",
    "ambient.pressure": "kPa",
    "h2.hood": "%LFL",
    "oil.temperature": "degC",
    "water.temperature": "degC",
    "water.rise": "K",
    "dyno.mode": "",
    "a.x": "",
    "a.y": "",
}
PARAMETERS = {"speed": quantity("1200 rpm"), "two": quantity(2), "warm": quantity("5 degC")}
VALUES = {
    "engine.torque": 2000.0,
    "engine.speed": 125.0,
    "fuel.flow": 0.005,
    "fuel.inlet": 9e5,
    "fuel.outlet": 8e5,
    "ambient.pressure": 1e5,
    "h2.hood": 0.1,
    "oil.temperature": 363.15,
    "water.temperature": 353.15,
    "water.rise": 6.0,
    "dyno.mode": 1.0,
    "a.x": 3.0,
    "a.y": -0.5,
}


def choices(name):
    return ("off", "motor", "absorb") if name == "dyno.mode" else ()


def meaning(text, **more):
    return resolve(
        parse(text),
        units=lambda name: unit(UNITS[name]) if name in UNITS else None,
        parameters=PARAMETERS,
        known=UNITS,
        choices=choices,
        **more,
    )


def value(text, **changes):
    return meaning(text).evaluate(VALUES | changes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7.0),
        ("-2 ^ 2", -4.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("2 ** -1", 0.5),
        ("8 / 4 / 2", 1.0),
        ("5 - 3 - 1", 1.0),
        ("(1 + 2) * 3", 9.0),
        ("2 * pi", 2 * math.pi),
        ("ceil(24.2)", 25.0),
        ("ceil(0.1 * 3 / 0.1)", 3.0),
        ("ceil(-1.5)", -1.0),
        ("sqrt(16) + abs(-3) + min(5, 2, 7) + max(1, 4)", 13.0),
        ("exp(ln(2)) + sin(0) + cos(0)", 3.0),
        ("if(2 > 1, 10, 20)", 10.0),
        ("10 min", 600.0),
        ("2 N * min(3 m, 4 m)", 6.0),
        ("2 m^2", 2.0),
        ("1 m^2 / 2", 0.5),
        ("3 kg·m/s²", 3.0),
        ("2 rpm / 60 s", 2 * 2 * math.pi / 60 / 60),
        ("20 °C", 293.15),
        ("true and not false", 1.0),
        ("1 < 2 and 2 < 1 or 3 != 3", 0.0),
        ("not 1 > 2", 1.0),
        ("1 ≤ 1 and 2 ≥ 3", 0.0),
        ("2 × 3", 6.0),
        ("$two * $speed", 2 * 1200 * math.pi / 30),
    ],
)
def test_constants_are_computed_once(text, expected):
    assert meaning(text).constant == pytest.approx(expected, rel=1e-12)


def test_the_shaft_power_over_the_fuel_power_is_an_efficiency():
    efficiency = meaning("engine.torque * engine.speed / (fuel.flow * 119.96 MJ/kg)")
    assert efficiency.unit.dimension == (0.0,) * 6
    assert efficiency.evaluate(VALUES) == pytest.approx(2000 * 125 / (0.005 * 119.96e6))
    assert efficiency.names == {"engine.torque", "engine.speed", "fuel.flow"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("engine.torque * engine.speed", "W"),
        ("fuel.inlet + ambient.pressure", "Pa"),
        ("ambient.pressure - fuel.inlet", "Pa"),
        ("fuel.inlet - 1 bar", "Pa_g"),
        ("fuel.inlet - fuel.outlet", "Pa"),
        ("(fuel.inlet + fuel.outlet) / 2", "Pa_g"),
        ("h2.hood * 2", "1 LFL"),
        ("oil.temperature - water.temperature", "K"),
        ("sqrt(fuel.flow ^ 2) / (1 kg)", "s**-1"),
        ("h2.hood / h2.hood", ""),
    ],
)
def test_the_unit_of_a_result_follows_from_its_parts(text, shown):
    found = meaning(text).unit
    assert found.text == shown
    assert found.factor == 1.0
    assert unit(found.text).converts_to(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("h2.hood > 25 %LFL", 0.0),
        ("h2.hood > 5 %LFL and dyno.mode == motor", 1.0),
        ("dyno.mode != off", 1.0),
        ("absorb == dyno.mode", 0.0),
        ("oil.temperature > 85 °C", 1.0),
        ("oil.temperature - water.temperature > 5 K", 1.0),
        ("water.rise < 5 K or fuel.inlet - fuel.outlet > 0.5 bar", 1.0),
        ("oil.temperature + water.rise > 95 degC", 1.0),
        ("(a.x > 1) == (a.y < 0)", 1.0),
    ],
)
def test_conditions_are_one_or_zero(text, expected):
    found = meaning(text)
    assert found.is_condition
    assert found.evaluate(VALUES) == expected


@pytest.mark.parametrize(
    ("text", "message_id", "offset"),
    [
        ("", "expression.empty", 0),
        ("1 +", "expression.unfinished", 3),
        ("a.x >> 1", "expression.operand-missing", 5),
        ("a.x a.y", "expression.operator-missing", 4),
        ("(a.x", "expression.not-closed", 0),
        ("min(1, 2", "expression.not-closed", 3),
        ("1 < a.x < 2", "expression.chained", 8),
        ("a.x = 1", "expression.foreign-sign", 4),
        ("a.x && a.y", "expression.foreign-sign", 4),
        ("a.x § 2", "expression.character", 4),
        ("1,5 bar", "expression.decimal-comma", 1),
        ("max(1,5 bar,2 bar) + 1,5", "expression.decimal-comma", 22),
        ("a.x > 5 raps", "expression.unit", 8),
        ("1e999", "expression.number-too-large", 0),
        ("mean(a.x)", "expression.function", 0),
        ("sqrt", "expression.no-arguments", 0),
        ("sqrt(1, 2)", "expression.argument-count", 0),
        ("a.x + motor", "expression.word", 6),
        ("speed * 2", "expression.word", 0),
        ("a.x + " * 4000 + "1", "expression.too-long", 4000),
        ("(" * 151 + "1" + ")" * 151, "expression.too-large", 150),
    ],
)
def test_a_text_that_cannot_be_read_is_told_where_and_why(text, message_id, offset):
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (caught.value.message.id, caught.value.offset) == (message_id, offset)
    assert "expression." not in caught.value.text("en")
    assert "expression." not in caught.value.text("zh")


@pytest.mark.parametrize(
    ("text", "message_id", "offset"),
    [
        ("engine.torqe > 1 N*m", "expression.name", 0),
        ("a.x * $sped", "expression.parameter", 6),
        ("dyno.mode == moto", "expression.choice", 13),
        ("motor", "expression.word", 0),
        ("a.x > 0 bar", "expression.dimensions-differ", 4),
        ("engine.torque + engine.speed", "expression.dimensions-differ", 14),
        ("fuel.inlet > ambient.pressure", "expression.gauge", 11),
        ("h2.hood > 0.25", "expression.lfl", 8),
        ("oil.temperature + 5 degC", "expression.temperature-difference", 18),
        ("oil.temperature + $warm", "expression.temperature-difference", 18),
        ("oil.temperature - water.temperature < 5 °C", "expression.temperature-difference", 36),
        ("a.x ^ a.y", "expression.exponent", 6),
        ("sin(fuel.inlet)", "expression.pure-number", 4),
        ("if(a.x, 1, 2)", "expression.condition-wanted", 3),
        ("a.x and true", "expression.condition-wanted", 0),
        ("1 + (a.x > 2)", "expression.value-wanted", 9),
        ("(a.x > 1) > (a.y > 1)", "expression.value-wanted", 5),
        ("if(a.x > 1, 1, true)", "expression.condition-and-number", 0),
        ("if(a.x > 1, 1 K, 1 s)", "expression.dimensions-differ", 0),
        ("1 / 0", "expression.undefined", 0),
        ("1e300 * 1e300", "expression.undefined", 0),
    ],
)
def test_what_makes_no_sense_on_the_bench_is_told_where_and_why(text, message_id, offset):
    with pytest.raises(ExpressionError) as caught:
        meaning(text)
    assert (caught.value.message.id, caught.value.offset) == (message_id, offset)
    assert "expression." not in caught.value.text("zh")


def test_a_misspelt_channel_is_told_the_nearest_one():
    with pytest.raises(ExpressionError, match=r"did you mean 'engine\.torque'"):
        meaning("engine.torqe > 1 N*m")


def test_a_word_alone_is_a_demand_of_its_channel():
    assert meaning("motor", target="dyno.mode").constant == 1.0


def test_a_branch_that_a_constant_rules_out_is_never_read():
    assert meaning("if($two == 0, 1 / a.x, a.y)").names == {"a.y"}


@pytest.mark.parametrize(
    "text",
    ["a.x / (a.y - a.y)", "sqrt(a.y)", "ln(a.y)", "exp(a.x * 1e6)", "a.y ^ 0.5", "a.x * 1e308"],
)
def test_what_has_no_value_is_nan(text):
    assert math.isnan(value(text))


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "==", "!="])
def test_a_comparison_with_nan_is_false(sign):
    assert value(f"a.x {sign} 1", **{"a.x": math.nan}) == 0.0


@pytest.mark.parametrize("text", ["min(a.x, 1)", "min(1, a.x)", "max(1, a.x, 2)", "max(a.x, 1)"])
def test_nan_is_never_silently_a_number(text):
    assert math.isnan(value(text, **{"a.x": math.nan}))


def test_one_condition_is_the_same_in_every_unit():
    for text in (
        "ambient.pressure >= 1 bar",
        "ambient.pressure >= 100 kPa",
        "ambient.pressure >= 1e5 Pa",
    ):
        assert value(text) == 1.0
    assert meaning("25 %LFL").constant == pytest.approx(0.25)
    assert meaning("25 %").constant == pytest.approx(0.25)


@given(st.floats(0.0, 1e6))
def test_a_pressure_is_the_same_in_bar_and_in_kilopascal(number):
    in_bar, in_kilopascal = meaning(f"{number!r} bar").constant, meaning(f"{number!r} kPa").constant
    assert in_bar == pytest.approx(100 * in_kilopascal)


def test_an_error_survives_the_way_between_processes():
    with pytest.raises(ExpressionError) as caught:
        parse("1 +")
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert type(copy) is ExpressionError
    assert (copy.offset, copy.text("zh")) == (caught.value.offset, caught.value.text("zh"))


# --- laws -----------------------------------------------------------------------------------------

NUMBERS = st.floats(0.0, 1e6, allow_subnormal=False)
PURE = st.one_of(
    st.builds(Number, NUMBERS),
    st.sampled_from([Name("a.x"), Name("a.y"), Parameter("two"), Constant("pi")]),
)


def _values(inner):
    return st.one_of(
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/"]), inner, inner),
        st.builds(Binary, st.just("^"), inner, st.builds(Number, st.sampled_from([0.5, 2.0, 3.0]))),
        st.builds(Unary, st.just("neg"), inner),
        st.builds(
            Call,
            st.sampled_from(["sqrt", "exp", "ln", "sin", "cos", "abs", "ceil"]),
            st.tuples(inner),
        ),
        st.builds(
            Call,
            st.sampled_from(["min", "max"]),
            st.lists(inner, min_size=1, max_size=3).map(tuple),
        ),
        st.builds(Call, st.just("if"), st.tuples(_conditions(inner), inner, inner)),
    )


def _conditions(inner):
    compared = st.builds(Binary, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), inner, inner)
    return st.one_of(
        compared,
        st.builds(Unary, st.just("not"), compared),
        st.builds(Binary, st.sampled_from(["and", "or"]), compared, compared),
    )


TREES = st.recursive(PURE, _values, max_leaves=8)
WITH_UNITS = st.one_of(
    TREES,
    st.builds(
        Binary,
        st.sampled_from(["+", "*", "^", "/", "<"]),
        st.builds(Number, NUMBERS, st.sampled_from(["N*m", "%/min", "m^2", "°C", "bar_g", "%LFL"])),
        PURE,
    ),
)
ANY = st.one_of(WITH_UNITS, _conditions(TREES))
INPUTS = st.one_of(st.just(0.0), st.just(math.nan), st.floats(-1e9, 1e9))


@given(ANY)
@settings(max_examples=200)
def test_a_printed_tree_reads_back_as_the_same_tree(tree):
    assert parse(str(tree)).root == tree


@given(st.lists(st.one_of(TREES, _conditions(TREES)), max_size=5), INPUTS, INPUTS)
@settings(max_examples=150)
def test_a_compiled_row_agrees_with_evaluating_one_by_one(trees, x, y):
    try:
        found = [meaning(str(tree)) for tree in trees]
    except ExpressionError as error:
        assume(error.message.id != "expression.undefined")
        raise
    row = [x, y] + [7.0] * len(found)
    compile_row(list(enumerate(found, start=2)), ["a.x", "a.y"].index)(row)
    for got, one in zip(row[2:], found, strict=True):
        expected = one.evaluate({"a.x": x, "a.y": y})
        assert got == expected or (math.isnan(got) and math.isnan(expected))


def test_one_division_by_zero_leaves_the_other_results_alone():
    found = [meaning(text) for text in ("a.x + 1", "a.x / a.y", "a.x * 2")]
    row = [3.0, 0.0, 9.0, 9.0, 9.0]
    compile_row(list(enumerate(found, start=2)), ["a.x", "a.y"].index)(row)
    assert row[2] == 4.0
    assert math.isnan(row[3])
    assert row[4] == 6.0


def test_a_later_expression_reads_what_an_earlier_one_wrote():
    positions = {"a.x": 0, "a.y": 1}
    row = [3.0, 0.0, 0.0]
    compile_row([(1, meaning("a.x * 2")), (2, meaning("a.y + 1"))], positions.__getitem__)(row)
    assert row == [3.0, 6.0, 7.0]


def test_the_deepest_expression_still_compiles():
    text = "+".join(["a.x"] * 150)
    nested = "(" * 75 + "a.x" + "+ 1)" * 75
    found = [meaning(text), meaning(nested), meaning("-" * 150 + "a.x")]
    row = [1.0, 0.0, 0.0, 0.0]
    compile_row(list(enumerate(found, start=1)), ["a.x"].index)(row)
    assert row == [1.0, 150.0, 76.0, 1.0]


WORDS = "a.x engine.torque 1 2.5 N*m $two if min ( ) , + - * / ^ ** < == and or not motor pi true"
PIECES = st.sampled_from([*WORDS.split(" "), "25 %LFL", "°C", "_g", ".", " "])


@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=12).map(" ".join)))
@settings(max_examples=300)
def test_no_text_crashes_the_reading_of_an_expression(text):
    try:
        found = meaning(text).evaluate(VALUES)
    except ExpressionError as error:
        found = error
    if isinstance(found, ExpressionError):
        assert 0 <= found.offset <= len(text)
        assert found.text("zh")
    else:
        assert isinstance(found, float)


def test_a_selector_word_may_have_a_slash():
    def mode(text, number):
        found = resolve(
            parse(text),
            units=lambda name: unit(UNITS[name]) if name in UNITS else None,
            choices=lambda name: ("off", "n/T", "T/n") if name == "dyno.mode" else (),
        )
        return found.evaluate({**VALUES, "dyno.mode": number})

    assert mode("dyno.mode == n/T", 1.0) == 1.0
    assert mode("not (T/n != dyno.mode) and engine.speed > 0 rpm", 2.0) == 1.0
    assert str(parse("dyno.mode == n/T")) == "dyno.mode == n/T"


@pytest.mark.parametrize("text", ["pi/a.x", "a.x/pi", "pi/abs(a.x)", "a.x/a.y", "4 m/s/(2 m/s)"])
def test_a_slash_still_divides(text):
    assert math.isfinite(value(text))
