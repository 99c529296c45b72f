"""How much of a repair is done."""

from __future__ import annotations

from collections.abc import Callable

Told = Callable[[int, int], None]
"""Is told how much of how much is done."""


class Tally:
    """Counts samples that were read: once to prove them, once to write them.

    Args:
        told: is told after each block.
    """

    def __init__(self, told: Told | None = None) -> None:
        self.work = 0
        """How many there are to read."""
        self._told = told
        self._done = 0

    def add(self, samples: int) -> None:
        """Count samples that were read."""
        self._done += samples
        if self._told is not None:
            self._told(self._done, self.work)
