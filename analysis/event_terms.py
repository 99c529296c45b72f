"""Which rows of a long series are steady, and which steps its events may have caused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.checks import BoolArray, FloatArray
from analysis.degradation_rate import Finding, Note
from analysis.step_regression import Shape, Term
from analysis.voltage_series import KILOHOUR, Event

FEWEST_ROWS: Final = 12
"""Steady rows on either side that a step of its own needs."""
MOST_STEPS: Final = 12
"""Of more events of one kind, all share one size."""
REGULAR: Final = 1.0
"""Counted events that keep within so many of a line in time are part of the rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTerms:
    """What the events add to the model."""

    terms: tuple[Term, ...]
    """Steps and recoveries."""
    notes: tuple[Note, ...]
    """What had to be merged, shared or left out."""
    swaps: tuple[float, ...]
    """Times at which a sensor was replaced, s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    events: tuple[Event, ...]

    @property
    def time(self) -> float:
        return self.events[0].time

    @property
    def is_swap(self) -> bool:
        return any(event.is_sensor_swap for event in self.events)

    @property
    def kind(self) -> str:
        return " + ".join(dict.fromkeys(event.kind for event in self.events))


def steady_rows(
    times: FloatArray, events: Sequence[Event], *, conditioning: float, settling: float
) -> BoolArray:
    """Return which rows are behind the conditioning and not within the settling of an event."""
    kept = times >= times[0] + conditioning
    for event in events:
        kept &= ~((times >= event.time) & (times < event.time + settling))
    return kept


def event_terms(times: FloatArray, events: Sequence[Event]) -> EventTerms:
    """Return the terms of events for the steady rows at the times (s).

    Events without enough steady rows between them share one step; of many events of a kind all
    share one size, or, where they come as regularly as time itself, none.
    """
    groups, notes = _grouped(times, sorted(events, key=lambda event: event.time))
    terms: list[Term] = []
    for kind in dict.fromkeys(group.kind for group in groups):
        same = [group for group in groups if group.kind == kind]
        if len(same) > MOST_STEPS and not same[0].is_swap:
            found, note = _shared(times, kind, same)
            notes.append(note)
        else:
            found = [term for group in same for term in _own(group)]
        terms += found
    return EventTerms(
        terms=tuple(terms),
        notes=tuple(notes),
        swaps=tuple(group.time for group in groups if group.is_swap),
    )


def _grouped(times: FloatArray, events: Sequence[Event]) -> tuple[list[_Group], list[Note]]:
    notes: list[Note] = []
    groups: list[_Group] = []
    for event in events:
        before = int(np.searchsorted(times, event.time))
        if before < FEWEST_ROWS or times.size - before < FEWEST_ROWS:
            notes.append(Note(finding=Finding.EVENT_OUTSIDE, time=event.time, kind=event.kind))
        elif groups and before - int(np.searchsorted(times, groups[-1].time)) < FEWEST_ROWS:
            groups[-1] = _Group(events=(*groups[-1].events, event))
        else:
            groups.append(_Group(events=(event,)))
    for group in groups:
        if group.is_swap and not all(event.is_sensor_swap for event in group.events):
            finding = Finding.STEP_HIDDEN_BY_SWAP
        elif len(group.events) > 1:
            finding = Finding.EVENTS_MERGED
        else:
            continue
        notes.append(Note(finding=finding, time=group.time, kind=group.kind))
    return groups, notes


def _own(group: _Group) -> list[Term]:
    step = Term(
        shape=Shape.STEP,
        times=(group.time,),
        kind=group.kind,
        count=len(group.events),
        is_sensor_swap=group.is_swap,
    )
    if all(event.is_sensor_swap for event in group.events):
        return [step]
    return [step, Term(shape=Shape.RECOVERY, times=(group.time,), kind=group.kind)]


def _shared(times: FloatArray, kind: str, groups: Sequence[_Group]) -> tuple[list[Term], Note]:
    places = tuple(group.time for group in groups)
    counted = np.searchsorted(np.asarray(places), times, side="right").astype(np.float64)
    line = np.polynomial.Polynomial.fit(times / KILOHOUR, counted, 1)
    if float(np.std(counted - line(times / KILOHOUR))) < REGULAR:
        return [], Note(finding=Finding.EVENTS_WITHIN_RATE, kind=kind)
    count = sum(len(group.events) for group in groups)
    return [
        Term(shape=Shape.STEP, times=places, kind=kind, count=count),
        Term(shape=Shape.RECOVERY, times=places, kind=kind),
    ], Note(finding=Finding.EVENTS_SHARED, kind=kind)
