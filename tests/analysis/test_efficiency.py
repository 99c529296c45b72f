"""Golden numbers: the 12.8 L point and the BSFC table at 119.96 MJ/kg, computed by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import efficiency

RPM = math.pi / 30.0
PER_HOUR = 1.0 / 3600.0
GRAM_PER_KILOWATT_HOUR = 1e-3 / 3.6e6
POINT = {"speed": 1200 * RPM, "torque": 2000.0, "fuel_flow": 17.53 * PER_HOUR}

ordinary = st.floats(0.1, 1e3)


@pytest.mark.parametrize(
    ("heating_value", "percent"), [(119.96e6, 43.025), (119.93e6, 43.036), (120.0e6, 43.011)]
)
def test_the_reference_point_of_a_12_8_litre_engine_has_its_efficiency(heating_value, percent):
    value = efficiency.brake_thermal_efficiency(**POINT, lower_heating_value=heating_value)
    assert 100 * value == pytest.approx(percent, abs=6e-4)


@pytest.mark.parametrize(
    ("percent", "consumption"),
    [(40, 75.03), (42, 71.45), (43, 69.79), (44, 68.20), (45, 66.69)],
)
def test_consumption_and_efficiency_are_two_names_of_one_number(percent, consumption):
    value = efficiency.efficiency_from_consumption(
        brake_specific_fuel_consumption=consumption * GRAM_PER_KILOWATT_HOUR,
        lower_heating_value=119.96e6,
    )
    assert 100 * value == pytest.approx(percent, abs=0.005)


def test_the_reference_point_consumes_69_8_grams_per_kilowatt_hour():
    power = efficiency.brake_power(speed=POINT["speed"], torque=POINT["torque"])
    consumption = efficiency.brake_specific_fuel_consumption(
        fuel_flow=POINT["fuel_flow"], brake_power=power
    )
    assert consumption / GRAM_PER_KILOWATT_HOUR == pytest.approx(69.75, abs=0.01)


def test_brake_power_of_the_reference_point_is_251_3_kilowatt():
    power = efficiency.brake_power(speed=POINT["speed"], torque=POINT["torque"])
    assert round(power / 1e3, 1) == 251.3


def test_2000_newton_metres_on_12_8_litres_are_19_6_bar():
    pressure = efficiency.brake_mean_effective_pressure(torque=2000.0, displacement=12.8e-3)
    assert pressure / 1e5 == pytest.approx(19.635, abs=0.001)


@given(ordinary, ordinary, ordinary, st.floats(0.01, 100.0))
def test_twice_the_torque_for_twice_the_fuel_is_the_same_efficiency(speed, torque, fuel, scale):
    base = efficiency.brake_thermal_efficiency(
        speed=speed, torque=torque, fuel_flow=fuel, lower_heating_value=1.2e8
    )
    scaled = efficiency.brake_thermal_efficiency(
        speed=speed, torque=scale * torque, fuel_flow=scale * fuel, lower_heating_value=1.2e8
    )
    assert scaled == pytest.approx(base, rel=1e-12)


@given(ordinary, ordinary, ordinary, st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_efficiency_does_not_depend_on_the_units_of_mass_and_energy(
    speed, torque, fuel, mass, energy
):
    """Power in units of `energy` W, mass in units of `mass` kg: the ratio stays."""
    base = efficiency.brake_thermal_efficiency(
        speed=speed, torque=torque, fuel_flow=fuel, lower_heating_value=1.2e8
    )
    other = efficiency.brake_thermal_efficiency(
        speed=speed,
        torque=torque * energy,
        fuel_flow=fuel / mass,
        lower_heating_value=1.2e8 * energy * mass,
    )
    assert other == pytest.approx(base, rel=1e-12)


@given(ordinary, ordinary, ordinary, st.floats(0.0, 1e6))
def test_every_further_fuel_costs_efficiency(speed, torque, fuel, pilot):
    alone = efficiency.brake_thermal_efficiency(
        speed=speed, torque=torque, fuel_flow=fuel, lower_heating_value=1.2e8
    )
    dual = efficiency.brake_thermal_efficiency(
        speed=speed,
        torque=torque,
        fuel_flow=fuel,
        lower_heating_value=1.2e8,
        other_fuel_power=pilot,
    )
    assert dual <= alone


def test_arrays_give_arrays():
    torque = np.array([1000.0, 2000.0])
    value = efficiency.brake_thermal_efficiency(
        speed=np.full(2, 100.0),
        torque=torque,
        fuel_flow=np.array([0.002, 0.004]),
        lower_heating_value=119.96e6,
    )
    assert value.shape == (2,)
    assert value[0] == pytest.approx(value[1])


def test_a_line_that_gained_one_bar_kept_0_16_grams():
    # 2 L at 30 bar and 20 °C; ideal gas 0.165 g, real gas a little less.
    from_gas = [29.5e5, 30.5e5]
    density = [p * 2.01588e-3 / (8.314462618 * 293.15) for p in from_gas]
    stored = efficiency.line_pack_mass(
        volume=2e-3, density_start=density[0], density_end=density[1]
    )
    assert stored * 1e3 == pytest.approx(0.16, abs=0.01)
    assert efficiency.burned_fuel_mass(metered_mass=0.146, line_pack_mass=stored) < 0.146


def test_slip_and_crankcase_loss_both_lower_combustion_efficiency():
    assert efficiency.combustion_efficiency(slip=0.01, crankcase_loss=0.005) == pytest.approx(0.985)


@pytest.mark.parametrize("field", ["speed", "torque", "fuel_flow"])
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_value_that_is_no_number_is_refused_by_name(field, bad):
    with pytest.raises(ValueError, match=field):
        efficiency.brake_thermal_efficiency(**POINT | {field: bad}, lower_heating_value=1.2e8)


def test_an_engine_without_fuel_has_no_efficiency():
    with pytest.raises(ValueError, match="fuel_flow"):
        efficiency.brake_thermal_efficiency(**POINT | {"fuel_flow": 0.0}, lower_heating_value=1.2e8)


def test_a_line_cannot_store_more_than_the_meter_saw():
    with pytest.raises(ValueError, match="stored"):
        efficiency.burned_fuel_mass(metered_mass=1e-3, line_pack_mass=2e-3)
