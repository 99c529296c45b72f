"""One letter: a notice, or the digest of a flood, as text in the language of who reads it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.clock import SECOND
from bench.messages import Message
from bench.notices.notice import URGENT, Notice

MOST_LINES = 40
"""Notices a digest lists, the newest of each thing."""


@dataclass(frozen=True, eq=False)
class Letter:
    """What goes out at once."""

    rig: str
    """Rig it comes from."""
    notices: tuple[Notice, ...]
    """What it tells; more than one: a digest."""
    made_ns: int
    """When it was made, monotonic."""
    repeats: int = 0
    """How often the same thing has come since the last letter of it, beside this one."""
    omitted: int = 0
    """Notices of which there was no room for more than their number."""

    @property
    def is_urgent(self) -> bool:
        """Whether it may not be given up for others."""
        return any(each.topic in URGENT for each in self.notices)

    def title(self, language: str) -> str:
        """Return its subject line."""
        first = self.notices[0]
        if len(self.notices) == 1:
            subject = first.subject.text(language)
        else:
            count = len(self.notices) + self.omitted
            subject = Message("notice.digest", {"count": count}).text(language)
        return Message("notice.title", {"rig": self.rig, "subject": subject}).text(language)

    def body(self, language: str) -> str:
        """Return its text."""
        if len(self.notices) == 1:
            lines = _lines(self.rig, self.notices[0], language)
            if self.repeats:
                lines.append(Message("notice.repeats", {"count": self.repeats}).text(language))
            return "\n".join(lines)
        return "\n".join(self._digest(language))

    def _digest(self, language: str) -> list[str]:
        lines = [Message("notice.rig", {"rig": self.rig}).text(language)]
        counts = Counter(each.key for each in self.notices)
        newest = {each.key: each for each in self.notices}
        for key, notice in list(newest.items())[:MOST_LINES]:
            times = f" ×{counts[key]}" if counts[key] > 1 else ""
            lines.append(f"- {moment(notice.utc_ns)}  {notice.subject.text(language)}{times}")
        more = self.omitted + max(len(newest) - MOST_LINES, 0)
        if more:
            lines.append(Message("notice.omitted", {"count": more}).text(language))
        first = self.notices[0]
        return [*lines, "", *(line.text(language) for line in first.lines)]


def _lines(rig: str, notice: Notice, language: str) -> list[str]:
    told = {"utc": moment(notice.utc_ns), "rig": rig}
    return [
        Message("notice.rig", told).text(language),
        Message("notice.when", told).text(language),
        *(line.text(language) for line in notice.lines),
    ]


def moment(utc_ns: int) -> str:
    """Return a time in ns since 1970 as people read it: ``2026-01-31 12:00:00 UTC``."""
    return f"{datetime.fromtimestamp(utc_ns // SECOND, UTC):%Y-%m-%d %H:%M:%S} UTC"
