"""Limits: UN R49 Annex 4 and 40 CFR 1065.514. Regression: Anscombe's quartet (1973)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.cycle_validation import (
    EPA_TRANSIENT_LIMITS,
    WHSC_LIMITS,
    WHTC_LIMITS,
    EngineMaxima,
    regression,
    validate_cycle,
)
from analysis.cycles import ReferenceCycle

MAXIMA = EngineMaxima(idle_speed=60.0, speed=220.0, torque=2000.0, power=300e3)


def reference(rows=400):
    times = np.arange(rows, dtype=float)
    return ReferenceCycle(
        times=times,
        speed=130.0 + 60.0 * np.sin(times / 29.0),
        torque=900.0 + 1000.0 * np.sin(times / 13.0),
    )


def run(limits=WHSC_LIMITS, speed=1.0, torque=1.0, offset=0.0, **more):
    asked = reference()
    return validate_cycle(
        reference=asked,
        actual_speed=asked.speed * speed,
        actual_torque=asked.torque * torque + offset,
        maxima=MAXIMA,
        limits=limits,
        **more,
    )


def test_anscombes_first_set_has_its_famous_line():
    x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
    y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    line = regression(reference=x, actual=y)
    assert line.slope == pytest.approx(0.5001, abs=1e-4)
    assert line.intercept == pytest.approx(3.0001, abs=1e-4)
    assert line.r_squared == pytest.approx(0.6665, abs=1e-4)
    assert line.standard_error == pytest.approx(1.2366, abs=1e-4)


@given(st.floats(-5.0, 5.0), st.floats(-100.0, 100.0))
def test_a_line_is_its_own_regression(slope, intercept):
    x = np.arange(10.0)
    line = regression(reference=x, actual=intercept + slope * x)
    assert line.slope == pytest.approx(slope, abs=1e-9)
    assert line.intercept == pytest.approx(intercept, abs=1e-9)
    assert line.standard_error == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("limits", [WHSC_LIMITS, WHTC_LIMITS, EPA_TRANSIENT_LIMITS])
def test_a_perfect_run_is_accepted(limits):
    result = run(limits)
    assert result.accepted
    assert result.work_ratio == pytest.approx(1.0)


def test_power_may_fall_to_83_percent_by_epa_but_only_to_89_by_un():
    un, epa = run(WHTC_LIMITS, torque=0.87), run(EPA_TRANSIENT_LIMITS, torque=0.87)
    assert un.torque.accepted
    assert epa.torque.accepted
    assert not un.power.slope_within
    assert epa.power.slope_within
    assert un.work_within
    assert not un.accepted
    assert epa.accepted


@pytest.mark.parametrize(
    ("changed", "field", "kept"),
    [
        ({"speed": 1.009}, "speed", True),
        ({"speed": 1.011}, "speed", False),
        ({"torque": 0.981}, "torque", True),
        ({"torque": 0.979}, "torque", False),
        ({"offset": 39.0}, "torque", True),
        ({"offset": 41.0}, "torque", False),
    ],
)
def test_the_whsc_limits_are_1_and_2_percent(changed, field, kept):
    assert getattr(run(**changed), field).accepted is kept


def test_a_small_engine_may_always_miss_by_20_newton_metres():
    asked = reference()
    small = EngineMaxima(idle_speed=60.0, speed=220.0, torque=200.0, power=30e3)
    for offset, kept in [(19.0, True), (21.0, False)]:
        result = validate_cycle(
            reference=asked,
            actual_speed=asked.speed,
            actual_torque=asked.torque + offset,
            maxima=small,
            limits=WHSC_LIMITS,
        )
        assert result.torque.intercept_within is kept


@pytest.mark.parametrize(("torque", "within"), [(0.86, True), (0.84, False), (1.06, False)])
def test_work_must_lie_between_85_and_105_percent(torque, within):
    assert run(torque=torque).work_within is within


def test_noise_costs_determination_and_standard_error():
    asked = reference()
    noise = np.random.default_rng(3).normal(0.0, 300.0, asked.times.size)
    result = validate_cycle(
        reference=asked,
        actual_speed=asked.speed,
        actual_torque=asked.torque + noise,
        maxima=MAXIMA,
        limits=WHTC_LIMITS,
    )
    assert not result.torque.standard_error_within
    assert result.torque.r_squared_within
    assert not result.accepted


@pytest.mark.parametrize(("scatter", "within"), [(35.0, True), (45.0, False)])
def test_the_standard_error_of_whsc_torque_is_2_percent_of_the_maximum(scatter, within):
    asked = reference()
    noise = np.random.default_rng(4).choice([-scatter, scatter], asked.times.size)
    result = validate_cycle(
        reference=asked,
        actual_speed=asked.speed,
        actual_torque=asked.torque + noise,
        maxima=MAXIMA,
        limits=WHSC_LIMITS,
    )
    assert result.torque.standard_error_within is within


@pytest.mark.parametrize("delay", [-1, 1])
def test_a_second_of_delay_is_taken_out(delay):
    asked = reference()
    result = validate_cycle(
        reference=asked,
        actual_speed=np.roll(asked.speed, delay),
        actual_torque=np.roll(asked.torque, delay),
        maxima=MAXIMA,
        limits=WHSC_LIMITS,
        delay=delay,
    )
    assert result.torque.statistics.standard_error == pytest.approx(0.0, abs=1e-6)
    assert result.torque.statistics.count == asked.times.size - 1


def test_omitted_points_do_not_count():
    asked = reference()
    spoiled = asked.torque.copy()
    spoiled[100:110] = -5000.0
    omitted = np.zeros(asked.times.size, dtype=bool)
    omitted[100:110] = True
    result = validate_cycle(
        reference=asked,
        actual_speed=asked.speed,
        actual_torque=spoiled,
        maxima=MAXIMA,
        limits=WHSC_LIMITS,
        omitted={"torque": omitted},
    )
    assert result.torque.accepted
    assert not result.power.accepted


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"delay": 2}, "one second"),
        ({"omitted": {"speed": np.zeros(3, dtype=bool)}}, "omitted"),
        ({"omitted": {"speed": np.ones(400, dtype=bool)}}, "at least 3"),
    ],
)
def test_a_validation_that_cannot_be_is_refused(changed, match):
    with pytest.raises(ValueError, match=match):
        run(**changed)


def test_a_constant_reference_has_no_regression():
    with pytest.raises(ValueError, match="changes"):
        regression(reference=[1.0, 1.0, 1.0], actual=[1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="samples"):
        regression(reference=[1.0, 2.0, 3.0], actual=[1.0, 2.0])
