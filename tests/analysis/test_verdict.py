"""Guarded acceptance (JCGM 106), one-sided."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.uncertainty import Contribution, budget
from analysis.verdict import Reason, Verdict, judge, judge_bounds

ORDER = [Verdict.FAIL, Verdict.NOT_SHOWN, Verdict.PASS]
values = st.floats(-1e3, 1e3)
uncertainties = st.floats(0.0, 10.0)
freedoms = st.floats(1.0, 100.0) | st.just(math.inf)


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [(43.32, Verdict.PASS), (43.31, Verdict.NOT_SHOWN), (42.69, Verdict.NOT_SHOWN),
     (42.68, Verdict.FAIL)],
)  # fmt: skip
def test_a_typical_bench_needs_43_32_percent_to_show_43(measured, verdict):
    # u = 0.19 points: the guard band is 1.645 u = 0.313.
    assert judge(value=measured, standard_uncertainty=0.19, at_least=43.0).verdict == verdict


def test_two_degrees_of_freedom_widen_the_guard_band_to_2_92():
    result = judge(value=43.0, standard_uncertainty=0.1, degrees_of_freedom=2, at_least=42.0)
    assert result.factor == pytest.approx(2.920, abs=1e-3)  # table of Student's t
    assert result.bound == pytest.approx(43.0 - 0.2920, abs=1e-4)
    assert result.margin == pytest.approx(0.7080, abs=1e-4)


def test_without_uncertainty_the_limit_itself_passes():
    assert judge(value=43.0, standard_uncertainty=0.0, at_least=43.0).verdict == Verdict.PASS
    assert judge(value=43.0, standard_uncertainty=0.0, at_most=43.0).verdict == Verdict.PASS


@given(values, values, uncertainties, freedoms, values)
def test_a_larger_value_never_does_worse_against_a_lower_limit(first, second, u, freedom, limit):
    low, high = sorted((first, second))
    verdicts = [
        judge(value=value, standard_uncertainty=u, degrees_of_freedom=freedom, at_least=limit)
        for value in (low, high)
    ]
    assert ORDER.index(verdicts[0].verdict) <= ORDER.index(verdicts[1].verdict)


@given(values, uncertainties, uncertainties, values)
def test_more_uncertainty_never_turns_doubt_into_a_verdict(value, first, second, limit):
    small, large = sorted((first, second))
    if judge(value=value, standard_uncertainty=small, at_least=limit).verdict == Verdict.NOT_SHOWN:
        coarse = judge(value=value, standard_uncertainty=large, at_least=limit)
        assert coarse.verdict == Verdict.NOT_SHOWN


@given(values, uncertainties, freedoms, values)
def test_at_most_is_at_least_in_the_mirror(value, u, freedom, limit):
    upper = judge(value=value, standard_uncertainty=u, degrees_of_freedom=freedom, at_most=limit)
    lower = judge(value=-value, standard_uncertainty=u, degrees_of_freedom=freedom, at_least=-limit)
    assert upper.verdict == lower.verdict
    assert upper.margin == pytest.approx(lower.margin)


@given(values, uncertainties, values)
def test_the_margin_says_whether_it_passed(value, u, limit):
    result = judge(value=value, standard_uncertainty=u, at_least=limit)
    assert (result.verdict == Verdict.PASS) == (result.margin >= 0.0)


def test_an_engine_at_the_limit_passes_in_five_of_a_hundred_campaigns():
    """The risk of a false pass is 1 - confidence, also with three repeats only."""
    rng = np.random.default_rng(20240501)
    campaigns = rng.normal(43.0, 0.2, size=(4000, 3))
    u = campaigns.std(axis=1, ddof=1) / math.sqrt(3)
    verdicts = [
        judge(value=mean, standard_uncertainty=s, degrees_of_freedom=2, at_least=43.0).verdict
        for mean, s in zip(campaigns.mean(axis=1), u, strict=True)
    ]
    assert verdicts.count(Verdict.PASS) / 4000 == pytest.approx(0.05, abs=0.012)
    assert verdicts.count(Verdict.FAIL) / 4000 == pytest.approx(0.05, abs=0.012)


@pytest.mark.parametrize(
    ("instrument", "repeatability", "repeats"), [(0.19, 0.1, 3), (0.1, 0.2, 3), (0.1, 0.2, 5)]
)
def test_a_budget_and_its_verdict_together_keep_the_risk(instrument, repeatability, repeats):
    """An engine exactly at 43 %: one instrument error per campaign, scatter per repeat."""
    rng = np.random.default_rng(20240502)
    passed, campaigns = 0, 2000
    for _ in range(campaigns):
        seen = 43.0 + rng.normal(0.0, instrument) + rng.normal(0.0, repeatability, repeats)
        result = budget(
            model=lambda x: 1.0 * x["efficiency"],
            contributions=[
                Contribution(name="efficiency", value=43.0, standard_uncertainty=instrument)
            ],
            repeats={"efficiency": seen},
        )
        judgement = judge(
            value=result.value,
            standard_uncertainty=result.standard_uncertainty,
            degrees_of_freedom=result.degrees_of_freedom,
            at_least=43.0,
        )
        passed += judgement.verdict == Verdict.PASS
    # Welch-Satterthwaite is an approximation: up to about 6 % instead of 5 %.
    assert 0.03 < passed / campaigns < 0.07


@pytest.mark.parametrize(
    "bad",
    [
        {"value": math.nan},
        {"value": math.inf},
        {"standard_uncertainty": math.nan},
        {"standard_uncertainty": math.inf},
        {"degrees_of_freedom": math.nan},
    ],
)
def test_what_is_no_number_shows_nothing(bad):
    result = judge(**{"value": 50.0, "standard_uncertainty": 0.1, "at_least": 43.0} | bad)
    assert result.verdict == Verdict.NOT_SHOWN
    assert result.reason == Reason.NOT_FINITE


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        ({"at_least": 43.0, "at_most": 44.0}, "exactly one"),
        ({}, "exactly one"),
        ({"at_least": math.nan}, "finite"),
        ({"at_least": 43.0, "standard_uncertainty": -1.0}, "negative"),
        ({"at_least": 43.0, "degrees_of_freedom": 0.0}, "degrees of freedom"),
        ({"at_least": 43.0, "confidence": 0.5}, "confidence"),
    ],
)
def test_a_question_without_sense_is_refused(bad, match):
    with pytest.raises(ValueError, match=match):
        judge(**{"value": 50.0, "standard_uncertainty": 0.1} | bad)


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"),
    [(0.9, 2.9, "pass"), (0.9, 3.0, "pass"), (0.9, 3.1, "not shown"), (3.0, 3.1, "not shown"),
     (3.1, 3.2, "fail"), (3.1, math.inf, "fail"), (0.9, math.inf, "not shown"),
     (math.nan, 1.0, "not shown"), (1.0, math.nan, "not shown")],
)  # fmt: skip
def test_bounds_are_judged_from_both_sides(lower, upper, verdict):
    found = judge_bounds(lower=lower, upper=upper, at_most=3.0)
    assert found.verdict == verdict
    mirrored = judge_bounds(lower=-upper, upper=-lower, at_least=-3.0)
    assert (mirrored.verdict, mirrored.reason) == (found.verdict, found.reason)
    assert mirrored.margin == pytest.approx(found.margin, nan_ok=True)


@given(values, uncertainties, values)
def test_even_bounds_are_judged_as_their_guard_band(value, u, limit):
    guard = judge(value=value, standard_uncertainty=u, at_most=limit)
    reach = guard.factor * u
    found = judge_bounds(lower=value - reach, upper=value + reach, at_most=limit)
    assert (found.verdict, found.bound) == (guard.verdict, guard.bound)


def test_bounds_that_changed_places_are_refused():
    with pytest.raises(ValueError, match="lies above"):
        judge_bounds(lower=2.0, upper=1.0, at_most=3.0)
