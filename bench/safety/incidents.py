"""Which alarm came first, and the window around what followed from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.clock import SECOND
from bench.safeguard import Reaction
from bench.safety.alarm import Alarm

BEFORE = 60 * SECOND
"""How far an incident reaches back before its first alarm (engineering default)."""
AFTER = 30 * SECOND
"""How far it reaches beyond its last alarm (engineering default)."""
LONGEST = 600 * SECOND
"""How long after its first alarm others still belong to it (engineering default)."""
OPENS = Reaction.RECOVER
"""Reaction from which an alarm opens an incident."""


@dataclass(frozen=True)
class IncidentWindow:
    """A window around something that went wrong."""

    first_out: str
    """Alarm that came first."""
    alarms: tuple[str, ...]
    """All alarms within it, in the order in which they first came."""
    reaction: Reaction
    """Highest reaction among them."""
    at_ns: int
    """When the first alarm came, monotonic."""
    start_ns: int
    """First moment, monotonic."""
    end_ns: int
    """Last moment, monotonic; of an open one: as far as is known."""


class Incidents:
    """The open incident, and those that were closed."""

    def __init__(self) -> None:
        self.first_out = ""
        """First alarm of the newest incident, open or not; empty: there was none."""
        self.open: IncidentWindow | None = None
        """The incident that others still join."""
        self._closed: list[IncidentWindow] = []

    def take(self, alarm: Alarm, now: int) -> bool:
        """Take an alarm that has just come; return whether it is the first of the incident."""
        name, reaction = alarm.limit.id, alarm.effect
        if self.open is not None:
            known = self.open.alarms
            self.open = replace(
                self.open,
                alarms=known if name in known else (*known, name),
                reaction=max(self.open.reaction, reaction),
                end_ns=min(now + AFTER, self.open.at_ns + LONGEST),
            )
            return name == self.first_out
        if reaction < OPENS:
            return False
        self.first_out = name
        self.open = IncidentWindow(name, (name,), reaction, now, now - BEFORE, now + AFTER)
        return True

    def tick(self, now: int, is_active: Callable[[str], bool]) -> None:
        """Close the incident once its time is up, or nothing of it is there any more.

        Args:
            now: Monotonic, ns.
            is_active: Whether an alarm is there.
        """
        found = self.open
        if found is None or now < found.end_ns:
            return
        is_long = now - found.at_ns >= LONGEST
        if is_long or not any(is_active(name) for name in found.alarms):
            self._closed.append(found)
            self.open = None

    def take_closed(self) -> list[IncidentWindow]:
        """Return the incidents closed since the last call."""
        closed, self._closed = self._closed, []
        return closed
