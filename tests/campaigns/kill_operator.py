"""Who serves a bench whose server is killed again and again: explains, resets, goes on.

One *life* of a server begins with its start and ends with its kill, at a moment drawn before.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from bench.clock import MILLISECOND, SECOND
from bench.control.states import State
from bench.messages import Message
from bench.record.port import WATCHED
from bench.service.client import RemoteBench
from bench.service.port import BenchState, Reply
from bench.service.requests import Begin, Explain, Request, Reset, StopNow, TakeControl
from tests.campaigns.kill_site import CLOCK, PROTOCOL, WAIT, Killed, Site, Stuck, wait_a_little

PAUSE = 300 * MILLISECOND
"""Time between two requests."""
_STEP = 110 * MILLISECOND
"""Longest time a look at the news takes."""


class Moment(Enum):
    """When a server is killed."""

    STARTING = "starting"
    """While it starts, recovers the last file, and opens its links."""
    WATCHING = "watching"
    """While the chain is reset, the run is explained, and preparing begins."""
    BEGINNING = "beginning"
    """As a run begins: the file before is sealed, the first bookmarks are written."""
    RE_ENTRY = "re-entry"
    """While the object is brought back to where it was."""
    SEQUENCE = "sequence"
    """Within the sequence."""
    STOPPING = "stopping"
    """Within a safe sequence, or while its file is closed."""


LONGEST: dict[Moment, float] = {
    Moment.STARTING: 5.0,
    Moment.WATCHING: 3.0,
    Moment.BEGINNING: 2.0,
    Moment.RE_ENTRY: 4.0,
    Moment.SEQUENCE: 12.0,
    Moment.STOPPING: 4.0,
}
"""Longest time between the begin of a moment and the kill, s."""
_WEIGHTS = {
    Moment.STARTING: 3,
    Moment.WATCHING: 2,
    Moment.BEGINNING: 4,
    Moment.RE_ENTRY: 4,
    Moment.SEQUENCE: 12,
    Moment.STOPPING: 1,
}


@dataclass
class Life:
    """What happened between the start of a server and its kill; times in s of UTC."""

    number: int
    moment: Moment
    delay: float
    """Between the begin of that moment and the kill, s."""
    with_sealers: bool
    begun: float = 0.0
    served: float = 0.0
    """When it let a client in; 0: never."""
    accepted: float = 0.0
    """When it accepted to run; 0: never."""
    running: float = 0.0
    """When its sequence went on; 0: never."""
    file: str = ""
    """The newest run file it showed."""
    refusals: list[Message] = field(default_factory=list[Message])
    """Why it refused to go on, or to begin."""
    ended: list[str] = field(default_factory=list[str])
    """Runs that ended before the kill, and how."""
    killed: Killed = field(default_factory=lambda: Killed(0.0, 0.0))


def drawn(number: int, draw: random.Random, moments: Sequence[Moment] = ()) -> Life:
    """Return a life that has not begun, its moment drawn."""
    chosen = list(_WEIGHTS) if not moments else list(moments)
    moment = draw.choices(chosen, [_WEIGHTS[each] for each in chosen])[0]
    delay = draw.uniform(0.0, LONGEST[moment])
    return Life(number, moment, delay, with_sealers=draw.random() < 0.5)


class Operator:
    """Lives through one life of a server."""

    def __init__(self, site: Site, life: Life) -> None:
        self._site = site
        self._life = life
        self._bench: RemoteBench | None = None
        self._due: int | None = None
        self._next = 0
        self._is_new = False
        self._is_stopped = False
        self._accepted = False

    def live(self) -> None:
        """Start the server, do what it needs, and kill it when it is time.

        Raises:
            Stuck: its moment did not come.
        """
        site, life = self._site, self._life
        begin = CLOCK.now()
        life.begun = CLOCK.utc() / SECOND
        site.serve()
        self._come(Moment.STARTING)
        try:
            while not self._is_time():
                if CLOCK.now() > begin + WAIT:
                    state = None if self._bench is None else self._bench.state()
                    raise Stuck("its moment did not come", life, _shown(state), site.said())
                self._look()
            CLOCK.wait_until(self._due or 0)
            life.killed = site.kill(with_sealers=life.with_sealers)
        finally:
            if self._bench is not None:
                self._bench.close()

    def _come(self, moment: Moment) -> None:
        if self._life.moment is moment and self._due is None:
            self._due = CLOCK.now() + round(self._life.delay * SECOND)

    def _is_time(self) -> bool:
        return self._due is not None and CLOCK.now() >= self._due - _STEP

    def _look(self) -> None:
        bench, life = self._bench, self._life
        if bench is None:
            self._bench = self._site.connect()
            if self._bench is None:
                wait_a_little()
            else:
                life.served = CLOCK.utc() / SECOND
            return
        bench.step()
        state = bench.state()
        life.file = "" if state.file is None else state.file.name
        if state.phase == "sequence" and not life.running:
            life.running = CLOCK.utc() / SECOND
        self._note(state)
        if CLOCK.now() >= self._next:
            self._next = CLOCK.now() + PAUSE
            self._act(bench, state)

    def _note(self, state: BenchState) -> None:
        self._come(Moment.WATCHING)
        if self._life.accepted:
            self._come(Moment.BEGINNING)
        if state.phase == "re-entry":
            self._come(Moment.RE_ENTRY)
        if state.phase == "sequence":
            self._come(Moment.SEQUENCE)
            self._come(Moment.RE_ENTRY)  # it began anew, or needed none
        if self._is_stopped:
            self._come(Moment.STOPPING)

    def _act(self, bench: RemoteBench, state: BenchState) -> None:
        if not state.control:
            bench.request(TakeControl())
        elif state.unexplained:
            bench.request(Explain("killed by a campaign", "campaign"))
        elif state.state is State.TRIPPED:
            self._site.turn_key()
            bench.request(Reset())
        elif state.state is State.SAFE and not self._is_stopped:
            bench.request(Reset())
        elif state.state is State.MONITOR and self._is_free(state):
            self._begin(bench)
        elif state.phase == "sequence" and self._life.moment is Moment.STOPPING:
            self._is_stopped |= bench.request(StopNow(is_hard=self._life.delay < 2)).is_accepted

    def _is_free(self, state: BenchState) -> bool:
        """Whether a run is to be begun; one that has ended by itself is told of."""
        if self._accepted and state.last_file is not None and state.protocol == WATCHED:
            self._life.ended.append(f"{state.last_file.name} {state.last_ending}")
            self._accepted, self._is_new = False, True
        return not self._accepted and not self._is_stopped

    def _begin(self, bench: RemoteBench) -> None:
        reply = self._asked(bench, Begin(str(PROTOCOL), is_resumed=not self._is_new))
        if reply.is_accepted:
            self._accepted = True
            self._life.accepted = CLOCK.utc() / SECOND
        elif reply.reason is not None and reply.reason.id in AGAIN:
            pass
        else:
            self._is_new = True

    def _asked(self, bench: RemoteBench, request: Request) -> Reply:
        reply = bench.request(request, patience=30 * SECOND)
        if not reply.is_accepted and reply.reason is not None:
            self._life.refusals.append(reply.reason)
        return reply


def _shown(state: BenchState | None) -> str:
    if state is None:
        return "no server"
    return f"{state.state.value} {state.phase} {state.position.id} {', '.join(state.alarms)}"


AGAIN = frozenset(
    {
        "serve.not-in-monitor",
        "serve.unexplained",
        "serve.busy",
        "control.limits-forbid",
        "control.not-connected",
    }
)
"""Refusals that time ends."""
