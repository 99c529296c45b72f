"""How the rows of a group lie in memory and in the log: one packed element per row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.channel import Channel, Kind
from bench.fast_rows import FastGroup
from bench.record.port import SCAN, Header, RateGroup, StoredChannel

TIME = "time_ns"
"""Field of the time of a row, where each row has its own."""
QUALITY = "quality"
"""Field of the qualities, one per channel."""


@dataclass(frozen=True)
class Section:
    """Channels of one element type side by side, or one channel with a trace per row."""

    field: str
    """Field of the row."""
    dtype: np.dtype[np.generic]
    """Element type."""
    channels: tuple[int, ...]
    """Which channels of the group, in the order of the field."""
    width: int
    """Samples per row of each channel."""


@dataclass(frozen=True)
class RowLayout:
    """The element type of a group's rows."""

    group: RateGroup
    """What is laid out."""

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The channels' values: scalars by element type, then traces one by one."""
        found: list[Section] = []
        channels = list(enumerate(self.group.channels))
        for code in dict.fromkeys(each.dtype for _, each in channels if each.width == 1):
            members = tuple(i for i, each in channels if each.dtype == code and each.width == 1)
            found.append(Section(f"values_{code[1:]}", np.dtype(code), members, 1))
        for i, each in channels:
            if each.width > 1:
                found.append(Section(f"trace_{i}", np.dtype(each.dtype), (i,), each.width))
        return tuple(found)

    @cached_property
    def dtype(self) -> np.dtype[np.void]:
        """Element type of a row: time (where it has one), sections, qualities; packed."""
        fields: list[tuple[str, object, tuple[int, ...]]] = []
        if self.group.interval_ns is None:
            fields.append((TIME, np.dtype("<i8"), ()))
        for section in self.sections:
            count = section.width if section.width > 1 else len(section.channels)
            fields.append((section.field, section.dtype, (count,)))
        if self.group.has_quality:
            fields.append((QUALITY, np.dtype("u1"), (len(self.group.channels),)))
        return np.dtype(fields)

    def empty(self, rows: int) -> NDArray[np.void]:
        """Return so many rows of zeros."""
        return np.zeros(rows, self.dtype)

    def filled(self, columns: Mapping[str, ArrayLike]) -> NDArray[np.void]:
        """Return rows of a group whose rows carry their time and no quality.

        Args:
            columns: `TIME` (ns) and every channel by its name → one element, or trace, per row, as
                stored.

        Raises:
            KeyError: a channel is missing.
            ValueError: columns of different lengths, or of another width.
        """
        rows = self.empty(len(np.asarray(columns[TIME])))
        rows[TIME] = columns[TIME]
        names = [each.channel.name for each in self.group.channels]
        for section in self.sections:
            if section.width > 1:
                rows[section.field] = columns[names[section.channels[0]]]
            else:
                found = [np.asarray(columns[names[each]]) for each in section.channels]
                rows[section.field] = np.stack(found, axis=1)
        return rows


def scan_group(channels: Sequence[Channel]) -> RateGroup:
    """Return the group of the scan: each row has its time, each sample its quality."""
    stored = tuple(StoredChannel(channel, channel.stored.value) for channel in channels)
    return RateGroup(SCAN, stored, None, has_quality=True)


def groups_of(header: Header) -> tuple[RateGroup, ...]:
    """Return all groups of a run, the scan first."""
    return (scan_group(header.channels), *header.groups)


def fast_group(instrument: str, declared: FastGroup) -> RateGroup:
    """Return a group that an instrument of a rig declares, as run files hold it."""
    name = f"{instrument}.{declared.name}"
    stored = [
        StoredChannel(
            Channel(
                f"{name}.{each.name}",
                Kind.MEASURED,
                each.unit,
                range=each.range,
                uncertainty=each.uncertainty,
                title=each.title,
                source=name,
            ),
            each.dtype,
            each.scale,
            width=each.width,
            axis=each.axis,
        )
        for each in declared.channels
    ]
    return RateGroup(name, tuple(stored))
