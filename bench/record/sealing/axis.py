"""The time axis of a group while it is sealed: when each row was taken, and where that jumps.

Rows of a regular group are counted from an anchor: its first row, or the first one behind a gap.
All rows are numbered from the beginning of the run.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bench.clock import MILLISECOND, SECOND
from bench.record.port import SCAN, Header, RateGroup

CLOCK_STEP_NS = 5 * MILLISECOND
"""From which jump on the wall clock has been set."""
_LONGEST_PAUSE_NS = SECOND // 2
_PAUSE_PERIODS = 3
_HALF = Fraction(1, 2)
_LARGEST = 2**60
"""Four times as much still fits an integer of 64 bits."""

Times = NDArray[np.int64]
"""Monotonic times of rows, ns."""


class CueKind(IntEnum):
    """Why a row stands in the cue table."""

    REGULAR = 0
    """First row of the file or of a chunk."""
    GAP = 1
    """Rows are missing before it, or its time is out of step with the rows before."""
    CLOCK_STEP = 2
    """The wall clock was set before it."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A row whose time is known."""

    row: int
    """Counted from the beginning of the run."""
    time_ns: int
    """Monotonic."""
    kind: CueKind
    """Why it is told."""
    utc_ns: int
    """What the wall clock showed then."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What an axis says of rows that go into the file."""

    times: Times
    """Monotonic time of each row, ns."""
    cues: tuple[Cue, ...]
    """In the order of the rows."""
    backwards: tuple[tuple[int, int], ...]
    """(row, monotonic time) of each row that is earlier than the one before."""


