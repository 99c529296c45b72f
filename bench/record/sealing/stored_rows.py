"""Rows and bins read back from a part, chunk by chunk: what a sealer needs after a restart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.record.hdf5 import Column
from bench.record.layout.groups import GroupColumns
from bench.record.numbers.chunks import decode_chunk
from bench.record.numbers.pyramid import CHUNK_BINS, Bins
from bench.record.rows import QUALITY, TIME


def read_rows(column: Column, first: int, stop: int) -> NDArray[Any]:
    """Return the elements of a 1-D column from a row up to before another.

    Raises:
        ValueError: a chunk is missing or damaged.
    """
    (rows,) = column.chunk
    pieces: list[NDArray[Any]] = []
    for start in range(first - first % rows, stop, rows):
        mask, data = column.chunks.read(start)
        values = decode_chunk(data, column.dtype, rows, filter_mask=mask)
        pieces.append(values[max(0, first - start) : stop - start])
    return np.concatenate(pieces) if pieces else np.empty(0, column.dtype)


def read_bins(column: Column, channel: int, first: int, stop: int) -> Bins:
    """Return bins (bin, 2) of one channel of a pyramid level.

    Raises:
        ValueError: a chunk is missing or damaged.
    """
    pieces: list[NDArray[Any]] = []
    for start in range(first - first % CHUNK_BINS, stop, CHUNK_BINS):
        mask, data = column.chunks.read((channel, start, 0))
        bins = decode_chunk(data, column.dtype, CHUNK_BINS * 2, filter_mask=mask)
        pieces.append(bins.reshape(CHUNK_BINS, 2)[max(0, first - start) : stop - start])
    return np.concatenate(pieces) if pieces else np.empty((0, 2), column.dtype)


def read_back(columns: GroupColumns, first: int, rows: NDArray[np.void]) -> None:
    """Fill rows as the log had them with what the file holds from a row of the part on.

    Raises:
        ValueError: a chunk is missing or damaged.
    """
    stop = first + len(rows)
    if stop == first:
        return
    if columns.time_ns is not None:
        rows[TIME] = read_rows(columns.time_ns, first, stop)
    for section in columns.layout.sections:
        for place, channel in enumerate(section.channels):
            column = columns.values[channel]
            if section.width > 1:
                rows[section.field] = column.read(first, stop)
            else:
                rows[section.field][:, place] = read_rows(column, first, stop)
    for channel, column in enumerate(columns.qualities):
        rows[QUALITY][:, channel] = read_rows(column, first, stop)
