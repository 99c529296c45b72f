"""The layout of a run file: what stands where.

``/`` NXroot, ``/entry`` NXentry, in it: ``index`` (every channel as JSON), ``scan`` (time, and
one NXdata per channel: value, quality), ``events``, ``steps``, ``points``, ``texts`` (files as
run), ``rig``, ``protocol``, ``sample``, ``user``, ``gas``, ``instrument``, ``simulation``,
``provenance`` (all that may differ between equal runs), ``ending`` and, later, ``results``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np

from bench.channel import FRESH, Quality
from bench.clock import SECOND
from bench.record.description import attributes_of
from bench.record.hdf5 import Column, File, Group, node_name
from bench.record.port import Ending, Event, Header, Point, Provenance, StepRecord
from bench.record.tables import EVENTS, POINTS, STEPS, TableColumns, sentence

FORMAT = "h2bench-run"
"""Name of the format, in the root attribute ``format``."""
FORMAT_VERSION = 1
"""Newest version this program writes and reads."""
CHUNK_ROWS = 4096
"""Rows per chunk: 32 KiB of values."""

_RESERVED = {"time", "time_ns"}
_QUALITY = ", ".join(f"{quality.value}={quality.name}" for quality in Quality)


@dataclass(frozen=True)
class ScanColumns:
    """The columns that grow with every scan."""

    seconds: Column
    """Seconds since the start."""
    nanoseconds: Column
    """Monotonic time."""
    values: Sequence[Column]
    """Per channel, in its own unit."""
    qualities: Sequence[Column]
    """Per channel, `Quality` | `FRESH`."""


@dataclass(frozen=True)
class Contents:
    """What of an open run file still changes."""

    entry: Group
    """``/entry``."""
    scan: ScanColumns
    """The rows."""
    events: TableColumns[Event]
    """The events."""
    steps: TableColumns[StepRecord]
    """The steps."""
    points: TableColumns[Point]
    """The points."""
    instruments: Group
    """The instruments' identities."""


def create(file: File, header: Header, provenance: Provenance) -> Contents:
    """Write everything known at the start, and make everything that will grow."""
    entry = _write_header(file, header, provenance)
    contents = Contents(
        entry,
        _create_scan(entry, header),
        EVENTS.create(entry),
        STEPS.create(entry),
        POINTS.create(entry),
        _create_instruments(entry, header),
    )
    _write_index(entry, header, 0)
    return contents


def _create_instruments(entry: Group, header: Header) -> Group:
    instruments = entry.create("instrument", "NXinstrument")
    for name, identity in header.identities.items():
        write_identity(instruments, name, identity)
    return instruments


def iso(utc_ns: int) -> str:
    """Return a time as ISO 8601 in UTC, with nine decimals."""
    seconds, rest = divmod(utc_ns, SECOND)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return f"{moment.replace(tzinfo=None).isoformat()}.{rest:09d}Z"


def utc_ns(text: str) -> int:
    """Return the time that `iso` wrote.

    Raises:
        ValueError: no such text.
    """
    whole, _, rest = text.removesuffix("Z").partition(".")
    moment = datetime.fromisoformat(f"{whole}+00:00") - datetime(1970, 1, 1, tzinfo=UTC)
    return (moment.days * 86_400 + moment.seconds) * SECOND + int(rest)


def scan_node(name: str) -> str:
    """Return the name of a channel's group in ``/entry/scan``."""
    return f"%{ord(name[0]):02X}{name[1:]}" if name in _RESERVED else name


def _write_header(file: File, header: Header, provenance: Provenance) -> Group:
    """Write everything known at the start; return the entry."""
    file.describe(
        {
            "NX_class": "NXroot", "default": "entry", "format": FORMAT,
            "format_version": FORMAT_VERSION, "creator": "h2bench", "state": "recording",
        }
    )  # fmt: skip
    entry = file.create("entry", "NXentry", {"default": "scan"})
    entry.put_text("title", header.title)
    entry.put_text("definition", FORMAT)
    entry.put_text("start_time", iso(header.start_utc_ns))
    entry.put_json("parameters", header.parameters)
    _write_texts(entry, header)
    _write_object(entry, header)
    _write_simulation(entry, header)
    _write_provenance(entry, provenance)
    return entry


def _default(header: Header) -> dict[str, object]:
    return {"default": scan_node(header.channels[0].name)} if header.channels else {}


