"""Times as tables write them: seconds or another unit from a zero, or days and hours of a clock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from bench.clock import SECOND
from bench.runs.importing.numbers import NoNumberError, numbers_of

Times = NDArray[np.int64]
_EXACT_SECONDS = 1e6
"""Below, float64 is finer than a nanosecond."""
_LATEST = 2**62
_STAMP = re.compile(
    r"""(?:(?P<year>\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})
        |(?P<gday>\d{1,2})\.(?P<gmonth>\d{1,2})\.(?P<gyear>\d{4})
        |(?P<cyear>\d{4})(?P<cmonth>\d{2})(?P<cday>\d{2})(?=T))
    (?:[T\s]\s*(?P<hour>\d{1,2}):?(?P<minute>\d{2})
       (?::?(?P<second>\d{2})(?:[.,](?P<part>\d{1,12}))?)?)?
    \s*(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?""",
    re.VERBOSE | re.ASCII,
)
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?.*", re.ASCII)
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?", re.ASCII)
_MOST_MINUTES = 4096


class NoTimeError(ValueError):
    """A field says no moment, or not of which zone."""

    def __init__(self, place: int, *, lacks_zone: bool = False) -> None:
        super().__init__(place)
        self.place = place
        """Which field, from 0."""
        self.lacks_zone = lacks_zone
        """Whether only its zone is not known."""


def is_stamp(text: str) -> bool:
    """Return whether a text is a day, with or without the time of day."""
    return _STAMP.fullmatch(text.strip()) is not None


def is_time_of_day(text: str) -> bool:
    """Return whether a text is a time of day."""
    return _CLOCK.fullmatch(text.strip()) is not None


def zone_called(text: str) -> tzinfo:
    """Return a time zone: ``UTC``, ``+08:00`` or ``Asia/Shanghai``.

    Raises:
        ValueError: there is none of that name.
    """
    if text.upper() in {"UTC", "Z", "GMT"}:
        return UTC
    found = _OFFSET.fullmatch(text)
    if found is not None:
        minutes = 60 * int(found["hours"]) + int(found["minutes"] or 0)
        return timezone(timedelta(minutes=-minutes if found["sign"] == "-" else minutes))
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(text) from error


def counted_times(texts: Sequence[str], decimal: str, seconds: float) -> Times:
    """Return times that are counted from a zero, ns, exact to the digits that are written.

    Args:
        texts: the fields.
        decimal: sign before decimals.
        seconds: how long the unit is.

    Raises:
        NoTimeError: a field is empty, no number or not a time any more.
    """
    try:
        numbers = numbers_of(texts, decimal)
    except NoNumberError as error:
        raise NoTimeError(error.place) from error
    wrong = ~np.isfinite(numbers) | (np.abs(numbers) * seconds * SECOND >= _LATEST)
    if wrong.any():
        raise NoTimeError(int(np.argmax(wrong)))
    if float(np.abs(numbers).max(initial=0.0)) * seconds < _EXACT_SECONDS:
        return np.rint(numbers * (seconds * SECOND)).astype(np.int64)
    factor = Decimal(repr(seconds)) * SECOND
    plain = (text.strip().replace(decimal, ".") for text in texts)
    return np.array([int((Decimal(text) * factor).to_integral_value()) for text in plain], np.int64)


class Stamps:
    """Reads moments of a calendar.

    Args:
        zone: the zone of those that tell none; None: they are refused.
    """

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone
        self._minutes: dict[tuple[str | None, ...], int] = {}

    def times(self, texts: Sequence[str]) -> Times:
        """Return moments, ns since 1970-01-01T00:00:00Z.

        Raises:
            NoTimeError: a field is empty, no moment, or of an unknown zone.
        """
        found = np.empty(len(texts), np.int64)
        for place, text in enumerate(texts):
            match = _STAMP.fullmatch(text.strip())
            if match is None:
                raise NoTimeError(place)
            groups = match.groupdict()
            part, second = groups.pop("part"), int(groups.pop("second") or 0)
            if second > 59:
                raise NoTimeError(place)
            whole = self._minute(place, groups) + second
            found[place] = whole * SECOND + int(((part or "0") + "000000000")[:9])
        return found

    def _minute(self, place: int, groups: dict[str, str | None]) -> int:
        """Return the seconds since 1970 of a minute; the same ones come again and again."""
        key = tuple(groups.values())
        known = self._minutes.get(key)
        if known is None:
            known = self._reckoned(place, groups)
            if len(self._minutes) >= _MOST_MINUTES:
                self._minutes.clear()
            self._minutes[key] = known
        return known

    def _reckoned(self, place: int, groups: dict[str, str | None]) -> int:
        zone = zone_called(groups["zone"]) if groups["zone"] else self._zone
        if zone is None:
            raise NoTimeError(place, lacks_zone=True)
        year, month, day = (
            int(groups[word] or groups[f"g{word}"] or groups[f"c{word}"] or 0)
            for word in ("year", "month", "day")
        )
        hour, minute = int(groups["hour"] or 0), int(groups["minute"] or 0)
        try:
            moment = datetime(year, month, day, hour, minute, tzinfo=zone)
            return round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
        except (ValueError, OverflowError) as error:
            raise NoTimeError(place) from error
