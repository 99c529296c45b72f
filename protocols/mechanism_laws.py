"""What one row wears: the laws of all mechanisms that add up row by row.

Cycles (torque, coolant temperature) are no such law: they need the rows around.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.checks import BoolArray, FloatArray
from protocols.engine_rows import EngineRows
from protocols.mechanism_table import (
    BEARING,
    INJECTOR,
    PEAK_PRESSURE,
    THERMAL_AGEING,
    VALVE_SEAT,
    WEAR,
    Mechanism,
    MechanismSettings,
)

_STROKES: Final = 4.0 * math.pi
"""Mean effective pressure x displacement over torque, four-stroke."""
_REVOLUTION: Final = 2.0 * math.pi

Damage = tuple[float, float, float]
"""At the low, nominal and high exponent."""


@dataclass(frozen=True, eq=False)
class Running:
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


def weighed(first: FloatArray, second: FloatArray) -> float:
    """Return the scalar product; `np.dot` would wake threads for what takes a microsecond."""
    return float((first * second).sum())


def reference_torque(settings: MechanismSettings) -> float:
    """Return the torque whose damage counts as one, N m."""
    return settings.reference_pressure * settings.displacement / _STROKES


def running_rows(rows: EngineRows, turning: BoolArray, settings: MechanismSettings) -> Running:
    """Return the rows in which the engine runs.

    Args:
        rows: all of them.
        turning: in which of them it runs, shape (rows,).
        settings: what counts as one.
    """
    held, speed = rows.held[turning], rows.speed[turning]
    with np.errstate(divide="ignore"):  # no load: a power of zero is zero
        load = np.log(np.abs(rows.torque[turning]) / reference_torque(settings))
    highest = settings.motored_peak + settings.peak_per_pressure * settings.reference_pressure
    pressure = np.maximum(rows.torque[turning], 0.0) * (_STROKES / settings.displacement)
    return Running(
        held=held,
        revolutions=speed * held / _REVOLUTION,
        load=load,
        peak=np.log((settings.motored_peak + settings.peak_per_pressure * pressure) / highest),
        speed=np.log(speed / settings.reference_speed),
        exhaust=rows.exhaust[turning],
        injecting=rows.injecting[turning],
    )


def damage_of(running: Running, mechanism: Mechanism, settings: MechanismSettings) -> Damage:
    """Return what running rows add to a mechanism, at its three exponents."""
    rate = RATES[mechanism.name]
    found: dict[float, float] = {}
    for exponent in mechanism.exponents.values():
        if exponent not in found:
            found[exponent] = rate(running, exponent, settings)
    low, nominal, high = (found[exponent] for exponent in mechanism.exponents.values())
    return low, nominal, high


def _peak_pressure(running: Running, exponent: float, _: MechanismSettings) -> float:
    return 0.5 * weighed(running.revolutions, np.exp(exponent * running.peak))


def _bearing(running: Running, exponent: float, _: MechanismSettings) -> float:
    return weighed(running.revolutions, np.exp(exponent * running.load))


def _valve_seat(running: Running, exponent: float, _: MechanismSettings) -> float:
    return 0.5 * weighed(running.revolutions, np.exp(exponent * running.speed))


def _injector(running: Running, exponent: float, _: MechanismSettings) -> float:
    # one actuation a cycle, whatever the exponent: a count has none
    del exponent
    return 0.5 * float(running.revolutions[running.injecting].sum())


def _wear(running: Running, exponent: float, _: MechanismSettings) -> float:
    return weighed(running.revolutions, np.exp(exponent * running.load))


def _thermal_ageing(running: Running, reactivity: float, settings: MechanismSettings) -> float:
    known = np.isfinite(running.exhaust) & (running.exhaust > 0.0)
    inverse = 1.0 / settings.reference_temperature
    rate = np.exp(reactivity * (inverse - 1.0 / running.exhaust[known]))
    return weighed(running.held[known], rate)


RATES: Final[Mapping[str, Callable[[Running, float, MechanismSettings], float]]] = {
    PEAK_PRESSURE.name: _peak_pressure,
    BEARING.name: _bearing,
    VALVE_SEAT.name: _valve_seat,
    INJECTOR.name: _injector,
    WEAR.name: _wear,
    THERMAL_AGEING.name: _thermal_ageing,
}