def _write_texts(entry: Group, header: Header) -> None:
    rig = entry.create("rig", "NXcollection")
    rig.put_text("name", header.rig_name)
    rig.put_text("text", header.rig_text)
    entry.create("protocol", "NXcollection").put_text("name", header.protocol_name)
    texts = entry.create("texts", "NXcollection")
    for name, text in header.texts.items():
        texts.put_text(name, text)


def _write_object(entry: Group, header: Header) -> None:
    sample = entry.create("sample", "NXsample")
    sample.put_text("kind", header.object_kind)
    sample.put_text("serial_number", header.object_serial)
    sample.put_json("data", header.object_data)
    entry.create("user", "NXuser").put_text("name", header.operator)
    entry.create("gas", "NXcollection").put_json("lot", header.gas)


def _write_simulation(entry: Group, header: Header) -> None:
    simulation = entry.create("simulation", "NXcollection", {"simulated": header.simulated})
    simulation.put_text("seed", str(header.seed))
    simulation.put_json("plant", header.plant)


def _write_provenance(entry: Group, provenance: Provenance) -> None:
    made = entry.create("provenance", "NXcollection")
    made.put_text("created", iso(provenance.created_utc_ns))
    made.put_text("host", provenance.host)
    made.put_json("software", provenance.software)
    made.put_text("file_uuid", provenance.uuid)


def _create_scan(entry: Group, header: Header) -> ScanColumns:
    """Make the time columns and one group per channel."""
    rate = Fraction(SECOND, header.scan_period_ns)
    scan = entry.create(
        "scan",
        "NXcollection",
        {
            **_default(header),
            "scan_period_ns": header.scan_period_ns, "rate_numerator": rate.numerator,
            "rate_denominator": rate.denominator, "rate_units": "Hz",
            "epoch_ns": header.start_utc_ns, "start_ns": header.start_ns,
            "clock": "monotonic; epoch in UTC",
        },
    )  # fmt: skip
    seconds = scan.create_column("time", np.float64, CHUNK_ROWS)
    seconds.describe({"units": "s", "start": iso(header.start_utc_ns)})
    nanoseconds = scan.create_column("time_ns", np.int64, CHUNK_ROWS)
    nanoseconds.describe({"units": "ns", "long_name": "monotonic time; the start is start_ns"})
    values: list[Column] = []
    qualities: list[Column] = []
    for channel in header.channels:
        group = scan.create(
            scan_node(channel.name), "NXdata", {"signal": "value", **attributes_of(channel)}
        )
        group.describe_list("axes", ["time"])
        values.append(group.create_column("value", np.float64, CHUNK_ROWS))
        values[-1].describe(
            {"units": channel.unit.text, "long_name": channel.title.en or channel.name}
        )
        group.link("time", seconds)
        qualities.append(group.create_column("quality", np.uint8, CHUNK_ROWS))
        qualities[-1].describe({"codes": _QUALITY, "fresh_bit": int(FRESH)})
    return ScanColumns(seconds, nanoseconds, values, qualities)


def _write_index(entry: Group, header: Header, rows: int) -> None:
    """Write the list of all channels, which opens in one read."""
    entry.put_json(
        "index",
        [
            {
                "name": channel.name, "path": f"/entry/scan/{node_name(scan_node(channel.name))}",
                "unit": channel.unit.text, "kind": channel.kind.value,
                "low": _bound(channel.range.low), "high": _bound(channel.range.high), "rows": rows,
            }
            for channel in header.channels
        ],
    )  # fmt: skip


def _bound(value: float) -> float | None:
    return value if math.isfinite(value) else None


def write_identity(instruments: Group, name: str, identity: str) -> None:
    """Write what an instrument says it is, in place of what was known."""
    if name not in instruments:
        instruments.create(name, "NXsensor", {"name": name})
    instruments.group(name).put_text("identity", identity)


def write_ending(file: File, contents: Contents, header: Header, rows: int, ending: Ending) -> None:
    """Write how the run ended, after so many rows; the file counts as closed."""
    entry = contents.entry
    _write_index(entry, header, rows)
    group = entry.create("ending", "NXcollection", {"end_ns": ending.end_ns, "rows": rows})
    group.put_text("state", ending.state)
    group.put_json("message", ending.message)
    group.put_text("text", sentence(ending.message) if ending.message else "")
    entry.put_text("end_time", iso(header.start_utc_ns + ending.end_ns - header.start_ns))
    file.describe({"state": "closed"})
