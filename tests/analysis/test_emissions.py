"""Golden numbers: stoichiometry of hydrogen in dry air, examples of 40 CFR 1065."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import emissions

TABLE = [
    # lambda, water, dry oxygen, molar mass, u NOx, u H2, k_w
    (1.0, 0.3464, 0.0, 24.647, 0.001867, 0.000082, 0.6536),
    (1.5, 0.2451, 0.0812, 25.910, 0.001776, 0.000078, 0.7549),
    (2.0, 0.1896, 0.1170, 26.601, 0.001729, 0.000076, 0.8104),
    (2.5, 0.1546, 0.1372, 27.037, 0.001702, 0.000075, 0.8454),
    (3.0, 0.1305, 0.1501, 27.337, 0.001683, 0.000074, 0.8695),
    (4.0, 0.0995, 0.1658, 27.724, 0.001659, 0.000073, 0.9005),
]
lean = st.floats(1.0, 6.0)
humid = st.floats(0.0, 0.05)
PER_HOUR = 1.0 / 3600.0
KILOWATT_HOUR = 3.6e6


@pytest.mark.parametrize("row", TABLE)
def test_the_exhaust_of_lean_hydrogen_meets_its_table(row):
    excess, water, oxygen, mass, nox, hydrogen, factor = row
    exhaust = emissions.exhaust_composition(excess_air_ratio=excess)
    assert round(exhaust.water, 4) == water
    assert round(exhaust.oxygen / (1.0 - exhaust.water), 4) == oxygen
    assert exhaust.molar_mass * 1e3 == pytest.approx(mass, abs=6e-4)
    assert round(emissions.dry_to_wet_factor(excess_air_ratio=excess), 4) == factor
    for gas, u in (("NOx", nox), ("H2", hydrogen)):
        density = emissions.relative_gas_density(gas=gas, excess_air_ratio=excess)
        assert round(density / 1000.0, 6) == u


def test_13_72_percent_of_dry_oxygen_are_lambda_2_5():
    value = emissions.excess_air_ratio_from_dry_oxygen(oxygen=0.1372)
    assert value == pytest.approx(2.50, abs=0.002)


@given(lean, humid)
def test_lambda_comes_back_from_the_oxygen_it_leaves(excess, humidity):
    exhaust = emissions.exhaust_composition(excess_air_ratio=excess, humidity=humidity)
    wet = emissions.excess_air_ratio_from_wet_oxygen(oxygen=exhaust.oxygen, humidity=humidity)
    dry = emissions.excess_air_ratio_from_dry_oxygen(oxygen=exhaust.oxygen / (1 - exhaust.water))
    assert wet == pytest.approx(excess, rel=1e-9)
    assert dry == pytest.approx(excess, rel=1e-9)


@given(lean, humid)
def test_mass_is_kept_from_intake_to_exhaust(excess, humidity):
    """Water, oxygen and inert gas weigh what the mixture's molar mass says."""
    exhaust = emissions.exhaust_composition(excess_air_ratio=excess, humidity=humidity)
    inert_mass = (28.9647e-3 - 0.20946 * 31.9988e-3) / (1 - 0.20946)
    weight = exhaust.water * 18.01528e-3 + exhaust.oxygen * 31.9988e-3 + exhaust.inert * inert_mass
    assert weight == pytest.approx(exhaust.molar_mass, rel=1e-5)


@pytest.mark.parametrize(("ppm", "gram_per_kilowatt_hour"), [(20, 0.206), (50, 0.515), (100, 1.03)])
def test_nitrogen_oxides_of_the_reference_point_are_known(ppm, gram_per_kilowatt_hour):
    # 251.3 kW, 17.53 kg/h of hydrogen, lambda 2.5: 1520.7 kg/h of exhaust.
    flow = 17.53 * (1.0 + 2.5 * 34.298) * PER_HOUR
    assert flow / PER_HOUR == pytest.approx(1520.7, abs=0.1)
    emission = emissions.trace_mass_flow(
        gas="NOx", wet_fraction=ppm * 1e-6, exhaust_flow=flow, excess_air_ratio=2.5
    )
    specific = emissions.brake_specific_emission(emission=emission, work=251.3e3)
    assert specific * 1e3 * KILOWATT_HOUR == pytest.approx(gram_per_kilowatt_hour, abs=6e-4)


