"""Drift over kilometres: golden line, laws, what is refused."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.deterioration import deterioration
from analysis.drift import NoDriftCause, NoDriftError, WearLaw, at, fit, ratio_at

KILOMETRES = (0.0, 50e3, 100e3, 150e3)
EMISSIONS = (0.180, 0.186, 0.195, 0.199)
points = st.lists(
    st.tuples(st.integers(0, 200).map(lambda k: 1e3 * k), st.floats(40.0, 46.0)),
    min_size=5, max_size=12, unique_by=lambda point: point[0],
)  # fmt: skip


def columns(of):
    x, y = zip(*of, strict=True)
    return {"kilometres": x, "values": y}


def test_the_golden_line_of_four_tests():
    """Worked by hand: least squares, Student's t with two degrees of freedom."""
    line = fit(kilometres=KILOMETRES, values=EMISSIONS)
    assert line.slope == pytest.approx(1.32e-7)
    assert line.levels == pytest.approx([0.1801])
    assert line.scatter == pytest.approx(0.0014491, abs=1e-7)
    there = at(line, kilometres=200e3)
    assert there.value == pytest.approx(0.2065)
    assert there.mean_one_sided.upper == pytest.approx(0.21168, abs=5e-6)
    assert there.prediction_one_sided.upper == pytest.approx(0.21319, abs=5e-6)
    assert there.extrapolation == pytest.approx(0.25)
    factors = deterioration(fitted=line, useful_life=200e3)
    assert factors.multiplicative == pytest.approx(1.14659, abs=5e-6)
    assert factors.additive == pytest.approx(0.02640, abs=5e-6)
    assert factors.extrapolation == pytest.approx(0.25)


def test_what_gets_better_has_factors_of_one_and_nothing():
    line = fit(kilometres=KILOMETRES, values=EMISSIONS[::-1])
    factors = deterioration(fitted=line, useful_life=200e3, start=1000.0)
    assert (factors.multiplicative, factors.additive) == (1.0, 0.0)
    falling = fit(kilometres=KILOMETRES, values=(-1.0, 0.0, 1.0, 2.1))
    assert deterioration(fitted=falling, useful_life=200e3).multiplicative is None


@pytest.mark.parametrize(("start", "life"), [(200e3, 200e3), (-1.0, 200e3), (0.0, 0.0)])
def test_a_factor_needs_a_life_beyond_its_start(start, life):
    line = fit(kilometres=KILOMETRES, values=EMISSIONS)
    with pytest.raises(ValueError, match=r"start|useful_life"):
        deterioration(fitted=line, useful_life=life, start=start)


@given(points, st.randoms())
def test_the_order_of_the_tests_changes_nothing(of, random):
    mixed = random.sample(of, len(of))
    first, second = fit(**columns(of)), fit(**columns(mixed))
    assert first.slope == pytest.approx(second.slope, abs=1e-12)
    assert first.scatter == pytest.approx(second.scatter, abs=1e-9)


@given(points, st.floats(-1e-4, 1e-4))
def test_a_slope_added_to_the_values_is_added_to_the_slope(of, slope):
    first = fit(**columns(of))
    second = fit(**columns([(x, y + slope * x) for x, y in of]))
    assert second.slope == pytest.approx(first.slope + slope, abs=1e-11)
    assert second.scatter == pytest.approx(first.scatter, abs=1e-8)


@given(points, st.integers(1, 3), st.floats(-5.0, 5.0))
def test_a_new_level_takes_up_any_step_after_a_break(of, place, step):
    of = sorted(of)
    series = [int(number >= place + 1) for number in range(len(of))]
    assume(len(of) >= 5)
    stepped = [(x, y + step * broken) for (x, y), broken in zip(of, series, strict=True)]
    first, second = fit(**columns(of), series=series), fit(**columns(stepped), series=series)
    assert second.slope == pytest.approx(first.slope, abs=1e-11)
    assert second.levels[1] - first.levels[1] == pytest.approx(step, abs=1e-8)
    assert at(second, kilometres=200e3).value - at(first, kilometres=200e3).value == (
        pytest.approx(step, abs=1e-8)
    )


@settings(max_examples=30)
@given(points)
def test_leaving_a_point_out_gives_the_slope_that_was_foretold(of):
    whole = fit(**columns(of))
    assert sum(each.leverage for each in whole.influences) == pytest.approx(2.0)
    for place, influence in enumerate(whole.influences):
        rest = fit(**columns([point for number, point in enumerate(of) if number != place]))
        assert influence.slope_without == pytest.approx(rest.slope, abs=1e-12)
        moved = [rest.value_at(x) - whole.value_at(x) for x, _ in of]
        distance = sum(each**2 for each in moved) / (2.0 * whole.scatter**2)
        assert influence.cooks_distance == pytest.approx(distance, rel=1e-5, abs=1e-9)


