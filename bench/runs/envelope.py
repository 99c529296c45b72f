"""The envelope of a channel: smallest and largest value per pixel, at any zoom.

The coarsest level of the pyramid with at least one bin per pixel answers; below 256 samples per
pixel the samples do. While a run is recorded a level ends with its last whole chunk: what is
behind it is derived from the level beneath. Where a pixel has no rows it is NaN: gaps are seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bench.record.numbers.pyramid import (
    STEP,
    bins_of,
    factor_of,
    join_bins,
    level_for,
    reduce_envelope,
)
from bench.runs.timeline import Timeline, Times, scaled

Array = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Envelope:
    """What a picture of a channel shows; from bins it may reach one bin beyond a pixel."""

    edges_ns: Times
    """Borders of the pixels, one more than pixels; a pixel holds its left border."""
    minimum: Floats
    """Smallest value per pixel, SI; NaN: none."""
    maximum: Floats
    """Largest value per pixel, SI; NaN: none."""
    rows: Times
    """How many rows lie in each pixel; where rows are far more than pixels, nearly."""
    samples_per_bin: int
    """What it was drawn from: samples per bin, 1: the samples themselves (then it is exact)."""


class Bounds(Protocol):
    """Consecutive rows of one channel, and what of the pyramid stands over them, as stored."""

    def __len__(self) -> int:
        """Return the number of rows."""
        ...

    def bounds(self, first: int, last: int) -> tuple[Array, Array]:
        """Return smallest and largest value of each of the rows `first` up to before `last`."""
        ...

    def stored_bins(self, level: int) -> int:
        """Return how many bins of a level are stored."""
        ...

    def bins(self, level: int, first: int, last: int) -> Array:
        """Return stored bins (bins, 2) of a level."""
        ...


def pixel_edges(start_ns: int, end_ns: int, pixels: int) -> Times:
    """Return the borders of pixels; the last one is right behind `end_ns`, which is included.

    Raises:
        ValueError: no pixel, or the end is before the start.
    """
    if pixels < 1 or end_ns < start_ns:
        raise ValueError(pixels, start_ns, end_ns)
    steps = scaled(np.arange(pixels + 1, dtype=np.int64), end_ns - start_ns + 1, pixels)
    return np.int64(start_ns) + steps


def envelope_of(
    stretches: Sequence[Bounds], timeline: Timeline, start_ns: int, end_ns: int, pixels: int
) -> Envelope:
    """Return the envelope of a channel in its stored numbers.

    Args:
        stretches: the rows of the channel, stretch by stretch as the timeline has them.
        timeline: their times.
        start_ns: first moment, ns.
        end_ns: last moment, included, ns.
        pixels: how many pixels lie between.

    Raises:
        ValueError: no pixel, or the end is before the start.
    """
    edges_ns = pixel_edges(start_ns, end_ns, pixels)
    window = timeline.window(start_ns, end_ns)
    level = level_for((window.stop - window.start) / pixels)
    within = 0 if level is None else factor_of(level)
    edges = np.clip(timeline.rows_before(edges_ns, within), window.start, window.stop)
    edges[0], edges[-1] = window.start, window.stop
    edges = np.maximum.accumulate(edges)
    low, high = np.full(pixels, np.nan), np.full(pixels, np.nan)
    start = 0
    for stretch in stretches:
        local = np.clip(edges - start, 0, len(stretch))
        if local[0] < local[-1]:
            part = _pixels_of(stretch, level, local)
            np.fmin(low, part[0], out=low)
            np.fmax(high, part[1], out=high)
        start += len(stretch)
    return Envelope(edges_ns, low, high, np.diff(edges), within or 1)


def _pixels_of(stretch: Bounds, level: int | None, edges: Times) -> tuple[Floats, Floats]:
    """Return smallest and largest value per pixel, of the rows between its edges."""
    first, last = int(edges[0]), int(edges[-1])
    if level is None:
        minimum, maximum = stretch.bounds(first, last)
        starts = ends = np.arange(first, last, dtype=np.int64)
    else:
        factor = factor_of(level)
        begin, end = first // factor, -(-last // factor)
        bins = bins_between(stretch, level, begin, end)
        minimum, maximum = bins[:, 0], bins[:, 1]
        starts = np.arange(begin, end, dtype=np.int64) * factor
        ends = np.minimum(starts + (factor - 1), len(stretch) - 1)
    low, high = reduce_envelope(starts, ends, minimum, maximum, edges)
    has_rows = edges[1:] > edges[:-1]
    return np.where(has_rows, low, np.nan), np.where(has_rows, high, np.nan)


def bins_between(stretch: Bounds, level: int, first: int, last: int) -> Array:
    """Return the bins (bins, 2) `first` up to before `last` of a level.

    The last bin of the stretch may cover fewer samples. What of the level is not stored is
    derived from the level beneath, and so on down to the samples.
    """
    stored = min(stretch.stored_bins(level), last)
    if first >= stored:
        return _derived(stretch, level, first, last)
    found = stretch.bins(level, first, stored)
    if stored == last:
        return found
    return np.concatenate([found, _derived(stretch, level, stored, last)])


def _derived(stretch: Bounds, level: int, first: int, last: int) -> Array:
    if level == 0:
        factor = factor_of(0)
        low, high = stretch.bounds(first * factor, min(last * factor, len(stretch)))
        minimum = bins_of(low[np.newaxis], factor, last=True)[0]
        if low is high:
            return minimum
        maximum = bins_of(high[np.newaxis], factor, last=True)[0]
        return np.column_stack([minimum[:, 0], maximum[:, 1]])
    beneath = -(-len(stretch) // factor_of(level - 1))
    finer = bins_between(stretch, level - 1, first * STEP, min(last * STEP, beneath))
    return join_bins(finer[np.newaxis], last=True)[0]
