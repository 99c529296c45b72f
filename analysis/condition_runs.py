"""Runs of rows in which a condition holds, found in a stream of chunks."""

from dataclasses import dataclass

import numpy as np

from analysis.checks import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Neighbouring rows in which something holds."""

    begin: float
    """Time of the first row, s."""
    end: float
    """Time of the last row, s."""
    first_row: int
    """Its number in the stream."""
    last_row: int
    """Its number in the stream."""

    @property
    def duration(self) -> float:
        """From the first to the last row, s."""
        return self.end - self.begin


class ConditionRuns:
    """Collects runs of at least some duration; keeps the open one between chunks."""

    def __init__(self, shortest: float) -> None:
        self._shortest = shortest
        self._open: Run | None = None
        self.runs: list[Run] = []
        """Those that have ended, in order."""

    def eat(self, holds: BoolArray, times: FloatArray, rows: FloatArray) -> None:
        """Take a chunk: whether it holds, time (s) and number of each row, shape (n,)."""
        if not holds.any():
            self.finish()
            return
        padded = np.concatenate(([False], holds, [False]))
        changes = np.flatnonzero(padded[1:] != padded[:-1])
        for first, last in zip(changes[::2].tolist(), (changes[1::2] - 1).tolist(), strict=True):
            if self._open is not None and first > 0:
                self.finish()
            opened = self._open
            self._open = Run(
                begin=opened.begin if opened else float(times[first]),
                end=float(times[last]),
                first_row=opened.first_row if opened else int(rows[first]),
                last_row=int(rows[last]),
            )
            if last < holds.size - 1:
                self.finish()

    def finish(self) -> list[Run]:
        """End the open run; return all runs."""
        if self._open is not None and self._open.duration >= self._shortest:
            self.runs.append(self._open)
        self._open = None
        return self.runs
