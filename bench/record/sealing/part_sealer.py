"""One part of a run while it grows: its file, its groups, and what goes into each commit.

Beside the rows a commit holds what a new sealer needs in order to go on behind them, in
``/entry/log``: ``state`` (JSON, padded with blanks, always in the same place) and per group
``running_…`` (what was counted of the whole part and of each step that goes on).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bench.errors import RunFileError
from bench.record import hdf5
from bench.record.disk.atomic import AtomicFile
from bench.record.disk.storage import Storage, reason
from bench.record.hdf5 import File, Group
from bench.record.layout import contents as layout
from bench.record.layout.bookmark import write_bookmark, write_in_place
from bench.record.layout.contents import CLOSED, RECORDING, Contents
from bench.record.layout.header import read_ending, write_ending
from bench.record.layout.index import Extremes, write_index
from bench.record.layout.instruments import write_identity
from bench.record.layout.overview import write_overview
from bench.record.layout.record_checksums import write_record_checksums
from bench.record.layout.tables import INCIDENTS
from bench.record.numbers.chunks import ChunkCoder
from bench.record.numbers.statistics import Statistics
from bench.record.port import (
    Bookmark,
    Ending,
    Event,
    Header,
    Identity,
    Incident,
    Point,
    Record,
    StepRecord,
)
from bench.record.sealing.group_sealer import GroupSealer
from bench.record.sealing.overview_columns import overview_of

HDF5_ERRORS = (OSError, RuntimeError, ValueError, KeyError, TypeError, IndexError)
"""What h5py raises where a file is damaged or a disk fails."""
State = Mapping[str, Any]
"""What a sealer keeps in the file."""


class PartSealer:
    """Writes into the last part of a run. `open_part` makes one."""

    def __init__(self, stream: AtomicFile, file: File, contents: Contents) -> None:
        coder = ChunkCoder()
        self._stream = stream
        self._file = file
        self.contents = contents
        """What of the file changes."""
        self.groups = tuple(GroupSealer(group, contents.header, coder) for group in contents.groups)
        """Its groups, as frames number them."""

    @property
    def path(self) -> Path:
        """The file."""
        return self._stream.path

    @property
    def header(self) -> Header:
        """What was known when the part began."""
        return self.contents.header

    @property
    def size(self) -> int:
        """Bytes of the file so far."""
        return self._stream.seek(0, os.SEEK_END)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more goes into this part."""
        return self.contents.state != RECORDING

    @property
    def is_last(self) -> bool:
        """Whether it has ended and no part follows."""
        state = self.contents.state
        return state not in {RECORDING, CLOSED} or read_ending(self.contents.entry) is not None

    def state(self) -> State | None:
        """Return what the last commit left; None: there was none.

        Raises:
            KeyError, TypeError, ValueError: it is not as written.
        """
        return _read_state(self.contents.entry.group("log"))

    def resume(self, state: State | None, *, follows: bool = False) -> None:
        """Go on from a state.

        Args:
            state: what the last commit left; None: nothing was sealed yet.
            follows: whether the state is that of the part before.

        Raises:
            KeyError, TypeError, ValueError, IndexError, OSError: the file is damaged.
        """
        if state is None:
            return
        log = self.contents.entry.group("log")
        for number, (group, known) in enumerate(zip(self.groups, state["groups"], strict=True)):
            numbers = None if follows else _read_numbers(log, number)
            group.resume(cast("State", known), numbers)

    @property
    def failure(self) -> OSError | None:
        """What the disk said first; None: nothing."""
        return self._stream.failure

    def check(self) -> None:
        """Raise what the disk said meanwhile.

        Raises:
            OSError: an access failed.
        """
        if self._stream.failure is not None:
            raise self._stream.failure

    def append(self, records: Sequence[Record]) -> None:
        """Write events, steps, points, incidents and identities, and the newest bookmark."""
        contents = self.contents
        contents.events.append([each for each in records if isinstance(each, Event)])
        contents.steps.append([each for each in records if isinstance(each, StepRecord)])
        contents.points.append([each for each in records if isinstance(each, Point)])
        for each in records:
            if isinstance(each, Identity):
                write_identity(contents.instruments, each.name, each.text)
        incidents = [each for each in records if isinstance(each, Incident)]
        if incidents:
            INCIDENTS.reopen(contents.entry).append(incidents)
        bookmarks = [each for each in records if isinstance(each, Bookmark)]
        if bookmarks:
            write_bookmark(contents.entry, bookmarks[-1])

    def commit(self, sequence: int, state: State, *, is_last: bool = False) -> None:
        """Make everything written so far the content of the file.

        Args:
            sequence: last frame of the log of which everything is in the file.
            state: what a new sealer needs beside the groups' states.
            is_last: whether the part ends.

        Raises:
            OSError, RuntimeError, ValueError, KeyError: nothing of it counts.
        """
        for group in self.groups:
            group.write_statistics(is_last=is_last)
        log = self.contents.entry.group("log")
        _write_state(log, {**state, "groups": [group.state() for group in self.groups]})
        for number, group in enumerate(self.groups):
            _write_numbers(log, number, group.numbers())
        self.contents.set_sequence(sequence)
        if is_last:
            write_record_checksums(self.contents.entry)
        self._file.flush()
        self._stream.commit()

    def end(self, state: str, ending: Ending | None) -> None:
        """Write what only a complete part has; a commit has to follow."""
        contents = self.contents
        known = {
            group.layout.group.name: _extremes(sealer.whole(), group.rows)
            for group, sealer in zip(contents.groups, self.groups, strict=True)
        }
        write_index(contents.entry, [group.group for group in contents.groups], known)
        overview = overview_of(contents)
        if overview is not None:
            write_overview(contents.entry, *overview)
        if ending is not None:
            write_ending(contents.entry, contents.header, contents.groups[0].rows, ending)
        contents.set_state(state)

    def close(self) -> None:
        """Close the file as its last commit left it."""
        with suppress(*HDF5_ERRORS):  # what was committed is safe
            self._file.close()
        self._stream.abandon()

    def remove_journal(self) -> None:
        """Close the file, which has ended, and remove its journal.

        Raises:
            OSError: it cannot be removed; it does no harm.
        """
        self.close()
        self._stream.remove_journal()


