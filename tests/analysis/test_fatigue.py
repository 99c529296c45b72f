"""Miner, Coffin and Manson, Arrhenius, and kilometres: golden numbers and refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.equivalence import (
    Equivalence,
    Exponents,
    acceleration_factor,
    equivalence,
    equivalent_kilometres,
    governing,
    hours_needed,
)
from analysis.fatigue import (
    counted_damage,
    cycles_to_failure,
    load_spectrum_damage,
    miner_sum,
)
from analysis.rainflow import count, finished
from analysis.thermal_ageing import (
    DIESEL_REACTIVITY,
    POSITIVE_IGNITION_REACTIVITY,
    ageing_rate,
    bench_ageing_time,
    effective_reference_temperature,
    equivalent_time,
)
from analysis.thermal_ageing import acceleration_factor as arrhenius_factor

ZERO_CELSIUS = 273.15
FIELD_RANGES, FIELD_COUNTS = (0.3, 0.6, 1.0), (40_000.0, 8_000.0, 500.0)
"""Torque cycles per 1,000 km, as shares of the largest torque."""


@pytest.mark.parametrize(("exponent", "hours"), [(3.0, 5513.3), (5.0, 2032.1), (8.0, 1061.7)])
def test_hours_for_200_000_km_hang_on_the_exponent(exponent, hours):
    # worked by hand: 120 full cycles an hour on the bench
    per_1000_km = load_spectrum_damage(
        ranges=FIELD_RANGES, counts=FIELD_COUNTS, reference_range=1.0, exponent=exponent
    )
    needed = hours_needed(
        kilometres=200_000.0,
        field_damage_per_kilometre=per_1000_km / 1000.0,
        bench_damage_per_hour=120.0,
    )
    assert needed == pytest.approx(hours, abs=0.05)


def test_a_histogram_of_exhaust_temperatures_is_so_many_hours_at_800_degrees():
    # worked by hand with R of 17,500 K: 7.146 + 59.668 + 84.807 + 74.870 + 45.072 + 20.000 h
    celsius = np.array([500.0, 600.0, 650.0, 700.0, 750.0, 800.0])
    hours = [4000.0, 2500.0, 1200.0, 400.0, 100.0, 20.0]
    rate = ageing_rate(
        temperatures=celsius + ZERO_CELSIUS,
        reference_temperature=800.0 + ZERO_CELSIUS,
        reactivity=POSITIVE_IGNITION_REACTIVITY,
    )
    assert np.round(hours * rate, 3).tolist() == [7.146, 59.668, 84.807, 74.870, 45.072, 20.000]
    equivalent = equivalent_time(
        times=hours,
        temperatures=celsius + ZERO_CELSIUS,
        reference_temperature=800.0 + ZERO_CELSIUS,
        reactivity=POSITIVE_IGNITION_REACTIVITY,
    )
    assert equivalent == pytest.approx(291.564, abs=5e-4)
    assert bench_ageing_time(equivalent_time=equivalent) == pytest.approx(320.720, abs=5e-4)


def test_an_ageing_cycle_has_an_effective_temperature():
    # 40 s at 800, 15 s at 890 and 5 s at 840 degrees
    found = effective_reference_temperature(
        times=[40.0, 15.0, 5.0],
        temperatures=np.array([800.0, 890.0, 840.0]) + ZERO_CELSIUS,
        reactivity=POSITIVE_IGNITION_REACTIVITY,
    )
    assert found - ZERO_CELSIUS == pytest.approx(836.07, abs=5e-3)


@given(st.lists(st.tuples(st.floats(0.1, 1e4), st.floats(300.0, 1300.0)), min_size=1))
def test_the_effective_temperature_lies_within_the_history_and_ages_as_it_did(history):
    times, temperatures = zip(*history, strict=True)
    found = effective_reference_temperature(
        times=times, temperatures=temperatures, reactivity=DIESEL_REACTIVITY
    )
    assert min(temperatures) - 1e-6 <= found <= max(temperatures) + 1e-6
    same = equivalent_time(
        times=times, temperatures=temperatures, reference_temperature=found,
        reactivity=DIESEL_REACTIVITY,
    )  # fmt: skip
    assert same == pytest.approx(sum(times), rel=1e-6)


def test_half_an_electronvolt_doubles_ageing_in_some_ten_kelvin():
    factor = arrhenius_factor(activation_energy=0.5, use_temperature=300.0, test_temperature=311.3)
    assert factor == pytest.approx(2.02, abs=0.01)


@pytest.mark.parametrize("times", [[0.0, 0.0], [1.0, -1.0], [1.0, math.nan]])
def test_a_history_without_time_is_refused(times):
    with pytest.raises(ValueError, match="times"):
        effective_reference_temperature(
            times=times, temperatures=[500.0, 600.0], reactivity=DIESEL_REACTIVITY
        )


def test_half_the_temperature_range_makes_a_life_four_to_six_times_as_long():
    for exponent, longer in ((2.0, 4.0), (2.5, 2.0**2.5)):
        life = cycles_to_failure(
            cycle_range=50.0, reference_range=100.0, reference_cycles=1000.0, exponent=exponent
        )
        assert life == pytest.approx(1000.0 * longer)


def test_miner_adds_up_shares_of_life():
    lives = [
        cycles_to_failure(
            cycle_range=width, reference_range=1.0, reference_cycles=1e6, exponent=5.0
        )
        for width in FIELD_RANGES
    ]
    expected = load_spectrum_damage(
        ranges=FIELD_RANGES, counts=FIELD_COUNTS, reference_range=1.0, exponent=5.0
    )
    assert miner_sum(counts=FIELD_COUNTS, cycles_to_failure=lives) == pytest.approx(expected / 1e6)


def test_counted_cycles_are_worth_cycles_of_the_reference_range():
    counts = finished(count([0.0, 2.0, 0.0, 2.0, 0.0], exponents=(3.0, 5.0)))
    damage = counted_damage(counts, exponents=(3.0, 5.0), reference_range=2.0)
    assert damage == pytest.approx((2.0, 2.0))
    with pytest.raises(ValueError, match="1 exponents for 2 sums"):
        counted_damage(counts, exponents=(3.0,), reference_range=2.0)


@pytest.mark.parametrize(
    ("low", "nominal", "high", "sentence"),
    [
        (6.0, 5.0, 8.0, "must lie in its band"),
        (3.0, 9.0, 8.0, "must lie in its band"),
        (-3.0, 5.0, 8.0, "low is an exponent of damage and must be above zero"),
        (3.0, math.nan, 8.0, "nominal must be finite"),
        (3.0, 5.0, math.inf, "high must be finite"),
        (0.0, 5.0, 8.0, "low is an exponent"),
    ],
)
def test_exponents_that_mean_nothing_are_refused(low, nominal, high, sentence):
    with pytest.raises(ValueError, match=sentence):
        Exponents(low, nominal, high)


def test_kilometres_come_as_a_band_over_the_exponents():
    exponents = Exponents(3.0, 5.0, 8.0)
    field = [
        load_spectrum_damage(
            ranges=FIELD_RANGES, counts=FIELD_COUNTS, reference_range=1.0, exponent=exponent
        )
        for exponent in exponents.values()
    ]
    bench = [120.0 * 2032.1] * 3
    found = equivalence(
        mechanism="torque", bench_damage=bench, field_damage=field, field_kilometres=1000.0
    )
    assert found.kilometres == pytest.approx(200_000.0, rel=1e-4)
    assert found.least == pytest.approx(200_000.0 * 2032.1 / 5513.3, rel=1e-4)
    assert found.most == pytest.approx(200_000.0 * 2032.1 / 1061.7, rel=1e-4)


@pytest.mark.parametrize("field", [0.0, -1.0, math.nan, math.inf])
def test_a_road_that_does_no_damage_shows_no_distance(field):
    with pytest.raises(ValueError, match="field_damage_per_kilometre must be"):
        equivalent_kilometres(bench_damage=1.0, field_damage_per_kilometre=field)


def test_a_road_that_does_next_to_nothing_shows_no_endless_distance():
    with pytest.raises(ValueError, match="kilometres must be finite"):
        equivalent_kilometres(bench_damage=1e300, field_damage_per_kilometre=1e-300)


def test_a_bench_that_did_nothing_has_shown_no_kilometre():
    assert equivalent_kilometres(bench_damage=0.0, field_damage_per_kilometre=2.0) == 0.0


@pytest.mark.parametrize("kilometres", [0.0, -3.0, math.nan])
def test_a_field_duty_without_distance_is_refused(kilometres):
    with pytest.raises(ValueError, match="field_kilometres must be"):
        equivalence(
            mechanism="wear", bench_damage=[1.0], field_damage=[1.0], field_kilometres=kilometres
        )


def test_a_band_of_two_exponents_is_refused():
    with pytest.raises(ValueError, match="wear: damage at one exponent or at three"):
        equivalence(
            mechanism="wear", bench_damage=[1, 2], field_damage=[1, 2], field_kilometres=1.0
        )


def test_a_bench_that_does_nothing_needs_no_number_of_hours():
    with pytest.raises(ValueError, match="bench_damage_per_hour must be above zero"):
        hours_needed(kilometres=2e5, field_damage_per_kilometre=1.0, bench_damage_per_hour=0.0)


def test_acceleration_compares_with_the_same_hours_on_the_road():
    assert acceleration_factor(kilometres=200_000.0, hours=1000.0, mean_speed=60.0) == (
        pytest.approx(3.3333, rel=1e-4)
    )
    with pytest.raises(ValueError, match="hours must be above zero"):
        acceleration_factor(kilometres=200_000.0, hours=0.0, mean_speed=60.0)


def test_the_mechanism_with_the_fewest_kilometres_governs():
    wear, torque = Equivalence("wear", 2e5, 2e5, 2e5), Equivalence("torque", 1e5, 5e4, 3e5)
    assert governing([wear, torque]) is torque
    with pytest.raises(ValueError, match="no mechanism, no claim"):
        governing([])
