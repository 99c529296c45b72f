"""The log of events: which lines are shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bench.service.port import EventShown
from gui.state.session import Session


class Least(Enum):
    """The least level that is shown."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


_RANKS = {each.value: rank for rank, each in enumerate(Least)}


@dataclass(frozen=True)
class LogState:
    """The log of events."""

    events: tuple[EventShown, ...] = ()
    """The last events, the oldest first."""
    is_connected: bool = False
    """Whether notes can be written."""


def log_of(session: Session) -> LogState:
    """Return the log of events."""
    return LogState(session.events, session.is_connected)


def is_shown(event: EventShown, text: str, least: Least, needle: str) -> bool:
    """Return whether a line is shown.

    Args:
        event: The event.
        text: What it says, in the language of the user.
        least: Least level.
        needle: Words that all have to stand in it, upper or lower case; empty: none.
    """
    if _RANKS.get(event.level, 0) < _RANKS[least.value]:
        return False
    line = f"{event.source} {text}".casefold()
    return all(word in line for word in needle.casefold().split())


def news(
    before: tuple[EventShown, ...], now: tuple[EventShown, ...]
) -> tuple[EventShown, ...] | None:
    """Return what has come since; None: these are the events of another server, or none of it."""
    if not before:
        return now
    last = before[-1]
    for place in range(len(now) - 1, -1, -1):
        if now[place] is last:
            return now[place + 1 :]
    return None
