"""Every row of a long run, read once and in blocks: what happened, hourly medians, odd rows.

Operating events are those of `analysis.operating_stream`; here rows of run files are fed to it, on
one axis of time for all files of a series. A year at 1 Hz needs the memory of one block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import starmap

import numpy as np
from numpy.typing import NDArray

from analysis.condition_runs import ConditionRuns
from analysis.condition_runs import Run as Rows
from analysis.fuel_cell import nickel_oxidation_potential
from analysis.operating_events import OperatingHistory, OperatingLimits
from analysis.operating_stream import OperatingStream
from bench.channel import Channel
from bench.record.port import SCAN
from bench.runs import Run
from bench.units import unit
from protocols.cell_object import CellObject
from protocols.cell_quantities import UNITS
from protocols.row_reading import good_rows
from protocols.run_series import Series

CURRENT, VOLTAGE, TEMPERATURE = "stack.current", "cell.voltage", "stack.temperature"
FUELS = ("fuel.flow", "hydrogen.flow")
SAFETY_GAS = "safety_gas.flow"
MEDIANS = (VOLTAGE, TEMPERATURE, CURRENT, *FUELS, SAFETY_GAS)
"""Channels of which hourly medians are kept."""
THERMOCOUPLES = (TEMPERATURE, "stack.hottest", "stack.outlet_temperature", "furnace.temperature")
FLOWS = (*FUELS, SAFETY_GAS, "air.flow")
STREAMED = tuple(dict.fromkeys((*MEDIANS, *THERMOCOUPLES, *FLOWS)))
"""Channels of which every row is read."""
NEGATIVE = 0.01
"""1. Share of the range below zero that is no zero offset any more. Engineering default."""
NO_FLOW = 0.005
"""1. Share of the range below which nothing flows: zero error of a flow meter. Engineering
default."""
IDLE = 0.02
"""1. Share of the rated current that counts as none, where the meter is not worse. Engineering
default."""
MOVED = 2.0
"""K. A thermocouple is frozen if another one moves by more meanwhile. Engineering default."""
COARSE = 600.0
"""s. How often temperatures are kept for that comparison."""
BLOCK = 2**16
"""Rows read at once."""
READERS = 2
"""Threads that decode columns: it is arithmetic outside of the interpreter's lock."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Flaw:
    """Rows of a channel that must not be used."""

    kind: str
    """``frozen`` or ``negative``."""
    channel: str
    """Which."""
    rows: Rows
    """Times (s) and numbers of rows, on the axis of the series."""


@dataclass(frozen=True, eq=False)
class Stream:
    """What all rows of a series show."""

    history: OperatingHistory
    """Segments, events, and hourly medians of the steady rows in the order of `columns`."""
    columns: tuple[str, ...]
    """Channels with hourly medians."""
    flaws: tuple[Flaw, ...]
    """Rows that must not be used."""
    starts: tuple[int, ...]
    """Number of the first row of each run."""
    end: float
    """Time of the last row, s."""

    def place(self, row: int) -> tuple[int, int]:
        """Return the run that a row is of, and its number there."""
        run = int(np.searchsorted(self.starts, row, side="right")) - 1
        return run, row - self.starts[run]


def limits_of(cells: CellObject, channels: Mapping[str, Channel]) -> OperatingLimits:
    """Return what tells load from none: above the zero error of what measures it."""
    current = channels.get(CURRENT)
    rated = cells.rated_current or (current.range.high if current is not None else 1.0)
    zero = 0.0
    if current is not None and current.uncertainty is not None:
        zero = 3.0 * current.uncertainty.standard(0.0, current.range.span) / rated
    spans = [channels[name].range.high for name in FUELS if name in channels]
    return OperatingLimits(
        rated_current=rated,
        idle=min(max(IDLE, zero), 0.5),
        no_flow=NO_FLOW * max(spans, default=1.0),
    )


