"""The preflight checks as a list for people: what each rests on, how old, who gives it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from bench.control.states import State
from bench.messages import Bilingual, Message
from bench.service.port import CheckShown
from gui.state.session import Session
from gui.state.start.outlook import duration_text


class Standing(Enum):
    """How a check stands."""

    PASSED = "passed"
    LACKING = "lacking"
    NOT_NEEDED = "not-needed"


@dataclass(frozen=True)
class CheckRow:
    """One check."""

    id: str
    """Check."""
    title: Bilingual
    """What people call it."""
    standing: Standing
    """How it stands."""
    evidence: Message
    """What it rests on, or what is missing."""
    age: Message
    """How old that is, and how long it holds."""
    is_attested: bool
    """Whether a person gives it."""
    is_instant: bool
    """Whether the bench judges it anew all the time: nothing is to be run or attested."""
    advice: Bilingual
    """What to do when it is not passed."""


@dataclass(frozen=True)
class PreflightState:
    """The checks, and what may be done about them now."""

    rig: str = ""
    """Rig."""
    checks: tuple[CheckRow, ...] = ()
    """What is open first, what is not asked for last."""
    may_run: bool = False
    """Whether the bench can do a check now."""
    may_attest: bool = False
    """Whether a person can attest one now."""
    shown: tuple[CheckShown, ...] = ()
    """As the server told them, for the text that is saved."""

    @property
    def passed(self) -> int:
        """How many of those that are needed are passed."""
        return sum(each.standing is Standing.PASSED for each in self.checks)

    @property
    def needed(self) -> int:
        """How many are needed."""
        return sum(each.standing is not Standing.NOT_NEEDED for each in self.checks)

    def row(self, check: str) -> CheckRow | None:
        """Return a check by its id."""
        return next((each for each in self.checks if each.id == check), None)


_ORDER = (Standing.LACKING, Standing.PASSED, Standing.NOT_NEEDED)


def preflight_of(session: Session) -> PreflightState:
    """Return the checks of a session."""
    bench = session.bench
    rows = sorted(map(_row, bench.preflight), key=lambda each: _ORDER.index(each.standing))
    is_ours = bench.control in {"", session.client}
    is_watching = session.is_connected and bench.state is State.MONITOR
    return PreflightState(
        rig=bench.rig,
        checks=tuple(rows),
        may_run=is_watching and is_ours,
        may_attest=session.is_connected,
        shown=tuple(sorted(bench.preflight, key=lambda each: (not each.is_needed, each.is_passed))),
    )


def _row(check: CheckShown) -> CheckRow:
    standing = Standing.PASSED if check.is_passed else Standing.LACKING
    return CheckRow(
        id=check.id,
        title=check.title if check.title.en else Bilingual(check.id),
        standing=standing if check.is_needed else Standing.NOT_NEEDED,
        evidence=check.evidence,
        age=_age(check),
        is_attested=check.is_attested,
        is_instant=not check.valid_for and not check.is_attested,
        advice=check.advice,
    )


def _age(check: CheckShown) -> Message:
    if math.isnan(check.age):
        return Message("start.age-none")
    if not check.valid_for:
        return Message("start.age-now")
    left = max(check.valid_for - check.age, 0.0)
    told = {"age": duration_text(check.age), "left": duration_text(left)}
    return Message("start.age-left" if left else "start.age-over", told)
