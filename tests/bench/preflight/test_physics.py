"""Pressure that falls, and hydrogen in a bottle."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.preflight.decay import Decay
from bench.preflight.supply import mass_held, real_gas_factor, usable_mass

BAR, MINUTE = 1e5, 60.0
CELSIUS_15 = 288.15


def decay_of(pairs):
    decay = Decay()
    for seconds, pressure in pairs:
        decay.take(seconds, pressure)
    return decay


@given(
    rate=st.floats(-1e4, 1e4),
    start=st.floats(1e5, 7e7),
    begin=st.floats(0, 1e6),
    count=st.integers(3, 200),
)
def test_the_rate_of_a_straight_line_is_its_slope(rate, start, begin, count):
    line = [(begin + second, start - rate * second) for second in range(count)]
    decay = decay_of(line)
    assert decay.rate == pytest.approx(rate, rel=1e-5, abs=1e-4)
    assert (decay.first, decay.last) == (line[0][1], line[-1][1])


@given(st.floats(1.0, 100.0), st.floats(1e5, 7e7))
def test_one_spike_at_the_end_is_not_a_leak(height, start):
    flat = [(second, start) for second in range(300)]
    spiked = [*flat[:-1], (299, start - height)]
    ends = height / 299
    assert 0 < decay_of(spiked).rate < ends / 10 * 1.1 + 1e-6


@pytest.mark.parametrize("pairs", [[], [(0.0, BAR)], [(5.0, BAR), (5.0, BAR)]])
def test_a_single_moment_has_no_rate(pairs):
    assert math.isnan(decay_of(pairs).rate)


@pytest.mark.parametrize(
    ("bar", "density"),
    [(350, 24.0), (700, 40.2)],  # kg/m³ at 15 °C: SAE J2601, 100 % state of charge
)
def test_densities_are_those_of_the_fuelling_standard(bar, density):
    assert mass_held(bar * BAR, 1.0, CELSIUS_15) == pytest.approx(density, rel=0.01)


def test_at_low_pressure_it_is_an_ideal_gas():
    assert real_gas_factor(0.0, 300.0) == 1.0
    # molar volume of the ideal gas at 0 °C and 101 325 Pa: 22.413 97 L (CODATA 2018)
    volume = 22.413_97e-3
    held = mass_held(101_325.0, volume, 273.15)
    assert held == pytest.approx(2.01588e-3, rel=1e-3)


@given(st.floats(0, 900e5), st.floats(0, 900e5), st.floats(0.01, 50), st.floats(230, 340))
def test_more_pressure_is_more_gas_and_below_the_lowest_there_is_none(one, other, volume, kelvin):
    low, high = sorted((one, other))
    assert mass_held(low, volume, kelvin) <= mass_held(high, volume, kelvin)
    assert usable_mass(low, high, volume, kelvin) == 0.0
    usable = usable_mass(high, low, volume, kelvin)
    assert 0.0 <= usable <= mass_held(high, volume, kelvin)
