"""Golden numbers: UN GTR 4 / R49 Annex 4 (WHSC table), curves integrated by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cycles import (
    WHSC_MODES,
    RampedMode,
    cold_hot_weighted,
    denormalise,
    integral,
    normalised_cycle,
    positive_work,
    ramped_cycle,
    time_mean,
)
from analysis.full_load import FullLoadCurve, characteristic_speeds


def curve(**changed):
    """Return 1000 N·m up to 160 rad/s, then a line down to zero at 240 rad/s."""
    speed = np.array([50.0, 100.0, 160.0, 200.0, 240.0])
    points = {
        "speed": speed,
        "torque": np.array([1000.0, 1000.0, 1000.0, 500.0, 0.0]),
        "idle_speed": 60.0,
        "motoring_torque": -0.5 * speed,
    }
    return FullLoadCurve(**points | changed)


def test_the_whsc_has_1895_rows_and_the_checksums_of_its_table():
    cycle = ramped_cycle()
    assert (cycle.times[0], cycle.times[-1], cycle.times.size) == (1.0, 1895.0, 1895)
    assert 100 * cycle.speed.sum() == pytest.approx(63875)
    assert 100 * cycle.torque.sum() == pytest.approx(63000)
    assert not cycle.motoring.any()


def test_the_weights_of_the_whsc_and_its_motoring_sum_to_one():
    assert sum(mode.weighting for mode in WHSC_MODES) + 0.24 == pytest.approx(1.0)


def test_a_mode_is_reached_after_twenty_seconds():
    cycle = ramped_cycle()
    row = {float(t): i for i, t in enumerate(cycle.times)}
    assert cycle.torque[row[220]] == pytest.approx(0.5)  # halfway from mode 1 to mode 2
    assert cycle.torque[row[230]] == pytest.approx(1.0)
    assert cycle.torque[row[260]] == pytest.approx(1.0)  # last second of mode 2
    assert cycle.torque[row[261]] == pytest.approx(1.0 - 0.75 / 20)


def test_the_characteristic_speeds_are_those_of_the_curve_by_hand():
    # P = 12.5 w (240 - w) beyond 160 rad/s; the maximum, 160 kW, is at 160 rad/s.
    speeds = characteristic_speeds(curve=curve())
    assert speeds.low == pytest.approx(88.0)
    assert speeds.high == pytest.approx(120 + math.sqrt(14400 - 8960))
    assert speeds.high_95 == pytest.approx(120 + math.sqrt(2240))
    area = 1000 * 100 + 6.25 * (80**2 - (240 - speeds.high_95) ** 2)
    assert speeds.preferred == pytest.approx(60 + 0.51 * area / 1000)
    mixed = 0.45 * speeds.low + 0.45 * speeds.preferred + 0.1 * speeds.high
    assert speeds.maximum == pytest.approx((mixed - 60) * 2.0327 + 60)


def test_power_may_peak_between_two_points():
    bent = curve(
        speed=np.array([30.0, 240.0]), torque=np.array([1050.0, 0.0]), motoring_torque=None
    )
    # P = 5 w (240 - w): largest at 120 rad/s.
    assert bent.maximum_power == pytest.approx(5 * 120**2)
    speeds = characteristic_speeds(curve=bent)
    assert speeds.high == pytest.approx(120 + 120 * math.sqrt(0.3))
    assert speeds.low == pytest.approx(120 - 120 * math.sqrt(0.45))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(200.0, 1500.0), min_size=4, max_size=8), st.floats(0.5, 2.0))
def test_speeds_scale_with_the_engine_and_keep_their_order(torques, scale):
    speed = np.linspace(50.0, 200.0, len(torques))
    torque = np.array([20.0, *torques[1:-1], 20.0])
    small = characteristic_speeds(curve=FullLoadCurve(speed=speed, torque=torque, idle_speed=55.0))
    large = characteristic_speeds(
        curve=FullLoadCurve(speed=speed * scale, torque=3 * torque, idle_speed=55.0 * scale)
    )
    assert small.low <= small.high_95 <= small.high
    assert small.idle < small.preferred < small.high_95
    for field in ("low", "preferred", "high_95", "high", "maximum"):
        assert getattr(large, field) == pytest.approx(scale * getattr(small, field), rel=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(200.0, 1500.0), min_size=4, max_size=8))
def test_each_characteristic_speed_has_the_power_that_names_it(torques):
    speed = np.linspace(50.0, 200.0, len(torques))
    full = FullLoadCurve(
        speed=speed, torque=np.array([20.0, *torques[1:-1], 20.0]), idle_speed=55.0
    )
    speeds = characteristic_speeds(curve=full)
    at = np.array([speeds.low, speeds.high_95, speeds.high])
    share = at * full.torque_at(speed=at) / full.maximum_power
    np.testing.assert_allclose(share, [0.55, 0.95, 0.70], rtol=1e-6)
    grid = np.linspace(speeds.idle, speeds.high_95, 20001)
    torque = full.torque_at(speed=grid)
    area = np.concatenate([[0], np.cumsum((torque[1:] + torque[:-1]) / 2)])
    assert np.interp(speeds.preferred, grid, area / area[-1]) == pytest.approx(0.51, abs=1e-4)


def test_a_cycle_is_denormalised_with_full_load_and_motoring_torque():
    table = normalised_cycle(
        times=[0.0, 1.0, 2.0],
        speed=[0.0, 0.5, 0.5],
        torque=[0.0, 0.4, 0.0],
        motoring=[False, False, True],
    )
    result = denormalise(cycle=table, curve=curve())
    middle = (60.0 + characteristic_speeds(curve=curve()).maximum) / 2
    assert result.speed == pytest.approx([60.0, middle, middle])
    assert result.torque == pytest.approx([0.0, 400.0, -0.5 * middle])
    assert result.power == pytest.approx(result.speed * result.torque)


def test_the_whsc_runs_on_the_curve_within_full_load():
    result = denormalise(cycle=ramped_cycle(), curve=curve())
    assert result.speed.min() == pytest.approx(60.0)
    assert (result.torque <= curve().torque_at(speed=result.speed) + 1e-9).all()
    assert result.work == pytest.approx(float(result.power.sum()), rel=0.01)


def test_a_sign_change_counts_only_its_positive_part():
    # From 100 W to -300 W in 4 s: positive for 1 s, a triangle of 50 J.
    assert positive_work(times=[0.0, 4.0], power=[100.0, -300.0]) == pytest.approx(50.0)
    assert positive_work(times=[0.0, 4.0], power=[-300.0, 100.0]) == pytest.approx(50.0)
    assert positive_work(times=[0.0, 4.0], power=[-1.0, -3.0]) == 0.0
    assert positive_work(times=[0.0, 4.0], power=[1.0, 3.0]) == pytest.approx(8.0)


powers = st.lists(st.floats(-1e5, 1e5), min_size=3, max_size=40)


@given(powers, st.data())
def test_work_adds_up_over_any_split(power, data):
    times = np.arange(len(power), dtype=float)
    cut = data.draw(st.integers(1, len(power) - 2))
    whole = positive_work(times=times, power=power)
    parts = positive_work(times=times[: cut + 1], power=power[: cut + 1]) + positive_work(
        times=times[cut:], power=power[cut:]
    )
    assert parts == pytest.approx(whole, abs=1e-6)


@given(powers)
def test_positive_and_negative_work_make_the_integral(power):
    times = np.arange(len(power), dtype=float)
    driving = positive_work(times=times, power=power)
    motoring = positive_work(times=times, power=[-p for p in power])
    assert driving - motoring == pytest.approx(integral(times=times, values=power), abs=1e-6)


def test_the_mean_over_time_weighs_long_intervals_more():
    assert time_mean(times=[100.0, 101.0, 111.0], values=[0.0, 0.0, 10.0]) == pytest.approx(50 / 11)


def test_cold_and_hot_results_are_weighted_before_they_are_divided():
    result = cold_hot_weighted(cold_mass=2.0, hot_mass=1.0, cold_work=10.0, hot_work=20.0)
    assert result == pytest.approx((0.28 + 0.86) / (1.4 + 17.2))


def test_a_cold_start_cannot_weigh_more_than_all():
    with pytest.raises(ValueError, match="cold_weight"):
        cold_hot_weighted(cold_mass=1.0, hot_mass=1.0, cold_work=1.0, hot_work=1.0, cold_weight=1.5)


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"speed": np.array([50.0, 50.0, 160.0, 200.0, 240.0])}, "increase"),
        ({"torque": np.array([1000.0, 1000.0])}, "one torque per speed"),
        ({"torque": np.array([1000.0, -1.0, 1000.0, 500.0, 0.0])}, "negative"),
        ({"torque": np.zeros(5)}, "full_load"),
        ({"idle_speed": 40.0}, "idle"),
        ({"idle_speed": math.nan}, "idle"),
        ({"motoring_torque": np.ones(5)}, "motoring"),
    ],
)
def test_a_curve_that_cannot_be_one_is_refused(changed, match):
    with pytest.raises(ValueError, match=match):
        curve(**changed)


def test_a_curve_that_ends_too_early_has_no_characteristic_speeds():
    flat = np.full(5, 1000.0)
    with pytest.raises(ValueError, match="70 %"):
        characteristic_speeds(curve=curve(torque=flat))
    with pytest.raises(ValueError, match="55 %"):
        characteristic_speeds(curve=curve(torque=np.array([1000.0, 500.0, 300.0, 200.0, 0.0])))


def test_motoring_without_motoring_torque_is_refused():
    table = normalised_cycle(
        times=[0.0, 1.0], speed=[0.1, 0.1], torque=[0.0, 0.0], motoring=[True, False]
    )
    with pytest.raises(ValueError, match="no motoring"):
        denormalise(cycle=table, curve=curve(motoring_torque=None))


def test_a_cycle_beyond_the_curve_is_refused():
    table = normalised_cycle(times=[0.0, 1.0], speed=[0.0, 3.0], torque=[0.0, 0.0])
    with pytest.raises(ValueError, match="leave the full-load curve"):
        denormalise(cycle=table, curve=curve())


def test_a_mode_shorter_than_its_ramp_is_refused():
    with pytest.raises(ValueError, match="whole seconds"):
        ramped_cycle(modes=[RampedMode(speed=0.0, torque=0.0, weighting=1.0, duration=10.0)])
    with pytest.raises(ValueError, match="at least one"):
        ramped_cycle(modes=[])
