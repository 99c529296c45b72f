"""What rows of a hydrogen engine have worn, mechanism by mechanism; parts of a record are joined.

A row counts for as long as it was held, since rows of stretched scans lie unevenly in time. What is
counted is small and joins associatively, so that a campaign is read in pieces, in any grouping.
Bench and field duty go through this code alike: only the ratio of both is ever told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analysis.checks import BoolArray, FloatArray
from analysis.rainflow import RainflowPart, count, finished, followed, join
from protocols.mechanism_table import (
    BEARING,
    INJECTOR,
    PEAK_PRESSURE,
    THERMAL_AGEING,
    THERMAL_SHOCK,
    TORQUE,
    VALVE_SEAT,
    WEAR,
    Mechanism,
    MechanismSettings,
)

BLOCK: Final = 1 << 15
"""Rows that are counted together: few enough to stay in the cache of a core."""
_STROKES: Final = 4.0 * math.pi
"""Mean effective pressure x displacement over torque, four-stroke."""
_REVOLUTION: Final = 2.0 * math.pi

Damage = tuple[float, float, float]
"""At the low, nominal and high exponent."""
_NONE: Final[Damage] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class EngineRows:
    """Rows of an engine, in time; each array has the shape (rows,)."""

    held: FloatArray
    """How long each row holds, s; zero: nothing is concluded from it but turning points."""
    speed: FloatArray
    """Engine speed, rad/s; NaN: not known."""
    torque: FloatArray
    """At the flange, N m; NaN: not known."""
    coolant: FloatArray
    """Coolant temperature, K; NaN: not known."""
    oil: FloatArray
    """Oil temperature, K; NaN: not known."""
    exhaust: FloatArray
    """Exhaust temperature, K; NaN: not known."""
    injecting: BoolArray
    """Whether hydrogen is injected."""
    fuel: FloatArray
    """Hydrogen flow, kg/s; NaN: not known."""

    def __post_init__(self) -> None:
        """Refuse arrays of different lengths."""
        sizes = {name: array.shape for name, array in vars(self).items()}
        if len(set(sizes.values())) != 1 or self.held.ndim != 1:
            message = f"rows must be one-dimensional and equally many, got {sizes}"
            raise ValueError(message)
        if not (self.held >= 0.0).all():
            raise ValueError("held durations must not be negative, nor no number")

    def __len__(self) -> int:
        return self.held.size

    def cut(self, begin: int, end: int) -> EngineRows:
        """Return the rows from one place to before another."""
        return EngineRows(**{name: array[begin:end] for name, array in vars(self).items()})


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
    """Mechanism → running time during which what it needs was not known, s."""
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
    """Mechanism → running time that is not in its damage, s."""
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
        damage={name: _NONE for name in _RATES if name in names},
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


def _weighed(first: FloatArray, second: FloatArray) -> float:
    """Return the scalar product; `np.dot` would wake threads for what takes a microsecond."""
    return float((first * second).sum())


def _plus(first: float, second: float) -> float:
    return first + second


def _each(of: Callable[[float, float], float], first: Damage, second: Damage) -> Damage:
    low, nominal, high = (of(mine, theirs) for mine, theirs in zip(first, second, strict=True))
    return low, nominal, high


def _exponents(settings: MechanismSettings, name: str) -> tuple[float, float, float]:
    found = (each.exponents.values() for each in settings.mechanisms if each.name == name)
    return next(found, _NONE)


@dataclass(frozen=True, eq=False)
class _Running:
    """The rows in which the engine runs, in shares of the references."""

    held: FloatArray
    revolutions: FloatArray
    load: FloatArray
    """Logarithm of the mean effective pressure, braked or driven: a power is an exponential."""
    peak: FloatArray
    """Logarithm of the peak cylinder pressure."""
    speed: FloatArray
    """Logarithm of the engine speed."""
    exhaust: FloatArray
    """K."""
    injecting: BoolArray


def _onward(part: MechanismPart, rows: EngineRows) -> MechanismPart:
    """Return the part with a block of rows behind."""
    settings = part.settings
    known = np.isfinite(rows.speed) & np.isfinite(rows.torque)
    turning = known & (rows.speed >= settings.running_speed)
    running = _running(rows, turning, settings)
    added = _row_by_row(part, rows, known, turning, running)
    load = rows.torque[known] / _reference_torque(settings)
    warmth = rows.coolant[np.isfinite(rows.coolant)] / settings.reference_range
    after = replace(
        added, torque=followed(part.torque, load), coolant=followed(part.coolant, warmth)
    )
    return _with_starts(after, rows, known, turning)


def _reference_torque(settings: MechanismSettings) -> float:
    return settings.reference_pressure * settings.displacement / _STROKES


def _running(rows: EngineRows, turning: BoolArray, settings: MechanismSettings) -> _Running:
    held, speed = rows.held[turning], rows.speed[turning]
    with np.errstate(divide="ignore"):  # no load: a power of zero is zero
        load = np.log(np.abs(rows.torque[turning]) / _reference_torque(settings))
    highest = settings.motored_peak + settings.peak_per_pressure * settings.reference_pressure
    pressure = np.maximum(rows.torque[turning], 0.0) * (_STROKES / settings.displacement)
    return _Running(
        held=held,
        revolutions=speed * held / _REVOLUTION,
        load=load,
        peak=np.log((settings.motored_peak + settings.peak_per_pressure * pressure) / highest),
        speed=np.log(speed / settings.reference_speed),
        exhaust=rows.exhaust[turning],
        injecting=rows.injecting[turning],
    )


def _row_by_row(
    part: MechanismPart, rows: EngineRows, known: BoolArray, turning: BoolArray, running: _Running
) -> MechanismPart:
    damage = {
        name: _each(_plus, own, _damage(running, part.settings.mechanism(name), part.settings))
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
        energy=part.energy + _weighed(power, running.held),
        revolutions=part.revolutions + float(running.revolutions.sum()),
        fuel=part.fuel + _weighed(np.nan_to_num(rows.fuel), rows.held),
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


def _damage(running: _Running, mechanism: Mechanism, settings: MechanismSettings) -> Damage:
    """Return what running rows add to a mechanism, at its three exponents."""
    rate = _RATES[mechanism.name]
    found: dict[float, float] = {}
    for exponent in mechanism.exponents.values():
        if exponent not in found:
            found[exponent] = rate(running, exponent, settings)
    low, nominal, high = (found[exponent] for exponent in mechanism.exponents.values())
    return low, nominal, high


def _peak_pressure(running: _Running, exponent: float, _: MechanismSettings) -> float:
    return 0.5 * _weighed(running.revolutions, np.exp(exponent * running.peak))


def _bearing(running: _Running, exponent: float, _: MechanismSettings) -> float:
    return _weighed(running.revolutions, np.exp(exponent * running.load))


def _valve_seat(running: _Running, exponent: float, _: MechanismSettings) -> float:
    return 0.5 * _weighed(running.revolutions, np.exp(exponent * running.speed))


def _injector(running: _Running, exponent: float, _: MechanismSettings) -> float:
    # one actuation a cycle, whatever the exponent: a count has none
    del exponent
    return 0.5 * float(running.revolutions[running.injecting].sum())


def _wear(running: _Running, exponent: float, _: MechanismSettings) -> float:
    return _weighed(running.revolutions, np.exp(exponent * running.load))


def _thermal_ageing(running: _Running, reactivity: float, settings: MechanismSettings) -> float:
    known = np.isfinite(running.exhaust) & (running.exhaust > 0.0)
    inverse = 1.0 / settings.reference_temperature
    rate = np.exp(reactivity * (inverse - 1.0 / running.exhaust[known]))
    return _weighed(running.held[known], rate)


_RATES: Final[Mapping[str, Callable[[_Running, float, MechanismSettings], float]]] = {
    PEAK_PRESSURE.name: _peak_pressure,
    BEARING.name: _bearing,
    VALVE_SEAT.name: _valve_seat,
    INJECTOR.name: _injector,
    WEAR.name: _wear,
    THERMAL_AGEING.name: _thermal_ageing,
}
