"""The solid oxide rigs in virtual time, warm, and how they get into each state of the table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

from bench.check import Checked, check
from bench.clock import SECOND
from bench.config import Catalogue
from bench.service.requests import StopNow
from drivers.simulated.faults.targets import checked_fault
from tests.campaigns.cell_faults_table import RIGS
from tests.campaigns.cell_faults_truth import CellMoment, seen
from tests.campaigns.faults_bench import FaultBench
from tests.campaigns.faults_states import Road
from tests.campaigns.faults_table import Injection

_SAG = 1e-3
"""Share of the supply that is lost each second."""

STATES = ("hot", "fuelled", "ramping", "loaded")
"""States that one run passes, in their order."""


@cache
def checked_on(rig: str) -> Checked:
    """Return the protocol on one of the shipped rigs; frozen, read once."""
    protocol = Path(__file__).with_name(f"cell-faults-{rig}.yaml")
    return check(str(protocol), None, {}, Catalogue.shipped(), is_simulated=True)


class CellBench(FaultBench[CellMoment]):
    """Solid oxide cells on one of the shipped rigs."""

    beside = FaultBench.beside | {"supply-sags", "people-first"}

    def __init__(self, rig: str, folder: Path, seed: int) -> None:
        super().__init__(checked_on(rig), seen, folder, seed=seed)

    def _supply_sags(self, injection: Injection) -> None:
        """The supply gives less and less, as behind a filter that clogs."""
        begin, end = float(injection.given["from"]), float(injection.given["to"])
        opened = self.clock.now() / SECOND
        steps = round((begin - end) / _SAG)
        self.faults.arm(
            checked_fault(
                self.faults.targets,
                "fuel-loss",
                "plant",
                given={"left": begin - step * _SAG},
                at=f"{opened + step:.1f} s",
            )
            for step in range(1, steps + 1)
        )

    def _people_first(self, injection: Injection) -> None:
        """Somebody at the desk puts people before the stack."""
        del injection
        self.ask(StopNow(is_people_first=True))


def _begun(rig: str, folder: Path, seed: int) -> CellBench:
    return CellBench(rig, folder, seed)


ROADS: Mapping[str, Road[CellBench]] = {rig: Road(STATES, partial(_begun, rig), {}) for rig in RIGS}
"""How the states are reached, by rig."""
