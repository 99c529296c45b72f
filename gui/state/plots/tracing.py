"""Curves of a run as a screen shows them: no value within the window is missed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.clock import SECOND
from bench.runs import Run, RunChannel
from bench.runs.interruptions import Gap, Window
from bench.units import Unit
from gui.state.plots.picture import Curve, Floats, Trace

Times = NDArray[np.int64]
_LAST = 2**61


def trace_of(run: Run, curve: Curve, window: Window, pixels: int, gaps: Sequence[Gap]) -> Trace:
    """Return a channel in a window of time, on the run's own axis.

    Where there are no more samples than pixels, the samples themselves, with one beyond each end;
    else smallest and largest value of each pixel that has rows. A gap of the run is a NaN.

    Args:
        run: The run.
        curve: Which channel.
        window: From when to when, monotonic.
        pixels: How many pixels lie between.
        gaps: `Run.gaps`, which are read once for all curves.

    Raises:
        RunFileError: there is no such channel, or the file is damaged there.
    """
    channel = run.channel(curve.channel)
    start = max(-_LAST, min(window.start_ns, _LAST))
    end = max(start, min(window.end_ns, _LAST))
    rows = channel.rows.timeline.window(start, end)
    if rows.stop - rows.start <= pixels:
        times, low, high = _samples(channel, rows)
    else:
        times, low, high = _pixels(channel, start, end, pixels)
    own = [(gap.start_ns, gap.end_ns) for gap in gaps if gap.group in {"", channel.group}]
    times, low, high = with_gaps(times, low, high, own)
    seconds = (times - run.header.start_ns) / SECOND
    low, high = _shown(low, high, channel.channel.shown_unit)
    return Trace(curve, seconds, low, high)


def with_gaps(
    times: Times, low: Floats, high: Floats, gaps: Sequence[tuple[int, int]]
) -> tuple[Times, Floats, Floats]:
    """Return a curve with a NaN in each gap that lies between two of its points.

    Args:
        times: When, rising.
        low: Smallest values.
        high: Largest values.
        gaps: From when to when there are no rows.
    """
    middles = np.array([start + (end - start) // 2 for start, end in gaps], np.int64)
    at = np.searchsorted(times, middles)
    inner = (at > 0) & (at < len(times))
    at, middles = at[inner], middles[inner]
    if not len(at):
        return times, low, high
    return np.insert(times, at, middles), np.insert(low, at, np.nan), np.insert(high, at, np.nan)


def _samples(channel: RunChannel, rows: slice) -> tuple[Times, Floats, Floats]:
    timeline = channel.rows.timeline
    first, last = max(0, rows.start - 1), min(len(timeline), rows.stop + 1)
    if first >= last:
        return np.empty(0, np.int64), np.empty(0), np.empty(0)
    times = timeline.read(slice(first, last))
    found = channel.values_si(int(times.min()), int(times.max()))
    if found.values.ndim == 1:
        return found.times_ns, found.values, found.values
    return found.times_ns, np.fmin.reduce(found.values, 1), np.fmax.reduce(found.values, 1)


def _pixels(
    channel: RunChannel, start_ns: int, end_ns: int, pixels: int
) -> tuple[Times, Floats, Floats]:
    found = channel.envelope(start_ns, end_ns, pixels)
    has_rows = found.rows > 0
    return found.edges_ns[:-1][has_rows], found.minimum[has_rows], found.maximum[has_rows]


def _shown(low: Floats, high: Floats, unit: Unit) -> tuple[Floats, Floats]:
    """Return SI values in the unit of screens."""
    first, second = (low - unit.offset) / unit.factor, (high - unit.offset) / unit.factor
    return (first, second) if unit.factor > 0 else (second, first)