@given(points, st.integers(0, 4))
def test_a_test_done_twice_weighs_as_two(of, place):
    """But for the scatter, which then knows of one point less."""
    weights = [1.0 + (number == place) for number in range(len(of))]
    weighted = fit(**columns(of), weights=weights)
    doubled = fit(**columns([*of, of[place]]))
    assert weighted.slope == pytest.approx(doubled.slope, abs=1e-12)
    assert weighted.squares == pytest.approx(doubled.squares, abs=1e-9)


@given(points, st.floats(0.0, 3e5), st.floats(0.0, 1.0))
def test_bounds_lie_in_each_other(of, where, systematic):
    there = at(fit(**columns(of)), kilometres=where, systematic=systematic)
    assert there.prediction_one_sided.lower <= there.mean_one_sided.lower <= there.value
    assert there.mean_two_sided.lower <= there.mean_one_sided.lower
    assert there.combined_uncertainty >= systematic
    assert there.combined_one_sided.upper >= there.value
    endless = at(fit(**columns(of)), kilometres=where, repeats=math.inf)
    assert endless.prediction_one_sided == endless.mean_one_sided


def test_what_all_points_share_does_not_average_out():
    x = np.linspace(0.0, 200e3, 200)
    y = 43.5 - 2e-6 * x + np.random.default_rng(1).normal(0.0, 0.05, 200)
    there = at(fit(kilometres=x, values=y), kilometres=200e3, systematic=0.19, repeats=math.inf)
    assert there.combined_uncertainty == pytest.approx(0.19, rel=0.01)
    assert there.combined_one_sided.lower == pytest.approx(there.value - 1.645 * 0.19, abs=0.003)


def test_intervals_of_a_straight_law_hold_it_as_often_as_they_say():
    draw = np.random.default_rng(3)
    x = np.array([0.0, 50e3, 100e3, 150e3])
    held = np.zeros(2)
    for _ in range(1000):
        line = fit(kilometres=x, values=44.0 - 4e-6 * x + draw.normal(0.0, 0.1, 4))
        there = at(line, kilometres=200e3)
        new = 43.2 + draw.normal(0.0, 0.1)
        held += [there.mean_one_sided.lower <= 43.2, there.prediction_one_sided.lower <= new]
    assert held / 1000 == pytest.approx(0.95, abs=0.025)


def test_a_common_gain_cancels_in_a_ratio():
    x = np.linspace(0.0, 200e3, 5)
    y = 360.0 - 8e-5 * x + np.array([0.3, -0.2, 0.1, 0.2, -0.4])
    shares = [
        ratio_at(fit(kilometres=x, values=gain * y), kilometres=200e3, start=0.0)
        for gain in (1.0, 1.02)
    ]
    assert shares[0].value == pytest.approx(344.0 / 360.0, rel=2e-3)
    assert shares[1].value == pytest.approx(shares[0].value)
    assert shares[1].prediction_uncertainty == pytest.approx(shares[0].prediction_uncertainty)


def test_the_uncertainty_of_a_ratio_is_that_of_drawing_it():
    draw = np.random.default_rng(9)
    x = np.linspace(0.0, 200e3, 5)
    truth = 360.0 - 8e-5 * x
    lines = [fit(kilometres=x, values=truth + draw.normal(0.0, 2.0, 5)) for _ in range(1500)]
    ratios = [line.value_at(200e3) / line.value_at(0.0) for line in lines]
    spread = [ratio_at(line, kilometres=200e3, start=0.0).mean_uncertainty for line in lines]
    assert np.sqrt(np.mean(np.square(spread))) == pytest.approx(np.std(ratios), rel=0.06)
    at_start = ratio_at(lines[0], kilometres=0.0, start=0.0)
    assert (at_start.value, at_start.mean_uncertainty) == (1.0, 0.0)


def test_a_ratio_needs_a_value_above_zero():
    line = fit(kilometres=KILOMETRES, values=(-1.0, 0.0, 1.0, 2.1))
    with pytest.raises(ValueError, match="has no shares"):
        ratio_at(line, kilometres=200e3, start=0.0)


def test_a_bent_law_is_hinted_at_and_a_line_is_not():
    x = np.linspace(0.0, 200e3, 9)
    noise = np.random.default_rng(2).normal(0.0, 0.02, 9)
    bent = fit(kilometres=x, values=44.0 - 1.0 * (x / 200e3) ** 2 + noise).curvature
    straight = fit(kilometres=x, values=44.0 - 1.0 * (x / 200e3) + noise).curvature
    assert bent is not None
    assert bent.is_hint
    assert bent.value == pytest.approx(-2.0 / 200e3**2, rel=0.2)
    assert straight is not None
    assert not straight.is_hint
    exact = fit(kilometres=x[:4], values=2.0 - 1e-6 * x[:4]).curvature
    assert exact is not None
    assert not exact.is_hint
    assert fit(kilometres=x[:3], values=[1.0, 2.0, 4.0]).curvature is None


