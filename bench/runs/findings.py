"""What is wrong in a run file, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from bench.messages import Message


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong."""

    part: str
    """Name of the file."""
    group: str = ""
    """Group of channels; empty: it is none's."""
    channel: str = ""
    """Channel, or column of the group; empty: it is none's."""
    rows: tuple[int, int] | None = None
    """First and last row of the file that are damaged; None: it is not about rows."""
    what: Message = field(default_factory=lambda: Message("verify.checksum"))
    """What is wrong."""


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with those of neighbouring rows as one, and what is told twice once."""
    found: dict[tuple[str, str, str, str], list[Finding]] = {}
    for each in findings:
        told = found.setdefault((each.part, each.group, each.channel, each.what.text()), [])
        last = told[-1].rows if told else None
        if last and each.rows and each.rows[0] == last[1] + 1:
            told[-1] = replace(each, rows=(last[0], each.rows[1]))
        elif each not in told:
            told.append(each)
    return tuple(each for told in found.values() for each in told)
