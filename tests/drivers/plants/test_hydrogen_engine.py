from dataclasses import fields, replace
from itertools import pairwise
from math import isfinite, pi

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from drivers.simulated.plants.hydrogen_engine import (
    HydrogenEngineInputs,
    HydrogenEngineParameters,
    HydrogenEngineState,
    ShaftMode,
    advance,
    initial_state,
)

RPM = pi / 30.0
ENGINE = HydrogenEngineParameters()
READY = HydrogenEngineInputs(fuel_valve=True, ignition=True, injection=True)
BEST_POINT = READY._replace(
    mode=ShaftMode.SPEED_TORQUE, speed_setpoint=1200 * RPM, torque_setpoint=2000.0
)
# Each example is a whole run: shrinking one would take minutes.
FEW = settings(
    max_examples=20,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)


def run(state, inputs, seconds, *, parameters=ENGINE, dt=0.1):
    for _ in range(round(seconds / dt)):
        state = advance(state, inputs, parameters, dt)
    return state


def steady(inputs, *, parameters=ENGINE, seconds=600.0):
    return run(initial_state(parameters, warm=True), inputs, seconds, parameters=parameters, dt=1.0)


@pytest.fixture(scope="module")
def best_point() -> HydrogenEngineState:
    return steady(BEST_POINT)


# --- efficiency and full load


def test_the_warm_engine_reaches_43_8_percent_at_its_best_point(best_point):
    assert best_point.brake_thermal_efficiency == pytest.approx(0.438, abs=5e-4)


def test_no_other_point_below_full_load_is_better_than_the_best_point():
    maps = ENGINE.maps
    for speed in range(600, 2200, 50):
        full_load, _, _ = maps.at_speed(speed * RPM)
        for torque in range(100, int(full_load), 50):
            efficiency = torque / maps.fuel_torque(speed * RPM, float(torque))
            assert efficiency <= 0.438 + 1e-9, (speed, torque)


def test_fuel_rises_with_torque_at_every_speed():
    for speed in range(0, 2500, 50):
        fuels = [ENGINE.maps.fuel_torque(speed * RPM, float(t)) for t in range(-300, 3000, 25)]
        assert all(low <= high for low, high in pairwise(fuels)), speed


def test_part_load_follows_the_vecto_generic_map():
    """VECTO generic PI-H2 map: 32.9 % at normalised power 0.16, against 42.7 % at its best node."""
    torque = 0.16 * 2000.0
    expected = 0.329 * 0.438 / 0.427
    assert torque / ENGINE.maps.fuel_torque(1200 * RPM, torque) == pytest.approx(expected, rel=0.02)


def test_the_full_load_curve_rises_to_peak_torque_then_falls_at_rated_power():
    at = {speed: ENGINE.maps.at_speed(speed * RPM)[0] for speed in range(600, 2451, 50)}
    rising = [at[speed] for speed in range(600, 1001, 50)]
    falling = [at[speed] for speed in range(1300, 2451, 50)]
    assert rising == sorted(rising)
    assert falling == sorted(falling, reverse=True)
    assert at[1200] == pytest.approx(2400.0)
    assert at[1700] * 1700 * RPM == pytest.approx(350e3, rel=1e-3)
    assert at[2400] == pytest.approx(0.0, abs=1e-6)


def test_idle_burns_fuel_at_zero_torque_and_motoring_none():
    cranked = run(
        initial_state(ENGINE, warm=True),
        READY._replace(mode=ShaftMode.SPEED_TORQUE, speed_setpoint=600 * RPM),
        5.0,
    )
    idle = run(cranked, READY._replace(mode=ShaftMode.IDLE), 60.0)
    assert idle.speed == pytest.approx(600 * RPM, rel=1e-3)
    assert 10e3 < idle.fuel_power < 30e3
    assert idle.brake_thermal_efficiency == 0.0
    motored = run(idle, READY._replace(mode=ShaftMode.MOTOR, speed_setpoint=1200 * RPM), 10.0)
    assert motored.fuel_power == 0.0
    assert motored.shaft_torque == pytest.approx(-ENGINE.maps.at_speed(1200 * RPM)[1], rel=0.05)


def test_cold_oil_costs_fuel():
    cold = run(initial_state(ENGINE, warm=False), BEST_POINT, 30.0)
    warm = run(initial_state(ENGINE, warm=True), BEST_POINT, 30.0)
    assert cold.brake_thermal_efficiency < warm.brake_thermal_efficiency - 0.01


