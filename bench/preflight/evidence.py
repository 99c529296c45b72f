"""Evidence of preflight checks: what was seen, when, by whom, and whether it still counts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from bench.checklist import Check
from bench.clock import SECOND
from bench.messages import Message
from bench.record.json_text import decode, encode


@dataclass(frozen=True)
class Evidence:
    """What one check has shown once."""

    check: str
    """Check."""
    utc_ns: int
    """When, ns since 1970-01-01T00:00:00Z."""
    is_passed: bool
    """Whether it allows a start."""
    said: Message
    """What was seen."""
    who: str = ""
    """Who had it done, or attests it."""
    is_attested: bool = False
    """Whether a person says so; else the bench has measured it."""
    values: Mapping[str, float] = field(default_factory=dict[str, float])
    """What was measured, SI."""
    definition: str = ""
    """`Check.definition` of the check that was done."""
    rig: str = ""
    """Digest of the rig's files then."""

    def age(self, utc_ns: int) -> float:
        """Return how old it is at a time, s; negative: the clock was set back."""
        return (utc_ns - self.utc_ns) / SECOND

    def counts_for(self, check: Check, utc_ns: int) -> bool:
        """Return whether it lets a check be passed at a time."""
        is_of_it = self.check == check.id and self.definition == check.definition
        return self.is_passed and is_of_it and 0 <= self.age(utc_ns) <= check.valid_for

    def to_line(self) -> str:
        """Return it as one line of JSON; a reader without our catalogues finds it in English."""
        return encode(
            {
                "check": self.check,
                "utc_ns": self.utc_ns,
                "passed": self.is_passed,
                "said": self.said,
                "text": self.said.text("en"),
                "who": self.who,
                "attested": self.is_attested,
                "values": dict(self.values),
                "definition": self.definition,
                "rig": self.rig,
            }
        )

    @staticmethod
    def from_line(line: str) -> Evidence:
        """Return the evidence of a line.

        Raises:
            ValueError: it is none.
        """
        found = decode(line)
        if not isinstance(found, Mapping):
            raise ValueError(line)  # noqa: TRY004 - a damaged line, whatever is wrong with it
        entry = cast("Mapping[str, object]", found)
        said, values, utc_ns = entry.get("said"), entry.get("values"), entry.get("utc_ns")
        if not (isinstance(said, Message) and isinstance(values, Mapping)):
            raise ValueError(line)  # noqa: TRY004 - as above
        if not isinstance(utc_ns, int):
            raise ValueError(line)  # noqa: TRY004 - as above
        numbers = cast("Mapping[str, float]", values)
        return Evidence(
            check=str(entry.get("check")),
            utc_ns=utc_ns,
            is_passed=entry.get("passed") is True,
            said=said,
            who=str(entry.get("who")),
            is_attested=entry.get("attested") is True,
            values={name: float(value) for name, value in numbers.items()},
            definition=str(entry.get("definition")),
            rig=str(entry.get("rig")),
        )


@dataclass(frozen=True)
class Standing:
    """Whether one check lets a run begin now."""

    check: Check
    """Check."""
    is_passed: bool
    """Whether."""
    said: Message
    """What it rests on, or what is missing."""
    age: float = math.nan
    """How old that is, s; nan: there is nothing."""
    is_attested: bool = False
    """Whether a person says so."""


def newest(evidence: Iterable[Evidence]) -> dict[str, Evidence]:
    """Return check → its newest evidence, by the order in which it was given."""
    return {each.check: each for each in evidence}


def standing_of(check: Check, evidence: Evidence | None, utc_ns: int) -> Standing:
    """Return how a check that needs evidence stands at a time (ns since 1970)."""
    if evidence is None:
        return Standing(check, is_passed=False, said=Message("preflight.nothing"))
    age, is_attested = evidence.age(utc_ns), evidence.is_attested
    if evidence.counts_for(check, utc_ns):
        return Standing(check, is_passed=True, said=evidence.said, age=age, is_attested=is_attested)
    if not evidence.is_passed:
        said = Message("preflight.failed", {"said": evidence.said})
    elif evidence.definition != check.definition:
        said = Message("preflight.other-check")
    elif age < 0:
        said = Message("preflight.from-the-future")
    else:
        said = Message("preflight.too-old", {"said": evidence.said})
    return Standing(check, is_passed=False, said=said, age=age, is_attested=is_attested)
