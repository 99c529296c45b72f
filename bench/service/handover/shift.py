"""What happened on a rig since the last handover, read from its run files; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.record.disk.storage import reason
from bench.record.layout.parts import run_of
from bench.record.port import Event, Header, Incident
from bench.runs.run_source import RunSource
from bench.runs.stored_records import StoredRecords

HANDOVER = "serve.handover"
"""Event that ends a shift."""
LONGEST = 7 * 24 * 3600 * SECOND
"""How far back a shift reaches without a handover, ns."""
MOST_FILES = 100
"""Run files that are looked at."""


@dataclass(frozen=True)
class Shift:
    """What the run files say of a shift."""

    since_utc_ns: int
    """When it began: the last handover, else the first event there is; 0: there is none."""
    before: Event | None
    """The last handover."""
    events: tuple[Event, ...]
    """All events since, the oldest first."""
    incidents: tuple[tuple[str, Incident], ...]
    """Run file, incident; of all runs of the shift."""
    newest: Path | None
    """The newest run file of the rig."""


def shift_of(folder: Path, rig: str, utc: int) -> Shift:
    """Return what happened on a rig since its last handover.

    Args:
        folder: Where the run files are.
        rig: Name of the rig; empty: of the newest run file.
        utc: Time, ns since 1970-01-01T00:00:00Z.

    Raises:
        RunFileError: the folder cannot be read.
    """
    events: list[Event] = []
    incidents: list[tuple[str, Incident]] = []
    newest: Path | None = None
    for path, header, records in _records_of(folder, rig):
        rig = rig or header.rig_name
        newest = newest or path
        here = list(records.events)
        last = next((n for n in reversed(range(len(here))) if _is_handover(here[n])), None)
        begun = 0 if last is None else here[last].utc_ns
        events = here[0 if last is None else last + 1 :] + events
        shift = header.start_utc_ns - header.start_ns
        incidents = [
            (path.name, each) for each in records.incidents if each.end_ns + shift >= begun
        ] + incidents
        if last is not None:
            return Shift(begun, here[last], tuple(events), tuple(incidents), newest)
        if utc - header.start_utc_ns > LONGEST:
            break
    kept = tuple(each for each in events if utc - each.utc_ns <= LONGEST)
    since = kept[0].utc_ns if kept else 0
    return Shift(since, None, kept, tuple(incidents), newest)


def _is_handover(event: Event) -> bool:
    return event.message.id == HANDOVER


def _records_of(folder: Path, rig: str) -> Iterator[tuple[Path, Header, StoredRecords]]:
    """Yield the runs of a rig, the newest first; what cannot be read is passed over."""
    for path in _newest_first(folder)[:MOST_FILES]:
        try:
            with closing(RunSource(path, 0)) as source:
                records = source.records
                if rig in {"", records.header.rig_name}:
                    rig = records.header.rig_name
                    yield path, records.header, records
        except RunFileError:
            continue


def _newest_first(folder: Path) -> Sequence[Path]:
    """Return the first part of each run; their names begin with when they did."""
    try:
        found = [path for path in folder.glob("*.h5") if run_of(path)[1] == 1]
    except OSError as error:
        raise RunFileError("catalogue.no-folder", path=folder, reason=reason(error)) from error
    return sorted(found, key=lambda path: path.name, reverse=True)
