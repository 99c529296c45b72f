"""The cause-and-effect table of the solid oxide cells, read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bench.document import load
from bench.units import quantity
from tests.campaigns.cell_faults_truth import CellMoment, cause_of, claim_of
from tests.campaigns.faults_table import Injection, injections_of
from tests.campaigns.faults_truth import Cause, Claim

TABLE = Path(__file__).with_name("cell_faults.yaml")
RIGS = ("system", "bench")
_QUIET = frozenset({"told", "warn", "hold"})


@dataclass(frozen=True)
class CellCase:
    """One row of the table."""

    fault: str
    rig: str
    state: str
    injections: tuple[Injection, ...]
    limit: str
    """Limit that must tell; empty: none does."""
    source: str
    """Who must tell, where it is no limit; empty: nobody has to."""
    reaction: str
    states: frozenset[str] | None
    """States of the bench of which it must be in one; None: any will do."""
    stays: bool
    """Whether the bench stays in the state it was in."""
    phase: str
    """Sequence that must run; empty: none."""
    claims: tuple[Claim[CellMoment], ...]
    since: Cause[CellMoment] | None
    within: float
    """Longest time from the cause to the reaction, s."""
    survives: bool
    """Whether the stack must be unharmed."""

    @property
    def id(self) -> str:
        return f"{self.fault}@{self.state}"

    @property
    def is_quiet(self) -> bool:
        """Whether only a sensor or a link is wrong, and the plant stays as it is."""
        places = {each.where for each in self.injections}
        return self.reaction in _QUIET and places.isdisjoint({"plant", "machine"})


@cache
def cell_table(path: Path = TABLE) -> tuple[CellCase, ...]:
    """Return all rows, in the order of the table."""
    data = load(path).data
    return tuple(_case(row, data["reactions"][row["reaction"]]) for row in data["rows"])


def _case(row: Mapping[str, Any], reaction: Mapping[str, Any]) -> CellCase:
    state = reaction["state"]
    claims = [*reaction["truth"], *row.get("truth", ())]
    return CellCase(
        fault=row["id"],
        rig=row.get("rig", "system"),
        state=row.get("in", "loaded"),
        injections=injections_of(row["fault"]),
        limit=row.get("limit", ""),
        source=row.get("source", ""),
        reaction=row["reaction"],
        states=frozenset(each.lower() for each in state) if isinstance(state, list) else None,
        stays=state == "as-before",
        phase=reaction.get("phase", ""),
        claims=tuple(map(claim_of, claims)),
        since=cause_of(row["since"]) if "since" in row else None,
        within=quantity(row["within"]).value,
        survives=row.get("survives", True),
    )
