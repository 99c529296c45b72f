"""Time tables of demands: CSV files with one column of time and one per demand.

The header names each column with its unit: ``time [s],engine.speed [rpm],torque [%]``. Between
two rows values run linearly.
"""

from __future__ import annotations

import csv
import io
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.document import Mark, Problem
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
        values = self.columns[column]
        after = bisect_right(self.times, time)
        if after == 0:
            return values[0]
        if after == len(self.times):
            return values[-1]
        before = after - 1
        step = self.times[after] - self.times[before]
        share = (time - self.times[before]) / step
        return values[before] + share * (values[after] - values[before])


class Transform(Protocol):
    """Turns a table (normalised values) into demands, from points measured in this run."""

    def __call__(
        self, *, table: CycleTable, points: Sequence[Mapping[str, float]], data: Mapping[str, float]
    ) -> CycleTable:
        """Return the table of demands.

        Args:
            table: As read.
            points: Mean of each channel (SI) per measured window, in order.
            data: Numbers of the test object, SI.
        """
        ...


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
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("cycle.unreadable", table=name, reason=str(error)) from error
    return parse_cycle(text, name)


def parse_cycle(text: str, name: str) -> CycleTable:
    """Return a time table from its text; see `load_cycle`."""
    rows = [
        (number, row)
        for number, row in enumerate(csv.reader(io.StringIO(text)), start=1)
        if row and not row[0].lstrip().startswith("#")
    ]
    if len(rows) < 3:
        raise ConfigError("cycle.empty", table=name)
    reader = _Reader(name)
    heads = reader.heads(*rows[0])
    values = [reader.numbers(number, row, heads) for number, row in rows[1:]]
    reader.check_times(
        [(number, value[0]) for (number, _), value in zip(rows[1:], values, strict=True)]
    )
    if reader.problems:
        count = len(reader.problems)
        raise ConfigError("cycle.problems", problems=reader.problems[:50], table=name, count=count)
    columns = tuple(zip(*values, strict=True))
    return CycleTable(
        name=name,
        times=columns[0],
        columns={head: columns[i] for i, (head, _) in enumerate(heads) if i},
        units=dict(heads),
        text=text,
    )


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []

    def add(self, line: int, message_id: str, **arguments: object) -> None:
        self.problems.append(Problem(Mark(self.name, line, 1), Message(message_id, arguments)))

    def heads(self, line: int, row: Sequence[str]) -> list[tuple[str, Unit]]:
        heads: list[tuple[str, Unit]] = []
        for cell in row:
            found = _HEADER.match(cell)
            measure = ONE
            if found is not None and found["unit"]:
                try:
                    measure = unit(found["unit"])
                except UnitError as error:
                    self.problems.append(Problem(Mark(self.name, line, 1), error.message))
            heads.append((found["name"] if found else cell, measure))
        if heads[0][0] != "time" or heads[0][1].dimension != unit("s").dimension:
            self.add(line, "cycle.no-time", column=row[0])
        if len({head for head, _ in heads}) != len(heads):
            self.add(line, "cycle.column-twice")
        if len(heads) < 2:
            self.add(line, "cycle.no-columns")
        return heads

    def numbers(
        self, line: int, row: Sequence[str], heads: Sequence[tuple[str, Unit]]
    ) -> list[float]:
        if len(row) != len(heads):
            hint = "cycle.decimal-comma" if len(row) == 2 * len(heads) else "cycle.cells"
            self.add(line, hint, cells=len(row), columns=len(heads))
            return [float("nan")] * len(heads)
        numbers: list[float] = []
        for cell, (head, measure) in zip(row, heads, strict=True):
            try:
                number = measure.to_si(float(cell))
            except ValueError:
                hint = (
                    "cycle.decimal-comma"
                    if re.fullmatch(r"\s*-?\d+,\d+\s*", cell)
                    else "cycle.cell"
                )
                self.add(line, hint, cell=cell, column=head)
                number = float("nan")
            else:
                if not abs(number) < float("inf"):
                    self.add(line, "cycle.cell", cell=cell, column=head)
            numbers.append(number)
        return numbers

    def check_times(self, times: Sequence[tuple[int, float]]) -> None:
        steps: list[tuple[int, float]] = []
        if times[0][1] != 0:
            self.add(times[0][0], "cycle.start", time=times[0][1])
        for (_, before), (line, after) in zip(times, times[1:], strict=False):
            step = after - before
            if step == 0:
                self.add(line, "cycle.time-repeats", time=after)
            elif step < 0:
                self.add(line, "cycle.time-falls", time=after, before=before)
            steps.append((line, step))
        usual, count = Counter(round(step, 6) for _, step in steps).most_common(1)[0]
        if count > 0.9 * len(steps):  # a regular table: a longer step is a missing row
            for line, step in steps:
                if step > 1.5 * usual:
                    self.add(line, "cycle.gap", step=step, usual=usual)
