"""Times as ISO 8601 texts in UTC with nine decimals, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bench.clock import SECOND


def iso(utc_ns: int) -> str:
    """Return a time as ISO 8601 in UTC, with nine decimals."""
    seconds, rest = divmod(utc_ns, SECOND)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return f"{moment.replace(tzinfo=None).isoformat()}.{rest:09d}Z"


def utc_ns(text: str) -> int:
    """Return the time that `iso` wrote.

    Raises:
        ValueError: no such text.
    """
    whole, _, rest = text.removesuffix("Z").partition(".")
    moment = datetime.fromisoformat(f"{whole}+00:00") - datetime(1970, 1, 1, tzinfo=UTC)
    return (moment.days * 86_400 + moment.seconds) * SECOND + int(rest)
