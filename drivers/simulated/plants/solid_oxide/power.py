"""Electric power: what the inverter gives, what blowers and controls take."""

from __future__ import annotations

from drivers.simulated.plants.solid_oxide.gas import Feed
from drivers.simulated.plants.solid_oxide.parameters import SolidOxideParameters

_AIR_HEAT_CAPACITY = 29.1  # J/(mol K), cold
_EXPONENT = 0.2857


def inverter_output(parameters: SolidOxideParameters, power: float, *, is_connected: bool) -> float:
    """Return the power (W) at the grid's side for a power (W) at the terminals."""
    p = parameters
    if not (p.is_system and is_connected) or power <= 0.0:
        return 0.0
    rated = power / p.rated_power
    lost = p.inverter_idle + p.inverter_linear * rated + p.inverter_square * rated * rated
    return power * rated / (rated + lost)


def blower_power(
    parameters: SolidOxideParameters, air: float, temperature: float, pressure: float = 101325.0
) -> float:
    """Return the power (W) of the air blower for a flow (mol/s) of air from the room (K, Pa).

    The pressure rise goes with the square of the flow down to a fifth, which valves take.
    """
    p = parameters
    relative = air / p.rated_air_flow
    rise = p.blower_pressure * min(max(relative * relative, 0.2), 2.0)
    work = (1.0 + rise / pressure) ** _EXPONENT - 1.0
    return air * _AIR_HEAT_CAPACITY * temperature * work / p.blower_efficiency


def auxiliary_power(
    parameters: SolidOxideParameters, feed: Feed, heater: float, temperature: float
) -> float:
    """Return the power (W) that blowers, controls and the heater (W) take from the grid."""
    p = parameters
    recycling = p.recycle_blower_power * feed.recycle / 0.8 if p.is_system else 0.0
    return p.base_auxiliary_power + heater + recycling + blower_power(p, feed.air, temperature)