@pytest.mark.parametrize(("ppm", "percent"), [(500, 0.32), (1000, 0.65), (3000, 1.94)])
def test_hydrogen_slip_at_lambda_2_5_costs_that_much_fuel(ppm, percent):
    fuel = 17.53 * PER_HOUR
    slip = emissions.hydrogen_slip(
        wet_fraction=ppm * 1e-6,
        exhaust_flow=emissions.exhaust_mass_flow(air_flow=fuel * 85.745, fuel_flow=fuel),
        fuel_flow=fuel,
        excess_air_ratio=2.5,
    )
    assert 100 * slip == pytest.approx(percent, abs=0.006)


def test_vapour_pressure_meets_the_example_of_40_cfr_1065_645():
    pressure = emissions.saturation_pressure_of_water(temperature=282.65)
    assert pressure / 1e3 == pytest.approx(1.186581, abs=2e-6)


def test_vapour_pressure_at_the_boiling_point_is_one_atmosphere():
    pressure = emissions.saturation_pressure_of_water(temperature=373.15)
    assert pressure == pytest.approx(101325, rel=2e-4)


def test_intake_water_meets_the_example_of_40_cfr_1065_645():
    fraction = emissions.intake_water_fraction(
        relative_humidity=0.5077, temperature=293.15, pressure=99980.0
    )
    assert fraction == pytest.approx(0.011868, abs=2e-6)


def test_nox_humidity_meets_the_example_of_40_cfr_1065_670():
    corrected = 700.5 * emissions.nox_humidity_factor(intake_water_fraction=0.022)
    assert round(corrected, 1) == 736.2


@given(lean, humid, st.floats(0.0, 0.01))
def test_arrays_and_floats_agree(excess, humidity, fraction):
    one = emissions.trace_mass_flow(
        gas="NOx",
        wet_fraction=fraction,
        exhaust_flow=0.4,
        excess_air_ratio=excess,
        humidity=humidity,
    )
    many = emissions.trace_mass_flow(
        gas="NOx",
        wet_fraction=np.full(3, fraction),
        exhaust_flow=np.full(3, 0.4),
        excess_air_ratio=np.full(3, excess),
        humidity=humidity,
    )
    np.testing.assert_allclose(many, one)


def test_humid_air_is_counted_per_mol_of_dry_air():
    assert emissions.humidity_ratio(water_fraction=0.02) == pytest.approx(0.02 / 0.98)


def test_ten_grams_of_water_ride_on_each_kilogram_of_dry_air():
    humidity = 0.010 * 28.9647 / 18.01528
    assert emissions.dry_air_flow(air_flow=1.010, humidity=humidity) == pytest.approx(1.0)


@pytest.mark.parametrize("oxygen", [-0.01, 0.20946, 0.21, math.nan])
def test_oxygen_as_in_air_or_no_number_gives_no_lambda(oxygen):
    with pytest.raises(ValueError, match="oxygen"):
        emissions.excess_air_ratio_from_dry_oxygen(oxygen=oxygen)


def test_a_rich_mixture_is_refused():
    with pytest.raises(ValueError, match="lean"):
        emissions.exhaust_composition(excess_air_ratio=0.99)


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"relative_humidity": 1.1}, "relative_humidity"),
        ({"temperature": 400.0}, "temperature"),
        ({"pressure": 0.0}, "pressure"),
        ({"pressure": 1000.0, "relative_humidity": 1.0}, "vapour"),
    ],
)
def test_impossible_air_is_refused(changed, match):
    air = {"relative_humidity": 0.5, "temperature": 293.15, "pressure": 1e5}
    with pytest.raises(ValueError, match=match):
        emissions.intake_water_fraction(**air | changed)
