"""Spans and moments as people read them, the same in every language."""

from __future__ import annotations

import math
from datetime import UTC, datetime, tzinfo

from bench.clock import SECOND

NOTHING = "–"
"""Stands where there is no value."""


def span(seconds: float) -> str:
    """Return a span: ``0:41``, ``2:05:09``, ``71 d 03:12:00``; what is not known: a dash."""
    if not math.isfinite(seconds):
        return NOTHING
    whole = max(round(seconds), 0)
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    if days:
        return f"{days} d {hours:02d}:{minutes:02d}:{left:02d}"
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def time_of_day(utc_ns: int, zone: tzinfo | None = None) -> str:
    """Return the time of day: ``14:02:11``; 0: a dash.

    Args:
        utc_ns: ns since 1970-01-01T00:00:00Z.
        zone: Where; None: the zone of this machine.
    """
    return _local(utc_ns, zone).strftime("%H:%M:%S") if utc_ns else NOTHING


def moment(utc_ns: int, zone: tzinfo | None = None) -> str:
    """Return day and time: ``2026-01-31 14:02:11``; 0: a dash.

    Args:
        utc_ns: ns since 1970-01-01T00:00:00Z.
        zone: Where; None: the zone of this machine.
    """
    return _local(utc_ns, zone).strftime("%Y-%m-%d %H:%M:%S") if utc_ns else NOTHING


def _local(utc_ns: int, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(utc_ns // SECOND, UTC).astimezone(zone)