def test_the_engine_is_warm_after_ten_to_fifteen_minutes_of_load():
    half_load = BEST_POINT._replace(torque_setpoint=1200.0)
    cold = initial_state(ENGINE, warm=False)
    early = run(cold, half_load, 300.0, dt=1.0)
    late = run(early, half_load, 600.0, dt=1.0)
    assert early.oil_temperature < 355.0
    assert late.coolant_outlet_temperature == pytest.approx(361.15, abs=2.0)
    assert late.oil_temperature == pytest.approx(368.15, abs=4.0)


@pytest.mark.parametrize(
    ("name", "factor"),
    [("efficiency_factor", 0.97), ("power_factor", 0.9), ("blow_by_factor", 2.0)],
)
def test_ageing_shows_where_it_acts(name, factor, best_point):
    aged = steady(BEST_POINT._replace(torque_setpoint=3000.0, **{name: factor}))
    new = steady(BEST_POINT._replace(torque_setpoint=3000.0))
    seen = {
        "efficiency_factor": aged.brake_thermal_efficiency / new.brake_thermal_efficiency,
        "power_factor": aged.shaft_torque / new.shaft_torque,
        "blow_by_factor": aged.blow_by / new.blow_by,
    }
    assert seen[name] == pytest.approx(factor, rel=2e-3)


def test_a_parameter_is_replaced_by_name_and_tables_follow():
    weaker = replace(ENGINE, efficiency_scale=0.96)
    assert steady(BEST_POINT, parameters=weaker).brake_thermal_efficiency == pytest.approx(
        0.96 * 0.438, abs=5e-4
    )
    better = replace(ENGINE, peak_efficiency=0.45)
    assert steady(BEST_POINT, parameters=better).brake_thermal_efficiency == pytest.approx(
        0.45, abs=5e-4
    )


@pytest.mark.parametrize("name", ["displacement", "rotor_inertia", "leak_rate"])
@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_an_impossible_parameter_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=name):
        replace(ENGINE, **{name: value})


# --- gas


def test_the_heating_value_of_pure_hydrogen_is_119_96_megajoule_per_kilogram():
    """CODATA heat of formation of water vapour, 25 °C."""
    impurities = {f.name: 0.0 for f in fields(ENGINE) if f.name in _IMPURITIES}
    assert len(impurities) == 8
    pure = replace(ENGINE, **impurities)
    assert pure.gas_lot.lower_heating_value == pytest.approx(119.96e6, rel=2e-5)
    nitrogen = replace(pure, nitrogen_fraction=300e-6)
    assert nitrogen.gas_lot.lower_heating_value == pytest.approx(119.462e6, rel=1e-4)


_IMPURITIES = {
    "nitrogen_fraction",
    "oxygen_fraction",
    "water_fraction",
    "argon_fraction",
    "helium_fraction",
    "methane_fraction",
    "carbon_monoxide_fraction",
    "carbon_dioxide_fraction",
}


def test_air_fuel_and_lambda_agree(best_point):
    expected = best_point.excess_air_ratio * 34.298 * best_point.fuel_flow_engine
    assert best_point.air_flow == pytest.approx(expected, rel=2e-4)
    assert 2.15 < best_point.excess_air_ratio < 2.6


def test_exhaust_oxygen_and_water_follow_stoichiometry():
    """Dry air, lambda 2.5: 13.72 % oxygen dry, 15.46 % water wet (hydrogen slip left out)."""
    lambdas = {"lambda_full_load": 2.5, "lambda_zero_load": 2.5}
    parameters = replace(ENGINE, slip_share=0.0, crankcase_hydrogen_share=0.0, **lambdas)
    state = steady(BEST_POINT._replace(relative_humidity=0.0), parameters=parameters)
    assert state.excess_air_ratio == pytest.approx(2.5, rel=1e-3)
    assert state.oxygen_dry == pytest.approx(0.1372, abs=2e-4)
    assert state.water_wet == pytest.approx(0.1546, abs=2e-4)


@pytest.mark.parametrize(
    ("excess_air", "lowest", "highest"), [(2.0, 0.8, 2.2), (2.3, 0.2, 0.45), (2.6, 0.03, 0.12)]
)
def test_nox_falls_with_lambda_as_lean_hydrogen_engines_do(excess_air, lowest, highest):
    """Engineering default: 1-2 g/kWh at lambda 2.0, 0.3 at 2.3, below 0.1 at 2.6."""
    lambdas = {"lambda_full_load": excess_air, "lambda_zero_load": excess_air}
    state = steady(BEST_POINT, parameters=replace(ENGINE, **lambdas))
    assert lowest < state.nox_flow / state.brake_power * 3.6e9 < highest


