"""The audit chain of a report: files, what they go on from, their checksums, who wrote them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.record.layout.record_checksums import read_record_checksums
from bench.runs import Run
from bench.runs.chain import chain_before
from bench.runs.chunk_source import ChunkCache
from bench.runs.damage import damage_told
from bench.runs.part_file import PartFile
from protocols.reports.blocks import Block, Column, Heading, Items, Paragraph, Row, Table, row
from protocols.reports.speech import Speech

_PIECE = 1 << 20


@dataclass(frozen=True)
class Checksum:
    """One file, as it was when the report was made."""

    name: str
    size: int
    """Bytes."""
    sha256: str
    """Of all its bytes. It changes when results or an explanation are added to the file."""
    seal: str
    """SHA-256 of the checksums stored in it when it was recorded: it never changes."""


@dataclass(frozen=True)
class Made:
    """How and when a report was made."""

    software: str
    """``h2bench`` and its version."""
    utc: str
    """When, to the minute."""
    checksums: Mapping[Path, Checksum] = field(default_factory=dict[Path, Checksum])
    """Of files that were read for it already."""


def checksum_of(path: Path) -> Checksum:
    """Return size and checksums of a file.

    Raises:
        RunFileError: the stored ones are not as written.
    """
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return Checksum(path.name, size, digest.hexdigest(), seal_of(path))


def seal_of(path: Path) -> str:
    """Return the SHA-256 of all checksums that `h2bench verify` compares a file with.

    They are taken in this order: those of the texts and those of the records as sorted JSON, then
    of each group of channels those of its chunks.

    Raises:
        RunFileError: they are not as written.
    """
    part = PartFile(path, ChunkCache(0))
    try:
        with damage_told(path):
            stored = part.entry.group("checksums")
            texts, records = stored.json("texts"), read_record_checksums(part.entry)
            digest = hashlib.sha256(json.dumps([texts, records], sort_keys=True).encode())
            for name in part.group_names:
                sums = stored.column(name)
                if len(sums):
                    digest.update(sums.read(0, len(sums)).tobytes())
    finally:
        part.close()
    return digest.hexdigest()


def checksums_of(runs: Sequence[Run]) -> dict[Path, Checksum]:
    """Return the checksums of all files of runs.

    Raises:
        RunFileError: the stored ones are not as written.
    """
    return {part: checksum_of(part) for run in runs for part in run.parts}


def audit_blocks(runs: Sequence[Run], speech: Speech, made: Made, compared: str) -> Iterator[Block]:
    """Yield the chain of files, their checksums and identities, and who wrote them.

    Args:
        runs: in time.
        speech: in which language.
        made: how the report was made.
        compared: what was compared with the stored checksums, as a sentence.
    """
    yield Heading(speech.say("audit"))
    columns = (
        Column("n", weight=0.35),
        Column(speech.say("file"), weight=2.2),
        Column(speech.say("continues"), weight=0.7),
        Column("MB", is_number=True, weight=0.7),
        Column(speech.say("sum-file"), weight=2.2),
        Column(speech.say("sum-seal"), weight=2.2),
    )
    numbers = {run.path.name: number for number, run in enumerate(runs, 1)}
    rows = tuple(
        each for number, run in enumerate(runs, 1) for each in _rows(run, number, numbers, made)
    )
    yield Table(columns, rows, speech.say("files-caption"))
    written = dict.fromkeys(
        (run.provenance.host or "–", _software(run.provenance.software)) for run in runs
    )
    recorded = (speech.say("written-by", host=host, software=told) for host, told in written)
    yield Items((*recorded, speech.say("made-by", software=made.software, utc=made.utc)))
    yield Paragraph(compared)
    yield Paragraph(speech.say("audit-chain"), "faint")


def _rows(run: Run, number: int, numbers: Mapping[str, int], made: Made) -> Iterator[Row]:
    before = ", ".join(chain_before(run.path, run.header.continues)[-1:])
    from_ = f"{numbers[before]}" if before in numbers else before
    identity = run.provenance.uuid
    for part in run.parts:
        found = made.checksums.get(part) or checksum_of(part)
        yield row(
            f"{number}",
            f"{found.name}\n{identity}" if identity else found.name,
            from_ or "–",
            f"{found.size / 1e6:.2f}",
            found.sha256,
            found.seal,
        )


def _software(versions: Mapping[str, str]) -> str:
    own = versions.get("h2bench", "")
    rest = ", ".join(f"{name} {text}" for name, text in versions.items() if name != "h2bench")
    return f"h2bench {own} ({rest})" if rest else f"h2bench {own}"
