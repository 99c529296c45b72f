"""When a cell ran, and what kept it from running: hours, availability, counts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from analysis.availability import Availability, Outage, availability, mean_time
from analysis.operating_events import EventKind, OperatingHistory
from bench.messages import Message
from protocols.cell_results import CountRow
from protocols.cell_stops import with_causes
from protocols.cell_stream import Stream
from protocols.run_series import HOUR, Series

ONE_SIDED = 0.95
"""Confidence of each one-sided bound of the mean time between failures."""
KINDS = {
    EventKind.FULL_CYCLE.value: Message("cell.full-cycle"),
    EventKind.PARTIAL_CYCLE.value: Message("cell.partial-cycle"),
    EventKind.TRIP.value: Message("cell.trip"),
    EventKind.STOP.value: Message("cell.stop"),
    EventKind.REDOX.value: Message("cell.redox"),
}
"""Kind of event → what people call it."""


@dataclass(frozen=True, eq=False)
class Operation:
    """What a series did."""

    history: OperatingHistory
    """Segments and events; a `TRIP` was forced, a `STOP` was planned."""
    observed: float
    """Time of which there are rows, s."""
    calendar: Availability | None
    """From the first load to the last row, gaps left out; None: there never was load."""
    failures: int
    """Forced ends of load."""


def operation_of(stream: Stream, series: Series) -> Operation:
    """Return what a series did.

    Raises:
        RunFileError: a file is damaged.
    """
    events = with_causes(stream.history.events, series, stream.starts)
    history = replace(stream.history, events=events)
    gaps = [(each.time, each.end) for each in events if each.kind is EventKind.GAP]
    return Operation(
        history=history,
        observed=_observed(stream.end, gaps),
        calendar=_calendar(history, gaps, stream.end),
        failures=history.counts[EventKind.TRIP],
    )


def _calendar(
    history: OperatingHistory, gaps: Sequence[tuple[float, float]], end: float
) -> Availability | None:
    """Return the calendar on an axis of time without gaps: nobody knows what was in them."""
    starts = [each.time for each in history.events if each.kind is EventKind.START]
    last = _observed(end, gaps)
    if not starts or last <= _observed(starts[0], gaps):
        return None
    return availability(
        begin=_observed(starts[0], gaps),
        end=last,
        outages=tuple(_outages(history, gaps, last)),
        confidence=ONE_SIDED,
    )


def _outages(
    history: OperatingHistory, gaps: Sequence[tuple[float, float]], last: float
) -> Iterator[Outage]:
    begun: tuple[float, bool] | None = None
    for event in history.events:
        time = _observed(event.time, gaps)
        if event.kind in {EventKind.STOP, EventKind.TRIP}:
            begun = time, event.kind is EventKind.STOP
        elif event.kind is EventKind.START and begun is not None:
            if time > begun[0]:
                yield Outage(begin=begun[0], end=time, planned=begun[1])
            begun = None
    if begun is not None and last > begun[0]:
        yield Outage(begin=begun[0], end=last, planned=begun[1])


def _observed(time: float, gaps: Sequence[tuple[float, float]]) -> float:
    """Return a time less all gaps before it, s."""
    return time - sum(min(time, end) - begin for begin, end in gaps if begin < time)


def two_sided(failures: int) -> float:
    """Return the confidence that makes an end of the interval a one-sided bound of 95 %.

    Both one-sided bounds of 95 % are a two-sided interval of 90 %; without a failure there is but
    one bound.
    """
    return 2.0 * ONE_SIDED - 1.0 if failures else ONE_SIDED


def count_rows(found: Operation) -> tuple[CountRow, ...]:
    """Return hours, availability and counts for people."""
    counts, calendar = found.history.counts, found.calendar
    service = found.history.loaded_time
    partial, full = counts[EventKind.PARTIAL_CYCLE], counts[EventKind.FULL_CYCLE]
    between = service / found.failures / HOUR if found.failures else math.nan
    lower = (
        mean_time(
            service_time=service, failures=found.failures, confidence=two_sided(found.failures)
        ).lower
        / HOUR
        if service
        else math.nan
    )
    rows: list[tuple[str, str, float, str]] = [
        ("operating_time", "cell.operating-time", service / HOUR, "h"),
        ("observed_time", "cell.observed-time", found.observed / HOUR, "h"),
        ("mean_time_between_failures", "cell.mtbf", between, "h"),
        ("mean_time_lower", "cell.mtbf-lower", lower, "h"),
        ("starts", "cell.starts", float(counts[EventKind.START]), ""),
        ("stops", "cell.stops", float(counts[EventKind.STOP]), ""),
        ("trips", "cell.trips", float(found.failures), ""),
        ("thermal_cycles", "cell.thermal-cycles", float(partial + full), ""),
        ("full_thermal_cycles", "cell.full-cycles", float(full), ""),
        ("load_cycles", "cell.load-cycles", float(found.history.load_cycles), ""),
    ]
    if calendar is not None:
        rows[2:2] = [
            ("availability", "cell.availability", 100.0 * calendar.calendar, "%"),
            ("forced_availability", "cell.forced-availability", 100.0 * calendar.forced, "%"),
            ("planned_downtime", "cell.planned-downtime", calendar.planned_time / HOUR, "h"),
            ("forced_downtime", "cell.forced-downtime", calendar.forced_time / HOUR, "h"),
        ]
    return tuple(
        CountRow(name=name, title=Message(title), value=value, unit=shown)
        for name, title, value, shown in rows
    )
