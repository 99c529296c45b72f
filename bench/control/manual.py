"""Demands given by hand: always ramped, all of one request arriving at the same time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bench.clock import SECOND
from bench.control.demands import Demands
from bench.errors import DemandOutOfRange, Refused
from bench.messages import Message


@dataclass(frozen=True)
class _Line:
    """How one demand gets from where it was to where it shall be."""

    start: float
    end: float
    begun: int
    duration: int

    def at(self, now: int) -> float:
        elapsed = now - self.begun
        if elapsed >= self.duration:
            return self.end
        return self.start + (self.end - self.start) * (elapsed / self.duration)


class ManualRamps:
    """The ramps under way; a newer one of the same demand takes its place."""

    def __init__(self, demands: Demands) -> None:
        self._demands = demands
        self._lines: dict[int, _Line] = {}

    def begin(self, values: Mapping[int, float], seconds: float, now: int) -> None:
        """Begin to take demands (by index, SI) to values; selectors change at once.

        Args:
            values: Where they go.
            seconds: Time it takes, s; longer where a demand's steepest ramp needs longer.
            now: Time of the newest scan, ns.

        Raises:
            DemandOutOfRange: outside what object and instrument allow; nothing begins.
            Refused: one means nothing in its mode; nothing begins.
        """
        demands = self._demands
        chosen = {index: v for index, v in values.items() if demands.points[index].choices}
        for index, value in values.items():
            demands.check(index, value, chosen)
        for index, value in chosen.items():
            self._lines.pop(index, None)
            demands.set(index, value)
        moved = {index: value for index, value in values.items() if index not in chosen}
        duration = round(max([seconds, *map(self._shortest, moved, moved.values())]) * SECOND)
        for index, value in moved.items():
            start = demands.values[index]
            self._lines[index] = _Line(value if math.isnan(start) else start, value, now, duration)

    def tick(self, now: int) -> list[Message]:
        """Take the demands to where they are to be now; return why one cannot go on."""
        dropped: list[Message] = []
        for index, line in list(self._lines.items()):
            value = line.at(now)
            try:
                self._demands.set(index, value)
            except (DemandOutOfRange, Refused) as error:  # its mode was changed meanwhile
                dropped.append(error.message)
                del self._lines[index]
                continue
            if value == line.end:
                del self._lines[index]
        return dropped

    def clear(self) -> None:
        """End all ramps where they are."""
        self._lines.clear()

    def _shortest(self, index: int, value: float) -> float:
        """Return the time the steepest allowed ramp takes, s."""
        distance = abs(value - self._demands.values[index])
        gradient = self._demands.points[index].gradient
        return 0.0 if math.isnan(distance) or math.isinf(gradient) else distance / gradient
