"""Virtual time held back, so that people can follow a simulated bench."""

from __future__ import annotations

import math

from bench.clock import MILLISECOND, SECOND, Clock
from bench.errors import ConfigError

SLICE = 10 * MILLISECOND
"""Longest wait before clients are listened to again, ns."""
MOST_BEHIND = 500 * MILLISECOND
"""By how much a bench may be late before the time lost is given up, ns: it is not caught up in a
rush."""
FASTEST = "max"
"""How people say that time is not held back."""


def speed_from(text: str) -> float:
    """Return how many times real time a text means: ``10``; ``max`` or ``0``: as fast as it goes.

    Raises:
        ConfigError: it is no such number.
    """
    if text.strip() == FASTEST:
        return math.inf
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0 <= speed < math.inf:
        raise ConfigError("serve.no-speed", text=text)
    return speed or math.inf


class Tempo:
    """Holds virtual time back to so many times real time.

    Args:
        virtual: The bench's time.
        wall: Real time.
        speed: How many times; inf: it is not held back.
    """

    def __init__(self, virtual: Clock, wall: Clock, speed: float) -> None:
        self._virtual = virtual
        self._wall = wall
        self._speed = speed
        self._from = virtual.now()
        self._at = wall.now()

    def wait(self) -> bool:
        """Wait a little if the bench is ahead; return whether it was."""
        passed = (self._virtual.now() - self._from) / self._speed
        due, now = self._at + round(passed), self._wall.now()
        if now >= due:
            if now - due > MOST_BEHIND or math.isinf(self._speed):
                self._from, self._at = self._virtual.now(), now
            return False
        self._wall.wait_until(min(due, now + SLICE))
        return True


def written_every_ns(speed: float) -> int:
    """Return after how long (ns of the bench) rows are written: about a second of real time."""
    return round(SECOND * min(max(speed, 1.0), 60.0))
