"""Reads a field duty: a shipped profile, or the log of a vehicle as CSV or MDF4.

A log is refused in words, never bent: with a gap, in units that are none of the quantity, without
distance, of another engine. What instruments sent at different times is brought to the times of
the engine speed, in straight lines.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from analysis.checks import FloatArray
from bench.clock import SECOND
from bench.errors import did_you_mean
from bench.messages import Message
from bench.runs.importing.encoding import examine
from bench.runs.importing.lines import TableFile
from bench.runs.importing.mdf_signals import MdfSignal, read_mdf_signals
from bench.runs.importing.table import Choices, open_table
from bench.units import ONE, Unit, UnitError, unit
from protocols.duty_columns import (
    ALL,
    KNOWN_NAMES,
    REFERENCE_TORQUE,
    Wanted,
    factor_of,
    found_columns,
)
from protocols.duty_profiles import DUTIES, PROFILES
from protocols.engine_mechanisms import EngineRows
from protocols.field_duty import (
    Drive,
    DutyError,
    FieldDuty,
    duty_as_driven,
    duty_with_starts,
    held_durations,
)
from protocols.wording import Text

LONGEST_GAP: Final = 10.0
"""A longer time without a value is a gap, s (engineering default)."""
EFFICIENCY: Final = 0.40
"""Brake thermal efficiency by which a duty without a fuel flow burns (engineering default)."""
HEATING_VALUE: Final = 119.96e6
"""Lower heating value of hydrogen, J/kg (ISO 6976)."""
MDF: Final = frozenset({".mf4", ".mdf", ".dat"})
"""Endings of measurement data format."""


@dataclass(frozen=True, eq=False)
class Signal:
    """What one column says, in SI where it has a unit."""

    column: str
    """As in the file."""
    unit: Unit
    """As in the file."""
    times: FloatArray
    """s, rising."""
    values: FloatArray
    """In its unit; NaN: none."""


def field_duty(
    name: str,
    *,
    reference_torque: float = math.nan,
    starts_per_1000_km: float = math.nan,
    source: Text = "",
) -> FieldDuty:
    """Return a field duty: a shipped profile by name, else the log at a path.

    Args:
        name: ``regional-haul``, ``delivery``, or a path to a CSV or MDF4 file.
        reference_torque: of a log whose torque is a share (SAE J1939 SPN 513), N m; NaN: it stands
            in the file.
        starts_per_1000_km: cold starts of such a vehicle; NaN: those of the profile, or as driven.
        source: where it comes from; empty: the origin of the profile, or the file.

    Raises:
        DutyError: it cannot be used.
        RunFileError: the file cannot be read.
    """
    profile = PROFILES.get(name)
    path = DUTIES / f"{name}.csv" if profile else Path(name)
    if not profile and not path.suffix:
        raise DutyError("duty.unknown", duty=name, hint=did_you_mean(name, PROFILES))
    drive = drive_of(path, reference_torque=reference_torque)
    if profile and math.isnan(starts_per_1000_km):
        starts_per_1000_km = profile.starts_per_1000_km
    told = source or (
        profile.origin if profile else Message("duty.source-file", {"file": path.name})
    )
    called = name if profile else path.name
    if math.isnan(starts_per_1000_km):
        return duty_as_driven(called, told, drive)
    return duty_with_starts(called, told, drive, starts_per_1000_km)


def drive_of(path: Path, *, reference_torque: float = math.nan) -> Drive:
    """Return the drive that a log holds.

    Args:
        path: CSV with names and units in its header, or MDF4.
        reference_torque: what 100 % of a torque that is a share means, N m.

    Raises:
        DutyError: a column is missing or twice, units do not fit, there is a gap, a value is none.
        RunFileError: the file cannot be read, or MDF4 cannot be read on this machine.
    """
    there = _of_mdf(path) if path.suffix.lower() in MDF else _of_table(path)
    columns = found_columns(path.name, there)
    signals = {
        each.key: _in_si(path.name, each, there[columns[each.key]])
        for each in ALL
        if each.key in columns
    }
    return _drive(path.name, signals, reference_torque)


def _of_table(path: Path) -> dict[str, Signal]:
    with TableFile(examine(path)) as file:
        table = open_table(file, Choices())
        blocks = list(table.blocks())
        columns = table.columns
    first = int(blocks[0].times[0])
    times = np.concatenate([(block.times - first) / SECOND for block in blocks])
    values = np.concatenate([block.values for block in blocks])
    return {
        each.name: Signal(each.name, each.unit, times, values[:, place])
        for place, each in enumerate(columns)
    }


def _of_mdf(path: Path) -> dict[str, Signal]:
    found: dict[str, Signal] = {}
    for each in read_mdf_signals(path, KNOWN_NAMES):
        found[each.name] = Signal(each.name, _unit_of(path, each), each.times, each.values)
    return found


def _unit_of(path: Path, signal: MdfSignal) -> Unit:
    if not signal.unit.strip():
        return ONE
    try:
        return unit(_SPELLINGS.get(signal.unit.strip(), signal.unit.strip()))
    except UnitError as error:
        raise DutyError(
            "duty.unknown-unit", duty=path.name, column=signal.name, unit=signal.unit
        ) from error


_SPELLINGS: Final = {"Nm": "N*m", "°C": "degC", "C": "degC", "r/min": "rpm", "1/min": "rpm"}
"""Units of MDF4 and J1939 outside the units' own language."""


