"""Events, steps, points and incidents as columns of a run file, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import numpy as np

from bench.messages import Message
from bench.record import json_text
from bench.record.hdf5 import TEXT, Column, Group, storable_text
from bench.record.port import Event, Incident, Point, StepRecord

Record = TypeVar("Record")
Row = Sequence[Any]

_CHUNK = 256
LATE = frozenset({"incidents"})
"""Tables that are made with their first record."""


@dataclass(frozen=True)
class Table(Generic[Record]):
    """How one kind of record becomes columns."""

    name: str
    """Group under ``/entry``."""
    columns: Mapping[str, Any]
    """Column → element type."""
    row: Callable[[Record], Row]
    """One value per column."""
    record: Callable[[Mapping[str, Any]], Record]
    """Column → value, back to the record."""

    def create(self, entry: Group) -> TableColumns[Record]:
        """Make the empty columns."""
        group = entry.create(self.name, "NXcollection")
        made = {
            name: group.create_column(name, kind, _CHUNK) for name, kind in self.columns.items()
        }
        for name, column in made.items():
            if name.endswith("_ns"):
                column.describe({"units": "ns"})
        return TableColumns(self, made)

    def open(self, entry: Group) -> TableColumns[Record]:
        """Return the columns of an existing file.

        Raises:
            KeyError: a column is missing.
        """
        group = entry.group(self.name)
        return TableColumns(self, {name: group.column(name) for name in self.columns})

    def reopen(self, entry: Group) -> TableColumns[Record]:
        """Return the columns of a table that is made with its first record.

        Raises:
            KeyError: a column is missing.
        """
        return self.open(entry) if self.name in entry else self.create(entry)

    def read(self, entry: Group) -> tuple[Record, ...]:
        """Return all records; none, where a table of `LATE` was never made.

        Raises:
            KeyError, TypeError, ValueError: a column is missing, short or wrong.
        """
        if self.name not in entry and self.name in LATE:
            return ()
        group = entry.group(self.name)
        columns: list[list[Any]] = [
            group.column(name).texts() if kind is TEXT else group.column(name).read().tolist()
            for name, kind in self.columns.items()
        ]
        rows = zip(*columns, strict=True)
        return tuple(self.record(dict(zip(self.columns, row, strict=True))) for row in rows)


@dataclass(frozen=True)
class TableColumns(Generic[Record]):
    """A table of an open file."""

    table: Table[Record]
    """What it holds."""
    columns: Mapping[str, Column]
    """Its columns."""

    def append(self, records: Sequence[Record]) -> None:
        """Add records at the end."""
        if not records:
            return
        for column, values in zip(
            self.columns.values(), zip(*map(self.table.row, records), strict=True), strict=True
        ):
            column.append(_stored(values))


def _stored(values: Sequence[Any]) -> Sequence[Any]:
    return [storable_text(value) if isinstance(value, str) else value for value in values]


def sentence(message: Message) -> str:
    """Return the English text; where the catalogue's placeholders do not fit, the bare message.

    A slip in a catalogue must not end a run of months.
    """
    try:
        return message.text()
    except (LookupError, ValueError, TypeError, AttributeError):
        return f"{message.id} {dict(message.arguments)}"


def _event_row(event: Event) -> Row:
    message = event.message
    arguments = json_text.encode(message.arguments)
    text = sentence(message)
    return event.time_ns, event.utc_ns, event.level, event.source, message.id, arguments, text


def _event(row: Mapping[str, Any]) -> Event:
    arguments = cast("Mapping[str, object]", json_text.decode(row["arguments"]))
    message = Message(row["id"], arguments)
    return Event(row["time_ns"], row["utc_ns"], row["level"], row["source"], message)


def _step_row(step: StepRecord) -> Row:
    return step.id, step.kind, step.path, step.start_ns, step.end_ns, step.outcome


def _point_row(point: Point) -> Row:
    remarks = json_text.encode(point.remarks)
    head = (point.name, point.repeat, point.approach, point.start_ns, point.end_ns)
    return *head, int(point.valid), remarks, point.step_id


def _point(row: Mapping[str, Any]) -> Point:
    remarks = tuple(
        str(remark) for remark in cast("list[object]", json_text.decode(row["remarks"]))
    )
    fields: dict[str, Any] = {**row, "valid": bool(row["valid"]), "remarks": remarks}
    return Point(**fields)


def _incident_row(incident: Incident) -> Row:
    alarms = json_text.encode(incident.alarms)
    times = (incident.start_ns, incident.at_ns, incident.end_ns)
    return incident.number, incident.first_out, alarms, incident.reaction, *times


def _incident(row: Mapping[str, Any]) -> Incident:
    alarms = tuple(str(each) for each in cast("list[object]", json_text.decode(row["alarms"])))
    fields: dict[str, Any] = {**row, "alarms": alarms}
    return Incident(**fields)


EVENTS = Table(
    "events",
    {
        "time_ns": np.int64, "utc_ns": np.int64, "level": TEXT, "source": TEXT,
        "id": TEXT, "arguments": TEXT, "text": TEXT,
    },
    _event_row,
    _event,
)  # fmt: skip
"""Message ids with their arguments as JSON, and the English text."""

STEPS = Table(
    "steps",
    {
        "id": TEXT, "kind": TEXT, "path": TEXT,
        "start_ns": np.int64, "end_ns": np.int64, "outcome": TEXT,
    },
    _step_row,
    lambda row: StepRecord(**row),
)  # fmt: skip

POINTS = Table(
    "points",
    {
        "name": TEXT, "repeat": np.int64, "approach": np.int64, "start_ns": np.int64,
        "end_ns": np.int64, "valid": np.uint8, "remarks": TEXT, "step_id": TEXT,
    },
    _point_row,
    _point,
)  # fmt: skip
"""Remarks are a JSON list."""

INCIDENTS = Table(
    "incidents",
    {
        "number": np.int64, "first_out": TEXT, "alarms": TEXT, "reaction": TEXT,
        "start_ns": np.int64, "at_ns": np.int64, "end_ns": np.int64,
    },
    _incident_row,
    _incident,
)  # fmt: skip
"""Alarms are a JSON list. Made with the first incident: most runs have none."""
