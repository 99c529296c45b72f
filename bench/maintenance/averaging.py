"""The mean of what a channel shows over some seconds, and why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean, stdev

from bench.channel import Quality
from bench.scan import Row

LEAST = 3
"""New values a mean needs."""


@dataclass(frozen=True)
class Mean:
    """What a channel showed."""

    value: float
    """Mean, SI."""
    scatter: float
    """Standard deviation of a single value, SI."""
    count: int
    """New values."""
    start_ns: int
    """First moment, monotonic."""
    end_ns: int
    """Last moment, monotonic."""


class Averaging:
    """Takes one channel for a time."""

    def __init__(self, index: int, begin: int, duration: int) -> None:
        """Begin.

        Args:
            index: Channel.
            begin: Now, ns.
            duration: How long, ns.
        """
        self._index = index
        self._begin = begin
        self._end = begin + duration
        self._values: list[float] = []
        self._lost: Quality | None = None

    def take(self, row: Row) -> bool:
        """Take a scan; return whether the time is over."""
        quality = int(row.quality[self._index])
        if quality:
            self._lost = Quality(quality)
        elif row.fresh[self._index] and row.time > self._begin:
            value = float(row.values[self._index])
            if math.isfinite(value):
                self._values.append(value)
        return row.time >= self._end

    @property
    def lost(self) -> str:
        """Quality of a value that may not be used; empty: all of them may be."""
        return "" if self._lost is None else self._lost.name

    @property
    def count(self) -> int:
        """New values so far."""
        return len(self._values)

    def mean(self) -> Mean | None:
        """Return the mean; None: a value was not OK, or there are too few new ones."""
        if self._lost is not None or len(self._values) < LEAST:
            return None
        return Mean(
            fmean(self._values), stdev(self._values), len(self._values), self._begin, self._end
        )
