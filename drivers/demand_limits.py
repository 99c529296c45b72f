"""What an instrument takes: a demand outside is refused, a safe value outside is limited."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from bench.device import Demand, Port
from bench.errors import DemandOutOfRange
from bench.messages import Message

DIGITS = 6
"""Significant digits of a value that is refused: it may differ little from the limit."""


class DemandLimits:
    """Keeps what is demanded of one instrument within its ranges and choices."""

    def __init__(self, port: Port, demands: Sequence[Demand]) -> None:
        self._port = port
        self._demands = tuple(demands)

    def check(self, index: int, value: float) -> None:
        """Let a demand (SI) pass.

        Raises:
            DemandOutOfRange: outside the range, or no such choice.
        """
        demand = self._demands[index]
        if demand.choices:
            if value not in range(len(demand.choices)):
                raise self._no_choice(demand, value)
        elif not (math.isfinite(value) and demand.range.holds(value)):
            raise self._out_of_range(demand, value)

    def limited(self, values: Mapping[int, float]) -> dict[int, float]:
        """Return safe values (by demand index, SI), each at the end of its range if beyond it.

        Raises:
            DemandOutOfRange: not a number, or no such choice.
        """
        return {index: self._limited(index, value) for index, value in values.items()}

    def _limited(self, index: int, value: float) -> float:
        demand = self._demands[index]
        if demand.choices or math.isnan(value):
            self.check(index, value)
            return value
        sent = min(max(value, demand.range.low), demand.range.high)
        if sent != value:
            arguments = {**self._shown(demand, value), "sent": demand.unit.shown(sent, DIGITS)}
            message = Message("device.safe-value-limited", arguments)
            self._port.report("error", self._port.connection.name, message)
        return sent

    def _out_of_range(self, demand: Demand, value: float) -> DemandOutOfRange:
        return DemandOutOfRange("device.demand-out-of-range", **self._shown(demand, value))

    def _shown(self, demand: Demand, value: float) -> dict[str, object]:
        return {
            "instrument": self._port.connection.name,
            "demand": demand.name,
            "value": demand.unit.shown(value, DIGITS),
            "low": demand.unit.shown(demand.range.low, DIGITS),
            "high": demand.unit.shown(demand.range.high, DIGITS),
        }

    def _no_choice(self, demand: Demand, value: float) -> DemandOutOfRange:
        return DemandOutOfRange(
            "device.demand-no-choice",
            instrument=self._port.connection.name,
            demand=demand.name,
            value=f"{value:g}",
            choices=", ".join(demand.choices),
        )
