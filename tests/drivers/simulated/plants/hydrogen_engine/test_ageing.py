"""The engine ages from what it sees: by load, speed, heat, starts and thermal cycles."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.simulated.plants.hydrogen_engine.aftertreatment import conversion
from drivers.simulated.plants.hydrogen_engine.ageing import UNAGED, factors_of
from drivers.simulated.plants.hydrogen_engine.parameters import HydrogenEngineParameters
from tests.drivers.simulated.plants.hydrogen_engine.engines import (
    BEST_POINT,
    HOUR,
    REFERENCE,
    RPM,
    aged,
    at_best_point,
    engine,
    new_age,
    run,
    warmed_up,
)

ENGINE = HydrogenEngineParameters()
CAMPAIGN = 2000.0 * HOUR
OLD = {
    "worn_rings": CAMPAIGN,
    "worn_bearings": CAMPAIGN,
    "worn_valve_seats": CAMPAIGN,
    "worn_injectors": CAMPAIGN,
    "worn_plugs": CAMPAIGN,
    "worn_turbocharger": CAMPAIGN,
    "worn_gasket": CAMPAIGN,
    "worn_catalyst": CAMPAIGN,
    "oil_age": 250.0 * HOUR,
}
"""What 2,000 h of the reference duty leave, between two oil changes."""
WORN = tuple(name for name in new_age()._fields if name.startswith("worn_"))


def damage(ageing):
    """What was collected, as a mapping."""
    numbers = ageing._asdict()
    return {name: numbers[name] for name in numbers if name not in {"factors", "parts"}}


# --- what a campaign leaves


def test_a_second_of_the_reference_duty_counts_one_second_for_each_mechanism():
    after = aged(new_age(), HOUR, 1.0)
    for name in WORN:
        expected = 0.0 if name == "worn_gasket" else HOUR
        assert getattr(after, name) == pytest.approx(expected, rel=2e-3), name
    assert after.oil_age == pytest.approx(HOUR)
    assert after.running_time == pytest.approx(HOUR)


def test_a_campaign_of_the_reference_duty_leaves_the_losses_that_are_told():
    new, old = at_best_point(engine()), at_best_point(engine(**OLD))
    lost = 100.0 * (new.brake_thermal_efficiency - old.brake_thermal_efficiency)
    assert lost == pytest.approx(0.40, abs=0.05)
    assert old.ageing.factors.power == pytest.approx(0.975, abs=0.002)
    assert old.blow_by / new.blow_by == pytest.approx(1.35, abs=0.05)
    assert old.hydrogen_wet / new.hydrogen_wet == pytest.approx(1.30, abs=0.03)
    assert 1.02 < old.nox_wet / new.nox_wet < 1.12
    assert 0.10 * old.ageing.factors.oil_consumption == pytest.approx(0.155, abs=0.01)


def test_the_catalyst_falls_from_95_to_93_percent_in_a_campaign_with_much_full_load():
    new, old = engine(), engine(worn_catalyst=3.3 * CAMPAIGN)
    hot = 685.0
    before = conversion(hot, new.state.ageing.factors.catalyst, ENGINE)
    after = conversion(hot, old.state.ageing.factors.catalyst, ENGINE)
    assert before == pytest.approx(0.950, abs=0.001)
    assert before - after == pytest.approx(0.02, abs=0.003)


def test_a_cold_catalyst_takes_out_nothing():
    assert conversion(300.0, 1.0, ENGINE) < 1e-3


def test_the_tailpipe_shows_what_the_catalyst_leaves():
    plant = engine(worn_catalyst=CAMPAIGN)
    state = at_best_point(plant)
    left = plant.quantity("nox_tailpipe")(state) / plant.quantity("nox_wet")(state)
    share = conversion(state.exhaust_temperature, state.ageing.factors.catalyst, plant.parameters)
    assert left == pytest.approx(1.0 - share)
    assert 0.05 < left < 0.10


def test_running_in_improves_and_then_wear_takes_over():
    efficiencies = [
        engine(worn_rings=hours * HOUR, worn_valve_seats=hours * HOUR).state.ageing.factors
        for hours in (0.0, 20.0, 60.0, 150.0)
    ]
    assert [each.efficiency for each in efficiencies] == sorted(
        each.efficiency for each in efficiencies
    )
    assert [each.blow_by for each in efficiencies[:3]] == sorted(
        (each.blow_by for each in efficiencies[:3]), reverse=True
    )
    late = [engine(**{**OLD, "worn_rings": share * CAMPAIGN}) for share in (0.25, 0.5, 1.0)]
    falling = [each.state.ageing.factors.efficiency for each in late]
    assert falling == sorted(falling, reverse=True)


def test_the_loss_is_no_straight_line():
    thirds = [
        engine(worn_rings=share * CAMPAIGN).state.ageing.factors.blow_by
        for share in (0.2, 0.6, 1.0)
    ]
    first, second = (later - earlier for earlier, later in pairwise(thirds))
    assert second > 1.1 * first


# --- what nobody may see


def test_minutes_change_nothing_that_is_shown():
    plant = engine()
    start = at_best_point(plant)
    after = run(plant, start, BEST_POINT, 1800.0)
    change = after.brake_thermal_efficiency - start.brake_thermal_efficiency
    assert abs(change) < 2e-6


def test_an_engine_without_ageing_stays_new_but_burns_oil():
    plant = engine(ageing=0.0)
    after = run(plant, plant.state, REFERENCE, 600.0)
    assert after.ageing.factors == UNAGED
    assert all(getattr(after.ageing, name) == 0.0 for name in WORN)
    assert after.ageing.oil_mass < plant.state.ageing.oil_mass


def test_an_ageing_of_1000_makes_an_hour_of_it_in_seconds():
    slow, fast = engine(), engine(ageing=1000.0)
    once = run(slow, warmed_up()._replace(ageing=new_age()), REFERENCE, 400.0)
    often = run(fast, warmed_up()._replace(ageing=new_age()), REFERENCE, 400.0)
    for name in WORN:
        assert getattr(often.ageing, name) == pytest.approx(
            1000.0 * getattr(once.ageing, name), rel=0.05
        )


# --- what each mechanism sees


@pytest.mark.parametrize(
    ("name", "conditions", "ratio"),
    [
        ("worn_bearings", {"torque": 2864.0}, 8.0),
        ("worn_valve_seats", {"speed": 875.0 * RPM}, 1.0 / 8.0),
        ("worn_injectors", {"speed": 875.0 * RPM}, 0.5),
        ("worn_rings", {"torque": 2864.0}, 1.75),
        ("worn_rings", {"oil": 328.15}, 2.0),
        ("worn_turbocharger", {"boost": 114.5e3}, 1.0 / 8.0),
        ("worn_catalyst", {"exhaust": 760.0}, 5.555),
        ("oil_age", {"oil": 378.15}, 2.0),
    ],
)
def test_a_mechanism_sees_its_own_load(name, conditions, ratio):
    """Catalyst: exp(18500 K (1/710 K - 1/760 K)) of 40 CFR 86.1823-08."""
    reference = getattr(aged(new_age(), 60.0, 1.0), name)
    assert getattr(aged(new_age(), 60.0, 1.0, **conditions), name) / reference == pytest.approx(
        ratio, rel=2e-3
    )


def test_a_motored_engine_wears_no_injectors_and_no_plugs():
    after = aged(new_age(), 60.0, 1.0, torque=-100.0, firing=False)
    assert after.worn_injectors == after.worn_plugs == after.worn_bearings == 0.0
    assert after.worn_rings > 0.0
    assert after.running_time == 0.0


def test_a_standing_engine_does_not_age():
    assert aged(new_age(), 60.0, 1.0, speed=0.0, firing=False) == new_age()


def test_each_start_costs_minutes():
    plant = engine()
    once = run(plant, plant.state, BEST_POINT, 5.0)
    stopped = run(plant, once, BEST_POINT._replace(speed_setpoint=0.0, injection=False), 10.0)
    twice = run(plant, stopped, BEST_POINT, 5.0)
    assert (once.ageing.starts, twice.ageing.starts) == (1.0, 2.0)
    assert twice.ageing.worn_bearings - once.ageing.worn_bearings > 600.0


def test_thermal_cycles_count_as_half_cycles_of_coffin_and_manson():
    ageing = new_age(300.0)
    for coolant in (330.0, 327.0, 360.0, 340.0, 300.0, 360.0, 354.0):
        ageing = aged(ageing, 1.0, 1.0, coolant=coolant, speed=0.0, firing=False)
    assert ageing.worn_gasket == pytest.approx(3 * 0.5 * 1800.0)


def test_a_thermal_cycle_of_half_the_range_counts_a_fifth():
    ageing = new_age(330.0)
    for coolant in (360.0, 330.0, 340.0):
        ageing = aged(ageing, 1.0, 1.0, coolant=coolant, speed=0.0, firing=False)
    assert ageing.worn_gasket == pytest.approx(1800.0 * 0.5**2.2)


# --- laws


@given(
    speed=st.floats(600.0, 2100.0),
    torque=st.floats(0.0, 2400.0),
    exhaust=st.floats(450.0, 850.0),
    oil=st.floats(310.0, 385.0),
    steps=st.sampled_from([(0.01, 1.0), (0.1, 10.0), (1.0, 60.0)]),
)
@settings(max_examples=20, deadline=None)
def test_short_steps_and_long_ones_collect_the_same(speed, torque, exhaust, oil, steps):
    conditions = {"speed": speed * RPM, "torque": torque, "exhaust": exhaust, "oil": oil}
    short, long = steps
    old = engine(**OLD).state.ageing
    fine = aged(old, 2.0 * long, short, **conditions)
    coarse = aged(old, 2.0 * long, long, **conditions)
    assert damage(fine) == pytest.approx(damage(coarse), rel=1e-8)


def test_a_leap_of_steady_state_ages_like_the_seconds_of_it():
    plant = engine(ageing=100.0)
    start = at_best_point(plant)
    seconds = run(plant, start, BEST_POINT, 1200.0)
    leapt = run(plant, start, BEST_POINT, 1200.0, 60.0)
    assert damage(leapt.ageing) == pytest.approx(damage(seconds.ageing), rel=1e-4)
    assert leapt.ageing.factors == pytest.approx(seconds.ageing.factors, rel=1e-4)
    assert leapt.brake_thermal_efficiency == pytest.approx(
        seconds.brake_thermal_efficiency, rel=3e-5
    )


@given(share=st.floats(0.0, 3.0), further=st.floats(0.0, 0.5))
@settings(max_examples=30, deadline=None)
def test_more_wear_never_slips_less_nor_burns_less_oil(share, further):
    def at(life):
        worn = dict.fromkeys(WORN, life * CAMPAIGN)
        return factors_of(new_age()._replace(**worn), ENGINE)

    less, more = at(share), at(share + further)
    assert more.slip >= less.slip
    assert more.oil_consumption >= less.oil_consumption
    assert more.power <= less.power
    assert more.catalyst <= less.catalyst
