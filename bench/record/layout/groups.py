"""The columns of a group of channels that are sampled together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from bench.clock import SECOND
from bench.record.hdf5 import Column, Group, node_name
from bench.record.layout.header import group_attributes
from bench.record.layout.iso_time import iso
from bench.record.layout.nodes import channel_name
from bench.record.layout.statistics_table import StatisticsTable, create_statistics, open_statistics
from bench.record.numbers.pyramid import CHUNK_BINS, FIRST, LEVELS, STEP, pyramid_dtype
from bench.record.port import SCAN, Header, RateGroup, StoredChannel
from bench.record.rows import RowLayout, Section

TRACE_ROWS = 8
"""Rows per chunk of a channel that holds a trace per row."""
_WIDE_CHUNK = 256
_CHUNKS = ((5000, 65_536), (50, 16_384), (0, 4096))
_CUES = 256
_CRC = "CRC-32 of the stored bytes of each chunk; of a trace: of its chunks one after the other"

REGULAR, GAP, CLOCK_STEP = 0, 1, 2
"""Kinds of a cue."""


def chunk_rows(group: RateGroup, scan_period_ns: int) -> int:
    """Return how many rows are sealed together: 64-256 KiB per channel, but a few minutes at most.

    Random windows read best from 16 k to 64 k samples; slow groups would wait for hours.
    """
    if any(each.width > 1 for each in group.channels):
        return _WIDE_CHUNK
    interval = Fraction(scan_period_ns) if group.name == SCAN else group.interval_ns
    rate = SECOND / interval if interval else 0
    return next(rows for least, rows in _CHUNKS if rate >= least)


@dataclass(frozen=True)
class CueColumns:
    """Where the times of a group are known for sure: row 0, each chunk, each gap or clock step."""

    index: Column
    """Row within this part."""
    time_ns: Column
    """Monotonic time of the row."""
    kind: Column
    """`REGULAR`, `GAP` (rows are missing before it) or `CLOCK_STEP`."""
    utc_ns: Column
    """What the wall clock showed, ns since 1970-01-01T00:00:00Z."""

    def append(self, index: int, time_ns: int, kind: int, utc_ns: int) -> None:
        """Add a cue."""
        columns = (self.index, self.time_ns, self.kind, self.utc_ns)
        for column, value in zip(columns, (index, time_ns, kind, utc_ns), strict=True):
            column.append([value])

    def read(self) -> NDArray[np.int64]:
        """Return all cues: (cue, 4) with row, time, kind, UTC."""
        columns = (self.index, self.time_ns, self.kind, self.utc_ns)
        return np.stack([column.read().astype(np.int64) for column in columns], axis=1)


@dataclass(frozen=True)
class GroupColumns:
    """Everything of a group that grows with its rows."""

    layout: RowLayout
    """How its rows lie in the log."""
    chunk_rows: int
    """Rows per chunk of all columns but traces (`TRACE_ROWS`)."""
    first_row: int
    """Number since the run's start of this part's first row."""
    time: Column
    """Seconds since the start, float64."""
    time_ns: Column | None
    """Monotonic time; None: the group is regular."""
    values: tuple[Column, ...]
    """Per channel, as it is stored; of a trace (row, width)."""
    qualities: tuple[Column, ...]
    """Per channel, `Quality` | `FRESH`; empty: the group has none."""
    envelopes: Mapping[int, Column]
    """Channel with traces → (row, 3): minimum, maximum, mean of each, float64, as stored."""
    pyramid: Mapping[str, tuple[Column, ...]]
    """Section of scalars → per level (channel, bin, 2): minimum, maximum, as stored."""
    cues: CueColumns
    """Where its times are known for sure."""
    checksums: Column
    """CRC-32 (chunk row, column): time, time_ns where there is one, values, qualities."""
    statistics: StatisticsTable
    """What is known of its values."""

    @property
    def group(self) -> RateGroup:
        """What it holds."""
        return self.layout.group

    @property
    def rows(self) -> int:
        """Rows in this part."""
        return len(self.time)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns in the order of `checksums`."""
        times = (self.time,) if self.time_ns is None else (self.time, self.time_ns)
        return (*times, *self.values, *self.qualities)


@dataclass(frozen=True)
class Places:
    """Groups of ``/entry`` that hold one member per group of channels."""

    pyramid: Group
    """``/entry/pyramid``."""
    statistics: Group
    """``/entry/statistics``."""
    checksums: Group
    """``/entry/checksums``."""


def create_places(entry: Group) -> Places:
    """Make the empty groups."""
    return Places(*(entry.create(n, "NXcollection") for n in _PLACES))


def open_places(entry: Group) -> Places:
    """Return the groups.

    Raises:
        KeyError: one is missing.
    """
    return Places(*(entry.group(name) for name in _PLACES))


_PLACES = ("pyramid", "statistics", "checksums")


def create_group(
    entry: Group,
    places: Places,
    header: Header,
    group: RateGroup,
    first_row: int,
    *,
    rows: int | None = None,
) -> GroupColumns:
    """Make the empty columns of a group of channels.

    Args:
        entry: ``/entry``.
        places: where pyramid, statistics and checksums go.
        header: what is known when the run begins.
        group: what is sampled together.
        first_row: number since the run's start of the first row.
        rows: per chunk, a multiple of 256; None: as the rate has it.
    """
    rows = rows or chunk_rows(group, header.scan_period_ns)
    start = iso(header.start_utc_ns)
    made = entry.create(
        group.name,
        "NXcollection",
        {**_default(group), **group_attributes(header, group), "first_row": first_row},
    )
    time = made.create_array(
        "time", np.float64, (0,), (rows,), attributes={"units": "s", "start": start}
    )
    if group.interval_ns is None:
        made.create_array("time_ns", np.int64, (0,), (rows,), attributes={"units": "ns"})
    _create_cues(made)
    channels = [_create_channel(made, group, each, time, rows) for each in group.channels]
    layout = RowLayout(group)
    _create_pyramid(places.pyramid.create(group.name, "NXcollection"), layout)
    create_statistics(places.statistics, group.name, len(group.channels))
    columns = 1 + (group.interval_ns is None) + len(group.channels) * (1 + group.has_quality)
    places.checksums.create_array(
        group.name, np.uint32, (0, columns), (1, columns), is_packed=False,
        attributes={"algorithm": _CRC},
    )  # fmt: skip
    return _assembled(made, places, layout, channels)


