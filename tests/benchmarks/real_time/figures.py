"""How figures of time are told: median, 99 %, 99.9 %, longest, and the machine they hold for."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

SHARES = (50.0, 99.0, 99.9, 100.0)


def spread(milliseconds: ArrayLike) -> str:
    """Return median / 99 % / 99.9 % / longest of times in ms, and how many there are."""
    values = np.asarray(milliseconds, dtype=float)
    if not len(values):
        return "none"
    found = " / ".join(f"{each:.2f}" for each in np.percentile(values, SHARES))
    return f"{found} ms (median / 99 % / 99.9 % / longest of {len(values)})"


def tell(*lines: str) -> None:
    """Print lines at once."""
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def tell_machine() -> None:
    """Print what the figures hold for."""
    load: Sequence[float] = os.getloadavg() if hasattr(os, "getloadavg") else ()
    told = " / ".join(f"{each:.1f}" for each in load)
    tell(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {told}")