@dataclass(frozen=True, eq=False)
class _Known:
    """A signal in SI."""

    wanted: Wanted
    times: FloatArray
    values: FloatArray
    is_share: bool


def _in_si(duty: str, wanted: Wanted, signal: Signal) -> _Known:
    factor, offset, is_share = factor_of(duty, wanted, signal.column, signal.unit)
    kept = np.isfinite(signal.values)
    if not kept.any():
        raise DutyError("duty.no-values", duty=duty, column=signal.column)
    times = signal.times[kept]
    if wanted is not REFERENCE_TORQUE:  # a number of the engine, which need not be told again
        # a column may be slower than others, but not silent
        whole = np.concatenate((signal.times[:1], times, signal.times[-1:]))
        _check_gaps(duty, signal.column, whole)
    return _Known(wanted, times, signal.values[kept] * factor + offset, is_share)


def _check_gaps(duty: str, column: str, times: FloatArray) -> None:
    steps = np.diff(times)
    if steps.size and steps.max() > LONGEST_GAP:
        place = int(np.argmax(steps > LONGEST_GAP))
        raise DutyError(
            "duty.gap",
            duty=duty,
            column=column,
            gaps=int((steps > LONGEST_GAP).sum()),
            at=f"{times[place] - times[0]:.0f}",
            length=f"{steps[place]:.0f}",
            longest=f"{LONGEST_GAP:.0f}",
        )


def _drive(duty: str, signals: Mapping[str, _Known], reference_torque: float) -> Drive:
    needed = [each for each in signals.values() if each.wanted.is_needed]
    begin = max(float(each.times[0]) for each in needed)
    end = min(float(each.times[-1]) for each in needed)
    times = signals["speed"].times
    times = times[(times >= begin) & (times <= end)]
    on_grid = {key: np.interp(times, each.times, each.values) for key, each in signals.items()}
    held = held_durations(duty, times, longest=LONGEST_GAP)
    if signals["torque"].is_share:
        on_grid["torque"] = on_grid["torque"] * _full_torque(duty, on_grid, reference_torque)
    _check_physical(duty, on_grid)
    speed, torque = on_grid["speed"], on_grid["torque"]
    turns = speed > 0.0
    power = np.maximum(speed * torque, 0.0)
    injecting = on_grid["injecting"] > 0.5 if "injecting" in on_grid else turns & (torque >= 0.0)
    rows = EngineRows(
        held=held,
        speed=speed,
        torque=torque,
        coolant=on_grid["coolant"],
        oil=on_grid["oil"],
        exhaust=on_grid["exhaust"],
        injecting=injecting,
        fuel=on_grid.get("fuel", power / (EFFICIENCY * HEATING_VALUE)),
    )
    return Drive(rows, on_grid["vehicle_speed"])


def _full_torque(
    duty: str, on_grid: Mapping[str, FloatArray], reference_torque: float
) -> FloatArray | float:
    """Return what 100 % means, N m: as given, or as the file says."""
    if math.isfinite(reference_torque) and reference_torque > 0.0:
        return reference_torque
    if REFERENCE_TORQUE.key in on_grid:
        return on_grid[REFERENCE_TORQUE.key]
    raise DutyError("duty.no-reference-torque", duty=duty)


def _check_physical(duty: str, on_grid: Mapping[str, FloatArray]) -> None:
    """Refuse values that are none: below zero, or temperatures of no engine."""
    for wanted in ALL:
        if wanted.key not in on_grid or wanted.key not in _RANGES:
            continue
        low, high = _RANGES[wanted.key]
        values = on_grid[wanted.key]
        worst = float(values.min()) if values.min() < low else float(values.max())
        if not low <= worst <= high:
            raise DutyError(
                "duty.value",
                duty=duty,
                quantity=wanted.title,
                value=wanted.unit.shown(worst),
                low=wanted.unit.shown(low),
                high=wanted.unit.shown(high),
            )


_RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "vehicle_speed": (0.0, 60.0),
    "speed": (0.0, 1000.0),
    "coolant": (220.0, 420.0),
    "oil": (220.0, 450.0),
    "exhaust": (220.0, 1400.0),
    "fuel": (0.0, 1.0),
}
"""What a vehicle can show, SI (engineering default): outside a unit or a sensor is wrong."""
