"""What the scan demands of a node: checked at once, the newest wins.

Ordinary demands are forgotten while node or bus are away. Safe values are kept until they have
been sent on a bus that is alive: being late with them is better than never.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from bench.device import Demand, Port
from drivers.demand_limits import DemandLimits


class Demands:
    """Takes demands on the scan's thread and gives them to the bus's; nothing in it waits."""

    def __init__(self, port: Port, demands: Sequence[Demand]) -> None:
        self._limits = DemandLimits(port, demands)
        self._lock = threading.Lock()
        self._news: dict[int, float] = {}
        self._safe: dict[int, float] = {}
        self._unconfirmed: dict[int, float] = {}
        self.are_waiting = False
        """Whether there is something to take."""

    def take(self, index: int, value: float) -> None:
        """Note a demand (SI), over an older one of the same index.

        Raises:
            DemandOutOfRange: outside the range, or no such choice.
        """
        self._limits.check(index, value)
        with self._lock:
            self._news[index] = value
            if self._safe or self._unconfirmed:
                self._safe.pop(index, None)
                self._unconfirmed.pop(index, None)
            self.are_waiting = True

    def make_safe(self, values: Mapping[int, float]) -> None:
        """Note safe values in place of all that waits; one outside its range is limited."""
        allowed = self._limits.limited(values)
        with self._lock:
            self._news.clear()
            self._safe.update(allowed)
            self.are_waiting = True

    def drain(self) -> tuple[dict[int, float], dict[int, float]]:
        """Return what is to be sent now: safe values, and ordinary demands."""
        with self._lock:
            safe, news = self._safe, self._news
            self._unconfirmed.update(safe)
            self._news, self._safe = {}, {}
            self.are_waiting = False
        return safe, news

    def confirm(self) -> None:
        """Note that the bus is alive after safe values were sent."""
        if self._unconfirmed:
            with self._lock:
                self._unconfirmed.clear()

    def forget(self) -> None:
        """Drop ordinary demands; safe values whose way was not proved wait for the next bus."""
        with self._lock:
            self._news.clear()
            self._safe = {**self._unconfirmed, **self._safe}
            self._unconfirmed.clear()
            self.are_waiting = bool(self._safe)