def test_a_torque_step_makes_the_mixture_richer_and_nox_higher_until_boost_arrives():
    low = steady(BEST_POINT._replace(torque_setpoint=300.0), seconds=60.0)
    rising, richest, nox = low, 99.0, 0.0
    for _ in range(300):
        rising = advance(rising, BEST_POINT, ENGINE, 0.01)
        richest = min(richest, rising.excess_air_ratio)
        nox = max(nox, rising.nox_wet)
    settled = run(rising, BEST_POINT, 60.0)
    assert ENGINE.lambda_limit * 0.95 < richest < settled.excess_air_ratio - 0.1
    assert nox > 1.5 * settled.nox_wet


def test_hydrogen_injected_without_ignition_gathers_in_the_exhaust():
    unlit = BEST_POINT._replace(ignition=False, torque_setpoint=0.0)
    state = run(initial_state(ENGINE, warm=True), unlit, 20.0)
    assert not state.fired
    assert state.hydrogen_wet > 0.04
    flushed = run(state, unlit._replace(mode=ShaftMode.MOTOR), 20.0)
    assert flushed.hydrogen_wet < 1e-4


def test_a_leak_fills_the_hood_and_ventilation_keeps_it_dilute():
    leaking = replace(ENGINE, leak_rate=0.3e-3)
    still = HydrogenEngineInputs(fuel_valve=True, ventilation=False)
    closed = run(initial_state(leaking, warm=True), still, 600.0, parameters=leaking, dt=1.0)
    aired = run(closed, still._replace(ventilation=True), 120.0, parameters=leaking, dt=1.0)
    assert closed.hood_hydrogen > 0.25
    assert aired.hood_hydrogen < 0.1
    assert aired.leak_flow == pytest.approx(0.3e-3, rel=0.05)
    assert aired.fuel_flow_meter == pytest.approx(aired.leak_flow, rel=1e-3)


# --- start, stop, purge


def test_the_engine_starts_by_its_starter_and_settles_at_idle():
    start = READY._replace(mode=ShaftMode.IDLE, starter=True)
    cranked = run(initial_state(ENGINE, warm=True), start, 2.0)
    assert cranked.fired
    idle = run(cranked, start._replace(starter=False), 20.0)
    assert idle.speed == pytest.approx(600 * RPM, rel=1e-3)
    assert idle.oil_pressure > 1e5


@pytest.mark.parametrize("missing", ["fuel_valve", "ignition", "injection"])
def test_the_engine_does_not_run_without(missing):
    start = READY._replace(mode=ShaftMode.IDLE, starter=True, **{missing: False})
    state = run(initial_state(ENGINE, warm=True), start, 10.0)
    state = run(state, start._replace(starter=False), 20.0)
    assert not state.fired
    assert state.speed == 0.0


def test_a_closed_fuel_valve_lets_the_engine_burn_the_line_empty():
    running = steady(BEST_POINT, seconds=60.0)
    closing = BEST_POINT._replace(fuel_valve=False)
    first = advance(running, closing, ENGINE, 0.1)
    assert first.fired
    assert first.rail_pressure < running.rail_pressure - 1e5
    empty = run(first, closing, 3.0)
    assert not empty.fired
    assert empty.rail_pressure == pytest.approx(ENGINE.least_injection_pressure, rel=1e-3)
    assert empty.shaft_torque < 0.0
    assert empty.speed == pytest.approx(1200 * RPM)


def test_a_purged_rail_does_not_fire_until_it_is_filled_again():
    standing = initial_state(ENGINE, warm=True)
    purged = run(standing, HydrogenEngineInputs(purge=True), 60.0)
    assert purged.rail_fuel < 1e-3 * standing.rail_fuel
    assert 1.5e5 < purged.rail_pressure < ENGINE.purge_pressure
    nitrogen = READY._replace(
        mode=ShaftMode.SPEED_TORQUE, speed_setpoint=600 * RPM, torque_setpoint=0.0
    )
    assert not run(purged, nitrogen._replace(fuel_valve=False), 1.0).fired
    assert run(purged, nitrogen, 5.0).fired


def test_a_loaded_engine_that_loses_its_dynamometer_overspeeds():
    """2000 N*m into 5 kg m2: from 1200 to 2500 rpm in about 0.35 s."""
    state = steady(BEST_POINT, seconds=60.0)
    lost = BEST_POINT._replace(mode=ShaftMode.OFF)
    elapsed = 0.0
    while state.speed < 2500 * RPM:
        state = advance(state, lost, ENGINE, 0.01)
        elapsed += 0.01
        assert elapsed < 0.5
    assert elapsed == pytest.approx(0.35, abs=0.04)
    assert state.shaft_torque == 0.0
    assert run(state, lost, 5.0).speed < 3200 * RPM


