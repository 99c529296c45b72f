"""Everything of a part that is no chunk of a channel: texts, records, derived tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from bench.errors import RunFileError
from bench.messages import Message
from bench.record.hdf5 import Group
from bench.record.layout.bookmark import read_bookmark
from bench.record.layout.header import (
    provenance_checksum,
    read_ending,
    read_header,
    read_provenance,
    read_provenance_checksum,
)
from bench.record.layout.record_checksums import read_record_checksums, record_checksum
from bench.record.layout.tables import EVENTS, INCIDENTS, POINTS, STEPS
from bench.record.numbers.pyramid import LEVELS
from bench.record.results import explanation_in
from bench.runs.damage import DAMAGE, told_reason
from bench.runs.findings import Finding
from bench.runs.part_file import PartFile
from bench.runs.part_group import Place

_VALUES = frozenset({"parameters", "sample/data", "gas/lot", "simulation/plant"})
"""Of what has a checksum, those that are JSON bytes and no texts (`header.text_checksums`)."""


@dataclass(frozen=True)
class Contents:
    """What was found in a part."""

    findings: tuple[Finding, ...]
    """What is wrong."""
    texts: int
    """Texts that were compared with their checksums."""


def contents_wrong(part: PartFile) -> Contents:
    """Verify the texts of a part by their checksums, and that everything else can be read."""
    findings: list[Finding] = []
    texts = 0
    try:
        sums = cast("dict[str, str]", part.entry.group("checksums").json("texts"))
    except (*DAMAGE, RunFileError) as error:
        sums = {}
        findings.append(_finding(part, "checksums/texts", error))
    for name, expected in sums.items():
        try:
            found = hashlib.sha256(_content(part.entry, name)).hexdigest()
        except (*DAMAGE, RunFileError) as error:
            findings.append(_finding(part, name, error))
            continue
        texts += 1
        if found != expected:
            what = Message("verify.text", {"name": name})
            findings.append(Finding(part.path.name, what=what))
    told = [str(each.what.arguments["name"]) for each in findings]
    findings += (
        each
        for each in _records_wrong(part)
        if not any(name.startswith(f"{each.what.arguments.get('name')}/") for name in told)
    )
    for name, read in _readings(part):
        try:
            read()
        except (*DAMAGE, RunFileError) as error:
            findings.append(_finding(part, name, error))
    return Contents(tuple(findings), texts)


def _records_wrong(part: PartFile) -> Iterator[Finding]:
    """Yield what beside rows and texts is not what stood there at the end."""
    try:
        expected = read_record_checksums(part.entry)
        provenance = read_provenance_checksum(part.entry)
    except DAMAGE as error:
        yield _finding(part, "checksums/ending", error)
        return
    if expected is None and not part.is_recording:
        what = Message("verify.no-checksums", {"reason": "checksums/ending"})
        yield Finding(part.path.name, what=what)
    for name, digest in (expected or {}).items():
        yield from _differs(part, name, digest, lambda name=name: record_checksum(part.entry, name))
    yield from _differs(part, "provenance", provenance, lambda: provenance_checksum(part.entry))


def _differs(
    part: PartFile, name: str, expected: str, found: Callable[[], str]
) -> Iterator[Finding]:
    """Yield that a part of the file is not what stood there, if it is not."""
    try:
        if found() != expected:
            yield Finding(part.path.name, what=Message("verify.text", {"name": name}))
    except DAMAGE as error:
        yield _finding(part, name, error)


def _content(entry: Group, name: str) -> bytes:
    """Return the bytes that a checksum was made of."""
    folder, _, own = name.partition("/")
    group = entry.group(folder) if own else entry
    if name in _VALUES:
        return group.content(own or folder)
    return group.text(own or folder).encode("utf-8", "replace")


def _readings(part: PartFile) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield everything else that stands in a part, by its name, and what reads it."""
    entry = part.entry
    yield "header", lambda: read_header(entry)
    yield "provenance", lambda: read_provenance(entry)
    yield "ending", lambda: read_ending(entry)
    yield "results", lambda: entry.json("results") if "results" in entry else None
    for table in (EVENTS, STEPS, POINTS, INCIDENTS):
        yield table.name, lambda table=table: table.read(entry)
    yield "bookmark", lambda: read_bookmark(entry)
    yield "explanation", lambda: explanation_in(entry)
    yield "index", lambda: part.index
    for name in part.group_names:
        yield f"{name}: cues", lambda name=name: part.group(name).cues
        yield f"statistics/{name}", lambda name=name: _read_statistics(part, name)
    for name in _names(part):
        yield f"pyramid: {name}", lambda name=name: _read_derived(part, part.index.place(name))


def _names(part: PartFile) -> tuple[str, ...]:
    """Return the names of the channels; none, where the index is damaged."""
    try:
        return part.index.names
    except RunFileError:
        return ()


def _read_statistics(part: PartFile, name: str) -> None:
    table = part.group(name).statistics
    table.read_spans()
    for row in range(len(table)):
        table.read(row)


def _read_derived(part: PartFile, place: Place) -> None:
    """Decode the pyramid of a channel, of one with traces the bounds of each."""
    group = part.group(place.group)
    if place.stored.width > 1:
        bounds = group.trace_bounds(place)
        bounds.read(0, len(bounds))
        return
    for level in range(LEVELS):
        bins = group.level(place, level)
        bins.read(0, len(bins))


def _finding(part: PartFile, name: str, error: BaseException) -> Finding:
    told: object = error.message if isinstance(error, RunFileError) else told_reason(error)
    what = Message("verify.content", {"name": name, "reason": told})
    return Finding(part.path.name, what=what)