def test_a_point_alone_in_its_series_sets_its_level_and_nothing_else():
    line = fit(
        kilometres=[0.0, 50e3, 100e3, 200e3], values=[43.5, 43.4, 43.33, 44.0], series=[0, 0, 0, 1]
    )
    alone = line.influences[3]
    assert (alone.leverage, alone.cooks_distance) == (1.0, 0.0)
    assert alone.slope_without == pytest.approx(line.slope)
    assert at(line, kilometres=200e3).value == pytest.approx(44.0)


def test_another_law_bends_the_drift():
    x = np.array([0.0, 50e3, 100e3, 200e3])
    square = fit(kilometres=x, values=44.0 - (x / 200e3) ** 2, law=WearLaw(exponent=2.0))
    assert square.scatter == 0.0
    assert at(square, kilometres=300e3).value == pytest.approx(44.0 - 2.25)
    assert square.slope == pytest.approx(-1.0 / 200e3)
    ending = 44.0 - 0.5 * (1.0 - np.exp(-x / 60e3))
    fitted = fit(kilometres=x, values=ending, law=WearLaw(growth=-1.0 / 60e3))
    assert fitted.scatter == 0.0
    assert at(fitted, kilometres=1e7).value == pytest.approx(43.5)


@pytest.mark.parametrize(
    "given", [{"exponent": 0.0}, {"growth": math.inf}, {"exponent": 2.0, "growth": 1e-5}]
)
def test_impossible_laws_are_refused(given):
    with pytest.raises(ValueError, match=r"exponent|growth"):
        WearLaw(**given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kilometres": [0.0], "values": [43.0]}, "too few"),
        ({"kilometres": [0.0, 1e5], "values": [43.0, 42.0]}, "too few"),
        ({"kilometres": [], "values": []}, "too few"),
        ({"kilometres": [1e5] * 4, "values": [43.0, 42.0, 43.0, 42.0]}, "one distance"),
        ({"kilometres": [0.0] * 4, "values": [43.0, 42.0, 43.0, 42.0]}, "one distance"),
        ({"kilometres": KILOMETRES, "values": EMISSIONS, "series": [0, 1, 2, 3]}, "too few"),
        ({"kilometres": [0.0, 0.0, 1e5, 1e5], "values": EMISSIONS, "series": [0, 0, 1, 1]},
         "one distance"),
        ({"kilometres": KILOMETRES, "values": [43.0, math.nan, 42.0, 41.0]}, "no number"),
        ({"kilometres": [0.0, 1e5, math.inf, 1.0], "values": EMISSIONS}, "no number"),
        ({"kilometres": [-1.0, 1e5, 2e5, 3e5], "values": EMISSIONS}, "negative"),
        ({"kilometres": KILOMETRES, "values": [43.0, 42.0]}, "do not match"),
        ({"kilometres": KILOMETRES, "values": EMISSIONS, "weights": [1, 1, 1, 0]}, "weights"),
        ({"kilometres": KILOMETRES, "values": EMISSIONS, "series": [0]}, "do not match"),
    ],
)  # fmt: skip
def test_what_shows_no_drift_is_refused_in_words(given, words):
    with pytest.raises(ValueError, match=words):
        fit(**given)


@pytest.mark.parametrize(
    ("kilometres", "series", "told"),
    [
        ([], [], (NoDriftCause.TOO_FEW, 0, 0, 3)),
        ([0.0, 1e5], [0, 0], (NoDriftCause.TOO_FEW, 2, 1, 3)),
        ([0.0, 1e5, 2e5], [0, 0, 1], (NoDriftCause.TOO_FEW, 3, 2, 4)),
        ([1e5] * 3, [0] * 3, (NoDriftCause.ONE_DISTANCE, 3, 1, 3)),
    ],
)
def test_who_words_it_himself_gets_the_reason_with_its_numbers(kilometres, series, told):
    with pytest.raises(NoDriftError) as caught:
        fit(kilometres=kilometres, values=[43.0] * len(kilometres), series=series)
    error = caught.value
    assert (error.cause, error.tests, error.series, error.needed) == told


@pytest.mark.parametrize(
    "given", [{"kilometres": -1.0}, {"kilometres": math.nan}, {"kilometres": 1.0, "repeats": 0.0},
              {"kilometres": 1.0, "systematic": -1.0}, {"kilometres": 1.0, "confidence": 1.0}],
)  # fmt: skip
def test_impossible_questions_are_refused(given):
    with pytest.raises(ValueError, match="must"):
        at(fit(kilometres=KILOMETRES, values=EMISSIONS), **given)
