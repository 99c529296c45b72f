"""When a cell ran, stood hot or was cold, and what happened in between, from its minutes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.voltage_series import Event
from bench.messages import Message
from protocols.cell_results import CountRow
from protocols.cell_stream import Minutes

CURRENT = "stack.current"
TEMPERATURE = "stack.temperature"
ON = 0.1
"""1. Share of the usual current above which a cell runs. Engineering default."""
PARTIAL_CYCLE = 773.15
"""K. Colder than this, a stop is a thermal cycle (engineering default)."""
FULL_CYCLE = 373.15
"""K. Colder than this, it is a full one (engineering default)."""
TRIP_MINUTES = 2
"""A current that falls from the usual to nothing within so many minutes was tripped."""
LOAD_STEP = 0.15
"""1. Change of the current that is a load cycle when it comes back. Engineering default."""
KINDS = {
    "full thermal cycle": Message("cell.full-cycle"),
    "partial thermal cycle": Message("cell.partial-cycle"),
    "trip": Message("cell.trip"),
    "stop": Message("cell.stop"),
}
"""Kind of event → what people call it."""

Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Operation:
    """What a series did."""

    is_on: Mask
    """Minutes in which current was drawn, (n,)."""
    usual_current: float
    """Median of the current while it was drawn, A; NaN: it never was."""
    events: tuple[Event, ...]
    """Stops, trips and thermal cycles; at the return to operation."""
    trips: int
    """Trips; the last one may have no return."""
    starts: int
    """How often operation began."""
    load_cycles: int
    """How often the load was changed and came back."""
    observed: float
    """Time of which there are rows, s."""
    on: float
    """Time in operation, s."""
    period: float
    """From the first begin of operation to the end of the series, s."""


def operation_of(minutes: Minutes) -> Operation:
    """Return what a series did."""
    current = minutes.means.get(CURRENT, np.full(minutes.times.shape, np.nan))
    seen = np.isfinite(current)
    drawn = current[seen & (current > 0.02 * float(np.max(current, where=seen, initial=0.0)))]
    usual = float(np.median(drawn)) if drawn.size else math.nan
    is_on = seen & (np.nan_to_num(current) > ON * usual) if drawn.size else np.zeros_like(seen)
    rows = np.flatnonzero(seen)
    on_rows = np.flatnonzero(is_on)
    events = tuple(_events(minutes, current, is_on, rows, usual)) if on_rows.size else ()
    changes = np.diff(is_on[rows].astype(np.int8), prepend=0)
    ended_by_trip = _last_trip(current, is_on, rows, usual)
    return Operation(
        is_on=is_on,
        usual_current=usual,
        events=events,
        trips=sum(each.kind == "trip" for each in events) + ended_by_trip,
        starts=int(np.count_nonzero(changes == 1)),
        load_cycles=_load_cycles(current[is_on], usual),
        observed=60.0 * rows.size,
        on=60.0 * on_rows.size,
        period=60.0 * (minutes.times.size - int(on_rows[0])) if on_rows.size else 0.0,
    )


def _events(
    minutes: Minutes, current: Numbers, is_on: Mask, rows: NDArray[np.intp], usual: float
) -> Iterator[Event]:
    """Yield what interrupted operation, at the return to it."""
    running = rows[is_on[rows]]
    temperature = minutes.means.get(TEMPERATURE)
    for last, back in itertools.pairwise(running.tolist()):
        between = rows[(rows > last) & (rows < back)] if back - last > 1 else rows[:0]
        if not between.size:
            continue  # neighbours, or a gap in which nobody knows what was done
        coldest = math.inf
        if temperature is not None and np.isfinite(temperature[between]).any():
            coldest = float(np.nanmin(temperature[between]))
        fell = current[max(0, last - TRIP_MINUTES) : last].tolist()
        yield Event(time=float(minutes.times[back]), kind=_kind(coldest, fell, usual))


def _kind(coldest: float, before: list[float], usual: float) -> str:
    if coldest < FULL_CYCLE:
        return "full thermal cycle"
    if coldest < PARTIAL_CYCLE:
        return "partial thermal cycle"
    return "trip" if any(each > 0.8 * usual for each in before) else "stop"


def _last_trip(current: Numbers, is_on: Mask, rows: NDArray[np.intp], usual: float) -> int:
    """Return 1 where the last operation ended by a trip and nothing followed."""
    running = rows[is_on[rows]]
    if not running.size or running[-1] == rows[-1]:
        return 0
    last = int(running[-1])
    fell = current[max(0, last - TRIP_MINUTES) : last].tolist()
    return int(any(each > 0.8 * usual for each in fell))


def _load_cycles(current: Numbers, usual: float) -> int:
    """Return how often the current left the usual one by more than a load step and came back."""
    away = np.abs(current - usual) > LOAD_STEP * usual
    return int(np.count_nonzero(np.diff(away.astype(np.int8)) == -1))


def count_rows(found: Operation) -> tuple[CountRow, ...]:
    """Return hours, availability and counts for people."""
    hour = 3600.0
    kinds = [each.kind for each in found.events]
    between = found.on / found.trips / hour if found.trips else math.nan
    available = 100.0 * found.on / found.period if found.period else math.nan
    rows = (
        ("operating_time", "cell.operating-time", found.on / hour, "h"),
        ("observed_time", "cell.observed-time", found.observed / hour, "h"),
        ("availability", "cell.availability", available, "%"),
        ("mean_time_between_failures", "cell.mtbf", between, "h"),
        ("starts", "cell.starts", float(found.starts), ""),
        ("trips", "cell.trips", float(found.trips), ""),
        ("thermal_cycles", "cell.thermal-cycles", float(sum("thermal" in k for k in kinds)), ""),
        ("full_thermal_cycles", "cell.full-cycles", float(kinds.count("full thermal cycle")), ""),
        ("load_cycles", "cell.load-cycles", float(found.load_cycles), ""),
    )
    return tuple(
        CountRow(name=name, title=Message(title), value=value, unit=shown)
        for name, title, value, shown in rows
    )
