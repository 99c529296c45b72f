"""What a run holds beside its rows: header, events, steps, points, texts, ending."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol, TypeVar, cast

from bench.errors import RunFileError, did_you_mean
from bench.record.layout.bookmark import read_bookmark
from bench.record.layout.header import read_ending, read_header, read_provenance
from bench.record.layout.tables import EVENTS, INCIDENTS, LATE, POINTS, STEPS, Table
from bench.record.port import (
    Bookmark,
    ClockMark,
    Ending,
    Event,
    Header,
    Identity,
    Incident,
    Point,
    Provenance,
    Record,
    StepRecord,
)
from bench.runs.damage import Guard
from bench.runs.part_file import PartFile

Kind = TypeVar("Kind")


class StoredRecords:
    """The records of all parts and of the log, each read when it is asked for."""

    def __init__(self, parts: Sequence[PartFile], logged: Sequence[Record], guard: Guard) -> None:
        """Prepare.

        Args:
            parts: the parts, in order.
            logged: records that are still in the log.
            guard: runs each read.

        Raises:
            KeyError, RuntimeError: the last part is not as written.
        """
        self._parts = parts
        tables = (EVENTS, POINTS, STEPS, INCIDENTS)
        self._known = {table.name: _length(table, parts[-1]) for table in tables}
        self._logged = logged
        self._guard = guard

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """The measured windows."""
        return (*self._table(POINTS), *self.logged(Point))

    @cached_property
    def steps(self) -> tuple[StepRecord, ...]:
        """The steps that have ended."""
        return (*self._table(STEPS), *self.logged(StepRecord))

    def step(self, step: StepRecord | str) -> StepRecord:
        """Return a step that has ended; given by its id, the last time it ran.

        Raises:
            RunFileError: no step of that id has ended.
        """
        if isinstance(step, StepRecord):
            return step
        found = [each for each in self.steps if each.id == step]
        if not found:
            hint = did_you_mean(step, (each.id for each in self.steps))
            raise RunFileError("runs.no-step", path=self._parts[0].path, step=step, hint=hint)
        return found[-1]

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """What happened."""
        return (*self._table(EVENTS), *self.logged(Event))

    @cached_property
    def incidents(self) -> tuple[Incident, ...]:
        """The windows around what went wrong."""
        return (*self._table(INCIDENTS), *self.logged(Incident))

    @cached_property
    def bookmark(self) -> Bookmark | None:
        """Where the run was at last; None: nobody said so, as in runs without a sequence."""
        logged = self.logged(Bookmark)
        if logged:
            return logged[-1]
        # The last part has it, but for a moment after it was made.
        for part in reversed(self._parts[-2:]):
            found = self._guard(lambda part=part: read_bookmark(part.entry))
            if found is not None:
                return found
        return None

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The files as run, by name."""
        return self._guard(lambda: self._parts[0].entry.group("texts").texts())

    @cached_property
    def gas(self) -> Mapping[str, object]:
        """The gas lot as handed to the recorder."""
        return self._guard(
            lambda: cast("Mapping[str, object]", self._parts[0].entry.group("gas").json("lot"))
        )

    @cached_property
    def ending(self) -> Ending | None:
        """How the run ended; None: it goes on, or nobody could say."""
        found = self._guard(lambda: read_ending(self._parts[-1].entry))
        return found or next(iter(self.logged(Ending)), None)

    @cached_property
    def provenance(self) -> Provenance:
        """What may differ between equal runs."""
        return self._guard(lambda: read_provenance(self._parts[0].entry))

    @cached_property
    def header(self) -> Header:
        """What was known when the run began, with the identities known since."""
        found = self._guard(lambda: read_header(self._parts[-1].entry))
        known = {each.name: each.text for each in self.logged(Identity)}
        return replace(found, identities={**found.identities, **known}) if known else found

    @cached_property
    def marks(self) -> tuple[ClockMark, ...]:
        """Marks of the wall clock that are still in the log."""
        return self.logged(ClockMark)

    def logged(self, kind: type[Kind]) -> tuple[Kind, ...]:
        """Return the records of a kind that are still in the log."""
        return tuple(record for record in self._logged if isinstance(record, kind))

    def _table(self, table: Table[Kind]) -> tuple[Kind, ...]:
        """Return the records of all parts; of the last, those that were not in the log."""
        *before, last = (
            self._guard(lambda part=part: table.read(part.entry)) for part in self._parts
        )
        return (*itertools.chain(*before), *last[: self._known[table.name]])


def _length(table: Table[Any], part: PartFile) -> int:
    if table.name not in part.entry and table.name in LATE:
        return 0
    return len(part.entry.group(table.name).column(next(iter(table.columns))))


class HasRecords(Protocol):
    """What holds the records of a run as they are at this moment."""

    @property
    def records(self) -> StoredRecords:
        """The records."""
        ...


class RecordsOfRun:
    """The face of `StoredRecords` that a run shows."""

    def __init__(self, source: HasRecords) -> None:
        self._source_of_records = source

    @property
    def points(self) -> tuple[Point, ...]:
        """The measured windows."""
        return self._source_of_records.records.points

    @property
    def steps(self) -> tuple[StepRecord, ...]:
        """The steps that have ended."""
        return self._source_of_records.records.steps

    @property
    def events(self) -> tuple[Event, ...]:
        """What happened."""
        return self._source_of_records.records.events

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """The windows around what went wrong."""
        return self._source_of_records.records.incidents

    @property
    def bookmark(self) -> Bookmark | None:
        """Where the run was at last; None: nobody said so, as in runs without a sequence."""
        return self._source_of_records.records.bookmark

    @property
    def texts(self) -> Mapping[str, str]:
        """The files as run, by name."""
        return self._source_of_records.records.texts

    @property
    def gas(self) -> Mapping[str, object]:
        """The gas lot as handed to the recorder."""
        return self._source_of_records.records.gas

    @property
    def ending(self) -> Ending | None:
        """How the run ended; None: it goes on, or nobody could say."""
        return self._source_of_records.records.ending

    @property
    def provenance(self) -> Provenance:
        """What may differ between equal runs."""
        return self._source_of_records.records.provenance

    @property
    def header(self) -> Header:
        """What was known when the run began, with the identities known since."""
        return self._source_of_records.records.header
