"""Finds operating events in a stream of rows, with memory for a minute of rows and one hour."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from analysis.checks import BoolArray, FloatArray, as_samples
from analysis.condition_runs import ConditionRuns, Run
from analysis.hourly_medians import HourlyMedianStream
from analysis.load_states import LoadStates, labelled
from analysis.operating_events import (
    EventKind,
    OperatingEvent,
    OperatingHistory,
    OperatingLimits,
)

MINUTE: Final = 60.0
_CONDITIONS: Final = (
    EventKind.REDOX,
    EventKind.ZERO_FLOW,
    EventKind.NEGATIVE_FLOW,
    EventKind.FROZEN_TEMPERATURE,
    EventKind.REFERENCE,
)
_TIME, _CURRENT, _TEMPERATURE, _FUEL, _SAFETY, _MARK, _ROW = range(7)
_FIXED: Final = 7


class OperatingStream:
    """Eats rows chunk by chunk in the order they were recorded; `finish` tells what happened."""

    def __init__(self, limits: OperatingLimits, *, channels: int = 0) -> None:
        """Begin a stream.

        Args:
            limits: what tells states apart.
            channels: how many columns of `values` hourly medians are wanted of.
        """
        self._limits = limits
        self._medians = HourlyMedianStream(channels)
        self._channels = channels
        self._kept = np.zeros((_FIXED + channels, 0))
        self._rows = 0
        self._latest = -np.inf
        self._temperature = np.nan
        self._events: list[OperatingEvent] = []
        self._runs = {kind: ConditionRuns(self._shortest(kind)) for kind in _CONDITIONS}
        self._states = LoadStates(limits)

    def _shortest(self, kind: EventKind) -> float:
        limits = self._limits
        return {
            EventKind.REDOX: limits.redox_time,
            EventKind.ZERO_FLOW: limits.no_flow_time,
            EventKind.FROZEN_TEMPERATURE: limits.frozen_time,
        }.get(kind, 0.0)

    def eat(
        self,
        *,
        times: ArrayLike,
        current: ArrayLike,
        temperature: ArrayLike,
        fuel: ArrayLike,
        safety_gas: ArrayLike | None = None,
        marks: ArrayLike | None = None,
        values: ArrayLike | None = None,
    ) -> None:
        """Take a chunk of rows.

        Args:
            times: s, as recorded; may jump back or repeat; shape (n,).
            current: A, (n,); rows where it is NaN are left out.
            temperature: of the stack, K, (n,); NaN: not known.
            fuel: flow, mol/s, (n,); NaN: not known, nothing is concluded from it.
            safety_gas: flow of reducing gas, mol/s, (n,); None: none; NaN: not known.
            marks: not zero where the reference point is visited, (n,); None: never.
            values: of which hourly medians are wanted, (n, channels); NaN where unknown.

        Raises:
            ValueError: if shapes differ or a time is no number.
        """
        time = as_samples("times", times, at_least=0)
        kept = self._kept.shape[1]
        # the rows that are kept go in front at once: a copy less of all the others
        whole = np.empty((_FIXED + self._channels, kept + time.size))
        whole[:, :kept] = self._kept
        table = whole[:, kept:]
        table[_TIME] = time
        named = (current, temperature, fuel, safety_gas, marks)
        names = ("current", "temperature", "fuel", "safety_gas", "marks")
        for place, (name, samples) in enumerate(zip(names, named, strict=True), start=_CURRENT):
            table[place] = 0.0 if samples is None else _of_size(name, samples, time.size)
        table[_ROW] = np.arange(self._rows, self._rows + time.size)
        if self._channels:
            given = np.asarray(values, dtype=np.float64)
            if given.shape != (time.size, self._channels):
                message = f"values must have shape {(time.size, self._channels)}"
                raise ValueError(message)
            table[_FIXED:] = given.T
        self._rows += time.size
        used = self._used(table)
        if not used.all():
            whole = np.concatenate((self._kept, table[:, used]), axis=1)
        self._take(whole)

    def finish(self) -> OperatingHistory:
        """Return all that happened; the stream is used up then."""
        if self._kept.shape[1]:
            self._digest(self._kept)
        events = self._events + self._states.events
        for kind, runs in self._runs.items():
            events += [_event(kind, run) for run in runs.finish()]
        events.sort(key=lambda event: event.time)
        return OperatingHistory(
            segments=labelled(self._states.finish(), events),
            events=tuple(events),
            hours=self._medians.finish(),
            rows=self._rows,
            loaded_time=self._states.loaded_time,
        )

    def _used(self, table: FloatArray) -> BoolArray:
        """Return which rows are later than all before and have a current; tell of the others."""
        times = table[_TIME]
        if not times.size:
            return np.zeros(0, np.bool_)
        known = np.isfinite(table[_CURRENT])
        is_first = times[0] > self._latest
        if is_first and bool((times[1:] > times[:-1]).all()):
            self._latest = float(times[-1])
            return known
        before = np.full(1, self._latest)
        latest: FloatArray = np.maximum.accumulate(np.concatenate((before, times)))
        self._latest = max(self._latest, float(times.max()))
        for kind, wrong in (
            (EventKind.DUPLICATE, times == latest[:-1]),
            (EventKind.CLOCK_BACK, times < latest[:-1]),
        ):
            runs = ConditionRuns(-np.inf)
            runs.eat(wrong, latest[:-1], table[_ROW])
            self._events += [_event(kind, run) for run in runs.finish()]
        return known & (times > latest[:-1])

    def _take(self, table: FloatArray) -> None:
        """Digest whole minutes, keep the last one that may go on."""
        if not table.shape[1]:
            return
        last = float(table[_TIME, -1]) // MINUTE * MINUTE
        whole = int(np.searchsorted(table[_TIME], last))
        self._kept = table[:, whole:].copy()
        if whole:
            self._digest(table[:, :whole])

    def _digest(self, table: FloatArray) -> None:
        times, rows = table[_TIME], table[_ROW]
        for kind, holds in self._conditions(table).items():
            self._runs[kind].eat(holds, times, rows)
        self._temperature = float(table[_TEMPERATURE, -1])
        steady = self._states.eat(times, table[_CURRENT], table[_TEMPERATURE], rows)
        self._medians.eat(times, table[_FIXED:].T, steady)

    def _conditions(self, table: FloatArray) -> dict[EventKind, BoolArray]:
        limits = self._limits
        fuel, temperature = table[_FUEL], table[_TEMPERATURE]
        dry = fuel <= limits.no_flow
        before = np.concatenate(([self._temperature], temperature[:-1]))
        return {
            EventKind.REDOX: dry
            & (table[_SAFETY] <= limits.no_flow)
            & (temperature > limits.redox),
            EventKind.ZERO_FLOW: dry & (table[_CURRENT] > limits.idle * limits.rated_current),
            EventKind.NEGATIVE_FLOW: (fuel < -limits.no_flow) | (table[_SAFETY] < -limits.no_flow),
            EventKind.FROZEN_TEMPERATURE: temperature == before,
            EventKind.REFERENCE: table[_MARK] != 0.0,
        }


def detect_events(
    *,
    times: ArrayLike,
    current: ArrayLike,
    temperature: ArrayLike,
    fuel: ArrayLike,
    limits: OperatingLimits,
    safety_gas: ArrayLike | None = None,
    marks: ArrayLike | None = None,
    values: ArrayLike | None = None,
) -> OperatingHistory:
    """Return segments, events and hourly medians of whole arrays; see `OperatingStream.eat`.

    Raises:
        ValueError: as `OperatingStream.eat`.
    """
    channels = 0 if values is None else np.asarray(values).shape[1]
    stream = OperatingStream(limits, channels=channels)
    stream.eat(
        times=times,
        current=current,
        temperature=temperature,
        fuel=fuel,
        safety_gas=safety_gas,
        marks=marks,
        values=values,
    )
    return stream.finish()


def _of_size(name: str, given: ArrayLike, size: int) -> FloatArray:
    samples = np.asarray(given, dtype=np.float64)
    if samples.shape != (size,):
        message = f"{name} has {samples.size} samples, times has {size}"
        raise ValueError(message)
    return samples


def _event(kind: EventKind, run: Run) -> OperatingEvent:
    return OperatingEvent(
        kind=kind,
        time=run.begin,
        end=run.end,
        first_row=run.first_row,
        last_row=run.last_row,
        count=run.last_row - run.first_row + 1,
    )
