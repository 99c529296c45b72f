"""The rows of one group on their way into the file: whole chunks, and what is derived from them.

Rows collect in a buffer of one chunk row. A full buffer is sealed: turned into channels, encoded,
written as whole chunks; pyramid, statistics, cues and checksums are of the same rows. A partial
chunk is padded, and written again once there is more of it.
Rows are numbered from the beginning of the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.record.layout.groups import GroupColumns
from bench.record.numbers.chunks import ChunkCoder, columns_of
from bench.record.numbers.statistics import Statistics
from bench.record.port import SCAN, Header, StepBegun, StepRecord
from bench.record.rows import TIME
from bench.record.sealing.axis import Sealed, TimeAxis
from bench.record.sealing.chunk_row import ChunkRow, ChunkRowWriter
from bench.record.sealing.pyramid_columns import SectionPyramid
from bench.record.sealing.section_order import SectionOrder
from bench.record.sealing.spans import GroupSpans
from bench.record.sealing.stored_rows import read_back


class GroupSealer:
    """Seals the rows of one group in one part.

    Args:
        columns: where they go.
        header: of the run.
        coder: encodes the chunks.
    """

    def __init__(self, columns: GroupColumns, header: Header, coder: ChunkCoder) -> None:
        self._columns = columns
        self._coder = coder
        self._start_ns = header.start_ns
        self._rows = columns.chunk_rows
        self._first = columns.first_row
        self._order = SectionOrder(columns.layout)
        self._axis = TimeAxis(columns.group, header, self._first, self._rows)
        self._spans = GroupSpans(len(columns.group.channels), self._first)
        self._pyramids = {
            section.field: SectionPyramid(columns.pyramid[section.field], section)
            for section in columns.layout.sections
            if section.width == 1
        }
        self._writer = ChunkRowWriter(columns, self._pyramids, coder)
        self._buffer = columns.layout.empty(self._rows)
        self._seconds = np.zeros(self._rows)
        self._base = self._first
        self._filled = 0
        self._sealed = self._first
        self.chunk_ns = _chunk_ns(columns, header)
        """Run time of a whole chunk; None: the group has no rate."""
        self.waiting_since_ns: int | None = None
        """Time of the oldest frame with rows that are not sealed; None: all are."""

    @property
    def sealed(self) -> int:
        """Row behind the last one that stands in the file."""
        return self._sealed

    @property
    def seen(self) -> int:
        """Row behind the last one that was taken."""
        return self._base + self._filled

    @property
    def last_ns(self) -> int | None:
        """Time of the last row that stands in the file; None: there is none."""
        return self._axis.last_ns

    @property
    def name(self) -> str:
        """Name of the group."""
        return self._columns.group.name

    @property
    def dtype(self) -> np.dtype[np.void]:
        """Element type of a row."""
        return self._buffer.dtype

    def take(self, first: int, time_ns: int, rows: NDArray[np.void]) -> list[Sealed]:
        """Take rows; those that are known already are skipped.

        Args:
            first: number of the first one.
            time_ns: its time.
            rows: the rows.

        Returns:
            What was sealed by the way; empty: everything waits in the buffer.

        Raises:
            RunFileError: rows before them are missing.
        """
        known = self.seen - first
        if known < 0:
            missing = {"first": self.seen, "last": first - 1}
            raise RunFileError("record.log-does-not-follow", group=self.name, **missing)
        if known == 0:
            self._axis.announce(first, time_ns)
        if self.waiting_since_ns is None and known < len(rows):
            self.waiting_since_ns = time_ns
        found: list[Sealed] = []
        while known < len(rows):
            count = min(len(rows) - known, self._rows - self._filled)
            self._buffer[self._filled : self._filled + count] = rows[known : known + count]
            self._filled += count
            known += count
            if self._filled == self._rows:
                found += self.seal()
                self.waiting_since_ns = time_ns if known < len(rows) else None
        return found

    def begin(self, step: StepBegun) -> None:
        """Begin a step before the next row."""
        self._spans.begin(step, self.seen)

    def end(self, step: StepRecord) -> None:
        """End a step before the next row."""
        self._spans.end(step, self.seen)

    def mark(self, offset_ns: int) -> None:
        """Take what the wall clock shows from the next row on: UTC - monotonic time."""
        self._axis.mark(self.seen, offset_ns)

    def seal(self) -> list[Sealed]:
        """Write the rows of the buffer, as a partial chunk where it is not full.

        Returns:
            Times and cues of the rows that are new in the file; empty: there are none.
        """
        begin, end = self._sealed - self._base, self._filled
        if begin == end:
            return []
        own = self._buffer[TIME][begin:end].copy() if self._columns.time_ns is not None else None
        sealed = self._axis.seal(self._sealed, end - begin, own)
        self._seconds[begin:end] = (sealed.times - self._start_ns) / SECOND
        pieces = self._spans.pieces(self._sealed, end - begin)
        rows, seconds = self._buffer[:end], self._seconds[:end]
        first = self._base - self._first
        self._writer.write(ChunkRow(first, rows, seconds, slice(begin, end), pieces))
        self._spans.merge(pieces)
        for cue in sealed.cues:
            self._columns.cues.append(cue.row - self._first, cue.time_ns, cue.kind, cue.utc_ns)
        self._sealed = self._base + end
        self.waiting_since_ns = None
        if end == self._rows:
            self._turn_over()
        return [sealed]

    def write_statistics(self, *, is_last: bool = False) -> None:
        """Write the statistics of the whole part and of the steps that have ended.

        Args:
            is_last: whether the part ends: steps that go on are written as far as they are in it.
        """
        table = self._columns.statistics
        table.write_whole(self._order.told(self._spans.whole))
        told = self._spans.take_ended(self._sealed)
        told += self._spans.open_steps() if is_last else []
        table.extend([(span, self._order.told(statistics)) for span, statistics in told])

    def whole(self) -> Statistics:
        """Return what is known of all rows of the part, in the unit of each channel."""
        return self._order.told(self._spans.whole)

    def finish(self) -> list[Sealed]:
        """Write everything that is left: rows, and the rest of the pyramid."""
        found = self.seal()
        for section in self._columns.layout.sections:
            if section.width == 1:
                pyramid = self._pyramids[section.field]
                rest = columns_of(self._buffer[section.field][: self._filled])
                pyramid.finish(rest, self._coder)
        return found

    def state(self) -> dict[str, object]:
        """Return what a new one needs in order to go on, for JSON; `numbers` belongs to it."""
        return {"seen": self.seen, "axis": self._axis.state(), "steps": self._spans.state()}

    def numbers(self) -> NDArray[np.float64]:
        """Return what was counted so far: (span, measure, channel)."""
        return self._spans.numbers()

    def resume(self, state: Mapping[str, object], numbers: NDArray[Any] | None) -> None:
        """Go on from the state of the last commit.

        Args:
            state: see `state`.
            numbers: see `numbers`; None: the state is of the part before.

        Raises:
            KeyError, TypeError, ValueError, IndexError: the file does not hold what it should.
        """
        self._axis.resume(cast("Mapping[str, object]", state["axis"]))
        self._spans.resume(cast("list[Mapping[str, object]]", state["steps"]), numbers)
        rows = self._columns.rows
        whole = rows // self._rows * self._rows
        self._base = self._first + whole
        self._sealed = self._first + rows
        self._filled = rows - whole
        read_back(self._columns, whole, self._buffer[: self._filled])
        self._seconds[: self._filled] = self._columns.time.read(whole, rows)
        for section in self._columns.layout.sections:
            if section.width == 1:
                values = [self._columns.values[place] for place in section.channels]
                self._pyramids[section.field].resume(whole, values)

    def _turn_over(self) -> None:
        for pyramid in self._pyramids.values():
            pyramid.write(self._coder)
        self._base += self._rows
        self._filled = 0


def _chunk_ns(columns: GroupColumns, header: Header) -> int | None:
    interval = columns.group.interval_ns
    if columns.group.name == SCAN:
        interval = Fraction(header.scan_period_ns)
    return None if interval is None else round(columns.chunk_rows * interval)
