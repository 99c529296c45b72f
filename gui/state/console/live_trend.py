"""Curves that grow: the newest numbers of a bench, joined with what its run file holds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.clock import SECOND
from bench.messages import Bilingual
from bench.model import BenchModel
from bench.service.live import Frame
from bench.units import Unit
from gui.state.plots.picture import Floats, Picture, Trace, Wanted
from gui.state.screens.bounds import bounds_of
from gui.state.screens.screen import TrendStrip

FINE = 45_000
"""Frames that are kept as they came: 30 min at 25 a second."""
_COARSE = 8_192
"""Bins that are kept of all of a run."""
_BREAK = 5.0
"""Two frames are joined by a line where no more than so many usual intervals lie between."""
Times = NDArray[np.int64]


@dataclass(frozen=True)
class TrendChannel:
    """A channel of a live trend."""

    name: str
    """Dotted name."""
    title: Bilingual
    """What people call it."""
    unit: Unit
    """Of the screen."""
    index: int
    """Where it stands in a frame."""
    limits: tuple[float, ...] = ()
    """Alarm limits on its scale, in that unit."""


@dataclass(frozen=True)
class TrendGroup:
    """Channels that share a strip."""

    title: Bilingual
    """What people call it."""
    channels: tuple[TrendChannel, ...]
    """Which."""


def trend_groups(model: BenchModel, strips: Iterable[TrendStrip]) -> tuple[TrendGroup, ...]:
    """Return the strips of a screen as a bench has them; what it lacks is left out."""
    bounds, index = bounds_of(model), model.index

    def channel(name: str) -> TrendChannel:
        about = model.channels[index[name]]
        unit = about.shown_unit
        stay = (bound for bound in bounds.get(name, ()) if bound.moving is None)
        lines = dict.fromkeys(unit.from_si(bound.value) for bound in stay)
        title = about.title if about.title.en else Bilingual(name)
        return TrendChannel(name, title, unit, index[name], tuple(lines))

    known = (
        TrendGroup(
            strip.title, tuple(channel(name) for name in strip.channels if name in model.index)
        )
        for strip in strips
    )
    return tuple(group for group in known if group.channels)


class LiveTrend:
    """The newest numbers of some channels; memory is bounded, and no extreme is lost.

    The last half hour is kept as it came, all of the run in bins that grow with it.
    """

    def __init__(self, channels: Sequence[TrendChannel]) -> None:
        """Begin with nothing."""
        self._columns = np.array([each.index for each in channels], np.intp)
        self._last = max((each.index for each in channels), default=-1)
        self._factors = np.array([each.unit.factor for each in channels])
        self._offsets = np.array([each.unit.offset for each in channels])
        self._fine = _Columns(len(channels), FINE + FINE // 3)
        self._coarse = _Columns(len(channels), _COARSE)
        self._per_bin = 1
        self._in_bin = 0
        self.file = ""
        """Run file the frames are recorded into; empty: none has come."""
        self.zero_ns = 0
        """What 0 s on the axis is, monotonic."""

    @property
    def newest(self) -> float:
        """When the newest frame was, s on the axis; NaN: none has come."""
        times = self._fine.times
        return (int(times[-1]) - self.zero_ns) / SECOND if len(times) else math.nan

    @property
    def oldest(self) -> float:
        """When the oldest frame was, s on the axis; NaN: none has come."""
        times = self._coarse.times
        return (int(times[0]) - self.zero_ns) / SECOND if len(times) else math.nan

    def take(self, frames: Sequence[Frame]) -> None:
        """Take frames; those of another run, or of an earlier time, begin anew."""
        for frame in frames:
            times = self._fine.times
            if frame.file != self.file or (len(times) and frame.time_ns < times[-1]):
                self._begin(frame)
            low, high = self._row(frame.low), self._row(frame.high)
            self._fine.append(frame.time_ns, low, high)
            self._bin(frame.time_ns, low, high)

    def picture(self, wanted: Wanted, history: Picture | None) -> Picture:
        """Return what is shown of a window of time.

        Args:
            wanted: Which window; its curves say how each channel is written, in their order.
            history: What the run file holds of before the first frame; None: not known.
        """
        before = {trace.curve.key: trace for trace in history.traces} if history else {}
        marks = history.marks if history else ()
        place = self._window(wanted.start, wanted.end)
        width = (wanted.end - wanted.start) / wanted.pixels
        joined: list[Trace] = []
        for number, curve in enumerate(wanted.curves):
            trace = _thinned(Trace(curve, *place.of(number, self.zero_ns)), width)
            old = before.get(curve.key)
            joined.append(trace if old is None else with_history(trace, old, self.oldest))
        return Picture(wanted.start, wanted.end, tuple(joined), marks)

    def _row(self, values: Floats) -> Floats:
        """Return the values of its channels, in their units; one the frame lacks is a NaN."""
        if len(values) <= self._last:
            values = np.append(values, np.full(self._last + 1 - len(values), np.nan))
        return (values[self._columns] - self._offsets) / self._factors

    def _begin(self, frame: Frame) -> None:
        self._fine.clear()
        self._coarse.clear()
        self._per_bin, self._in_bin = 1, 0
        self.file, self.zero_ns = frame.file, frame.time_ns

    def _bin(self, time_ns: int, low: Floats, high: Floats) -> None:
        if self._in_bin % self._per_bin:
            self._coarse.widen(low, high)
        else:
            if self._coarse.is_full:
                self._coarse.halve()
                self._per_bin *= 2
            self._coarse.append(time_ns, low, high)
            self._in_bin = 0
        self._in_bin += 1

    def _window(self, start: float, end: float) -> _Columns:
        """Return the rows of a window: fine ones where they reach back far enough."""
        first, last = (self.zero_ns + _nanoseconds(each) for each in (start, end))
        times = self._fine.times
        is_fine = len(times) > 0 and (first >= times[0] or len(times) == self._coarse.rows)
        columns = self._fine if is_fine or not self._coarse.rows else self._coarse
        return columns.between(first, last)


class _Columns:
    """Times with smallest and largest values, row by row."""

    def __init__(self, width: int, most: int) -> None:
        self._times = np.zeros(most, np.int64)
        self._low = np.zeros((most, width))
        self._high = np.zeros((most, width))
        self.rows = 0

    @property
    def times(self) -> Times:
        return self._times[: self.rows]

    @property
    def is_full(self) -> bool:
        return self.rows == len(self._times)

    def clear(self) -> None:
        self.rows = 0

    def append(self, time_ns: int, low: Floats, high: Floats) -> None:
        """Add a row; where there is no room the oldest quarter goes."""
        if self.is_full:
            gone = max(1, self.rows // 4)
            for each in (self._times, self._low, self._high):
                each[: self.rows - gone] = each[gone : self.rows]
            self.rows -= gone
        self._times[self.rows] = time_ns
        self._low[self.rows] = low
        self._high[self.rows] = high
        self.rows += 1

    def widen(self, low: Floats, high: Floats) -> None:
        """Take values into the last row."""
        last = self.rows - 1
        self._low[last] = np.fmin(self._low[last], low)
        self._high[last] = np.fmax(self._high[last], high)

    def halve(self) -> None:
        """Join each two rows; one that is left over stays."""
        half = self.rows // 2
        left = slice(2 * half, self.rows)
        low, high = self._low[: 2 * half], self._high[: 2 * half]
        self._low[:half] = np.fmin(low[0::2], low[1::2])
        self._high[:half] = np.fmax(high[0::2], high[1::2])
        self._times[:half] = self._times[0 : 2 * half : 2]
        whole = half + self.rows % 2
        for each in (self._times, self._low, self._high):
            each[half:whole] = each[left]
        self.rows = whole

    def between(self, first_ns: int, last_ns: int) -> _Columns:
        """Return the rows of a window, and one beyond each end."""
        first = max(0, int(np.searchsorted(self.times, first_ns, side="left")) - 1)
        last = min(self.rows, int(np.searchsorted(self.times, last_ns, side="right")) + 1)
        found = _Columns(0, 0)
        found._times, found.rows = self._times[first:last], max(0, last - first)
        found._low, found._high = self._low[first:last], self._high[first:last]
        return found

    def of(self, number: int, zero_ns: int) -> tuple[Floats, Floats, Floats]:
        """Return times (s since `zero_ns`), smallest and largest values of a channel."""
        seconds = (self.times - zero_ns) / SECOND
        return seconds, self._low[: self.rows, number], self._high[: self.rows, number]


def with_history(trace: Trace, old: Trace, joint: float) -> Trace:
    """Return a curve with what was there before it.

    Args:
        trace: The newest values.
        old: Values of the run file.
        joint: When the first of the newest values was, s: those of the file end there.
    """
    keep = old.times < joint
    parts = [(old.times[keep], old.low[keep], old.high[keep])]
    if len(parts[0][0]) and len(trace.times) and _is_break(parts[0][0], trace.times):
        nothing = np.array([np.nan])
        parts.append((trace.times[:1], nothing, nothing))
    parts.append((trace.times, trace.low, trace.high))
    times, low, high = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Trace(trace.curve, times, low, high)


def _is_break(before: Floats, behind: Floats) -> bool:
    """Return whether time is missing between two stretches of a curve: a second at least."""
    usual = [float(np.median(np.diff(each))) for each in (before, behind) if len(each) > 1]
    return float(behind[0] - before[-1]) > max(1.0, _BREAK * max(usual, default=0.0))


def _thinned(trace: Trace, width: float) -> Trace:
    """Return a curve with a point per pixel (`width`, s), and gaps where frames are missing."""
    times, low, high = trace.times, trace.low, trace.high
    # Pixels begin at multiples of their width, so that they do not flicker while time goes on.
    pixels = np.floor(times / width)
    starts = np.flatnonzero(np.diff(pixels, prepend=np.nan) != 0)
    if len(starts) < len(times):
        low, high = np.fmin.reduceat(low, starts), np.fmax.reduceat(high, starts)
        times = times[starts]
    if len(times) > 2:
        steps = np.diff(times)
        gaps = np.flatnonzero(steps > _BREAK * float(np.median(steps)) + 0.5) + 1
        times = np.insert(times, gaps, times[gaps - 1] + 1e-6)
        low, high = np.insert(low, gaps, np.nan), np.insert(high, gaps, np.nan)
    return Trace(trace.curve, times, low, high)


def _nanoseconds(seconds: float) -> int:
    return round(max(-1e9, min(seconds, 4e9)) * SECOND)
