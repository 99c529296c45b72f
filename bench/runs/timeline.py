"""Which row was when: exact integers, and only what is looked at is read.

A run's rows stand in stretches: one per part, one for what is still in the log. Within a stretch
times never decrease; between two stretches, and at a cue that marks a gap, they may jump.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bench.runs.damage import Guard

Times = NDArray[np.int64]
"""Monotonic times or numbers of rows."""

_FIRST, _LAST = -(2**63), 2**63 - 1
_SAFE_PRODUCT = 2**62
_MANY = 32
"""Stretches of which all are looked at: each is a file."""
_PIECE = 2**18
"""Rows whose times are reckoned at once: what lies between stays in the processor's cache."""


class StretchTimes(Protocol):
    """The times of consecutive rows."""

    def __len__(self) -> int:
        """Return the number of rows."""
        ...

    def read(self, first: int, last: int) -> Times:
        """Return the times of rows `first` up to before `last`, ns."""
        ...

    def rows_before(self, times: Times, within: int) -> Times:
        """Return how many rows are earlier than each time.

        Args:
            times: ns, any order.
            within: how many rows the answer may be wrong by; 0: exact.
        """
        ...


@dataclass(frozen=True)
class Cues:
    """Rows whose time is known beforehand: the first one, each chunk's first, each gap's end."""

    rows: Times
    """Numbers of rows within the stretch, rising; the first is 0."""
    times_ns: Times
    """Their times."""


class RegularTimes:
    """Rows at an exact interval from each cue on; no time is stored."""

    def __init__(self, cues: Cues, interval_ns: Fraction, rows: int) -> None:
        self._cues = cues
        self._interval = interval_ns
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def read(self, first: int, last: int) -> Times:
        """Return the times of rows `first` up to before `last`, ns."""
        out: Times = np.empty(last - first, np.int64)
        rows, times = self._cues.rows, self._cues.times_ns
        begin = int(np.searchsorted(rows, first, side="right")) - 1
        ends = [*rows[begin + 1 :].tolist(), last]
        for row, time_ns, end in zip(
            rows[begin:].tolist(), times[begin:].tolist(), ends, strict=True
        ):
            start, stop = max(first, row), min(last, end)
            if start >= stop:
                break
            found = _rounded(np.arange(start - row, stop - row, dtype=np.int64), self._interval)
            found += time_ns
            if len(found) == len(out):
                return found
            out[start - first : stop - first] = found
        return out

    def rows_before(self, times: Times, within: int) -> Times:  # noqa: ARG002 - always exact
        """Return how many rows are earlier than each time."""
        if not self._rows:
            return np.zeros(len(times), np.int64)
        cues = self._cues
        asked = np.clip(times, cues.times_ns[0], min(self._last_ns, _LAST - 1) + 1)
        at = np.searchsorted(cues.times_ns, asked, side="left") - 1
        inside = np.maximum(at, 0)
        # A row is earlier than a time d behind its cue where 2·row·interval < 2·d - 1.
        since = 2 * (asked - cues.times_ns[inside]) - 1
        passed = -scaled(-since, self._interval.denominator, 2 * self._interval.numerator)
        ends = np.append(cues.rows[1:], self._rows)[inside]
        found = np.minimum(cues.rows[inside] + passed, ends)
        return np.where(at < 0, 0, found)

    @cached_property
    def _last_ns(self) -> int:
        return int(self.read(self._rows - 1, self._rows)[0])


class StampedTimes:
    """Rows that carry their own times; a cue table says which chunk to look into."""

    def __init__(
        self, cues: Cues, rows: int, read: Callable[[int, int], Times], period_ns: int = 0
    ) -> None:
        """Prepare.

        Args:
            cues: the known rows.
            rows: how many rows there are.
            read: returns the times of rows `first` up to before `last`.
            period_ns: shortest time between two rows; 0: not known.
        """
        self._cues = cues
        self._rows = rows
        self._read = read
        self._period = period_ns

    def __len__(self) -> int:
        return self._rows

    def read(self, first: int, last: int) -> Times:
        """Return the times of rows `first` up to before `last`, ns."""
        return self._read(first, last)

    def rows_before(self, times: Times, within: int) -> Times:
        """Return how many rows are earlier than each time.

        Between two cues the rows are looked up, except where they can only be evenly spaced (no
        shorter than the period, and no longer in all) or where the cues are near enough.
        """
        cues = self._cues
        spans = np.searchsorted(cues.times_ns, times, side="left") - 1
        found = np.zeros(len(times), np.int64)
        if not self._rows:
            return found
        spread = self._spread(spans, within)
        at = spans[spread]
        begin, first = cues.times_ns[at], cues.rows[at]
        passed = (times[spread] - begin) / (cues.times_ns[at + 1] - begin)
        found[spread] = first + np.ceil(passed * (cues.rows[at + 1] - first)).astype(np.int64)
        for span in np.unique(spans[(spans >= 0) & ~spread]).tolist():
            which = spans == span
            found[which] = self._looked_up(span, times[which])
        return found

    def _spread(self, spans: Times, within: int) -> NDArray[np.bool_]:
        """Return where a time lies between two cues such that its row can be reckoned."""
        if not within:
            return np.zeros(len(spans), np.bool_)
        rows, durations = np.diff(self._cues.rows), np.diff(self._cues.times_ns.astype(np.float64))
        is_even = (self._period > 0) & (abs(durations - rows * self._period) <= self._period)
        can_be = np.append((rows <= within) | is_even, values=False)
        return (spans >= 0) & can_be[spans]

    def _looked_up(self, span: int, times: Times) -> Times:
        """Return how many rows are earlier than times that lie behind a cue, from the rows."""
        first, *others = self._cues.rows[span : span + 2].tolist()
        last = others[0] if others else self._rows
        return first + np.searchsorted(self._read(first, last), times, side="left")


