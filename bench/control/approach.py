"""Takes numbers to where a cycle begins, along their allowed gradients."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bench.clock import SECOND
from bench.control.demands import Demands

UNBOUNDED = 10.0
"""Time for a number whose gradient nothing bounds, s (engineering default)."""


class Approach:
    """Takes numbers from where they are to where they shall be, as steeply as is allowed."""

    def __init__(self, targets: Mapping[int, float]) -> None:
        """Aim at a value (SI) per demand index."""
        self._targets = targets
        self._lines: list[tuple[int, float, float, int]] | None = None
        self._start = 0

    def tick(self, demands: Demands, time: int) -> bool:
        """Move the demands to where they belong at a time, ns; whether all are there."""
        if self._lines is None:
            self._start = time
            self._lines = [_line(demands, *target) for target in self._targets.items()]
        elapsed = time - self._start
        for index, start, end, duration in self._lines:
            share = elapsed / duration if elapsed < duration else 1.0
            demands.set(index, end if share == 1.0 else start + (end - start) * share)
        return all(elapsed >= duration for *_, duration in self._lines)

    def interrupt(self) -> None:
        """Go on from where the demands are then."""
        self._lines = None


def _line(demands: Demands, index: int, end: float) -> tuple[int, float, float, int]:
    """Return demand, start, end and duration (ns)."""
    start, gradient = demands.values[index], demands.points[index].gradient
    if math.isnan(start) or start == end:
        return index, end, end, 0
    seconds = abs(end - start) / gradient if math.isfinite(gradient) else UNBOUNDED
    return index, start, end, round(seconds * SECOND)
