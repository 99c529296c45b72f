"""The rows of one group as they were recorded: what is missing there is missing here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.channel import FRESH, Quality
from bench.runs.export.selection import Selection
from bench.runs.export.table import Beside, Block, Cells, Heading, Values
from bench.runs.group_rows import GroupRows
from bench.runs.part_group import Place
from bench.runs.samples import RunChannel

ROWS = 65_536
"""Rows of a block, where it does not get too large."""
VALUES = 8 * 1024 * 1024
"""Values of a block, where the chunks of the file let it be so small."""


class GroupTable:
    """Channels of one group, one row per row of the group."""

    def __init__(
        self, channels: Sequence[RunChannel], selection: Selection, *, has_quality: bool
    ) -> None:
        """Prepare.

        Args:
            channels: channels of one group, at least one.
            selection: which rows.
            has_quality: whether each value gets its quality beside it.
        """
        self._rows = channels[0].rows
        self._places = tuple(each.place for each in channels)
        self._window = self._rows.timeline.window(selection.start_ns, selection.end_ns)
        self._zero = selection.zero_ns
        self._has_quality = has_quality
        beside = Beside.QUALITY if has_quality else Beside.NOTHING
        self.name = self._rows.name
        """Name of the group."""
        self.headings = tuple(_heading(each, beside) for each in channels)
        """The channels."""

    @property
    def work(self) -> int:
        """Number of rows."""
        return self._window.stop - self._window.start

    def blocks(self) -> Iterator[Block]:
        """Yield the rows, in blocks that end where chunks of the file end."""
        for rows in blocks_of(self._rows, self._window, sum(h.width for h in self.headings)):
            times = self._rows.timeline.read(rows) - self._zero
            cells = tuple(self._cells(place, rows) for place in self._places)
            yield Block(times, cells, len(times))

    def _cells(self, place: Place, rows: slice) -> Cells:
        values = self._rows.values(place, rows)
        unknown = _unknown(values)
        marks = self._marks(place, rows, unknown)
        if self._has_quality:
            return Cells(values, _where(unknown), marks)
        if not self._rows.has_quality:
            return Cells(values, _where(unknown))
        missing = marks != Quality.OK
        if unknown is not None:
            missing |= unknown
        return Cells(values, _where(missing))

    def _marks(
        self, place: Place, rows: slice, unknown: NDArray[np.bool_] | None
    ) -> NDArray[np.uint8]:
        if self._rows.has_quality:
            return self._rows.qualities(place, rows) & np.uint8(FRESH - 1)
        count = rows.stop - rows.start
        bad = np.zeros(count, np.bool_) if unknown is None else unknown
        return np.where(bad, np.uint8(Quality.BAD), np.uint8(Quality.OK))


def blocks_of(rows: GroupRows, window: slice, channels: int) -> Iterator[slice]:
    """Yield slices of a window that are read at once; no chunk has to be decoded for two of them.

    Args:
        rows: of the group.
        window: which of them.
        channels: how many values there are in a row.
    """
    for stretch in rows.stretches:
        chunk = stretch.columns.block
        most = min(ROWS, VALUES // max(1, channels)) // chunk
        step = chunk * max(1, most)
        low = max(window.start, stretch.start)
        end = min(window.stop, stretch.start + len(stretch))
        while low < end:
            high = min(end, low + step - (low - stretch.start) % step)
            yield slice(low, high)
            low = high


def _heading(channel: RunChannel, beside: Beside) -> Heading:
    stored = channel.as_stored
    return Heading(
        channel.channel,
        np.dtype(stored.dtype),
        stored.scale,
        stored.offset,
        stored.width,
        stored.axis,
        beside,
    )


def _unknown(values: Values) -> NDArray[np.bool_] | None:
    """Return where values are no numbers; of traces, where not one is. None: integers."""
    if values.dtype.kind != "f":
        return None
    found: NDArray[np.bool_] = np.isnan(values)
    if found.ndim > 1:
        np.logical_and.reduce(found, axis=1, out=(whole := np.empty(len(found), np.bool_)))
        return whole
    return found


def _where(missing: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    return missing if missing is not None and bool(missing.any()) else None