def open_group(entry: Group, places: Places, group: RateGroup) -> GroupColumns:
    """Return the columns of a group of channels.

    Raises:
        KeyError, TypeError: something is missing or not as written.
    """
    found = entry.group(group.name)
    channels = [
        _open_channel(found.group(channel_name(each.channel.name)), group, each)
        for each in group.channels
    ]
    return _assembled(found, places, RowLayout(group), channels)


def _assembled(
    found: Group, places: Places, layout: RowLayout, channels: Sequence[_ChannelColumns]
) -> GroupColumns:
    group = layout.group
    time = found.column("time")
    return GroupColumns(
        layout=layout,
        chunk_rows=time.chunk[0],
        first_row=found.integer("first_row"),
        time=time,
        time_ns=found.column("time_ns") if group.interval_ns is None else None,
        values=tuple(channel.value for channel in channels),
        qualities=tuple(each.quality for each in channels if each.quality is not None),
        envelopes={i: c.envelope for i, c in enumerate(channels) if c.envelope is not None},
        pyramid={
            section.field: _levels(places.pyramid.group(group.name).group(section.field))
            for section in _scalars(layout)
        },
        cues=CueColumns(*(found.column(name) for name in _CUE_COLUMNS)),
        checksums=places.checksums.column(group.name),
        statistics=open_statistics(places.statistics, group.name),
    )


def _default(group: RateGroup) -> dict[str, object]:
    if not group.channels:
        return {}
    return {"default": node_name(channel_name(group.channels[0].channel.name))}


_CUE_COLUMNS = {
    "cue_index": np.int64, "cue_time_ns": np.int64, "cue_kind": np.uint8, "cue_utc_ns": np.int64,
}  # fmt: skip


def _create_cues(made: Group) -> None:
    for name, kind in _CUE_COLUMNS.items():
        made.create_column(name, kind, _CUES)


@dataclass(frozen=True)
class _ChannelColumns:
    value: Column
    quality: Column | None
    envelope: Column | None


def _open_channel(found: Group, group: RateGroup, each: StoredChannel) -> _ChannelColumns:
    return _ChannelColumns(
        found.column("value"),
        found.column("quality") if group.has_quality else None,
        found.column("envelope") if each.width > 1 else None,
    )


def _create_channel(
    parent: Group, group: RateGroup, each: StoredChannel, time: Column, rows: int
) -> _ChannelColumns:
    """Make the NXdata group of a channel."""
    channel = each.channel
    axes = ["time"] if each.width == 1 else ["time", "place"]
    attributes: dict[str, object] = {"signal": "value", "axes": axes, "kind": channel.kind.value}
    said = {"source": channel.source, "calibration_id": channel.calibration.id}
    attributes |= {about: text for about, text in said.items() if text}
    name = channel_name(channel.name)
    if node_name(name) != channel.name:
        attributes["name"] = channel.name
    made = parent.create(name, "NXdata", attributes)
    about: dict[str, object] = {
        "units": channel.unit.text, "long_name": channel.title.en or channel.name,
    }  # fmt: skip
    if (each.scale, each.offset) != (1.0, 0.0):
        about |= {"scale_factor": each.scale, "add_offset": each.offset}
    is_trace = each.width > 1
    shape = (0, each.width) if is_trace else (0,)
    chunk = (TRACE_ROWS, each.width) if is_trace else (rows,)
    value = made.create_array("value", np.dtype(each.dtype), shape, chunk, attributes=about)
    made.link("time", time)
    quality = made.create_array("quality", np.uint8, (0,), (rows,)) if group.has_quality else None
    return _ChannelColumns(value, quality, _create_trace(made, each, rows) if is_trace else None)


def _create_trace(made: Group, each: StoredChannel, rows: int) -> Column:
    start, step, unit = each.axis
    place = made.create_array(
        "place", np.float64, (each.width,), (each.width,), attributes={"units": unit}
    )
    place.write(0, start + step * np.arange(each.width))
    about = {"columns": ["minimum", "maximum", "mean"]}
    return made.create_array("envelope", np.float64, (0, 3), (rows, 3), attributes=about)


def _scalars(layout: RowLayout) -> Iterable[Section]:
    return (section for section in layout.sections if section.width == 1)


def _create_pyramid(parent: Group, layout: RowLayout) -> None:
    for section in _scalars(layout):
        made = parent.create(section.field, "NXcollection")
        count = len(section.channels)
        made.put_json("channels", [layout.group.channels[i].channel.name for i in section.channels])
        for level in range(LEVELS):
            made.create_array(
                f"L{level}", pyramid_dtype(section.dtype), (count, 0, 2), (1, CHUNK_BINS, 2),
                grows=1, attributes={"factor": FIRST * STEP**level},
            )  # fmt: skip


def _levels(group: Group) -> tuple[Column, ...]:
    return tuple(group.column(f"L{level}") for level in range(LEVELS))
