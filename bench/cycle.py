"""Time tables of demands: CSV files with one column of time and one per demand.

The header names each column with its unit: ``time [s],engine.speed [rpm],torque [%]``. Between
two rows values run linearly.
"""

from __future__ import annotations

import csv
import io
import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from bench.document import Mark, Problem, decoded
from bench.errors import ConfigError
from bench.messages import Message
from bench.units import ONE, Unit, UnitError, unit

LARGEST = 50_000_000
"""Longest CSV file, bytes."""


@dataclass(frozen=True)
class CycleTable:
    """A time table, SI."""

    name: str
    """File name."""
    times: tuple[float, ...]
    """s, rising."""
    columns: Mapping[str, tuple[float, ...]]
    """Column → one value per time, SI."""
    units: Mapping[str, Unit]
    """Column → unit it was written in."""
    text: str = ""
    """The file as it was."""

    @property
    def duration(self) -> float:
        """Time from the start to the last row, s."""
        return self.times[-1]

    def at(self, time: float, column: str) -> float:
        """Return a column's value at a time (s), linear between rows, held outside."""
        return self.all_at(time, (column,))[0]

    def all_at(self, time: float, columns: Iterable[str]) -> list[float]:
        """Return the value of each of some columns at a time (s); see `at`."""
        times, curves = self.times, map(self.columns.__getitem__, columns)
        after = bisect_right(times, time)
        if after == 0:
            return [values[0] for values in curves]
        if after == len(times):
            return [values[-1] for values in curves]
        before = after - 1
        share = (time - times[before]) / (times[after] - times[before])
        return [values[before] + share * (values[after] - values[before]) for values in curves]


class Transform(Protocol):
    """Turns a table (normalised values) into demands, from points measured in this run."""

    def __call__(
        self, *, table: CycleTable, points: Sequence[Mapping[str, float]], data: Mapping[str, float]
    ) -> CycleTable:
        """Return the table of demands.

        Args:
            table: As read.
            points: Mean per measured window, in order, of each channel that is named like one of
                the cycle's demands, SI.
            data: Numbers of the test object, SI.
        """
        ...


MOST_PROBLEMS = 50
"""How many problems of one table are told."""

_SECONDS = unit("s")
_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*", re.ASCII)
_HEADER = re.compile(r"^\s*(?P<name>[^\[]+?)\s*(\[(?P<unit>[^\]]*)\])?\s*$")


def load_cycle(path: Path) -> CycleTable:
    """Return a time table.

    Raises:
        ConfigError: every problem of the file with its line: no time column, decimal commas,
            text where numbers belong, gaps, times that repeat or fall.
    """
    name = path.as_posix()
    try:
        if path.stat().st_size > LARGEST:
            raise ConfigError("cycle.too-large", table=name, limit=LARGEST)
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError("cycle.unreadable", table=name, reason=reason) from error
    return parse_cycle(decoded(content, name).removeprefix("\ufeff"), name)


def parse_cycle(text: str, name: str) -> CycleTable:
    """Return a time table from its text; see `load_cycle`."""
    header, *rows = _lines(text, name)
    problems = _Problems(name)
    columns = _heads(header, problems)
    values = [_numbers(row, columns, problems) for row in rows]
    _check_times([(row, numbers[0]) for row, numbers in zip(rows, values, strict=True)], problems)
    problems.raise_if_any()
    by_column = tuple(zip(*values, strict=True))
    return CycleTable(
        name=name,
        times=by_column[0],
        columns={head: by_column[i] for i, (head, _) in enumerate(columns) if i},
        units=dict(columns),
        text=text,
    )


@dataclass(frozen=True)
class _Line:
    """One line of cells."""

    number: int
    """Line in the file, from 1."""
    cells: Sequence[str]
    """What stands between the commas."""

    def column(self, position: int) -> int:
        """Return the character, from 1, at which a cell starts, if no cell is quoted."""
        return 1 + sum(len(cell) + 1 for cell in self.cells[:position])


def _lines(text: str, name: str) -> list[_Line]:
    """Return the lines that are neither empty nor remarks, the header first."""
    reader = csv.reader(io.StringIO(text))
    found: list[_Line] = []
    before = 0
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                found.append(_Line(before + 1, cells))
            before = reader.line_num
    except csv.Error as error:
        reason = f"{error} (line {reader.line_num})"
        raise ConfigError("cycle.unreadable", table=name, reason=reason) from error
    lines = [line for line in found if not line.cells[0].lstrip().startswith("#")]
    if len(lines) < 3:
        raise ConfigError("cycle.empty", table=name)
    return lines


