"""A CAN bus: where faults of the whole bus happen."""

from __future__ import annotations

from collections.abc import Callable

from drivers.simulated.faults.fault import Fault


class BusSite:
    """Cuts the cable between bench and nodes as long as any fault of the bus is there.

    Args:
        cut: cuts the cable (True), or mends it.
    """

    def __init__(self, cut: Callable[[bool], None]) -> None:
        self._cut = cut
        self._running: set[str] = set()

    def begin(self, name: str, fault: Fault, now: int) -> None:
        """Let a fault happen."""
        del fault, now
        self._running.add(name)
        self._cut(True)  # noqa: FBT003 - what a cable can be

    def end(self, name: str, now: int) -> None:
        """Let it be over."""
        del now
        self._running.discard(name)
        self._cut(bool(self._running))
