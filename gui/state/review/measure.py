"""What cursors and a band say of a channel, from its samples; never from a picture of them.

Only samples that are OK and new count, each with the same weight: mean and deviation are those
that numpy gives for the raw values (deviation with the divisor count - 1, as `info` has it).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bench.channel import Quality
from bench.errors import RunFileError
from bench.messages import Message
from bench.runs import Run, RunChannel, Window
from bench.units import ONE, Unit
from gui.state.review.formula import Formula, ReadFormula, read_formula
from gui.state.review.formula_values import evaluated

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
ROWS_AT_ONCE = 1_000_000
"""Rows that are read in one go: between two, pictures of others may be drawn."""


@dataclass(frozen=True)
class Tally:
    """What is counted of some samples, in SI; tallies add up."""

    count: int = 0
    """Good samples."""
    minimum: float = math.nan
    """Smallest; NaN: there is none."""
    maximum: float = math.nan
    """Largest; NaN: there is none."""
    mean: float = math.nan
    """Mean; NaN: there is none."""
    squares: float = 0.0
    """Sum of squared distances from the mean."""

    @property
    def deviation(self) -> float:
        """Sample standard deviation (divisor count - 1); NaN: below two samples."""
        return math.sqrt(self.squares / (self.count - 1)) if self.count > 1 else math.nan

    def plus(self, values: Floats) -> Tally:
        """Return the tally with further values, none of them NaN.

        Source: T. F. Chan, G. H. Golub, R. J. LeVeque, Updating formulae and a pairwise
        algorithm for computing sample variances, 1979.
        """
        if not len(values):
            return self
        mean = float(values.mean())
        squares = float(np.square(values - mean).sum())
        low, high = float(values.min()), float(values.max())
        if not self.count:
            return Tally(len(values), low, high, mean, squares)
        count = self.count + len(values)
        apart = mean - self.mean
        return Tally(
            count,
            min(self.minimum, low),
            max(self.maximum, high),
            self.mean + apart * len(values) / count,
            self.squares + squares + apart**2 * self.count * len(values) / count,
        )


@dataclass(frozen=True)
class Reading:
    """What two cursors say of a channel, SI."""

    a: float = math.nan
    """Value at the first cursor: the newest sample that was OK; NaN: there is none."""
    b: float = math.nan
    """Value at the second cursor."""
    seconds: float = math.nan
    """From the first to the second, s."""

    @property
    def difference(self) -> float:
        """Second minus first, SI."""
        return self.b - self.a

    @property
    def slope(self) -> float:
        """Difference per second, SI/s; NaN where both cursors stand at one time."""
        return self.difference / self.seconds if self.seconds else math.nan


@dataclass(frozen=True)
class Rows:
    """Consecutive rows of a channel."""

    first: int
    """First row."""
    last: int
    """Row before which it ends."""


@dataclass(frozen=True)
class Subject:
    """What is measured: a channel or formula of a run, at cursors and in a band."""

    key: str
    """As `Curve.key`."""
    run: str
    """Key of the run."""
    what: str | Formula
    """Channel, or formula."""
    a_ns: int | None = None
    """First cursor, monotonic; None: not shown."""
    b_ns: int | None = None
    """Second cursor."""
    band: Window | None = None
    """From when to when values are counted; None: not at all."""


@dataclass(frozen=True)
class Measured:
    """What is known of a subject."""

    reading: Reading = field(default_factory=Reading)
    """At the cursors."""
    tally: Tally = field(default_factory=Tally)
    """In the band."""
    left: Rows = field(default_factory=lambda: Rows(0, 0))
    """Rows of the band that are not counted yet."""
    unit: Unit = ONE
    """Unit in which it is shown."""
    problem: Message | None = None
    """Why it cannot be measured."""

    @property
    def is_counted(self) -> bool:
        """Whether all of the band is counted."""
        return self.left.first >= self.left.last


def look_at(run: Run, subject: Subject) -> Measured:
    """Return what the cursors say of a subject, and which rows are to be counted.

    Raises:
        RunFileError: there is no such channel, or the file is damaged.
        ConfigError: the formula makes no sense in this run.
    """
    column = column_of(run, subject.what)
    band = subject.band
    left = Rows(0, 0) if band is None else column.rows(band.start_ns, band.end_ns)
    reading = reading_of(column, subject.a_ns, subject.b_ns)
    return Measured(reading, left=left, unit=column.unit)


def count_on(run: Run, subject: Subject, measured: Measured) -> Measured:
    """Return what is known after some more rows are counted.

    Raises:
        RunFileError: the file is damaged there.
    """
    column = column_of(run, subject.what)
    piece = next(pieces_of(measured.left), Rows(0, 0))
    _, values = column.good(piece)
    left = Rows(piece.last, measured.left.last)
    return replace(measured, tally=measured.tally.plus(values), left=left)


def column_of(run: Run, what: str | Formula) -> Column:
    """Return a channel, or what a formula means in a run.

    Raises:
        RunFileError: there is no such channel, or the file is damaged.
        ConfigError: the formula makes no sense in this run.
    """
    return Column(run, what if isinstance(what, str) else read_in(run, what))


def read_in(run: Run, formula: Formula) -> ReadFormula:
    """Return what a formula means in a run.

    Raises:
        BenchError: it makes no sense there.
    """

    def unit_of(name: str) -> Unit | None:
        try:
            return run.channel(name).unit
        except RunFileError:
            return None

    return read_formula(formula, unit_of, run.names)


class Column:
    """One channel of a run, or a formula over some of them, read by the rows of the densest."""

    def __init__(self, run: Run, wanted: str | ReadFormula) -> None:
        """Take the channels.

        Raises:
            RunFileError: there is no such channel, or the file is damaged.
        """
        self._formula = None if isinstance(wanted, str) else wanted
        names = (wanted,) if isinstance(wanted, str) else sorted(wanted.resolved.names)
        self._channels: dict[str, RunChannel] = {name: run.channel(name) for name in names}
        self._leading = max(self._channels.values(), key=len)

    @property
    def group(self) -> str:
        """Group of channels whose rows it is read by."""
        return self._leading.group

    @property
    def unit(self) -> Unit:
        """Unit in which it is shown."""
        return self._formula.unit if self._formula else self._leading.channel.shown_unit

    def rows(self, start_ns: int, end_ns: int) -> Rows:
        """Return the rows from one moment to another, both included."""
        found = self._leading.rows.timeline.window(start_ns, end_ns)
        return Rows(found.start, found.stop)

    def times(self, rows: Rows) -> Times:
        """Return the times of rows, ns; rows beyond the end are left out."""
        last = min(rows.last, len(self._leading))
        return self._leading.rows.timeline.read(slice(rows.first, max(rows.first, last)))

    def good(self, rows: Rows) -> tuple[Times, Floats]:
        """Return times and values, SI, of the good samples among rows."""
        times = self.times(rows)
        if not len(times):
            return times, np.empty(0)
        if self._formula is None:
            samples = self._leading.good(int(times[0]), int(times[-1]))
            values = _flat(samples.values)
            known = ~np.isnan(values)
            return samples.times_ns[known], values[known]
        values = self.held(times)
        known = ~np.isnan(values)
        return times[known], values[known]

    def held(self, times_ns: Times) -> Floats:
        """Return the values at some rising times, SI: each the newest one that was there then."""
        columns = {name: held_values(each, times_ns) for name, each in self._channels.items()}
        if self._formula is None:
            return columns[self._leading.name]
        return evaluated(self._formula.resolved, columns, len(times_ns))


def held_values(channel: RunChannel, times_ns: Times) -> Floats:
    """Return the newest value of a channel at some rising times, SI.

    Returns:
        One value per time; NaN before the first sample, and where the newest one is not OK.
    """
    if not len(times_ns):
        return np.empty(0)
    timeline = channel.rows.timeline
    before = timeline.window(None, int(times_ns[0])).stop
    start_ns = timeline[before - 1] if before else int(times_ns[0])
    samples = channel.values_si(start_ns, int(times_ns[-1]))
    if not len(samples):
        return np.full(len(times_ns), np.nan)
    values = np.where(samples.qualities == Quality.OK, _flat(samples.values), np.nan)
    at = np.searchsorted(samples.times_ns, times_ns, side="right") - 1
    return np.where(at < 0, np.nan, values[np.maximum(at, 0)])


def reading_of(column: Column, a_ns: int | None, b_ns: int | None) -> Reading:
    """Return what cursors say; None: that cursor is not shown."""
    a, b = (
        math.nan if at is None else float(column.held(np.array([at], np.int64))[0])
        for at in (a_ns, b_ns)
    )
    seconds = math.nan if a_ns is None or b_ns is None else (b_ns - a_ns) / 1e9
    return Reading(a, b, seconds)


def pieces_of(rows: Rows, at_once: int = ROWS_AT_ONCE) -> Iterator[Rows]:
    """Yield rows in pieces that are read in one go."""
    for first in range(rows.first, rows.last, at_once):
        yield Rows(first, min(first + at_once, rows.last))


def _flat(values: Floats) -> Floats:
    """Return one value per row; of traces their mean."""
    return values if values.ndim == 1 else values.mean(axis=1)
