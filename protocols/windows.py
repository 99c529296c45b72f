"""Measured windows of a run: statistics per channel from the recorded samples alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.steadiness import WindowStatistics, window_statistics
from bench.channel import Channel, Kind
from bench.clock import SECOND
from bench.record.port import Point
from bench.runs import Run
from bench.units import unit
from protocols.results import ChannelRow
from protocols.row_reading import fresh_rows

SMALLEST_SHARE = 0.9
"""1. Least share of the rows of a window in which a channel must be OK. Engineering default."""


@dataclass(frozen=True)
class Window:
    """One measured window and what its channels did; SI."""

    point: Point
    """Name, approach, times, validity."""
    statistics: Mapping[str, WindowStatistics]
    """Channel → statistics of its new samples of good quality, start <= t < end."""
    poor: tuple[str, ...]
    """Channels that had too few good samples."""

    misfits: frozenset[str] = frozenset()
    """Channels of another dimension than their name promises."""

    @property
    def name(self) -> str:
        """Name of the point of the protocol; empty for a snapshot, which no verdict uses."""
        return self.point.name if self.point.approach > 0 else ""

    def of(self, channel: str) -> WindowStatistics | None:
        """Return the statistics of a channel; None where they cannot be used."""
        return None if channel in self.misfits else self.statistics.get(channel)

    def mean(self, channel: str) -> float | None:
        """Return the mean of a channel, SI; None where it cannot be used."""
        found = self.of(channel)
        return None if found is None else found.mean


class MeasuredRun:
    """A run with its channels and windows, read once."""

    def __init__(
        self, run: Run, units: Mapping[str, str], only: Collection[str] | None = None
    ) -> None:
        """Read a run; `units` says of which dimension channels have to be, by their name.

        `only` names the channels to read; None: all of them.
        """
        self.run = run
        self._only = only
        self.header = run.header
        self.channels: Mapping[str, Channel] = {item.name: item for item in run.header.channels}
        self._misfits = frozenset(
            name
            for name, text in units.items()
            if name in self.channels and not self.channels[name].unit.converts_to(unit(text))
        )

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """Every measured window, in time."""
        return tuple(self._window(point) for point in self.run.points)

    def named(self, name: str) -> tuple[Window, ...]:
        """Return the windows of a point of the protocol."""
        return tuple(window for window in self.windows if window.name == name)

    def _window(self, point: Point) -> Window:
        found: dict[str, WindowStatistics] = {}
        places: dict[str, tuple[slice, NDArray[np.int64]]] = {}
        poor: list[str] = []
        for channel in self.channels.values():
            if channel.kind is Kind.DEMANDED or channel.name == channel.source:
                continue
            if self._only is not None and channel.name not in self._only:
                continue
            statistics = self._statistics(channel.name, point, places)
            if statistics is None:
                poor.append(channel.name)
            else:
                found[channel.name] = statistics
        return Window(point, found, tuple(poor), self._misfits)

    def _statistics(
        self, name: str, point: Point, places: dict[str, tuple[slice, NDArray[np.int64]]]
    ) -> WindowStatistics | None:
        """Return the statistics of a channel; `places` keeps rows and times of its group."""
        channel = self.run.channel(name)
        if channel.group not in places:
            timeline = channel.rows.timeline
            rows = timeline.window(point.start_ns, point.end_ns - 1)
            places[channel.group] = rows, timeline.read(rows)
        rows, times_ns = places[channel.group]
        values, ok, fresh = fresh_rows(channel, rows)
        if not values.size or ok.mean() < SMALLEST_SHARE:
            return None
        good = ok & fresh & np.isfinite(values)
        times = (times_ns[good] - point.start_ns) / SECOND
        return None if times.size < 2 else window_statistics(times=times, values=values[good])


def channel_rows(window: Window, channels: Mapping[str, Channel]) -> tuple[ChannelRow, ...]:
    """Return the statistics of a window in the channels' units."""
    return tuple(_row(channels[name], statistics) for name, statistics in window.statistics.items())


def _row(channel: Channel, statistics: WindowStatistics) -> ChannelRow:
    unit = channel.shown_unit
    return ChannelRow(
        name=channel.name,
        title=channel.title,
        unit=unit.text,
        count=statistics.count,
        mean=unit.from_si(statistics.mean),
        minimum=unit.from_si(statistics.minimum),
        maximum=unit.from_si(statistics.maximum),
        standard_deviation=statistics.standard_deviation / unit.factor,
        standard_error=statistics.standard_error / unit.factor,
        drift=statistics.drift / unit.factor,
    )
