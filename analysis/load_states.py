"""Off, steady or in between: what the current does, minute by minute and at its edges."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from analysis.checks import BoolArray, FloatArray
from analysis.operating_events import (
    EventKind,
    OperatingEvent,
    OperatingLimits,
    Segment,
    SegmentKind,
)

_MINUTE: Final = 60.0
_KINDS: Final = (SegmentKind.OFF, SegmentKind.TRANSITION, SegmentKind.STEADY)
_OFF, _MOVING, _STEADY = range(3)


class LoadStates:
    """Follows current and temperature through whole minutes of rows."""

    def __init__(self, limits: OperatingLimits) -> None:
        self._limits = limits
        self._idle = limits.idle * limits.rated_current
        self.events: list[OperatingEvent] = []
        """Starts, stops, trips, cycles, load changes, gaps; unsorted."""
        self.loaded_time = 0.0
        """s."""
        self._segments: list[Segment] = []
        self._last: tuple[float, float] | None = None
        self._mean = np.nan
        self._level: float | None = None
        self._coldest = np.inf
        self._has_run = False
        self._tail = np.zeros((2, 0))

    def eat(
        self, times: FloatArray, current: FloatArray, temperature: FloatArray, rows: FloatArray
    ) -> BoolArray:
        """Take whole minutes of rows, shape (n,) each; return which rows are steady."""
        self._gaps(times, rows)
        self._edges(times, current, temperature, rows)
        steady = self._minutes(times, current, rows)
        self._last = (float(times[-1]), float(current[-1]))
        return steady

    def finish(self) -> list[Segment]:
        """Return the segments by minute: off, transition, steady, gap."""
        return self._segments

    def _gaps(self, times: FloatArray, rows: FloatArray) -> None:
        before = self._last[0] if self._last else float(times[0])
        pauses = np.diff(times, prepend=before)
        for place in np.flatnonzero(pauses > self._limits.gap).tolist():
            end = float(times[place])
            row = int(rows[place])
            begin = end - float(pauses[place])
            self.events.append(_event(EventKind.GAP, begin, row, end=end))

    def _edges(
        self, times: FloatArray, current: FloatArray, temperature: FloatArray, rows: FloatArray
    ) -> None:
        """Find where current begins and ends, and how cold it was in between."""
        loaded = current > self._idle
        pauses = np.diff(times, prepend=self._last[0] if self._last else times[0])
        self.loaded_time += float(pauses[loaded & (pauses <= self._limits.gap)].sum())
        was = self._last is not None and self._last[1] > self._idle
        changes = np.flatnonzero(np.diff(loaded, prepend=was))
        span = np.concatenate((self._tail, np.stack((times, current))), axis=1)
        begin = 0
        for place in changes.tolist():
            self._cool(temperature[begin:place], loaded=not loaded[place])
            begin = place
            if loaded[place]:
                self._started(float(times[place]), int(rows[place]))
            else:
                kind = self._end_of_load(span, float(times[place]))
                self.events.append(_event(kind, float(times[place]), int(rows[place])))
                self._has_run, self._coldest = True, np.inf
        self._cool(temperature[begin:], loaded=bool(loaded[-1]))
        self._tail = span[:, span[0] > times[-1] - 2.0 * _MINUTE]

    def _cool(self, temperature: FloatArray, *, loaded: bool) -> None:
        if not loaded and temperature.size:
            self._coldest = min(self._coldest, float(np.fmin.reduce(temperature, initial=np.inf)))

    def _started(self, time: float, row: int) -> None:
        if self._has_run and self._coldest < self._limits.cool:
            full = self._coldest < self._limits.cold
            kind = EventKind.FULL_CYCLE if full else EventKind.PARTIAL_CYCLE
            self.events.append(_event(kind, time, row))
        self._coldest = np.inf
        self.events.append(_event(EventKind.START, time, row))

    def _end_of_load(self, span: FloatArray, time: float) -> EventKind:
        """Tell a trip from a stop: how long ago was more than half of the load there?"""
        times, current = span
        lately = (times < time) & (times >= time - 2.0 * _MINUTE)
        if not lately.any():
            return EventKind.STOP
        load = float(np.max(current[lately]))
        high = float(times[lately & (current > 0.5 * load)][-1])
        spacing = time - float(times[times < time][-1])
        fell = time - high
        fast = fell <= max(self._limits.trip_time, spacing)
        return EventKind.TRIP if fast and load > self._level_floor else EventKind.STOP

    @property
    def _level_floor(self) -> float:
        return self._limits.level * self._limits.rated_current

    def _minutes(self, times: FloatArray, current: FloatArray, rows: FloatArray) -> BoolArray:
        """Judge each minute; return which rows lie in steady ones."""
        minutes = np.floor(times / _MINUTE)
        begins = np.concatenate(([0], np.flatnonzero(np.diff(minutes)) + 1))
        counts = np.diff(np.append(begins, times.size))
        means = np.add.reduceat(current, begins) / counts
        lowest, highest = np.minimum.reduceat(current, begins), np.maximum.reduceat(current, begins)
        allowed = self._limits.steadiness * self._limits.rated_current
        moved = np.abs(np.diff(means, prepend=self._mean))
        calm = (highest - lowest <= allowed) & (moved <= allowed)
        states = np.where(calm, _STEADY, _MOVING)
        states[highest <= self._idle] = _OFF
        self._mean = float(means[-1])
        self._levels(states == _STEADY, means, times[begins], rows[begins])
        ends = times[np.append(begins[1:], times.size) - 1]
        self._append(states, times[begins], ends)
        return np.repeat(states == _STEADY, counts)

    def _levels(
        self, steady: BoolArray, means: FloatArray, times: FloatArray, rows: FloatArray
    ) -> None:
        """Tell when the steady load goes to another level."""
        where = np.flatnonzero(steady)
        begin = 0
        while begin < where.size:
            level = self._level if self._level is not None else float(means[where[begin]])
            self._level = level
            beyond = np.abs(means[where[begin:]] - level) > self._level_floor
            first = int(np.argmax(beyond))
            if not beyond[first]:
                return
            place = int(where[begin + first])
            self._level = float(means[place])
            self.events.append(_event(EventKind.LOAD_CHANGE, float(times[place]), int(rows[place])))
            begin += first + 1

    def _append(self, states: FloatArray, begins: FloatArray, ends: FloatArray) -> None:
        """Add minutes to the segments; a pause between them is a gap."""
        pauses = begins[1:] - ends[:-1] > self._limits.gap
        cuts = np.flatnonzero((np.diff(states) != 0) | pauses) + 1
        firsts = np.concatenate(([0], cuts)).tolist()
        lasts = np.concatenate((cuts - 1, [states.size - 1])).tolist()
        for first, last in zip(firsts, lasts, strict=True):
            segment = Segment(
                kind=_KINDS[int(states[first])], begin=float(begins[first]), end=float(ends[last])
            )
            before = self._segments[-1] if self._segments else None
            if before is None:
                self._segments.append(segment)
            elif segment.begin - before.end > self._limits.gap:
                gap = Segment(kind=SegmentKind.GAP, begin=before.end, end=segment.begin)
                self._segments += [gap, segment]
            elif before.kind is segment.kind:
                self._segments[-1] = replace(before, end=segment.end)
            else:
                self._segments.append(replace(segment, begin=before.end))


def labelled(segments: Sequence[Segment], events: Sequence[OperatingEvent]) -> tuple[Segment, ...]:
    """Return the segments with transitions from and to off called start, stop or trip."""
    trips = [event.time for event in events if event.kind is EventKind.TRIP]
    named: list[Segment] = []
    for place, segment in enumerate(segments):
        before = segments[place - 1].kind if place else SegmentKind.OFF
        after = segments[place + 1].kind if place + 1 < len(segments) else segment.kind
        kind = segment.kind
        if kind is SegmentKind.TRANSITION:
            tripped = any(segment.begin <= time <= segment.end + _MINUTE for time in trips)
            if after is SegmentKind.OFF:
                kind = SegmentKind.TRIP if tripped else SegmentKind.STOP
            elif before is SegmentKind.OFF:
                kind = SegmentKind.START
        named.append(replace(segment, kind=kind))
    return tuple(named)


def _event(kind: EventKind, time: float, row: int, *, end: float | None = None) -> OperatingEvent:
    return OperatingEvent(
        kind=kind, time=time, end=time if end is None else end, first_row=row, last_row=row
    )
