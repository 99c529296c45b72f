"""Events of a run that belong into the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from bench.messages import Message
from bench.record.port import Event
from bench.runs import Run
from protocols.campaign.notes import note_of
from protocols.campaign.part_results import Happening, message

SERVICE: Final = "service"
"""Source of events that tell what was done at a planned stop."""
STOPPING: Final = frozenset({"unload", "soft-stop", "hard-stop"})
"""Reactions that end the running: trips."""
INSTRUMENT_ACTIONS: Final = frozenset({"zero", "span"})
"""Actions that adjust an instrument."""
ENDINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "completed": "", "planned-stop": "planned-stop", "limit": "trip", "operator": "stop",
        "stopped": "stop", "error": "stop", "refused": "", "open": "power-cut",
    }
)  # fmt: skip
"""How a run ended → kind of event; empty: none."""


def happenings_in(run: Run, begin_ns: int, end_ns: int) -> Iterator[Happening]:
    """Yield what happened from `begin_ns` up to before `end_ns`.

    Raises:
        RunFileError: the file is damaged there.
    """
    for event in run.events:
        if begin_ns <= event.time_ns < end_ns:
            yield from _of_event(run, event)
    for incident in run.incidents:
        if begin_ns <= incident.at_ns < end_ns and incident.reaction in STOPPING:
            told = {"alarm": incident.first_out, "reaction": incident.reaction}
            yield Happening(incident.at_ns, "trip", Message("campaign.trip", told), incident.alarms)
    for gap in run.gaps:
        if begin_ns <= gap.start_ns < end_ns:
            seconds = f"{(gap.end_ns - gap.start_ns) / 1e9:.0f} s"
            told = {"why": message(gap.why), "seconds": seconds}
            yield Happening(gap.start_ns, "gap", Message("campaign.gap", told))


def _of_event(run: Run, event: Event) -> Iterator[Happening]:
    said = event.message
    if event.source == SERVICE:
        service = str(said.arguments.get("service", said.text()))
        yield Happening(event.time_ns, "service", said, (service,))
    elif said.id == "control.note":
        note = note_of(str(said.arguments.get("text", "")), run.names)
        if note is not None:
            yield Happening(event.time_ns, note.kind, note.text, note.channels)
    elif said.id == "control.action-done":
        action = str(said.arguments.get("action", ""))
        if action in INSTRUMENT_ACTIONS:
            yield Happening(event.time_ns, "zero", said)


def ending_of(run: Run, explanation: str = "") -> Happening | None:
    """Return how a run ended as an event; None: it was completed, or its incident says it.

    Args:
        run: the run.
        explanation: why it broke off, as a person says; it is read as a note is.
    """
    ending = run.ending
    state = "open" if ending is None else ending.state
    kind = ENDINGS.get(state, "stop")
    if not kind or not len(run) or (state == "limit" and _was_tripped(run)):
        return None
    at = run.timeline[-1] if ending is None else ending.end_ns
    why = Message(f"run.ended-{state}") if ending is None or not ending.message else ending.message
    if not explanation:
        return Happening(at, kind, why)
    told = Message("campaign.explained", {"how": why, "why": explanation})
    return Happening(at, kind, told)


def explained(run: Run, explanation: str) -> Happening | None:
    """Return what the explanation of a run says to the campaign, as a note does."""
    note = note_of(explanation, run.names)
    if note is None or not len(run):
        return None
    return Happening(run.timeline[-1], note.kind, note.text, note.channels)


def _was_tripped(run: Run) -> bool:
    return any(each.reaction in STOPPING for each in run.incidents)
