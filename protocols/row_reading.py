"""Rows of a channel by their numbers: the times of its group are looked up once, by the caller."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.channel import FRESH, Quality
from bench.runs.samples import RunChannel

_MARK = np.uint8(FRESH - 1)

Mask = NDArray[np.bool_]


def values_of(channel: RunChannel, rows: slice) -> NDArray[np.float64]:
    """Return values of rows, SI, shape (n,).

    Raises:
        RunFileError: the file is damaged there.
    """
    values: NDArray[np.float64] = channel.rows.values(channel.place, rows, "<f8")
    stored, shown = channel.as_stored, channel.unit
    factor = stored.scale * shown.factor
    offset = stored.offset * shown.factor + shown.offset
    if factor != 1.0:
        values *= factor
    if offset:
        values += offset
    return values


def good_rows(channel: RunChannel, rows: slice) -> tuple[NDArray[np.float64], Mask]:
    """Return values of rows, SI, and where they are OK and finite; both (n,).

    Raises:
        RunFileError: the file is damaged there.
    """
    values = values_of(channel, rows)
    good = np.isfinite(values)
    if channel.rows.has_quality:
        good &= (channel.rows.qualities(channel.place, rows) & _MARK) == np.uint8(Quality.OK)
    return values, good


def fresh_rows(channel: RunChannel, rows: slice) -> tuple[NDArray[np.float64], Mask, Mask]:
    """Return values of rows, SI, where they are OK, and where they are new; all (n,).

    Raises:
        RunFileError: the file is damaged there.
    """
    values = values_of(channel, rows)
    if not channel.rows.has_quality:
        known = np.isfinite(values)
        return values, known, known
    marks = channel.rows.qualities(channel.place, rows)
    return values, (marks & _MARK) == np.uint8(Quality.OK), marks >= np.uint8(FRESH)
