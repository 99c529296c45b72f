"""Where a run's rows and records come in: memory only, in order, never waiting.

Acquisition copies rows into rings and goes on; the log's side takes them out as frames. What does
not fit is counted and told, never silent. Values are converted from SI to the unit of their
channel when they leave, many rows at once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.clock import SECOND
from bench.record.port import (
    SCAN,
    Bookmark,
    ClockMark,
    Ending,
    Event,
    Header,
    Identity,
    Incident,
    Point,
    Record,
    StepBegun,
    StepRecord,
)
from bench.record.records import encode_record
from bench.record.rings import BlockRing, Ring, RingFull, ScanRing
from bench.record.rows import RowLayout, groups_of
from bench.record.wal.frames import Frame, FrameKind

MOST_RECORDS = 100_000
"""Events, steps and points that may wait."""
FRAME_BYTES = 1024 * 1024
"""Rows beyond this begin a new frame: what a torn write costs stays small."""
_FEWEST_ROWS = 1024
_LARGEST_RING = 128 * 1024 * 1024
_LARGEST_TIMED_RING = 32 * 1024 * 1024
_TIMED_RING = 16 * 1024 * 1024
"""Size of the ring of a group whose rate nobody knows: cycles, single events."""


@dataclass(frozen=True)
class Loss:
    """What did not fit."""

    group: str
    """Group of the rows; empty: records."""
    rows: int
    """How many."""
    first_ns: int
    """Time of the first, monotonic."""
    last_ns: int
    """Time of the last call whose rows did not fit, monotonic."""


@dataclass
class _Stretch:
    """Rows of one group, one after the other, with no record between them."""

    group: int
    rows: int
    time_ns: int


class Intake:
    """Takes rows and records of one run.

    Rows of one group come from one thread, records from any; one thread drains.

    Args:
        header: what the run consists of.
        seconds: how long rows may wait for a disk that hangs, s.
    """

    def __init__(self, header: Header, seconds: float = 10.0) -> None:
        layouts = [RowLayout(group) for group in groups_of(header)]
        rows = [
            max(_FEWEST_ROWS, round(seconds * SECOND / max(interval, 1.0)))
            for interval in _intervals(header, layouts)
        ]
        self._scan = ScanRing(layouts[0], _bounded(rows[0], 9 * len(header.channels) + 8))
        self._blocks = [
            BlockRing(layout, _bounded(count, layout.dtype.itemsize, _largest(layout)))
            for layout, count in zip(layouts[1:], rows[1:], strict=True)
        ]
        self._rings: Sequence[Ring] = (self._scan, *self._blocks)
        self._places = {ring.layout.group.name: i for i, ring in enumerate(self._blocks, 1)}
        self._spacing = [float(layout.group.interval_ns or 0) for layout in layouts]
        self._start_ns = header.start_ns
        self._lock = threading.Lock()
        self._order: list[_Stretch | Record] = []
        self._records = 0
        self._is_filling = False
        self._losses: dict[str, Loss] = {}
        self._sequence = 0
        self._drained = [0] * len(self._rings)

    def row(self, time_ns: int, values: NDArray[np.float64], qualities: NDArray[np.uint8]) -> None:
        """Take one scan (see `Recorder.row`).

        Raises:
            ValueError: not one value and one quality per channel, or an earlier time.
        """
        try:
            self._scan.put(time_ns, values, qualities)
        except RingFull:
            self._lose(SCAN, 1, time_ns)
            return
        if self._scan.slots.is_filling:
            self._is_filling = True
        with self._lock:
            last = self._order[-1] if self._order else None
            if isinstance(last, _Stretch) and last.group == 0:
                last.rows += 1
            else:
                self._order.append(_Stretch(0, 1, time_ns))

    def rows(self, group: str, time_ns: int, records: NDArray[np.void]) -> int:
        """Take rows of a group beside the scan (see `Recorder.rows`); return how many fitted.

        Raises:
            KeyError: no such group.
            ValueError: another element type, or an earlier time.
        """
        place = self._places[group]
        ring = self._blocks[place - 1]
        count = ring.put(time_ns, records)
        if ring.slots.is_filling:
            self._is_filling = True
        if count < len(records):
            self._lose(group, len(records) - count, time_ns)
        if count:
            with self._lock:
                self._order.append(_Stretch(place, count, time_ns))
        return count

    def record(self, record: Record) -> None:
        """Take what is no row; it stays behind every row that came before it."""
        with self._lock:
            if self._records < MOST_RECORDS:
                self._order.append(record)
                self._records += 1
                return
        self._lose("", 1, _time_of(record) or 0)

    def drain(self) -> list[Frame]:
        """Return what has come since the last call, in order, with copies of the rows.

        Rows of a group that lie between two records share frames, unless the group's time jumps.
        Of several bookmarks only the newest goes on.
        """
        with self._lock:
            order, self._order = self._order, []
            self._records = 0
            self._is_filling = False
        bookmark = next((each for each in reversed(order) if isinstance(each, Bookmark)), None)
        frames: list[Frame] = []
        waiting: list[_Stretch] = []
        for entry in order:
            if isinstance(entry, _Stretch):
                waiting.append(entry)
                continue
            if isinstance(entry, Bookmark) and entry is not bookmark:
                continue
            frames += self._rows_of(waiting)
            waiting = []
            frames.append(self._record_of(entry))
        frames += self._rows_of(waiting)
        return frames

    def take_losses(self) -> tuple[Loss, ...]:
        """Return what did not fit since the last call."""
        with self._lock:
            losses, self._losses = self._losses, {}
        return tuple(losses.values())

    @property
    def is_filling(self) -> bool:
        """Whether a ring is more than half full, or half of the records that may wait do."""
        return self._is_filling or 2 * self._records > MOST_RECORDS

    @property
    def waiting_rows(self) -> int:
        """Rows that wait to be drained."""
        return sum(slots.taken - slots.released for slots in (ring.slots for ring in self._rings))

    def free(self, group: str) -> int:
        """Return how many rows of a group beside the scan fit now.

        Raises:
            KeyError: no such group.
        """
        return self._blocks[self._places[group] - 1].slots.free

    def _lose(self, group: str, rows: int, time_ns: int) -> None:
        with self._lock:
            known = self._losses.get(group)
            self._losses[group] = (
                Loss(group, rows, time_ns, time_ns)
                if known is None
                else replace(known, rows=known.rows + rows, last_ns=time_ns)
            )

    def _record_of(self, record: Record) -> Frame:
        self._sequence += 1
        time_ns = _time_of(record)
        if time_ns is None:
            time_ns = max(self._scan.slots.last_time, self._start_ns)
        payload = encode_record(record)
        return Frame(FrameKind.RECORD, 0, self._sequence, 0, 0, time_ns, payload)

    def _rows_of(self, stretches: Sequence[_Stretch]) -> Iterator[Frame]:
        for stretch in self._joined(stretches):
            ring = self._rings[stretch.group]
            most = max(1, FRAME_BYTES // max(ring.layout.dtype.itemsize, 1))
            done = 0
            while done < stretch.rows:
                first = self._drained[stretch.group]
                count = min(most, stretch.rows - done)
                start, end = ring.slots.stretches(first, count)[0]
                time_ns = ring.time_of(start)
                if time_ns is None:
                    time_ns = stretch.time_ns + round(done * self._spacing[stretch.group])
                self._sequence += 1
                yield Frame(
                    FrameKind.ROWS, stretch.group, self._sequence,
                    first, end - start, time_ns, ring.rows(start, end),
                )  # fmt: skip
                done += end - start
                self._drained[stretch.group] = ring.slots.released = first + end - start

    def _joined(self, stretches: Sequence[_Stretch]) -> list[_Stretch]:
        """Return the stretches with those of one group joined where its time goes on."""
        joined: list[_Stretch] = []
        newest: dict[int, _Stretch] = {}
        for each in stretches:
            last = newest.get(each.group)
            if last is not None and self._goes_on(last, each):
                last.rows += each.rows
            else:
                newest[each.group] = each
                joined.append(each)
        return joined

    def _goes_on(self, last: _Stretch, following: _Stretch) -> bool:
        spacing = self._spacing[last.group]
        if not spacing:
            return True
        expected = last.time_ns + last.rows * spacing
        return abs(following.time_ns - expected) <= spacing / 2


def _intervals(header: Header, layouts: Sequence[RowLayout]) -> list[float]:
    """Return the time between two rows of each group, ns; where nobody knows it, a guess."""
    found = [float(header.scan_period_ns)]
    for layout in layouts[1:]:
        guessed = 10 * SECOND * layout.dtype.itemsize / _TIMED_RING
        found.append(float(layout.group.interval_ns or guessed))
    return found


def _time_of(record: Record) -> int | None:
    """Return when something happened, ns; None: nobody says."""
    match record:
        case Event() | ClockMark() | Bookmark():
            return record.time_ns
        case Incident():
            return record.at_ns  # its window may end after the last row
        case StepBegun():
            return record.start_ns
        case StepRecord() | Point() | Ending():
            return record.end_ns
        case Identity():
            return None


def _largest(layout: RowLayout) -> int:
    return _LARGEST_TIMED_RING if layout.group.interval_ns is None else _LARGEST_RING


def _bounded(rows: int, row_bytes: int, largest: int = _LARGEST_RING) -> int:
    return max(16, min(rows, largest // max(row_bytes, 1)))
