"""How much is measured."""

from __future__ import annotations

import os
from dataclasses import dataclass

SIZE = (2080, 1000)
"""Of the plots, px."""
PIXELS = 2000
"""Between the ends of the axis, nearly."""


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    hours: float
    """Of 100 Hz, in the file of the live trend and of the zooms."""
    frames: int
    """Frames of each window."""
    month_step: float
    """Time between two frames of the month, s."""
    days: int
    """Of the month."""
    samples: int
    """Of the long channel."""
    zooms: int
    """Windows that are looked at."""


def load() -> str:
    """Return how busy the machine is now: wall clock means little without it."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


DEFAULT = Sizes(24.0, 750, 2.4, 30, 10**9, 200)
QUICK = Sizes(1.0, 150, 24.0, 30, 10**8, 50)
TINY = Sizes(0.01, 5, 2400.0, 2, 10**5, 3)
