"""Golden numbers: the examples of JCGM 101, clause 9.2."""

import math

import numpy as np
import pytest

from analysis.monte_carlo import numerical_tolerance, propagate, validate_linear_budget
from analysis.uncertainty import Contribution, budget


def rng():
    return np.random.default_rng(20240501)


def total(x):
    return x["a"] + x["b"] + x["c"] + x["d"]


def parts(uncertainties=(1.0, 1.0, 1.0, 1.0), **more):
    return [
        Contribution(name=name, value=0.0, standard_uncertainty=u, **more)
        for name, u in zip("abcd", uncertainties, strict=True)
    ]


def both(model, contributions, *, student_t=False, **more):
    linear = budget(model=model, contributions=contributions, **more)
    drawn = propagate(
        model=model,
        contributions=contributions,
        generator=rng(),
        draws=400_000,
        student_t=student_t,
        **more,
    )
    return linear, drawn, validate_linear_budget(budget=linear, monte_carlo=drawn)


@pytest.mark.parametrize(
    ("distribution", "uncertainties", "end", "holds"),
    [
        ("normal", (1.0, 1.0, 1.0, 1.0), 3.92, True),
        ("rectangular", (1.0, 1.0, 1.0, 1.0), 3.88, True),
        ("rectangular", (1.0, 1.0, 1.0, 10.0), 17.0, False),
    ],
)
def test_the_additive_models_of_jcgm_101_come_out(distribution, uncertainties, end, holds):
    _, drawn, validation = both(total, parts(uncertainties, distribution=distribution))
    assert drawn.upper == pytest.approx(end, abs=0.005 * end)
    assert drawn.lower == pytest.approx(-end, abs=0.005 * end)
    assert validation.linear_budget_holds is holds
    assert validation.conservative or distribution == "normal"
    assert validation.resolved


def test_a_linear_model_has_the_budget_and_the_draws_agree_with_repeats():
    contributions = parts()[:2] + parts(common=False)[2:]
    repeats = {name: [0.0, 0.0, 0.0] for name in "abcd"}
    linear, drawn, validation = both(total, contributions, repeats=repeats)
    assert linear.standard_uncertainty == pytest.approx(math.sqrt(2 + 2 / 3))
    assert drawn.standard_uncertainty == pytest.approx(linear.standard_uncertainty, rel=0.005)
    assert validation.linear_budget_holds


def test_a_lone_type_a_part_is_drawn_as_student():
    contribution = parts(degrees_of_freedom=4)[:1]
    linear, drawn, validation = both(lambda x: 1.0 * x["a"], contribution, student_t=True)
    assert drawn.upper == pytest.approx(2.776, abs=0.03)
    assert linear.upper == pytest.approx(2.776, abs=0.001)
    assert validation.linear_budget_holds


def test_scatter_between_repeats_is_drawn_with_its_few_degrees_of_freedom():
    exact = [Contribution(name="a", value=0.0, standard_uncertainty=0.0)]
    repeats = {"a": [1.0, 2.0, 3.0, 4.0, 5.0]}
    linear, drawn, validation = both(lambda x: 1.0 * x["a"], exact, repeats=repeats, student_t=True)
    assert linear.expanded_uncertainty == pytest.approx(2.776 * math.sqrt(2.5 / 5), abs=0.001)
    assert drawn.upper == pytest.approx(linear.upper, rel=0.01)
    assert validation.tolerance == 0.005


def test_three_repeats_of_a_linear_model_do_not_count_as_a_bend():
    """Welch-Satterthwaite and Student's draws disagree there; the model is straight anyway."""
    scale = [Contribution(name="a", value=0.0, standard_uncertainty=0.2)]
    repeats = {"a": [-0.2, 0.0, 0.2]}
    _, _, normal = both(lambda x: 1.0 * x["a"], scale, repeats=repeats)
    _, _, student = both(lambda x: 1.0 * x["a"], scale, repeats=repeats, student_t=True)
    assert normal.linear_budget_holds
    assert not student.linear_budget_holds


def test_scatter_within_repeats_is_not_drawn_a_second_time():
    noise = [
        Contribution(name="a", value=0.0, standard_uncertainty=9.0, common=False, evaluation="A")
    ]
    repeats = {"a": [0.0, 1.0, 0.0, 1.0, 0.0]}
    drawn = propagate(
        model=lambda x: 1.0 * x["a"],
        contributions=noise,
        generator=rng(),
        repeats=repeats,
        draws=20_000,
    )
    assert drawn.standard_uncertainty < 1.0


