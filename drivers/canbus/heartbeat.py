"""Forwards the heartbeat of the core to a device, and makes none of its own."""

from __future__ import annotations

import math

from bench.clock import MILLISECOND
from drivers.canbus.frame import Frame

HEARTBEAT_PERIOD = 100 * MILLISECOND
"""Shortest time between two heartbeat frames."""


class Beat:
    """Forwards the core's heartbeat, at most once per period."""

    def __init__(self, id: int) -> None:  # noqa: A002 - the field's word
        self.is_waiting = False
        """Whether the core has shown a beat that is not yet forwarded."""
        self.due = 0
        """Earliest time of the next frame, ns."""
        self._id = id
        self._last = math.nan
        self._counter = 0

    def pet(self, value: float) -> None:
        """Take the core's heartbeat; only a change counts."""
        if value != self._last:
            self._last = value
            self.is_waiting = True

    def frame(self, now: int) -> Frame:
        """Return the next frame, sent at a time (ns)."""
        self.is_waiting = False
        self.due = now + HEARTBEAT_PERIOD
        self._counter = self._counter + 1 & 0xFF
        return Frame(self._id, bytes((self._counter, 255 - self._counter)))

    def forget(self) -> None:
        """Drop a beat that could not be forwarded."""
        self.is_waiting = False
