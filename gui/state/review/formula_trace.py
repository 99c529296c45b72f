"""The curve of a formula over a window of time, as a screen shows it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.clock import SECOND
from bench.runs import Run, Window
from gui.state.plots.picture import Curve, Floats, Trace
from gui.state.plots.tracing import with_gaps
from gui.state.review.formula import ReadFormula
from gui.state.review.formula_bounds import Bounds, bounded
from gui.state.review.measure import Column, Rows

Times = NDArray[np.int64]
MOST_ROWS = 1_000_000
"""Rows of which a formula is computed one by one; of more it is bounded per pixel."""


def formula_trace(run: Run, read: ReadFormula, curve: Curve, window: Window, pixels: int) -> Trace:
    """Return a formula in a window of time, on the run's own axis.

    Args:
        run: The run.
        read: What is computed.
        curve: What it is called.
        window: From when to when.
        pixels: How many pixels lie between.

    Returns:
        Its values where there are fewer rows than pixels; smallest and largest per pixel where
        rows are at most `MOST_ROWS`; else bounds that no value leaves (`bounded`).

    Raises:
        RunFileError: there is no such channel, or the file is damaged there.
    """
    start_ns, end_ns = window.start_ns, max(window.start_ns, window.end_ns)
    column = Column(run, read)
    rows = column.rows(start_ns, end_ns)
    count = rows.last - rows.first
    if count > MOST_ROWS:
        times, low, high = _bounds(run, read, start_ns, end_ns, pixels)
    else:
        times, values = _samples(column, rows)
        low = high = values
        if count > pixels:
            times, low, high = _per_pixel(times, values, start_ns, end_ns, pixels)
    gaps = [(gap.start_ns, gap.end_ns) for gap in run.gaps if gap.group in {"", column.group}]
    times, low, high = with_gaps(times, low, high, gaps)
    seconds = (times - run.header.start_ns) / SECOND
    unit = read.unit
    low, high = ((each - unit.offset) / unit.factor for each in (low, high))
    return Trace(curve, seconds, low, high)


def _samples(column: Column, rows: Rows) -> tuple[Times, Floats]:
    times = column.times(Rows(max(0, rows.first - 1), rows.last + 1))
    return times, column.held(times)


def _per_pixel(
    times: Times, values: Floats, start_ns: int, end_ns: int, pixels: int
) -> tuple[Times, Floats, Floats]:
    edges = start_ns + (np.arange(pixels) * ((end_ns - start_ns + 1) / pixels)).astype(np.int64)
    first = np.searchsorted(times, edges)
    filled = np.flatnonzero(np.diff(first, append=len(times)) > 0)
    starts = first[filled]
    low = np.fmin.reduceat(values, starts)
    high = np.fmax.reduceat(values, starts)
    return edges[filled], low, high


def _bounds(
    run: Run, read: ReadFormula, start_ns: int, end_ns: int, pixels: int
) -> tuple[Times, Floats, Floats]:
    columns: dict[str, Bounds] = {}
    edges: Times = np.empty(0, np.int64)
    for name in sorted(read.resolved.names):
        found = run.channel(name).envelope(start_ns, end_ns, pixels)
        edges = found.edges_ns[:-1]
        columns[name] = Bounds(found.minimum, found.maximum)
    low, high = bounded(read.resolved, columns, pixels)
    return edges, low.astype(np.float64), high.astype(np.float64)
