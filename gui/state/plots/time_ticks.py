"""Where an axis of time has its ticks, and what stands at them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, tzinfo

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
_STEPS = (
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE,
    30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 7 * DAY,
    14 * DAY, 30 * DAY, 60 * DAY, 90 * DAY, 180 * DAY, 365 * DAY,
)  # fmt: skip
_HOURS_FROM = 10 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Ticks = tuple[tuple[float, str], ...]


def elapsed_ticks(start: float, end: float, most: int) -> Ticks:
    """Return places on an axis of elapsed time with their texts: ``0:05:30``, ``120 h``.

    Args:
        start: Left end, s.
        end: Right end, s.
        most: How many ticks have room.
    """
    step = _step(end - start, most)
    return tuple((at, elapsed_text(at, step)) for at in _places(start, end, step))


def clock_ticks(
    start: float, end: float, most: int, zero_utc_ns: int, zone: tzinfo | None
) -> Ticks:
    """Return places on an axis with what the wall clock showed there.

    Args:
        start: Left end, s.
        end: Right end, s.
        most: How many ticks have room.
        zero_utc_ns: What 0 s on the axis is, ns since 1970-01-01T00:00:00Z.
        zone: Time zone of the texts; None: that of this machine.
    """
    step = _step(end - start, most)
    zero = zero_utc_ns / 1e9
    ahead = _moment(zero + start, zone).utcoffset()
    shift = 0.0 if ahead is None else ahead.total_seconds()
    places = _places(zero + start + shift, zero + end + shift, step)
    return tuple((at - shift - zero, clock_text(at - shift, step, zone)) for at in places)


def elapsed_text(seconds: float, step: float = 1.0) -> str:
    """Return a time since the begin: hours, minutes, seconds, as fine as a step (s) needs."""
    sign, whole = ("-", -seconds) if seconds < 0 else ("", seconds)
    if step >= HOUR and whole >= _HOURS_FROM:
        return f"{sign}{whole / HOUR:,.0f} h".replace(",", " ")
    digits = _digits(step)
    whole = round(whole, digits)
    hours, rest = divmod(whole, HOUR)
    minutes, second = divmod(rest, MINUTE)
    width = 2 if not digits else 3 + digits
    return f"{sign}{hours:.0f}:{minutes:02.0f}:{second:0{width}.{digits}f}"


def clock_text(utc: float, step: float, zone: tzinfo | None) -> str:
    """Return what the wall clock showed, as fine as a step (s) needs; the date at midnight.

    Args:
        utc: s since 1970-01-01T00:00:00Z.
        step: From one text to the next, s.
        zone: Time zone; None: that of this machine.
    """
    moment = _moment(utc + 0.5 * 10.0 ** -_digits(step) if step < 1 else round(utc), zone)
    if step >= DAY or (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return moment.strftime("%Y-%m-%d")
    if step >= MINUTE:
        return moment.strftime("%H:%M")
    digits = _digits(step)
    fraction = f".{moment.microsecond:06d}"[: digits + 1] if digits else ""
    return moment.strftime("%H:%M:%S") + fraction


def _moment(utc: float, zone: tzinfo | None) -> datetime:
    """Return a moment; what lies beyond the calendar is its first or last day."""
    try:
        return (_EPOCH + timedelta(seconds=utc)).astimezone(zone)
    except (OverflowError, OSError, ValueError):
        return _EPOCH


def _step(span: float, most: int) -> float:
    """Return a step of which so many lie in a span: round in the units of clocks."""
    if not (math.isfinite(span) and span > 0):
        return 1.0
    wanted = span / max(1, most)
    if wanted > _STEPS[-1]:
        return _STEPS[-1] * math.ceil(wanted / _STEPS[-1])
    if wanted >= _STEPS[0]:
        return next(step for step in _STEPS if step >= wanted)
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(part * power for part in (1.0, 2.0, 5.0, 10.0) if part * power >= wanted * 0.999)


def _digits(step: float) -> int:
    return max(0, min(9, math.ceil(-math.log10(step) - 1e-9))) if step < 1 else 0


def _places(start: float, end: float, step: float) -> list[float]:
    if not (math.isfinite(start) and math.isfinite(end)) or end <= start:
        return []
    first, last = math.ceil(start / step - 1e-9), math.floor(end / step + 1e-9)
    return [number * step for number in range(first, min(last, first + 1000) + 1)]
