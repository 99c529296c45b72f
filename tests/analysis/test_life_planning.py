"""How many engines, how many lives: tables of success run and Weibull plans."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.life_planning import (
    confidence_of_success_run,
    lives_needed,
    plans,
    reliability_of_success_run,
    reliability_shown,
    units_for_success_run,
    units_needed,
)

levels = st.floats(0.05, 0.99)
shapes = st.floats(0.5, 5.0)
failures = st.integers(0, 4)


@pytest.mark.parametrize(
    ("reliability", "confidence", "units"),
    [(0.9, 0.9, 22), (0.9, 0.95, 29), (0.8, 0.9, 11), (0.95, 0.9, 45), (0.95, 0.95, 59),
     (0.99, 0.9, 230), (0.99, 0.95, 299), (0.9, 0.5, 7), (0.5, 0.75, 2)],
)  # fmt: skip
def test_a_success_run_takes_as_many_engines_as_the_tables_say(reliability, confidence, units):
    assert units_for_success_run(reliability=reliability, confidence=confidence) == units


@pytest.mark.parametrize(
    ("units", "lives", "at_90", "at_50"),
    [(1, (7.82, 4.67, 2.80), 0.10, 0.50), (2, (4.92, 3.31, 2.22), 0.316, 0.707),
     (3, (3.76, 2.70, 1.94), 0.464, 0.794), (4, (3.10, 2.34, 1.76), 0.562, 0.841),
     (6, (2.37, 1.91, 1.54), 0.681, 0.891), (8, (1.95, 1.65, 1.40), 0.750, 0.917),
     (22, (1.00, 1.00, 1.00), 0.901, 0.969)],
)  # fmt: skip
def test_fewer_engines_must_run_more_lives(units, lives, at_90, at_50):
    """n = ln(1 - C) / (L^beta ln R) for R 90 %, C 90 % and beta 1.5, 2, 3."""
    for shape, expected in zip((1.5, 2.0, 3.0), lives, strict=True):
        found = lives_needed(units=units, reliability=0.9, confidence=0.9, shape=shape)
        assert found == pytest.approx(expected, abs=0.005)
    shown = [
        reliability_shown(lives=[1.0] * units, shape=2.0, confidence=confidence)
        for confidence in (0.9, 0.5)
    ]
    assert shown == pytest.approx([at_90, at_50], abs=5e-4)


def test_failures_cost_engines():
    """38 and 52 engines for R 90 %, C 90 %: binomial tables."""
    plan = {"reliability": 0.9, "confidence": 0.9}
    assert [units_for_success_run(**plan, failures=each) for each in (1, 2)] == [38, 52]


@settings(max_examples=40)
@given(levels, levels, failures)
def test_the_number_of_engines_is_the_least_one(reliability, confidence, failed):
    units = units_for_success_run(reliability=reliability, confidence=confidence, failures=failed)
    chance = stats.binom.cdf(failed, units, 1.0 - reliability)
    assert chance <= 1.0 - confidence + 1e-6
    if units > failed + 1:
        assert stats.binom.cdf(failed, units - 1, 1.0 - reliability) >= 1.0 - confidence - 1e-6


@given(st.integers(1, 50), levels, levels, shapes, failures)
def test_a_test_as_long_as_planned_shows_what_was_planned(units, reliability, confidence, shape, f):
    plan = {"confidence": confidence, "shape": shape, "failures": min(f, units)}
    lives = lives_needed(units=units, reliability=reliability, **plan)
    assert reliability_shown(lives=[lives] * units, **plan) == pytest.approx(reliability)
    if lives < 1e6:
        needed = units_needed(reliability=reliability, lives=lives, **plan)
        assert needed in {units, max(1, plan["failures"])}


@given(st.integers(1, 300), levels)
def test_confidence_and_reliability_of_a_success_run_undo_each_other(units, confidence):
    shown = reliability_of_success_run(units=units, confidence=confidence)
    assert confidence_of_success_run(units=units, reliability=shown) == pytest.approx(confidence)


@given(st.lists(st.floats(0.01, 5.0), min_size=1, max_size=10), levels, shapes)
def test_more_running_never_shows_less(lives, confidence, shape):
    plan = {"shape": shape, "confidence": confidence}
    shown = reliability_shown(lives=lives, **plan)
    assert reliability_shown(lives=[*lives, 1.0], **plan) >= shown
    assert reliability_shown(lives=lives, failures=1, **plan) <= shown


def test_plans_list_engines_with_their_lives():
    found = plans(reliability=0.9, confidence=0.9, shape=2.0, units=(1, 3))
    assert [(plan.units, round(plan.lives, 2)) for plan in found] == [(1, 4.67), (3, 2.70)]


def test_no_failure_in_no_time_shows_nothing():
    with pytest.raises(ValueError, match="no failure in no time shows nothing"):
        reliability_shown(lives=[0.0, 0.0], shape=2.0, confidence=0.9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: units_for_success_run(reliability=1.0, confidence=0.9), "reliability"),
        (lambda: units_for_success_run(reliability=0.9, confidence=0.9, failures=-1), "negative"),
        (lambda: units_for_success_run(reliability=1 - 1e-9, confidence=0.9), "no test shows"),
        (lambda: reliability_of_success_run(units=0, confidence=0.9), "at least one engine"),
        (lambda: reliability_of_success_run(units=2, confidence=0.9, failures=2), "no reliability"),
        (lambda: confidence_of_success_run(units=2, reliability=0.0), "reliability"),
        (lambda: lives_needed(units=1, reliability=0.9, confidence=0.9, shape=0.0), "shape"),
        (lambda: reliability_shown(lives=[], shape=2.0, confidence=0.9), "lives"),
        (lambda: reliability_shown(lives=[math.nan], shape=2.0, confidence=0.9), "lives"),
        (
            lambda: reliability_shown(lives=[1.0], shape=2.0, confidence=0.9, failures=2),
            "more than engines",
        ),
        (
            lambda: units_needed(reliability=0.9, confidence=0.9, lives=1e-300, shape=3.0),
            "so short a test",
        ),
        (
            lambda: units_needed(reliability=0.9, confidence=0.9, lives=1e-5, shape=3.0),
            "no test shows",
        ),
    ],
)
def test_impossible_plans_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