class TimeAxis:
    """Gives the times and the cues of a group's rows, in the order in which they are sealed.

    Args:
        group: whose rows.
        header: of the run.
        first_row: first row of the file.
        chunk_rows: rows per chunk.
    """

    def __init__(self, group: RateGroup, header: Header, first_row: int, chunk_rows: int) -> None:
        self._interval = group.interval_ns
        self._pause = (
            max(_PAUSE_PERIODS * header.scan_period_ns, _LONGEST_PAUSE_NS) + header.stretch_ns
            if group.name == SCAN
            else None
        )
        self._first_row = first_row
        self._chunk_rows = chunk_rows
        self._anchors: deque[tuple[int, int]] = deque()
        self._anchor: tuple[int, int] | None = None
        self._offset = header.start_utc_ns - header.start_ns
        self._marks: deque[tuple[int, int]] = deque()
        self._last_ns: int | None = None

    @property
    def last_ns(self) -> int | None:
        """Time of the last row that was sealed; None: there is none."""
        return self._last_ns

    def announce(self, row: int, time_ns: int) -> None:
        """Take the time of the first row of a frame, before the frame's rows are sealed."""
        if self._interval is None:
            return
        anchor = self._anchors[-1] if self._anchors else self._anchor
        if anchor is None or abs(time_ns - _time_at(anchor, self._interval, row)) * 2 > (
            self._interval
        ):
            self._anchors.append((row, time_ns))

    def mark(self, row: int, offset_ns: int) -> None:
        """Take what the wall clock shows from a row on: UTC - monotonic time."""
        if self._marks and self._marks[-1][0] == row:
            self._marks.pop()
        self._marks.append((row, offset_ns))

    def seal(self, first: int, rows: int, own: Times | None) -> Sealed:
        """Return times and cues of the next rows.

        Args:
            first: the first of them.
            rows: how many.
            own: their own times, where each row has one.
        """
        if own is None:
            times, gaps = self._counted(first, rows)
            step = np.diff(times, prepend=times[0] if self._last_ns is None else self._last_ns)
        else:
            times = own
            step = np.diff(times, prepend=times[0] if self._last_ns is None else self._last_ns)
            limit = self._pause
            jumps = (step < 0) if limit is None else ((step < 0) | (step > limit))
            gaps = [first + int(place) for place in np.flatnonzero(jumps)]
        cues = self._cues(first, rows, times, gaps)
        backwards = tuple(
            (first + int(place), int(times[place])) for place in np.flatnonzero(step < 0)
        )
        self._last_ns = int(times[-1])
        return Sealed(times, cues, backwards)

    def state(self) -> dict[str, object]:
        """Return what a new axis needs in order to go on behind the sealed rows, for JSON."""
        return {
            "anchor": self._anchor,
            "last_ns": self._last_ns,
            "offset_ns": self._offset,
            "marks": [list(mark) for mark in self._marks],
        }

    def resume(self, state: Mapping[str, object]) -> None:
        """Go on from a state.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        known = cast("Mapping[str, Any]", state)
        anchor = known["anchor"]
        self._anchor = None if anchor is None else (int(anchor[0]), int(anchor[1]))
        last = known["last_ns"]
        self._last_ns = None if last is None else int(last)
        self._offset = int(known["offset_ns"])
        self._marks = deque((int(row), int(offset)) for row, offset in known["marks"])

    def _counted(self, first: int, rows: int) -> tuple[Times, list[int]]:
        """Return the times of rows that are counted from their anchors, and the rows of gaps."""
        interval = self._interval or Fraction(0)
        stop, gaps = first + rows, list[int]()
        times = np.empty(rows, np.int64)
        row = first
        while row < stop:
            while self._anchors and self._anchors[0][0] <= row:
                if self._anchor is not None:
                    gaps.append(self._anchors[0][0])
                self._anchor = self._anchors.popleft()
            end = min(stop, self._anchors[0][0]) if self._anchors else stop
            anchor = self._anchor or (row, 0)
            times[row - first : end - first] = _times_at(anchor, interval, row, end)
            row = end
        return times, gaps

    def _cues(self, first: int, rows: int, times: Times, gaps: list[int]) -> tuple[Cue, ...]:
        stop = first + rows
        kinds: dict[int, CueKind] = {}
        ahead = -(first - self._first_row) % self._chunk_rows
        kinds.update(dict.fromkeys(range(first + ahead, stop, self._chunk_rows), CueKind.REGULAR))
        kinds.update(dict.fromkeys(gaps, CueKind.GAP))
        cues: list[Cue] = []
        for row in sorted(kinds.keys() | {row for row, _ in self._marks if first <= row < stop}):
            time_ns, is_step = int(times[row - first]), self._pass_marks(row)
            utc_ns = time_ns + self._offset
            if row in kinds:
                cues.append(Cue(row, time_ns, kinds[row], utc_ns))
            if is_step:
                cues.append(Cue(row, time_ns, CueKind.CLOCK_STEP, utc_ns))
        return tuple(cues)

    def _pass_marks(self, row: int) -> bool:
        """Take the marks up to a row; return whether the clock was set by one of them."""
        is_step = False
        while self._marks and self._marks[0][0] <= row:
            _, offset = self._marks.popleft()
            is_step |= abs(offset - self._offset) > CLOCK_STEP_NS
            self._offset = offset
        return is_step


def _time_at(anchor: tuple[int, int], interval: Fraction, row: int) -> Fraction:
    return anchor[1] + (row - anchor[0]) * interval


def _times_at(anchor: tuple[int, int], interval: Fraction, first: int, stop: int) -> Times:
    """Return the times of rows, rounded to the nanosecond, without overflow or drift."""
    base = _time_at(anchor, interval, first)
    whole, part = divmod(base, 1)
    steps = np.arange(stop - first, dtype=np.int64)
    numerator, denominator = interval.numerator, interval.denominator
    each, rest = divmod(numerator, denominator)
    scale = part.denominator * denominator
    if (stop - first) * rest * part.denominator + scale >= _LARGEST:
        exact = (base + number * interval for number in range(stop - first))
        return np.array([math.floor(time + _HALF) for time in exact], np.int64)
    # whole + each·k + (part + rest·k / denominator), rounded half up: all in integers
    fine = part.numerator * denominator + steps * (rest * part.denominator)
    return int(whole) + each * steps + (2 * fine + scale) // (2 * scale)
