"""Which orders make sense now, and what the state display says; the server has the last word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from bench.control.states import State
from bench.messages import Bilingual, Message
from bench.service.port import Attention, BenchState
from bench.service.requests import (
    GoOn,
    HandOver,
    Hold,
    Request,
    Reset,
    Resume,
    StopNow,
    TakeControl,
)
from gui.state.console.contact import Contact, contact_of
from gui.state.session import Session


class Verb(Enum):
    """What an operator may order with one button."""

    HOLD = "hold"
    RESUME = "resume"
    GO_ON = "go-on"
    SOFT_STOP = "soft-stop"
    HARD_STOP = "hard-stop"
    PEOPLE_FIRST = "people-first"
    TAKE_CONTROL = "take-control"
    GIVE_CONTROL = "give-control"
    RESET = "reset"


RUNS = frozenset({State.MANUAL, State.AUTOMATIC, State.HOLDING})
"""States in which a run has the bench."""
RESTS = frozenset({State.MONITOR, State.READY, State.SAFE})
"""States in which a person may have the object made safe."""
LADDER = ("soft-stop", "hard-stop", "people-first")
"""Stops; a later one pre-empts an earlier one."""


@dataclass(frozen=True)
class VerbsState:
    """What the state display says, and which orders make sense."""

    state: State = State.OFF
    """State of the bench."""
    phase: str = ""
    """Which sequence runs."""
    kind: str = ""
    """Kind of the running step."""
    detail: str = ""
    """What the step is doing; of a hold: ``entering``, ``held``, ``exiting``."""
    step: Bilingual = Bilingual("")  # noqa: RUF009 - it is frozen
    """What people call the running step."""
    elapsed: float = 0.0
    """Time in the step, s."""
    expected: float = 0.0
    """Time it is expected to take, s; 0: not known."""
    countdown: float | None = None
    """Time until the object is safe, s; None: nothing makes it safe."""
    attention: Attention = Attention.NONE
    """Whether the run waits for a person."""
    reasons: tuple[tuple[Verb, Message], ...] = ()
    """Orders that make no sense now, and why."""
    has_people_first: bool = False
    """Whether the object has such a stop."""
    costs: Bilingual | None = None
    """What that costs."""
    to_safe: tuple[tuple[str, float], ...] = ()
    """Stop → time until the object is safe, s."""
    contact: Contact = Contact.GONE
    """How the server is heard."""

    @property
    def enabled(self) -> frozenset[Verb]:
        """Orders that make sense now."""
        return frozenset(Verb) - {verb for verb, _ in self.reasons}


def verbs_of(session: Session) -> VerbsState:
    """Return what the state display says, and which orders make sense."""
    bench, position = session.bench, session.bench.position
    is_stopping = bench.phase in LADDER and bench.state in (State.STOPPING, State.TRIPPED)
    reasons = refusals(bench, client=session.client, is_connected=session.is_connected)
    return VerbsState(
        state=bench.state,
        phase=bench.phase,
        kind=position.kind,
        detail=position.phase,
        step=position.title if position.title.en else Bilingual(position.id),
        elapsed=position.elapsed,
        expected=position.expected,
        countdown=bench.stops.get(bench.phase) if is_stopping else None,
        attention=bench.attention,
        reasons=tuple(reasons.items()),
        has_people_first=bench.costs is not None,
        costs=bench.costs,
        to_safe=tuple(bench.stops.items()),
        contact=contact_of(session),
    )


def refusals(bench: BenchState, *, client: str, is_connected: bool) -> dict[Verb, Message]:
    """Return the orders that make no sense now, and why.

    What only the server can know (whether who held the sequence may let it go on) is not refused.

    Args:
        bench: What the bench is doing.
        client: Our name.
        is_connected: Whether there is a server.
    """
    if not is_connected:
        return dict.fromkeys(Verb, Message("operate.gone"))
    found = _of_run(bench) | _of_stops(bench) | _of_control(bench, client)
    if bench.control != client:
        for verb in (Verb.GO_ON, Verb.RESET):
            found.setdefault(verb, Message("operate.why-control"))
    return found


def request_of(verb: Verb, bench: BenchState, client: str) -> Request:
    """Return what is asked of the server.

    Control that somebody else holds is given to us where that client is gone; else it is refused
    in words.
    """
    if verb is Verb.TAKE_CONTROL:
        return HandOver(client) if bench.control else TakeControl()
    return _REQUESTS[verb]


_REQUESTS: Mapping[Verb, Request] = MappingProxyType(
    {
        Verb.HOLD: Hold(),
        Verb.RESUME: Resume(),
        Verb.GO_ON: GoOn(),
        Verb.SOFT_STOP: StopNow(),
        Verb.HARD_STOP: StopNow(is_hard=True),
        Verb.PEOPLE_FIRST: StopNow(is_hard=True, is_people_first=True),
        Verb.GIVE_CONTROL: HandOver(),
        Verb.RESET: Reset(),
    }
)


def _of_run(bench: BenchState) -> dict[Verb, Message]:
    found: dict[Verb, Message] = {}
    is_leaving = bench.position.phase == "exiting"
    may_hold = bench.state is State.AUTOMATIC or (bench.state is State.HOLDING and is_leaving)
    if not may_hold:
        found[Verb.HOLD] = Message("operate.why-nothing-to-hold")
    if bench.state is not State.HOLDING or is_leaving:
        found[Verb.RESUME] = Message("operate.why-not-held")
    if bench.state is not State.AUTOMATIC or not bench.position.is_skippable:
        found[Verb.GO_ON] = Message("operate.why-not-skippable")
    if bench.state not in (State.SAFE, State.TRIPPED):
        found[Verb.RESET] = Message("operate.why-nothing-to-reset")
    return found


def _of_stops(bench: BenchState) -> dict[Verb, Message]:
    """Return the stops that lead nowhere: a higher one pre-empts a lower one, never back."""
    found: dict[Verb, Message] = {}
    running = LADDER.index(bench.phase) if bench.phase in LADDER else -1
    for rank, verb in enumerate((Verb.SOFT_STOP, Verb.HARD_STOP, Verb.PEOPLE_FIRST)):
        if bench.state is State.OFF:
            found[verb] = Message("operate.why-off")
        elif bench.state is State.TRIPPED and verb is not Verb.HARD_STOP:
            found[verb] = Message("operate.why-tripped")
        elif bench.state in (State.STOPPING, State.TRIPPED) and rank <= running:
            found[verb] = Message("operate.why-stopping")
    if bench.costs is None:
        found[Verb.PEOPLE_FIRST] = Message("operate.why-no-people-first")
    return found


def _of_control(bench: BenchState, client: str) -> dict[Verb, Message]:
    if bench.control == client:
        return {Verb.TAKE_CONTROL: Message("operate.why-have-control")}
    return {Verb.GIVE_CONTROL: Message("operate.why-not-ours")}
