"""A long run as minutes: rows are read in blocks, so that a year of them needs little memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.record.port import SCAN
from bench.runs import Run
from protocols.row_reading import good_rows
from protocols.run_series import Series

MINUTE_NS = 60 * 10**9
BLOCK = 2**19
"""Rows read at once."""
LONGEST_STEP_NS = 5 * MINUTE_NS
"""Time between two rows that is a gap; the scan stretches to a minute. Engineering default."""
MOST_PLACES = 8
"""Places of one kind that are told; the rest is counted."""

Numbers = NDArray[np.float64]
Times = NDArray[np.int64]


@dataclass(frozen=True)
class Break:
    """A place where the time axis of a file is not as one expects."""

    file: str
    """Name of the file."""
    kind: str
    """``gap`` or ``duplicate``."""
    row: int
    """Row before it."""
    seconds: float
    """How long the gap is; 0 for a duplicate."""


@dataclass(frozen=True, eq=False)
class Minutes:
    """Channels of a series minute by minute; NaN where none of their rows is good."""

    times: Numbers
    """Middle of each minute since the begin of the series, s; shape (n,)."""
    rows: NDArray[np.int64]
    """Scans in each minute, (n,)."""
    means: Mapping[str, Numbers]
    """Channel → mean of good samples, SI, (n,)."""
    lowest: Mapping[str, Numbers]
    """Channel → smallest good sample, (n,); infinite where there is none."""
    highest: Mapping[str, Numbers]
    """Channel → largest good sample, (n,)."""
    breaks: tuple[Break, ...]
    """Gaps and duplicate rows, in time."""


def minutes_of(series: Series, names: Sequence[str], bounded: Collection[str]) -> Minutes:
    """Return channels of a series by the minute.

    Args:
        series: the runs.
        names: channels; those that no run has are left out.
        bounded: those of them whose smallest and largest sample is wanted.

    Raises:
        RunFileError: a file is damaged.
    """
    count = int(series.end_ns // MINUTE_NS) + 1
    present = [name for name in names if any(name in run.names for run in series.runs)]
    sums = {name: np.zeros(count) for name in present}
    counts = {name: np.zeros(count) for name in present}
    lowest = {name: np.full(count, np.inf) for name in present if name in bounded}
    highest = {name: np.full(count, -np.inf) for name in present if name in bounded}
    rows = np.zeros(count, np.int64)
    breaks: list[Break] = []
    for number, run in enumerate(series.runs):
        own = [name for name in present if name in run.names and run.channel(name).group == SCAN]
        for first, times in _blocks(run, breaks):
            places, starts = _bins((times + series.offset_ns(number)) // MINUTE_NS)
            lengths = np.diff(starts, append=len(times))
            rows[places] += lengths
            for name in own:
                values, good = good_rows(run.channel(name), slice(first, first + len(times)))
                is_whole = bool(good.all())
                counts[name][places] += (
                    lengths if is_whole else np.add.reduceat(good, starts, dtype=np.float64)
                )
                given = values if is_whole else np.where(good, values, 0.0)
                sums[name][places] += np.add.reduceat(given, starts)
                if name not in bounded:
                    continue
                given = values if is_whole else np.where(good, values, np.inf)
                low = np.minimum.reduceat(given, starts)
                given = values if is_whole else np.where(good, values, -np.inf)
                high = np.maximum.reduceat(given, starts)
                lowest[name][places] = np.minimum(lowest[name][places], low)
                highest[name][places] = np.maximum(highest[name][places], high)
    means = {
        name: np.divide(
            sums[name], counts[name], out=np.full(count, np.nan), where=counts[name] > 0
        )
        for name in present
    }
    middles: Numbers = (np.arange(count, dtype=np.float64) + 0.5) * 60.0
    return Minutes(middles, rows, means, lowest, highest, tuple(breaks))


def _blocks(run: Run, breaks: list[Break]) -> Iterator[tuple[int, Times]]:
    """Yield the number of the first row and the times of each block; note what is odd in them."""
    last: int | None = None
    for first in range(0, len(run), BLOCK):
        times = run.timeline.read(slice(first, min(first + BLOCK, len(run))))
        steps = np.diff(times, prepend=times[0] - 1 if last is None else last)
        for kind, found in (
            ("duplicate", np.flatnonzero(steps <= 0)),
            ("gap", np.flatnonzero(steps > LONGEST_STEP_NS)),
        ):
            known = sum(each.kind == kind for each in breaks)
            for row in found[: max(0, MOST_PLACES - known)].tolist():
                length = float(steps[row]) / 1e9 if kind == "gap" else 0.0
                breaks.append(Break(run.path.name, kind, first + row - 1, length))
        last = int(times[-1])
        yield first, times


def _bins(minutes: Times) -> tuple[Times, Times]:
    """Return the minutes that occur, and where the rows of each begin."""
    starts = np.flatnonzero(np.diff(minutes, prepend=minutes[0] - 1))
    return minutes[starts], starts
