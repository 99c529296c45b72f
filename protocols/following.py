"""The client of a run that this process hosts: shows it, asks the operator, stops it when told to.

It knows the bench by its port alone.
"""

from __future__ import annotations

import queue
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from bench.clock import MILLISECOND, Clock
from bench.errors import Refused
from bench.service.port import (
    Answer,
    Attention,
    BenchPort,
    BenchState,
    Reply,
    Resume,
    StopNow,
)

PAINT = 100 * MILLISECOND
"""Shortest time between two progress pictures."""
NO = frozenset({"n", "no", "否", "不"})
"""Answers that mean no; all others mean yes."""


class Progress(Protocol):
    """Shows how a run is getting on."""

    def show(self, state: BenchState) -> None:
        """Show a state."""
        ...

    def ask(self, state: BenchState) -> None:
        """Show a question."""
        ...


class HostedBench(BenchPort, Protocol):
    """A bench whose scans this process does."""

    def step(self) -> None:
        """Do one scan."""
        ...


STOPPING_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # as far as the system has them
    if hasattr(signal, name)
)
"""What asks for the safe sequence: Ctrl-C, termination, a terminal that is closed."""


class Interrupts:
    """Counts signals that ask to stop."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Count one."""
        del number, frame
        self.count += 1


@contextmanager
def interrupts_counted() -> Generator[Interrupts]:
    """Count signals that ask to stop instead of raising, while a bench is open."""
    counter = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield counter  # signals reach the main thread alone
        return
    heeded = [each for each in STOPPING_SIGNALS if not _is_passed_over(each)]
    before = [signal.signal(each, counter) for each in heeded]
    try:
        yield counter
    finally:
        for each, handler in zip(heeded, before, strict=True):
            signal.signal(each, handler)


def _is_passed_over(number: int) -> bool:
    """Return whether a hang-up is to be survived: ``nohup`` says so."""
    is_hang_up = number == getattr(signal, "SIGHUP", None)
    return is_hang_up and signal.getsignal(number) == signal.SIG_IGN


class Follower:
    """Follows one run to its end."""

    def __init__(
        self,
        bench: HostedBench,
        progress: Progress,
        *,
        wall: Clock,
        interrupts: Interrupts,
        operator: str,
        is_attended: bool,
        scans_between_looks: int,
    ) -> None:
        """Take what it works with.

        Args:
            bench: The run.
            progress: Where it is shown.
            wall: The time of the person who watches.
            interrupts: How often the run was asked to stop.
            operator: Who answers.
            is_attended: Whether somebody is there to answer; else prompts are confirmed, and a
                sequence that is held for a look is stopped softly.
            scans_between_looks: Scans between two looks at the wall clock.
        """
        self._bench = bench
        self._progress = progress
        self._wall = wall
        self._interrupts = interrupts
        self._operator = operator
        self._is_attended = is_attended
        self._looks = scans_between_looks
        self._typed: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._asked = Attention.NONE
        self._told = 0
        self._painted = 0

    def follow(self) -> None:
        """Step the bench until the run is over.

        Raises:
            Refused: stopped before anything moved.
        """
        scans = 0
        while not self._bench.is_finished:
            self._bench.step()
            scans += 1
            if self._interrupts.count > self._told:
                self._told = self._interrupts.count
                self._stop(is_hard=self._told > 1)
            self._attend(self._bench.attention)
            if scans % self._looks == 0:
                self._paint()
        self._progress.show(self._bench.state())

    def _stop(self, *, is_hard: bool) -> None:
        """Stop by the safe sequence; a bench that moves nothing yet is simply left."""
        reply = self._bench.request(StopNow(is_hard=is_hard))
        if not reply.is_accepted and not self._bench.has_begun:
            raise Refused("run.left-before-start")

    def _attend(self, attention: Attention) -> None:
        if attention is Attention.NONE:
            self._asked = attention
        elif not self._is_attended:
            self._reply(attention, is_yes=attention is Attention.QUESTION)
        elif attention is not self._asked:
            self._asked = attention
            self._typed = queue.SimpleQueue()  # an answer to an older question answers nothing
            self._progress.ask(self._bench.state())
            threading.Thread(target=_read_line, args=(self._typed,), daemon=True).start()
        elif not self._typed.empty():
            self._reply(attention, is_yes=self._typed.get().strip().lower() not in NO)
            self._asked = Attention.NONE

    def _reply(self, attention: Attention, *, is_yes: bool) -> Reply:
        if attention is Attention.QUESTION:
            return self._bench.request(Answer(is_done=is_yes, operator=self._operator))
        return self._bench.request(Resume() if is_yes else StopNow())

    def _paint(self) -> None:
        now = self._wall.now()
        if now - self._painted >= PAINT:
            self._painted = now
            self._progress.show(self._bench.state())


def _read_line(typed: queue.SimpleQueue[str]) -> None:
    typed.put(sys.stdin.readline())
