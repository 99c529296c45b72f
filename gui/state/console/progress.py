"""How far a sequence is: step, criteria, what comes next, what is left, what is counted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bench.control.states import ACTUATING, State
from bench.messages import Bilingual
from bench.service.port import CriterionShown
from gui.state.console.verbs import LADDER
from gui.state.session import Session

CHAIN = ("ramp", "stabilise", "measure")
"""Kinds of steps that make a measured point, in their order."""


class Stand(Enum):
    """How far a part of a point is."""

    DONE = "done"
    NOW = "now"
    AHEAD = "ahead"


@dataclass(frozen=True)
class ProgressState:
    """How far a sequence is."""

    is_running: bool = False
    """Whether one runs, or is held."""
    phase: str = ""
    """Which."""
    number: int = 0
    """Place of the step, from 1; 0: not known."""
    count: int = 0
    """How many steps there are."""
    step: str = ""
    """Step id."""
    kind: str = ""
    """Kind of step."""
    title: Bilingual = Bilingual("")  # noqa: RUF009 - it is frozen
    """What people call it."""
    doing: str = ""
    """What the step is doing."""
    chain: tuple[tuple[str, Stand], ...] = ()
    """Parts of a measured point; empty: the step is none of them."""
    share: float = 0.0
    """Share of the step's expected time that is over, 0 to 1."""
    criteria: tuple[CriterionShown, ...] = ()
    """Of a step that waits until channels are steady."""
    next_title: Bilingual | None = None
    """The step after it; None: none."""
    next_expected: float = 0.0
    """How long that takes, s."""
    elapsed: float = 0.0
    """Time since the start of the run, s."""
    remaining: float = 0.0
    """Time expected to be left, s."""
    turns: tuple[tuple[int, int], ...] = ()
    """(turn, of) of the loops around the step, the outermost last."""
    to_safe: tuple[tuple[str, float], ...] = ()
    """Stop → time until the object is safe, s."""
    counters: tuple[tuple[Bilingual, str], ...] = ()
    """What people call a counter, and its count."""


def progress_of(session: Session) -> ProgressState:
    """Return how far the sequence is; without one: counters and times to safe alone."""
    bench, position = session.bench, session.bench.position
    still = ProgressState(to_safe=_to_safe(session), counters=_counters(session))
    if not bench.phase or bench.state not in ACTUATING:
        return still
    share = position.elapsed / position.expected if position.expected > 0 else 0.0
    return ProgressState(
        is_running=True,
        phase=bench.phase,
        number=bench.step_number,
        count=bench.step_count,
        step=position.id,
        kind=position.kind,
        title=position.title if position.title.en else Bilingual(position.id),
        doing=position.phase,
        chain=chain_of(position.kind),
        share=min(max(share, 0.0), 1.0),
        criteria=bench.criteria,
        next_title=bench.next_title,
        next_expected=bench.next_expected,
        elapsed=bench.elapsed,
        remaining=bench.remaining,
        turns=position.turns,
        to_safe=still.to_safe,
        counters=still.counters,
    )


def chain_of(kind: str) -> tuple[tuple[str, Stand], ...]:
    """Return how far each part of a measured point is while a step of this kind runs."""
    if kind not in CHAIN:
        return ()
    now = CHAIN.index(kind)
    stands = (Stand.DONE, Stand.NOW, Stand.AHEAD)
    return tuple(
        (each, stands[(place > now) - (place < now) + 1]) for place, each in enumerate(CHAIN)
    )


def _to_safe(session: Session) -> tuple[tuple[str, float], ...]:
    """Return stop → time to safe; while one runs: of it and of those that may pre-empt it."""
    bench = session.bench
    is_stopping = bench.state in (State.STOPPING, State.TRIPPED) and bench.phase in LADDER
    least = LADDER.index(bench.phase) if is_stopping else 0
    return tuple((stop, time) for stop, time in bench.stops.items() if stop not in LADDER[:least])


def _counters(session: Session) -> tuple[tuple[Bilingual, str], ...]:
    titles = session.bench.counter_titles
    return tuple(
        (title if (title := titles.get(name, Bilingual(name))).en else Bilingual(name), text)
        for name, text in session.bench.counters.items()
    )
