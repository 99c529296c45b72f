"""Which column of a table is its time axis, and what it says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Protocol

import numpy as np

from bench.messages import Message
from bench.runs.importing.errors import TableError
from bench.runs.importing.headings import Heading, column_called, is_known, unit_of
from bench.runs.importing.lines import Block
from bench.runs.importing.moments import (
    NoTimeError,
    Stamps,
    Times,
    counted_times,
    is_stamp,
    is_time_of_day,
)
from bench.runs.importing.numbers import number
from bench.units import DIMENSIONLESS, Dimension, unit

_TIMES = frozenset(
    {
        "time", "t", "timestamp", "time stamp", "time_stamp", "datetime", "date time",
        "date_time", "date/time", "date and time", "utc", "utc time", "elapsed", "elapsed time",
        "elapsed_time", "zeit", "zeitstempel", "datum/zeit",
        "时间", "时间戳", "日期时间", "采样时间",
    }
)  # fmt: skip
_DAYS = frozenset({"date", "day", "datum", "tag", "日期"})
_TIME = unit("s").dimension
_CLOCKS = frozenset({"time", "time of day", "clock", "zeit", "uhrzeit", "时间", "时刻"})


class _Reader(Protocol):
    def __call__(self, texts: Sequence[str], /) -> Times: ...


@dataclass(frozen=True)
class TimeAxis:
    """The time axis of a table."""

    path: Path
    """The table."""
    columns: tuple[Heading, ...]
    """Its column; or that of the day and that of the time of day."""
    read: _Reader
    """Texts → ns: since 1970 in UTC, or since the zero."""
    is_calendar: bool = False
    """Whether it says when, and not only how long since a zero."""
    findings: tuple[Message, ...] = ()
    """What was taken for granted."""

    def times(self, block: Block) -> Times:
        """Return the times of the rows of a block, ns.

        Raises:
            TableError: a field is empty or no time; names the line.
        """
        texts = self._texts(block)
        try:
            return self.read(texts)
        except NoTimeError as error:
            about = {"line": block.lines[error.place], "text": texts[error.place]}
            if error.lacks_zone:
                raise TableError("import.no-zone", path=self.path, **about) from error
            raise TableError("import.no-moment", path=self.path, **about) from error

    def check_order(self, before_ns: int | None, times: Times, block: Block) -> None:
        """Make sure that each row is later than the one before.

        Raises:
            TableError: one is not; names the line.
        """
        step = np.diff(times, prepend=times[0] - 1 if before_ns is None else before_ns)
        if (step > 0).all():
            return
        place = int(np.argmax(step <= 0))
        about = {"line": block.lines[place], "text": self._texts(block)[place]}
        if step[place] == 0:
            raise TableError("import.time-equal", path=self.path, **about)
        raise TableError("import.time-backwards", path=self.path, **about)

    def _texts(self, block: Block) -> Sequence[str]:
        columns = [block.columns[each.place] for each in self.columns]
        if len(columns) == 1:
            return columns[0]
        return [" ".join(words) for words in zip(*columns, strict=True)]


def axis_of(
    path: Path,
    headings: Sequence[Heading],
    block: Block,
    *,
    chosen: Sequence[str],
    decimal: str,
    zone: tzinfo | None,
) -> TimeAxis:
    """Return the time axis.

    Args:
        path: the table.
        headings: its columns.
        block: its first rows.
        chosen: the columns that the user names; none: they are found by their names.
        decimal: sign before decimals.
        zone: zone of moments that tell none; None: they are refused.

    Raises:
        TableError: there is no time axis, or it is of a kind that says no moment.
    """
    first = [column[0] for column in block.columns]
    columns = _chosen(path, headings, first, chosen) if chosen else _found(path, headings, first)
    texts = [first[each.place].strip() for each in columns]
    if is_stamp(" ".join(texts)):
        return TimeAxis(path, columns, Stamps(zone).times, is_calendar=True)
    value = number(texts[0], decimal) if len(texts) == 1 else None
    if value is not None and not math.isnan(value):
        return _counted(path, columns, decimal)
    if len(texts) == 1 and is_time_of_day(texts[0]):
        raise TableError("import.no-date", path=path, column=columns[0].name, text=texts[0])
    raise TableError("import.no-moment", path=path, line=block.lines[0], text=" ".join(texts))


def _counted(path: Path, columns: tuple[Heading, ...], decimal: str) -> TimeAxis:
    (column,) = columns
    measure, findings = unit_of(path, column), tuple[Message, ...]()
    if measure.dimension == DIMENSIONLESS:
        measure = unit("s")
        findings = (Message("import.seconds-taken", {"column": column.name}),)
    if measure.dimension != _TIME:
        raise TableError("import.no-time-unit", path=path, column=column.name, unit=measure.text)
    seconds = measure.factor

    def read(texts: Sequence[str], /) -> Times:
        return counted_times(texts, decimal, seconds)

    return TimeAxis(path, columns, read, findings=findings)


def _chosen(
    path: Path, headings: Sequence[Heading], first: Sequence[str], chosen: Sequence[str]
) -> tuple[Heading, ...]:
    found = [column_called(path, headings, word) for word in chosen]
    if len(found) > 2:
        raise TableError("import.times-many", path=path)
    found.sort(key=lambda each: is_time_of_day(first[each.place]))
    return tuple(found)


def _found(path: Path, headings: Sequence[Heading], first: Sequence[str]) -> tuple[Heading, ...]:
    """Return the columns that are called as times are."""
    days = [each for each in headings if _word(each) in _DAYS]
    clocks = [
        each
        for each in headings
        if _word(each) in _CLOCKS and is_time_of_day(first[each.place].strip())
    ]
    if len(days) == 1 and len(clocks) == 1:
        return days[0], clocks[0]
    times = [each for each in headings if _is_called_time(each)]
    found = times or [each for each in days if is_stamp(first[each.place])]
    if not found:
        names = ", ".join(each.name for each in headings[:20] if each.name)
        raise TableError("import.no-time-axis", path=path, columns=names)
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        raise TableError("import.times-several", path=path, columns=names)
    return (found[0],)


def _is_called_time(heading: Heading) -> bool:
    """Return whether a column is called as times are, and has no unit that times do not have."""
    if heading.name == "T" or not {_word(heading), heading.text.lower()} & _TIMES:
        return False  # T is a temperature
    return not heading.unit or not is_known(heading.unit) or _dimension(heading) == _TIME


def _dimension(heading: Heading) -> Dimension:
    return unit_of(Path(), heading).dimension


def _word(heading: Heading) -> str:
    return heading.name.lower()
