"""The truth about the simulated solid oxide cells at one moment."""

from __future__ import annotations

from typing import NamedTuple

from drivers.simulated.plants.solid_oxide.electrochemistry import Losses, Operating
from drivers.simulated.plants.solid_oxide.thermo import Atoms


class Wear(NamedTuple):
    """What the cells went through, and what it cost them."""

    hours: float = 0.0
    """Time hot, h at the reference temperature."""
    reversible: float = 0.0
    """Reversible loss, share of its full size."""
    steps: float = 0.0
    """Sum of the losses by events, relative to the resistance when new."""
    nickel_oxide: float = 0.0
    """Share of the anode's nickel that is oxidised, 1."""
    carbon: float = 0.0
    """Carbon on the anode, 1: as much as an event."""
    is_cold: bool = False
    """Cooled below 500 degC since it last was in operation."""
    is_cold_through: bool = False
    """Cooled below 100 degC since it last was in operation."""
    was_hot: bool = False
    """Has been in operation."""
    is_reoxidised: bool = False
    """The event of the present oxidation is counted."""
    is_coked: bool = False
    """The event of the present carbon is counted."""
    is_shocked: bool = False
    """The event of the present change of temperature is counted."""
    thermal_cycles: int = 0
    """Below 100 degC and back to operation; from below 500 degC counts, too."""
    redox_events: int = 0
    """Oxidations of the anode."""
    emergency_stops: int = 0
    """Fuel shut off under load, hot."""
    carbon_events: int = 0
    """Carbon on the anode."""
    thermal_shocks: int = 0
    """Heated or cooled too fast, or too uneven."""
    loaded_lately: float = 0.0
    """Time until it no longer counts as loaded, s."""


NEW = Wear()
"""Cells that went through nothing."""


class SolidOxideState(NamedTuple):
    """Everything the plant knows; a sensor reads one of these and adds its own errors. SI."""

    # --- electricity
    dc_voltage: float
    """At the stack's terminals, V."""
    dc_current: float
    """Out of the terminals, A."""
    dc_power: float
    """W."""
    ac_power: float
    """At the grid's side of the inverter, W."""
    auxiliary_power: float
    """Blowers, controls and heater, W."""
    ripple_current: float
    """At 100 Hz at the terminals, A rms."""
    cell_voltage: float
    """Mean of all cells, V."""
    current_density: float
    """A/m2."""
    fuel_utilisation: float
    """Of the fuel fed, 1."""
    fuel_utilisation_stack: float
    """Of what enters the anodes, 1."""
    oxygen_utilisation: float
    """1."""
    oxygen_to_carbon: float
    """At the anode inlet, 1; 0 without carbon."""
    # --- temperatures, K
    stack_temperature: float
    stack_hottest: float
    stack_outlet_temperature: float
    air_inlet_temperature: float
    recuperator_temperature: float
    reformer_temperature: float
    burner_temperature: float
    exhaust_temperature: float
    furnace_temperature: float
    ambient_temperature: float
    heating_rate: float
    """Of the stack, smoothed, K/s."""
    # --- gas, mol/s and Pa
    fuel_flow: float
    hydrogen_flow: float
    safety_gas_flow: float
    """Through the flow controller."""
    purge_flow: float
    """Safety gas through the fixed orifice."""
    nitrogen_flow: float
    steam_flow: float
    air_flow: float
    recycle_ratio: float
    """1."""
    anode_pressure: float
    cathode_pressure: float
    supply_pressure: float
    safety_gas_pressure: float
    ambient_pressure: float
    inlet: Atoms
    """Composition at the anode inlet, per mole."""
    electrons: float
    """What the fuel fed could give, mol/s."""
    # --- room
    hood_hydrogen: float
    """Hydrogen in the hood, fraction of the lower flammable limit (4 % vol)."""
    room_hydrogen: float
    """Hydrogen in the room, fraction of the lower flammable limit (4 % vol)."""
    cell_methane: float
    """Methane in the room, fraction of the lower flammable limit (4.4 % vol)."""
    cell_carbon_monoxide: float
    """Mole fraction."""
    cell_oxygen: float
    """Mole fraction."""
    ventilation_running: bool
    fuel_valve_open: bool
    # --- life
    wear: Wear
    """What the cells went through."""
    added: float
    """Resistance added by aging and events, ohm m2."""
    operating: Operating
    """Solution of the cell model."""
    losses: Losses
    """Losses that it was solved with."""
    solved_for: tuple[float, ...]
    """What it was solved for."""
    failing: tuple[float, float, float]
    """Number of a group that fails, resistance added (ohm m2), share of fuel it lacks."""