class _Problems:
    """What is wrong with a table, collected so that it is reported at once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._problems: list[Problem] = []

    def add(self, line: _Line, position: int, message_id: str, **arguments: object) -> None:
        """Add a problem of one cell."""
        self.take(line, position, Message(message_id, arguments))

    def take(self, line: _Line, position: int, message: Message) -> None:
        """Add a sentence about one cell."""
        mark = Mark(self._name, line.number, line.column(position))
        self._problems.append(Problem(mark, message))

    def raise_if_any(self) -> None:
        """Raise a ConfigError with the first of the problems, if there are any."""
        if self._problems:
            found = sorted(self._problems, key=lambda each: (each.mark.line, each.mark.column))
            shown, count = found[:MOST_PROBLEMS], len(found)
            raise ConfigError("cycle.problems", problems=shown, table=self._name, count=count)


_Columns = Sequence[tuple[str, Unit]]


def _heads(line: _Line, problems: _Problems) -> _Columns:
    """Return name and unit of each column."""
    if len(line.cells) < 2 and ";" in line.cells[0]:
        problems.add(line, 0, "cycle.semicolons")
        problems.raise_if_any()  # every cell would only say it again
    heads = [_head(line, position, problems) for position in range(len(line.cells))]
    if len(heads) < 2:
        problems.add(line, 0, "cycle.no-columns")
    if heads[0][0] != "time" or heads[0][1].dimension != _SECONDS.dimension:
        problems.add(line, 0, "cycle.no-time", column=line.cells[0])
    names = [name for name, _ in heads]
    for position, name in enumerate(names):
        if name in names[:position]:
            problems.add(line, position, "cycle.column-twice", column=name)
    return heads


def _head(line: _Line, position: int, problems: _Problems) -> tuple[str, Unit]:
    cell = line.cells[position]
    found = _HEADER.match(cell)
    if found is None:
        problems.add(line, position, "cycle.no-name", column=cell)
        return cell, ONE
    try:
        return found["name"], unit(found["unit"] or "")
    except UnitError as error:
        problems.take(line, position, error.message)
        return found["name"], ONE


def _numbers(line: _Line, columns: _Columns, problems: _Problems) -> list[float]:
    """Return the values of a row, SI; not a number where there is a problem."""
    given, wanted = len(line.cells), len(columns)
    if given != wanted:
        message_id = "cycle.decimal-comma" if given == 2 * wanted else "cycle.cells"
        problems.add(line, 0, message_id, cells=given, columns=wanted)
        return [math.nan] * wanted
    return [_number(line, position, columns[position], problems) for position in range(wanted)]


def _number(line: _Line, position: int, column: tuple[str, Unit], problems: _Problems) -> float:
    cell = line.cells[position]
    if _DECIMAL_COMMA.fullmatch(cell):
        problems.add(line, position, "cycle.decimal-comma")
    elif _NUMBER.fullmatch(cell) is None:
        problems.add(line, position, "cycle.cell", cell=cell, column=column[0])
    elif math.isfinite(number := column[1].to_si(float(cell))):
        return number
    else:
        problems.add(line, position, "cycle.cell", cell=cell, column=column[0])
    return math.nan


def _check_times(times: Sequence[tuple[_Line, float]], problems: _Problems) -> None:
    """Find a late start, times that repeat or fall, and missing rows in a regular table."""
    first, start = times[0]
    if start != 0 and not math.isnan(start):
        problems.add(first, 0, "cycle.start", time=start)
    steps: list[tuple[_Line, float]] = []
    for (_, before), (line, after) in pairwise(times):
        step = after - before
        if step == 0:
            problems.add(line, 0, "cycle.time-repeats", time=after)
        elif step < 0:
            problems.add(line, 0, "cycle.time-falls", time=after, before=before)
        steps.append((line, step))
    usual, count = Counter(round(step, 6) for _, step in steps).most_common(1)[0]
    if count > 0.9 * len(steps):  # a regular table: a longer step is a missing row
        for line, step in steps:
            if step > 1.5 * usual:
                problems.add(line, 0, "cycle.gap", step=step, usual=usual)
