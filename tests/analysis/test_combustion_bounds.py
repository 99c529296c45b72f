"""Bounds of a variation, a share and a quantile: what so many cycles show."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.combustion.bounds import variation_bounds
from analysis.combustion.quantiles import quantile_bounds
from analysis.combustion.rates import cycles_without_event, event_rate, share_bounds
from analysis.distributions import noncentral_t_quantile

confidences = st.floats(0.8, 0.999)


def test_a_small_variation_has_the_bounds_of_chi_square():
    # Table of chi-square with 30 degrees of freedom: 18.493 at 5 %, 43.773 at 95 %.
    found = variation_bounds(variation=0.01, cycles=31)
    assert found.upper == pytest.approx(0.01 * math.sqrt(30.0 / 18.493), rel=1e-4)
    assert found.lower == pytest.approx(0.01 * math.sqrt(30.0 / 43.773), rel=1e-4)


@pytest.mark.parametrize(("variation", "cycles"), [(0.1, 20), (0.1, 60), (0.25, 40)])
def test_they_agree_with_the_exact_ones_of_noncentral_t(variation, cycles):
    # sqrt(n) / K is noncentral t with n - 1 degrees of freedom around sqrt(n) / true variation.
    found = variation_bounds(variation=variation, cycles=cycles)
    seen = math.sqrt(cycles) / variation
    for bound, share in ((found.upper, 0.95), (found.lower, 0.05)):
        exact = noncentral_t_quantile(
            share=share, degrees_of_freedom=cycles - 1, noncentrality=math.sqrt(cycles) / bound
        )
        assert seen == pytest.approx(exact, rel=0.005)


def test_of_many_captures_nineteen_of_twenty_keep_the_truth_below_the_bound():
    draws = np.random.default_rng(7).normal(20.0, 0.6, (2000, 100))
    variations = draws.std(axis=1, ddof=1) / draws.mean(axis=1)
    bounds = [variation_bounds(variation=float(each), cycles=100) for each in variations]
    assert np.mean([each.upper >= 0.03 for each in bounds]) == pytest.approx(0.95, abs=0.015)
    assert np.mean([each.lower <= 0.03 for each in bounds]) == pytest.approx(0.95, abs=0.015)


@settings(max_examples=80)
@given(st.floats(0.001, 0.2), st.integers(5, 2000), st.integers(1, 2000), confidences)
def test_more_cycles_at_equal_spread_never_widen_the_bounds(variation, cycles, more, confidence):
    few, many = (
        variation_bounds(variation=variation, cycles=count, confidence=confidence)
        for count in (cycles, cycles + more)
    )
    assert many.upper <= few.upper * (1.0 + 1e-12)
    assert many.lower >= few.lower * (1.0 - 1e-12)


@settings(max_examples=80)
@given(st.integers(0, 50), st.integers(0, 500), st.integers(2, 20), confidences)
def test_more_cycles_at_an_equal_share_never_widen_the_bounds(events, others, times, confidence):
    cycles = events + others + 1
    few, many = (
        share_bounds(events=events * by, cycles=cycles * by, confidence=confidence)
        for by in (1, times)
    )
    assert many.upper <= few.upper + 1e-12
    assert many.lower >= few.lower - 1e-12


@given(st.integers(0, 30), st.integers(1, 300))
def test_the_two_sided_interval_is_made_of_two_bounds(events, others):
    two = event_rate(events=events, cycles=events + others, confidence=0.9)
    one = share_bounds(events=events, cycles=events + others, confidence=0.95)
    assert (two.lower, two.upper) == pytest.approx((1e3 * one.lower, 1e3 * one.upper))


@pytest.mark.parametrize(
    ("share", "confidence", "needed"),
    [(0.1, 0.9, 22), (0.05, 0.95, 59), (0.01, 0.95, 299), (0.02, 0.95, 149)],
)
def test_so_many_cycles_without_an_event_show_a_share(share, confidence, needed):
    # ln(1 - C) / ln(1 - p), the success run: 22, 59 and 299 as in every table of it.
    assert cycles_without_event(share=share, confidence=confidence) == needed
    enough = share_bounds(events=0, cycles=needed, confidence=confidence)
    short = share_bounds(events=0, cycles=needed - 1, confidence=confidence)
    assert enough.upper <= share < short.upper


def test_a_wild_variation_of_few_cycles_is_not_bounded_from_above():
    found = variation_bounds(variation=1.0, cycles=10)
    assert found.upper == math.inf
    assert 0.0 < found.lower < 1.0


def test_no_variation_is_bounded_by_none():
    found = variation_bounds(variation=0.0, cycles=10)
    assert (found.lower, found.upper) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"variation": 0.01, "cycles": 1}, "1 cycles"),
        ({"variation": -0.01, "cycles": 10}, "not be negative"),
        ({"variation": math.nan, "cycles": 10}, "finite"),
        ({"variation": 0.01, "cycles": 10, "confidence": 1.0}, "confidence"),
    ],
)
def test_what_has_no_variation_is_refused(given, said):
    with pytest.raises(ValueError, match=said):
        variation_bounds(**given)


def test_a_share_that_is_none_is_refused():
    with pytest.raises(ValueError, match="share"):
        cycles_without_event(share=0.0)


@pytest.mark.parametrize(("cycles", "rank"), [(58, None), (59, 59), (92, 92), (93, 92), (124, 122)])
def test_order_statistics_bound_95_of_100_cycles(cycles, rank):
    # Wilks (1942), one-sided 95 % / 95 %: 59 cycles take the largest, 93 the second, 124 the third.
    found = quantile_bounds(values=range(1, cycles + 1), share=0.95)
    assert found.upper == (math.inf if rank is None else rank)
    mirrored = quantile_bounds(values=[-each for each in range(1, cycles + 1)], share=0.05)
    assert (mirrored.lower, mirrored.upper) == (-found.upper, -found.lower)


def test_of_many_captures_nineteen_of_twenty_keep_the_quantile_within_its_bound():
    draws = np.random.default_rng(5).exponential(size=(300, 200))
    bounds = [quantile_bounds(values=each.tolist(), share=0.98) for each in draws]
    truth = -math.log(0.02)
    assert np.mean([each.upper >= truth for each in bounds]) > 0.93
    assert np.mean([each.lower <= truth for each in bounds]) > 0.93


@settings(max_examples=30)
@given(
    st.lists(st.floats(-10.0, 10.0), min_size=1, max_size=200),
    st.integers(0, 5),
    st.sampled_from([0.02, 0.5, 0.98]),
)
def test_cycles_that_nobody_knows_never_narrow_the_bounds(values, unknown, share):
    sure = quantile_bounds(values=values, share=share)
    unsure = quantile_bounds(values=values, share=share, unknown=unknown)
    assert unsure.lower <= sure.lower <= sure.upper <= unsure.upper


def test_no_cycles_have_no_quantile():
    with pytest.raises(ValueError, match="no values"):
        quantile_bounds(values=[], share=0.98)
