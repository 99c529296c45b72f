"""What the default plot of a part shows, taken from the part when it ends."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bench.record.layout.contents import Contents
from bench.record.layout.groups import GroupColumns
from bench.record.layout.overview import Trace
from bench.record.numbers.pyramid import FIRST, LEVELS, Bins, bins_of, factor_of, join_bins
from bench.record.rows import Section
from bench.record.sealing.stored_rows import read_bins, read_rows

_TRACES = 4
"""Channels that are shown."""
_BINS = 1024
"""Bins at most."""


def overview_of(contents: Contents) -> tuple[NDArray[np.float64], list[Trace]] | None:
    """Return edges (bins + 1) and traces for `write_overview`; None: there is nothing to show.

    The first channels of the first group that has any; the pyramid must be complete.
    """
    for group in contents.groups:
        places = {
            channel: (section, place)
            for section in group.layout.sections
            for place, channel in enumerate(section.channels)
            if section.width == 1
        }
        if not places or group.rows < 2:
            continue
        level, step = _resolution(group.rows)
        shown = sorted(places)[:_TRACES]
        traces = [_trace(group, channel, places[channel], level, step) for channel in shown]
        return _edges(group, step if level is None else factor_of(level) * step), traces
    return None


def _resolution(rows: int) -> tuple[int | None, int]:
    """Return the level to draw from (None: the samples), and how many of it make one bin."""
    if rows < FIRST * _BINS:
        return None, math.ceil(rows / _BINS)
    level = max(level for level in range(LEVELS) if factor_of(level) * _BINS <= rows)
    return level, math.ceil(rows / factor_of(level) / _BINS)


def _trace(
    group: GroupColumns, channel: int, place: tuple[Section, int], level: int | None, step: int
) -> Trace:
    bins: Bins
    section, position = place
    if level is None:
        samples = read_rows(group.values[channel], 0, group.rows)[np.newaxis]
        bins = bins_of(samples, step, last=True)
    else:
        column = group.pyramid[section.field][level]
        finer = read_bins(column, position, 0, column.shape[1])[np.newaxis]
        bins = join_bins(finer, step, last=True)
    stored = group.group.channels[channel]
    bounds = bins[0].astype(np.float64) * stored.scale + stored.offset
    return Trace(stored.channel, bounds.min(axis=1), bounds.max(axis=1))


def _edges(group: GroupColumns, factor: int) -> NDArray[np.float64]:
    """Return the times of the first row of each bin and of the last row; chunks are read once."""
    rows = np.append(np.arange(0, group.rows, factor), group.rows - 1)
    chunks = rows // group.chunk_rows
    edges = np.empty(len(rows))
    for number in np.unique(chunks).tolist():
        first = number * group.chunk_rows
        inside = chunks == number
        times = read_rows(group.time, first, min(first + group.chunk_rows, group.rows))
        edges[inside] = times[rows[inside] - first]
    return edges
