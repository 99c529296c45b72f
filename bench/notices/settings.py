"""Who wants to be told of what: ``notices.yaml`` beside the keys of the user.

Addresses hold passwords: they do not belong into a rig that is kept under version control.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import Field

from bench.document import load, validated
from bench.errors import Refused
from bench.grammar import Grammar
from bench.messages import user_language
from bench.notices.notice import Notice, Topic
from bench.record.disk.storage import reason
from bench.safeguard import Priority

NAME = "notices.yaml"
MOST = 20
"""Addresses one file may have."""

TopicName = Literal[
    "alarm", "stop", "end", "trip", "unexplained", "supply", "flood", "attention"
]  # fmt: skip


class SubscriptionGrammar(Grammar):
    """One address."""

    url: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*://\S+$", max_length=2000)
    """``mailto://user:password@host?to=ada@example.org``, ``json://host/path``."""
    name: str = Field(default="", max_length=60)
    """What people call it; the address itself is never shown."""
    at_least: Literal["high", "medium", "low"] = Field(default="medium", alias="from")
    """Alarms of this priority or a higher one."""
    events: tuple[TopicName, ...] = Field(
        default=("alarm", "stop", "end", "trip", "unexplained", "supply", "flood", "attention"),
        min_length=1,
    )
    """What to tell of."""
    language: Literal["", "en", "zh"] = ""
    """Language; by default that of the user."""


class NoticesFile(Grammar):
    """The file."""

    notices: tuple[SubscriptionGrammar, ...] = Field(default=(), max_length=MOST)
    """The addresses."""


@dataclass(frozen=True)
class Subscription:
    """Who is told of what."""

    name: str
    """What people call it; says nothing of the address but its kind."""
    url: str = field(repr=False)
    """Address, with its password."""
    topics: Collection[Topic] = frozenset(Topic)
    """What it is told of."""
    at_least: Priority = Priority.MEDIUM
    """Alarms of this priority or a higher one."""
    language: str = "en"
    """Language."""

    def wants(self, notice: Notice) -> bool:
        """Return whether it is told of something."""
        is_urgent_enough = notice.topic is not Topic.ALARM or notice.priority <= self.at_least
        return notice.topic in self.topics and is_urgent_enough


def subscriptions_in(folder: Path, language: str | None = None) -> tuple[Subscription, ...]:
    """Return who wants to be told, as the file in a folder says; nobody where there is none.

    Args:
        folder: Where the keys of the user lie.
        language: Language where the file says none; None: that of the user.

    Raises:
        ConfigError: every problem of the file, with line and column.
        Refused: others may read it, or it cannot be read.
    """
    path = folder / NAME
    try:
        if not path.is_file():
            return ()
        _check_private(path)
    except OSError as error:
        raise Refused("notice.unreadable", path=path, reason=reason(error)) from error
    file = validated(load(path), NoticesFile)
    spoken = language or user_language()
    return tuple(_subscription(n, each, spoken) for n, each in enumerate(file.notices, start=1))


def _subscription(number: int, given: SubscriptionGrammar, language: str) -> Subscription:
    kind = given.url.partition("://")[0]
    return Subscription(
        name=given.name or f"{number} ({kind})",
        url=given.url,
        topics=frozenset(Topic(name) for name in given.events),
        at_least=Priority[given.at_least.upper()],
        language=given.language or language,
    )


def _check_private(path: Path) -> None:
    if sys.platform != "win32":  # there the profile folder says who may read
        found = path.stat()
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO) or found.st_uid != os.getuid():
            raise Refused("notice.open", path=path)
