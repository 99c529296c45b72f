"""Watches the hardwired chain; the software observes it and can neither hold nor close it."""

from __future__ import annotations

from bench.clock import SECOND
from bench.scan import Row

LONGEST_UNKNOWN = 1 * SECOND
"""How long something may actuate with a chain nobody sees; then it counts as open."""


class ChainWatch:
    """Whether the chain is open, by the channel that is 1 while it is closed."""

    def __init__(self, closed: int | None) -> None:
        """Watch a channel (index); None: the bench is tied to no chain."""
        self._closed = closed
        self._unseen_since: int | None = None
        self.is_closed = closed is None
        """Whether it was seen closed in the newest row, or there is none."""

    def is_open(self, row: Row, *, is_actuating: bool) -> bool:
        """Return whether it is open: seen open, or not seen for too long while actuating."""
        closed = self._closed
        if closed is None:
            return False
        is_known = not row.marks[closed]
        is_seen_open = is_known and bool(row.low[closed] < 0.5)
        self.is_closed = is_known and not is_seen_open
        if is_known or not is_actuating:
            self._unseen_since = None
            return is_seen_open
        if self._unseen_since is None:
            self._unseen_since = row.time
        return row.time - self._unseen_since >= LONGEST_UNKNOWN
