"""The programs of one instrument, and ways to run them side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.clock import Clock
from bench.errors import InstrumentError
from drivers.visa.port import Program, R

ActionProgram = Program[Mapping[str, float]]
"""An action; it ends with what it found (SI)."""


@dataclass(frozen=True)
class Poll:
    """Something done again and again."""

    program: Callable[[], Program[None]]
    """What is done."""
    period: float = 0.0
    """How often, s; 0: at the period of the rig's connection."""


def nothing() -> Program[None]:
    """Say nothing."""
    return
    yield


@dataclass(frozen=True)
class Programs:
    """What one instrument model does on the wire.

    Programs may raise `LinkError` (the session is dropped and made again), `InstrumentError`
    (reported; in `identify` and `setup` also a new session) and, while they read a reply,
    `ValueError` or `LookupError` (a reply that cannot be read: as a `BadReply`).
    """

    identify: Callable[[], Program[str]]
    """Returns the identity or raises `WrongInstrument`; nothing else is sent before."""
    polls: Sequence[Poll]
    """What is read, and how often."""
    setup: Callable[[], Program[None]] = nothing
    """Prepares the instrument after each connection; never changes an output."""
    apply: Callable[[int, float], Program[None]] | None = None
    """Sends a demand (index, SI) and verifies it by read-back."""
    verify: Callable[[int, float], Program[None]] | None = None
    """Asks whether a demand (index, SI) is still held, after a lost link; moves nothing."""
    actions: Mapping[str, Callable[[], ActionProgram]] = field(
        default_factory=dict[str, Callable[[], ActionProgram]]
    )
    """What it can do that takes time, by name."""
    housekeep: Poll | None = None
    """Drains the error queue: after each connection, after a failed demand, and slowly."""
    reapply: frozenset[int] = frozenset()
    """Demands that wait for a lost link; never the output of a power supply or a load."""


def in_turns(programs: Sequence[Program[None]]) -> Program[tuple[InstrumentError, ...]]:
    """Advance programs by one exchange each, in turns; return what failed.

    So all safe values are on the wire before the first of them is verified.
    """
    queue: deque[tuple[Program[None], str | None]] = deque((each, None) for each in programs)
    failures: list[InstrumentError] = []
    while queue:
        program, reply = queue.popleft()
        try:
            exchange = next(program) if reply is None else program.send(reply)
        except StopIteration:
            continue
        except InstrumentError as error:
            failures.append(error)
            continue
        queue.append((program, (yield exchange)))
    return tuple(failures)


def until(due: int, program: Program[R], *, clock: Clock, late: InstrumentError) -> Program[R]:
    """Run a program that must end by a time (ns).

    Raises:
        InstrumentError: it did not; the one given.
    """
    reply: str | None = None
    while True:
        try:
            exchange = next(program) if reply is None else program.send(reply)
        except StopIteration as end:
            return end.value
        if clock.now() >= due:
            program.close()
            raise late
        reply = yield exchange
