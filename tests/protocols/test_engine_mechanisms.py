"""What rows wear: laws of parts, held durations, and kilometres of every mechanism."""

import math
import pickle
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import ConfigError
from protocols.duty_reading import field_duty
from protocols.engine_kilometres import equivalences, equivalences_of, governing
from protocols.engine_mechanisms import (
    EngineRows,
    joined,
    nothing,
    part_of,
    sums,
    sums_per_pass,
)
from protocols.mechanism_table import ENGINE_MECHANISMS, engine_settings, settings_from

ENGINE = engine_settings(12.8e-3)
RPM = math.pi / 30.0
HOUR = 3600.0


def rows(count, *, speed=1500.0, torque=1000.0, coolant=361.15, exhaust=723.15, **given_rows):
    """Return rows of an engine: numbers hold for all of them, arrays go as they are."""
    columns = {
        "held": 1.0, "speed": np.multiply(speed, RPM), "torque": torque, "coolant": coolant,
        "oil": 368.15, "exhaust": exhaust, "injecting": True, "fuel": 5e-3, **given_rows,
    }  # fmt: skip
    return EngineRows(
        **{
            name: np.broadcast_to(np.asarray(value), count).copy()
            for name, value in columns.items()
        }
    )


@st.composite
def records(draw, size=30):
    count = draw(st.integers(0, size))
    column = lambda values: np.array(draw(st.lists(values, min_size=count, max_size=count)))  # noqa: E731 - one line says it
    return EngineRows(
        held=column(st.floats(0.0, 60.0)).astype(float),
        speed=column(st.sampled_from([0.0, 20.0, 100.0, 200.0, math.nan])).astype(float),
        torque=column(st.integers(-200, 2000) | st.just(math.nan)).astype(float),
        coolant=column(st.integers(290, 370) | st.just(math.nan)).astype(float),
        oil=column(st.integers(290, 370)).astype(float),
        exhaust=column(st.integers(300, 800) | st.just(math.nan)).astype(float),
        injecting=column(st.booleans()).astype(bool),
        fuel=column(st.floats(0.0, 0.01)).astype(float),
    )


