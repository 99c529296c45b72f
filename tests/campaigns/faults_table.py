"""The cause-and-effect table, read: what must follow from every fault in every state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from bench.document import load
from bench.units import quantity
from tests.campaigns.faults_truth import Cause, Claim, Moment, cause_of, claim_of

TABLE = Path(__file__).with_name("cause_and_effect.yaml")
SECONDS = 1e9


@dataclass(frozen=True)
class Effect:
    """What must follow."""

    name: str
    states: frozenset[str] | None
    """States of the bench of which it must be in one; None: any will do."""
    stays: bool
    """Whether the bench stays in the state it was in."""
    claims: tuple[Claim[Moment], ...]
    """What must be true of the plant."""
    phase: str
    """Sequence that must run within the time, before it ends in one of the states; empty: none."""
    demands: str
    """``kept``, ``safe``; empty: nobody is there to demand."""


@dataclass(frozen=True)
class Injection:
    """One thing that goes wrong, in the words of the simulated cell."""

    what: str
    where: str
    given: Mapping[str, Any]
    lasts: str | None = None


@dataclass(frozen=True)
class Case:
    """One cell of the table."""

    fault: str
    state: str
    injections: tuple[Injection, ...]
    effect: Effect
    since: Cause[Moment] | None
    """What of the plant the time counts from; None: from the fault."""
    within: float | None
    """Longest time from the cause to the effect, s; None: at once, for as long as one looks."""
    alarm: str = ""
    """Alarm that must be told."""

    @property
    def id(self) -> str:
        return f"{self.fault}@{self.state}"

    @property
    def is_critical(self) -> bool:
        """Whether it belongs to every sample: fuel has to be out, at once, at full load."""
        return self.state == "loaded" and self.effect.name in {"trip", "hard-stop", "fallback"}


@cache
def table(path: Path = TABLE) -> tuple[Case, ...]:
    """Return all cases, in the order of the table."""
    data = load(path).data
    effects = {name: _effect(name, each) for name, each in data["effects"].items()}
    return tuple(
        case for fault in data["faults"] for case in _cases(fault, data["groups"], effects)
    )


def _cases(
    fault: Mapping[str, Any], groups: Mapping[str, list[str]], effects: Mapping[str, Effect]
) -> Iterator[Case]:
    injections = injections_of(fault["fault"])
    since = cause_of(fault["since"]) if "since" in fault else None
    for each in fault["cases"]:
        effect = effects[each["effect"]]
        if "truth" in each:
            effect = replace(effect, claims=tuple(map(claim_of, each["truth"])))
        within = quantity(each["within"]).value if "within" in each else None
        named = each["in"]
        for state in groups[named] if isinstance(named, str) else named:
            yield Case(fault["id"], state, injections, effect, since, within, each.get("alarm", ""))


def injections_of(given: Any) -> tuple[Injection, ...]:
    """Return what goes wrong, one thing or a list of them."""
    return tuple(
        Injection(
            each["what"], each.get("where", "machine"), each.get("with", {}), each.get("lasts")
        )
        for each in (given if isinstance(given, list) else [given])
    )


def _effect(name: str, written: Mapping[str, Any]) -> Effect:
    state = written["state"]
    return Effect(
        name,
        states=frozenset(each.lower() for each in state) if isinstance(state, list) else None,
        stays=state == "as-before",
        claims=tuple(map(claim_of, written["truth"])),
        phase=written.get("phase", ""),
        demands=written.get("demands", ""),
    )
