"""What a catalogue says of one run file: a few lines, read without its channels."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from bench.clock import SECOND
from bench.messages import LANGUAGES
from bench.record.hdf5 import Group
from bench.record.layout.contents import RECORDING
from bench.record.layout.header import read_continues, read_ending
from bench.record.port import SCAN, Ending
from bench.record.results import explanation_in
from bench.runs.chunk_source import ChunkCache
from bench.runs.damage import damage_told
from bench.runs.part_file import PartFile


@dataclass(frozen=True)
class Summary:
    """One file: a run, or a part of one."""

    run_uuid: str
    """Identity of the run, the same in all of its parts."""
    part: int
    """Which part it is, from 1."""
    state: str
    """``recording``, ``closed`` or ``recovered``."""
    title: str
    """What people call the run."""
    protocol: str
    """Protocol, with its folder."""
    object_kind: str
    """Kind of test object."""
    serial: str
    """Serial number of the test object."""
    rig: str
    """Rig it ran on."""
    operator: str
    """Who ran it."""
    simulated: bool
    """Whether the instruments were simulated."""
    start_utc_ns: int
    """When the run began, ns since 1970-01-01T00:00:00Z."""
    seconds: float
    """From the begin of the run to the end of this file, s."""
    rows: int
    """Scans from the begin of the run to the end of this file."""
    ending: str | None
    """``completed``, ``stopped``, ``limit``, ``operator``, ``error``; None: not told."""
    verdict: str | None
    """``pass``, ``fail`` or ``not shown``, as the stored results have it; None: there is none."""
    continues: str
    """File name of the run it goes on from; empty: it begins anew."""
    is_explained: bool
    """Whether somebody has said why it broke off."""
    text: str
    """Words to search in: parameters, gas lot, points, why it ended."""

    def to_json(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


def summary_from(content: str) -> Summary:
    """Return what `Summary.to_json` wrote.

    Raises:
        ValueError, TypeError: it did not.
    """
    return Summary(**cast("dict[str, Any]", json.loads(content)))


def summarise(path: Path) -> Summary:
    """Return what a run file says of itself; it is only read.

    Raises:
        RunFileError: no such file, no run file, damaged, or of a newer program.
    """
    part = PartFile(path, ChunkCache(0))
    try:
        with damage_told(path):
            return _summary(part)
    finally:
        part.close()


def verdict_of(results: Mapping[str, object]) -> str | None:
    """Return the verdict that stored results hold; None: they hold none."""
    found = results.get("verdict")
    return found if isinstance(found, str) and found else None


def _summary(part: PartFile) -> Summary:
    entry = part.entry
    scan = part.group(SCAN)
    about = cast("dict[str, Any]", entry.group(SCAN).attributes())
    sample, ending = entry.group("sample"), read_ending(entry)
    last_ns = part.first_ns
    if scan.rows:
        last_ns = int(scan.times.read(scan.rows - 1, scan.rows)[0])
    if ending is not None:
        last_ns = ending.end_ns
    return Summary(
        run_uuid=part.identity.run_uuid,
        part=part.number,
        state=part.state,
        title=entry.text("title"),
        protocol=entry.group("protocol").text("name"),
        object_kind=sample.text("kind"),
        serial=sample.text("serial_number"),
        rig=entry.group("rig").text("name"),
        operator=entry.group("user").text("name"),
        simulated=bool(entry.group("simulation").attributes()["simulated"]),
        start_utc_ns=int(about["epoch_ns"]),
        seconds=(last_ns - int(about["start_ns"])) / SECOND,
        rows=scan.first_row + scan.rows,
        ending=ending.state if ending else None,
        verdict=None if part.state == RECORDING else _stored_verdict(entry),
        continues=read_continues(entry),
        is_explained=explanation_in(entry) is not None,
        text="\n".join(_words(entry, ending)),
    )


def _stored_verdict(entry: Group) -> str | None:
    if "results" not in entry:
        return None
    found: object = json.loads(entry.content("results"))  # without what only a report needs
    return verdict_of(cast("Mapping[str, object]", found)) if isinstance(found, dict) else None


def _words(entry: Group, ending: Ending | None) -> Iterator[str]:
    parameters = cast("Mapping[str, object]", entry.json("parameters"))
    yield from (f"{name}={value}" for name, value in parameters.items())
    gas = cast("Mapping[str, object]", entry.group("gas").json("lot"))
    yield from (str(value) for value in gas.values() if isinstance(value, str))
    points = entry.group("points").column("name").texts()
    yield from dict.fromkeys(points)
    if ending is not None and ending.message is not None:
        yield from (ending.message.text(language) for language in LANGUAGES)