def same(first, second):
    """Return whether two histories have worn the same, to rounding."""
    assert (first.starts, first.cold_starts) == (second.starts, second.cold_starts)
    for name, damage in first.damage.items():
        assert second.damage[name] == pytest.approx(damage, rel=1e-9, abs=1e-12)
    assert second.unknown == pytest.approx(first.unknown)
    for name in ("running", "duration", "energy", "revolutions", "fuel"):
        assert getattr(second, name) == pytest.approx(getattr(first, name), rel=1e-9, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(records(), st.lists(st.integers(0, 30), max_size=3))
def test_a_cut_anywhere_changes_nothing(record, cuts):
    places = [0, *sorted(min(cut, len(record)) for cut in cuts), len(record)]
    part = nothing(ENGINE)
    for begin, end in pairwise(places):
        part = joined(part, part_of(record.cut(begin, end), ENGINE))
    same(sums(part_of(record, ENGINE)), sums(part))


@settings(max_examples=60, deadline=None)
@given(records(12), records(12), records(12))
def test_joining_is_associative(first, second, third):
    a, b, c = (part_of(each, ENGINE) for each in (first, second, third))
    same(sums(joined(joined(a, b), c)), sums(joined(a, joined(b, c))))


@pytest.mark.parametrize("stretch", [2, 60])
def test_rows_of_stretched_scans_count_for_as_long_as_they_hold(stretch):
    every = rows(1200, torque=np.repeat([500.0, 1500.0], 600))
    stretched = rows(
        1200 // stretch,
        torque=np.repeat([500.0, 1500.0], 600 // stretch),
        held=float(stretch),
    )
    same(sums(part_of(every, ENGINE)), sums(part_of(stretched, ENGINE)))


def test_bookkeeping_is_that_of_the_rows():
    worn = sums(part_of(rows(3600), ENGINE))
    assert worn.running == 3600.0
    assert worn.revolutions == pytest.approx(1500.0 * 60.0)
    assert worn.energy == pytest.approx(1500.0 * RPM * 1000.0 * 3600.0)
    assert worn.fuel == pytest.approx(18.0)
    assert worn.damage["injector"][1] == pytest.approx(45_000.0)
    # the reference speed and temperature count as one
    assert worn.damage["valve_seat"] == pytest.approx((45_000.0,) * 3)
    assert worn.damage["thermal_ageing"] == pytest.approx((3600.0,) * 3)


def test_a_torque_cycle_counts_with_the_power_of_its_range():
    reference = 20e5 * 12.8e-3 / (4.0 * math.pi)
    record = rows(5, torque=np.array([0.0, 1.0, 0.0, 1.0, 0.0]) * 0.5 * reference)
    assert sums(part_of(record, ENGINE)).damage["torque"] == pytest.approx(
        (2 * 0.5**3, 2 * 0.5**5, 2 * 0.5**8)
    )


def test_bearings_of_half_the_load_wear_an_eighth():
    full, half = (sums(part_of(rows(10, torque=each), ENGINE)) for each in (2000.0, 1000.0))
    assert full.damage["bearing"][1] == pytest.approx(8.0 * half.damage["bearing"][1])
    assert full.damage["wear"][1] == pytest.approx(2.0 * half.damage["wear"][1])


def test_small_swings_of_the_coolant_are_no_thermal_cycles():
    noisy = rows(100, coolant=361.15 + np.tile([0.0, 4.0], 50))
    assert sums(part_of(noisy, ENGINE)).damage["thermal_shock"] == (0.0, 0.0, 0.0)
    shocks = rows(3, coolant=np.array([301.15, 361.15, 301.15]))
    assert sums(part_of(shocks, ENGINE)).damage["thermal_shock"] == pytest.approx((1.0, 1.0, 1.0))


def test_a_standing_engine_wears_nothing_but_cools():
    worn = sums(part_of(rows(600, speed=0.0, torque=0.0, injecting=False), ENGINE))
    assert worn.running == 0.0
    assert all(damage == (0.0, 0.0, 0.0) for damage in worn.damage.values())


def test_starts_are_counted_over_the_cut_between_two_files():
    standing = rows(5, speed=0.0, oil=295.15)
    running, warm = rows(5, oil=295.15), rows(5)
    one = joined(part_of(standing, ENGINE), part_of(running, ENGINE))
    assert (sums(one).starts, sums(one).cold_starts) == (1, 1)
    two = joined(one, joined(part_of(standing, ENGINE), part_of(warm, ENGINE)))
    assert (sums(two).starts, sums(two).cold_starts) == (2, 1)


def test_what_is_not_known_counts_for_nothing_and_is_told():
    record = rows(10, exhaust=np.array([math.nan] * 4 + [723.15] * 6))
    worn = sums(part_of(record, ENGINE))
    assert worn.damage["thermal_ageing"][1] == pytest.approx(6.0)
    assert worn.unknown["thermal_ageing"] == 4.0
    assert worn.unknown["torque"] == 0.0
    lost = sums(part_of(rows(10, torque=np.array([math.nan] * 3 + [900.0] * 7)), ENGINE))
    assert lost.running == 7.0
    assert lost.unknown["torque"] == 3.0


def test_rows_of_different_lengths_are_refused():
    record = rows(5)
    with pytest.raises(ValueError, match="equally many"):
        replace(record, torque=np.zeros(4))
    with pytest.raises(ValueError, match="must not be negative"):
        replace(record, held=np.full(5, -1.0))


def test_parts_of_different_settings_are_not_joined():
    with pytest.raises(ValueError, match="different settings"):
        joined(nothing(ENGINE), nothing(engine_settings(6e-3)))


def test_a_part_travels_to_another_process():
    part = part_of(rows(100, torque=np.linspace(0, 2000, 100)), ENGINE)
    assert pickle.loads(pickle.dumps(part)) == part  # noqa: S301 - our own bytes


@settings(max_examples=30, deadline=None)
@given(records(), st.integers(2, 4))
def test_a_record_that_is_repeated_wears_the_same_in_each_pass(record, passes):
    part = part_of(record, ENGINE)
    long = part
    for _ in range(passes):
        long = joined(long, part)
    more = sums(joined(long, part)) - sums(long)
    per_pass = sums_per_pass(part)
    for name, damage in per_pass.damage.items():
        assert more.damage[name] == pytest.approx(damage, rel=1e-6, abs=1e-9)


def test_a_bench_that_drives_the_duty_shows_its_kilometres_by_every_mechanism():
    duty = field_duty("regional-haul")
    found = equivalences_of(duty.worn(ENGINE).times(200.0), duty, ENGINE)
    assert len(found) == len(ENGINE_MECHANISMS) + 4
    for each in found:
        assert each.kilometres == pytest.approx(200_000.0, rel=1e-9)
        assert each.acceleration == pytest.approx(1.0, rel=1e-3)


def test_the_claim_is_the_least_mechanism_and_never_bookkeeping():
    duty = field_duty("regional-haul")
    # an hour at one point: nothing changes, so nothing is shown of what changes wear
    found = equivalences(part_of(rows(3600, torque=2000.0), ENGINE), duty)
    claim = governing(found)
    assert claim is found[0]
    assert claim.is_mechanism
    assert claim.name in {"torque", "thermal_shock"}
    assert claim.kilometres == 0.0
    assert claim.acceleration == 0.0
    assert claim.hours_missing(1000.0) == math.inf
    energy = next(each for each in found if each.name == "energy")
    assert not energy.is_mechanism
    assert energy.hours_missing(energy.kilometres) == 0.0
    assert energy.hours_missing(2.0 * energy.kilometres) == pytest.approx(1.0)


def test_the_band_holds_the_kilometres_and_the_exponents_stand_beside():
    duty = field_duty("regional-haul")
    record = rows(4000, torque=np.tile(np.repeat([100.0, 2200.0], 100), 20), coolant=np.tile(
        np.repeat([310.0, 365.0], 1000), 2), exhaust=760.0)  # fmt: skip
    for each in equivalences(part_of(record, ENGINE), duty):
        assert each.least <= each.kilometres <= each.most
        assert (each.exponents is not None) == each.is_mechanism
        assert bool(each.origin) == each.is_mechanism


def test_other_exponents_change_bench_and_field_alike():
    given_ones = {"torque_exponent": 3.0, "thermal_ageing_exponent_high": 21_000.0}
    changed = settings_from(ENGINE, given_ones, "supplier of the crankshaft")
    torque = changed.mechanism("torque")
    assert torque.exponents.values() == (3.0, 3.0, 8.0)
    assert torque.origin == "supplier of the crankshaft"
    duty = field_duty("regional-haul")
    found = equivalences_of(duty.worn(changed).times(2.0), duty, changed)
    assert {round(each.kilometres) for each in found} == {2000}


@pytest.mark.parametrize(
    ("given_ones", "sentence"),
    [
        ({"torque_exponent": -5.0}, "numbers above zero"),
        ({"torque_exponent": math.nan}, "numbers above zero"),
        ({"torque_exponent_low": 6.0}, "within its band"),
        ({"torque_exponent": 0.0}, "numbers above zero"),
        ({"torqe_exponent": 5.0}, "torque_exponent"),
    ],
)
def test_exponents_that_mean_nothing_are_refused_in_words(given_ones, sentence):
    with pytest.raises(ConfigError) as caught:
        settings_from(ENGINE, given_ones, "me")
    assert sentence in caught.value.text("en")
    assert caught.value.text("zh") != caught.value.text("en")


def test_an_exponent_needs_its_source():
    with pytest.raises(ConfigError, match="source"):
        settings_from(ENGINE, {"torque_exponent": 4.0}, "")


@pytest.mark.parametrize("displacement", [0.0, -1.0, math.nan])
def test_an_engine_without_a_size_is_refused(displacement):
    with pytest.raises(ConfigError, match="displacement"):
        engine_settings(displacement)
