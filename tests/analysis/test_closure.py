import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.closure import energy_closure, fuel_closure

positive = st.floats(0.01, 1e3)


@given(positive, st.floats(1.0, 5.0), st.floats(-0.1, 0.1))
def test_a_fuel_meter_that_reads_low_shows_as_that_deviation(fuel, excess, error):
    air = fuel * excess * 34.298
    result = fuel_closure(
        fuel_flow=fuel / (1.0 + error),
        dry_air_flow=air,
        excess_air_ratio=excess,
        stoichiometric_ratio=34.298,
    )
    assert result.relative_deviation == pytest.approx(error, abs=1e-12)


@pytest.mark.parametrize(("error", "within"), [(0.019, True), (0.021, False), (-0.021, False)])
def test_fuel_closes_within_two_percent(error, within):
    result = fuel_closure(
        fuel_flow=1.0, dry_air_flow=34.2985 * 2.5 * (1.0 + error), excess_air_ratio=2.5
    )
    assert result.within is within
    assert result.tolerance == 0.02


@pytest.mark.parametrize(("missing", "within"), [(0.049, True), (0.051, False), (-0.06, False)])
def test_energy_closes_within_five_percent(missing, within):
    result = energy_closure(
        fuel_power=100e3,
        brake_power=43e3,
        coolant_heat=25e3,
        exhaust_heat=30e3 - missing * 100e3,
        other_heat=2e3,
    )
    assert result.relative_deviation == pytest.approx(-missing)
    assert result.within is within


@given(positive, positive, positive, positive, st.floats(0.1, 10.0))
def test_the_energy_balance_does_not_depend_on_the_unit(fuel, brake, coolant, exhaust, unit):
    base = energy_closure(
        fuel_power=fuel, brake_power=brake, coolant_heat=coolant, exhaust_heat=exhaust
    )
    other = energy_closure(
        fuel_power=fuel * unit,
        brake_power=brake * unit,
        coolant_heat=coolant * unit,
        exhaust_heat=exhaust * unit,
    )
    assert other.relative_deviation == pytest.approx(base.relative_deviation, abs=1e-9)


def test_a_closure_of_nothing_is_refused():
    with pytest.raises(ValueError, match="fuel_flow"):
        fuel_closure(fuel_flow=0.0, dry_air_flow=1.0, excess_air_ratio=2.0)
    with pytest.raises(ValueError, match="coolant_heat"):
        energy_closure(fuel_power=1.0, brake_power=1.0, coolant_heat=math.nan, exhaust_heat=0.0)
