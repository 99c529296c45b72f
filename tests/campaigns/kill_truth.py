"""What the twins say that the object did: the log of the simulated cell, and how sure one can be.

A line comes once a second and at each switch. Between two lines a count that grows lies between
both; of the running time it is known besides that it grows by no more than time itself.
"""

from __future__ import annotations

import bisect
import csv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Span:
    """What a count was at least and at most."""

    low: float
    high: float

    def __sub__(self, other: Span) -> Span:
        return Span(self.low - other.high, self.high - other.low)


@dataclass(frozen=True)
class Truth:
    """A log; times in s of UTC, counts in SI."""

    utc: list[float]
    running: list[float]
    starts: list[float]
    energy: list[float]
    hydrogen: list[float]

    @staticmethod
    def of(path: Path) -> Truth:
        """Read a log; its last line may be torn."""
        truth = Truth([], [], [], [], [])
        with path.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                last = line["oil_temperature"]
                if not last:
                    break
                truth.utc.append(float(line["utc"]))
                truth.running.append(float(line["running"]))
                truth.starts.append(float(line["starts"]))
                truth.energy.append(float(line["energy"]))
                truth.hydrogen.append(float(line["hydrogen_metered_total"]))
        return truth

    def ran(self, utc: float) -> Span:
        """Return the running time at a time, s."""
        i = bisect.bisect_right(self.utc, utc)
        if i in {0, len(self.utc)}:
            return self._at(self.running, utc)
        before, behind = self.running[i - 1], self.running[i]
        low = max(before, behind - (self.utc[i] - utc))
        return Span(low, max(low, min(behind, before + utc - self.utc[i - 1])))

    def started(self, utc: float) -> Span:
        """Return the starts at a time; a start is a switch, which has a line of its own."""
        return self._at(self.starts, utc)

    def worked(self, utc: float) -> Span:
        """Return the energy at a time, J."""
        return self._at(self.energy, utc)

    def used(self, utc: float) -> Span:
        """Return the hydrogen through the meter at a time, kg."""
        return self._at(self.hydrogen, utc)

    def _at(self, values: list[float], utc: float) -> Span:
        i = bisect.bisect_right(self.utc, utc)
        if i == 0:
            return Span(values[0], values[0])
        if i == len(self.utc):
            return Span(values[-1], values[-1])
        return Span(values[i - 1], values[i])