def stream_of(series: Series, cells: CellObject, channels: Mapping[str, Channel]) -> Stream:
    """Return what all rows of a series show.

    Args:
        series: the runs.
        cells: how its cells are joined.
        channels: of the runs.

    Raises:
        RunFileError: a file is damaged.
    """
    present = [
        name
        for name in STREAMED
        if any(name in run.names for run in series.runs) and _fits(channels.get(name))
    ]
    reading = _Reading(present, limits_of(cells, channels), channels)
    starts: list[int] = []
    for number, run in enumerate(series.runs):
        starts.append(reading.rows)
        offset = series.offset_ns(number)
        for times, columns in _blocks(run, present):
            reading.eat((times + offset) / 1e9, columns)
    return Stream(
        history=reading.stream.finish(),
        columns=reading.medians,
        flaws=tuple(reading.flaws()),
        starts=tuple(starts),
        end=series.end_ns / 1e9,
    )


def _fits(channel: Channel | None) -> bool:
    """Return whether a channel is of the dimension that its name promises."""
    if channel is None or channel.name not in UNITS:
        return True
    return channel.unit.converts_to(unit(UNITS[channel.name]))


def _blocks(
    run: Run, names: Sequence[str]
) -> Iterator[tuple[NDArray[np.int64], Mapping[str, Numbers]]]:
    """Yield times (ns) and good values (SI, else NaN) of each block; the next one is read ahead."""
    own = [name for name in names if name in run.names and run.channel(name).group == SCAN]
    with ThreadPoolExecutor(READERS) as pool:
        waiting: tuple[slice, Mapping[str, Future[Numbers]]] | None = None
        for first in range(0, len(run), BLOCK):
            rows = slice(first, min(first + BLOCK, len(run)))
            columns = {name: pool.submit(_column, run, name, rows) for name in own}
            if waiting is not None:
                yield _read(run, *waiting)
            waiting = rows, columns
        if waiting is not None:
            yield _read(run, *waiting)


def _read(
    run: Run, rows: slice, columns: Mapping[str, Future[Numbers]]
) -> tuple[NDArray[np.int64], Mapping[str, Numbers]]:
    found = {name: column.result() for name, column in columns.items()}
    return run.timeline.read(rows), found


def _column(run: Run, name: str, rows: slice) -> Numbers:
    values, good = good_rows(run.channel(name), rows)
    if not good.all():
        values[~good] = np.nan
    return values


