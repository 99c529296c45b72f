"""What the windows know of an open run file; values stay in the file until a plot shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.clock import SECOND
from bench.messages import Bilingual, Message
from bench.record.port import Event, StepRecord
from bench.runs import Run
from gui.state.plots.picture import Mark, MarkKind

MOST_CHANNELS = 20_000
"""Channels that are listed; a list that nobody can read to its end costs memory all the same."""
_ALARMS = ("alarm.came", "alarm.not-to-be-judged")
_NOTE = "control.note"
_LOWEST = 3


@dataclass(frozen=True)
class ChannelEntry:
    """A channel as a list of channels shows it."""

    name: str
    """Dotted name."""
    title: Bilingual
    """What people call it; its name where nobody said."""
    unit: str
    """Unit of screens, as text."""
    group: str
    """Group it is sampled with."""


@dataclass(frozen=True)
class Happening:
    """Something that happened, or lasted, in a run; not yet in a language."""

    kind: MarkKind
    """What it tells of."""
    start_ns: int
    """When it began, monotonic."""
    end_ns: int
    """When it ended, monotonic; the same where it has no length."""
    said: Message | str
    """What people read."""
    priority: int = 0
    """Of an alarm: 1 to 3; else 0."""


@dataclass(frozen=True)
class OpenRun:
    """A run that is open, as it was when it was last looked at."""

    key: str
    """What tells it from other runs of the window."""
    path: Path
    """The run file."""
    title: str
    """What people call it."""
    object: str
    """Kind of test object."""
    serial: str
    """Serial number of the test object."""
    protocol: str
    """Protocol, with its folder."""
    state: str
    """``recording``, ``closed`` or ``recovered``."""
    start_utc_ns: int
    """When it began, ns since 1970-01-01T00:00:00Z."""
    start_ns: int
    """When it began, monotonic: 0 s on its axis."""
    end_ns: int
    """Its last row, monotonic."""
    channels: tuple[ChannelEntry, ...]
    """Its channels, in the order of the file; at most `MOST_CHANNELS`."""
    steps: tuple[StepRecord, ...]
    """The steps that have ended."""
    happened: tuple[Happening, ...]
    """What happened, in the order of time."""
    is_growing: bool
    """Whether it is being recorded at this moment."""
    findings: tuple[Message, ...]
    """What is wrong with it, though it can be read."""

    @property
    def duration(self) -> float:
        """From its begin to its last row, s."""
        return self.seconds(self.end_ns)

    def seconds(self, time_ns: int) -> float:
        """Return a monotonic time on its axis, s since it began."""
        return (time_ns - self.start_ns) / SECOND

    def time_ns(self, seconds: float) -> int:
        """Return the monotonic time of a place on its axis."""
        return self.start_ns + round(seconds * SECOND)

    def marks(self, language: str, offset: float = 0.0) -> tuple[Mark, ...]:
        """Return what happened as marks of an axis.

        Args:
            language: In which the texts are.
            offset: Where on the axis the run begins, s.
        """
        return tuple(
            Mark(
                kind=each.kind,
                start=self.seconds(each.start_ns) + offset,
                end=self.seconds(each.end_ns) + offset,
                text=each.said if isinstance(each.said, str) else each.said.text(language),
                run=self.key,
                priority=each.priority,
            )
            for each in self.happened
        )


def key_of(path: Path) -> str:
    """Return what a run file is called in a window."""
    return path.absolute().as_posix().replace("\n", " ")


def open_run_of(run: Run, key: str, before: OpenRun | None = None) -> OpenRun:
    """Return what a window knows of a run.

    Args:
        run: The run.
        key: What tells it from other runs of the window.
        before: What was known when it was shorter; its list of channels still holds.

    Raises:
        RunFileError: the file is damaged there.
    """
    header = run.header
    listed = run.names[:MOST_CHANNELS]
    entries = before.channels if before else tuple(_entry(run, name) for name in listed)
    end_ns = _end_ns(run, entries, header.start_ns)
    return OpenRun(
        key=key,
        path=run.path,
        title=header.title or run.path.stem,
        object=header.object_kind,
        serial=header.object_serial,
        protocol=header.protocol_name,
        state=run.state,
        start_utc_ns=header.start_utc_ns,
        start_ns=header.start_ns,
        end_ns=header.start_ns if end_ns is None else end_ns,
        channels=entries,
        steps=run.steps,
        happened=tuple(sorted(_happened(run), key=_outer_first)),
        is_growing=run.is_growing,
        findings=(*run.findings, *_findings(run, has_rows=end_ns is not None)),
    )


def _entry(run: Run, name: str) -> ChannelEntry:
    found = run.channel(name)
    title = found.channel.title if found.channel.title.en else Bilingual(name)
    return ChannelEntry(name, title, found.channel.shown_unit.label, found.group)


def _end_ns(run: Run, entries: tuple[ChannelEntry, ...], start_ns: int) -> int | None:
    """Return the time of the last row of all groups; None: there are no rows."""
    first_of = {entry.group: entry.name for entry in reversed(entries)}
    timelines = [run.timeline, *(run.channel(name).rows.timeline for name in first_of.values())]
    last = [each[-1] for each in timelines if len(each)]
    return max((start_ns, *last)) if last else None


def _findings(run: Run, *, has_rows: bool) -> Iterator[Message]:
    if not has_rows:
        yield Message("plot.no-rows")
    if len(run.names) > MOST_CHANNELS:
        yield Message("plot.many-channels", {"count": len(run.names), "shown": MOST_CHANNELS})


def step_title(step: StepRecord, protocol: str) -> str:
    """Return what a step is called in its run: its path without the protocol that all have.

    A called protocol stands in it once: ``start/crank``, not ``start/start/crank``.
    """
    parts = step.path.removeprefix(f"{protocol}/").split("/")
    kept = [part for at, part in enumerate(parts) if at == 0 or part != parts[at - 1]]
    return "/".join(kept) or step.id


def _outer_first(happening: Happening) -> tuple[int, int]:
    """Sort by time; of steps that begin together the one that holds the others comes first."""
    return happening.start_ns, -happening.end_ns


def _happened(run: Run) -> Iterator[Happening]:
    protocol = run.header.protocol_name
    for step in run.steps:
        title = step_title(step, protocol)
        yield Happening(MarkKind.STEP, step.start_ns, step.end_ns, title)
    for event in run.events:
        kind, priority = _kind_of(event)
        yield Happening(kind, event.time_ns, event.time_ns, event.message, priority)
    for each in run.incidents:
        said = Message("plot.incident", {"number": each.number, "first": each.first_out})
        yield Happening(MarkKind.INCIDENT, each.start_ns, each.end_ns, said)
    for gap in run.gaps:
        yield Happening(MarkKind.GAP, gap.start_ns, max(gap.start_ns, gap.end_ns), gap.why)


def _kind_of(event: Event) -> tuple[MarkKind, int]:
    if event.message.id in _ALARMS:
        written = event.message.arguments.get("priority")
        known = isinstance(written, int) and 1 <= written <= _LOWEST
        return MarkKind.ALARM, written if known and isinstance(written, int) else _LOWEST
    if event.message.id == _NOTE:
        return MarkKind.NOTE, 0
    return MarkKind.EVENT, 0
