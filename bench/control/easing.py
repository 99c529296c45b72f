"""What the demands do while the sequence does not own them: to safe values when held, and back.

Nothing here is steeper than the rig allows. A number that means something only in the mode that
comes back begins where it is measured: the mode changes without a jump.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from bench.clock import SECOND
from bench.control.stage import Stage
from bench.model import OnHold


class Easing:
    """Keeps what the sequence demanded when it was interrupted."""

    def __init__(self, stage: Stage, period: int) -> None:
        self.kept: dict[int, float] | None = None
        """Demand index → value (SI) the sequence goes on with; None: it is not interrupted."""
        self.phase = ""
        """``entering``, ``held``; empty: nothing is eased."""
        self._stage = stage
        self._demands = stage.demands
        self._points = stage.demands.points
        self._steps = [point.gradient * period / SECOND for point in self._points]

    def keep(self) -> None:
        """Keep what is demanded now, unless something older is kept."""
        if self.kept is None:
            values = enumerate(self._demands.values)
            self.kept = {index: value for index, value in values if not math.isnan(value)}

    def keep_named(self, values: Mapping[str, float]) -> None:
        """Keep what a sequence demanded in an earlier run (by name, SI)."""
        places = {point.name: index for index, point in enumerate(self._points)}
        self.kept = {places[name]: value for name, value in values.items() if name in places}

    def named(self) -> dict[str, float]:
        """Return demand → value (SI) with which the sequence goes on, by name."""
        if self.kept is None:
            return self._demands.named()
        return {self._points[index].name: value for index, value in self.kept.items()}

    def forget(self) -> None:
        """Keep nothing any more: the sequence goes on, or never will."""
        self.kept = None
        self.phase = ""

    def ease(self) -> None:
        """Take the demands that shall not stay one scan's step towards their safe values."""
        demands, is_held = self._demands, True
        for index, point in enumerate(self._points):
            is_kept = point.on_hold is not OnHold.SAFE or math.isnan(point.safe)
            if is_kept or not demands.is_meant(index):
                continue
            if demands.values[index] != point.safe:
                demands.set(index, self._nearer(index, point.safe))
                is_held &= demands.values[index] == point.safe
        self.phase = "held" if is_held else "entering"

    def go_back(self) -> bool:
        """Take all demands one scan's step back to what was kept; return whether they are there.

        Selectors come first: in their places the others mean what they meant.
        """
        kept, demands, points = self.kept or {}, self._demands, self._points
        was_meant = {index for index in kept if demands.is_meant(index)}
        for index, value in kept.items():
            if points[index].choices and demands.is_meant(index):
                demands.set(index, value)
        for index, value in kept.items():
            if not points[index].choices and demands.is_meant(index):
                begins = index not in was_meant
                begin = self._measured(index, value) if begins else self._nearer(index, value)
                demands.set(index, begin)
        return all(demands.values[i] == kept[i] for i in kept if demands.is_meant(i))

    def _nearer(self, index: int, target: float) -> float:
        current, step = self._demands.values[index], self._steps[index]
        if math.isnan(current):  # nobody knows what was demanded: the object shows where it is
            current = self._stage.measured(index)
        difference = target - current
        move = min(max(difference, -step), step)
        return target if move == difference or math.isnan(current) else current + move

    def _measured(self, index: int, wanted: float) -> float:
        """Return what is measured of a demand; not known: its safe value, or what is wanted."""
        measured, safe = self._stage.measured(index), self._points[index].safe
        known = safe if math.isnan(measured) else measured
        return wanted if math.isnan(known) else known
