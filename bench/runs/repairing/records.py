"""Events, steps, points, incidents and bookmark of a damaged file, as many as can be read."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

from bench.messages import Message
from bench.record.hdf5 import TEXT, Group
from bench.record.layout.bookmark import read_bookmark
from bench.record.layout.header import read_ending
from bench.record.layout.tables import EVENTS, INCIDENTS, POINTS, STEPS, Table
from bench.record.port import ClockMark, Ending, Record, StepBegun, StepRecord
from bench.runs.repairing.attempts import Attempts
from bench.runs.repairing.group import SalvagedGroup
from bench.runs.repairing.padded_file import MARK

Kind = TypeVar("Kind", bound=Record)

_NEVER_EMPTY = {"events": "id", "steps": "outcome", "points": "name", "incidents": "reaction"}


def table_of(entry: Group, table: Table[Kind], attempts: Attempts) -> tuple[list[Kind], int]:
    """Return the records that can be read, and how many cannot."""
    count = attempts(lambda: _length(entry, table))
    if count is None:
        return [], 0
    found: list[Kind] = []
    for row in range(count):
        record = attempts(lambda row=row: _read(entry, table, row))
        if record is not None:
            found.append(record)
    return found, count - len(found)


def _length(entry: Group, table: Table[Any]) -> int:
    group = entry.group(table.name)
    return max(len(group.column(name)) for name in table.columns)


def _read(entry: Group, table: Table[Kind], row: int) -> Kind:
    group = entry.group(table.name)
    values: dict[str, Any] = {}
    for name, kind in table.columns.items():
        (value,) = group.column(name).read(row, row + 1).tolist()
        if kind is TEXT:
            value = value.decode() if isinstance(value, bytes) else str(value)
            if MARK in value:
                raise ValueError(name)
        values[name] = value
    if not values[_NEVER_EMPTY[table.name]]:
        raise ValueError(row)
    return table.record(values)


def ending_of(entry: Group, attempts: Attempts) -> Ending | None:
    """Return how the run ended; None: that is lost, or it had not ended."""
    found = attempts(lambda: read_ending(entry))
    return None if found is None or _is_cut(found) else found


def _is_cut(record: Any) -> bool:
    return any(MARK in str(getattr(record, each.name)) for each in fields(record))


def clock_marks(groups: list[SalvagedGroup], offset_ns: int) -> list[ClockMark]:
    """Return where the wall clock deviates from what it was: UTC - monotonic time.

    The first group with rows tells it: the scan, where there is one.
    """
    found: list[ClockMark] = []
    cues = next(
        (group.cues for group in groups if group.cues is not None and len(group.cues)), None
    )
    if cues is None:
        return []
    for _, time_ns, _, utc_ns in cues.tolist():
        if utc_ns - time_ns != offset_ns:
            found.append(ClockMark(time_ns, utc_ns))
            offset_ns = utc_ns - time_ns
    return found


def all_records(
    entry: Group, attempts: Attempts, groups: list[SalvagedGroup], offset_ns: int
) -> tuple[list[tuple[int, Record]], tuple[Message, ...]]:
    """Return the records with the time before which rows stand ahead of them; and what is lost."""
    events, lost_events = table_of(entry, EVENTS, attempts)
    steps, lost_steps = table_of(entry, STEPS, attempts)
    points, lost_points = table_of(entry, POINTS, attempts)
    incidents, lost_incidents = table_of(entry, INCIDENTS, attempts)
    bookmark = attempts(lambda: read_bookmark(entry))
    found: list[tuple[int, Record]] = [(event.time_ns, event) for event in events]
    found += [(step.start_ns, StepBegun(step.id, step.path, step.start_ns)) for step in steps]
    found += [(step.end_ns + 1, step) for step in steps]
    found += [(point.end_ns + 1, point) for point in points]
    found += [(incident.end_ns + 1, incident) for incident in incidents]
    found += [] if bookmark is None else [(bookmark.time_ns + 1, bookmark)]
    found += [(mark.time_ns, mark) for mark in clock_marks(groups, offset_ns)]
    findings = [
        Message(said, {"saved": saved, "lost": lost})
        for said, saved, lost in (
            ("repair.events", len(events), lost_events),
            ("repair.steps", len(steps), lost_steps),
            ("repair.points", len(points), lost_points),
            ("repair.incidents", len(incidents), lost_incidents),
        )
        if saved or lost
    ]
    return sorted(found, key=lambda each: (each[0], _RANKS.get(type(each[1]), 1))), tuple(findings)


_RANKS: dict[type, int] = {StepRecord: 0, StepBegun: 2}
