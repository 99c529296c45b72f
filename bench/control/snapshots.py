"""Makes a point of what has just been, for somebody who has seen something."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from bench.channel import Quality
from bench.clock import SECOND
from bench.errors import Refused
from bench.model import BenchModel
from bench.record.port import Point
from bench.scan import Row

NO_APPROACH = 0
"""Approach of a snapshot: it belongs to no approach of the plan, and judges take none of it."""

UNNAMED = "snapshot"
"""Name of a point that was given none."""

_NEVER = -(2**62)
_OK = Quality.OK.value


class Snapshots:
    """Keeps, scan by scan, what a window that begins in the past has to know of it."""

    def __init__(self, model: BenchModel, measured: Collection[str]) -> None:
        """Begin before the first scan; `measured` are the points of the plan."""
        self._names = model.key_channels
        self._keys = np.array([model.index[name] for name in self._names], dtype=np.intp)
        self._last_poor: NDArray[np.int64] = np.full(len(self._names), _NEVER, dtype=np.int64)
        self._measured = frozenset(measured)
        self._counts: dict[str, int] = {}
        self._has_rows = False
        self._seen = b""  # the qualities of the row before
        self._poor: NDArray[np.intp] = np.array([], dtype=np.intp)

    def watch(self, row: Row) -> None:
        """Take one scan."""
        self._has_rows = True
        seen = row.quality.tobytes()
        if seen != self._seen:  # they change rarely
            self._seen, self._poor = seen, np.flatnonzero(row.quality[self._keys] != _OK)
        if self._poor.size:
            self._last_poor[self._poor] = row.time

    def point(self, name: str, seconds: float, *, begin: int, now: int, step_id: str) -> Point:
        """Return the point of the last `seconds`, as far as the run (from `begin`) reaches back.

        It is valid where every key channel was OK in all of its scans.

        Raises:
            Refused: nothing is recorded yet, no such time, or a name the plan measures under.
        """
        name = name.strip() or UNNAMED
        if not self._has_rows:
            raise Refused("control.nothing-recorded")
        if not (math.isfinite(seconds) and seconds > 0):
            raise Refused("control.snapshot-time", seconds=f"{seconds:g}")
        if name in self._measured:
            raise Refused("control.snapshot-name", name=name)
        start = max(now - round(seconds * SECOND), begin)
        lost = [
            f"not OK: {each}"
            for each, last in zip(self._names, self._last_poor.tolist(), strict=True)
            if last >= start
        ]
        self._counts[name] = repeat = self._counts.get(name, 0) + 1
        return Point(
            name=name,
            repeat=repeat,
            approach=NO_APPROACH,
            start_ns=start,
            end_ns=now,
            valid=not lost,
            remarks=tuple(lost),
            step_id=step_id,
        )
