"""What rows of a hydrogen engine have worn, mechanism by mechanism; parts of a record are joined.

A row counts for as long as it was held, since rows of stretched scans lie unevenly in time. What is
counted is small and joins associatively, so that a campaign is read in pieces, in any grouping.
Bench and field duty go through this code alike: only the ratio of both is ever told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analysis.checks import BoolArray
from analysis.rainflow import RainflowPart, count, finished, followed, join
from protocols.engine_rows import EngineRows
from protocols.mechanism_laws import (
    RATES,
    Damage,
    Running,
    damage_of,
    reference_torque,
    running_rows,
    weighed,
)
from protocols.mechanism_table import THERMAL_AGEING, THERMAL_SHOCK, TORQUE, MechanismSettings

BLOCK: Final = 1 << 15
"""Rows that are counted together: few enough to stay in the cache of a core."""
_NONE: Final[Damage] = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class MechanismPart:
    """What a piece of a record has worn; `join` puts pieces together, `sums` ends it."""

    settings: MechanismSettings
    """What its damage stands on."""
    torque: RainflowPart
    """Cycles of torque over the reference torque."""
    coolant: RainflowPart
    """Cycles of the coolant temperature over the reference range."""
    damage: Mapping[str, Damage]
    """Mechanism that adds up row by row → damage so far."""
    unknown: Mapping[str, float]
    """Mechanism → time during which what it needs was not known, s."""
    running: float = 0.0
    """Time with the engine running, s."""
    duration: float = 0.0
    """Time in all, s."""
    energy: float = 0.0
    """Brake energy given off, J."""
    revolutions: float = 0.0
    fuel: float = 0.0
    """Hydrogen, kg."""
    starts: int = 0
    """Standing, then running."""
    cold_starts: int = 0
    """Starts with cold oil among them."""
    first_running: bool | None = None
    """Whether the engine runs in the first row; None: there is none yet."""
    first_cold: bool = False
    """Whether the oil is cold in the first row."""
    last_running: bool | None = None
    """Whether it runs in the last row."""


@dataclass(frozen=True)
class MechanismSums:
    """What a whole record has worn; sums may be scaled and added."""

    damage: Mapping[str, Damage]
    """Mechanism → damage at its exponents low, nominal and high."""
    unknown: Mapping[str, float]
    """Mechanism → time that is not in its damage, s."""
    running: float
    """s."""
    duration: float
    """s."""
    energy: float
    """J."""
    revolutions: float
    fuel: float
    """kg."""
    starts: float
    cold_starts: float

    def __add__(self, other: MechanismSums) -> MechanismSums:
        return self._with(other, 1.0, 1.0)

    def __sub__(self, other: MechanismSums) -> MechanismSums:
        return self._with(other, 1.0, -1.0)

    def times(self, factor: float) -> MechanismSums:
        """Return what so many such records have worn."""
        return self._with(self, factor, 0.0)

    def _with(self, other: MechanismSums, mine: float, theirs: float) -> MechanismSums:
        def summed(first: float, second: float) -> float:
            return mine * first + theirs * second

        return MechanismSums(
            damage={
                name: _each(summed, own, other.damage[name]) for name, own in self.damage.items()
            },
            unknown={name: summed(own, other.unknown[name]) for name, own in self.unknown.items()},
            running=summed(self.running, other.running),
            duration=summed(self.duration, other.duration),
            energy=summed(self.energy, other.energy),
            revolutions=summed(self.revolutions, other.revolutions),
            fuel=summed(self.fuel, other.fuel),
            starts=summed(self.starts, other.starts),
            cold_starts=summed(self.cold_starts, other.cold_starts),
        )


def nothing(settings: MechanismSettings) -> MechanismPart:
    """Return the part of no row: neutral in `joined`."""
    names = {each.name for each in settings.mechanisms}
    return MechanismPart(
        settings=settings,
        torque=count([], exponents=_exponents(settings, TORQUE.name)),
        coolant=count(
            [],
            exponents=_exponents(settings, THERMAL_SHOCK.name),
            threshold=settings.least_range / settings.reference_range,
        ),
        damage={name: _NONE for name in RATES if name in names},
        unknown=dict.fromkeys((each.name for each in settings.mechanisms), 0.0),
    )


def part_of(rows: EngineRows, settings: MechanismSettings) -> MechanismPart:
    """Return what rows have worn.

    A row with an unknown speed or torque counts for nothing; one with another unknown value counts
    for nothing in what needs it. Both are told in `unknown`. No gap makes a cycle: the load goes
    the straight way from the last value before it to the first one behind.
    """
    part = nothing(settings)
    for begin in range(0, len(rows), BLOCK):
        part = _onward(part, rows.cut(begin, begin + BLOCK))
    return part


def joined(first: MechanismPart, second: MechanismPart) -> MechanismPart:
    """Return the part of both, the second one behind the first; associative.

    Raises:
        ValueError: if they stand on different settings.
    """
    if first.settings != second.settings:
        raise ValueError("parts of different settings cannot be joined")
    if first.last_running is None or second.first_running is None:
        started = False
    else:
        started = second.first_running and not first.last_running
    begun = first.first_running is not None
    return MechanismPart(
        settings=first.settings,
        torque=join(first.torque, second.torque),
        coolant=join(first.coolant, second.coolant),
        damage={name: _each(_plus, own, second.damage[name]) for name, own in first.damage.items()},
        unknown={name: own + second.unknown[name] for name, own in first.unknown.items()},
        running=first.running + second.running,
        duration=first.duration + second.duration,
        energy=first.energy + second.energy,
        revolutions=first.revolutions + second.revolutions,
        fuel=first.fuel + second.fuel,
        starts=first.starts + second.starts + started,
        cold_starts=first.cold_starts + second.cold_starts + (started and second.first_cold),
        first_running=first.first_running if begun else second.first_running,
        first_cold=first.first_cold if begun else second.first_cold,
        last_running=first.last_running if second.last_running is None else second.last_running,
    )


def sums(part: MechanismPart) -> MechanismSums:
    """Return what a record has worn, half cycles of what never closed included."""
    damage = dict(part.damage)
    names = {each.name for each in part.settings.mechanisms}
    for name, cycles in ((TORQUE.name, part.torque), (THERMAL_SHOCK.name, part.coolant)):
        if name in names:
            low, nominal, high = finished(cycles).damage
            damage[name] = (low, nominal, high)
    return MechanismSums(
        damage=damage,
        unknown=part.unknown,
        running=part.running,
        duration=part.duration,
        energy=part.energy,
        revolutions=part.revolutions,
        fuel=part.fuel,
        starts=part.starts,
        cold_starts=part.cold_starts,
    )


def sums_per_pass(part: MechanismPart) -> MechanismSums:
    """Return what one more pass of a record wears that is repeated again and again.

    What one pass leaves open the next one closes.
    """
    twice = joined(part, part)
    return sums(joined(twice, part)) - sums(twice)


def _plus(first: float, second: float) -> float:
    return first + second


def _each(of: Callable[[float, float], float], first: Damage, second: Damage) -> Damage:
    low, nominal, high = (of(mine, theirs) for mine, theirs in zip(first, second, strict=True))
    return low, nominal, high


def _exponents(settings: MechanismSettings, name: str) -> tuple[float, float, float]:
    found = (each.exponents.values() for each in settings.mechanisms if each.name == name)
    return next(found, _NONE)


def _onward(part: MechanismPart, rows: EngineRows) -> MechanismPart:
    """Return the part with a block of rows behind."""
    settings = part.settings
    known = np.isfinite(rows.speed) & np.isfinite(rows.torque)
    turning = known & (rows.speed >= settings.running_speed)
    running = running_rows(rows, turning, settings)
    added = _row_by_row(part, rows, known, turning, running)
    load = rows.torque[known] / reference_torque(settings)
    warmth = rows.coolant[np.isfinite(rows.coolant)] / settings.reference_range
    after = replace(
        added, torque=followed(part.torque, load), coolant=followed(part.coolant, warmth)
    )
    return _with_starts(after, rows, known, turning)


def _row_by_row(
    part: MechanismPart, rows: EngineRows, known: BoolArray, turning: BoolArray, running: Running
) -> MechanismPart:
    damage = {
        name: _each(_plus, own, damage_of(running, part.settings.mechanism(name), part.settings))
        for name, own in part.damage.items()
    }
    lost = float(rows.held[~known].sum())
    unknown = {name: own + lost for name, own in part.unknown.items()}
    for name, values in ((THERMAL_SHOCK.name, rows.coolant), (THERMAL_AGEING.name, rows.exhaust)):
        if name in unknown:
            unknown[name] += float(rows.held[turning & ~np.isfinite(values)].sum())
    power = rows.speed[turning] * np.maximum(rows.torque[turning], 0.0)
    return replace(
        part,
        damage=damage,
        unknown=unknown,
        running=part.running + float(running.held.sum()),
        duration=part.duration + float(rows.held.sum()),
        energy=part.energy + weighed(power, running.held),
        revolutions=part.revolutions + float(running.revolutions.sum()),
        fuel=part.fuel + weighed(np.nan_to_num(rows.fuel), rows.held),
    )


def _with_starts(
    part: MechanismPart, rows: EngineRows, known: BoolArray, turning: BoolArray
) -> MechanismPart:
    states = turning[known]
    if not states.size:
        return part
    cold = rows.oil[known] < part.settings.cold_oil
    begins = np.concatenate(([part.last_running is False], ~states[:-1])) & states
    is_first = part.first_running is None
    return replace(
        part,
        starts=part.starts + int(begins.sum()),
        cold_starts=part.cold_starts + int((begins & cold).sum()),
        first_running=bool(states[0]) if is_first else part.first_running,
        first_cold=bool(cold[0]) if is_first else part.first_cold,
        last_running=bool(states[-1]),
    )
