"""What people are told who are not at the bench."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bench.messages import Message
from bench.safeguard import Priority


class Topic(Enum):
    """What a notice is about."""

    ALARM = "alarm"
    """An alarm came."""
    STOP = "stop"
    """A run is being stopped before its end."""
    END = "end"
    """A run has ended; its verdict."""
    TRIP = "trip"
    """The hardwired chain is open."""
    UNEXPLAINED = "unexplained"
    """The last run broke off, and nobody has said why."""
    SUPPLY = "supply"
    """Gas or disk run out."""
    FLOOD = "flood"
    """More alarms come than one person can respond to."""
    ATTENTION = "attention"
    """A run waits for a person."""


URGENT = frozenset({Topic.TRIP, Topic.STOP, Topic.END, Topic.UNEXPLAINED})
"""What never waits for a digest."""


@dataclass(frozen=True)
class Notice:
    """One thing to tell."""

    topic: Topic
    """What it is about."""
    key: str
    """What makes two of them the same thing: ``alarm:oil-hot``."""
    subject: Message
    """What happened, in a line."""
    lines: tuple[Message, ...]
    """What to know of it, and what to do."""
    utc_ns: int
    """When, ns since 1970-01-01T00:00:00Z."""
    priority: Priority = Priority.HIGH
    """How soon somebody has to respond."""
