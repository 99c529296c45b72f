"""The solid oxide rigs in virtual time, warm, and how they get into each state of the table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

from bench.check import Checked, check
from bench.config import Catalogue
from tests.campaigns.cell_faults_table import RIGS
from tests.campaigns.cell_faults_truth import CellMoment, seen
from tests.campaigns.faults_bench import FaultBench
from tests.campaigns.faults_states import Road

STATES = ("hot", "fuelled", "ramping", "loaded")
"""States that one run passes, in their order."""


@cache
def checked_on(rig: str) -> Checked:
    """Return the protocol on one of the shipped rigs; frozen, read once."""
    protocol = Path(__file__).with_name(f"cell-faults-{rig}.yaml")
    return check(str(protocol), None, {}, Catalogue.shipped(), is_simulated=True)


class CellBench(FaultBench[CellMoment]):
    """Solid oxide cells on one of the shipped rigs."""

    def __init__(self, rig: str, folder: Path, seed: int) -> None:
        super().__init__(checked_on(rig), seen, folder, seed=seed)


def _begun(rig: str, folder: Path, seed: int) -> CellBench:
    return CellBench(rig, folder, seed)


ROADS: Mapping[str, Road[CellBench]] = {rig: Road(STATES, partial(_begun, rig), {}) for rig in RIGS}
"""How the states are reached, by rig."""
