"""Read a run file: nothing is loaded before it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from bench.errors import RunFileError, did_you_mean
from bench.record import hdf5
from bench.record.disk import reason
from bench.record.hdf5 import File, Group
from bench.record.layout import FORMAT, FORMAT_VERSION, scan_node
from bench.record.port import Ending, Event, Header, Point, Provenance, StepRecord
from bench.record.tables import EVENTS, POINTS, STEPS
from bench.runs import contents
from bench.runs.damage import damage_told
from bench.runs.samples import RunChannel, Timeline

Found = TypeVar("Found")


def open_run(path: Path) -> Run:
    """Open a run file for reading.

    Raises:
        RunFileError: no such file, not a run file, damaged, or of a newer program.
    """
    if not path.is_file():
        raise RunFileError("runs.no-file", path=path)
    try:
        file = hdf5.open_to_read(path)
    except (OSError, RuntimeError, ValueError) as error:
        raise RunFileError("runs.not-readable", path=path, reason=reason(error)) from error
    try:
        _check_format(path, file)
        return Run(path, file)
    except RunFileError:
        file.close()
        raise


def _check_format(path: Path, file: File) -> None:
    with damage_told(path):
        attributes = file.attributes()
    version = attributes.get("format_version")
    if attributes.get("format") != FORMAT or not isinstance(version, int):
        raise RunFileError("runs.not-a-run", path=path)
    if version > FORMAT_VERSION:
        raise RunFileError("runs.newer", path=path, version=version, newest=FORMAT_VERSION)


class Run:
    """An open run file; a context manager. `open_run` makes one."""

    def __init__(self, path: Path, file: File) -> None:
        self._path = path
        self._file = file
        self._channels: dict[str, RunChannel] = {}
        with damage_told(path):
            self._entry = file.group("entry")
            self._scan = self._entry.group("scan")
            index = cast("list[dict[str, Any]]", self._entry.json("index"))
            self._names = tuple(str(item["name"]) for item in index)
            times = self._scan.column("time_ns")
            self._timeline = Timeline(times, self._complete_rows(len(times)))

    def _complete_rows(self, rows: int) -> int:
        """Return how many rows every channel has; a block is written channel by channel."""
        closed = contents.closed_rows(self._entry)
        if closed is not None:
            if closed > rows:
                raise ValueError(rows, closed)
            return closed
        if not self._names:
            return rows
        return min(rows, len(self._scan.group(scan_node(self._names[-1])).column("quality")))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; again: does nothing."""
        self._file.close()

    def __len__(self) -> int:
        return len(self._timeline)

    @property
    def path(self) -> Path:
        """The run file."""
        return self._path

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the channels, in the order of the rows."""
        return self._names

    @property
    def timeline(self) -> Timeline:
        """The times of all rows."""
        return self._timeline

    def channel(self, name: str) -> RunChannel:
        """Return a channel.

        Raises:
            RunFileError: there is none of that name (names the nearest one), or it is damaged.
        """
        if name not in self._names:
            hint = did_you_mean(name, self._names)
            raise RunFileError("runs.no-channel", path=self._path, channel=name, hint=hint)
        if name not in self._channels:
            with damage_told(self._path):
                group = self._scan.group(scan_node(name))
            self._channels[name] = RunChannel(self._path, self._timeline, group)
        return self._channels[name]

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """The measured windows."""
        return self._read(POINTS.read)

    @cached_property
    def steps(self) -> tuple[StepRecord, ...]:
        """The steps that have ended."""
        return self._read(STEPS.read)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """What happened."""
        return self._read(EVENTS.read)

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The files as run, by name."""
        return self._read(lambda entry: entry.group("texts").texts())

    @cached_property
    def gas(self) -> Mapping[str, object]:
        """The gas lot as handed to the recorder."""
        return self._read(
            lambda entry: cast("Mapping[str, object]", entry.group("gas").json("lot"))
        )

    @cached_property
    def ending(self) -> Ending | None:
        """How the run ended; None: the file was never closed."""
        return self._read(contents.read_ending)

    @cached_property
    def provenance(self) -> Provenance:
        """What may differ between equal runs."""
        return self._read(contents.read_provenance)

    @cached_property
    def header(self) -> Header:
        """What was known when the run began, with the identities known at its end."""
        channels = tuple(self.channel(name).channel for name in self._names)
        return self._read(lambda entry: contents.read_header(entry, channels))

    def _read(self, part: Callable[[Group], Found]) -> Found:
        with damage_told(self._path):
            return part(self._entry)