def test_a_hard_stop_that_keeps_the_dynamometer_holds_the_speed():
    state = steady(BEST_POINT, seconds=60.0)
    stop = BEST_POINT._replace(fuel_valve=False, injection=False)
    for _ in range(100):
        state = advance(state, stop, ENGINE, 0.01)
        assert state.speed == pytest.approx(1200 * RPM, rel=1e-3)
    assert state.shaft_torque < 0.0
    released = run(state, stop._replace(mode=ShaftMode.OFF), 30.0)
    assert released.speed == 0.0


def test_the_torque_limit_of_the_engine_control_holds():
    state = steady(BEST_POINT._replace(torque_limit=900.0), seconds=30.0)
    assert state.shaft_torque == pytest.approx(900.0)


def test_the_pedal_goes_from_drag_to_full_load():
    pedal = BEST_POINT._replace(mode=ShaftMode.SPEED_THROTTLE)
    closed = steady(pedal._replace(pedal=0.0), seconds=30.0)
    opened = steady(pedal._replace(pedal=1.0), seconds=30.0)
    assert closed.shaft_torque < 0.0
    assert closed.fuel_power == 0.0
    assert opened.shaft_torque == pytest.approx(2400.0, rel=1e-3)


def test_thin_air_takes_full_load_torque():
    full = BEST_POINT._replace(torque_setpoint=3000.0)
    thin = steady(full._replace(ambient_pressure=65e3))
    assert thin.shaft_torque < 0.95 * steady(full).shaft_torque


# --- laws


def test_the_supply_pressure_falls_slowly_with_use(best_point):
    used = best_point.hydrogen_metered_total / ENGINE.trailer_capacity
    expected = ENGINE.trailer_pressure * (1.0 - used)
    assert best_point.supply_pressure == pytest.approx(expected, rel=1e-5)


def energy_gap(state, parameters) -> float:
    """What the balance of a steady state leaves over, share of the fuel power.

    Exhaust and coolant heat are taken from flows and temperatures, as a bench would.
    """
    fuel = state.fuel_power * state.combustion_efficiency
    exhaust_rise = state.exhaust_temperature - state.intake_temperature
    coolant_rise = state.coolant_outlet_temperature - state.coolant_inlet_temperature
    out = (
        state.brake_power
        + state.exhaust_flow * parameters.exhaust_heat_capacity * exhaust_rise
        + state.coolant_flow * parameters.coolant_heat_capacity * coolant_rise
        + state.oil_cooling
        + state.charge_air_heat
        + state.radiation_heat
    )
    return (fuel - out) / fuel


@FEW
@given(
    scale=st.floats(0.5, 1.1),
    displacement=st.floats(9e-3, 16e-3),
    pressure=st.floats(80e3, 105e3),
    temperature=st.floats(263.0, 313.0),
    humidity=st.floats(0.0, 1.0),
    speed=st.floats(700.0, 2000.0),
    torque=st.floats(200.0, 3000.0),
)
def test_energy_balances_in_every_steady_state(
    *, scale, displacement, pressure, temperature, humidity, speed, torque
):
    parameters = replace(ENGINE, efficiency_scale=scale, displacement=displacement)
    inputs = BEST_POINT._replace(
        speed_setpoint=speed * RPM,
        torque_setpoint=torque,
        ambient_pressure=pressure,
        ambient_temperature=temperature,
        relative_humidity=humidity,
    )
    state = run(initial_state(parameters, warm=True), inputs, 1500, parameters=parameters, dt=1.0)
    assert state.fired
    assert abs(energy_gap(state, parameters)) < 0.005
    assert 350.0 < state.exhaust_temperature < 1300.0
    assert state.excess_air_ratio > 1.5


