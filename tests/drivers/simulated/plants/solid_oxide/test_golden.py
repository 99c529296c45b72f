"""The cell model against published and independently computed numbers."""

import pytest

from drivers.simulated.plants.solid_oxide.electrochemistry import CellGas, losses_at, operate
from drivers.simulated.plants.solid_oxide.gas import at_inlet
from drivers.simulated.plants.solid_oxide.parameters import SolidOxideParameters
from drivers.simulated.plants.solid_oxide.power import blower_power, inverter_output
from drivers.simulated.plants.solid_oxide.thermo import (
    FARADAY,
    OXYGEN_IN_AIR,
    Atoms,
    equilibrium,
    nickel_oxidation_potential,
    standard_potential,
)

IDEAL = {
    "inverter_idle": 0.008,
    "inverter_linear": 0.02,
    "inverter_square": 0.0137,
    "blower_pressure": 12e3,
    "blower_efficiency": 0.60,
    "base_auxiliary_power": 1500.0,
    "cells": 3000.0,
}


def solved(*, celsius=750.0, density=0.3, used=0.85, breathed=0.286, added=0.0):
    """Return the operating point and the inlet of a methane system with 60 % recycle."""
    electrons = density / FARADAY  # mol/s for a cell of 1 cm2
    transport = electrons / 2.0
    methane = electrons / 8.0 / used
    inlet = at_inlet(Atoms(methane, 2.0 * methane, 0.0, 0.0), 0.6, transport)
    oxygen = electrons / 4.0 / breathed
    gas = CellGas(inlet, oxygen, oxygen / OXYGEN_IN_AIR, transport, 101325.0)
    losses = losses_at(celsius + 273.15, added=added, electrolyte=10e-6, contact=5e-6)
    return operate(gas, density * 1e4, celsius + 273.15, losses), inlet


@pytest.mark.parametrize(
    ("voltage", "at"),
    [
        (0.8338, {}),
        (0.7733, {"celsius": 700.0, "breathed": 0.208}),
        (0.8480, {"celsius": 800.0, "breathed": 0.314}),
        (0.863, {"density": 0.2, "breathed": 0.350}),
        (0.803, {"density": 0.4, "breathed": 0.240}),
        (0.772, {"density": 0.5, "breathed": 0.206}),
        (0.855, {"used": 0.75}),
        (0.821, {"used": 0.90}),
        (0.811, {"used": 0.93}),
        (0.820, {"added": 50e-7}),
        (0.806, {"added": 100e-7}),
        (0.777, {"added": 200e-7}),
    ],
)
def test_the_cell_gives_the_voltage_of_a_solution_in_many_slices(voltage, at):
    # a solution with 20 slices, shift and reforming equilibrium in each (own computation)
    assert solved(**at)[0].voltage == pytest.approx(voltage, rel=0.005)


def test_the_base_case_has_its_oxygen_to_carbon_and_outlet():
    operating, inlet = solved()
    assert inlet.oxygen / inlet.carbon == pytest.approx(2.04, rel=0.005)
    assert operating.outlet == pytest.approx(0.892, rel=0.005)
    # chord resistance 340 mohm cm2 against the mean potential (own computation)
    assert (operating.mean - operating.voltage) / 0.3 == pytest.approx(0.340, rel=0.05)


def test_the_base_case_has_its_net_efficiency_with_an_ideal_plant():
    p = SolidOxideParameters(**IDEAL)
    dc = 3011 * 43.2 * solved()[0].voltage
    air = 3011 * 43.2 / FARADAY / (4.0 * OXYGEN_IN_AIR * 0.286)
    p_base = SolidOxideParameters(**IDEAL | {"rated_air_flow": air, "rated_power": dc})
    blower = blower_power(p_base, air, 298.15)
    assert blower == pytest.approx(2.63e3, rel=0.01)
    net = inverter_output(p_base, dc, is_connected=True) - blower - p.base_auxiliary_power
    assert net / 159.1e3 == pytest.approx(0.6285, rel=0.005)
    assert dc / 159.1e3 == pytest.approx(0.6817, rel=0.005)


def test_reformed_methane_has_the_composition_that_cantera_finds():
    # CH4 + 2 H2O at 800 degC and 1 atm, GRI-Mech 3.0 thermodynamics
    gas = equilibrium(Atoms(1.0, 4.0, 2.0, 0.0), 1073.15, 101325.0)
    found = [part / gas.total for part in gas]
    assert found[0] == pytest.approx(0.00153, rel=0.05)
    assert found[1:5] == pytest.approx([0.63962, 0.15976, 0.15671, 0.04237], rel=0.03)


@pytest.mark.parametrize(
    ("celsius", "cell", "nickel"),
    [(650, 1.0198, 0.774), (700, 1.0056, 0.750), (750, 0.9913, 0.726), (850, 0.9624, 0.679)],
)
def test_standard_potentials_are_those_of_the_tables(celsius, cell, nickel):
    # NASA7 polynomials; free energy of nickel oxide
    assert standard_potential(celsius + 273.15) == pytest.approx(cell, abs=0.5e-3)
    assert nickel_oxidation_potential(celsius + 273.15) == pytest.approx(nickel, abs=1e-3)


@pytest.mark.parametrize(("water", "voltage"), [(0.03, 1.1101), (0.2, 1.0180), (0.5, 0.9569)])
def test_open_circuit_in_moist_hydrogen_is_nernst(water, voltage):
    gas = CellGas(Atoms(0.0, 1.0, water, 0.0), OXYGEN_IN_AIR, 1.0, 0.0, 1e5)
    losses = losses_at(1023.15, added=0.0, electrolyte=10e-6, contact=5e-6)
    assert operate(gas, 0.0, 1023.15, losses).voltage == pytest.approx(voltage, abs=1.5e-3)


@pytest.mark.parametrize(("density", "voltage"), [(0.05, 0.967), (0.3, 0.906), (0.6, 0.813)])
def test_hydrogen_at_forty_percent_gives_its_curve(density, voltage):
    # 20 slices, own computation
    transport = density / FARADAY / 2.0
    hydrogen = transport / 0.4
    inlet = Atoms(0.0, hydrogen / 0.97, 0.03 * hydrogen / 0.97, 0.0)
    oxygen = transport / 2.0 / 0.25
    gas = CellGas(inlet, oxygen, oxygen / OXYGEN_IN_AIR, transport, 101325.0)
    losses = losses_at(1023.15, added=0.0, electrolyte=10e-6, contact=5e-6)
    found = operate(gas, density * 1e4, 1023.15, losses).voltage
    assert found == pytest.approx(voltage, rel=0.006)
