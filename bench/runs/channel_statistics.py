"""Statistics of one channel over all parts and what is still in the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.channel import FRESH, Quality
from bench.record.layout.statistics_table import StatisticsTable
from bench.record.numbers.statistics import Accumulator, Statistics
from bench.record.port import StepRecord
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


def statistics_of_run(rows: GroupRows, place: Place) -> ChannelStatistics:
    """Return the statistics of a channel over all rows, in its unit; errors are h5py's."""
    taken = Accumulator(1)
    for stretch in rows.stretches:
        _merge(taken, stretch.columns.statistics, 0, place)
        _add_logged(taken, stretch, place)
    return _result(taken)


def statistics_of_group(rows: GroupRows, places: Sequence[Place]) -> tuple[ChannelStatistics, ...]:
    """Return the statistics of all channels of a group over all rows, each in its unit.

    Args:
        rows: the rows of the group.
        places: its channels, in the order of its rows.

    Errors are h5py's.
    """
    taken = Accumulator(len(places))
    for stretch in rows.stretches:
        table = stretch.columns.statistics
        if len(table):
            taken.merge(Accumulator.resumed(table.read(0)))
        for place in places:
            _add_logged(taken, stretch, place, place.position)
    found = taken.results()
    return tuple(_one(found, place.position) for place in places)


def statistics_of_step(rows: GroupRows, place: Place, step: StepRecord) -> ChannelStatistics | None:
    """Return the statistics of a channel over a step, in its unit; None: they are not written."""
    within = [stretch for stretch in rows.stretches if stretch.part.first_ns <= step.end_ns]
    spans = [
        (stretch, row)
        for stretch in within
        for row, span in enumerate(stretch.columns.statistics.read_spans())
        if (span.step_id, span.start_ns) == (step.id, step.start_ns)
    ]
    if not spans or spans[-1][0] is not within[-1]:
        return None
    taken = Accumulator(1)
    for stretch, row in spans:
        _merge(taken, stretch.columns.statistics, row, place)
    return _result(taken)


def statistics_of_samples(
    values: NDArray[np.float64], qualities: NDArray[np.uint8]
) -> ChannelStatistics:
    """Return the statistics of samples (rows) or traces (rows, width) with a quality per row."""
    taken = Accumulator(1)
    _add(taken, values.reshape(len(values), -1), qualities == Quality.OK)
    return _result(taken)


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


def _add_logged(taken: Accumulator, stretch: Stretch, place: Place, channel: int = 0) -> None:
    """Add the rows that are still in the log, as a channel of what is taken."""
    if stretch.tail is None:
        return
    stored = place.stored
    first, last = stretch.columns.rows - stretch.stored, len(stretch.tail)
    if first >= last:
        return  # they have been sealed since
    values = stretch.tail.values(place.position, first, last).astype(np.float64)
    good = np.ones(last - first, np.bool_)
    if stretch.columns.has_quality:
        marks = stretch.tail.qualities(place.position, first, last)
        good = (marks & np.uint8(FRESH - 1)) == Quality.OK
    scaled = values * stored.scale + stored.offset
    _add(taken, scaled.reshape(last - first, -1), good, channel)


def _add(
    taken: Accumulator, values: NDArray[np.float64], good: NDArray[np.bool_], channel: int = 0
) -> None:
    """Add samples (rows, width), of which whole rows are good or not."""
    mask = np.repeat(good, values.shape[1])[np.newaxis]
    taken.add(values.reshape(1, -1), mask, first_channel=channel)


def _result(taken: Accumulator) -> ChannelStatistics:
    return _one(taken.results(), 0)


def _one(found: Statistics, channel: int) -> ChannelStatistics:
    return ChannelStatistics(
        int(found.count[channel]), int(found.bad[channel]), float(found.minimum[channel]),
        float(found.maximum[channel]), float(found.mean[channel]), float(found.deviation[channel]),
    )  # fmt: skip
