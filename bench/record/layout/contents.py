"""The layout of a run file (format version 2): what stands where.

``/`` NXroot, ``/entry`` NXentry, in it:

- one NXcollection per group of channels, ``scan`` first: ``time``, ``time_ns``, cues, and one
  NXdata per channel (value, time, quality; of traces place and envelope);
- ``index`` (every channel as JSON), ``pyramid``, ``statistics``, ``checksums``, ``overview``;
- ``events``, ``steps``, ``points``, ``incidents`` (where there was one);
- ``texts`` (files as run), ``rig``, ``protocol``, ``sample``, ``user``, ``gas``, ``instrument``,
  ``simulation``, ``parameters``, ``groups``;
- ``log`` (how far the file has taken the log, and the newest ``bookmark``), ``provenance`` (all
  that may differ between equal runs), ``continues`` (the run it goes on from, if any), ``ending``
  and, later, ``results`` and ``explanation`` (why it broke off).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.channel import FRESH, Quality
from bench.errors import RunFileError
from bench.record.hdf5 import File, Group
from bench.record.layout.groups import (
    GroupColumns,
    create_group,
    create_places,
    open_group,
    open_places,
)
from bench.record.layout.header import (
    FORMAT,
    read_header,
    read_run_uuid,
    text_checksums,
    write_header,
    write_provenance,
)
from bench.record.layout.instruments import link_readings
from bench.record.layout.nodes import check_names
from bench.record.layout.tables import EVENTS, POINTS, STEPS, TableColumns
from bench.record.port import SCAN, Event, Header, Point, Provenance, StepRecord
from bench.record.rows import groups_of

FORMAT_VERSION = 2
"""Newest version this program writes and reads."""
RECORDING, CLOSED, RECOVERED = "recording", "closed", "recovered"
"""States of a file."""
_QUALITY = ", ".join(f"{quality.value}={quality.name}" for quality in Quality)


@dataclass(frozen=True)
class Contents:
    """An open part of a run: what of it still changes."""

    file: File
    """The file."""
    header: Header
    """What was known when the run began, with the identities known since."""
    entry: Group
    """``/entry``."""
    part: int
    """Which part of the run this is, from 1."""
    run_uuid: str
    """Identity of the run."""
    groups: tuple[GroupColumns, ...]
    """The groups of channels, the scan first, as `groups_of` numbers them."""
    events: TableColumns[Event]
    """The events."""
    steps: TableColumns[StepRecord]
    """The steps that have ended."""
    points: TableColumns[Point]
    """The points."""
    instruments: Group
    """The instruments' identities (`write_identity`)."""

    @property
    def sequence(self) -> int:
        """The last frame of the log that is in this file; 0: none of the run."""
        return self.entry.group("log").integer("sequence")

    def set_sequence(self, sequence: int) -> None:
        """Say which frame of the log is the last one in this file."""
        self.entry.group("log").describe({"sequence": sequence})

    @property
    def first_ns(self) -> int:
        """Monotonic time at which this part begins."""
        return self.entry.group("log").integer("first_ns")

    @property
    def state(self) -> str:
        """`RECORDING`, `CLOSED` or `RECOVERED`."""
        return str(self.file.attributes()["state"])

    def set_state(self, state: str) -> None:
        """Say whether this part still grows."""
        self.file.describe({"state": state})


def create_part(
    file: File,
    header: Header,
    provenance: Provenance,
    *,
    run_uuid: str,
    part: int = 1,
    first_rows: Mapping[str, int] | None = None,
    chunk_rows: Mapping[str, int] | None = None,
    first_ns: int | None = None,
    sequence: int = 0,
) -> Contents:
    """Write everything known at the start of a part, and make everything that will grow.

    Args:
        file: a new file.
        header: what is known when the run begins.
        provenance: what may differ between equal runs.
        run_uuid: identity of the run, the same in all parts.
        part: which part this is, from 1.
        first_rows: group → number of its first row since the run's start; none: 0.
        chunk_rows: group → rows per chunk; none: as its rate has it.
        first_ns: monotonic time at which the part begins; None: the run's start.
        sequence: last frame of the log that stands in the parts before.

    Raises:
        UnusableNames: groups or channels whose names cannot stand side by side.
    """
    groups = groups_of(header)
    check_names(groups)
    file.describe(
        {
            "NX_class": "NXroot", "default": "entry", "format": FORMAT,
            "format_version": FORMAT_VERSION, "creator": "h2bench", "state": RECORDING,
            "part": part,
        }
    )  # fmt: skip
    entry = file.create("entry", "NXentry", {"default": SCAN})
    begin = header.start_ns if first_ns is None else first_ns
    entry.create("log", "NXcollection", {"sequence": sequence, "part": part, "first_ns": begin})
    instruments = write_header(entry, header)
    write_provenance(entry, provenance, run_uuid)
    places = create_places(entry)
    places.checksums.put_json("texts", text_checksums(header))
    columns = tuple(
        create_group(
            entry,
            places,
            header,
            group,
            (first_rows or {}).get(group.name, 0),
            rows=(chunk_rows or {}).get(group.name),
        )
        for group in groups
    )
    for group in columns:
        channels = (each.channel for each in group.group.channels)
        link_readings(instruments, group.time, zip(channels, group.values, strict=True))
    entry.group(SCAN).describe({"quality_codes": _QUALITY, "quality_fresh_bit": int(FRESH)})
    tables = (EVENTS.create(entry), STEPS.create(entry), POINTS.create(entry))
    return Contents(file, header, entry, part, run_uuid, columns, *tables, instruments)


def check_format(path: Path, attributes: Mapping[str, object]) -> None:
    """Make sure that this program knows the format of a file.

    Args:
        path: the file.
        attributes: those of its root.

    Raises:
        RunFileError: it is no run file, or one of a newer or an older version.
    """
    version = attributes.get("format_version")
    if attributes.get("format") != FORMAT or not isinstance(version, int):
        raise RunFileError("runs.not-a-run", path=path)
    if version > FORMAT_VERSION:
        raise RunFileError("runs.newer", path=path, version=version, newest=FORMAT_VERSION)
    if version < FORMAT_VERSION:
        raise RunFileError("runs.older", path=path, version=version, oldest=FORMAT_VERSION)


def open_part(file: File) -> Contents:
    """Return what of an existing part still changes.

    Raises:
        KeyError, TypeError, ValueError: something is missing or not as written.
    """
    entry = file.group("entry")
    header = read_header(entry)
    places = open_places(entry)
    return Contents(
        file,
        header,
        entry,
        entry.group("log").integer("part"),
        read_run_uuid(entry),
        tuple(open_group(entry, places, group) for group in groups_of(header)),
        EVENTS.open(entry),
        STEPS.open(entry),
        POINTS.open(entry),
        entry.group("instrument"),
    )
