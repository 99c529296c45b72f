"""How fast a quantity changes: a straight line through what it was over a short time.

The line is fitted to the quantity as a function of time, straight between two samples, and not to
the samples: so it weighs time, however unevenly the samples came.
"""

from __future__ import annotations

import math
from collections import deque

_PARTS = 60
"""Samples that are remembered at most over the time; those that come closer are averaged."""


class RateMemory:
    """What one quantity was over a time, and how fast it changed."""

    def __init__(self, over: int) -> None:
        """Begin with nothing known; the line is fitted over so long, ns."""
        self.value = math.nan
        """Change per second, SI; nan: not known for long enough."""
        self._over = over
        self._known: deque[tuple[int, float]] = deque()
        self._newest: list[tuple[int, float]] = []

    def take(self, time: int, value: float) -> float:
        """Take a sample (ns, SI); return the rate. One no newer than the last says nothing."""
        newest = self._newest
        if newest and time <= newest[-1][0]:
            return self.value
        newest.append((time, value))
        if time - newest[0][0] < self._over // _PARTS:
            return self.value
        self._remember(newest)
        self.value = self._slope()
        return self.value

    def forget(self) -> None:
        """Learn that the quantity is not known: what it does meanwhile nobody can say."""
        self._known.clear()
        self._newest.clear()
        self.value = math.nan

    def _remember(self, newest: list[tuple[int, float]]) -> None:
        """Move all but the newest sample, averaged, to what is known."""
        last, count = newest.pop(), len(newest)
        if count:
            time = sum(each[0] for each in newest) // count
            self._known.append((time, sum(each[1] for each in newest) / count))
        self._newest = [last]
        begin = last[0] - self._over
        while len(self._known) > 1 and self._known[1][0] <= begin:
            self._known.popleft()

    def _slope(self) -> float:
        """Return the slope of the least-squares line over the time; nan: too little is known."""
        end, value = self._newest[0]
        begin = end - self._over
        if not self._known or self._known[0][0] > begin:
            return math.nan
        half, moment = self._over / 2e9, 0.0
        after, above = half, value
        for time, level in reversed(self._known):
            at = (time - begin) / 1e9 - half
            if at < -half:  # only the part of this stretch that lies within the time
                level = above + (level - above) * (after + half) / (after - at)  # noqa: PLW2901 - clipped
                at = -half
            moment += _moment(at, level, after, above)
            after, above = at, level
        return moment * 1.5 / half**3


def _moment(start: float, first: float, end: float, last: float) -> float:
    """Return the integral of time × a straight line between two points."""
    return (end - start) * (start * (2 * first + last) + end * (first + 2 * last)) / 6
