"""Read a run file: nothing is loaded before it is asked for."""

from __future__ import annotations

import bisect
import difflib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from bench.channel import FRESH, Channel, Quality, Range, Uncertainty
from bench.errors import RunFileError
from bench.messages import Message
from bench.record import hdf5
from bench.record.description import channel_from
from bench.record.disk import reason
from bench.record.hdf5 import Column, File, Group
from bench.record.layout import FORMAT, FORMAT_VERSION, scan_node
from bench.record.port import Ending, Event, Header, Point, StepRecord
from bench.record.tables import EVENTS, POINTS, STEPS
from bench.units import Unit

_DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError)
"""What h5py and the decoding of its values raise on content that is not as written."""


@dataclass(frozen=True)
class Samples:
    """Values of one channel in a window of time; all arrays have the same length."""

    times_ns: NDArray[np.int64]
    """Monotonic times, ns."""
    values: NDArray[np.float64]
    """Values, SI."""
    qualities: NDArray[np.uint8]
    """`Quality` codes, without the `FRESH` bit."""
    fresh: NDArray[np.bool_]
    """Where the value was new in its scan."""

    def __len__(self) -> int:
        return len(self.times_ns)

    def where(self, mask: NDArray[np.bool_]) -> Samples:
        """Return the samples a mask selects."""
        return Samples(
            self.times_ns[mask], self.values[mask], self.qualities[mask], self.fresh[mask]
        )


