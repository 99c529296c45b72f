"""What of a run is still in the log: rows and records that no commit holds yet."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.record.port import RateGroup, Record
from bench.record.records import decode_record
from bench.record.rows import QUALITY, TIME, RowLayout
from bench.record.wal.frames import Frame, FrameKind
from bench.record.wal.reading import ReadOnlyFiles, SegmentTail

Array = NDArray[Any]


@dataclass(frozen=True)
class TailPiece:
    """Rows of one frame."""

    first_row: int
    """Number of the first one in its group since the run's start."""
    time_ns: int
    """Its time."""
    rows: NDArray[np.void]
    """The rows (`RowLayout.dtype`)."""


class TailRows:
    """Consecutive rows of one group, numbered from 0; a snapshot: nothing is added to it."""

    def __init__(self, layout: RowLayout, pieces: list[TailPiece]) -> None:
        self.layout = layout
        """How a row lies in memory."""
        self.pieces = tuple(pieces)
        """The rows, frame by frame."""
        self._starts = np.cumsum([0, *(len(piece.rows) for piece in pieces)]).tolist()

    def __len__(self) -> int:
        return int(self._starts[-1])

    @property
    def starts(self) -> list[int]:
        """Number of the first row of each piece, here."""
        return self._starts[:-1]

    def times(self, first: int, last: int) -> NDArray[np.int64]:
        """Return the times of rows that carry their own, ns."""
        return self._joined(TIME, None, first, last, np.dtype(np.int64))

    def values(self, channel: int, first: int, last: int) -> Array:
        """Return values of a channel of the group, as stored; of a wide one (rows, width)."""
        for section in self.layout.sections:
            if channel in section.channels:
                place = None if section.width > 1 else section.channels.index(channel)
                return self._joined(section.field, place, first, last, section.dtype)
        raise IndexError(channel)

    def qualities(self, channel: int, first: int, last: int) -> NDArray[np.uint8]:
        """Return the marks of a channel of a group that has them."""
        return self._joined(QUALITY, channel, first, last, np.dtype(np.uint8))

    def _joined(
        self, field: str, place: int | None, first: int, last: int, dtype: np.dtype[Any]
    ) -> Array:
        begin = bisect.bisect_right(self._starts, first) - 1
        found: list[Array] = []
        for start, piece in zip(self._starts[begin:-1], self.pieces[begin:], strict=True):
            if start >= last:
                break
            column: Array = piece.rows[field]
            column = column if place is None else column[:, place]
            found.append(column[max(0, first - start) : last - start])
        return np.concatenate(found) if found else np.empty(0, dtype)


class LogTail:
    """The frames of a log behind the last commit; reads on where it ended."""

    def __init__(self, run: Path, run_id: bytes, sequence: int) -> None:
        """Prepare.

        Args:
            run: the run file (first part).
            run_id: its identity, 16 bytes.
            sequence: last frame that the file holds.
        """
        self._tail = SegmentTail(ReadOnlyFiles(), run, run_id, after=sequence)
        self._frames: list[Frame] = []

    @property
    def has_hole(self) -> bool:
        """Whether frames were met that do not follow: a segment between is gone."""
        return self._tail.has_hole

    def read(self) -> None:
        """Take what is new in the log.

        Raises:
            OSError: a segment cannot be read; FileNotFoundError: it was released meanwhile.
        """
        self._frames += self._tail.read()

    def forget(self, sequence: int) -> None:
        """Drop the frames up to a sequence: the file holds them."""
        self._frames = [frame for frame in self._frames if frame.sequence > sequence]

    def holds(self, number: int) -> bool:
        """Return whether there are frames with rows of a group."""
        return any(f.kind is FrameKind.ROWS and f.group == number for f in self._frames)

    def records(self) -> tuple[Record, ...]:
        """Return the records, in order.

        Raises:
            ValueError, KeyError, TypeError: one is not as written.
        """
        return tuple(
            decode_record(bytes(frame.payload))
            for frame in self._frames
            if frame.kind is FrameKind.RECORD
        )

    def rows(self, number: int, group: RateGroup, first_row: int) -> TailRows:
        """Return the rows of a group from a row on.

        Args:
            number: which group of the run.
            group: the group.
            first_row: the first row that the file does not hold, since the run's start.

        Raises:
            ValueError: a frame holds no such rows.
        """
        layout = RowLayout(group)
        pieces = list(_pieces(self._frames, number, layout, first_row))
        return TailRows(layout, pieces)


def _pieces(
    frames: list[Frame], number: int, layout: RowLayout, first_row: int
) -> Iterator[TailPiece]:
    """Yield the rows of frames, without those that come before a row."""
    expected = first_row
    for frame in frames:
        if frame.kind is not FrameKind.ROWS or frame.group != number:
            continue
        rows = np.frombuffer(frame.payload, layout.dtype)
        known = expected - frame.first_row
        if known >= len(rows):
            continue
        if known <= 0:
            yield TailPiece(frame.first_row, frame.time_ns, rows)
        else:
            time_ns = _time_of(frame, rows, known, layout)
            yield TailPiece(expected, time_ns, rows[known:])
        expected = frame.first_row + len(rows)


def _time_of(frame: Frame, rows: NDArray[np.void], row: int, layout: RowLayout) -> int:
    interval = layout.group.interval_ns
    if interval is None:
        return int(rows[TIME][row])
    return frame.time_ns + int(row * interval)
