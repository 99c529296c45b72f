"""What the bench does to the simulated hydrogen engine."""

from enum import Enum
from typing import NamedTuple


class ShaftMode(Enum):
    """Control mode of the test bed, named as its controllers name them."""

    OFF = "off"
    """Dynamometer disengaged: the rotor is free, the engine keeps its last demand."""
    SPEED_TORQUE = "n/T"
    """The dynamometer holds speed, the throttle closes on torque."""
    TORQUE_SPEED = "T/n"
    """The dynamometer holds torque, the throttle closes on speed."""
    SPEED_THROTTLE = "n/α"
    """The dynamometer holds speed, the pedal goes to the engine as it is."""
    IDLE = "idle"
    """Dynamometer at zero load, the engine's own idle governor."""
    MOTOR = "motor"
    """The dynamometer drives the engine, which gets no fuel."""


class Disturbances(NamedTuple):
    """What is wrong with the engine and its cell; the defaults: nothing."""

    leak_rate: float = 0.0
    """Leak behind the shut-off valve at 30 bar, kg/s."""
    leak_room_fraction: float = 0.0
    """Share of the leak that goes into the room instead of the hood, 1."""
    has_grip: bool = True
    """The dynamometer can hold the rotor."""
    knock_intensity: float = 0.0
    """Amplitude of the pressure oscillation while it fires, Pa."""
    knock_loss: float = 0.0
    """Share of the efficiency that knocking costs, 1."""
    coolant_left: float = 1.0
    """Share of coolant flow and cooling that is left, 1."""
    ventilates: bool = True
    """The fan can turn."""
    supply_fall: float = 0.0
    """Fall of the trailer's pressure beside what is used, Pa/s."""
    supply_floor: float = 0.0
    """Pressure below which it falls by use only, Pa."""
    is_supplied: bool = True
    """An empty trailer is exchanged."""
    oil_left: float = 1.0
    """Share of the oil pressure that is left, 1."""
    ignites: bool = True
    """There is a spark when ignition is enabled."""


UNDISTURBED = Disturbances()
"""Nothing is wrong."""


class HydrogenEngineInputs(NamedTuple):
    """Demands, switches and surroundings; replace single ones with ``_replace``.

    Setpoints are followed at once by the closed loops of the test bed: who wants a ramp sends it.
    """

    mode: ShaftMode = ShaftMode.OFF
    """Control mode of the test bed."""
    speed_setpoint: float = 0.0
    """Speed, rad/s."""
    torque_setpoint: float = 0.0
    """Torque, N*m; in OFF the engine goes on following it (and the pedal)."""
    pedal: float = 0.0
    """Pedal position, 0..1."""
    fuel_valve: bool = False
    """Hydrogen shut-off valve between meter and rail open."""
    ignition: bool = False
    """Ignition enabled."""
    injection: bool = False
    """Injection enabled."""
    starter: bool = False
    """Starter engaged."""
    purge: bool = False
    """Nitrogen purge: nitrogen valve and vent open."""
    ventilation: bool = True
    """Ventilation of the hood running."""
    torque_limit: float = 1e6
    """Torque limit of the engine control, N*m."""
    coolant_setpoint: float = 361.15
    """Coolant outlet temperature, K."""
    oil_setpoint: float = 368.15
    """Oil temperature, K."""
    charge_air_setpoint: float = 318.15
    """Charge air temperature behind the cooler, K."""
    intake_air_setpoint: float = 298.15
    """Intake air temperature, K."""
    ambient_temperature: float = 298.15
    """Temperature of the test cell, K."""
    ambient_pressure: float = 101325.0
    """Air pressure, Pa."""
    relative_humidity: float = 0.4
    """Relative humidity at ambient temperature, 0..1."""
    efficiency_factor: float = 1.0
    """Ageing: efficiency over the new engine's, 1."""
    power_factor: float = 1.0
    """Ageing: full-load torque over the new engine's, 1."""
    blow_by_factor: float = 1.0
    """Ageing: blow-by over the new engine's, 1."""
    slip_factor: float = 1.0
    """Ageing: unburnt hydrogen over the new engine's, 1."""
    disturbances: Disturbances = UNDISTURBED
    """What is wrong with it."""
