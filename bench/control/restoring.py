"""Takes demands back to where they were: selectors first, numbers along their allowed gradients."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bench.clock import SECOND
from bench.control.demands import Demands
from bench.control.outcome import Outcome
from bench.control.saved import Work
from bench.control.stage import Stage
from bench.model import DemandPoint
from bench.plan import RestoreNode

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


class RestoreRunner:
    """Takes demands back to what they were.

    A number that means something only in the mode that comes back begins where it is measured,
    or at its safe value, in the same scan: the mode changes without a jump. What is not meant in
    the mode is left.
    """

    def __init__(self, node: RestoreNode) -> None:
        self.phase = ""
        self._wanted = node.demands
        self._approach: Approach | None = None

    def tick(self, stage: Stage, time: int) -> Outcome:
        """Advance by one scan.

        Raises:
            Refused: a value is outside what the bench allows.
        """
        if self._approach is None:
            self._select(stage)
            self._approach = Approach(self._numbers(stage.demands))
        is_there = self._approach.tick(stage.demands, time)
        return Outcome.DONE if is_there else Outcome.RUNNING

    def interrupt(self) -> None:
        """Go on from where the demands are then, selectors first."""
        self._approach = None

    def save(self) -> Work:
        """Nothing: where it goes is part of the step."""
        return {}

    def restore(self, work: Work) -> None:
        """Go on from where the demands are."""

    def _select(self, stage: Stage) -> None:
        demands = stage.demands
        meant = [demands.is_meant(index) for index in range(len(demands.points))]
        is_changing = True
        while is_changing:  # one selector may give another its meaning
            is_changing = False
            for index, value in self._targets(demands, selectors=True):
                if demands.values[index] != value:
                    demands.set(index, value)
                    is_changing = True
        for index, _ in self._targets(demands, selectors=False):
            if not meant[index]:
                demands.set(index, _measured(stage, demands.points[index]))

    def _numbers(self, demands: Demands) -> dict[int, float]:
        return dict(self._targets(demands, selectors=False))

    def _targets(self, demands: Demands, *, selectors: bool) -> list[tuple[int, float]]:
        return [
            (index, self._wanted[point.name])
            for index, point in enumerate(demands.points)
            if point.name in self._wanted
            and bool(point.choices) is selectors
            and demands.is_meant(index)
        ]


def _measured(stage: Stage, point: DemandPoint) -> float:
    """Return what is measured of a demand, within its range; its safe value if that is unknown."""
    channel = stage.model.index.get(point.name)
    if channel is None or stage.row.quality[channel]:
        return point.safe
    return min(max(float(stage.row.values[channel]), point.range.low), point.range.high)
