"""Tables as data: texts that are not yet in a language, and the numbers behind them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from protocols.tables import decimals, number
from protocols.wording import Text

Say = Callable[[Text], str]
"""Turns a text into the language of the window."""


class Tone(Enum):
    """How much a cell stands out."""

    PLAIN = "plain"
    STRONG = "strong"
    FAINT = "faint"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Column:
    """One column."""

    title: Text
    """Heading."""
    unit: str = ""
    """Unit of its numbers; empty: none, or it stands in the cells."""
    is_number: bool = True
    """Whether it is aligned as numbers are."""


@dataclass(frozen=True)
class Cell:
    """One cell."""

    text: Text = ""
    """What is read."""
    value: float = math.nan
    """The number behind it, with all digits; NaN: it is a text."""
    share: float = math.nan
    """Length of a bar in it, 0 to 1; NaN: no bar."""
    tone: Tone = Tone.PLAIN
    """How much it stands out."""


@dataclass(frozen=True)
class Place:
    """A stretch of a run."""

    run: int
    """Which of the judged runs."""
    start: float
    """Since the begin of that run, s."""
    end: float
    """Since the begin of that run, s."""


@dataclass(frozen=True)
class Row:
    """One row."""

    cells: tuple[Cell, ...]
    """One per column."""
    place: Place | None = None
    """Where in a run it was measured; None: nowhere in particular."""


@dataclass(frozen=True)
class Table:
    """A table."""

    name: str
    """Stem of the name of its file."""
    columns: tuple[Column, ...] = ()
    """From left to right."""
    rows: tuple[Row, ...] = field(default=())
    """From top to bottom."""


def heading(column: Column, say: Say) -> str:
    """Return the heading of a column with its unit."""
    shown = unit_label(column.unit)
    return f"{say(column.title)}, {shown}" if shown else say(column.title)


_WRITTEN = {"*": "·", "mohm": "mΩ", "^2": "²", "^3": "³", "degC": "°C", "percent": "%"}


def unit_label(text: str) -> str:
    """Return a unit as people write it: ``N·m``, ``°C``, ``mΩ·cm²``."""
    for written, shown in _WRITTEN.items():
        text = text.replace(written, shown)
    return "" if text == "1" else text


def numeric(value: float, uncertainty: float = math.nan, *, places: int | None = None) -> Cell:
    """Return a number with the digits its uncertainty allows; a dash where there is none."""
    return Cell(number(value, decimals(uncertainty) if places is None else places), value)


def digits(value: float, significant_digits: int = 4) -> Cell:
    """Return a number with so many significant digits; a dash where there is none."""
    if not math.isfinite(value):
        return Cell("–", value)
    places = significant_digits - 1 - (math.floor(math.log10(abs(value))) if value else 0)
    return Cell(number(value, min(max(places, 0), 6)), value)


def as_csv(table: Table, say: Say) -> str:
    """Return a table as CSV: headings in the language, numbers with all their digits."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([heading(column, say) for column in table.columns])
    for row in table.rows:
        writer.writerow([_written(cell, say) for cell in row.cells])
    return stream.getvalue()


def _written(cell: Cell, say: Say) -> str:
    if math.isfinite(cell.value):
        return f"{cell.value:.10g}"
    text = say(cell.text)
    return "" if text == "–" else text
