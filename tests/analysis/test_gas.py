"""Golden numbers: Cantera with GRI-Mech 3.0, ISO 6976:2016, NIST (Lemmon et al. 2008)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import gas


@pytest.mark.parametrize(
    ("celsius", "megajoule_per_kilogram"),
    [(0.0, 119.838), (15.0, 119.911), (20.0, 119.935), (25.0, 119.960)],
)
def test_pure_hydrogen_has_the_heating_value_of_its_reference_temperature(
    celsius, megajoule_per_kilogram
):
    value = gas.lower_heating_value(
        mole_fractions={"H2": 1.0}, reference_temperature=celsius + 273.15
    )
    assert value / 1e6 == pytest.approx(megajoule_per_kilogram, abs=6e-4)


@pytest.mark.parametrize(
    ("nitrogen", "megajoule_per_kilogram"),
    [
        (10e-6, 119.943),
        (50e-6, 119.877),
        (300e-6, 119.462),
        (1000e-6, 118.314),
        (0.01, 105.19),
        (0.02, 93.46),
    ],
)
def test_a_little_nitrogen_lowers_the_heating_value_a_lot(nitrogen, megajoule_per_kilogram):
    composition = gas.with_balance(impurities={"N2": nitrogen})
    value = gas.lower_heating_value(mole_fractions=composition) / 1e6
    assert value == pytest.approx(megajoule_per_kilogram, abs=0.006 if nitrogen > 2e-3 else 6e-4)


def test_methane_and_carbon_monoxide_meet_their_textbook_heating_values():
    # 50.03 and 10.10 MJ/kg: ISO 6976:2016 molar values over molar masses.
    methane = gas.lower_heating_value(mole_fractions={"CH4": 1.0})
    carbon_monoxide = gas.lower_heating_value(mole_fractions={"CO": 1.0})
    assert methane / 1e6 == pytest.approx(50.03, abs=0.01)
    assert carbon_monoxide / 1e6 == pytest.approx(10.103, abs=0.001)


def test_hydrogen_needs_34_298_kilograms_of_air():
    assert round(gas.stoichiometric_air_fuel_ratio(), 3) == 34.298


def test_methane_needs_17_2_kilograms_of_air():
    ratio = gas.stoichiometric_air_fuel_ratio(mole_fractions={"CH4": 1.0})
    assert ratio == pytest.approx(17.2, abs=0.05)


def test_oxygen_in_the_fuel_saves_air():
    leaky = gas.with_balance(impurities={"O2": 0.01})
    assert gas.stoichiometric_air_fuel_ratio(
        mole_fractions=leaky
    ) < gas.stoichiometric_air_fuel_ratio(mole_fractions={"H2": 0.99, "N2": 0.01})


@pytest.mark.parametrize(
    ("temperature", "pressure", "factor"),
    [(200, 1e6, 1.00675450), (300, 10e6, 1.05985282), (400, 50e6, 1.24304763)],
)
def test_hydrogen_meets_the_check_values_of_the_nist_density_equation(
    temperature, pressure, factor
):
    value = gas.hydrogen_compressibility(pressure=pressure, temperature=temperature)
    assert round(value, 8) == factor


@given(st.floats(0.0, 0.02), st.floats(1e-7, 1e-3))
def test_the_uncertainty_of_the_heating_value_is_its_slope_times_that_of_the_impurity(
    nitrogen, uncertainty
):
    def value(x):
        return gas.lower_heating_value(mole_fractions=gas.with_balance(impurities={"N2": x}))

    step = 1e-6
    slope = (value(nitrogen + 2 * step) - value(nitrogen)) / (2 * step)
    result = gas.lower_heating_value_uncertainty(
        mole_fractions=gas.with_balance(impurities={"N2": nitrogen}),
        standard_uncertainties={"N2": uncertainty},
    )
    assert result == pytest.approx(abs(slope) * uncertainty, rel=1e-3)


def test_independent_impurities_add_in_quadrature():
    composition = gas.with_balance(impurities={"N2": 1e-4, "H2O": 5e-6})
    parts = [{"N2": 2e-5}, {"H2O": 2e-6}]
    single = [
        gas.lower_heating_value_uncertainty(mole_fractions=composition, standard_uncertainties=part)
        for part in parts
    ]
    both = gas.lower_heating_value_uncertainty(
        mole_fractions=composition, standard_uncertainties=parts[0] | parts[1]
    )
    assert both == pytest.approx(math.hypot(*single))


@pytest.mark.parametrize(
    "composition",
    [{}, {"H2": 0.9}, {"H2": 1.2, "N2": -0.2}, {"H2": math.nan}, {"Xe": 1.0}],
)
def test_an_impossible_composition_is_refused(composition):
    with pytest.raises(ValueError, match=r"species|sum|fraction"):
        gas.lower_heating_value(mole_fractions=composition)


def test_a_reference_temperature_without_a_table_is_refused():
    with pytest.raises(ValueError, match="reference temperature"):
        gas.lower_heating_value(mole_fractions={"H2": 1.0}, reference_temperature=300.0)


def test_the_heating_value_of_pure_hydrogen_is_known_to_0_017_percent():
    # CODATA: -241.826 ± 0.040 kJ/mol.
    assert pytest.approx(0.00017, abs=5e-6) == gas.HYDROGEN_HEATING_VALUE_RELATIVE_UNCERTAINTY


@pytest.mark.parametrize("uncertainty", [-1e-6, math.inf, math.nan])
def test_an_impossible_uncertainty_of_a_mole_fraction_is_refused(uncertainty):
    with pytest.raises(ValueError, match="uncertainty of N2"):
        gas.lower_heating_value_uncertainty(
            mole_fractions={"H2": 0.999, "N2": 0.001}, standard_uncertainties={"N2": uncertainty}
        )


def test_an_impurity_cannot_be_the_balance_gas():
    with pytest.raises(ValueError, match="balance"):
        gas.with_balance(impurities={"H2": 0.1})


@pytest.mark.parametrize(
    ("pressure", "temperature", "match"),
    [(0.0, 300.0, "pressure"), (201e6, 300.0, "pressure"), (1e6, 149.0, "temperature")],
)
def test_hydrogen_beyond_its_equation_is_refused(pressure, temperature, match):
    with pytest.raises(ValueError, match=match):
        gas.hydrogen_density(pressure=pressure, temperature=temperature)


def test_hydrogen_at_30_bar_and_20_degrees_weighs_2_44_kilograms_per_cubic_metre():
    # Ideal gas 2.481 kg/m3 over Z = 1.0177 (NIST equation).
    density = gas.hydrogen_density(pressure=30e5, temperature=293.15)
    assert density == pytest.approx(2.438, abs=0.002)


def test_the_balance_gas_has_no_uncertainty_of_its_own():
    with pytest.raises(ValueError, match="not a measured part"):
        gas.lower_heating_value_uncertainty(
            mole_fractions={"H2": 1.0}, standard_uncertainties={"H2": 1e-5}
        )


def test_nitrogen_alone_does_not_burn():
    with pytest.raises(ValueError, match="no air"):
        gas.stoichiometric_air_fuel_ratio(mole_fractions={"N2": 1.0})
