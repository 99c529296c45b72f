"""What the bench does to the simulated solid oxide cells."""

from typing import NamedTuple


class Disturbances(NamedTuple):
    """What is wrong with cells and plant; the defaults: nothing."""

    leak_fuel: float = 0.0
    """Fuel that leaks behind the shut-off valve, mol/s while there is that much."""
    leak_room_fraction: float = 0.0
    """Share of the leak that goes into the room instead of the hood, 1."""
    failing_group: int = 0
    """Number of the group that fails, from 1; 0: none."""
    failing_resistance: float = 0.0
    """Resistance added to each of its cells, ohm m2."""
    failing_fuel: float = 0.0
    """Share of its fuel that it lacks, 1."""
    air_left: float = 1.0
    """Share of the air demanded that comes, 1."""
    fuel_left: float = 1.0
    """Share of the fuel demanded that comes, 1."""
    recycles: bool = True
    """The recycle blower can turn."""
    steam_left: float = 1.0
    """Share of the steam demanded that comes, 1."""
    heats: bool = True
    """The heater has power."""
    burns: bool = True
    """The burner burns what is left."""
    safety_gas_left: float = 1.0
    """Share of the safety gas demanded that comes, 1."""
    ventilates: bool = True
    """The fan can turn."""
    ambient_rise: float = 0.0
    """Warming of the surroundings, K."""
    carbon_monoxide: float = 0.0
    """Carbon monoxide from elsewhere in the room, mole fraction."""


UNDISTURBED = Disturbances()
"""Nothing is wrong."""


class SolidOxideInputs(NamedTuple):
    """Demands, switches and surroundings; replace single ones with ``_replace``. SI."""

    load_current: float = 0.0
    """What the regulator draws at the terminals, A."""
    load_contactor: bool = False
    """Contactor to the load closed."""
    fuel_valve: bool = False
    """Shut-off valve of methane and hydrogen open."""
    heater: bool = False
    """Heater permitted."""
    safety_gas: bool = True
    """Valve of the fixed flow of safety gas; open without current."""
    ventilation: bool = True
    """Ventilation of the hood running."""
    burner: bool = True
    """Burner of the anode's off-gas on."""
    fuel_flow: float = 0.0
    """Methane demanded, mol/s."""
    hydrogen_flow: float = 0.0
    """Hydrogen demanded, mol/s."""
    safety_gas_flow: float = 0.0
    """Safety gas demanded, mol/s."""
    nitrogen_flow: float = 0.0
    """Nitrogen demanded, mol/s."""
    steam_flow: float = 0.0
    """Steam demanded, mol/s."""
    air_flow: float = 0.0
    """Air demanded, mol/s."""
    recycle_ratio: float = 0.0
    """Share of the anode's off-gas demanded back, 0..0.8."""
    heater_power: float = 0.0
    """Heating power demanded, W."""
    ambient_temperature: float = 298.15
    """Temperature of the room, K."""
    ambient_pressure: float = 101325.0
    """Air pressure, Pa."""
    disturbances: Disturbances = UNDISTURBED
    """What is wrong."""
