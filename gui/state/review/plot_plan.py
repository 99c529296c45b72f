"""Which curves stand in which strip, and what a user does to that; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

NEW = -1
"""Place of a strip that is not there yet."""
MOST_STRIPS = 12
"""Strips that fit on a screen; further curves join the last one."""


@dataclass(frozen=True)
class StripPlan:
    """One strip."""

    keys: tuple[str, ...]
    """Its curves, by `Curve.key`."""
    is_overlaid: bool = True
    """Whether they share one area."""


@dataclass(frozen=True)
class PlotPlan:
    """All strips, from top to bottom; a curve stands in one place only."""

    strips: tuple[StripPlan, ...] = ()
    """The strips; none of them is empty."""

    @property
    def keys(self) -> tuple[str, ...]:
        """All curves, strip by strip."""
        return tuple(key for strip in self.strips for key in strip.keys)

    def with_curve(self, key: str, at: int = NEW) -> PlotPlan:
        """Return the plan with a curve in a strip; it leaves the place where it was."""
        if 0 <= at < len(self.strips) and key in self.strips[at].keys:
            return self
        target = self.strips[at] if 0 <= at < len(self.strips) else None
        if target is None and len(self.strips) >= MOST_STRIPS:
            target = self.strips[-1]
        moved = [_without(strip, key) for strip in self.strips]
        if target is None:
            moved.append(StripPlan((key,)))
        else:
            place = self.strips.index(target)
            kept = moved[place]
            moved[place] = replace(kept, keys=(*kept.keys, key))
        return PlotPlan(tuple(strip for strip in moved if strip.keys))

    def without_curves(self, keys: Iterable[str]) -> PlotPlan:
        """Return the plan without curves; strips that are empty then go too."""
        gone = frozenset(keys)
        left = (
            replace(strip, keys=tuple(key for key in strip.keys if key not in gone))
            for strip in self.strips
        )
        return PlotPlan(tuple(strip for strip in left if strip.keys))

    def without_run(self, run: str) -> PlotPlan:
        """Return the plan without the curves of a run."""
        return self.without_curves(key for key in self.keys if key.partition("\n")[0] == run)

    def with_overlay(self, at: int, *, is_overlaid: bool) -> PlotPlan:
        """Return the plan with one strip drawn in one area, or in a lane per curve."""
        strips = list(self.strips)
        strips[at] = replace(strips[at], is_overlaid=is_overlaid)
        return PlotPlan(tuple(strips))

    def place_of(self, channel: str) -> int:
        """Return the first strip that shows a channel of that name, of any run; `NEW`: none."""
        for place, strip in enumerate(self.strips):
            if any(key.partition("\n")[2] == channel for key in strip.keys):
                return place
        return NEW

    def unfolded(self) -> PlotPlan:
        """Return the plan with each curve in a strip of its own, as far as they fit."""
        found = PlotPlan()
        for key in self.keys:
            found = found.with_curve(key)
        return found


def _without(strip: StripPlan, key: str) -> StripPlan:
    return replace(strip, keys=tuple(each for each in strip.keys if each != key))


def first_plan(keys: Sequence[str], most: int = 4) -> PlotPlan:
    """Return a strip for each of the first few curves: what one sees before one has chosen."""
    return PlotPlan(tuple(StripPlan((key,)) for key in keys[:most]))
