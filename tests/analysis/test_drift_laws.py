"""Bounds at the end of life hold although the law of wear is not the fitted one."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.drift import LINE, WearLaw
from analysis.drift_laws import judge_life, laws_of_wear, life_bound
from analysis.verdict import Verdict

LIFE = 200e3
QUARTERS = np.linspace(0.0, LIFE, 5)
LAWS = {
    "straight": lambda part: part,
    "slower and slower": lambda part: 1.0 - np.exp(-3.0 * part),
    "faster and faster": lambda part: np.expm1(2.5 * part) / math.expm1(2.5),
    "run in": lambda part: part - 0.3 * (1.0 - np.exp(-20.0 * part)),
}
drops = st.floats(-2.0, 2.0)


def measured(kilometres, law, *, drop, scatter, shared, draw):
    errors = draw.normal(0.0, scatter, kilometres.size) + draw.normal(0.0, shared)
    return 44.0 - drop * LAWS[law](kilometres / LIFE) + errors


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("last", [4, 3])
def test_intervals_hold_the_truth_whatever_the_law(law, last):
    draw = np.random.default_rng(7)
    x = QUARTERS[: last + 1]
    held = np.zeros(2)
    for _ in range(50):
        drop = draw.uniform(0.2, 2.0)
        values = measured(x, law, drop=drop, scatter=0.06, shared=0.19, draw=draw)
        found = life_bound(kilometres=x, values=values, end=LIFE, systematic=0.19)
        truth = 44.0 - drop * float(LAWS[law](np.ones(1))[0])
        held += [
            found.two_sided.lower <= truth <= found.two_sided.upper,
            found.one_sided.lower <= truth,
        ]
    assert (held / 50 >= 0.88).all()


def test_a_line_alone_would_not_hold_a_law_that_grows():
    draw = np.random.default_rng(7)
    x = np.linspace(0.0, 0.75 * LIFE, 7)
    held = np.zeros(2)
    for _ in range(40):
        values = measured(x, "faster and faster", drop=1.5, scatter=0.05, shared=0.05, draw=draw)
        found = life_bound(kilometres=x, values=values, end=LIFE, systematic=0.05)
        lower = (found.one_sided.lower, found.line.combined_one_sided.lower)
        held += [bound <= 42.5 for bound in lower]
    assert held[0] / 40 >= 0.85
    assert held[1] / 40 <= 0.3


def test_no_drift_costs_little_and_drift_much_in_extrapolation():
    x = QUARTERS[:4]
    noise = np.array([0.03, -0.04, 0.04, -0.03])
    widths = [
        life_bound(kilometres=x, values=44.0 - drop * x / LIFE + noise, end=LIFE).law_width
        for drop in (0.0, 2.0)
    ]
    assert 0.0 <= widths[0] < widths[1]


@settings(max_examples=15)
@given(drops, st.integers(0, 10_000))
def test_the_bound_holds_that_of_the_chosen_law_and_of_fewer_laws(drop, seed):
    draw = np.random.default_rng(seed)
    values = measured(QUARTERS, "straight", drop=drop, scatter=0.05, shared=0.1, draw=draw)
    whole = life_bound(kilometres=QUARTERS, values=values, end=LIFE, systematic=0.1)
    alone = life_bound(kilometres=QUARTERS, values=values, end=LIFE, systematic=0.1, others=())
    assert whole.one_sided.lower <= whole.value <= whole.one_sided.upper
    assert whole.law_width >= 0.0
    half = 1.6448536 * whole.equivalent_uncertainty
    assert whole.value - half <= whole.one_sided.lower + 1e-6
    assert whole.value + half >= whole.one_sided.upper - 1e-6
    assert alone.law_width == 0.0
    assert alone.two_sided == alone.line.combined_two_sided
    if whole.law == LINE:
        assert whole.two_sided.lower <= alone.two_sided.lower
    assert {tried.law for tried in whole.laws} == {LINE, *laws_of_wear(LIFE)}


def test_a_law_that_the_points_contradict_has_no_say():
    x = np.linspace(0.0, LIFE, 9)
    noise = np.random.default_rng(5).normal(0.0, 0.01, 9)
    found = life_bound(kilometres=x, values=44.0 - 2.0 * (x / LIFE) ** 2 + noise, end=LIFE)
    compatible = [tried.law for tried in found.laws if tried.is_compatible]
    assert compatible == [WearLaw(exponent=2.0)]
    assert found.law == WearLaw(exponent=2.0)


def test_three_tests_contradict_no_law():
    found = life_bound(kilometres=QUARTERS[:3], values=[44.0, 43.9, 43.5], end=LIFE)
    assert all(tried.is_compatible for tried in found.laws)


@settings(max_examples=15)
@given(drops, st.floats(42.0, 46.0), st.integers(0, 10_000))
def test_at_most_is_at_least_in_the_mirror(drop, limit, seed):
    draw = np.random.default_rng(seed)
    values = measured(QUARTERS, "straight", drop=drop, scatter=0.05, shared=0.1, draw=draw)
    upper = life_bound(kilometres=QUARTERS, values=-values, end=LIFE, systematic=0.1)
    lower = life_bound(kilometres=QUARTERS, values=values, end=LIFE, systematic=0.1)
    first = judge_life(bound=lower, at_least=limit)
    second = judge_life(bound=upper, at_most=-limit)
    assert first.verdict == second.verdict
    assert first.margin == pytest.approx(second.margin)
    assert (first.verdict is Verdict.PASS) == (first.margin >= 0.0)


def test_a_pass_needs_a_test_near_the_end_and_a_failure_does_not():
    early = life_bound(kilometres=[0.0, 30e3, 60e3], values=[46.0, 46.001, 45.999], end=LIFE)
    judged = judge_life(bound=early, at_least=43.0)
    assert judged.margin > 0.0
    assert (judged.verdict, judged.is_within_reach) == (Verdict.NOT_SHOWN, False)
    assert judge_life(bound=early, at_least=50.0).verdict is Verdict.FAIL
    free = life_bound(
        kilometres=[0.0, 30e3, 60e3], values=[46.0, 46.001, 45.999], end=LIFE,
        extrapolation_limit=1.0,
    )  # fmt: skip
    assert judge_life(bound=free, at_least=43.0).verdict is Verdict.PASS


def test_a_ratio_is_judged_like_a_value():
    power = {"kilometres": QUARTERS, "values": [360.0, 358.8, 357.1, 355.9, 354.4]}
    found = life_bound(**power, end=LIFE, relative_to=0.0)
    assert found.value == pytest.approx(354.4 / 360.0, abs=1e-3)
    assert judge_life(bound=found, at_least=0.95).verdict is Verdict.PASS
    assert judge_life(bound=found, at_least=0.995).verdict is Verdict.FAIL


def test_a_limit_within_the_bounds_is_not_shown():
    found = life_bound(
        kilometres=QUARTERS, values=[43.3, 43.2, 43.2, 43.1, 43.05], end=LIFE, systematic=0.19
    )
    assert judge_life(bound=found, at_least=43.0).verdict is Verdict.NOT_SHOWN


@pytest.mark.parametrize(
    ("given", "words"),
    [({"end": 0.0}, "end"), ({"extrapolation_limit": 2.0}, "extrapolation_limit"),
     ({"repeats": 0.0}, "repeats")],
)  # fmt: skip
def test_impossible_questions_are_refused(given, words):
    with pytest.raises(ValueError, match=words):
        life_bound(
            **(
                {"kilometres": QUARTERS, "values": [44.0, 43.9, 43.9, 43.8, 43.7], "end": LIFE}
                | given
            )
        )


@pytest.mark.parametrize("limits", [{}, {"at_least": 1.0, "at_most": 2.0}, {"at_most": math.inf}])
def test_a_judgement_needs_one_limit(limits):
    found = life_bound(kilometres=QUARTERS, values=[44.0, 43.9, 43.9, 43.8, 43.7], end=LIFE)
    with pytest.raises(ValueError, match="limit"):
        judge_life(bound=found, **limits)
