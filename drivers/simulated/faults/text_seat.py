"""A text instrument with its line: where its faults happen, on a socket or in the process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import NamedTuple

from bench.clock import MILLISECOND, SECOND
from drivers.simulated.faults.fault import Fault
from drivers.simulated.port import TextTwin

_UNREACHABLE = frozenset({"refuse", "reboot"})
_MUTE = frozenset({"hang"})
_DARK = 100 * MILLISECOND
"""How often an instrument without power is looked at: its power may have come back."""


class End(Enum):
    """What becomes of the connection."""

    STAYS = "stays"
    HALF_CLOSED = "half-closed"
    """The instrument sends no more, but still hears."""
    RESET = "reset"
    """It is reset: what was under way is lost."""


class Delivery(NamedTuple):
    """What reaches the session after a message."""

    data: bytes
    """Bytes, as they come."""
    due: int
    """When, ns."""
    end: End = End.STAYS
    """What becomes of the connection then."""


@dataclass
class Running:
    """A fault of the line, and what it has to remember."""

    fault: Fault
    """The fault."""
    count: int = 0
    """Replies since it began."""
    held: bytes = b""
    """A reply that waits, or that is told again."""

    def is_turn(self) -> bool:
        """Count a reply; return whether it is one of each so many."""
        self.count += 1
        return self.count % max(1, round(self.fault.number("every"))) == 0


class TextSeat:
    """A text twin, and whether and how its answers come through.

    Whoever serves it asks `exchange` instead of `receive` while it `is_disturbed`, and looks at
    `is_reachable` when it is told.

    Args:
        make: makes the twin, again after each loss of power.
        random: what garbled replies are drawn from.
    """

    def __init__(self, make: Callable[[], TextTwin], random: Random) -> None:
        self._make = make
        self._random = random
        self._running: dict[str, Running] = {}
        self.is_disturbed = False
        """Whether any fault is there."""
        self.is_reachable = True
        """Whether it takes connections."""
        self.listeners: list[Callable[[], None]] = []
        """Told after each change."""
        self.twin = make()
        """The instrument."""
        self._has_power = True

    def receive(self, data: bytes, now: int) -> bytes:
        """Take bytes that arrive at a time (ns) through a sound line; return what it answers."""
        return self.twin.receive(data, now)

    def step(self, now: int) -> int:
        """Do what the instrument does by itself; return when it next wants to (ns)."""
        return self.twin.step(now) if self._has_power else now + _DARK

    def begin(self, name: str, fault: Fault, now: int) -> None:
        """Let a fault happen."""
        self._running[name] = Running(fault)
        if fault.what == "reboot":
            self._power_on(now)  # outputs fall into their power-on state as the power goes
        self._changed()

    def end(self, name: str, now: int) -> None:
        """Let it be over; after a loss of power the twin is made anew."""
        if self._running.pop(name).fault.what == "reboot":
            self._power_on(now)
        self._changed()

    def exchange(self, data: bytes, now: int) -> list[Delivery]:
        """Take bytes that arrive at a time (ns); return what comes back, and when."""
        running = list(self._running.values())
        if any(each.fault.what in _MUTE for each in running):
            return []
        reply = self.twin.receive(data, now)
        answers = [Delivery(reply, now)] if reply else []
        for each in running:
            answers = [new for answer in answers for new in self._disturbed(each, answer)]
        return answers

    def _disturbed(self, running: Running, answer: Delivery) -> list[Delivery]:
        """Return what a fault leaves of an answer."""
        fault, data = running.fault, answer.data
        if "every" in fault.values and not running.is_turn():
            return [answer]
        match fault.what:
            case "slow":
                changed = answer._replace(due=answer.due + round(fault.number("delay") * SECOND))
            case "half-close":
                changed = answer._replace(data=b"", end=End.HALF_CLOSED)
            case "reset":
                changed = answer._replace(data=b"", end=End.RESET)
            case "garble":
                changed = answer._replace(data=self._garbled(fault, data))
            case "late":
                changed = answer._replace(data=running.held)
                running.held = data
            case "neighbour":
                changed = answer._replace(data=running.held or data)
                running.held = data
            case _:  # drop-reply
                changed = answer._replace(data=b"")
        return [changed] if changed.data or changed.end is not End.STAYS else []

    def _garbled(self, fault: Fault, reply: bytes) -> bytes:
        half = reply[: len(reply) // 2]
        match fault.word("form"):
            case "cut":
                return half
            case "short":
                return half + reply[-1:]
            case _:
                drawn = bytes(self._random.randrange(0x80, 0x100) for _ in reply[:-1])
                return drawn + reply[-1:]

    def _power_on(self, now: int) -> None:
        twin = self._make()
        twin.step(now)
        self.twin = twin

    def _changed(self) -> None:
        kinds = {each.fault.what for each in self._running.values()}
        self.is_disturbed = bool(kinds)
        self.is_reachable = not kinds & _UNREACHABLE
        self._has_power = "reboot" not in kinds
        for tell in self.listeners:
            tell()
