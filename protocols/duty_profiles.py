"""The shipped duty profiles, and how they were made: a truck driven on paper, at 1 Hz.

A profile is an engineering default, stated row by row in `duties/*.csv`; what made it is below, so
that nobody has to believe it: a target speed over time, the forces on the vehicle, a gearbox, and
temperatures that follow the power. The numbers were chosen so that regional haul comes to 60 km/h
and 1.2 kWh/km.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from protocols.mechanism_table import ENGINEERING_DEFAULT
from protocols.wording import Text

DUTIES: Final = Path(__file__).parent / "duties"
"""Folder of the profiles."""
COLUMNS: Final = (
    "time [s]",
    "vehicle speed [km/h]",
    "engine speed [rpm]",
    "torque [N*m]",
    "coolant temperature [degC]",
    "oil temperature [degC]",
    "exhaust temperature [degC]",
    "injecting [1]",
)
_AIR: Final = 1.2
_GRAVITY: Final = 9.81


@dataclass(frozen=True)
class Truck:
    """What makes the engine work, SI."""

    mass: float
    rolling: float = 0.0055
    """Rolling resistance, 1."""
    drag_area: float = 5.2
    """Drag coefficient times frontal area, m2."""
    efficiency: float = 0.95
    """Of the driveline."""
    auxiliaries: float = 5e3
    """Power of fan, alternator and compressor, W."""
    wheel: float = 0.5
    """Radius, m."""
    gears: tuple[float, ...] = (14.0, 9.5, 6.6, 4.6, 3.2, 2.35)
    """Engine turns per turn of the wheel, the lowest gear first."""
    most_torque: float = 2200.0
    """Of the engine, N m."""
    overrun: float = -280.0
    """Torque of the engine that is driven with its brake, N m; the wheels brake the rest."""


@dataclass(frozen=True)
class Section:
    """A stretch of road: stop and go, or cruising."""

    seconds: int
    cruise: float
    """km/h."""
    stop_every: int
    """s between two stops; 0: none."""
    standing: int = 20
    """How long a stop lasts, s."""
    hills: float = 0.0
    """Greatest slope, 1."""


@dataclass(frozen=True)
class Profile:
    """A shipped profile."""

    name: str
    truck: Truck
    sections: tuple[Section, ...]
    starts_per_1000_km: float
    """Cold starts of such a vehicle (engineering default)."""
    origin: Text = ENGINEERING_DEFAULT


REGIONAL_HAUL: Final = Profile(
    "regional-haul",
    Truck(mass=35_000.0),
    (
        Section(60, 0.0, 0),
        Section(540, 42.0, 135),
        Section(900, 57.5, 300, hills=0.012),
        Section(1680, 71.5, 0, hills=0.015),
        Section(420, 42.0, 140),
    ),
    starts_per_1000_km=4.0,
)
DELIVERY: Final = Profile(
    "delivery",
    Truck(mass=24_000.0, drag_area=4.8),
    (
        Section(60, 0.0, 0),
        Section(900, 36.0, 90, standing=30),
        Section(1200, 50.0, 150, standing=30, hills=0.01),
        Section(1440, 32.0, 80, standing=30),
    ),
    starts_per_1000_km=12.0,
)
PROFILES: Final = {each.name: each for each in (REGIONAL_HAUL, DELIVERY)}
"""Those that are shipped, by name."""


def rows_of(profile: Profile) -> list[tuple[float, ...]]:
    """Return the rows of a profile, in the order and the units of `COLUMNS`."""
    truck = profile.truck
    speed, gear, coolant, oil, exhaust, travelled = 0.0, 0, 20.0, 20.0, 20.0, 0.0
    rows: list[tuple[float, ...]] = []
    for second, (wanted, hills) in enumerate(_targets(profile.sections)):
        acceleration = max(-1.1, min(_eagerness(speed), wanted - speed))
        slope = hills * math.sin(travelled / 620.0) * math.cos(travelled / 1730.0)
        power = _power(truck, speed + 0.5 * acceleration, acceleration, slope)
        gear = _gear(truck, speed, gear, pulls=power > 0.0)
        rotation = max(speed / truck.wheel * truck.gears[gear], 600.0 * math.pi / 30.0)
        torque = max(truck.overrun, min(power / rotation, truck.most_torque))
        if speed < 1.0 and torque < 0.0:
            torque = truck.auxiliaries / rotation
        stands = second < 2
        rotation, torque = (0.0, 0.0) if stands else (rotation, torque)
        given = max(torque, 0.0) * rotation
        exhaust += (_hot(torque, truck) - exhaust) / (25.0 if torque > 0.0 else 60.0)
        coolant = min(88.0 + 2.0 * math.sin(second / 90.0), coolant + (given + 9e3) / 6.5e5)
        oil += (coolant + 8.0 * given / 2e5 + 3.0 - oil) / 240.0
        rows.append(
            (
                float(second),
                round(speed * 3.6, 1),
                round(rotation * 30.0 / math.pi),
                round(torque),
                round(coolant, 1),
                round(oil, 1),
                round(exhaust),
                0.0 if stands or torque < 0.0 else 1.0,
            )
        )
        speed = max(0.0, speed + acceleration)
        travelled += speed
    return rows


def text_of(rows: Sequence[tuple[float, ...]]) -> str:
    """Return rows as the CSV that is shipped."""
    lines = [",".join(COLUMNS)]
    lines += [",".join(f"{value:g}" for value in row) for row in rows]
    return "\n".join(lines) + "\n"


def _targets(sections: Sequence[Section]) -> list[tuple[float, float]]:
    """Return wanted vehicle speed, m/s, and greatest slope, second by second."""
    found: list[tuple[float, float]] = []
    for section in sections:
        for second in range(section.seconds):
            place = second % section.stop_every if section.stop_every else section.standing
            stands = place < section.standing
            # traffic: nobody drives at one speed
            swing = 1.0 + 0.06 * math.sin(second / 23.0) + 0.04 * math.sin(second / 7.0)
            found.append((0.0 if stands else section.cruise * swing / 3.6, section.hills))
    return found


def _eagerness(speed: float) -> float:
    """Return how a driver accelerates, m/s2: less the quicker it goes."""
    return max(0.12, 0.9 - 0.045 * speed)


def _power(truck: Truck, speed: float, acceleration: float, slope: float) -> float:
    """Return what the engine gives, W; negative: it is driven."""
    force = truck.mass * (acceleration + _GRAVITY * (slope + truck.rolling * (speed > 0.0)))
    force += 0.5 * _AIR * truck.drag_area * speed * speed
    power = force * speed
    return (power / truck.efficiency if power > 0.0 else power) + truck.auxiliaries


def _gear(truck: Truck, speed: float, gear: int, *, pulls: bool) -> int:
    """Return the gear: up at 1,650 rpm or 1,350 without load, down at 950."""
    turn = speed / truck.wheel * 30.0 / math.pi
    while gear + 1 < len(truck.gears) and turn * truck.gears[gear] > (1650.0 if pulls else 1350.0):
        gear += 1
    while gear > 0 and turn * truck.gears[gear] < 950.0:
        gear -= 1
    return gear


def _hot(torque: float, truck: Truck) -> float:
    """Return the exhaust temperature that a torque leads to, °C."""
    return 150.0 + 320.0 * math.sqrt(torque / truck.most_torque) if torque > 0.0 else 110.0
