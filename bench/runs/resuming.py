"""What the last run of a rig was, whether it broke off, and whether one may go on from it.

Nothing is kept beside the run files: what is asked stands in their headers, bookmarks and
explanations. Nothing is changed here, and nothing recovered.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.messages import Message
from bench.model import BenchModel
from bench.record.disk.locks import Purpose, held
from bench.record.disk.storage import SystemStorage, reason
from bench.record.hdf5 import storable_text
from bench.record.layout.contents import CLOSED, RECORDING
from bench.record.layout.iso_time import utc_ns
from bench.record.layout.parts import run_of
from bench.record.port import SCAN, WATCHED, Bookmark, Ending, Header
from bench.record.recovery import has_leftovers
from bench.record.results import Explanation, explanation_in
from bench.runs.chunk_source import ChunkCache
from bench.runs.damage import damage_told
from bench.runs.part_file import PartFile
from bench.runs.run_source import RunSource

_SUFFIX = ".h5"
_STAMP = re.compile(r"(\d{8}T\d{6}Z)(?:_.*)?")
"""How a run file is called that nobody renamed (`run_file_name`)."""
_SCHEDULES = "faults/"
_NEVER = 2**63
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Interrupted:
    """A run that broke off."""

    path: Path
    """The run file; of a run in parts, the first."""
    run_uuid: str
    """Identity of the run, the same in all of its parts."""
    utc_ns: int
    """When its last row was measured, ns since 1970-01-01T00:00:00Z."""
    bookmark: Bookmark | None
    """Where it was; None: no sequence had begun."""
    header: Header
    """Rig, protocol and object as run: names, texts, parameters, serial number."""
    explanation: Explanation | None
    """Why it broke off, as a person says; None: nobody has."""
    ending: Ending | None = None
    """How a stop ended it; None: it broke off."""


@dataclass(frozen=True)
class _Begin:
    """What a file says of its run's beginning."""

    start_utc_ns: int
    rig: str
    protocol: str
    serial: str
    simulated: bool


def last_run(
    folder: Path, *, rig: str, serial: str = "", simulated: bool | None = None
) -> Path | None:
    """Return the newest run of a rig that followed a protocol; None: there is none.

    Names tell where to begin, headers decide: of a file that nobody renamed only those are read
    that are newer than the one that is found. What cannot be read is passed over.

    Args:
        folder: where the run files are; those below it do not count.
        rig: name of the rig.
        serial: serial number of the test object; empty: any.
        simulated: whether the instruments were simulated; None: either.

    Raises:
        RunFileError: the folder cannot be read.
    """
    found = _of_rig(
        folder, rig=rig, serial=serial, simulated=simulated, but=frozenset({"", WATCHED})
    )
    return next(found, None)


def runs_of(
    folder: Path, *, rig: str, serial: str = "", simulated: bool | None = None
) -> Iterator[Path]:
    """Yield the runs of a rig, also those that only watched it, the one that began last first.

    Args:
        folder: where the run files are.
        rig: name of the rig.
        serial: serial number of the test object; empty: any.
        simulated: whether the instruments were simulated; None: either.

    Raises:
        RunFileError: the folder cannot be read.
    """
    return _of_rig(folder, rig=rig, serial=serial, simulated=simulated, but=frozenset())


def _of_rig(
    folder: Path, *, rig: str, serial: str, simulated: bool | None, but: frozenset[str]
) -> Iterator[Path]:
    """Yield the runs of a rig, the newest first, but those of some protocols."""
    for path, begin in _newest_first(folder):
        is_meant = begin.rig == rig and serial in {"", begin.serial}
        if is_meant and begin.protocol not in but and simulated in {None, begin.simulated}:
            yield path


def is_broken_off(path: Path) -> bool:
    """Return whether a run was neither ended nor recovered, and nobody records it.

    Args:
        path: the run file; of a run in parts, any of them.

    Raises:
        RunFileError: no such file, not a run file, damaged, or of a newer program.
    """
    if held(run_of(path)[0], Purpose.RECORDING):
        return False
    with closing(RunSource(path, 0)) as source:
        return _is_open(source)


def interruption_of(path: Path) -> Interrupted | None:
    """Return what is known of a run that broke off, recovered or not; None: it ended, or goes on.

    Args:
        path: the run file; of a run in parts, any of them.

    Raises:
        RunFileError: no such file, not a run file, damaged, or of a newer program.
    """
    left = left_run(path)
    return None if left is None or left.ending is not None else left


def left_run(path: Path) -> Interrupted | None:
    """Return what is known of a run that may not be through: it broke off, or a stop ended it.

    Args:
        path: the run file; of a run in parts, any of them.

    Returns:
        None: somebody records it, it was completed, or nobody knows how it ended.

    Raises:
        RunFileError: no such file, not a run file, damaged, or of a newer program.
    """
    if held(run_of(path)[0], Purpose.RECORDING):
        return None
    with closing(RunSource(path, 0)) as source:
        records, last = source.records, source.parts[-1]
        ending = records.ending
        is_whole = last.state == CLOSED and not _is_open(source)
        if ending is None if is_whole else ending is not None and ending.state == "completed":
            return None
        return Interrupted(
            path=source.path,
            run_uuid=last.identity.run_uuid,
            utc_ns=_last_utc_ns(source),
            bookmark=records.bookmark,
            header=records.header,
            explanation=source.guard(lambda: explanation_in(last.entry)),
            ending=ending,
        )


