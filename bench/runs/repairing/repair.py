"""Save what a truncated run file still holds: a new file with what is proved, and nothing else.

The damaged file is only read. Every chunk is compared with its checksum; what does not agree, or
has none, becomes a gap, or NaN and BAD beside channels that are saved. Behind a gap the rows of a
regular group are counted anew, from a whole nanosecond: where its interval is a fraction, their
times may differ by one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.errors import RunFileError
from bench.messages import Message
from bench.record import hdf5
from bench.record.disk.storage import check_regular, reason
from bench.record.layout.contents import FORMAT_VERSION, RECOVERED
from bench.record.layout.header import FORMAT, read_provenance
from bench.record.port import Event, Header, Provenance
from bench.record.rows import groups_of
from bench.runs.building import RunBuilder
from bench.runs.damage import damage_told
from bench.runs.repairing.attempts import Attempts
from bench.runs.repairing.found_entry import FoundEntry
from bench.runs.repairing.group import SalvagedGroup, SalvagedRows
from bench.runs.repairing.header import SalvagedHeader
from bench.runs.repairing.padded_file import PaddedFile
from bench.runs.repairing.records import all_records, ending_of
from bench.runs.repairing.tally import Tally, Told


@dataclass(frozen=True)
class SavedChannel:
    """What is left of a channel."""

    name: str
    """Its name."""
    group: str
    """Group it is sampled with."""
    rows: int
    """Rows the damaged file says it has."""
    saved: int
    """Rows that are proved and stand in the new file."""

    @property
    def lost(self) -> int:
        """Rows that are lost."""
        return self.rows - self.saved


@dataclass(frozen=True)
class Repair:
    """What a repair has saved."""

    path: Path
    """The new file."""
    missing_bytes: int
    """Bytes that are missing at the end of the damaged file."""
    channels: tuple[SavedChannel, ...]
    """What is left of each channel."""
    findings: tuple[Message, ...]
    """What else is saved or lost."""


def repair(damaged: Path, output: Path, told: Told | None = None) -> Repair:
    """Make a new run file of what a damaged one still holds.

    Args:
        damaged: a part of a run; it is not changed.
        output: the new file.
        told: is told of the progress.

    Raises:
        RunFileError: there is no such file, it is no run file, nothing of it can be saved, or the
            new file cannot be written.
    """
    check_regular(damaged)
    try:
        stream = PaddedFile(damaged)
    except FileNotFoundError as error:
        raise RunFileError("runs.no-file", path=damaged) from error
    except OSError as error:
        raise RunFileError("runs.not-readable", path=damaged, reason=reason(error)) from error
    except ValueError as error:
        raise RunFileError("repair.nothing", path=damaged, reason=error) from error
    with stream:
        try:
            file = hdf5.open_stream_to_read(stream)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            raise RunFileError("repair.nothing", path=damaged, reason=reason(error)) from error
        try:
            return _repaired(
                _Damaged.of(damaged, file, stream, Tally(told)), output, stream.missing
            )
        finally:
            Attempts(damaged)(file.close)


@dataclass(frozen=True)
class _Damaged:
    """What of a damaged file is understood."""

    path: Path
    entry: FoundEntry
    part: int
    attempts: Attempts
    header: Header
    groups: list[SalvagedGroup]
    findings: tuple[Message, ...]

    @classmethod
    def of(cls, path: Path, file: hdf5.File, stream: PaddedFile, tally: Tally) -> _Damaged:
        """Read what has to be known before any row."""
        attempts = Attempts(path)
        try:
            with damage_told(path):
                entry = FoundEntry(file, stream, attempts)
                _check_format(path, file, entry, attempts)
                salvaged = SalvagedHeader(entry, attempts)
                header = salvaged.read()
        except RunFileError as error:
            if error.message.id != "runs.damaged":
                raise
            told = error.message.arguments["reason"]
            raise RunFileError("repair.nothing", path=path, reason=told) from error
        groups = [
            SalvagedGroup(
                entry, group, header.start_ns, attempts, tally, is_ordered=salvaged.is_indexed
            )
            for group in groups_of(header)
        ]
        part = attempts(lambda: file.integer("part")) or 1
        return cls(path, entry, part, attempts, header, groups, salvaged.findings)


def _check_format(path: Path, file: hdf5.File, entry: FoundEntry, attempts: Attempts) -> None:
    """Make sure that it is a run; what its root says may be lost."""
    about = attempts(file.attributes)
    version = attempts(lambda: file.integer("format_version"))
    if about is not None and (about.get("format") != FORMAT or version is None):
        raise RunFileError("runs.not-a-run", path=path)
    if version is None:
        if attempts(lambda: entry.text("definition")) != FORMAT:
            raise RunFileError("repair.nothing", path=path, reason="/entry")
        return
    if version > FORMAT_VERSION:
        raise RunFileError("runs.newer", path=path, version=version, newest=FORMAT_VERSION)
    if version < FORMAT_VERSION:
        raise RunFileError("runs.older", path=path, version=version, oldest=FORMAT_VERSION)


def _repaired(damaged: _Damaged, output: Path, missing_bytes: int) -> Repair:
    channels = tuple(
        SavedChannel(each.channel.name, group.group.name, group.rows, saved)
        for group in damaged.groups
        for each, saved in zip(group.group.channels, group.saved.tolist(), strict=True)
    )
    if not any(each.saved for each in channels):
        raise RunFileError("repair.no-rows", path=damaged.path)
    header = replace(damaged.header, groups=tuple(group.renewed for group in damaged.groups[1:]))
    offset = header.start_utc_ns - header.start_ns
    records, told = all_records(damaged.entry, damaged.attempts, damaged.groups, offset)
    ending = ending_of(damaged.entry, damaged.attempts)
    provenance = damaged.attempts(lambda: read_provenance(damaged.entry)) or Provenance()
    chunk_rows = {group.group.name: group.block_rows for group in damaged.groups}
    with RunBuilder(output, header, replace(provenance, uuid=""), chunk_rows=chunk_rows) as run:
        cursors = [_Cursor(run, number, group) for number, group in enumerate(damaged.groups)]
        for time_ns, record in records:
            for cursor in cursors:
                cursor.write_before(time_ns)
            run.record(record, time_ns)
        for cursor in cursors:
            cursor.write_before(None)
        last_ns = max(cursor.last_ns for cursor in cursors)
        run.finish(ending, RECOVERED, [_event(damaged, channels, last_ns)])
    lost = [
        Message("repair.lost-group", {"group": group.group.name})
        for group in damaged.groups
        if group.is_lost and group.group.channels
    ]
    findings = (*_part_told(damaged), *damaged.findings, *lost, *told, *_converted(damaged))
    return Repair(output, missing_bytes, channels, findings)


class _Cursor:
    """Writes the rows of a group bit by bit, as the records between them come."""

    def __init__(self, run: RunBuilder, number: int, group: SalvagedGroup) -> None:
        self._run = run
        self._number = number
        self._interval = group.group.interval_ns
        self._pieces = self._pieces_of(group)
        self._waiting: SalvagedRows | None = None
        self.last_ns = 0
        """Time of the last row that was written."""

    def write_before(self, time_ns: int | None) -> None:
        """Write all rows that are earlier than a time; None: all."""
        while (piece := self._waiting or next(self._pieces, None)) is not None:
            count = len(piece.times)
            if time_ns is not None:
                rising = np.maximum.accumulate(piece.times)
                count = int(np.searchsorted(rising, time_ns, side="left"))
            self._waiting = None
            if count:
                self._run.rows(self._number, int(piece.times[0]), piece.rows[:count])
                self.last_ns = max(self.last_ns, int(piece.times[count - 1]))
            if count < len(piece.times):
                self._waiting = SalvagedRows(piece.times[count:], piece.rows[count:])
                return

    def _pieces_of(self, group: SalvagedGroup) -> Iterator[SalvagedRows]:
        """Yield rows that follow one another: of a regular group, without a gap between them."""
        for block in group.blocks():
            cuts = [0, len(block.times)]
            if self._interval is not None:
                step = np.diff(block.times) - float(self._interval)
                jumps = np.flatnonzero(np.abs(step) * 2 > float(self._interval)) + 1
                cuts = [0, *jumps.tolist(), len(block.times)]
            for first, last in itertools.pairwise(cuts):
                yield SalvagedRows(block.times[first:last], block.rows[first:last])


def _event(damaged: _Damaged, channels: tuple[SavedChannel, ...], last_ns: int) -> Event:
    about = {
        "file": damaged.path.name,
        "saved": sum(each.saved for each in channels),
        "lost": sum(each.lost for each in channels),
    }
    utc_ns = damaged.header.start_utc_ns + last_ns - damaged.header.start_ns
    return Event(last_ns, utc_ns, "warning", "repair", Message("repair.repaired", about))


def _part_told(damaged: _Damaged) -> list[Message]:
    if damaged.part == 1:
        return []
    return [Message("repair.part", {"part": damaged.part})]


def _converted(damaged: _Damaged) -> Iterator[Message]:
    for group in damaged.groups:
        for old, new in zip(group.group.channels, group.renewed.channels, strict=True):
            if old.dtype != new.dtype:
                yield Message("repair.as-float", {"channel": old.channel.name})
