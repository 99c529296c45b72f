"""What wears the cells, and what a good protocol does not do to them."""

import pytest

from drivers.simulated.plants.solid_oxide.aging import relative_loss
from drivers.simulated.plants.solid_oxide.parameters import SolidOxideParameters
from tests.drivers.simulated.plants.solid_oxide.cells import (
    NO_DAMAGE,
    ZERO,
    Cells,
    short_stack,
    system,
)


def heat(cells, minutes, *, rate=1.0, gain=2000.0, feed=12e3):
    """Follow a ramp (K/min) of the hot box."""
    first = cells.state.furnace_temperature
    for minute in range(minutes):
        lag = first + rate * minute - cells.state.furnace_temperature
        cells.act(heater=1, heater_power=max(0.0, min(40e3, feed + gain * lag)))
        cells.run(60.0, 10.0)
    return cells.state


def test_heating_under_safety_gas_does_no_damage():
    cells = Cells()
    cells.act(air_flow=1.0)
    state = heat(cells, 700)
    assert state.stack_temperature > 900.0
    assert cells.damage == NO_DAMAGE
    assert state.wear.nickel_oxide == 0.0


def test_heating_without_reducing_gas_oxidises_the_anode():
    cells = Cells()
    cells.act(air_flow=1.0, safety_gas=0)
    heat(cells, 700)
    assert cells.damage == {**NO_DAMAGE, "redox_events": 1}
    assert cells.state.added > 0.2 * cells.p.reference_resistance


def test_a_thermal_cycle_is_counted_once_and_costs_a_little():
    cells = system()
    cells.load(0.2)
    cells.load(0.05)
    cells.act(load_current=0.0, load_contactor=0, safety_gas=1, recycle_ratio=0.0)
    cells.run(60.0)
    cells.act(fuel_valve=0, fuel_flow=0.0, steam_flow=0.0, heater_power=0.0, air_flow=1.5)
    cells.run(40 * 3600.0, 10.0)
    assert cells.state.stack_temperature < 100.0 + ZERO
    assert cells.damage == NO_DAMAGE
    cells.act(air_flow=1.0)
    heat(cells, 700)
    assert cells.damage == {**NO_DAMAGE, "thermal_cycles": 1}
    assert cells.state.wear.steps == pytest.approx(cells.p.thermal_cycle_step)


def test_an_emergency_stop_under_load_is_counted_and_safety_gas_keeps_the_anode():
    cells = system()
    cells.load(0.3)
    cells.act(load_contactor=0, fuel_valve=0, safety_gas=1, heater=0)
    cells.run(4 * 3600.0, 10.0)
    assert cells.damage == {**NO_DAMAGE, "emergency_stops": 1}


def test_an_emergency_stop_without_safety_gas_ends_in_oxidation():
    cells = system()
    cells.load(0.3)
    cells.wrong(safety_gas_loss={"left": 0.0})
    cells.act(load_contactor=0, fuel_valve=0, safety_gas=1, heater=0)
    cells.run(3 * 3600.0, 10.0)
    assert cells.damage["redox_events"] == 1


def test_methane_without_oxygen_leaves_carbon():
    cells = system()
    cells.act(fuel_flow=0.2, steam_flow=0.0, recycle_ratio=0.0)
    cells.run(1800.0)
    assert cells.damage == {**NO_DAMAGE, "carbon_events": 1}


def test_a_recycle_blower_that_stops_under_load_leaves_carbon():
    cells = system()
    cells.load(0.3)
    cells.wrong(recycle_loss={})
    cells.run(30.0)
    assert cells.state.oxygen_to_carbon < 0.1
    cells.run(1800.0)
    assert cells.damage["carbon_events"] == 1


def test_fuel_that_fails_under_load_takes_the_voltage_and_the_nickel():
    cells = system()
    cells.load(0.3)
    cells.wrong(fuel_loss={"left": 0.0})
    state = cells.run(10.0)
    assert state.dc_current < 5.0
    assert state.cell_voltage < 0.75
    cells.run(1800.0)
    assert cells.damage["redox_events"] == 1


def test_heating_too_fast_cracks():
    cells = Cells(system=0)
    cells.act(heater=1, heater_power=6e3, air_flow=0.01)
    cells.run(1200.0)
    assert cells.damage["thermal_shocks"] == 1


def test_aging_follows_its_law_and_the_acceleration():
    cells = short_stack(aging_acceleration=1000.0, reversible_loss=0.0)
    begun = cells.state.wear.hours
    cells.act(load_contactor=1, load_current=43.2)
    state = cells.run(3600.0, 10.0)
    hours = state.wear.hours
    assert 0.3e3 < hours - begun < 1.1e3
    assert state.added == pytest.approx(
        cells.p.reference_resistance * relative_loss(cells.p, hours), rel=0.01
    )


def test_a_kilohour_costs_half_a_percent_and_more_at_first():
    p = SolidOxideParameters()
    volts = [0.3e4 * p.reference_resistance * relative_loss(p, hours) for hours in (1e3, 2e3)]
    assert 0.004 < volts[0] < 0.009  # 0.5 to 1 % of 0.83 V
    assert 0.003 < volts[1] - volts[0] < 0.005  # then 0.4 to 0.6 %/kh


def test_reversible_loss_builds_up_under_load_and_recovers_at_rest():
    cells = short_stack()
    cells.act(load_contactor=1, load_current=43.2)
    cells.run(48 * 3600.0, 60.0)
    assert cells.state.wear.reversible == pytest.approx(0.213, abs=0.01)
    cells.act(load_contactor=0)
    cells.run(9 * 3600.0, 60.0)
    assert cells.state.wear.reversible < 0.012
    assert cells.damage == NO_DAMAGE