@dataclass
class _Reading:
    """Takes block after block."""

    present: Sequence[str]
    limits: OperatingLimits
    channels: Mapping[str, Channel]
    rows: int = 0
    medians: tuple[str, ...] = ()
    stream: OperatingStream = field(init=False)

    def __post_init__(self) -> None:
        self.medians = tuple(name for name in MEDIANS if name in self.present)
        self.stream = OperatingStream(self.limits, channels=len(self.medians))
        self._frozen = {
            name: ConditionRuns(self.limits.frozen_time)
            for name in THERMOCOUPLES
            if name in self.present
        }
        self._negative = {
            name: ConditionRuns(0.0)
            for name in FLOWS
            if name in self.present and name in self.channels
        }
        self._last = dict.fromkeys(self._frozen, np.nan)
        self._coarse: list[Numbers] = []

    def eat(self, times: Numbers, given: Mapping[str, Numbers]) -> None:
        """Take a block: times (s) and columns, NaN where not good."""
        nothing = np.full(times.shape, np.nan)
        columns = {name: given.get(name, nothing) for name in self.present}
        numbers = np.arange(self.rows, self.rows + times.size, dtype=np.float64)
        self.rows += times.size
        for name, runs in self._frozen.items():
            runs.eat(self._is_same(name, columns[name]), times, numbers)
        for name, runs in self._negative.items():
            is_below = columns[name] < -NEGATIVE * self.channels[name].range.span
            runs.eat(is_below, times, numbers)
            if is_below.any():
                columns[name] = np.where(is_below, np.nan, columns[name])
        self._keep(times, columns)
        fuel = _fuel(columns, nothing)
        self.stream.eat(
            times=times,
            current=columns.get(CURRENT, nothing),
            temperature=columns.get(TEMPERATURE, nothing),
            fuel=fuel,
            safety_gas=self._reducing(columns, fuel),
            values=np.stack([columns[name] for name in self.medians]).T if self.medians else None,
        )

    def flaws(self) -> Iterator[Flaw]:
        """Yield rows that must not be used, once all blocks were taken."""
        coarse = np.concatenate(self._coarse, axis=1) if self._coarse else np.zeros((1, 0))
        for name, runs in self._frozen.items():
            for rows in runs.finish():
                if self._others_move(name, rows, coarse):
                    yield Flaw("frozen", name, rows)
        for name, runs in self._negative.items():
            yield from starmap(Flaw, [("negative", name, rows) for rows in runs.finish()])

    def _is_same(self, name: str, values: Numbers) -> NDArray[np.bool_]:
        """Return which rows repeat the one before to the last digit."""
        same = np.empty(values.shape, np.bool_)
        np.equal(values[1:], values[:-1], out=same[1:])
        same[0] = values[0] == self._last[name]
        self._last[name] = float(values[-1])
        return same

    def _keep(self, times: Numbers, columns: Mapping[str, Numbers]) -> None:
        places = np.flatnonzero(np.diff(np.floor(times / COARSE), prepend=-1.0))
        loaded = columns[CURRENT] > self.limits.idle * self.limits.rated_current if (
            CURRENT in columns) else np.zeros(times.shape, np.bool_)  # fmt: skip
        kept = [times, loaded.astype(np.float64), *(columns[name] for name in self._frozen)]
        self._coarse.append(np.stack([each[places] for each in kept]))

    def _others_move(self, name: str, rows: Rows, coarse: Numbers) -> bool:
        """Return whether there was load, or another thermocouple moved, while one stood still."""
        during = coarse[:, (coarse[0] >= rows.begin) & (coarse[0] <= rows.end)]
        if not during.shape[1]:
            return False
        others = [place for place, other in enumerate(self._frozen) if other != name]
        moved = during[2:][others]
        spans = [float(np.ptp(each[np.isfinite(each)])) for each in moved if
            np.isfinite(each).any()]  # fmt: skip
        return bool(during[1].any()) or any(span > MOVED for span in spans)

    def _reducing(self, columns: Mapping[str, Numbers], fuel: Numbers) -> Numbers:
        """Return the reducing gas beside the fuel, on the scale of the fuel's limit of no flow.

        Purge gas may come through an orifice beside its meter: cells that show more than the
        potential of nickel and its oxide have reducing gas, wherever it comes from.
        """
        given = np.zeros(fuel.shape)
        if SAFETY_GAS in columns and SAFETY_GAS in self.channels:
            own = NO_FLOW * self.channels[SAFETY_GAS].range.high
            given = columns[SAFETY_GAS] * (self.limits.no_flow / own)
        if VOLTAGE in columns and TEMPERATURE in columns:
            temperature = columns[TEMPERATURE]
            asked = (fuel <= self.limits.no_flow) & (temperature > self.limits.redox)
            if asked.any():
                is_reduced = columns[VOLTAGE][asked] > _nickel(temperature[asked])
                given[asked] = np.where(is_reduced, np.inf, given[asked])
        return given


def _nickel(temperature: Numbers) -> Numbers:
    """Return the potential below which nickel oxidises, V: it is linear in the temperature (K)."""
    low, high = 600.0, 1200.0
    at_low, at_high = (nickel_oxidation_potential(temperature=each) for each in (low, high))
    return at_low + (at_high - at_low) / (high - low) * (temperature - low)


def _fuel(columns: Mapping[str, Numbers], nothing: Numbers) -> Numbers:
    """Return what flows in all lines of fuel, mol/s; NaN where one of them is not known."""
    lines = [columns[name] for name in FUELS if name in columns]
    return lines[0] if len(lines) == 1 else sum(lines[1:], lines[0]) if lines else nothing
