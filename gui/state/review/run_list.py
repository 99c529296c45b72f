"""The runs of some folders as a table: chosen by facets and words; what is damaged says why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.errors import BenchError
from bench.messages import Message
from bench.runs.catalogue.database import Listed
from bench.runs.catalogue.found_runs import (
    BROKEN_OFF,
    UNDECIDED,
    VERDICTS,
    FoundRun,
    Wanted,
    moment,
    problems_among,
    runs_among,
)

_ABNORMAL = frozenset({BROKEN_OFF, "limit", "error", "stopped"})


@dataclass(frozen=True)
class Asked:
    """Which runs one wants to see, as typed and chosen; empty: all."""

    text: str = ""
    """Words that all stand in it somewhere."""
    object: str = ""
    """Kind, or serial number, of the test object."""
    protocol: str = ""
    """Protocol, with its folder."""
    verdict: str = ""
    """``pass``, ``fail``, ``not shown`` or ``none``."""
    since: str = ""
    """First day (UTC), ``2026-01-31``."""
    until: str = ""
    """Last day (UTC)."""


@dataclass(frozen=True)
class RunRow:
    """One run of the table."""

    path: Path
    """Its first file that is there."""
    start_utc_ns: int
    """When it began, ns since 1970."""
    object: str
    """Serial number of the test object; its kind where it has none."""
    protocol: str
    """Protocol, with its folder."""
    title: str
    """What people call the run."""
    state: str
    """Name of its state, as the room ``info`` has words for it (``info.state-…``)."""
    verdict: str
    """``pass``, ``fail``, ``not shown``; empty: none."""
    seconds: float
    """How long it took, s; of one that is not complete: how much of it is known."""
    size: int
    """Bytes of all its files."""
    parts: int
    """How many files it has."""
    missing: int
    """How many files are missing between them."""
    is_simulated: bool
    """Whether the instruments were simulated."""
    is_interrupted: bool
    """Whether it broke off, and nobody has explained it or gone on."""
    operator: str
    """Who ran it."""

    @property
    def is_abnormal(self) -> bool:
        """Whether it did not end as planned."""
        return self.state in _ABNORMAL or self.is_interrupted or self.missing > 0


@dataclass(frozen=True)
class Facets:
    """What one may choose from, with the number of runs behind each."""

    objects: Mapping[str, int] = field(default_factory=dict[str, int])
    """Kind of object or serial number → runs."""
    protocols: Mapping[str, int] = field(default_factory=dict[str, int])
    """Protocol → runs."""
    verdicts: Mapping[str, int] = field(default_factory=dict[str, int])
    """Verdict → runs; in the order pass, fail, not shown, none."""


@dataclass(frozen=True)
class RunListState:
    """What the run browser shows."""

    rows: tuple[RunRow, ...] = ()
    """Runs that are asked for, the newest first."""
    total: int = 0
    """How many there are in all."""
    facets: Facets = field(default_factory=Facets)
    """What one may choose from."""
    problems: tuple[Message, ...] = ()
    """Files that cannot be read, and what is wrong with what was asked."""


@dataclass(frozen=True)
class Found:
    """What lies in the folders."""

    runs: tuple[FoundRun, ...] = ()
    """The runs."""
    problems: tuple[Message, ...] = ()
    """Files and folders that cannot be read."""


def found_in(files: Iterable[Listed], problems: Sequence[Message] = ()) -> Found:
    """Return the runs among files, and why some cannot be read.

    Args:
        files: Of all folders.
        problems: Of folders that cannot be read.
    """
    listed = tuple(files)
    return Found(runs_among(listed), (*problems, *problems_among(listed)))


def run_list(found: Found, asked: Asked) -> RunListState:
    """Return what the browser shows of the runs that are asked for."""
    wanted, problems = _wanted(asked)
    runs = sorted(found.runs, key=lambda run: run.last.start_utc_ns, reverse=True)
    return RunListState(
        rows=tuple(_row(run) for run in runs if wanted.takes(run)),
        total=len(runs),
        facets=_facets(found.runs),
        problems=(*problems, *found.problems),
    )


def _wanted(asked: Asked) -> tuple[Wanted, tuple[Message, ...]]:
    """Return what is asked for; a day that is none asks for nothing, and is told."""
    wanted = Wanted(asked.object, asked.protocol, verdict=asked.verdict, text=asked.text)
    problems: list[Message] = []
    if asked.since.strip():
        try:
            wanted = replace(wanted, since_ns=moment(asked.since))
        except BenchError as error:
            problems.append(error.message)
    if asked.until.strip():
        try:
            wanted = replace(wanted, until_ns=moment(asked.until, is_end=True))
        except BenchError as error:
            problems.append(error.message)
    return wanted, tuple(problems)


def _row(run: FoundRun) -> RunRow:
    last = run.last
    return RunRow(
        path=run.path,
        start_utc_ns=last.start_utc_ns,
        object=last.serial or last.object_kind,
        protocol=last.protocol,
        title=last.title,
        state=run.state,
        verdict=run.verdict or "",
        seconds=last.seconds,
        size=run.size,
        parts=len(run.files),
        missing=len(run.missing),
        is_simulated=last.simulated,
        is_interrupted=run.is_interrupted,
        operator=last.operator,
    )


def _facets(runs: Iterable[FoundRun]) -> Facets:
    objects: dict[str, int] = {}
    protocols: dict[str, int] = {}
    verdicts: dict[str, int] = dict.fromkeys(VERDICTS, 0)
    for run in runs:
        for name in {run.last.object_kind, run.last.serial} - {""}:
            objects[name] = objects.get(name, 0) + 1
        if run.last.protocol:
            protocols[run.last.protocol] = protocols.get(run.last.protocol, 0) + 1
        verdict = run.verdict or UNDECIDED
        verdicts[verdict] = verdicts.get(verdict, 0) + 1
    return Facets(
        dict(sorted(objects.items())),
        dict(sorted(protocols.items())),
        {name: count for name, count in verdicts.items() if count},
    )
