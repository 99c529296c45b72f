"""Runs among the files of a folder: the parts of one belong together; chosen by what is wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.messages import Message
from bench.record.disk.locks import Purpose, held
from bench.record.layout.contents import CLOSED, RECORDING, RECOVERED
from bench.record.layout.parts import run_of
from bench.record.port import WATCHED
from bench.runs.catalogue.database import Listed
from bench.runs.catalogue.summary import Summary

BROKEN_OFF = "broken-off"
"""State of a run that is not complete and that nobody records."""
UNDECIDED = "none"
"""What stands for a run without a verdict."""
VERDICTS = ("pass", "fail", "not shown", UNDECIDED)
"""What one may ask for."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class FoundRun:
    """A run in a folder."""

    path: Path
    """Its first file that is there."""
    files: tuple[Path, ...]
    """All of its files that are there."""
    size: int
    """Bytes of all of them."""
    missing: tuple[int, ...]
    """Parts before the last one that are not there."""
    state: str
    """``recording``, `BROKEN_OFF`, ``recovered``, or how it ended (`Summary.ending`)."""
    verdict: str | None
    """As the stored results have it; None: there is none."""
    last: Summary
    """What its last file says."""
    is_interrupted: bool = False
    """Whether it followed a protocol and broke off, and nobody has explained it or gone on."""

    def to_json(self) -> dict[str, object]:
        """Return plain values for JSON."""
        last = self.last
        return {
            "file": str(self.path), "files": [str(path) for path in self.files],
            "missing_parts": list(self.missing), "bytes": self.size, "state": self.state,
            "interrupted": self.is_interrupted, "continues": last.continues,
            "verdict": self.verdict, "title": last.title, "protocol": last.protocol,
            "object": last.object_kind, "serial": last.serial, "rig": last.rig,
            "operator": last.operator, "simulated": last.simulated,
            "start_utc_ns": last.start_utc_ns, "seconds": last.seconds, "scans": last.rows,
            "uuid": last.run_uuid,
        }  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Which runs one asks for; what is left out asks for nothing."""

    object: str = ""
    """Part of the kind or the serial number of the test object."""
    protocol: str = ""
    """Part of the protocol's name."""
    since_ns: int | None = None
    """It began then or later, ns since 1970."""
    until_ns: int | None = None
    """It began before this, ns since 1970."""
    verdict: str = ""
    """One of `VERDICTS`."""
    text: str = ""
    """Words that all stand in it somewhere: title, operator, rig, parameters, points, reason."""

    def takes(self, run: FoundRun) -> bool:
        """Return whether a run is one of those."""
        last = run.last
        named = f"{last.object_kind}\n{last.serial}".casefold()
        is_when = (self.since_ns is None or last.start_utc_ns >= self.since_ns) and (
            self.until_ns is None or last.start_utc_ns < self.until_ns
        )
        return (
            is_when
            and self.object.casefold() in named
            and self.protocol.casefold() in last.protocol.casefold()
            and self.verdict in {"", run.verdict or UNDECIDED}
            and all(word in _searched(run) for word in self.text.casefold().split())
        )


def runs_among(files: Iterable[Listed]) -> tuple[FoundRun, ...]:
    """Return the runs, the one that began first at the top; what cannot be read is left out."""
    groups: dict[tuple[str, Path], list[tuple[Listed, Summary]]] = {}
    for each in files:
        if isinstance(each.found, Summary):
            run, number = run_of(each.path)
            home = run if number == each.found.part else each.path
            key = (each.found.run_uuid, home)
            groups.setdefault(key, []).append((each, each.found))
    runs = [_run(home, parts) for (_, home), parts in groups.items()]
    gone_on = {(run.path.parent, run.last.continues) for run in runs}
    runs = [
        replace(
            run, is_interrupted=_is_open(run) and (run.path.parent, run.path.name) not in gone_on
        )
        for run in runs
    ]
    return tuple(sorted(runs, key=lambda run: (run.last.start_utc_ns, run.path)))


def problems_among(files: Iterable[Listed]) -> tuple[Message, ...]:
    """Return why files cannot be read."""
    return tuple(each.found for each in files if isinstance(each.found, Message))


def asked_verdict(text: str) -> str:
    """Return one of `VERDICTS` as a person writes it; nothing, where nothing is asked.

    Raises:
        RunFileError: it is none.
    """
    found = re.sub(r"[\s_-]+", " ", text.strip()).casefold()
    if found and found not in VERDICTS:
        raise RunFileError("catalogue.no-verdict", text=text, known=", ".join(VERDICTS))
    return found


def moment(text: str, *, is_end: bool = False) -> int:
    """Return a moment in UTC, ns since 1970: ``2026-01-31`` or ``2026-01-31T08:00:00Z``.

    Args:
        text: as a person writes it; without an offset it is UTC.
        is_end: whether a day means its end.

    Raises:
        RunFileError: it is none.
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise RunFileError("catalogue.no-moment", text=text) from error
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    if is_end and _DAY.fullmatch(text.strip()):
        found += timedelta(days=1)
    return (found - _EPOCH) // timedelta(microseconds=1) * (SECOND // 1_000_000)


def _run(home: Path, parts: Sequence[tuple[Listed, Summary]]) -> FoundRun:
    ordered = sorted(parts, key=lambda each: each[1].part)
    last = ordered[-1][1]
    there = {summary.part for _, summary in ordered}
    verdicts = [summary.verdict for _, summary in ordered if summary.verdict]
    return FoundRun(
        path=ordered[0][0].path,
        files=tuple(listed.path for listed, _ in ordered),
        size=sum(listed.size for listed, _ in ordered),
        missing=tuple(part for part in range(1, last.part) if part not in there),
        state=_state(home, last),
        verdict=verdicts[-1] if verdicts else None,
        last=last,
    )


def _state(home: Path, last: Summary) -> str:
    if last.state == RECORDING:
        return RECORDING if held(home, Purpose.RECORDING) else BROKEN_OFF
    if last.state != CLOSED:
        return last.state
    return last.ending or CLOSED


def _is_open(run: FoundRun) -> bool:
    """Return whether a run broke off, and nobody has said why."""
    is_test = run.last.protocol not in {"", WATCHED}
    return is_test and run.state in {BROKEN_OFF, RECOVERED} and not run.last.is_explained


def _searched(run: FoundRun) -> str:
    last = run.last
    words = (
        last.title, last.protocol, last.object_kind, last.serial, last.rig, last.operator,
        last.text, *(path.name for path in run.files),
    )  # fmt: skip
    return "\n".join(words).casefold()
