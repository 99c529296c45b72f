"""Rows of a run in blocks, as columns the campaign needs: SI, with how long each row held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.clock import SECOND
from bench.record.port import SCAN
from bench.runs import Run
from bench.units import unit
from protocols.engine_points import LEAST_FUEL_SHARE
from protocols.row_reading import good_rows

Numbers = NDArray[np.float64]
BLOCK = 2**16
"""Rows read at once."""
SLACK = 1.5
"""1. Rows further apart than this many periods (or leaps) have a gap between them."""

SPEED, TORQUE, FUEL = "engine.speed", "engine.torque", "fuel.flow"
COOLANT, OIL, EXHAUST = "coolant.temperature", "oil.temperature", "exhaust.temperature"
BALANCE = "oil.mass"
NEEDED: Final = {SPEED: "rpm", TORQUE: "N*m", FUEL: "kg/h", COOLANT: "degC", OIL: "degC",
    EXHAUST: "degC"}  # fmt: skip
"""Channel → a unit of its dimension: without them nothing can be said of mechanisms."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Consecutive rows; every array has one number per row, SI."""

    times_ns: NDArray[np.int64]
    """Monotonic."""
    held: Numbers
    """How long each row held, s."""
    columns: Mapping[str, Numbers]
    """Channel → values; NaN where not good."""

    def cut(self, first: int, last: int) -> Rows:
        """Return the rows from `first` up to before `last`."""
        part = slice(first, last)
        columns = {name: values[part] for name, values in self.columns.items()}
        return Rows(self.times_ns[part], self.held[part], columns)


def missing_in(run: Run) -> tuple[str, ...]:
    """Return the channels that mechanisms need and the run has not, or of another dimension."""
    scans = {name: run.channel(name) for name in NEEDED if name in run.names}
    return tuple(
        name
        for name, text in NEEDED.items()
        if name not in scans
        or scans[name].group != SCAN
        or not scans[name].unit.converts_to(unit(text))
    )


def least_fuel(run: Run) -> float:
    """Return the fuel flow above which the engine is fuelled, kg/s."""
    return LEAST_FUEL_SHARE * run.channel(FUEL).range.span


def rows_of(run: Run, first: int, last: int) -> Iterator[Rows]:
    """Yield the rows of a run from `first` up to before `last`, in blocks.

    Raises:
        RunFileError: the file is damaged there.
    """
    names = [
        name for name in (*NEEDED, BALANCE) if name in run.names and run.channel(name).group == SCAN
    ]
    largest = SLACK * max(run.header.scan_period_ns, run.header.stretch_ns) / SECOND
    for begin in range(first, last, BLOCK):
        end = min(begin + BLOCK, last)
        times = run.timeline.read(slice(begin, min(end + 1, len(run))))
        columns = {name: _good(run, name, slice(begin, end)) for name in names}
        yield Rows(times[: end - begin], _held(times, end - begin, largest, run), columns)


def _held(times: NDArray[np.int64], count: int, largest: float, run: Run) -> Numbers:
    """Return how long each row held, s: until the next one; before a gap, one period."""
    held = np.full(count, run.header.scan_period_ns / SECOND)
    known = np.diff(times[: count + 1]) / SECOND
    held[: known.size] = np.where(known > largest, held[: known.size], known)
    if times.size == count:  # the last row of the run: nobody says how long it held
        held[-1:] = 0.0
    return held


def _good(run: Run, name: str, rows: slice) -> Numbers:
    values, good = good_rows(run.channel(name), rows)
    return np.where(good, values, np.nan)
