"""What a plot over time shows: curves as smallest and largest value per pixel, and marks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """Which channel of which run, and how it is written."""

    run: str
    """Key of the run in the window."""
    channel: str
    """Channel of the run file, or of a formula."""
    title: str
    """What people call it, in the language of the window; with the run where there are several."""
    unit: str
    """Unit in which it is shown, as text."""

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"{self.run}\n{self.channel}"


@dataclass(frozen=True, eq=False)
class Trace:
    """A curve as a screen shows it; all arrays have the same length."""

    curve: Curve
    """What it is."""
    times: Floats
    """Left border of each pixel, or time of each sample, s on the axis."""
    low: Floats
    """Smallest value there, in the unit of the curve; NaN: none, a gap."""
    high: Floats
    """Largest value there; for single samples the same as `low`."""


class MarkKind(Enum):
    """What a mark tells of."""

    STEP = "step"
    ALARM = "alarm"
    EVENT = "event"
    NOTE = "note"
    INCIDENT = "incident"
    GAP = "gap"


@dataclass(frozen=True)
class Mark:
    """Something that happened, or lasted, on the axis of time."""

    kind: MarkKind
    """What it tells of."""
    start: float
    """When it began, s on the axis."""
    end: float
    """When it ended, s; the same where it has no length."""
    text: str
    """What people read."""
    run: str = ""
    """Key of the run it belongs to."""
    priority: int = 0
    """Of an alarm: 1 to 3; else 0."""


@dataclass(frozen=True, eq=False)
class Picture:
    """All that a plot over time shows."""

    start: float
    """Left end, s on the axis."""
    end: float
    """Right end, s on the axis."""
    traces: tuple[Trace, ...] = ()
    """Curves."""
    marks: tuple[Mark, ...] = ()
    """Marks that lie in the window."""


@dataclass(frozen=True)
class Wanted:
    """The window of time that a plot shows."""

    curves: tuple[Curve, ...]
    """Which curves."""
    start: float
    """Left end, s on the axis."""
    end: float
    """Right end, s on the axis."""
    pixels: int
    """How many pixels lie between."""
