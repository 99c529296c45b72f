"""Abnormal cycles over the whole run, from the counters that the indicating system never stops.

A counter that falls was switched off in between: it counts on from zero. Cycles are counted by the
instrument; without that channel they follow from the speed while the engine fires.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.combustion.rates import event_rate
from bench.clock import SECOND
from bench.runs import Run
from protocols.combustion_numbers import abnormal_rate
from protocols.combustion_results import AbnormalRate
from protocols.row_reading import good_rows

CYCLES: Final = "cylinder.cycles"
SPEED: Final = "engine.speed"
COUNTERS: Final = {
    "knock": "cylinder.knocks",
    "misfire": "cylinder.misfires",
    "pre_ignition": "cylinder.pre_ignitions",
    "backfire": "cylinder.backfires",
}
"""Kind of abnormal cycle → channel that counts them."""
TURNING: Final = 200.0 * math.pi / 30.0
"""rad/s. Slower engines make no cycles that are counted (engineering default)."""
BLOCK: Final = 1_000_000
"""Rows that are read at once."""


def abnormal_cycles(run: Run) -> tuple[AbnormalRate, ...]:
    """Return abnormal cycles per 1,000 of all cycles of a run; empty: nothing counted them.

    Raises:
        RunFileError: the file is damaged.
    """
    counters = {kind: name for kind, name in COUNTERS.items() if name in run.names}
    if not counters:
        return ()
    cycles = counted(run, CYCLES) if CYCLES in run.names else _turned(run) // 2
    if cycles < 1:
        return ()
    return tuple(
        abnormal_rate(kind, event_rate(events=min(counted(run, name), cycles), cycles=cycles))
        for kind, name in counters.items()
    )


def counted(run: Run, name: str) -> int:
    """Return by how much a counter rose over a run, restarts from zero included.

    Raises:
        RunFileError: the file is damaged.
    """
    channel = run.channel(name)
    total, last = 0.0, math.nan
    for first in range(0, len(channel), BLOCK):
        values, good = good_rows(channel, slice(first, min(first + BLOCK, len(channel))))
        known = values[good]
        if known.size:
            total += _rise(known, last)
            last = float(known[-1])
    return round(total)


def _rise(values: NDArray[np.float64], before: float) -> float:
    """Return how much a stretch of a counter adds; `before`: NaN where nothing was."""
    steps = np.diff(values, prepend=values[0] if math.isnan(before) else before)
    return float(np.where(steps < 0.0, values, steps).sum())


def _turned(run: Run) -> int:
    """Return the revolutions of a run."""
    if SPEED not in run.names:
        return 0
    channel = run.channel(SPEED)
    turns = 0.0
    for first in range(0, len(channel), BLOCK):
        rows = slice(first, min(first + BLOCK + 1, len(channel)))
        values, good = good_rows(channel, rows)
        seconds = np.diff(channel.rows.timeline.read(rows)) / SECOND
        usable = good[:-1] & (values[:-1] > TURNING)
        turns += float((values[:-1] * seconds)[usable].sum()) / (2.0 * math.pi)
    return round(turns)
