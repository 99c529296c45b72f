"""Golden numbers: GUM (JCGM 100) H.1, and the three bench budgets worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.efficiency import brake_thermal_efficiency
from analysis.uncertainty import (
    REPEATABILITY,
    Contribution,
    budget,
    effective_degrees_of_freedom,
    rectangular_standard_uncertainty,
)

POINT = {"speed": 125.66, "torque": 2000.0, "fuel_flow": 17.53 / 3600, "heating_value": 119.96e6}
few = settings(max_examples=40, deadline=None)


def efficiency(x):
    return brake_thermal_efficiency(
        speed=x["speed"],
        torque=x["torque"],
        fuel_flow=x["fuel_flow"],
        lower_heating_value=x["heating_value"],
    )


def linear(x):
    return 2.0 * x["a"] - 3.0 * x["b"]


def part(name, value=0.0, u=1.0, **more):
    return Contribution(name=name, value=value, standard_uncertainty=u, **more)


def instruments(torque, speed, fuel_flow, heating_value):
    """Return common contributions from relative standard uncertainties in percent."""
    percent = {
        "torque": torque,
        "speed": speed,
        "fuel_flow": fuel_flow,
        "heating_value": heating_value,
    }
    return [part(name, value, percent[name] / 100 * value) for name, value in POINT.items()]


@pytest.mark.parametrize(
    ("percents", "repeat", "relative", "points"),
    [
        ((0.10, 0.01, 0.18, 0.05), 0.10, 0.23, 0.10),
        ((0.25, 0.05, 0.30, 0.10), 0.20, 0.45, 0.19),
        ((0.35, 0.12, 0.58, 0.12), 0.30, 0.76, 0.33),
    ],
)
def test_good_typical_and_minimum_instruments_have_their_budgets(
    percents, repeat, relative, points
):
    contributions = instruments(*percents)
    value = float(efficiency({name: np.array([v]) for name, v in POINT.items()})[0])
    contributions.append(part("repeat", 0.0, repeat / 100 * value, sensitivity=1.0, common=False))
    result = budget(model=efficiency, contributions=contributions)
    assert 100 * result.standard_uncertainty / result.value == pytest.approx(relative, abs=0.006)
    assert 43 * result.standard_uncertainty / result.value == pytest.approx(points, abs=0.006)


def end_gauge(x):
    warmth = x["expansion_difference"] * x["temperature"]
    warmth = warmth + x["expansion"] * x["temperature_difference"]
    return x["standard"] * (1.0 - warmth) + x["difference"]


def test_the_end_gauge_example_of_the_gum_comes_out():
    result = budget(
        model=end_gauge,
        contributions=[
            part("standard", 50.000623e6, 25.0, degrees_of_freedom=18),
            part("difference", 215.0, 9.7, degrees_of_freedom=25.6),
            part("expansion", 11.5e-6, 1.2e-6, distribution="rectangular"),
            part("temperature", -0.1, 0.41),
            part("expansion_difference", 0.0, 0.58e-6, degrees_of_freedom=50),
            part("temperature_difference", 0.0, 0.029, degrees_of_freedom=2),
        ],
        confidence=0.99,
    )  # nm and °C
    assert result.value == pytest.approx(50.000838e6, abs=0.5)
    assert round(result.standard_uncertainty) == 32
    assert math.floor(result.degrees_of_freedom) == 16
    assert result.expanded_uncertainty == pytest.approx(93, abs=1.0)
    assert round(result.lines[5].contribution, 1) == 16.7


def test_sensitivities_of_an_efficiency_are_its_relative_slopes():
    result = budget(model=efficiency, contributions=instruments(0.2, 0.2, 0.2, 0.2))
    slopes = {line.name: line.sensitivity * line.value / result.value for line in result.lines}
    assert slopes == pytest.approx(
        {"torque": 1.0, "speed": 1.0, "fuel_flow": -1.0, "heating_value": -1.0}, rel=1e-6
    )
    assert sum(line.variance_share for line in result.lines) == pytest.approx(1.0)


@few
@given(st.integers(1, 50), st.floats(0.01, 10.0))
def test_a_common_part_stays_and_an_independent_one_shrinks_with_repeats(count, u):
    repeats = {"a": np.full(count, 5.0), "b": np.full(count, 1.0)}
    result = budget(
        model=linear,
        contributions=[part("a", 5.0, u), part("b", 1.0, u, common=False)],
        repeats=repeats,
    )
    common, independent = result.lines[:2]
    assert common.contribution == pytest.approx(2.0 * u, rel=1e-6)
    assert independent.contribution == pytest.approx(3.0 * u / math.sqrt(count), rel=1e-6)


@few
@given(st.lists(st.floats(-10.0, 10.0), min_size=2, max_size=8))
def test_the_scatter_between_repeats_is_that_of_the_textbook(values):
    result = budget(
        model=lambda x: 1.0 * x["a"], contributions=[part("a", 0.0, 0.0)], repeats={"a": values}
    )
    assert result.value == pytest.approx(np.mean(values), abs=1e-9)
    expected = np.std(values, ddof=1) / math.sqrt(len(values))
    assert result.standard_uncertainty == pytest.approx(expected, abs=1e-9)
    if expected > 0:
        assert result.degrees_of_freedom == pytest.approx(len(values) - 1)


def test_scatter_within_repeats_is_not_counted_a_second_time():
    noise = part("noise", 1.0, 0.5, quantity="a", common=False, evaluation="A")
    scale = part("scale", 1.0, 0.1, quantity="a")
    one = budget(model=lambda x: 1.0 * x["a"], contributions=[noise, scale])
    three = budget(
        model=lambda x: 1.0 * x["a"], contributions=[noise, scale], repeats={"a": [0.9, 1.0, 1.1]}
    )
    assert one.lines[0].counted
    assert one.standard_uncertainty == pytest.approx(math.hypot(0.5, 0.1))
    assert not three.lines[0].counted
    assert three.lines[0].variance_share == 0.0
    assert three.lines[-1].name == REPEATABILITY
    assert three.standard_uncertainty == pytest.approx(math.hypot(0.1, 0.1 / math.sqrt(3)))


def test_a_common_type_a_part_such_as_a_calibration_is_always_counted():
    calibration = part("a", 1.0, 0.2, evaluation="A", degrees_of_freedom=9)
    result = budget(
        model=lambda x: 1.0 * x["a"], contributions=[calibration], repeats={"a": [1.0, 1.0]}
    )
    assert result.standard_uncertainty == pytest.approx(0.2)
    assert result.degrees_of_freedom == pytest.approx(9)


@few
@given(st.floats(0.1, 5.0), st.floats(0.1, 5.0), st.floats(0.1, 10.0))
def test_a_budget_follows_a_change_of_unit_of_the_result(first, second, scale):
    parts = [part("a", 1.0, first), part("b", 2.0, second)]
    base = budget(model=linear, contributions=parts)
    other = budget(model=lambda x: scale * linear(x), contributions=parts)
    assert other.standard_uncertainty == pytest.approx(scale * base.standard_uncertainty, rel=1e-6)


def test_the_interval_is_that_of_student():
    # Table G.2 of the GUM: t(0.95, 4) = 2.78; one-sided 2.13.
    result = budget(model=linear, contributions=[part("a", degrees_of_freedom=4), part("b", u=0.0)])
    assert round(result.coverage_factor, 2) == 2.78
    assert round(result.one_sided_factor, 2) == 2.13
    assert result.upper - result.lower == pytest.approx(2 * result.expanded_uncertainty)


def test_the_model_is_called_once_however_many_inputs():
    calls = []

    def model(x):
        calls.append(x["a"].size)
        return linear(x)

    budget(model=model, contributions=[part("a"), part("b")], repeats={"a": [1, 2], "b": [1, 2]})
    assert calls == [10]


@given(st.lists(st.tuples(st.floats(0.01, 1e3), st.floats(1.0, 100.0)), min_size=1, max_size=6))
def test_effective_freedom_lies_between_the_least_and_the_sum(parts):
    contributions, freedoms = zip(*parts, strict=True)
    result = effective_degrees_of_freedom(contributions=contributions, degrees_of_freedom=freedoms)
    assert min(freedoms) * (1 - 1e-9) <= result <= sum(freedoms) * (1 + 1e-9)


def test_a_data_sheet_limit_has_the_standard_deviation_of_a_rectangle():
    half_width = 0.25
    draws = np.linspace(-half_width, half_width, 100001)
    u = rectangular_standard_uncertainty(half_width=half_width)
    assert u == pytest.approx(draws.std(), rel=1e-4)


def test_no_uncertainty_at_all_is_a_budget_too():
    result = budget(model=linear, contributions=[part("a", u=0.0), part("b", u=0.0)])
    assert (result.standard_uncertainty, result.degrees_of_freedom) == (0.0, math.inf)


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        ({"value": math.nan}, "finite"),
        ({"standard_uncertainty": math.inf}, "finite"),
        ({"standard_uncertainty": -1.0}, "negative"),
        ({"degrees_of_freedom": 0.0}, "degrees of freedom"),
        ({"sensitivity": math.nan}, "sensitivity"),
    ],
)
def test_an_impossible_contribution_is_refused_by_name(bad, match):
    with pytest.raises(ValueError, match=f"flange.*{match}"):
        Contribution(**{"name": "flange", "value": 1.0, "standard_uncertainty": 1.0} | bad)


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"contributions": []}, "at least one"),
        ({"contributions": [part("a", 1.0), part("x", 2.0, quantity="a")]}, "disagree"),
        ({"repeats": {"a": [1.0, 2.0], "b": [1.0]}}, "length"),
        ({"repeats": {"a": [1.0, math.nan]}}, "no number"),
        ({"model": lambda x: x["a"].sum()}, "elementwise"),
        ({"model": lambda x: x["a"] * math.nan}, "no number"),
        ({"confidence": 1.0}, "confidence"),
    ],
)
def test_a_budget_that_cannot_be_is_refused(changed, match):
    asked = {"model": linear, "contributions": [part("a", 1.0), part("b", 1.0)]}
    with pytest.raises(ValueError, match=match):
        budget(**asked | changed)
