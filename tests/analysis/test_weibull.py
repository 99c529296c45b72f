"""Lives from failures and suspensions: likelihood, Weibayes, ranks, modes."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.failure_modes import Unit, fit_failure_modes
from analysis.weibayes import weibayes
from analysis.weibull import Weibull, fit_weibull
from analysis.weibull_ranks import fit_ranks, median_ranks

FAILED = (55.0, 187.0, 216.0, 240.0, 244.0, 335.0, 361.0, 373.0, 375.0, 386.0)
"""h; ten more were taken off at 500 h. NIST/SEMATECH handbook 8.2.2.1."""
SUSPENDED = (500.0,) * 10
lives = st.lists(st.floats(1.0, 1e5), min_size=2, max_size=12, unique=True)


def spread(times):
    return max(times) / min(times) > 1.5


def test_likelihood_agrees_with_scipy_for_lives_with_suspensions():
    fit = fit_weibull(failures=FAILED, suspensions=SUSPENDED)
    data = stats.CensoredData.right_censored([*FAILED, *SUSPENDED], [False] * 10 + [True] * 10)
    shape, _, scale = stats.weibull_min.fit(data, floc=0)
    assert fit.distribution.shape == pytest.approx(shape, rel=1e-3)
    assert fit.distribution.scale == pytest.approx(scale, rel=1e-3)
    likelihood = stats.weibull_min.logpdf(FAILED, shape, scale=scale).sum()
    likelihood += stats.weibull_min.logsf(SUSPENDED, shape, scale=scale).sum()
    assert fit.log_likelihood == pytest.approx(likelihood, abs=1e-5)
    assert (fit.failures, fit.suspensions, fit.longest) == (10, 10, pytest.approx(500.0))


@settings(max_examples=25, deadline=None)
@given(lives.filter(spread), st.lists(st.floats(1.0, 1e5), max_size=5), st.floats(1e-3, 1e3))
def test_the_unit_of_life_changes_nothing_but_the_unit(failures, suspensions, unit):
    fit = fit_weibull(failures=failures, suspensions=suspensions)
    other = fit_weibull(
        failures=[unit * life for life in failures],
        suspensions=[unit * life for life in suspensions],
    )
    assert other.shape.lower == pytest.approx(fit.shape.lower, rel=1e-6)
    assert other.life(0.9).lower == pytest.approx(unit * fit.life(0.9).lower, rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(lives.filter(spread), st.lists(st.floats(1.0, 1e5), max_size=5))
def test_every_interval_is_bounded_and_holds_its_estimate(failures, suspensions):
    fit = fit_weibull(failures=failures, suspensions=suspensions)
    wide = fit_weibull(failures=failures, suspensions=suspensions, confidence=0.95)
    middle = float(np.median(failures))
    for estimate, wider in (
        (fit.shape, wide.shape),
        (fit.scale, wide.scale),
        (fit.life(0.9), wide.life(0.9)),
        (fit.reliability(middle), wide.reliability(middle)),
    ):
        assert 0.0 <= estimate.lower <= estimate.value <= estimate.upper < math.inf
        assert wider.lower <= estimate.lower * (1.0 + 1e-6)
        assert wider.upper >= estimate.upper * (1.0 - 1e-6)
    assert fit.reliability(0.0).lower == 1.0


def test_the_ends_of_an_interval_lie_on_the_contour_of_the_likelihood():
    """B10 by brute force: the best likelihood among all pairs with this B10 has fallen so far."""
    fit = fit_weibull(failures=FAILED, suspensions=SUSPENDED, confidence=0.9)
    shapes = np.exp(np.linspace(math.log(0.1), math.log(10.0), 40_000))
    allowed = 0.5 * (1 + 2 / 10 + 3 / 100) * 2.705543
    for end in (fit.life(0.9).lower, fit.life(0.9).upper):
        scales = np.log(end) - np.log(-math.log(0.9)) / shapes
        logs = np.log(FAILED)[:, None]
        powers = np.exp(shapes * (np.log([*FAILED, *SUSPENDED])[:, None] - scales)).sum(axis=0)
        likelihood = (np.log(shapes) - shapes * scales + (shapes - 1.0) * logs).sum(axis=0) - powers
        assert fit.log_likelihood - likelihood.max() == pytest.approx(allowed, abs=1e-3)


@pytest.mark.parametrize(("units", "failed"), [(3, 3), (10, 4)])
def test_intervals_hold_the_truth_as_often_as_they_say_also_with_few_failures(units, failed):
    draw = np.random.default_rng(units)
    held = np.zeros(3)
    for _ in range(300):
        times = np.sort(draw.weibull(2.0, units))
        stop = times[failed - 1]
        fit = fit_weibull(failures=times[:failed], suspensions=[stop] * (units - failed))
        truths = (2.0, 1.0, Weibull(shape=2.0, scale=1.0).life(0.9))
        estimates = (fit.shape, fit.scale, fit.life(0.9))
        held += [
            estimate.lower <= truth <= estimate.upper
            for estimate, truth in zip(estimates, truths, strict=True)
        ]
    assert held / 300 == pytest.approx(0.9, abs=0.05)


@pytest.mark.parametrize(
    ("failures", "suspensions", "words"),
    [
        ((), (200.0, 300.0), "no failure.*weibayes"),
        ((), (), "no failure.*weibayes"),
        ((100.0,), (300.0,), "one failure.*weibayes"),
        ((1.0, 1.001), (1e5,) * 200, "no upper end.*weibayes"),
        ((100.0, 100.0), (50.0, 100.0), "all failures are at one time.*weibayes"),
        ((100.0, 100.0 + 1e-7), (), "so close together.*weibayes"),
        ((0.0, 100.0), (), "above zero"),
        ((100.0, math.nan), (), "no number"),
        ((50.0, 100.0), (-1.0,), "above zero"),
    ],
)
def test_data_that_give_no_distribution_are_refused_in_words(failures, suspensions, words):
    with pytest.raises(ValueError, match=words):
        fit_weibull(failures=failures, suspensions=suspensions)


def test_weibayes_without_failure_is_a_bound_and_no_estimate():
    found = weibayes(lives=[1.0], failures=0, shape=2.0, confidence=0.9)
    assert found.estimate is None
    assert found.bound.reliability(1.0) == pytest.approx(0.1)


def test_weibayes_with_63_2_percent_is_the_classic_one_failure():
    found = weibayes(lives=[1.0, 2.0, 3.0], failures=0, shape=2.0, confidence=1 - math.exp(-1))
    assert found.bound.scale == pytest.approx(math.sqrt(14.0))


@given(lives, st.floats(0.5, 5.0))
def test_weibayes_with_failures_bounds_its_estimate(times, shape):
    found = weibayes(lives=times, failures=len(times), shape=shape)
    assert found.estimate is not None
    power = sum(life**shape for life in times) / len(times)
    assert found.estimate.scale == pytest.approx(power ** (1.0 / shape))
    assert found.bound.scale < found.estimate.scale


@pytest.mark.parametrize(
    ("times", "failures", "words"),
    [([0.0, 0.0], 0, "no failure in no time"), ([1.0], 2, "cannot be"), ([], 0, "lives"),
     ([1.0], -1, "cannot be")],
)  # fmt: skip
def test_weibayes_of_nothing_is_refused_in_words(times, failures, words):
    with pytest.raises(ValueError, match=words):
        weibayes(lives=times, failures=failures, shape=2.0)


def test_median_ranks_are_benards_and_step_over_suspensions():
    """n = 6 without suspension: 0.109, 0.266, 0.422, ...; tables of median ranks."""
    ranks = median_ranks(failures=[16, 34, 53, 75, 93, 120])
    assert ranks == pytest.approx((np.arange(1, 7) - 0.3) / 6.4)
    adjusted = median_ranks(failures=[10.0, 40.0, 60.0], suspensions=[30.0, 50.0])
    assert adjusted == pytest.approx((np.array([1.0, 2.25, 4.125]) - 0.3) / 5.4)


def test_ranks_and_likelihood_agree_where_lives_are_weibull():
    truth = Weibull(shape=2.5, scale=200.0)
    times = truth.scale * np.random.default_rng(4).weibull(truth.shape, 400)
    ranked = fit_ranks(
        failures=times[times < 220.0], suspensions=np.full((times >= 220).sum(), 220.0)
    )
    assert ranked.distribution.shape == pytest.approx(2.5, rel=0.1)
    assert ranked.distribution.scale == pytest.approx(200.0, rel=0.05)
    assert ranked.correlation > 0.98
    assert list(ranked.lives) == sorted(ranked.lives)


@pytest.mark.parametrize("failures", [(100.0,), (100.0, 100.0)])
def test_a_line_needs_two_different_failures(failures):
    with pytest.raises(ValueError, match="two different times"):
        fit_ranks(failures=failures)


def test_failures_of_other_modes_are_suspensions_and_reliabilities_multiply():
    draw = np.random.default_rng(8)
    wear, chance = 100.0 * draw.weibull(3.0, 600), 150.0 * draw.weibull(1.0, 600)
    units = [
        Unit(life=min(a, b, 120.0), mode=None if min(a, b) > 120.0 else "wear" if a < b else "leak")
        for a, b in zip(wear, chance, strict=True)
    ]
    found = fit_failure_modes(units=units)
    by_name = {mode.name: mode for mode in found.modes}
    assert by_name["wear"].distribution.shape == pytest.approx(3.0, rel=0.15)
    assert by_name["leak"].distribution.scale == pytest.approx(150.0, rel=0.15)
    survived = np.mean([unit.life >= 60.0 for unit in units])
    assert found.reliability(60.0) == pytest.approx(survived, abs=0.03)


def test_a_mode_with_one_failure_needs_a_known_shape():
    units = [Unit(life=50.0, mode="a"), Unit(life=80.0, mode="a"), Unit(life=100.0, mode="b")]
    with pytest.raises(ValueError, match="b: one failure"):
        fit_failure_modes(units=units)
    found = fit_failure_modes(units=units, shapes={"b": 2.0})
    assert [mode.fit is None for mode in found.modes] == [False, True]
    with pytest.raises(ValueError, match="no unit has failed"):
        fit_failure_modes(units=[Unit(life=50.0)])