@FEW
@given(
    inertia=st.floats(1.0, 20.0),
    volume=st.floats(5e-4, 2e-2),
    leak=st.floats(0.0, 1e-3),
    slip=st.floats(0.0, 0.05),
    steps=st.lists(
        st.tuples(
            st.sampled_from(ShaftMode),
            st.floats(0.0, 2600.0),
            st.floats(-500.0, 4000.0),
            st.booleans(),
            st.booleans(),
            st.booleans(),
            st.booleans(),
            st.sampled_from((0.001, 0.01, 0.1, 1.0)),
        ),
        min_size=1,
        max_size=12,
    ),
)
def test_hydrogen_is_conserved_and_the_state_stays_bounded(inertia, volume, leak, slip, steps):
    parameters = replace(
        ENGINE, rotor_inertia=inertia, line_volume=volume, leak_rate=leak, slip_share=slip
    )
    state = start = initial_state(parameters, warm=False)
    for mode, speed, torque, valve, ignition, purge, starter, dt in steps:
        inputs = READY._replace(
            mode=mode,
            speed_setpoint=speed * RPM,
            torque_setpoint=torque,
            pedal=torque / 4000.0,
            fuel_valve=valve,
            ignition=ignition,
            purge=purge,
            starter=starter,
        )
        for _ in range(10):
            state = advance(state, inputs, parameters, dt)
            assert_bounded(state, parameters)
    assert stored(state, parameters) + spent(state) == pytest.approx(
        stored(start, parameters) + state.hydrogen_metered_total, rel=1e-9, abs=1e-12
    )


def assert_bounded(state, parameters):
    numbers = [*state._replace(ageing=0.0), *state.ageing[:-2], *state.ageing.factors]
    assert all(isfinite(value) for value in numbers)
    assert 0.0 <= state.speed < 500.0
    assert -5e4 < state.shaft_torque < 5000.0
    assert 0.0 <= state.rail_pressure <= parameters.trailer_pressure
    for fraction in (state.hydrogen_wet, state.oxygen_wet, state.water_wet, state.nox_wet):
        assert 0.0 <= fraction <= 1.0
    assert 0.0 <= state.crankcase_hydrogen <= 1.0
    assert 0.0 <= state.combustion_efficiency <= 1.0
    assert 200.0 < state.exhaust_temperature < 1700.0
    assert 250.0 < state.coolant_outlet_temperature < 420.0
    assert 250.0 < state.oil_temperature < 450.0
    assert state.fuel_flow_engine >= 0.0
    assert state.fuel_flow_meter >= 0.0


def stored(state, parameters) -> float:
    """Hydrogen in line, exhaust system and crankcase, kg."""
    crankcase = 101325.0 * parameters.crankcase_volume / (8.314462618 * 360.0)
    amount = (
        state.rail_fuel * parameters.gas_lot.hydrogen_fraction
        + state.hydrogen_wet * parameters.exhaust_content
        + state.crankcase_hydrogen * crankcase
    )
    return amount * 2.01588e-3


def spent(state) -> float:
    return (
        state.hydrogen_burnt_total
        + state.hydrogen_exhaust_total
        + state.hydrogen_crankcase_total
        + state.hydrogen_lost_total
    )


@FEW
@given(
    speed=st.floats(700.0, 2000.0),
    torque=st.floats(100.0, 1800.0),
    before=st.floats(0.0, 3.0),
)
def test_one_long_step_agrees_with_ten_short_ones(speed, torque, before):
    base = initial_state(ENGINE, warm=True)
    base = run(base, BEST_POINT._replace(torque_setpoint=900.0), 60.0, dt=1.0)
    inputs = BEST_POINT._replace(speed_setpoint=speed * RPM, torque_setpoint=torque)
    base = run(base, inputs, before)
    long, short = base, base
    for _ in range(5):
        long = advance(long, inputs, ENGINE, 0.1)
        short = run(short, inputs, 0.1, dt=0.01)
    assert long.speed == pytest.approx(short.speed, rel=0.01)
    assert long.shaft_torque == pytest.approx(short.shaft_torque, rel=0.02, abs=20.0)
    assert long.boost_pressure == pytest.approx(short.boost_pressure, rel=0.02)
    assert long.rail_pressure == pytest.approx(short.rail_pressure, rel=0.005)
    assert long.coolant_outlet_temperature == pytest.approx(
        short.coolant_outlet_temperature, abs=0.05
    )
    burnt_long = long.hydrogen_burnt_total - base.hydrogen_burnt_total
    burnt_short = short.hydrogen_burnt_total - base.hydrogen_burnt_total
    assert burnt_long == pytest.approx(burnt_short, rel=0.02)


def test_the_plant_is_deterministic(best_point):
    assert steady(BEST_POINT) == best_point


def test_the_cold_engine_stands_in_equilibrium():
    start = initial_state(ENGINE, warm=False)
    ambient = HydrogenEngineInputs(coolant_setpoint=298.15, oil_setpoint=298.15)
    after = run(start, ambient, 100.0, dt=1.0)
    assert after.ageing == start.ageing
    numbers = start._replace(ageing=0.0)
    assert after._replace(ageing=0.0) == pytest.approx(numbers, rel=1e-9, abs=1e-9)
