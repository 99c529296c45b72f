"""Why the load ended: as planned, or forced by a failure.

What the bench wrote down decides: in which state it was, which limit it followed. A protocol may
take the load off within a second and that is no trip; a limit that unloads slowly is a failure.
Only where nothing was written down (an imported log) the shape of the current tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.operating_events import EventKind, OperatingEvent
from bench.channel import Quality
from bench.clock import SECOND
from bench.record.port import Event
from bench.runs import Run
from bench.safeguard import Reaction
from protocols.run_series import Series

BEFORE = 5.0
"""s. An alarm so long before a change of state is its cause."""
BEHIND = 120.0
"""s. A reaction so long behind the end of the load belongs to it; scans stretch to a minute.
Engineering default."""
DEMAND = "stack.current.demand"
_FORCING = frozenset({"hard-stop", "trip"})
"""Causes that are no plan, whoever asked."""
_STOPPING = frozenset({"soft-stop", "unload", "recover", "complete", *_FORCING})
_STRONG = frozenset(each.name.lower().replace("_", "-") for each in Reaction
    if each >= Reaction.RECOVER)  # fmt: skip


@dataclass(frozen=True)
class _Change:
    """The bench went to another state."""

    time: float
    """On the axis of the series, s."""
    cause: str
    """Why."""
    is_forced: bool
    """Whether a failure was behind it."""


def with_causes(
    events: Sequence[OperatingEvent], series: Series, starts: Sequence[int]
) -> tuple[OperatingEvent, ...]:
    """Return operating events, ends of load as `STOP` if planned and `TRIP` if forced.

    Args:
        events: in time, as the current shows them.
        series: whose runs say what the bench did.
        starts: number of the first row of each run.

    Raises:
        RunFileError: a file is damaged.
    """
    changes = [_changes(run, series.offset_ns(n)) for n, run in enumerate(series.runs)]
    found: list[OperatingEvent] = []
    for event in events:
        number = sum(start <= event.first_row for start in starts) - 1
        if event.kind not in {EventKind.STOP, EventKind.TRIP} or not changes[number]:
            found.append(event)
            continue
        row = event.first_row - starts[number]
        is_forced = _was_forced(event, changes[number], series.runs[number], row)
        kind = EventKind.TRIP if is_forced else EventKind.STOP
        found.append(replace(event, kind=kind))
    return tuple(found)


def _changes(run: Run, offset_ns: int) -> list[_Change]:
    """Return all changes of the bench's state; none: the file tells of none."""
    alarms = [each for each in run.events if each.message.id == "alarm.came"]
    strong = [each for each in alarms if each.message.arguments.get("reaction") in _STRONG]
    return [
        _change(event, strong, offset_ns)
        for event in run.events
        if event.message.id == "control.state"
    ]


def _change(event: Event, alarms: Sequence[Event], offset_ns: int) -> _Change:
    cause = str(event.message.arguments.get("cause", ""))
    is_forced = cause in _FORCING or (
        cause in _STOPPING
        and any(abs(event.time_ns - each.time_ns) <= BEFORE * SECOND for each in alarms)
    )
    return _Change((event.time_ns + offset_ns) / 1e9, cause, is_forced)


def _was_forced(event: OperatingEvent, changes: Sequence[_Change], run: Run, row: int) -> bool:
    before = [each for each in changes if each.time <= event.time]
    behind = [each for each in changes if event.time < each.time <= event.time + BEHIND]
    if (before and before[-1].is_forced) or any(each.is_forced for each in behind):
        return True
    return event.kind is EventKind.TRIP and _was_still_demanded(run, row)


def _was_still_demanded(run: Run, row: int) -> bool:
    """Return whether load was demanded when it broke off; no: also where demands are not told."""
    if DEMAND not in run.names or row < 1:
        return False
    times = run.timeline.read(slice(row - 1, row + 1))
    samples = run.channel(DEMAND).values_si(int(times[0]), int(times[1]) + 1)
    good = samples.values[samples.qualities == Quality.OK]
    return bool(len(good) > 1 and good[-1] > 0.5 * good[0] > 0.0)
