"""What cursors and band say, as the cells of a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.messages import Message
from bench.units import significant
from gui.state.plots.picture import Curve
from gui.state.review.measure import Measured

_DIGITS = 6
_PENDING = "…"
_NONE = "–"


@dataclass(frozen=True)
class ReadingRow:
    """One curve."""

    key: str
    """As `Curve.key`."""
    title: str
    """What people call it."""
    unit: str
    """Unit of all its values; of the slope: per second."""
    a: str
    """At the first cursor."""
    b: str
    """At the second cursor."""
    difference: str
    """Second minus first."""
    slope: str
    """Difference per second."""
    minimum: str
    """Smallest in the band."""
    mean: str
    """Mean in the band."""
    maximum: str
    """Largest in the band."""
    deviation: str
    """Sample standard deviation in the band."""
    count: str
    """Good samples in the band."""
    problem: Message | None = None
    """Why it cannot be measured."""

    @property
    def cells(self) -> tuple[str, ...]:
        """All of it, in the order of the columns."""
        return (
            self.title, self.unit, self.a, self.b, self.difference, self.slope,
            self.minimum, self.mean, self.maximum, self.deviation, self.count,
        )  # fmt: skip


@dataclass(frozen=True)
class ReadingTable:
    """All curves."""

    rows: tuple[ReadingRow, ...] = ()
    """Curve by curve."""
    cursors: tuple[float, float] = (math.nan, math.nan)
    """Where the cursors stand, s on the axis; NaN: not shown."""
    band: tuple[float, float] = (math.nan, math.nan)
    """From where to where the band reaches, s."""


def reading_table(
    curves: Sequence[Curve],
    measured: Mapping[str, Measured],
    cursors: tuple[float, float],
    band: tuple[float, float],
) -> ReadingTable:
    """Return the table of what is known by now."""
    rows = tuple(_row(curve, measured.get(curve.key), band) for curve in curves)
    return ReadingTable(rows, cursors, band)


def _row(curve: Curve, found: Measured | None, band: tuple[float, float]) -> ReadingRow:
    if found is None or found.problem is not None:
        blank = _PENDING if found is None else _NONE
        problem = None if found is None else found.problem
        return ReadingRow(
            curve.key, curve.title, curve.unit,
            blank, blank, blank, blank, blank, blank, blank, blank, blank, problem,
        )  # fmt: skip
    unit, read, tally = found.unit, found.reading, found.tally
    counted = (
        _number(unit.from_si(tally.minimum)),
        _number(unit.from_si(tally.mean)),
        _number(unit.from_si(tally.maximum)),
        _number(tally.deviation / abs(unit.factor)),
        f"{tally.count:,}".replace(",", "\u202f"),
    )
    if math.isnan(band[0]):
        counted = ("", "", "", "", "")
    elif not found.is_counted:
        counted = (_PENDING, _PENDING, _PENDING, _PENDING, _PENDING)
    return ReadingRow(
        curve.key,
        curve.title,
        unit.label,
        _number(unit.from_si(read.a)),
        _number(unit.from_si(read.b)),
        _number(read.difference / unit.factor),
        _number(read.slope / unit.factor),
        *counted,
    )


def _number(value: float) -> str:
    return "" if math.isnan(value) else significant(value, _DIGITS)


def copied(table: ReadingTable, headings: Sequence[str]) -> str:
    """Return the table as lines of cells with tabs between, for other programs."""
    lines = [headings, *(row.cells for row in table.rows)]
    return "\n".join("\t".join(cells) for cells in lines)
