"""Polarisation, electrical efficiency, availability, and straight lines."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from analysis import trend_lines
from analysis.availability import Outage, availability, mean_time
from analysis.polarisation import polarisation, resistance

HOUR = 3600.0


def test_a_straight_curve_has_one_resistance():
    density = np.arange(0.0, 5001.0, 500.0)
    curve = polarisation(current_densities=density, voltages=1.0 - 34e-6 * density)
    found = resistance(curve=curve, current_density=3000.0, reference_voltage=1.0)
    assert found.chord == pytest.approx(34e-6)
    assert found.differential == pytest.approx(34e-6)
    assert found.differential_uncertainty == pytest.approx(0.0, abs=1e-12)
    assert math.isnan(curve.hysteresis)


def test_the_slope_of_the_reference_cell_at_0_3_a_per_cm2():
    # H2, utilisation 0.4, 750 °C: 0.967 .. 0.813 V from 0.05 to 0.6 A/cm2.
    curve = polarisation(
        current_densities=[500, 2000, 3000, 4000, 5000, 6000],
        voltages=[0.967, 0.936, 0.906, 0.875, 0.844, 0.813],
    )
    found = resistance(curve=curve, current_density=3000.0, reference_voltage=1.0, points=3)
    assert found.differential == pytest.approx(30.5e-6, rel=0.02)


def test_hysteresis_is_the_widest_gap_between_both_sweeps():
    density = np.arange(0.0, 5001.0, 500.0)
    voltage = 1.0 - 34e-6 * density
    back = voltage + 5e-3 * (density == 2000.0)
    curve = polarisation(
        current_densities=density, voltages=voltage,
        down_current_densities=density[::-1], down_voltages=back[::-1],
    )  # fmt: skip
    assert curve.hysteresis == pytest.approx(5e-3)
    assert curve.hysteresis_at == 2000.0


def test_impossible_curves_are_refused():
    with pytest.raises(ValueError, match="differ"):
        polarisation(current_densities=[0, 1, 1, 2], voltages=[1, 1, 1, 1])
    curve = polarisation(current_densities=[0, 1, 2, 3], voltages=[1, 1, 1, 1])
    with pytest.raises(ValueError, match="outside"):
        resistance(curve=curve, current_density=9.0, reference_voltage=1.0)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 200), st.sampled_from([0.8, 0.9, 0.95]))
def test_the_interval_of_the_mean_time_is_the_chi_squares(failures, confidence):
    found = mean_time(service_time=1e6, failures=failures, confidence=confidence)
    tail = (1.0 - confidence) / 2.0
    assert found.lower == pytest.approx(2e6 / chi2.ppf(1.0 - tail, 2 * failures + 2), rel=1e-6)
    assert found.upper == pytest.approx(2e6 / chi2.ppf(tail, 2 * failures), rel=1e-6)


def test_without_a_failure_a_third_of_the_time_is_shown():
    found = mean_time(service_time=3000.0, failures=0)
    assert found.value == math.inf
    assert found.lower == pytest.approx(1001.4, abs=0.1)


def test_availability_counts_planned_and_forced_time_apart():
    found = availability(
        begin=0.0, end=1000 * HOUR, energy=90e3 * 900 * HOUR, rated_power=100e3,
        outages=[
            Outage(begin=100 * HOUR, end=160 * HOUR, planned=True),
            Outage(begin=150 * HOUR, end=170 * HOUR, planned=False),
            Outage(begin=980 * HOUR, end=1100 * HOUR, planned=False),
        ],
    )  # fmt: skip
    assert found.calendar == pytest.approx(0.91)
    assert found.planned_time == pytest.approx(50 * HOUR)
    assert found.forced_time == pytest.approx(40 * HOUR)
    assert found.forced == pytest.approx(1 - 40 / 950)
    assert found.mean_time.failures == 2
    assert found.capacity_factor == pytest.approx(0.81)
    with pytest.raises(ValueError, match="period"):
        availability(begin=1.0, end=1.0, outages=[])


@settings(max_examples=20, deadline=None)
@given(st.floats(-1e-3, 1e-3), st.integers(10, 900))
def test_all_lines_find_a_straight_one(slope, size):
    times = np.arange(size) * HOUR
    values = 0.8 + slope * times
    assert trend_lines.line(times=times, values=values).slope == pytest.approx(slope, abs=1e-12)
    assert trend_lines.theil_sen(times=times, values=values) == pytest.approx(slope, abs=1e-12)
    if size > 30:
        found = trend_lines.two_point(times=times, values=values)
        assert found == pytest.approx(slope, abs=1e-12)
