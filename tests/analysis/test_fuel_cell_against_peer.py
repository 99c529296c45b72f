"""Equilibrium and Nernst voltage beside gaspype (MIT), which was written by others."""

import math

import gaspype
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.fuel_cell import FARADAY, nernst_voltage, recycled_inlet
from analysis.gas import MOLAR_GAS_CONSTANT
from analysis.thermochemistry import equilibrium_composition

SPECIES = ("CH4", "H2O", "H2", "CO", "CO2", "N2")
SYSTEM = gaspype.fluid_system([*SPECIES, "O2"])
amounts = st.floats(0.05, 2.0)
temperatures = st.floats(823.15, 1173.15)
pressures = st.floats(0.9e5, 3e5)


def beside(flows, temperature, pressure):
    """Return the mole fractions that gaspype finds."""
    fluid = gaspype.fluid({name: flows.get(name, 0.0) for name in SPECIES}, SYSTEM)
    found = gaspype.equilibrium(fluid, temperature, pressure)
    return dict(zip(SYSTEM.species, found.array_fractions.tolist(), strict=True))


@settings(max_examples=60, deadline=None)
@given(st.tuples(amounts, amounts, amounts), st.floats(2.0, 4.0), temperatures, pressures)
def test_the_reformed_gas_is_that_of_gaspype(given_amounts, steam_to_carbon, temperature, pressure):
    methane, hydrogen, nitrogen = given_amounts
    flows = {"CH4": methane, "H2O": steam_to_carbon * methane, "H2": hydrogen, "N2": nitrogen}
    ours = equilibrium_composition(flows=flows, temperature=temperature, pressure=pressure)
    theirs = beside(flows, temperature, pressure)
    # both stand on published polynomials of the free energy, but not on the same
    for name, share in ours.items():
        assert share == pytest.approx(theirs[name], abs=2e-3)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.02, 0.98), st.floats(873.15, 1173.15))
def test_the_nernst_voltage_is_that_of_the_oxygen_pressures_of_gaspype(hydrogen, temperature):
    ours = nernst_voltage(
        temperature=temperature, hydrogen=hydrogen, steam=1.0 - hydrogen, oxygen=0.21,
        pressure=1e5,
    )  # fmt: skip
    fuel = gaspype.fluid({"H2": hydrogen, "H2O": 1.0 - hydrogen}, SYSTEM)
    oxygen = float(gaspype.oxygen_partial_pressure(fuel, temperature, 1e5))
    theirs = MOLAR_GAS_CONSTANT * temperature / (4.0 * FARADAY) * math.log(0.21e5 / oxygen)
    assert ours == pytest.approx(theirs, abs=1e-3)


def test_steam_to_carbon_of_recycled_off_gas_is_that_of_the_off_gas_of_gaspype():
    # 100 kW: 3000 cells at 43.2 A use 85 % of the methane, 60 % of the off-gas go round
    used, recycle, temperature = 0.85, 0.6, 1023.15
    methane = 3000 * 43.2 / (8.0 * FARADAY * used)
    ours = recycled_inlet(
        methane=methane, current=43.2, cells=3000, recycle=recycle, temperature=temperature
    )
    burnt = gaspype.fluid({"CH4": 1.0, "O2": 2.0 * used}, SYSTEM)
    off_gas = gaspype.equilibrium(burnt, temperature, 101325.0)
    share = dict(zip(SYSTEM.species, off_gas.array_fractions.tolist(), strict=True))
    carbon = share["CO"] + share["CO2"] + share["CH4"]
    rounds = recycle / (1.0 - recycle)
    theirs = rounds * share["H2O"] / carbon / (1.0 + rounds * share["CO"] / carbon)
    assert ours.steam_to_carbon == pytest.approx(theirs, rel=2e-3)
