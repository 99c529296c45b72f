"""The columns of a group in one part, chunk by chunk, against their checksums."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.messages import Message
from bench.record.hdf5 import Column, Group
from bench.record.layout.groups import TRACE_ROWS
from bench.record.layout.nodes import channel_name
from bench.runs.damage import DAMAGE, told_reason
from bench.runs.findings import Finding
from bench.runs.part_file import PartFile
from bench.runs.part_group import PartGroup, Place


@dataclass(frozen=True)
class Checked:
    """What was found among chunks that were sealed together."""

    findings: tuple[Finding, ...]
    """What is wrong."""
    chunks: int
    """How many were compared."""
    size: int
    """Their bytes."""


@dataclass(frozen=True)
class _Place:
    """A column that has checksums."""

    channel: str
    """Whose it is; of times the name of the column."""
    open: Callable[[Group], Column]
    """Opens it in its group."""
    is_trace: bool = False
    """Whether it holds whole traces, some rows per chunk."""


class GroupVerifier:
    """A group in one part."""

    def __init__(self, part: PartFile, name: str) -> None:
        """Prepare.

        Errors are h5py's: the group is missing, or not as written.
        """
        self._part = part
        self.path = part.path
        """The file."""
        self.name = name
        """Name of the group."""
        channels = [part.index.place(each) for each in part.index.names_of(name)]
        group = part.group(name)
        self._places = tuple(_places(group, channels))
        self.blocks = -(-group.rows // group.block)
        """How many times chunks were sealed together."""
        self._opened: PartGroup | None = None
        self._columns: Sequence[Column | str] = ()

    def verify(self, block: int) -> Checked:
        """Compare the chunks that were sealed together with their checksums."""
        group = self._part.group(self.name)
        if self._opened is not group:  # there was a commit, the file was opened anew
            self._columns = self._open()
            self._opened = group
        first = block * group.block
        rows = first, min(first + group.block, group.rows) - 1
        sums = self._sums(block)
        if isinstance(sums, Finding):
            return Checked((sums,), 0, 0)
        findings: list[Finding] = []
        chunks = size = 0
        for number, (place, column) in enumerate(zip(self._places, self._columns, strict=True)):
            told = self._finding(place, rows)
            if isinstance(column, str):
                findings.append(told(Message("verify.unreadable", {"reason": column})))
                continue
            try:
                data = [column.chunks.read(corner) for corner in _corners(place, rows)]
                is_long = len(column) == group.rows
            except DAMAGE as error:
                findings.append(told(Message("verify.unreadable", {"reason": told_reason(error)})))
                continue
            chunks, size = chunks + len(data), size + sum(len(each) for _, each in data)
            if any(mask for mask, _ in data) or _crc(each for _, each in data) != sums[number]:
                findings.append(told(Message("verify.checksum")))
            if not is_long:
                counts = {"rows": len(column), "expected": group.rows}
                findings.append(told(Message("verify.count", counts)))
        return Checked(tuple(findings), chunks, size)

    def _sums(self, block: int) -> NDArray[np.uint32] | Finding:
        """Return the checksums of what was sealed together."""
        told = self._finding(_Place("", lambda group: group.column("time")), None)
        try:
            found = self._part.entry.group("checksums").column(self.name).read(block, block + 1)
        except DAMAGE as error:
            return told(Message("verify.no-checksums", {"reason": told_reason(error)}))
        if found.shape != (1, len(self._places)):
            return told(Message("verify.no-checksums", {"reason": str(found.shape)}))
        return found[0]

    def _open(self) -> list[Column | str]:
        """Return every column, or why it cannot be opened."""
        found: list[Column | str] = []
        for place in self._places:
            try:
                found.append(place.open(self._part.entry.group(self.name)))
            except DAMAGE as error:
                found.append(told_reason(error))
        return found

    def _finding(self, place: _Place, rows: tuple[int, int] | None) -> Callable[[Message], Finding]:
        return lambda what: Finding(self._part.path.name, self.name, place.channel, rows, what)


def _places(group: PartGroup, channels: Sequence[Place]) -> Iterator[_Place]:
    """Yield the columns of a group in the order of their checksums."""
    times = ("time",) if group.interval_ns is not None else ("time", "time_ns")
    for column in times:
        yield _Place(column, lambda found, column=column: found.column(column))
    for channel in channels:
        yield _place(channel, "value", is_trace=channel.stored.width > 1)
    if group.has_quality:
        yield from (_place(channel, "quality", is_trace=False) for channel in channels)


def _place(channel: Place, column: str, *, is_trace: bool) -> _Place:
    name = channel.stored.channel.name
    shown = name if column == "value" else f"{name} ({column})"
    return _Place(
        shown, lambda found: found.group(channel_name(name)).column(column), is_trace=is_trace
    )


def _corners(place: _Place, rows: tuple[int, int]) -> Iterator[int]:
    """Yield the first row of every chunk."""
    first, last = rows
    yield from range(first, last + 1, TRACE_ROWS if place.is_trace else last + 1 - first)


def _crc(pieces: Iterator[bytes]) -> int:
    found = 0
    for data in pieces:
        found = zlib.crc32(data, found)
    return found
