"""What a run is, in a screen: taken from header, records and statistics; no samples are read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from bench.clock import SECOND
from bench.errors import RunFileError, did_you_mean
from bench.messages import Message
from bench.record.layout.contents import CLOSED, RECORDING
from bench.record.port import (
    SCAN,
    Bookmark,
    Ending,
    Event,
    Header,
    Incident,
    Point,
    StepRecord,
)
from bench.record.results import Explanation, read_explanation, read_results
from bench.runs.catalogue.found_runs import BROKEN_OFF
from bench.runs.catalogue.summary import verdict_of
from bench.runs.chain import chain_before
from bench.runs.channel_statistics import ChannelStatistics, statistics_of_group
from bench.runs.chunk_source import ChunkCache
from bench.runs.damage import damage_told
from bench.runs.interruptions import ClockStep, Gap
from bench.runs.part_file import PartFile
from bench.runs.reader import Run


@dataclass(frozen=True)
class PartTold:
    """One file of a run."""

    number: int
    """Which part it is, from 1."""
    path: Path
    """The file."""
    size: int
    """Bytes."""
    state: str
    """``recording``, ``closed`` or ``recovered``."""
    first_s: float
    """When it begins, s after the start."""


@dataclass(frozen=True)
class GroupTold:
    """Channels that are sampled together."""

    name: str
    """Name of the group."""
    channels: int
    """How many."""
    rate_hz: float | None
    """Rows per second; None: each row carries its own time."""
    rows: int
    """Rows in the files and the log."""
    size: int
    """Bytes of its rows as they come, before they are packed."""


@dataclass(frozen=True)
class ChannelTold:
    """One channel and its statistics, in its unit."""

    name: str
    """Dotted name."""
    group: str
    """Group it is sampled with."""
    unit: str
    """Unit of the numbers."""
    statistics: ChannelStatistics
    """Counted while recording."""

    @property
    def bad_share(self) -> float:
        """Share of the samples that are not OK; NaN: there is none."""
        total = self.statistics.count + self.statistics.bad
        return self.statistics.bad / total if total else math.nan


@dataclass(frozen=True)
class Description:
    """What a run is."""

    path: Path
    """The run file; of a run in parts, the first."""
    header: Header
    """What was known when it began, with the identities known since."""
    state: str
    """``recording``, `BROKEN_OFF`, ``recovered``, or how it ended (`Ending.state`)."""
    ending: Ending | None
    """How it ended; None: it goes on, or nobody could say."""
    seconds: float
    """How long it is, s."""
    verdict: str | None
    """``pass``, ``fail`` or ``not shown``, of the stored results; None: there is none."""
    parts: tuple[PartTold, ...]
    """Its files."""
    groups: tuple[GroupTold, ...]
    """Groups of channels, the scan first."""
    gaps: tuple[Gap, ...]
    """Where rows are missing."""
    clock_steps: tuple[ClockStep, ...]
    """Where the wall clock was set."""
    steps: tuple[StepRecord, ...]
    """The steps that have ended."""
    points: tuple[Point, ...]
    """The measured windows."""
    events: tuple[Event, ...]
    """What happened."""
    incidents: tuple[Incident, ...]
    """The windows around what went wrong."""
    bookmark: Bookmark | None
    """Where it was at last; None: nobody said so."""
    before: tuple[str, ...]
    """Files of the runs it goes on from, the first one first."""
    explanation: Explanation | None
    """Why it broke off, as a person says; None: nobody has."""
    channels: tuple[ChannelTold, ...]
    """The channels that were asked for."""
    findings: tuple[Message, ...]
    """What is wrong with the run, though it can be read."""
    samples: int
    """Values in all channels."""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(part.size for part in self.parts)

    @property
    def bytes_per_sample(self) -> float:
        """Bytes in the files per value; NaN: there is none."""
        return self.size / self.samples if self.samples else math.nan

    def after_start(self, time_ns: int) -> float:
        """Return a monotonic time as seconds after the start."""
        return (time_ns - self.header.start_ns) / SECOND


def describe(run: Run, patterns: Sequence[str] = ()) -> Description:
    """Return what a run is.

    Args:
        run: an open run.
        patterns: which channels to tell of: names or patterns with ``*`` and ``?``; none: all.

    Raises:
        RunFileError: the file is damaged, or no channel fits a pattern.
    """
    header = run.header
    names = _chosen(run, patterns)
    is_growing = run.is_growing
    return Description(
        path=run.path,
        header=header,
        state=_state(run, is_growing=is_growing),
        ending=run.ending,
        seconds=_seconds(run),
        verdict=None if is_growing else _verdict(run.parts),
        parts=tuple(_parts(run, header)),
        groups=tuple(_groups(run, header)),
        gaps=run.gaps,
        clock_steps=run.clock_steps,
        steps=run.steps,
        points=run.points,
        events=run.events,
        incidents=run.incidents,
        bookmark=run.bookmark,
        before=chain_before(run.path, header.continues),
        explanation=None if is_growing else read_explanation(run.parts[-1]),
        channels=tuple(_channels(run, names)),
        findings=run.findings,
        samples=sum(
            len(run.channel(name)) * run.channel(name).as_stored.width for name in run.names
        ),
    )


def _state(run: Run, *, is_growing: bool) -> str:
    if run.state == RECORDING:
        return RECORDING if is_growing else BROKEN_OFF
    if run.state == CLOSED and run.ending is not None:
        return run.ending.state
    return run.state


def _seconds(run: Run) -> float:
    start = run.header.start_ns
    if run.ending is not None:
        return (run.ending.end_ns - start) / SECOND
    return (run.timeline[-1] - start) / SECOND if len(run) else 0.0


def _verdict(parts: Iterable[Path]) -> str | None:
    """Return the newest verdict that a part holds."""
    found = [verdict_of(read_results(part)) for part in parts]
    return next((verdict for verdict in reversed(found) if verdict), None)


def _parts(run: Run, header: Header) -> Iterable[PartTold]:
    for path in run.parts:
        part = PartFile(path, ChunkCache(0))
        try:
            with damage_told(path):
                size = path.stat().st_size
            first_s = (part.first_ns - header.start_ns) / SECOND
            yield PartTold(part.number, path, size, part.state, first_s)
        finally:
            part.close()


def _groups(run: Run, header: Header) -> Iterable[GroupTold]:
    intervals = {group.name: group.interval_ns for group in header.groups}
    members: dict[str, list[str]] = {name: [] for name in run.groups}
    for name in run.names:
        members[run.channel(name).group].append(name)
    for name, channels in members.items():
        interval = header.scan_period_ns if name == SCAN else intervals[name]
        rows = len(run.channel(channels[0])) if channels else len(run) if name == SCAN else 0
        stored = [run.channel(channel).as_stored for channel in channels]
        has_quality = bool(channels) and run.channel(channels[0]).rows.has_quality
        row = sum(int(each.dtype[2:]) * each.width + has_quality for each in stored)
        row += 8 if name == SCAN or interval is None else 0  # its time
        rate = float(SECOND / interval) if interval else None
        yield GroupTold(name, len(channels), rate, rows, rows * row)


def _chosen(run: Run, patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the names of channels that fit one of some patterns.

    Raises:
        RunFileError: a pattern fits none.
    """
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in run.names):
            hint = did_you_mean(pattern, run.names)
            raise RunFileError("runs.no-channel", path=run.path, channel=pattern, hint=hint)
    return tuple(
        name
        for name in run.names
        if not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)
    )


def _channels(run: Run, names: Sequence[str]) -> Iterable[ChannelTold]:
    counted: dict[str, tuple[ChannelStatistics, ...]] = {}
    for group in {run.channel(name).group: None for name in names}:
        members = [run.channel(name) for name in run.names if run.channel(name).group == group]
        places, rows = [channel.place for channel in members], members[0].rows
        counted[group] = rows.guard(
            lambda rows=rows, places=places: statistics_of_group(rows, places)
        )
    for name in names:
        channel = run.channel(name)
        yield ChannelTold(
            name, channel.group, channel.unit.text, counted[channel.group][channel.place.position]
        )
