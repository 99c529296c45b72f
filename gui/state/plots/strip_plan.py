"""How curves over time are stacked: strips from top to bottom."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Strip:
    """One of the plots that lie above each other over one axis of time."""

    title: str
    """What people call it; empty: the curves say it."""
    keys: tuple[str, ...]
    """Curves in it, by `Curve.key`."""
    limits: tuple[float, ...] = ()
    """Dashed lines, in the unit of its first curve."""
    is_overlaid: bool = True
    """Whether its curves share one area, with an axis per unit; else each has a lane."""
