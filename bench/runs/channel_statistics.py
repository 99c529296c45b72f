"""Statistics of one channel over all parts and what is still in the log."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.channel import FRESH, Quality
from bench.errors import RunFileError, did_you_mean
from bench.record.port import StepRecord
from bench.record.statistics import Accumulator, Statistics
from bench.record.statistics_table import Span, StatisticsTable
from bench.runs.group_rows import GroupRows, Stretch
from bench.runs.part_group import Place


@dataclass(frozen=True)
class ChannelStatistics:
    """What is known of the samples of a channel."""

    count: int
    """Samples that are OK."""
    bad: int
    """Samples that are not, or are no number."""
    minimum: float
    """Smallest; NaN: there is none."""
    maximum: float
    """Largest; NaN: there is none."""
    mean: float
    """Mean; NaN: there is none."""
    deviation: float
    """Sample standard deviation (divisor count - 1); NaN: below two samples."""

    def scaled(self, factor: float, offset: float) -> ChannelStatistics:
        """Return the same of values × factor + offset."""
        bounds = self.minimum * factor + offset, self.maximum * factor + offset
        low, high = bounds if factor >= 0 else bounds[::-1]
        mean = self.mean * factor + offset
        return ChannelStatistics(
            self.count, self.bad, low, high, mean, self.deviation * abs(factor)
        )


def statistics_of(
    rows: GroupRows, place: Place, step: StepRecord | str | None
) -> ChannelStatistics:
    """Return the statistics of a channel, in its unit; errors are h5py's.

    Raises:
        RunFileError: there is no such step.
    """
    taken = Accumulator(1)
    if step is None:
        for stretch in rows.stretches:
            _merge(taken, stretch.columns.statistics, 0, place)
            _add_logged(taken, stretch, place)
        return _result(taken)
    spans = [
        (stretch, row, span)
        for stretch in rows.stretches
        for row, span in enumerate(stretch.columns.statistics.read_spans())
        if span.step_id
    ]
    start_ns = _start_of(step, [span for _, _, span in spans], rows)
    step_id = step if isinstance(step, str) else step.id
    for stretch, row, span in spans:
        if (span.step_id, span.start_ns) == (step_id, start_ns):
            _merge(taken, stretch.columns.statistics, row, place)
    return _result(taken)


def _start_of(step: StepRecord | str, spans: list[Span], rows: GroupRows) -> int:
    if isinstance(step, StepRecord):
        return step.start_ns
    starts = [span.start_ns for span in spans if span.step_id == step]
    if not starts:
        hint = did_you_mean(step, (span.step_id for span in spans))
        path = rows.stretches[0].part.path
        raise RunFileError("runs.no-step", path=path, step=step, hint=hint)
    return max(starts)


def _merge(taken: Accumulator, table: StatisticsTable, row: int, place: Place) -> None:
    if row >= len(table):
        return
    found = table.read(row)
    one = slice(place.position, place.position + 1)
    taken.merge(
        Accumulator.resumed(
            Statistics(
                found.count[one], found.bad[one], found.minimum[one], found.maximum[one],
                found.mean[one], found.deviation[one],
            )
        )
    )  # fmt: skip


def _add_logged(taken: Accumulator, stretch: Stretch, place: Place) -> None:
    """Add the rows that are still in the log."""
    if stretch.tail is None:
        return
    stored = place.stored
    first, last = stretch.columns.rows - stretch.stored, len(stretch.tail)
    if first >= last:
        return  # they have been sealed since
    values = stretch.tail.values(place.position, first, last).astype(np.float64)
    scaled = (values * stored.scale + stored.offset).reshape(last - first, -1)
    good = None
    if stretch.columns.has_quality:
        marks = stretch.tail.qualities(place.position, first, last) & np.uint8(FRESH - 1)
        good = np.repeat(marks == Quality.OK, scaled.shape[1])[np.newaxis]
    taken.add(scaled.reshape(1, -1), good)


def _result(taken: Accumulator) -> ChannelStatistics:
    found = taken.results()
    return ChannelStatistics(
        int(found.count[0]), int(found.bad[0]), float(found.minimum[0]),
        float(found.maximum[0]), float(found.mean[0]), float(found.deviation[0]),
    )  # fmt: skip