def interrupted(folder: Path, rig: str, *, simulated: bool | None = None) -> Interrupted | None:
    """Return the newest run of a rig, if it broke off and nobody has explained it.

    `bench.record.results.write_explanation` explains it.

    Args:
        folder: where the run files are.
        rig: name of the rig.
        simulated: whether the instruments were simulated; None: either.

    Raises:
        RunFileError: the folder or the run cannot be read.
    """
    path = last_run(folder, rig=rig, simulated=simulated)
    found = None if path is None else interruption_of(path)
    return found if found is not None and found.explanation is None else None


def differences(
    broken: Interrupted,
    model: BenchModel,
    plan_texts: Mapping[str, str],
    parameters: Mapping[str, object],
    serial: str,
) -> list[Message]:
    """Return what forbids to go on from a run: everything that is not as it was; empty: nothing.

    Args:
        broken: the run.
        model: the bench as it is now.
        plan_texts: the files of the protocol as they are now, by name.
        parameters: those of the protocol now, with units.
        serial: serial number of the test object that is mounted now.
    """
    header = broken.header
    found: list[Message] = []
    for what, before, now in (
        ("rig", header.rig_name, model.name),
        ("object", header.object_kind, model.object.kind),
        ("serial", header.object_serial, serial),
    ):
        if storable_text(now) != before:
            found.append(Message(f"record.resume-{what}", {"before": before, "now": now}))
    found += _texts_differ(header, {**model.texts, **plan_texts})
    shown = {name: str(value) for name, value in parameters.items()}
    for name in sorted({*header.parameters, *shown}):
        before, now = header.parameters.get(name, "–"), shown.get(name, "–")
        if before != now:
            about = {"name": name, "before": before, "now": now}
            found.append(Message("record.resume-parameter", about))
    return found


def _texts_differ(header: Header, texts: Mapping[str, str]) -> Iterator[Message]:
    """Yield which files are not as they were; the rig's file is known by what it says.

    What goes wrong with simulated instruments is no part of what is run.
    """
    for name in sorted({*header.texts, *texts}):
        if name.startswith(_SCHEDULES):
            continue
        now, before = texts.get(name), header.texts.get(name, header.rig_text)
        if now is None:
            yield Message("record.resume-text-gone", {"name": name})
        elif storable_text(now) != before:
            yield Message("record.resume-text", {"name": name})


def _is_open(source: RunSource) -> bool:
    """Return whether a run has an end to be written that nobody knows."""
    state = source.parts[-1].state
    if source.records.ending is not None or state not in {RECORDING, CLOSED}:
        return False
    # Between two parts there is none that is being recorded, but a log.
    return state == RECORDING or has_leftovers(SystemStorage(), source.path)


def _last_utc_ns(source: RunSource) -> int:
    """Return when the last row was measured, by the wall clock of the newest bookmark."""
    header, bookmark = source.header, source.records.bookmark
    timeline = source.group(SCAN).timeline
    last_ns = source.guard(lambda: timeline[-1]) if len(timeline) else header.start_ns
    if bookmark is None:
        return header.start_utc_ns + last_ns - header.start_ns
    return bookmark.utc_ns + last_ns - bookmark.time_ns


def _newest_first(folder: Path) -> Iterator[tuple[Path, _Begin]]:
    """Yield the runs in a folder, the one that began last first.

    A name gives the second of the start at most; the file gives the start.
    """
    waiting = [(-_latest_start(path), path.name) for path in _runs_in(folder)]
    heapq.heapify(waiting)
    known: dict[str, _Begin] = {}
    while waiting:
        _, name = heapq.heappop(waiting)
        if name in known:
            yield folder / name, known[name]
            continue
        begin = _begin_of(folder / name)
        if begin is not None:
            known[name] = begin
            heapq.heappush(waiting, (-begin.start_utc_ns, name))


def _runs_in(folder: Path) -> list[Path]:
    """Return one file of each run, the first part where it is there."""
    try:
        files = sorted(
            path
            for path in folder.iterdir()
            if path.suffix.casefold() == _SUFFIX and not path.name.startswith(".")
        )
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunFileError("catalogue.no-folder", path=folder, reason=reason(error)) from error
    there = set(files)
    return [path for path in files if run_of(path)[1] == 1 or run_of(path)[0] not in there]


def _latest_start(path: Path) -> int:
    """Return when a run began at the latest, ns since 1970, as its file's name says."""
    found = _STAMP.fullmatch(path.stem)
    if found is None:
        return _NEVER
    try:
        start = datetime.strptime(f"{found[1]}+0000", "%Y%m%dT%H%M%SZ%z")
    except ValueError:
        return _NEVER
    since = start - _EPOCH
    return (since.days * 86_400 + since.seconds + 1) * SECOND


def _begin_of(path: Path) -> _Begin | None:
    """Return what a file says of its run's beginning; None: it cannot be read."""
    try:
        part = PartFile(path, ChunkCache(0))
    except RunFileError:
        return None
    try:
        with damage_told(path):
            return _begin(part)
    except RunFileError:
        return None
    finally:
        part.close()


def _begin(part: PartFile) -> _Begin:
    entry = part.entry
    return _Begin(
        start_utc_ns=utc_ns(entry.text("start_time")),
        rig=entry.group("rig").text("name"),
        protocol=entry.group("protocol").text("name"),
        serial=entry.group("sample").text("serial_number"),
        simulated=bool(cast("int", entry.group("simulation").attributes()["simulated"])),
    )
