"""The client of a bench server: hands a run over and follows it, or looks on.

What is followed goes on without us: detaching, a terminal that closes and a client that is killed
stop nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bench.clock import SECOND, Clock
from bench.errors import Refused, RunFailed
from bench.messages import Message
from bench.record.port import Ending
from bench.service.client import RemoteBench
from bench.service.interrupts import KEYED_SIGNALS, interrupts_counted
from bench.service.port import Attention, BenchState, Reply
from bench.service.requests import (
    Acknowledge,
    Begin,
    HandOver,
    Hold,
    Request,
    Resume,
    Silence,
    TakeControl,
)
from protocols.execution import Finished, read
from protocols.following import Follower, Manner, Progress
from protocols.keyboard import keyboard

PREPARING = 120 * SECOND
"""How long a server may take to check and prepare a run."""
JUDGING = 600 * SECOND
"""How long a verdict is waited for."""
LOST = 20 * SECOND
"""How long a server may be away before we say so."""
STALE = 1.5
"""Silence of a server after which its state is said to be old, s; it tells 25 times a second."""
KEYS: Mapping[str, Request] = {
    "h": Hold(),
    "r": Resume(),
    "a": Acknowledge(),
    "m": Silence(),
}
"""Key → what it asks of the server."""


@dataclass(frozen=True)
class Handed:
    """What became of a run that was handed over."""

    finished: Finished | None
    """The run, once it has ended; None: we detached from it."""
    path: Path | None
    """Its run file."""


class ServedRun:
    """One run on a server, or all that it does, as a bench that is followed."""

    def __init__(self, bench: RemoteBench, clock: Clock, file: Path | None) -> None:
        """Follow the run of a file to its end; None: whatever the server does, for ever."""
        self.file = file
        self.judged: Message | None = None
        """What the server says of the verdict."""
        self._bench = bench
        self._clock = clock
        self._seen = clock.now()

    @property
    def attention(self) -> Attention:
        """Whether the run waits for a person."""
        return self._bench.attention

    @property
    def is_finished(self) -> bool:
        """Whether the run is over and its file about to be closed."""
        state = self._bench.state()
        return self.file is not None and self.file not in {state.file, None}

    @property
    def has_begun(self) -> bool:
        """Whether anything has been demanded of the object."""
        return self._bench.has_begun

    @property
    def elapsed(self) -> float:
        """Time since the start of the run, s."""
        return self._bench.elapsed

    def step(self) -> None:
        """Wait for news, at most 0.1 s.

        Raises:
            RunFailed: the server is gone.
        """
        self._bench.step()
        now = self._clock.now()
        if self._bench.is_connected:
            self._seen = now
        elif now - self._seen > LOST:
            raise RunFailed("serve.lost", seconds=f"{LOST / SECOND:g}")
        for event in self._bench.events():
            if self.file is not None and event.message.id in _VERDICTS:
                is_ours = event.message.arguments.get("file") == self.file.name
                self.judged = event.message if is_ours else self.judged

    def request(self, request: Request) -> Reply:
        """Ask the server for something."""
        return self._bench.request(request)

    def state(self) -> BenchState:
        """Return the newest state, and since when it is old."""
        silence = (self._clock.now() - self._seen) / SECOND
        return replace(self._bench.state(), silent_for=silence if silence > STALE else 0.0)


_VERDICTS = frozenset(
    {
        "serve.judged-pass",
        "serve.judged-fail",
        "serve.judged-not-shown",
        "serve.judged-broken-off",
        "serve.not-judged",
        "serve.judging-too-long",
    }
)


def hand_over(
    bench: RemoteBench,
    begin: Begin,
    progress: Progress,
    *,
    wall: Clock,
    is_attended: bool,
    has_keys: bool,
) -> Handed:
    """Have a server run a protocol, follow it, and return what it showed.

    Raises:
        Refused: the server does not begin it; nothing moved.
        RunFailed: the server is gone.
    """
    is_taken = _take_control(bench)
    before = bench.state().file
    reply = bench.request(begin, patience=PREPARING)
    if not reply.is_accepted:
        if is_taken:
            bench.request(HandOver())
        raise _refused(reply)
    with interrupts_counted(KEYED_SIGNALS) as interrupts:
        run = ServedRun(bench, wall, None)
        while bench.state().file == before:
            run.step()
        run.file = bench.state().file
        manner = manner_of(begin.operator, is_attended=is_attended)
        with keyboard(is_wanted=has_keys) as keys:
            follower = Follower(
                run, progress, manner, wall=wall, interrupts=interrupts, keyboard=keys
            )
            follower.follow()
        if follower.is_detached or run.file is None:
            return Handed(None, run.file)
        finished = _ended(run, wall)
    if is_taken:
        bench.request(HandOver())
    return Handed(finished, run.file)


def look_on(bench: RemoteBench, progress: Progress, *, wall: Clock, has_keys: bool) -> None:
    """Follow whatever a server does until somebody detaches.

    Raises:
        RunFailed: the server is gone.
    """
    manner = manner_of("", is_attended=has_keys)
    with interrupts_counted(KEYED_SIGNALS) as interrupts, keyboard(is_wanted=has_keys) as keys:
        run = ServedRun(bench, wall, None)
        Follower(run, progress, manner, wall=wall, interrupts=interrupts, keyboard=keys).follow()


def manner_of(operator: str, *, is_attended: bool) -> Manner:
    """Return how a run on a server is followed."""
    return Manner(
        operator=operator,
        is_attended=is_attended,
        keys=Message("serve.keys"),
        does=KEYS,
        is_guest=True,
    )


def _take_control(bench: RemoteBench) -> bool:
    """Take control where nobody holds it; return whether we did."""
    if bench.state().control:
        return False
    reply = bench.request(TakeControl())
    if not reply.is_accepted:
        raise _refused(reply)
    return True


def _refused(reply: Reply) -> Refused:
    reason = reply.reason or Message("serve.refused")
    return Refused(reason.id, **reason.arguments)


def _ended(run: ServedRun, wall: Clock) -> Finished:
    """Wait for the verdict of a run that is over, and return the run."""
    state = run.state()
    file = run.file
    if file is None:
        raise Refused("serve.refused")
    due = wall.now() + JUDGING
    is_judged = state.last_file == file and state.last_ending != "refused"
    while is_judged and run.judged is None and wall.now() < due:
        run.step()
    if state.last_file != file:
        return read(file)
    ending = Ending(state.last_ending, state.last_reason, 0)
    found = read(file) if is_judged else Finished(file, ending, None)
    return Finished(file, ending, found.results)
