"""Measured windows as a table, and the channels of one of them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from bench.messages import Message
from gui.state.findings.judged import Judged, place_of
from gui.state.findings.table import Cell, Column, Row, Table, Tone, digits, numeric, unit_label
from protocols.results import WindowRow
from protocols.wording import Text

_FIRST = (
    Column(Message("findings.point"), is_number=False),
    Column(Message("findings.repeat"), is_number=False),
    Column(Message("findings.start"), "h"),
    Column(Message("findings.duration"), "s"),
    Column(Message("findings.valid"), is_number=False),
)


def points_table(judged: Judged) -> Table:
    """Return every measured window with what follows from it; each row knows where it lies."""
    windows = () if judged.results is None else judged.results.windows
    titles: dict[str, tuple[Text, str]] = {}
    for window in windows:
        for row in window.quantities:
            titles.setdefault(row.name, (row.title, row.unit))
    last = Column(Message("findings.remark"), is_number=False)
    columns = (*_FIRST, *(Column(title, shown) for title, shown in titles.values()), last)
    rows = tuple(
        Row(tuple(_cells(each, tuple(titles))), place_of(judged, each.start, each.end))
        for each in windows
    )
    return Table("points", columns, rows)


def _cells(window: WindowRow, names: tuple[str, ...]) -> Iterator[Cell]:
    valid, invalid = Message("findings.yes"), Message("findings.no")
    yield Cell(window.name or Message("findings.snapshot"), tone=Tone.STRONG)
    yield Cell(f"{window.approach}.{window.repeat}")
    yield numeric(window.start / 3600.0, places=3)
    yield numeric(window.end - window.start, places=1)
    yield Cell(valid) if window.valid else Cell(invalid, tone=Tone.WARNING)
    found = {row.name: row for row in window.quantities}
    for name in names:
        row = found.get(name)
        if row is None or not math.isfinite(row.value):
            yield Cell("" if row is None else "–")
        else:
            yield numeric(row.value, row.standard_uncertainty)
    yield Cell(window.remarks[0] if window.remarks else "")


def channels_table(window: WindowRow) -> Table:
    """Return the statistics of the channels in one window."""
    titles = ("mean", "deviation", "error", "smallest", "largest", "drift")
    columns = (
        Column(Message("findings.channel"), is_number=False),
        Column(Message("findings.title"), is_number=False),
        Column(Message("findings.unit"), is_number=False),
        *(Column(Message(f"findings.{name}")) for name in titles),
        Column(Message("findings.samples")),
    )
    rows = tuple(
        Row(
            (
                Cell(row.name),
                Cell(row.title),
                Cell(unit_label(row.unit)),
                numeric(row.mean, row.standard_error),
                digits(row.standard_deviation, 3),
                digits(row.standard_error, 2),
                numeric(row.minimum, row.standard_deviation),
                numeric(row.maximum, row.standard_deviation),
                digits(row.drift, 3),
                Cell(str(row.count), row.count),
            )
        )
        for row in window.channels
    )
    return Table("channels", columns, rows)
