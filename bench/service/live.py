"""Frames: the numbers of all channels for live screens, joined from the scans between two."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.scan import Row

Floats = NDArray[np.float64]
Marks = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Frame:
    """What all channels have shown since the frame before; arrays in row order, SI."""

    file: str
    """Run file into which these scans are recorded; its texts say what the channels are."""
    time_ns: int
    """Monotonic time of the newest scan, as in the run file, ns."""
    utc_ns: int
    """When that was, ns since 1970."""
    values: Floats
    """Newest value; NaN: none."""
    low: Floats
    """Smallest since the last frame; NaN: none."""
    high: Floats
    """Largest since the last frame; NaN: none."""
    quality: Marks
    """`Quality` of the newest value."""


def joined(older: Frame, newer: Frame) -> Frame:
    """Return one frame for two that follow each other; of two run files, or widths, the newer."""
    if older.file != newer.file or len(older.values) != len(newer.values):
        return newer
    return replace(newer, low=np.fmin(older.low, newer.low), high=np.fmax(older.high, newer.high))


class Framing:
    """Joins scans into frames; belongs to the thread of the scan."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._low: Floats | None = None
        self._high: Floats | None = None

    def add(self, row: Row) -> None:
        """Take a scan; one that is of another width begins anew."""
        low, high = self._low, self._high
        if low is None or high is None or len(low) != len(row.values):
            self._low, self._high = row.low.copy(), row.high.copy()
            return
        np.fmin(low, row.low, out=low)
        np.fmax(high, row.high, out=high)

    def taken(self, row: Row, channels: int, *, file: str, utc_ns: int) -> Frame:
        """Return the frame of the first so many channels up to this scan, and begin the next."""
        self.add(row)
        low, high = self._low, self._high
        self._low = self._high = None
        return Frame(
            file=file,
            time_ns=row.time,
            utc_ns=utc_ns,
            values=row.values[:channels].copy(),
            low=(row.low if low is None else low)[:channels].copy(),
            high=(row.high if high is None else high)[:channels].copy(),
            quality=row.quality[:channels].copy(),
        )
