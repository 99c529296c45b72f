"""The client of a run that this process hosts: shows it, asks the operator, stops it when told to.

It knows the bench by its port alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bench.clock import MILLISECOND, Clock
from bench.errors import Refused
from bench.messages import Message
from bench.service.interrupts import Interrupts
from bench.service.port import Attention, BenchPort, BenchState, Reply
from bench.service.requests import Answer, Request, Resume, StopNow
from protocols.desk import Desk, Entry, Lines, Typist
from protocols.keyboard import Keyboard

PAINT = 100 * MILLISECOND
"""Shortest time between two progress pictures."""
NO = frozenset({"n", "no", "否", "不"})
"""Answers that mean no; all others mean yes."""


class Progress(Protocol):
    """Shows how a run is getting on."""

    def show(self, state: BenchState, entry: Entry | None = None) -> None:
        """Show a state, and what is typed where there are keys."""
        ...

    def ask(self, state: BenchState) -> None:
        """Show a question."""
        ...


class HostedBench(BenchPort, Protocol):
    """A bench whose scans this process does."""

    def step(self) -> None:
        """Do one scan."""
        ...


@dataclass(frozen=True)
class Manner:
    """How a bench is followed."""

    operator: str = ""
    """Who answers, notes and takes snapshots."""
    is_attended: bool = False
    """Whether somebody is there to answer; else prompts are confirmed, and a sequence that is
    held for a look is stopped softly."""
    scans_between_looks: int = 1
    """Scans between two looks at the wall clock and at the keys."""
    keys: Message = Message("keys.run")  # noqa: RUF009 - it is frozen
    """What the keys do."""
    soft: Request = StopNow(needs_run=True)  # noqa: RUF009 - it is frozen
    """What the first wish to stop asks of the bench."""
    hard: Request = StopNow(is_hard=True, needs_run=True)  # noqa: RUF009 - it is frozen
    """What the second one asks."""
    seconds: float = math.inf
    """Time of the bench after which it is stopped, s."""
    does: Mapping[str, Request] = field(default_factory=dict[str, Request])
    """Key → what it asks of the bench."""
    is_guest: bool = False
    """Whether the bench goes on without us: a key detaches, what is not ours to answer waits for
    others, and a wish to stop where nothing runs detaches as well."""


class Follower:
    """Follows one run to its end."""

    def __init__(
        self,
        bench: HostedBench,
        progress: Progress,
        manner: Manner,
        *,
        wall: Clock,
        interrupts: Interrupts,
        keyboard: Keyboard | None = None,
    ) -> None:
        """Take what it works with.

        Args:
            bench: The run.
            progress: Where it is shown.
            manner: How it is followed.
            wall: The time of the person who watches.
            interrupts: How often the run was asked to stop.
            keyboard: The keys of the terminal; None: answers come as whole lines.
        """
        self._bench = bench
        self._progress = progress
        self._manner = manner
        self._wall = wall
        self._interrupts = interrupts
        self._desk: Desk | None = None
        self._typist: Typist = Lines()
        if keyboard is not None:
            self._desk = Desk(
                bench,
                keyboard,
                wall=wall,
                operator=manner.operator,
                keys=manner.keys,
                does=manner.does,
            )
            self._typist = self._desk
        self.is_detached = False
        """Whether we left, and the run goes on."""
        self._asked = Attention.NONE
        self._told = 0
        self._is_over = False
        self._painted = 0

    def follow(self) -> None:
        """Step the bench until the run is over, or we detach.

        Raises:
            Refused: stopped before anything moved.
        """
        scans = 0
        while not (self._bench.is_finished or self.is_detached):
            self._bench.step()
            scans += 1
            self._heed_wishes_to_stop()
            self._attend(self._bench.attention)
            if scans % self._manner.scans_between_looks == 0:
                self._look()
        self._progress.show(self._bench.state())

    def _heed_wishes_to_stop(self) -> None:
        if self._interrupts.count > self._told:
            self._told = self._interrupts.count
            self._stop(is_hard=self._told > 1)
        elif not self._is_over and self._bench.elapsed >= self._manner.seconds:
            self._is_over = True
            self._stop(is_hard=False)

    def _look(self) -> None:
        if self._desk is not None:
            self._desk.look()
            if self._desk.has_asked_to_stop and not self._interrupts.count:
                self._interrupts.count = 1  # Ctrl-C after it is the second wish: hard
            self.is_detached |= self._manner.is_guest and self._desk.has_asked_to_detach
        self._paint()

    def _stop(self, *, is_hard: bool) -> None:
        """Stop by the safe sequence; a bench that moves nothing yet is simply left."""
        reply = self._bench.request(self._manner.hard if is_hard else self._manner.soft)
        if not reply.is_accepted and self._manner.is_guest:
            self.is_detached |= not self._bench.has_begun
        elif not reply.is_accepted and not self._bench.has_begun:
            raise Refused("run.left-before-start")

    def _attend(self, attention: Attention) -> None:
        if attention is Attention.NONE:
            if self._asked is not attention:
                self._typist.withdraw()
            self._asked = attention
        elif self._manner.is_guest and self._leaves_it(attention):
            pass
        elif not self._manner.is_attended:
            self._reply(attention, is_yes=attention is Attention.QUESTION)
        elif attention is not self._asked:
            self._asked = attention
            self._typist.ask()
            self._progress.ask(self._bench.state())
        elif (answer := self._typist.answer()) is not None:
            self._reply(attention, is_yes=answer.strip().lower() not in NO)
            self._asked = Attention.NONE

    def _leaves_it(self, attention: Attention) -> bool:
        """Return whether a guest waits: others answer; who holds a sequence has a key to go on."""
        is_keyed = attention is Attention.HELD and self._desk is not None
        return is_keyed or not self._manner.is_attended

    def _reply(self, attention: Attention, *, is_yes: bool) -> Reply:
        if attention is Attention.QUESTION:
            return self._bench.request(Answer(is_done=is_yes, operator=self._manner.operator))
        return self._bench.request(Resume() if is_yes else StopNow())

    def _paint(self) -> None:
        now = self._wall.now()
        if now - self._painted >= PAINT:
            self._painted = now
            entry = None if self._desk is None else self._desk.entry
            self._progress.show(self._bench.state(), entry)
