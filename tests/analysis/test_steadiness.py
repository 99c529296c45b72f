import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.steadiness import SteadinessCriteria, steadiness, window_statistics

steps = st.lists(st.floats(0.01, 5.0), min_size=2, max_size=40)


def trace(increments):
    return np.concatenate([[0.0], np.cumsum(increments)])


@given(steps, st.floats(-1e3, 1e3), st.floats(-10.0, 10.0))
def test_a_straight_line_has_its_slope_on_any_time_grid(increments, start, slope):
    times = trace(increments)
    result = window_statistics(times=times, values=start + slope * times)
    assert result.slope == pytest.approx(slope, abs=1e-8)
    assert result.drift == pytest.approx(slope * times[-1], abs=1e-6)
    assert result.mean == pytest.approx(start + slope * times[-1] / 2, abs=1e-6)


def test_regular_noise_has_the_statistics_of_the_textbook():
    rng = np.random.default_rng(7)
    values = rng.normal(2000.0, 5.0, 6000)
    result = window_statistics(times=np.arange(6000) * 0.01, values=values)
    assert result.mean == pytest.approx(values.mean(), abs=0.01)
    assert result.standard_deviation == pytest.approx(values.std(ddof=1), rel=1e-3)
    assert result.span == np.ptp(values)
    assert result.standard_error == pytest.approx(5.0 / math.sqrt(6000), rel=0.1)


def test_a_dense_burst_of_samples_does_not_outweigh_the_rest_of_the_window():
    times = np.concatenate([np.linspace(0, 1, 101), np.arange(2, 10)])
    values = np.where(times <= 1, 10.0, 0.0)
    assert window_statistics(times=times, values=values).mean == pytest.approx(15 / 9)


@pytest.mark.parametrize("memory", [0.0, 0.8, 0.95])
def test_the_standard_error_is_honest_about_autocorrelation(memory):
    """The means of many windows scatter as the standard error of one window claims."""
    rng = np.random.default_rng(11)
    windows, size = 200, 1500
    noise = rng.normal(size=(windows, size))
    signal = np.zeros_like(noise)
    signal[:, 0] = noise[:, 0] / math.sqrt(1 - memory**2)
    for k in range(1, size):
        signal[:, k] = memory * signal[:, k - 1] + noise[:, k]
    times = np.arange(size, dtype=float)
    results = [window_statistics(times=times, values=row) for row in signal]
    scatter = np.std([result.mean for result in results], ddof=1)
    claimed = math.sqrt(np.mean([result.standard_error**2 for result in results]))
    assert claimed == pytest.approx(scatter, rel=0.2)


@given(steps, st.data())
def test_the_effective_count_lies_between_two_and_the_count(increments, data):
    times = trace(increments)
    values = data.draw(st.lists(st.floats(-1e3, 1e3), min_size=len(times), max_size=len(times)))
    result = window_statistics(times=times, values=values)
    assert 2.0 <= result.effective_count <= max(2, result.count)
    assert result.degrees_of_freedom >= 1.0


@given(steps, st.floats(0.1, 10.0), st.floats(-100.0, 100.0))
def test_statistics_follow_a_change_of_unit(increments, scale, offset):
    times = trace(increments)
    values = np.sin(times)
    base = window_statistics(times=times, values=values)
    other = window_statistics(times=times, values=scale * values + offset)
    assert other.mean == pytest.approx(scale * base.mean + offset, abs=1e-9)
    assert other.standard_deviation == pytest.approx(scale * base.standard_deviation, abs=1e-9)
    assert other.slope == pytest.approx(scale * base.slope, abs=1e-9)


def test_two_samples_have_the_spread_of_the_textbook():
    result = window_statistics(times=[100.0, 101.0], values=[0.0, 2.0])
    assert result.standard_deviation == pytest.approx(math.sqrt(2.0))
    assert result.standard_error == pytest.approx(1.0)
    assert (result.duration, result.effective_count, result.degrees_of_freedom) == (1.0, 2.0, 1.0)


def test_a_slow_drift_is_worth_two_samples():
    times = np.arange(1000.0)
    assert window_statistics(times=times, values=times).effective_count < 4.0


def test_a_value_at_its_limit_is_met():
    asked = SteadinessCriteria(span=2.0, duration=1.0, count=2, deviation=1.0)
    assert steadiness(times=[5.0, 6.0], values=[0.0, 2.0], criteria=asked, target=0.0).steady


def test_a_constant_signal_has_no_spread():
    result = window_statistics(times=[0.0, 1.0, 2.0], values=[5.0, 5.0, 5.0])
    assert (result.standard_deviation, result.standard_error, result.slope) == (0.0, 0.0, 0.0)


def test_the_deviation_is_mean_minus_target():
    result = window_statistics(times=[0.0, 1.0], values=[5.0, 7.0])
    assert result.deviation(4.0) == 2.0


def test_a_point_is_steady_when_every_criterion_is_met():
    times = np.arange(0.0, 61.0)
    values = 2000.0 + 0.01 * times
    asked = SteadinessCriteria(duration=60.0, slope=0.02, span=1.0, deviation=1.0)
    result = steadiness(times=times, values=values, criteria=asked, target=2000.0)
    assert result.steady
    assert [item.criterion for item in result.results] == ["duration", "slope", "span", "deviation"]


@pytest.mark.parametrize(
    "criterion",
    [
        {"duration": 61.0},
        {"count": 62},
        {"slope": 0.009},
        {"drift": 0.5},
        {"span": 0.5},
        {"standard_deviation": 0.1},
        {"standard_error": 0.01},
        {"deviation": 0.2},
    ],
)
def test_one_missed_criterion_is_enough(criterion):
    times = np.arange(0.0, 61.0)
    result = steadiness(
        times=times,
        values=-2000.0 - 0.01 * times,
        criteria=SteadinessCriteria(**criterion),
        target=-2000.0,
    )
    assert not result.steady
    assert result.results[0].value >= 0.0


def test_a_relative_criterion_follows_its_reference():
    criteria = SteadinessCriteria(duration=60.0, slope=0.002 / 60, span=0.01).relative_to(-2000.0)
    assert criteria.duration == 60.0
    assert criteria.slope == pytest.approx(4.0 / 60)
    assert criteria.span == pytest.approx(20.0)


@pytest.mark.parametrize(
    ("times", "values", "match"),
    [
        ([0.0], [1.0], "at least 2"),
        ([], [], "at least 2"),
        ([0.0, 0.0], [1.0, 2.0], "increase"),
        ([0.0, 1.0], [1.0, math.nan], "no number"),
        ([0.0, 1.0], [1.0, 2.0, 3.0], "samples"),
        ([[0.0, 1.0]], [1.0, 2.0], "one-dimensional"),
    ],
)
def test_a_window_that_is_none_is_refused(times, values, match):
    with pytest.raises(ValueError, match=match):
        window_statistics(times=times, values=values)


def test_criteria_that_ask_nothing_or_nonsense_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        SteadinessCriteria()
    with pytest.raises(ValueError, match="negative"):
        SteadinessCriteria(span=-1.0)
    with pytest.raises(ValueError, match="zero"):
        SteadinessCriteria(span=0.1).relative_to(0.0)
    with pytest.raises(ValueError, match="target"):
        steadiness(times=[0.0, 1.0], values=[0.0, 1.0], criteria=SteadinessCriteria(deviation=1.0))
