"""Golden numbers: NASA polynomials evaluated with Cantera 3.2, and the 100 kW base case."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.fuel_cell import (
    FARADAY,
    LOWER_HEATING_VOLTAGE_HYDROGEN,
    LOWER_HEATING_VOLTAGE_METHANE,
    electron_flow,
    fuel_utilisation,
    mean_nernst,
    nernst_voltage,
    nickel_oxidation_potential,
    oxygen_to_carbon,
    oxygen_utilisation,
    per_pass_utilisation,
    recycled_inlet,
    standard_potential,
    steam_to_carbon,
    system_utilisation,
    thermoneutral_voltage,
)
from analysis.gas import MOLAR_GAS_CONSTANT, MOLAR_MASS
from analysis.thermochemistry import (
    enthalpy,
    equilibrium_composition,
    reforming_constant,
    shift_constant,
)

ROWS = [  # °C, E0, thermoneutral, OCV of 97/3, 80/20, 50/50, Ni/NiO, dH of reforming, of shift
    (650, 1.0198, 1.2818, 1.1271, 1.0439, 0.9888, 0.774, 224.2, -35.5),
    (700, 1.0056, 1.2836, 1.1186, 1.0310, 0.9729, 0.750, 224.7, -35.0),
    (750, 0.9913, 1.2852, 1.1101, 1.0180, 0.9569, 0.726, 225.2, -34.5),
    (800, 0.9769, 1.2867, 1.1015, 1.0049, 0.9408, 0.703, 225.5, -34.0),
    (850, 0.9624, 1.2882, 1.0929, 0.9917, 0.9246, 0.679, 225.8, -33.6),
]
fractions = st.floats(0.01, 0.99)


@pytest.mark.parametrize("row", ROWS)
def test_potentials_and_heats_agree_with_the_table(row):
    celsius, potential, neutral, *voltages, nickel, reforming, shift = row
    kelvin = celsius + 273.15
    assert standard_potential(kelvin) == pytest.approx(potential, abs=6e-5)
    assert thermoneutral_voltage(kelvin) == pytest.approx(neutral, abs=6e-5)
    for hydrogen, voltage in zip((0.97, 0.80, 0.50), voltages, strict=True):
        found = nernst_voltage(temperature=kelvin, hydrogen=hydrogen, steam=1.0 - hydrogen)
        assert found == pytest.approx(voltage, abs=1.5e-4)
    assert nickel_oxidation_potential(temperature=kelvin) == pytest.approx(nickel, abs=6e-4)
    heat = enthalpy("CO", kelvin) + 3 * enthalpy("H2", kelvin)
    heat -= enthalpy("CH4", kelvin) + enthalpy("H2O", kelvin)
    assert heat / 1e3 == pytest.approx(reforming, abs=0.06)
    heat = enthalpy("CO2", kelvin) + enthalpy("H2", kelvin)
    heat -= enthalpy("CO", kelvin) + enthalpy("H2O", kelvin)
    assert heat / 1e3 == pytest.approx(shift, abs=0.06)


def test_the_linear_potential_of_the_literature_that_fits_is_within_a_third_of_a_millivolt():
    kelvin = np.linspace(873.15, 1123.15, 50)
    assert np.abs(standard_potential(kelvin) - (1.2841 - 2.864e-4 * kelvin)).max() < 0.4e-3


def test_the_often_copied_linear_potential_is_11_mv_too_high_at_750_degrees():
    copied = 1.253 - 2.4516e-4 * 1023.15
    assert copied - standard_potential(1023.15) == pytest.approx(10.9e-3, abs=0.2e-3)


def test_forming_gas_reads_1_05_v_at_500_and_0_98_v_at_750_degrees():
    for celsius, voltage in ((500, 1.05), (750, 0.98)):
        found = nernst_voltage(
            temperature=celsius + 273.15, hydrogen=0.05 * 0.97, steam=0.03, oxygen=0.21
        )
        assert found == pytest.approx(voltage, abs=0.01)


def test_an_ampere_takes_7_normal_millilitres_of_hydrogen_a_minute():
    hydrogen = 1.0 / (2.0 * FARADAY)
    assert fuel_utilisation(current=1.0, cells=1, electrons=electron_flow({"H2": hydrogen})) == (
        pytest.approx(1.0)
    )
    volume = MOLAR_GAS_CONSTANT * 273.15 / 101325.0
    assert hydrogen * volume * 60e6 == pytest.approx(6.9691, abs=1e-4)
    assert hydrogen * MOLAR_MASS["H2"] * 3.6e6 == pytest.approx(0.037608, abs=2e-6)
    assert volume * 60e6 / (8.0 * FARADAY) == pytest.approx(1.7423, abs=1e-4)
    air = volume * 60e6 / (4.0 * FARADAY * 0.2095)
    assert air == pytest.approx(16.63, abs=0.01)
    assert oxygen_utilisation(current=1.0, cells=1, air=air / volume / 60e6) == pytest.approx(1.0)


def test_heating_values_as_voltages():
    hydrogen, methane = 241.82e3 / (2 * FARADAY), 802.56e3 / (8 * FARADAY)
    assert hydrogen == pytest.approx(LOWER_HEATING_VOLTAGE_HYDROGEN, abs=1e-4)
    assert methane == pytest.approx(LOWER_HEATING_VOLTAGE_METHANE, abs=1e-4)


def test_recycled_off_gas_makes_0_85_of_0_6939_per_pass():
    assert system_utilisation(per_pass=0.6939, recycle=0.6) == pytest.approx(0.85, abs=1e-4)


@given(fractions, fractions)
def test_per_pass_utilisation_is_the_inverse_of_the_systems(per_pass, recycle):
    system = system_utilisation(per_pass=per_pass, recycle=recycle)
    assert system >= per_pass - 1e-12
    assert per_pass_utilisation(system=system, recycle=recycle) == pytest.approx(per_pass)


def test_ratios_of_the_base_case():
    # 100 kW base case: 3011 cells, 43.2 A, utilisation 0.85, recycle 0.6, 750 °C.
    methane = 3011 * 43.2 / (8 * FARADAY * 0.85)
    inlet = recycled_inlet(
        methane=methane, current=43.2, cells=3011, recycle=0.6, temperature=1023.15
    )
    assert inlet.oxygen_to_carbon == pytest.approx(2.04, abs=0.005)
    assert inlet.steam_to_carbon == pytest.approx(1.87, abs=0.02)
    assert methane * MOLAR_GAS_CONSTANT * 273.15 / 101325 * 60e3 == pytest.approx(266.6, abs=0.6)
    assert methane * 802.56e3 == pytest.approx(159.1e3, rel=1e-3)


def test_equilibrium_of_steam_and_methane_two_to_one_at_800_degrees():
    found = equilibrium_composition(flows={"CH4": 1.0, "H2O": 2.0}, temperature=1073.15)
    wanted = {"CH4": 0.00153, "H2O": 0.15976, "H2": 0.63962, "CO": 0.15671, "CO2": 0.04237}
    assert found == pytest.approx({**wanted, "N2": 0.0}, abs=5e-5)


@settings(max_examples=100)
@given(
    st.tuples(*[st.floats(0.0, 2.0) for _ in range(5)]),
    st.floats(0.5, 3.0),
    st.floats(773.15, 1173.15),
)
def test_equilibrium_keeps_atoms_and_holds_both_constants(amounts, steam, temperature):
    methane, hydrogen, monoxide, dioxide, nitrogen = amounts
    flows = {"CH4": methane, "H2O": steam + methane, "H2": hydrogen, "CO": monoxide,
             "CO2": dioxide, "N2": nitrogen}  # fmt: skip
    if methane + hydrogen + monoxide < 0.05 or methane + monoxide + dioxide < 0.05:
        return
    x = equilibrium_composition(flows=flows, temperature=temperature)
    assert sum(x.values()) == pytest.approx(1.0)

    def atoms(mixture):
        carbon = mixture["CH4"] + mixture["CO"] + mixture["CO2"]
        water = mixture["H2O"] + mixture["H2"] + 2 * mixture["CH4"]
        oxygen = mixture["CO"] + 2 * mixture["CO2"] + mixture["H2O"]
        return np.array([water / carbon, oxygen / carbon])

    assert atoms(x) == pytest.approx(atoms(flows), rel=1e-6)
    shift = x["CO2"] * x["H2"] / (x["CO"] * x["H2O"])
    assert shift == pytest.approx(shift_constant(temperature), rel=1e-6)
    reforming = x["CO"] * x["H2"] ** 3 / x["H2O"]
    assert reforming == pytest.approx(reforming_constant(temperature) * x["CH4"], rel=1e-4)


def test_mean_nernst_lies_between_inlet_and_outlet_and_falls_with_utilisation():
    inlet = nernst_voltage(temperature=1023.15, hydrogen=0.97, steam=0.03)
    means = [
        mean_nernst(temperature=1023.15, hydrogen=0.97, fuel_utilisation=uf)
        for uf in (0.0, 0.4, 0.85)
    ]
    assert means[0] == pytest.approx(inlet)
    assert inlet > means[1] > means[2]
    assert means[2] > nernst_voltage(temperature=1023.15, hydrogen=0.1455, steam=0.8545)


def test_mean_nernst_is_the_integral_over_conversion():
    # Of ln(x / (1 - x)) from 0.97 to 0.1455: antiderivative x ln x + (1 - x) ln(1 - x).
    def primitive(x):
        return x * np.log(x) + (1 - x) * np.log(1 - x)

    mean = (primitive(0.97) - primitive(0.1455)) / (0.97 - 0.1455)
    slope = MOLAR_GAS_CONSTANT * 1023.15 / (2 * FARADAY)
    exact = standard_potential(1023.15) + slope * (mean + 0.5 * np.log(0.21))
    found = mean_nernst(temperature=1023.15, hydrogen=0.97, fuel_utilisation=0.85)
    assert found == pytest.approx(exact, abs=2e-5)


def test_carbon_ratios_count_what_they_say():
    assert steam_to_carbon(steam=2.0, hydrocarbons=1.0) == 2.0
    mixture = {"CH4": 1.0, "CO": 0.5, "CO2": 0.5, "H2O": 2.5, "H2": 1.0}
    assert oxygen_to_carbon(mixture) == pytest.approx(2.0)


def test_impossible_inputs_are_refused():
    with pytest.raises(ValueError, match="electrons"):
        fuel_utilisation(current=1.0, cells=1, electrons=0.0)
    with pytest.raises(ValueError, match=r"300\.\.3000"):
        standard_potential(25.0)
    with pytest.raises(ValueError, match="unknown species He"):
        equilibrium_composition(flows={"He": 1.0}, temperature=1000.0)
    with pytest.raises(ValueError, match="no such off-gas"):
        recycled_inlet(methane=1.0, current=1.0, cells=1, recycle=0.6, temperature=1000.0)
