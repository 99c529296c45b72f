"""A table as it will become a run: its time axis, its columns of numbers, its rows in blocks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.messages import Message
from bench.runs.importing.axis import TimeAxis, axis_of
from bench.runs.importing.dialect import Dialect, dialect_of
from bench.runs.importing.errors import TableError
from bench.runs.importing.headings import (
    Heading,
    check_names,
    column_called,
    full_name,
    headings_of,
    is_line_of_units,
    unit_of,
    with_units,
)
from bench.runs.importing.lines import Block, TableFile, blocks_of
from bench.runs.importing.moments import Times, zone_called
from bench.runs.importing.numbers import MISSING, NoNumberError, number, numbers_of
from bench.units import Unit


@dataclass(frozen=True)
class Choices:
    """What the user says of a table; the rest is found out."""

    time: Sequence[str] = ()
    """Column of the time; or those of the day and of the time of day."""
    skipped: Sequence[str] = ()
    """Columns that are left out."""
    units: Mapping[str, str] = field(default_factory=dict[str, str])
    """Column → unit."""
    zone: str | None = None
    """Zone of moments that tell none: ``+08:00``, ``Asia/Shanghai``, ``UTC``."""
    delimiter: str | None = None
    """``comma``, ``semicolon`` or ``tab``."""
    decimal: str | None = None
    """``point`` or ``comma``."""


@dataclass(frozen=True)
class TableColumn:
    """A column of numbers."""

    heading: Heading
    """Where it stands, and what its header says."""
    name: str
    """Name of its channel."""
    unit: Unit
    """Unit of its numbers."""


@dataclass(frozen=True)
class TableBlock:
    """Some rows of a table, as numbers."""

    times: Times
    """ns: since 1970 in UTC, or since the zero of the time axis; rising."""
    values: NDArray[np.float64]
    """(rows, columns), in the columns' units; NaN where there is none."""


class Table:
    """A table that is read. `open_table` makes one."""

    def __init__(
        self,
        file: TableFile,
        blocks: Iterator[Block],
        *,
        dialect: Dialect,
        axis: TimeAxis,
        columns: tuple[TableColumn, ...],
        findings: tuple[Message, ...],
    ) -> None:
        self.dialect = dialect
        """How it is written."""
        self.axis = axis
        """Its time axis."""
        self.columns = columns
        """Its columns of numbers."""
        self.findings = findings
        """What was left out or taken for granted."""
        self.missing = np.zeros(len(columns), np.int64)
        """How many values each column lacks, so far."""
        self._file = file
        self._blocks = blocks
        self._last_ns: int | None = None

    @property
    def bytes_read(self) -> int:
        """How much of the file was read."""
        return self._file.bytes_read

    def blocks(self) -> Iterator[TableBlock]:
        """Yield all rows, once.

        Raises:
            TableError: a row is not as the first ones are; names the line.
        """
        for block in self._blocks:
            times = self.axis.times(block)
            self.axis.check_order(self._last_ns, times, block)
            self._last_ns = int(times[-1])
            values = np.empty((len(times), len(self.columns)))
            for place, column in enumerate(self.columns):
                values[:, place] = self._numbers(column, block)
            self.missing += np.isnan(values).sum(axis=0)
            yield TableBlock(times, values)

    def _numbers(self, column: TableColumn, block: Block) -> NDArray[np.float64]:
        texts = block.columns[column.heading.place]
        try:
            return numbers_of(texts, self.dialect.decimal)
        except NoNumberError as error:
            raise TableError(
                "import.no-number", path=self._file.path, line=block.lines[error.place],
                column=column.name, text=texts[error.place],
            ) from error  # fmt: skip


def open_table(file: TableFile, choices: Choices) -> Table:
    """Return a table of which the header and the first rows are understood.

    Raises:
        TableError: it cannot become a run: no header, no time axis, unknown units …
    """
    path = file.path
    zone = _zone(path, choices.zone)
    dialect = dialect_of(path, file.sample(), choices.delimiter, choices.decimal)
    rows = file.rows(dialect.delimiter)
    header = next(rows, None)
    if header is None:
        raise TableError("import.empty", path=path)
    _check_header(path, header, dialect)
    headings = headings_of(header[1])
    second = next(rows, None)
    units = second[1] if second and is_line_of_units(second[1], headings) else None
    if second is not None and units is None:
        rows = itertools.chain([second], rows)
    headings = with_units(path, headings, units, choices.units)
    blocks = blocks_of(path, rows, len(headings))
    first = next(blocks, None)
    if first is None:
        raise TableError("import.no-rows", path=path)
    axis = axis_of(path, headings, first, chosen=choices.time, decimal=dialect.decimal, zone=zone)
    left_out = {column_called(path, headings, word).place for word in choices.skipped}
    left_out |= {each.place for each in axis.columns}
    kept = [each for each in headings if each.place not in left_out]
    columns, findings = _columns(path, kept, first, dialect)
    return Table(
        file,
        itertools.chain([first], blocks),
        dialect=dialect,
        axis=axis,
        columns=columns,
        findings=(*axis.findings, *findings),
    )


def _zone(path: Path, name: str | None) -> tzinfo | None:
    if name is None:
        return None
    try:
        return zone_called(name)
    except ValueError as error:
        raise TableError("import.unknown-zone", path=path, zone=name) from error


def _check_header(path: Path, header: tuple[int, list[str]], dialect: Dialect) -> None:
    line, fields = header
    values = [number(each, dialect.decimal) for each in fields if each.strip()]
    if values and all(value is not None for value in values):
        raise TableError("import.no-header", path=path, line=line)


def _columns(
    path: Path, kept: Sequence[Heading], first: Block, dialect: Dialect
) -> tuple[tuple[TableColumn, ...], list[Message]]:
    """Return the columns of numbers, and what is said of the others."""
    numeric: list[Heading] = []
    findings: list[Message] = []
    for each in kept:
        text = next((t for t in first.columns[each.place] if t.strip().lower() not in MISSING), "")
        if not each.name:
            if text:
                raise TableError("import.no-name", path=path, column=each.place + 1)
        elif number(text, dialect.decimal) is None:
            findings.append(Message("import.text-column", {"column": each.name, "text": text}))
        else:
            numeric.append(each)
    check_names(path, numeric)
    columns = tuple(TableColumn(each, full_name(each), unit_of(path, each)) for each in numeric)
    if not columns:
        raise TableError("import.no-columns", path=path)
    bare = [each.name for each in columns if not each.heading.unit]
    if bare:
        findings.append(Message("import.pure-numbers", {"columns": ", ".join(bare)}))
    return columns, findings
