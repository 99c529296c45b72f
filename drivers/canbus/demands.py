"""What the scan demands of a node: checked at once, the newest wins.

Ordinary demands are forgotten while node or bus are away. Safe values are kept until they have
been sent on a bus that is alive: being late with them is better than never.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence

from bench.device import Demand, Port
from bench.errors import DemandOutOfRange
from bench.messages import Message


class Demands:
    """Takes demands on the scan's thread and gives them to the bus's; nothing in it waits."""

    def __init__(self, port: Port, demands: Sequence[Demand]) -> None:
        self._port = port
        self._demands = tuple(demands)
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
        demand = self._demands[index]
        if demand.choices:
            if value not in range(len(demand.choices)):
                raise self._no_choice(demand, value)
        elif not (math.isfinite(value) and demand.range.holds(value)):
            raise DemandOutOfRange("device.demand-out-of-range", **self._limits(demand, value))
        with self._lock:
            self._news[index] = value
            self._safe.pop(index, None)
            self._unconfirmed.pop(index, None)
            self.are_waiting = True

    def make_safe(self, values: Mapping[int, float]) -> None:
        """Note safe values in place of all that waits; one outside its range is limited."""
        allowed = {index: self._limited(self._demands[index], v) for index, v in values.items()}
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

    def _limited(self, demand: Demand, value: float) -> float:
        if demand.choices:
            if value not in range(len(demand.choices)):
                raise self._no_choice(demand, value)
            return value
        if math.isnan(value):
            raise DemandOutOfRange("device.demand-out-of-range", **self._limits(demand, value))
        sent = min(max(value, demand.range.low), demand.range.high)
        if sent != value:
            arguments = {**self._limits(demand, value), "sent": demand.unit.shown(sent)}
            message = Message("device.safe-value-limited", arguments)
            self._port.report("error", self._port.connection.name, message)
        return sent

    def _limits(self, demand: Demand, value: float) -> dict[str, object]:
        return {
            "instrument": self._port.connection.name,
            "demand": demand.name,
            "value": demand.unit.shown(value),
            "low": demand.unit.shown(demand.range.low),
            "high": demand.unit.shown(demand.range.high),
        }

    def _no_choice(self, demand: Demand, value: float) -> DemandOutOfRange:
        return DemandOutOfRange(
            "device.demand-no-choice",
            instrument=self._port.connection.name,
            demand=demand.name,
            value=f"{value:g}",
            choices=", ".join(demand.choices),
        )