class Run:
    """An open run file; a context manager."""

    def __init__(self, path: Path, file: File) -> None:
        self._path = path
        self._file = file
        self._channels: dict[str, RunChannel] = {}
        with self.translated():
            self._entry = file.group("entry")
            self._scan = self._entry.group("scan")
            self._times = self._scan.column("time_ns")
            index = cast("list[dict[str, Any]]", self._entry.json("index"))
            self._nodes = {str(item["name"]): str(item["path"]) for item in index}
            self._rows = self._complete_rows()

    def _complete_rows(self) -> int:
        state = self._file.attributes()["state"]
        index = cast("list[dict[str, Any]]", self._entry.json("index"))
        if state == "closed" and index:
            return min(int(index[0]["rows"]), len(self._times))
        return len(self._times)

    @contextmanager
    def translated(self) -> Generator[None]:
        """Turn what damaged content raises into a RunFileError."""
        try:
            yield
        except _DAMAGE as error:
            raise RunFileError("runs.damaged", path=self._path, reason=reason(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; again: does nothing."""
        self._file.close()

    @property
    def path(self) -> Path:
        """The run file."""
        return self._path

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the channels, in the order of the rows."""
        return tuple(self._nodes)

    def __len__(self) -> int:
        return self._rows

    def channel(self, name: str) -> RunChannel:
        """Return a channel.

        Raises:
            RunFileError: there is none of that name (names the nearest one), or it is damaged.
        """
        if name not in self._nodes:
            near = difflib.get_close_matches(name, self.names, n=1, cutoff=0.0)
            raise RunFileError(
                "runs.no-channel", path=self._path, channel=name, nearest=near[0] if near else "-"
            )
        if name not in self._channels:
            with self.translated():
                group = self._scan.group(scan_node(name))
                self._channels[name] = RunChannel(self, group)
        return self._channels[name]

    def window(self, start_ns: int | None, end_ns: int | None) -> slice:
        """Return the rows from `start_ns` to `end_ns`, both included."""
        times = _Times(self._times, self._rows)
        first = 0 if start_ns is None else bisect.bisect_left(times, start_ns)
        last = self._rows if end_ns is None else bisect.bisect_right(times, end_ns)
        return slice(first, max(first, last))

    def times_ns(self, rows: slice) -> NDArray[np.int64]:
        """Return the monotonic times of rows, ns."""
        return self._times.read(rows.start, rows.stop)

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """The measured windows."""
        with self.translated():
            return POINTS.read(self._entry)

    @cached_property
    def steps(self) -> tuple[StepRecord, ...]:
        """The steps that have ended."""
        with self.translated():
            return STEPS.read(self._entry)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """What happened."""
        with self.translated():
            return EVENTS.read(self._entry)

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The files as run, by name."""
        with self.translated():
            return self._entry.group("texts").texts()

    @cached_property
    def gas(self) -> Mapping[str, object]:
        """The gas lot as handed to the recorder."""
        with self.translated():
            return cast("Mapping[str, object]", self._entry.group("gas").json("lot"))

    @cached_property
    def ending(self) -> Ending | None:
        """How the run ended; None: the file was never closed."""
        with self.translated():
            if "ending" not in self._entry:
                return None
            group = self._entry.group("ending")
            message = cast("Message | None", group.json("message"))
            return Ending(group.text("state"), message, cast("int", group.attributes()["end_ns"]))

    @cached_property
    def header(self) -> Header:
        """What was known when the run began, with the identities known at its end."""
        with self.translated():
            return _header(self._entry, tuple(self.channel(n).channel for n in self.names))


class RunChannel:
    """One channel of a run."""

    def __init__(self, run: Run, group: Group) -> None:
        self._run = run
        self._value = group.column("value")
        self._quality = group.column("quality")
        self.channel: Channel = channel_from(group.attributes())
        """The channel as configured."""
        if min(len(self._value), len(self._quality)) < len(run):
            raise ValueError(self.channel.name)

    @property
    def name(self) -> str:
        """Dotted name."""
        return self.channel.name

    @property
    def unit(self) -> Unit:
        """Unit in which the file holds it."""
        return self.channel.unit

    @property
    def uncertainty(self) -> Uncertainty | None:
        """How well it is known; None: nothing is stated."""
        return self.channel.uncertainty

    @property
    def range(self) -> Range:
        """What it can show or take, SI."""
        return self.channel.range

    def values_si(self, start_ns: int | None = None, end_ns: int | None = None) -> Samples:
        """Return the samples from `start_ns` to `end_ns`, both included (None: all).

        Raises:
            RunFileError: the file is damaged there.
        """
        with self._run.translated():
            rows = self._run.window(start_ns, end_ns)
            values = self._value.read(rows.start, rows.stop) * self.unit.factor + self.unit.offset
            marks = cast("NDArray[np.uint8]", self._quality.read(rows.start, rows.stop))
            fresh = (marks & FRESH) != 0
            return Samples(self._run.times_ns(rows), values, marks & np.uint8(FRESH - 1), fresh)

    def good(self, start_ns: int | None = None, end_ns: int | None = None) -> Samples:
        """Return only the samples that are OK and new in their scan.

        Raises:
            RunFileError: the file is damaged there.
        """
        samples = self.values_si(start_ns, end_ns)
        return samples.where((samples.qualities == Quality.OK) & samples.fresh)


class _Times:
    """The time column as a sequence to search: only the chunks looked at are read."""

    def __init__(self, column: Column, rows: int) -> None:
        self._column = column
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, index: int) -> int:
        return int(self._column.read(index, index + 1)[0])


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
    try:
        attributes = file.attributes()
    except _DAMAGE as error:
        raise RunFileError("runs.damaged", path=path, reason=reason(error)) from error
    version = attributes.get("format_version")
    if attributes.get("format") != FORMAT or not isinstance(version, int):
        raise RunFileError("runs.not-a-run", path=path)
    if version > FORMAT_VERSION:
        raise RunFileError("runs.newer", path=path, version=version, newest=FORMAT_VERSION)


def _header(entry: Group, channels: tuple[Channel, ...]) -> Header:
    rig, sample, simulation = (entry.group(n) for n in ("rig", "sample", "simulation"))
    scan = cast("dict[str, Any]", entry.group("scan").attributes())
    return Header(
        title=entry.text("title"),
        rig_name=rig.text("name"),
        rig_text=rig.text("text"),
        protocol_name=entry.group("protocol").text("name"),
        texts=entry.group("texts").texts(),
        parameters=cast("dict[str, str]", entry.json("parameters")),
        object_kind=sample.text("kind"),
        object_serial=sample.text("serial_number"),
        operator=entry.group("user").text("name"),
        seed=int(simulation.text("seed")),
        simulated=bool(simulation.attributes()["simulated"]),
        plant=cast("dict[str, float]", simulation.json("plant")),
        channels=channels,
        scan_period_ns=int(scan["scan_period_ns"]),
        start_utc_ns=int(scan["epoch_ns"]),
        identities=_identities(entry.group("instrument")),
        gas=cast("dict[str, object]", entry.group("gas").json("lot")),
        object_data=cast("dict[str, object]", sample.json("data")),
        start_ns=int(scan["start_ns"]),
    )


def _identities(instruments: Group) -> dict[str, str]:
    return {
        str(group.attributes()["name"]): group.text("identity") for group in instruments.groups()
    }