class ListedTimes:
    """Rows whose times are all known, because they are in memory."""

    def __init__(self, times: Times) -> None:
        self._times = times

    def __len__(self) -> int:
        return len(self._times)

    def read(self, first: int, last: int) -> Times:
        """Return the times of rows `first` up to before `last`, ns."""
        return self._times[first:last]

    def rows_before(self, times: Times, within: int) -> Times:  # noqa: ARG002 - always exact
        """Return how many rows are earlier than each time."""
        return np.searchsorted(np.maximum.accumulate(self._times), times, side="left")


def scaled(numbers: Times, numerator: int, denominator: int) -> Times:
    """Return ``numbers * numerator // denominator`` without leaving 64 bits on the way."""
    if numerator * denominator >= _SAFE_PRODUCT:
        exact = [number * numerator // denominator for number in numbers.tolist()]
        return np.array(exact, np.int64)
    whole, rest = np.divmod(numbers, denominator)
    return whole * numerator + rest * numerator // denominator


def _rounded(rows: Times, interval: Fraction) -> Times:
    """Return so many intervals each, rounded half up to the nanosecond; the rows may be lost."""
    numerator, denominator = interval.numerator, interval.denominator
    if denominator == 1:
        rows *= numerator  # in place: fresh memory costs more than the numbers in it
        return rows
    whole, rest = np.divmod(rows, denominator)
    if 4 * numerator * denominator >= _SAFE_PRODUCT:
        exact = [(2 * n * numerator + denominator) // (2 * denominator) for n in rest.tolist()]
        return whole * numerator + np.array(exact, np.int64)
    return whole * numerator + (2 * numerator * rest + denominator) // (2 * denominator)


class Timeline:
    """The times of all rows of a group, over all parts."""

    def __init__(self, stretches: Sequence[StretchTimes], guard: Guard) -> None:
        """Prepare.

        Args:
            stretches: the times of the stretches, in order.
            guard: runs a read such that it is of one commit and fails with a sentence.
        """
        self._stretches = stretches
        self._starts: Times = np.cumsum([0, *(len(each) for each in stretches)], dtype=np.int64)
        self._guard = guard

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, row: int) -> int:
        """Return the time of a row, ns; negative ones count from the end.

        Raises:
            IndexError: there is no such row.
        """
        found = row + len(self) if row < 0 else row
        if not 0 <= found < len(self):
            raise IndexError(row)
        return int(self.read(slice(found, found + 1))[0])

    def window(self, start_ns: int | None, end_ns: int | None) -> slice:
        """Return the rows from `start_ns` to `end_ns`, both included (None: no bound).

        Raises:
            RunFileError: the file is damaged there.
        """
        first, last = 0, len(self)
        if start_ns is not None:
            first = self._row_at(start_ns)
        if end_ns is not None and end_ns < _LAST:
            last = self._row_at(end_ns + 1)
        return slice(first, max(first, last))

    def _row_at(self, time_ns: int) -> int:
        asked = np.array([min(max(time_ns, _FIRST), _LAST)], np.int64)
        return int(self.rows_before(asked)[0])

    def rows_before(self, times: Times, within: int = 0) -> Times:
        """Return how many rows are earlier than each time; `within` 0: exactly.

        Raises:
            RunFileError: the file is damaged there.
        """

        def summed() -> Times:
            first, last = self._reached(times)
            found = np.full(len(times), self._starts[first], np.int64)
            for stretch in self._stretches[first:last]:
                found += stretch.rows_before(times, within)
            return found

        return self._guard(summed)

    def _reached(self, times: Times) -> tuple[int, int]:
        """Return the stretches that times lie in; those of a long run rise from one to the next."""
        if len(self._stretches) <= _MANY or not len(times):
            return 0, len(self._stretches)
        filled = [place for place, each in enumerate(self._stretches) if len(each)]

        def begins(place: int) -> int:
            return int(self._stretches[place].read(0, 1)[0])

        first = bisect.bisect_left(filled, int(times.min()), key=begins)
        last = bisect.bisect_left(filled, int(times.max()), key=begins)
        return filled[first - 1] if first else 0, filled[last - 1] + 1 if last else 0

    def read(self, rows: slice) -> Times:
        """Return the times of rows, ns.

        Raises:
            RunFileError: the file is damaged there.
        """
        first, last, _ = rows.indices(len(self))

        def joined() -> Times:
            if len(self._stretches) == 1 and 0 < last - first <= _PIECE:
                return self._stretches[0].read(first, last)
            found: Times = np.empty(max(0, last - first), np.int64)
            for stretch, start in zip(self._stretches, self._starts.tolist(), strict=False):
                begin, end = max(first, start), min(last, start + len(stretch))
                for low in range(begin, end, _PIECE):
                    high = min(low + _PIECE, end)
                    found[low - first : high - first] = stretch.read(low - start, high - start)
            return found

        return self._guard(joined)
