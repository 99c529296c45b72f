"""Gas supply, recycle and what enters the anodes; gas that leaks into hood and room."""

from __future__ import annotations

from math import exp
from typing import NamedTuple

from drivers.simulated.plants.solid_oxide.electrochemistry import CellGas
from drivers.simulated.plants.solid_oxide.inputs import SolidOxideInputs
from drivers.simulated.plants.solid_oxide.parameters import SolidOxideParameters
from drivers.simulated.plants.solid_oxide.state import SolidOxideState
from drivers.simulated.plants.solid_oxide.thermo import (
    FARADAY,
    GAS_CONSTANT,
    OXYGEN_IN_AIR,
    Atoms,
)

HYDROGEN_FLAMMABLE = 0.04
"""Lower flammable limit, mole fraction (ISO 10156)."""
METHANE_FLAMMABLE = 0.044
"""Lower flammable limit, mole fraction (ISO 10156)."""
STILL = 1e-9
"""Flow that counts as none, mol/s."""

_BACK_DIFFUSION = 300.0  # s for air to find its way into an anode that nothing flows through
_LEAST_SUPPLY = 1.3e5


class Feed(NamedTuple):
    """Flows after controllers and valves, mol/s."""

    fuel: float
    hydrogen: float
    safety: float
    purge: float
    nitrogen: float
    steam: float
    air: float
    recycle: float
    """1."""
    supply_pressure: float
    """Pa."""
    safety_pressure: float
    """Pa."""


def feed_step(
    state: SolidOxideState, inputs: SolidOxideInputs, parameters: SolidOxideParameters, dt: float
) -> Feed:
    """Return the flows after ``dt`` seconds."""
    wrong = inputs.disturbances
    near = 1.0 - exp(-dt / parameters.flow_time)
    supply = parameters.supply_pressure * max(wrong.fuel_left, 0.25)
    is_open = inputs.fuel_valve and supply > _LEAST_SUPPLY * wrong.fuel_left
    fuel_share = wrong.fuel_left if is_open else 0.0
    bottles = _bottles(state, parameters, dt)
    safety_share = wrong.safety_gas_left if bottles > 2e5 else 0.0
    orifice = parameters.safety_gas_orifice * safety_share if inputs.safety_gas else 0.0
    near_air = 1.0 - exp(-dt / parameters.air_time)
    ratio = min(max(inputs.recycle_ratio, 0.0), 0.8)
    if not wrong.recycles or not parameters.is_system:
        ratio = 0.0
    near_recycle = 1.0 - exp(-dt / parameters.recycle_time)
    return Feed(
        _toward(state.fuel_flow, inputs.fuel_flow * fuel_share, near),
        _toward(state.hydrogen_flow, inputs.hydrogen_flow * fuel_share, near),
        _toward(state.safety_gas_flow, inputs.safety_gas_flow * safety_share, near),
        _toward(state.purge_flow, orifice, near),
        _toward(state.nitrogen_flow, inputs.nitrogen_flow, near),
        _toward(state.steam_flow, inputs.steam_flow * wrong.steam_left, near),
        _toward(state.air_flow, inputs.air_flow * wrong.air_left, near_air),
        _toward(state.recycle_ratio, ratio, near_recycle),
        supply,
        bottles,
    )


def _toward(value: float, target: float, near: float) -> float:
    value += (target - value) * near
    return value if value > STILL or target > 0.0 else 0.0


def _bottles(state: SolidOxideState, parameters: SolidOxideParameters, dt: float) -> float:
    """Return the pressure of the bottles, which are exchanged when they are empty."""
    used = (state.safety_gas_flow + state.purge_flow) * dt
    fall = used / parameters.safety_gas_content * parameters.safety_gas_fill_pressure
    pressure = state.safety_gas_pressure - fall
    if pressure < parameters.safety_gas_exchange_pressure:
        return parameters.safety_gas_fill_pressure
    return pressure


def fresh_atoms(feed: Feed, parameters: SolidOxideParameters) -> Atoms:
    """Return what the fresh gas consists of, mol/s."""
    carbon, pairs, oxygen, inert = parameters.fuel_atoms
    fuel, safety = feed.fuel, feed.safety + feed.purge
    hydrogen = feed.hydrogen + safety * parameters.safety_gas_fraction + feed.steam
    return Atoms(
        fuel * carbon,
        fuel * pairs + hydrogen,
        fuel * oxygen + feed.steam,
        fuel * inert + safety * (1.0 - parameters.safety_gas_fraction) + feed.nitrogen,
    )


def electrons_of(atoms: Atoms) -> float:
    """Return the electrons (mol/s) that a gas can give when it is oxidised."""
    return 4.0 * atoms.carbon + 2.0 * (atoms.hydrogen - atoms.oxygen)


def at_inlet(fresh: Atoms, ratio: float, transport: float) -> Atoms:
    """Return what enters the anodes (mol/s) with a share of their off-gas back (closed loop).

    Args:
        fresh: Fresh gas, mol/s.
        ratio: Share of the off-gas, 1.
        transport: Oxygen that comes through the electrolyte, mol/s.
    """
    kept = 1.0 / (1.0 - ratio)
    return Atoms(
        fresh.carbon * kept,
        fresh.hydrogen * kept,
        (fresh.oxygen + ratio * transport) * kept,
        fresh.inert * kept,
    )


