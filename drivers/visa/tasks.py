"""Which program goes next on a link, and one exchange of it at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.clock import NEVER, SECOND, Clock
from bench.errors import BadReply, InstrumentError
from drivers.visa.port import (
    REPLY_TIMEOUT,
    GiveUp,
    MessageLink,
    Pause,
    Program,
    Query,
    Write,
    never,
)

SAFE, LINK, APPLY, ROUTINE = range(4)
"""Who goes first among the tasks that are due."""
_ENOUGH = SECOND // 5
"""Time in which a poll comes to its end, with all its exchanges."""


@dataclass(eq=False, slots=True)
class Task:
    """A program under way, or waiting for its time."""

    rank: int
    """`SAFE`, `LINK`, `APPLY` or `ROUTINE`."""
    begin: Callable[[], Program[Any]]
    """Makes the program."""
    due: int
    """When it wants its next exchange, ns."""
    ended: Callable[[Any], None] | None = None
    """Called with its result."""
    failed: Callable[[InstrumentError], None] | None = None
    """Called when the instrument reports an error; None: the link is made again."""
    period: int = 0
    """How often it runs, ns; 0: once."""
    program: Program[Any] | None = None
    """The program under way."""
    exchange: Query | Write | None = None
    """What it wants next."""
    begun: int = 0
    """When the program under way was due, ns: pauses do not shift the rhythm."""


class Agenda:
    """The tasks of one link.

    Args:
        link: the session.
        clock: the time.
        instrument: name of the instrument, for errors.
        name: name of the link, for errors.
        give_up: when an exchange in flight must be over because something urgent waits.
    """

    def __init__(
        self,
        link: MessageLink,
        clock: Clock,
        *,
        instrument: str,
        name: str,
        give_up: GiveUp = never,
    ) -> None:
        self.late = 0
        """Repeated tasks that ended after they were due again."""
        self._give_up = give_up
        self._link = link
        self._clock = clock
        self._instrument = instrument
        self._name = name
        self._tasks: list[Task] = []

    def add(self, task: Task) -> Task:
        """Put a task on the agenda and return it."""
        self._tasks.append(task)
        return task

    def drop(self, task: Task) -> None:
        """Give a task up between two exchanges."""
        if task.program is not None:
            task.program.close()
        self._tasks.remove(task)

    def clear(self) -> None:
        """Give all tasks up."""
        for task in tuple(self._tasks):
            self.drop(task)

    def hurry(self, begin: Callable[[], Program[Any]]) -> None:
        """Make a waiting task due now."""
        for task in self._tasks:
            if task.begin is begin and task.program is None:
                task.due = self._clock.now()

    def refresh(self, period: int, later_than: int) -> bool:
        """Make waiting tasks of a period due just before a time that are due later; ns.

        Not at once: instruments measure anew until then.

        Returns:
            Whether there were any.
        """
        late = [
            each
            for each in self._tasks
            if each.program is None and each.period == period and each.due > later_than
        ]
        for task in late:
            task.due = max(later_than - _ENOUGH, self._clock.now())
        return bool(late)

    def most_urgent(self, now: int) -> Task | None:
        """Return the task that goes next, if one is due."""
        chosen = None
        for task in self._tasks:
            if task.due <= now and (
                chosen is None or (task.rank, task.due) < (chosen.rank, chosen.due)
            ):
                chosen = task
        return chosen

    def next_due(self) -> int:
        """Return when the next task is due, ns."""
        due = NEVER
        for task in self._tasks:
            due = min(due, task.due)
        return due

    def advance(self, task: Task) -> bool:
        """Carry out one exchange of a task; return whether there was one on the wire.

        Raises:
            LinkError: the exchange failed, or its reply cannot be read.
            InstrumentError: the instrument reports an error to a task that does not bear one.
        """
        if task.exchange is None:
            self._resume(task, "", "")
        exchange = task.exchange
        if exchange is None:
            return False
        message, reply = exchange.message, ""
        if isinstance(exchange, Write):
            self._link.write(message)
        elif exchange.is_block:
            block = self._link.query_block(message, exchange.timeout, self._give_up)
            reply = block.decode("latin-1")
        elif exchange.timeout <= REPLY_TIMEOUT:
            reply = self._link.query(message, exchange.timeout)
        else:
            reply = self._link.query(message, exchange.timeout, self._give_up)
        self._resume(task, reply, message)
        return True

    def _resume(self, task: Task, reply: str, message: str) -> None:
        """Send a program its reply and note what it wants next."""
        try:
            if task.program is None:
                task.program = task.begin()
                task.begun = task.due
                wanted = next(task.program)
            else:
                wanted = task.program.send(reply)
        except StopIteration as end:
            self._finish(task)
            if task.ended is not None:
                task.ended(end.value)
        except InstrumentError as error:
            self._finish(task)
            if task.failed is None:
                raise
            task.failed(error)
        except (ValueError, LookupError) as error:
            raise self._bad_reply(message, reply) from error
        else:
            if isinstance(wanted, Pause):
                task.exchange = None
                task.due = self._clock.now() + round(wanted.seconds * SECOND)
            else:
                task.exchange = wanted

    def _finish(self, task: Task) -> None:
        task.program = task.exchange = None
        if not task.period:
            self._tasks.remove(task)
            return
        task.due = task.begun + task.period
        now = self._clock.now()
        if task.due < now:  # late: skip what was missed, keep the rhythm
            self.late += 1
            task.due += -((task.due - now) // task.period) * task.period

    def _bad_reply(self, message: str, reply: str) -> BadReply:
        return BadReply(
            "link.bad-reply",
            instrument=self._instrument,
            link=self._name,
            message=message,
            reply=ascii(reply[:60]),
        )
