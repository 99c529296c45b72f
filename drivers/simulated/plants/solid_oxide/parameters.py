"""Every physical number of the simulated solid oxide cells, replaceable by name.

Numbers without another source are engineering defaults.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

SHORT_STACK: Mapping[str, float] = MappingProxyType(
    {
        "cells": 10.0,
        "stacks": 1.0,
        "groups": 10.0,
        "strings": 1.0,
        "stack_heat_capacity": 9e3,
        "furnace_heat_capacity": 40e3,
        "furnace_exchange": 12.0,
        "furnace_loss": 3.0,
        "air_preheating_share": 1.0,
        "heater_power_limit": 6e3,
        "heater_cut_temperature": 1323.15,
        "anode_content": 0.01,
        "safety_gas_orifice": 1.5e-3,
        "safety_gas_content": 600.0,
        "rated_air_flow": 0.03,
        "rated_anode_flow": 0.008,
        "cable_inductance": 6e-7,
        "base_auxiliary_power": 150.0,
        "blower_pressure": 3e3,
        "anode_pressure_rise": 400.0,
        "cathode_pressure_rise": 500.0,
    }
)
"""What differs in a short stack in its furnace."""


@dataclass(frozen=True, kw_only=True)
class SolidOxideParameters:
    """The numbers of one stack array or one short stack, and of the plant around it (SI)."""

    # --- cells
    cells: float = 3000.0
    """Cells, all together, 1."""
    stacks: float = 30.0
    """Stacks, 1."""
    groups: float = 300.0
    """Groups of cells with a voltage tap each, 1."""
    strings: float = 6.0
    """Strings in parallel, 1."""
    active_area: float = 144e-4
    """Of one cell, m2."""
    system: float = 1.0
    """1: with reformer, recycle and inverter; 0: short stack in a furnace."""
    electrolyte_thickness: float = 10e-6
    """m."""
    contact_resistance: float = 5e-6
    """ohm m2."""
    leak: float = 2.0
    """Oxygen that leaks to the anode, as current density, A/m2."""
    group_spread: float = 0.01
    """Standard deviation of the groups' resistances, relative, 1."""
    fuel_spread: float = 0.005
    """Standard deviation of the groups' shares of fuel, relative, 1."""
    temperature_spread: float = 2.0
    """Standard deviation of the groups' temperatures, K."""
    spread_seed: float = 1.0
    """What the groups are drawn from, 1."""
    weak_group: float = 0.0
    """Number of a weak group, from 1; 0: none."""
    weak_group_asr: float = 20e-6
    """Resistance that each of its cells has more, ohm m2."""
    # --- aging
    reference_resistance: float = 34e-6
    """Resistance that relative losses count from, ohm m2 (750 degC, 0.3 A/cm2)."""
    aging_initial: float = 0.02
    """First loss that ends by itself, relative, 1."""
    aging_initial_time: float = 300.0 * 3600.0
    """Its time constant, s."""
    aging_linear: float = 0.029
    """Loss in each 1000 h, relative, 1."""
    aging_chromium: float = 0.012
    """Loss by chromium in the first 1000 h, relative, 1."""
    aging_chromium_exponent: float = 0.5
    """Its power of time, 1."""
    aging_oxide: float = 0.005
    """Loss by oxide scale in the first 1000 h, growing with the root of time, relative, 1."""
    aging_activation: float = 50e3
    """Activation energy of aging, J/mol (1.5 to 2 times from 700 to 800 degC)."""
    aging_reference_temperature: float = 1023.15
    """K."""
    aging_acceleration: float = 1.0
    """Multiplies all rates of aging, 1."""
    aging_age: float = 0.0
    """Time hot before the run begins, s."""
    thermal_cycle_step: float = 0.008
    """Loss by a full thermal cycle, relative, 1 (0.1 % of voltage); a partial one costs half."""
    redox_step: float = 0.25
    """Loss by an oxidation of the anode, relative, 1 (3 % of voltage)."""
    emergency_stop_step: float = 0.024
    """Loss by an emergency stop, relative, 1 (0.3 % of voltage)."""
    carbon_step: float = 0.1
    """Loss by carbon on the anode, relative, 1."""
    thermal_shock_step: float = 0.15
    """Loss by heating or cooling too fast, relative, 1."""
    reversible_loss: float = 0.012
    """Largest reversible loss, relative, 1."""
    reversible_build_time: float = 200.0 * 3600.0
    """Its time constant under load, s."""
    reversible_recovery_time: float = 3.0 * 3600.0
    """Its time constant at rest, s."""
    heating_limit: float = 5.5 / 60.0
    """Fastest change of temperature without damage, K/s."""
    gradient_limit: float = 180.0
    """Largest difference from air inlet to outlet without damage, K."""
    # --- heat
    stack_heat_capacity: float = 0.5e6
    """J/K."""
    furnace_heat_capacity: float = 0.15e6
    """Of the hot box or furnace, J/K."""
    furnace_exchange: float = 600.0
    """From hot box to stack, W/K."""
    furnace_loss: float = 11.0
    """From hot box to the room, W/K."""
    air_preheating_share: float = 0.25
    """Share of the way to the hot box's temperature that air takes on in it, 1."""
    recuperator_units: float = 2.85
    """Transfer units of the air preheater at rated air, 1."""
    recuperator_limit: float = 933.15
    """Air behind the air preheater, above which its bypass opens, K."""
    heater_power_limit: float = 40e3
    """W."""
    heater_cut_temperature: float = 1223.15
    """Temperature of the hot box where the heater cuts out, K."""
    recuperator_time: float = 150.0
    """s."""
    burner_time: float = 60.0
    """s."""
    reformer_time: float = 300.0
    """s."""
    exhaust_time: float = 120.0
    """s."""
    # --- gas
    anode_content: float = 1.0
    """Gas in the anode compartments, mol."""
    flow_time: float = 1.0
    """Flow controllers, s."""
    air_time: float = 4.0
    """Air blower, s."""
    recycle_time: float = 4.0
    """Recycle blower, s."""
    rated_air_flow: float = 5.5
    """mol/s."""
    rated_anode_flow: float = 2.3
    """Through the anodes, mol/s."""
    anode_pressure_rise: float = 2000.0
    """Of the anode above the room at rated flow, Pa."""
    cathode_pressure_rise: float = 2500.0
    """Of the cathode above the room at rated flow, Pa."""
    supply_pressure: float = 4e5
    """Of the fuel, Pa."""
    safety_gas_orifice: float = 0.06
    """Safety gas through the fixed orifice, mol/s."""
    safety_gas_fraction: float = 0.05
    """Hydrogen in the safety gas, 1."""
    safety_gas_content: float = 30e3
    """Safety gas in full bottles, mol."""
    safety_gas_fill_pressure: float = 200e5
    """Of full bottles, Pa."""
    safety_gas_exchange_pressure: float = 15e5
    """At which the bottles are exchanged, Pa."""
    methane_fraction: float = 1.0
    """Mole fraction of methane in the fuel, 1; the rest is in the others."""
    nitrogen_fraction: float = 0.0
    carbon_dioxide_fraction: float = 0.0
    ethane_fraction: float = 0.0
    propane_fraction: float = 0.0
    # --- electricity
    inverter_idle: float = 0.0110
    """Loss of the inverter while it is connected, of rated power, 1."""
    inverter_linear: float = 0.0270
    """In proportion to power, 1."""
    inverter_square: float = 0.0202
    """With the square of power, 1."""
    rated_power: float = 108e3
    """DC, W."""
    blower_pressure: float = 15e3
    """Pressure rise of the air blower at rated flow, Pa."""
    blower_efficiency: float = 0.55
    """1."""
    base_auxiliary_power: float = 3500.0
    """Controls, pumps and ventilation, W."""
    recycle_blower_power: float = 250.0
    """At full ratio, W."""
    ripple_share: float = 0.03
    """Ripple at 100 Hz over direct current, rms, 1."""
    cable_inductance: float = 8e-7
    """Of all stacks and cables, H at the terminals."""
    # --- room
    hood_volume: float = 20.0
    """m3."""
    ventilation_flow: float = 2.0
    """Through the hood, m3/s."""
    natural_ventilation_flow: float = 0.02
    """With the ventilation off, m3/s."""
    room_volume: float = 200.0
    """m3."""
    room_air_exchange: float = 1.5
    """With the ventilation on, m3/s."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = float(getattr(self, field.name))
            if not 0.0 <= value < math.inf:
                message = f"solid oxide parameter {field.name}: {value} is out of range"
                raise ValueError(message)
        for name in ("cells", "stacks", "groups", "strings"):
            number = getattr(self, name)
            if number < 1.0 or number != int(number):
                message = f"solid oxide parameter {name} must be a whole number from 1"
                raise ValueError(message)
        if self.cells % self.groups or self.cells % self.strings or self.groups % self.stacks:
            raise ValueError("cells must divide into groups and strings, groups into stacks")
        if self.weak_group > self.groups or self.weak_group != int(self.weak_group):
            raise ValueError("weak_group must be the number of a group, or 0")
        if self.active_area <= 0.0 or self.rated_air_flow <= 0.0 or self.rated_power <= 0.0:
            raise ValueError("active_area, rated_air_flow and rated_power must be positive")

    @cached_property
    def area(self) -> float:
        """Active area of all cells, m2."""
        return self.cells * self.active_area

    @property
    def is_system(self) -> bool:
        """Whether it has reformer, recycle and inverter."""
        return self.system > 0.5

    @cached_property
    def fuel_atoms(self) -> tuple[float, float, float, float]:
        """Carbon, pairs of hydrogen, oxygen and inert molecules per mole of fuel."""
        carbon = self.methane_fraction + self.carbon_dioxide_fraction
        carbon += 2.0 * self.ethane_fraction + 3.0 * self.propane_fraction
        pairs = 2.0 * self.methane_fraction + 3.0 * self.ethane_fraction
        pairs += 4.0 * self.propane_fraction
        return carbon, pairs, 2.0 * self.carbon_dioxide_fraction, self.nitrogen_fraction

    @cached_property
    def fuel_electrons(self) -> float:
        """Electrons that a mole of fuel can give, mol."""
        carbon, pairs, oxygen, _ = self.fuel_atoms
        return 4.0 * carbon + 2.0 * (pairs - oxygen)

    @cached_property
    def spread(self) -> NDArray[np.float64]:
        """Relative resistance, relative fuel and temperature (K) of each group, as deviations."""
        drawn = np.random.Generator(np.random.PCG64(round(self.spread_seed)))
        count = int(self.groups)
        sizes = np.array([[self.group_spread], [self.fuel_spread], [self.temperature_spread]])
        deviations = sizes * drawn.standard_normal((3, count)).clip(-2.5, 2.5)
        return deviations - deviations.mean(axis=1, keepdims=True)

    @cached_property
    def need_of_fuel(self) -> NDArray[np.float64]:
        """Utilisation of each group over the mean one: its share of the fuel, turned over."""
        return 1.0 / (1.0 + self.spread[1])

    @cached_property
    def stack_spread(self) -> NDArray[np.float64]:
        """The same as means of the groups of each stack."""
        return self.spread.reshape(3, int(self.stacks), -1).mean(axis=2)
