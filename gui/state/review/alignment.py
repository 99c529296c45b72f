"""Where several runs lie on one axis of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from bench.clock import SECOND
from bench.messages import Message
from gui.state.plots.open_run import Happening, OpenRun
from gui.state.plots.picture import MarkKind

_TELLING = ("id", "alarm", "channel", "name", "limit", "to", "after")
"""Blanks of an event's sentence that tell one event from others of its kind."""


class By(Enum):
    """What of each run lies at one place of the axis."""

    START = "start"
    """Its begin."""
    CLOCK = "clock"
    """The time of day: runs of one campaign follow one another, with gaps between."""
    STEP = "step"
    """The begin of a step."""
    EVENT = "event"
    """An event."""


@dataclass(frozen=True)
class Alignment:
    """What of each run lies at one place of the axis."""

    by: By = By.START
    """What sort of moment."""
    of: str = ""
    """Id of the step, or key of the event (`event_key`)."""


@dataclass(frozen=True)
class Placed:
    """Where runs lie on the axis."""

    offsets: Mapping[str, float]
    """Run → where it begins on the axis, s."""
    lacking: tuple[str, ...] = ()
    """Runs that have no such step or event: they begin at 0."""


def placed(runs: Sequence[OpenRun], alignment: Alignment) -> Placed:
    """Return where runs lie on the axis.

    By start and by clock the axis begins with a run; by step and event 0 s is that moment.
    """
    if alignment.by is By.CLOCK:
        first = min((run.start_utc_ns for run in runs), default=0)
        return Placed({run.key: (run.start_utc_ns - first) / SECOND for run in runs})
    if alignment.by is By.START:
        return Placed({run.key: 0.0 for run in runs})
    moments = {run.key: _moment(run, alignment) for run in runs}
    return Placed(
        {key: 0.0 if at is None else -at for key, at in moments.items()},
        tuple(key for key, at in moments.items() if at is None),
    )


def zero_utc_ns(runs: Sequence[OpenRun]) -> int:
    """Return the time of day at 0 s of the axis where runs are aligned by clock."""
    return min((run.start_utc_ns for run in runs), default=0)


def window_of(runs: Iterable[OpenRun], offsets: Mapping[str, float]) -> tuple[float, float]:
    """Return the window of time that holds all runs, s; 0 to 1 where there are none."""
    starts = [(offsets.get(run.key, 0.0), run.duration) for run in runs]
    if not starts:
        return 0.0, 1.0
    begin = min(offset for offset, _ in starts)
    return begin, max(begin + 1e-3, *(offset + length for offset, length in starts))


def steps_to_choose(runs: Iterable[OpenRun]) -> tuple[str, ...]:
    """Return the ids of steps that a run has, in the order of time, each once."""
    return tuple(dict.fromkeys(step.id for run in runs for step in run.steps))


def events_to_choose(runs: Iterable[OpenRun]) -> Mapping[str, Message | str]:
    """Return key → what is said, of events that a run has, each key once."""
    found: dict[str, Message | str] = {}
    for run in runs:
        for each in run.happened:
            if each.kind not in {MarkKind.STEP, MarkKind.GAP}:
                found.setdefault(event_key(each), each.said)
    return found


def event_key(happening: Happening) -> str:
    """Return what is the same of one event in several runs: its sentence, and what it is about."""
    said = happening.said
    if isinstance(said, str):
        return said
    about = [str(said.arguments[name]) for name in _TELLING if name in said.arguments]
    return " ".join((said.id, *about))


def _moment(run: OpenRun, alignment: Alignment) -> float | None:
    """Return when it was the first time, s since the run began; None: never."""
    if alignment.by is By.STEP:
        begun = [step.start_ns for step in run.steps if step.id == alignment.of]
    else:
        begun = [
            each.start_ns
            for each in run.happened
            if each.kind not in {MarkKind.STEP, MarkKind.GAP} and event_key(each) == alignment.of
        ]
    return run.seconds(min(begun)) if begun else None