def mixed(before: Atoms, inlet: Atoms, parameters: SolidOxideParameters, dt: float) -> Atoms:
    """Return the composition (per mole) in the anodes after ``dt`` seconds.

    What flows replaces what is there; with no flow, air finds its way in.
    """
    total = inlet.carbon + inlet.hydrogen + inlet.inert
    if total <= STILL:
        kept = exp(-dt / _BACK_DIFFUSION)
        inert = 1.0 - kept * (before.carbon + before.hydrogen)
        return Atoms(before.carbon * kept, before.hydrogen * kept, before.oxygen * kept, inert)
    new = 1.0 - exp(-dt * total / parameters.anode_content)
    kept, share = 1.0 - new, new / total
    return Atoms(
        before.carbon * kept + inlet.carbon * share,
        before.hydrogen * kept + inlet.hydrogen * share,
        before.oxygen * kept + inlet.oxygen * share,
        before.inert * kept + inlet.inert * share,
    )


def cell_gas(
    parameters: SolidOxideParameters,
    composition: Atoms,
    flows: tuple[float, float, float],
    density: float,
) -> CellGas:
    """Return what flows along the cells; a unit of gas where none flows.

    Args:
        parameters: The plant.
        composition: Of the anode inlet, per mole.
        flows: At the anode inlet and of air, mol/s, and pressure of the cathode, Pa.
        density: Current density, A/m2.
    """
    flow, air, pressure = flows
    scale = flow if flow > STILL else 1.0
    leaking = min(leak_transport(parameters), 0.5 * scale) if flow > STILL else 0.0
    carbon, hydrogen, oxygen, inert = composition
    inlet = Atoms(carbon * scale, hydrogen * scale, oxygen * scale + leaking, inert * scale)
    transport = density * parameters.area / (2.0 * FARADAY)
    air = max(air, 1e-3 * parameters.rated_air_flow)
    return CellGas(inlet, OXYGEN_IN_AIR * air, air, transport, pressure)


def leak_transport(parameters: SolidOxideParameters) -> float:
    """Return the oxygen atoms (mol/s) that leak to the anode."""
    return parameters.leak * parameters.area / (2.0 * FARADAY)


class Room(NamedTuple):
    """Gas in hood and room, as the state has it."""

    hood_hydrogen: float
    room_hydrogen: float
    cell_methane: float
    cell_carbon_monoxide: float
    cell_oxygen: float


CLEAN = Room(0.0, 0.0, 0.0, 0.0, OXYGEN_IN_AIR)
"""Fresh air everywhere."""


def room_step(
    state: SolidOxideState,
    inputs: SolidOxideInputs,
    parameters: SolidOxideParameters,
    feed: Feed,
    dt: float,
) -> Room:
    """Return the gas in hood and room after ``dt`` seconds of a leak, well mixed."""
    wrong = inputs.disturbances
    levels = (state.hood_hydrogen, state.room_hydrogen, state.cell_methane)
    is_clean = wrong.leak_fuel == 0.0 and wrong.carbon_monoxide == 0.0
    if is_clean and state.cell_carbon_monoxide == 0.0 and levels == (0.0, 0.0, 0.0):
        return CLEAN
    fuel = feed.fuel + feed.hydrogen
    leaking = min(wrong.leak_fuel, fuel)
    hydrogen = leaking * feed.hydrogen / fuel if leaking > 0.0 else 0.0
    reformed = leaking - hydrogen
    # hot gas of the system leaks half reformed: of a mole of methane 0.4 is left, 0.6 is CO
    into_room = wrong.leak_room_fraction
    carbon = 0.6 * reformed if parameters.is_system else 0.0
    methane = reformed * (0.4 if parameters.is_system else 1.0)
    hydrogen += 1.8 * reformed if parameters.is_system else 0.0
    is_on = inputs.ventilation and wrong.ventilates
    draught = parameters.natural_ventilation_flow
    hood_flow = draught + (parameters.ventilation_flow if is_on else 0.0)
    room_flow = draught + (parameters.room_air_exchange if is_on else 0.0)
    per_mole = GAS_CONSTANT * inputs.ambient_temperature / inputs.ambient_pressure

    def diluted(level: float, leak: float, flow: float, volume: float) -> float:
        if level == 0.0 and leak == 0.0:
            return 0.0
        inflow = leak * per_mole
        target = inflow / (flow + inflow)
        level = target + (level - target) * exp(-dt * (flow + inflow) / volume)
        return level if level > 1e-9 else 0.0

    hood_level = state.hood_hydrogen * HYDROGEN_FLAMMABLE
    room_level = state.room_hydrogen * HYDROGEN_FLAMMABLE
    hood = diluted(hood_level, hydrogen * (1.0 - into_room), hood_flow, parameters.hood_volume)
    room = parameters.room_volume
    outside = wrong.carbon_monoxide
    monoxide = diluted(max(0.0, state.cell_carbon_monoxide - outside), carbon, room_flow, room)
    in_room = diluted(room_level, hydrogen * into_room, room_flow, room)
    methane_level = state.cell_methane * METHANE_FLAMMABLE
    methane_level = diluted(methane_level, methane, room_flow, room)
    displaced = in_room + methane_level + monoxide
    return Room(
        hood / HYDROGEN_FLAMMABLE,
        in_room / HYDROGEN_FLAMMABLE,
        methane_level / METHANE_FLAMMABLE,
        monoxide + outside,
        OXYGEN_IN_AIR * (1.0 - displaced),
    )