def test_a_model_that_bends_within_the_uncertainty_is_flagged():
    square = [Contribution(name="a", value=0.0, standard_uncertainty=1.0)]
    linear, drawn, validation = both(lambda x: x["a"] ** 2, square)
    assert linear.standard_uncertainty == pytest.approx(0.0, abs=1e-6)
    assert drawn.mean == pytest.approx(1.0, abs=0.01)
    assert not validation.linear_budget_holds


def test_an_efficiency_with_bench_uncertainties_is_linear_enough():
    contributions = [
        Contribution(name="power", value=251.3e3, standard_uncertainty=251.3e3 * 0.0025),
        Contribution(name="fuel", value=584.1e3, standard_uncertainty=584.1e3 * 0.0032),
    ]
    _, drawn, validation = both(lambda x: 100 * x["power"] / x["fuel"], contributions)
    assert drawn.mean == pytest.approx(43.02, abs=0.01)
    assert validation.linear_budget_holds


def test_a_given_sensitivity_acts_on_the_result_directly():
    direct = [
        Contribution(name="a", value=1.0, standard_uncertainty=1.0),
        Contribution(name="ripple", value=0.0, standard_uncertainty=0.5, sensitivity=4.0),
    ]
    linear, drawn, _ = both(lambda x: 1.0 * x["a"], direct)
    assert linear.standard_uncertainty == pytest.approx(math.sqrt(5.0))
    assert drawn.standard_uncertainty == pytest.approx(math.sqrt(5.0), rel=0.01)


def test_the_shortest_interval_of_a_skew_result_is_shorter():
    skew = {
        "model": lambda x: np.exp(x["a"]),
        "contributions": [Contribution(name="a", value=0.0, standard_uncertainty=1.0)],
        "draws": 100_000,
    }
    symmetric = propagate(**skew, generator=rng())
    shortest = propagate(**skew, generator=rng(), interval="shortest")
    assert shortest.upper - shortest.lower < 0.9 * (symmetric.upper - symmetric.lower)
    assert symmetric.upper == pytest.approx(math.exp(1.96), rel=0.03)


def test_the_shortest_interval_of_a_squared_rectangle_starts_at_zero():
    # y = x^2, x even in 0..1: density 1/(2 sqrt y), densest at zero; 95 % lie below 0.95^2.
    drawn = propagate(
        model=lambda x: x["a"] ** 2,
        contributions=[
            Contribution(
                name="a",
                value=0.5,
                standard_uncertainty=0.5 / math.sqrt(3),
                distribution="rectangular",
            )
        ],
        generator=rng(),
        draws=100_000,
        interval="shortest",
    )
    assert drawn.lower == pytest.approx(0.0, abs=1e-6)
    assert drawn.upper == pytest.approx(0.9025, abs=0.005)


def test_an_impossible_tolerance_is_refused():
    for uncertainty in (-1.0, math.inf):
        with pytest.raises(ValueError, match="negative"):
            numerical_tolerance(standard_uncertainty=uncertainty, significant_digits=2)
    with pytest.raises(ValueError, match="digit"):
        numerical_tolerance(standard_uncertainty=1.0, significant_digits=0)


def test_the_same_seed_gives_the_same_draws():
    asked = {"model": total, "contributions": parts(), "draws": 1000}
    assert propagate(**asked, generator=rng()) == propagate(**asked, generator=rng())


@pytest.mark.parametrize(
    ("uncertainty", "digits", "tolerance"),
    [(0.35, 2, 0.005), (0.35, 1, 0.05), (3.5, 2, 0.05), (0.0996, 2, 0.005), (0.0, 2, 0.0)],
)
def test_the_tolerance_is_half_of_the_last_meaningful_digit(uncertainty, digits, tolerance):
    result = numerical_tolerance(standard_uncertainty=uncertainty, significant_digits=digits)
    assert result == pytest.approx(tolerance)


def test_too_few_draws_and_unlike_intervals_are_refused():
    with pytest.raises(ValueError, match="draws"):
        propagate(model=total, contributions=parts(), generator=rng(), draws=10)
    linear = budget(model=total, contributions=parts(), confidence=0.99)
    drawn = propagate(model=total, contributions=parts(), generator=rng(), draws=1000)
    with pytest.raises(ValueError, match="compare"):
        validate_linear_budget(budget=linear, monte_carlo=drawn)
