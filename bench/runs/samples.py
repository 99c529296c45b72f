"""Channels of a run, and windows of their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.channel import FRESH, Channel, Quality, Range, Uncertainty
from bench.record.port import StepRecord, StoredChannel
from bench.runs.channel_statistics import (
    ChannelStatistics,
    statistics_of_run,
    statistics_of_samples,
    statistics_of_step,
)
from bench.runs.damage import Guard
from bench.runs.envelope import Envelope, envelope_of
from bench.runs.group_rows import GroupRows
from bench.runs.part_group import Place
from bench.runs.stored_records import StoredRecords
from bench.units import Unit

_MARK = np.uint8(FRESH - 1)


@dataclass(frozen=True)
class Samples:
    """Values of one channel in a window of time; all arrays have the same length."""

    times_ns: NDArray[np.int64]
    """Monotonic times, ns."""
    values: NDArray[np.float64]
    """Values, SI; of traces (row, width)."""
    qualities: NDArray[np.uint8]
    """`Quality` codes, without the `FRESH` bit."""
    fresh: NDArray[np.bool_]
    """Where the value was new in its scan."""

    def __len__(self) -> int:
        return len(self.times_ns)

    def where(self, mask: NDArray[np.bool_]) -> Samples:
        """Return the samples a mask selects."""
        return Samples(
            self.times_ns[mask], self.values[mask], self.qualities[mask], self.fresh[mask]
        )


class RunChannel:
    """One channel of a run."""

    def __init__(self, place: Place, rows: GroupRows, records: StoredRecords, guard: Guard) -> None:
        self._place = place
        self._rows = rows
        self._records = records
        self._guard = guard

    @property
    def channel(self) -> Channel:
        """The channel as configured."""
        return self._place.stored.channel

    @property
    def as_stored(self) -> StoredChannel:
        """Element type, scale and offset of its values in the file; of traces width and axis."""
        return self._place.stored

    @property
    def place(self) -> Place:
        """Where it stands in the file."""
        return self._place

    @property
    def rows(self) -> GroupRows:
        """The rows of its group, which are read by their numbers."""
        return self._rows

    @property
    def group(self) -> str:
        """Name of the group it is sampled with."""
        return self._rows.name

    @property
    def name(self) -> str:
        """Dotted name."""
        return self.channel.name

    @property
    def unit(self) -> Unit:
        """Unit in which the file holds it."""
        return self.channel.unit

    @property
    def uncertainty(self) -> Uncertainty | None:
        """How well it is known; None: nothing is stated."""
        return self.channel.uncertainty

    @property
    def range(self) -> Range:
        """What it can show or take, SI."""
        return self.channel.range

    def __len__(self) -> int:
        """Return the number of its samples."""
        return len(self._rows)

    def values_si(self, start_ns: int | None = None, end_ns: int | None = None) -> Samples:
        """Return the samples from `start_ns` to `end_ns`, both included (None: no bound).

        Raises:
            RunFileError: the file is damaged there.
        """
        rows = self._rows.timeline.window(start_ns, end_ns)
        values = self._si(self._rows.values(self._place, rows, "<f8"))
        qualities, fresh = self._marks(rows, values)
        return Samples(self._rows.timeline.read(rows), values, qualities, fresh)

    def good(self, start_ns: int | None = None, end_ns: int | None = None) -> Samples:
        """Return only the samples that are OK and new in their scan.

        Raises:
            RunFileError: the file is damaged there.
        """
        samples = self.values_si(start_ns, end_ns)
        return samples.where((samples.qualities == Quality.OK) & samples.fresh)

    def stored(self, start_ns: int | None = None, end_ns: int | None = None) -> NDArray[Any]:
        """Return the values as they are stored: element type and numbers of the file.

        Raises:
            RunFileError: the file is damaged there.
        """
        rows = self._rows.timeline.window(start_ns, end_ns)
        return self._rows.values(self._place, rows)

    def times_ns(self, start_ns: int | None = None, end_ns: int | None = None) -> NDArray[np.int64]:
        """Return the monotonic times of the samples, ns.

        Raises:
            RunFileError: the file is damaged there.
        """
        timeline = self._rows.timeline
        return timeline.read(timeline.window(start_ns, end_ns))

    def envelope(
        self, start_ns: int | None = None, end_ns: int | None = None, pixels: int = 2000
    ) -> Envelope:
        """Return smallest and largest value per pixel, SI, from the pyramid where it fits.

        Args:
            start_ns: first moment; None: the first row.
            end_ns: last moment, included; None: the last row.
            pixels: how many pixels lie between.

        Raises:
            RunFileError: the file is damaged there.
            ValueError: no pixel, or the end is before the start.
        """
        timeline = self._rows.timeline
        if len(timeline):
            start_ns = timeline[0] if start_ns is None else start_ns
            end_ns = timeline[-1] if end_ns is None else end_ns
        begin = start_ns or 0
        end = begin if end_ns is None else end_ns
        if pixels < 1 or end < begin:
            raise ValueError(pixels, begin, end)
        found = self._guard(
            lambda: envelope_of(self._rows.bounds(self._place), timeline, begin, end, pixels)
        )
        low, high = self._si(found.minimum.copy()), self._si(found.maximum.copy())
        if self._place.stored.scale * self.unit.factor < 0:
            low, high = high, low
        return Envelope(found.edges_ns, low, high, found.rows, found.samples_per_bin)

    def statistics(self, step: StepRecord | str | None = None) -> ChannelStatistics:
        """Return what was counted while recording, SI; of a step not counted yet, from its samples.

        Args:
            step: a step that has ended, or its id (then of its last time); None: the whole run.

        Raises:
            RunFileError: the file is damaged there, or there is no such step.
        """
        if step is None:
            found = self._guard(lambda: statistics_of_run(self._rows, self._place))
            return found.scaled(self.unit.factor, self.unit.offset)
        ended = self._records.step(step)
        counted = self._guard(lambda: statistics_of_step(self._rows, self._place, ended))
        if counted is not None:
            return counted.scaled(self.unit.factor, self.unit.offset)
        samples = self.values_si(ended.start_ns, ended.end_ns)
        return statistics_of_samples(samples.values, samples.qualities)

    def _marks(
        self, rows: slice, values: NDArray[np.float64]
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Return qualities, and where a value is new."""
        if self._rows.has_quality:
            marks = self._rows.qualities(self._place, rows)
            fresh = marks >= np.uint8(FRESH)
            marks &= _MARK
            return marks, fresh
        unknown = np.isnan(values)
        bad: NDArray[np.bool_] = unknown if values.ndim == 1 else np.any(unknown, axis=1)
        qualities = bad.astype(np.uint8)
        qualities *= np.uint8(Quality.BAD)
        return qualities, np.logical_not(bad)

    def _si(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn stored values into SI, in place."""
        stored, unit = self._place.stored, self.unit
        for factor, offset in ((stored.scale, stored.offset), (unit.factor, unit.offset)):
            if factor != 1.0:
                values *= factor
            if offset:
                values += offset
        return values
