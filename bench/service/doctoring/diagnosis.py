"""One thing that was looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from bench.messages import Message


class Level(Enum):
    """Whether something has to be done about it."""

    OK = "ok"
    """It is as it should be."""
    WARNING = "warning"
    """To know; a test can be run."""
    MEND = "mend"
    """To be mended before a test."""


@dataclass(frozen=True)
class Diagnosis:
    """What was found."""

    level: Level
    """Whether something has to be done."""
    said: Message
    """What, and what to do."""

    def text(self, language: str) -> str:
        """Return it as one line."""
        word = Message(f"doctor.{self.level.value}").text(language)
        return f"{word:<8} {self.said.text(language)}"


def ok(message_id: str, **arguments: object) -> Diagnosis:
    """Return that something is as it should be."""
    return Diagnosis(Level.OK, Message(message_id, arguments))


def warning(message_id: str, **arguments: object) -> Diagnosis:
    """Return that something is to be known."""
    return Diagnosis(Level.WARNING, Message(message_id, arguments))


def mend(message_id: str, **arguments: object) -> Diagnosis:
    """Return that something is to be mended."""
    return Diagnosis(Level.MEND, Message(message_id, arguments))


def needs_mending(found: Iterable[Diagnosis]) -> bool:
    """Return whether anything is to be mended."""
    return any(each.level is Level.MEND for each in found)