def open_part(storage: Storage, path: Path) -> PartSealer:
    """Open a part as its last commit left it.

    Raises:
        RunFileError: it cannot be opened, is no run file, or of another version.
    """
    try:
        stream = AtomicFile.open(storage, path)
    except (OSError, ValueError) as error:
        raise RunFileError("record.cannot-open", path=path, reason=reason(error)) from error
    try:
        file = hdf5.open_to_change(stream)
        try:
            layout.check_format(path, file.attributes())
            return PartSealer(stream, file, layout.open_part(file))
        except (*HDF5_ERRORS, RunFileError):
            file.close()
            raise
    except RunFileError:
        stream.abandon()
        raise
    except HDF5_ERRORS as error:
        stream.abandon()
        told = reason(stream.failure or error)
        raise RunFileError("record.cannot-open", path=path, reason=told) from error


def _extremes(known: Statistics, rows: int) -> list[Extremes]:
    numbers = zip(known.minimum.tolist(), known.maximum.tolist(), known.mean.tolist(), strict=True)
    return [Extremes(rows, *each) for each in numbers]


def _write_state(log: Group, state: State) -> None:
    write_in_place(log, "state", json.dumps(state, separators=(",", ":")).encode())


def _read_state(log: Group) -> State | None:
    if "state" not in log:
        return None
    found: object = json.loads(log.column("state").read().tobytes())
    if not isinstance(found, dict):
        raise TypeError(found)
    return cast("State", found)


def _write_numbers(log: Group, number: int, numbers: NDArray[np.float64]) -> None:
    name = f"running_{number}"
    if name not in log:
        _, measures, channels = numbers.shape
        chunk = (1, measures, max(channels, 1))
        log.create_array(name, np.float64, (0, measures, channels), chunk, is_packed=False)
    column = log.column(name)
    column.set_length(len(numbers))
    column.write(0, numbers)


def _read_numbers(log: Group, number: int) -> NDArray[np.float64]:
    return log.column(f"running_{number}").read()
