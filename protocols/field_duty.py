"""What a vehicle does with its engine on so many kilometres: that against which a bench is told.

A duty is made of legs that are driven again and again: one from a cold start until the engine is
warm, and one on the warm engine; how often a vehicle starts cold per 1,000 km is stated. A log of a
vehicle is one leg, as it was driven.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import add
from typing import Final

import numpy as np

from analysis.checks import FloatArray
from bench.errors import ConfigError
from bench.messages import Message
from protocols.engine_mechanisms import EngineRows, MechanismSums, part_of, sums_per_pass
from protocols.mechanism_table import MechanismSettings
from protocols.wording import Text

THOUSAND: Final = 1000.0
WARM: Final = 353.15
"""Coolant from which the engine counts as warm, K (engineering default)."""
COLD: Final = 323.15
"""Coolant below which a record counts as one that begins cold, K (engineering default)."""
MOST_TORQUE: Final = 1.2
"""Torque over the rated one from which a duty is that of another engine, 1."""
SHORTEST: Final = 600.0
"""A shorter record says nothing of a life, s (engineering default)."""
LEAST_DISTANCE: Final = 1.0
"""A shorter distance says nothing, km (engineering default)."""
TYPICAL_PRESSURE: Final = 24e5
"""Mean effective pressure at rated torque where the data of an engine do not say it, Pa
(engineering default)."""


class DutyError(ConfigError):
    """A field duty cannot be used: mend the file, or say how it is meant."""


@dataclass(frozen=True, eq=False)
class Drive:
    """A record of a vehicle: rows of its engine, and how fast it went."""

    rows: EngineRows
    """In time, without a value that is not known."""
    vehicle_speed: FloatArray
    """m/s, shape (rows,)."""

    @property
    def kilometres(self) -> float:
        """Distance, km."""
        return float((self.vehicle_speed * self.rows.held).sum()) / THOUSAND

    @property
    def duration(self) -> float:
        """How long it takes, s."""
        return float(self.rows.held.sum())

    @property
    def energy(self) -> float:
        """Brake energy, J."""
        power = self.rows.speed * np.maximum(self.rows.torque, 0.0)
        return float((power * self.rows.held).sum())

    def cut(self, begin: int, end: int) -> Drive:
        """Return the rows from one place to before another."""
        return Drive(self.rows.cut(begin, end), self.vehicle_speed[begin:end])


@dataclass(frozen=True, eq=False)
class Leg:
    """A record that is driven again and again."""

    drive: Drive
    """One pass."""
    passes: float
    """How often, within the kilometres of the duty."""


@dataclass(frozen=True, eq=False)
class FieldDuty:
    """What a vehicle does on its kilometres."""

    name: str
    """Profile or file."""
    source: Text
    """Where it comes from."""
    legs: tuple[Leg, ...]
    """What it is made of."""
    remarks: tuple[Message, ...] = ()
    """What a reader of its kilometres should know."""

    @cached_property
    def kilometres(self) -> float:
        """Distance of all legs, km."""
        return sum(leg.drive.kilometres * leg.passes for leg in self.legs)

    @cached_property
    def hours(self) -> float:
        """Duration of all legs, h."""
        return sum(leg.drive.duration * leg.passes for leg in self.legs) / 3600.0

    @property
    def mean_speed(self) -> float:
        """Mean vehicle speed, km/h."""
        return self.kilometres / self.hours

    @cached_property
    def energy(self) -> float:
        """Brake energy, kWh/km."""
        joules = sum(leg.drive.energy * leg.passes for leg in self.legs)
        return joules / 3.6e6 / self.kilometres

    @property
    def most_torque(self) -> float:
        """Highest torque, N m."""
        return max(float(leg.drive.rows.torque.max()) for leg in self.legs)

    def worn(self, settings: MechanismSettings) -> MechanismSums:
        """Return what the kilometres of this duty wear."""
        found = [
            sums_per_pass(part_of(leg.drive.rows, settings)).times(leg.passes) for leg in self.legs
        ]
        return reduce(add, found)

    def check_engine(self, *, displacement: float, rated_torque: float = math.nan) -> None:
        """Make sure that the duty is one that this engine can do.

        Args:
            displacement: of the engine on the bench, m3.
            rated_torque: its highest torque, N m; NaN: that of a typical engine of this size.

        Raises:
            DutyError: the duty asks for a torque that this engine never gives.
        """
        known = math.isfinite(rated_torque) and rated_torque > 0.0
        rated = rated_torque if known else TYPICAL_PRESSURE * displacement / (4.0 * math.pi)
        if self.most_torque > MOST_TORQUE * rated:
            raise DutyError(
                "duty.other-engine",
                duty=self.name,
                torque=f"{self.most_torque:.0f}",
                rated=f"{rated:.0f}",
                ratio=f"{self.most_torque / rated:.2f}",
            )


def duty_as_driven(name: str, source: Text, drive: Drive) -> FieldDuty:
    """Return the duty of a vehicle log: driven again and again as it is.

    Raises:
        DutyError: it is too short, or drives no distance.
    """
    check_drive(name, drive)
    begins_cold = float(drive.rows.coolant.min()) <= COLD
    remarks = () if begins_cold else (Message("duty.remark-no-start", {"duty": name}),)
    return FieldDuty(name, source, (Leg(drive, 1.0),), remarks)


def duty_with_starts(name: str, source: Text, drive: Drive, starts_per_1000_km: float) -> FieldDuty:
    """Return the duty of a drive that begins cold, with so many cold starts per 1,000 km.

    Raises:
        DutyError: it is too short, drives no distance, does not begin cold and get warm, or so
            many starts take more than 1,000 km.
    """
    check_drive(name, drive)
    if not (math.isfinite(starts_per_1000_km) and starts_per_1000_km > 0.0):
        raise DutyError("duty.starts", duty=name, starts=starts_per_1000_km)
    coolant = drive.rows.coolant
    warm = np.flatnonzero(coolant >= WARM)
    if coolant[0] > COLD or not warm.size:
        raise DutyError("duty.no-cold-start", duty=name)
    place = int(warm[0])
    cold, hot = drive.cut(0, place), drive.cut(place, len(drive.rows))
    passes = (THOUSAND - starts_per_1000_km * cold.kilometres) / max(hot.kilometres, 1e-9)
    if hot.kilometres < LEAST_DISTANCE or passes <= 0.0:
        raise DutyError("duty.starts", duty=name, starts=starts_per_1000_km)
    return FieldDuty(name, source, (Leg(cold, starts_per_1000_km), Leg(hot, passes)))


def check_drive(name: str, drive: Drive) -> None:
    """Make sure that a record says something of a life.

    Raises:
        DutyError: it is too short, drives no distance, or the engine does no work.
    """
    if drive.duration < SHORTEST:
        raise DutyError(
            "duty.too-short", duty=name, duration=f"{drive.duration:.0f}", least=f"{SHORTEST:.0f}"
        )
    if drive.kilometres < LEAST_DISTANCE:
        raise DutyError("duty.no-distance", duty=name, distance=f"{drive.kilometres:.2f}")
    if not (drive.rows.torque > 0.0).any() or not (drive.rows.speed > 0.0).any():
        raise DutyError("duty.no-work", duty=name)


def held_durations(name: str, times: FloatArray, *, longest: float = 10.0) -> FloatArray:
    """Return how long each row of a log holds: until the next one; the last as the one before.

    Args:
        name: of the duty, for the error.
        times: s, rising, shape (rows,).
        longest: a longer step is a gap, s.

    Raises:
        DutyError: there is a gap, or fewer than two rows.
    """
    if times.size < 2:
        raise DutyError("duty.too-short", duty=name, duration="0", least=f"{SHORTEST:.0f}")
    steps = np.diff(times)
    gaps = np.flatnonzero(steps > longest)
    if gaps.size:
        place = int(gaps[0])
        raise DutyError(
            "duty.gap",
            duty=name,
            column=Message("duty.engine-speed"),
            gaps=int(gaps.size),
            at=f"{times[place]:.0f}",
            length=f"{steps[place]:.0f}",
            longest=f"{longest:.0f}",
        )
    return np.concatenate((steps, steps[-1:]))
