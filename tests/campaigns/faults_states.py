"""How a bench gets into each state of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Generic, TypeVar

from bench.service.requests import Hold, StopNow, TakeOver
from tests.campaigns.faults_bench import CampaignBench, FaultBench
from tests.campaigns.faults_table import Injection

_Bench = TypeVar("_Bench", bound=FaultBench[Any])

ROAD = ("standing", "cranking", "idling", "ramping", "loaded", "measuring")
"""States that one run passes, in their order."""


@dataclass(frozen=True)
class Aside(Generic[_Bench]):
    """A state beside the road."""

    leaves: str
    """Where it leaves the road."""
    reach: Callable[[_Bench], None]
    """Takes the bench there."""


@dataclass(frozen=True)
class Road(Generic[_Bench]):
    """How the states of a table are reached, each at most once."""

    states: tuple[str, ...]
    """Those that one run passes, in their order: steps of the protocol."""
    begin: Callable[[Path, int], _Bench]
    """Returns a bench at its beginning, in a folder, with a seed."""
    aside: Mapping[str, Aside[_Bench]]
    """States beside the road."""
    watched: Callable[[Path, int], _Bench] | None = None
    """Returns a bench in the state `monitor`; None: the table does not ask for it."""

    def reached(self, state: str, folder: Path, seed: int) -> _Bench:
        """Return a new bench in a state."""
        if state == "monitor" and self.watched is not None:
            return self.watched(folder, seed)
        bench = self.begin(folder, seed)
        aside = self.aside.get(state)
        bench.reach_step(state if aside is None else aside.leaves)
        if aside is not None:
            aside.reach(bench)
        return bench


def _hold(bench: CampaignBench) -> None:
    bench.ask(Hold())
    bench.until(lambda: bench.loop.holding == "held")


def _take_over(bench: CampaignBench) -> None:
    bench.ask(TakeOver())
    bench.scan(5)


def _unload(bench: CampaignBench) -> None:
    """Knock unloads; when it is over the engine idles, held."""
    name = bench.inject(Injection("knock", "plant", {}))
    bench.until(lambda: bench.state == "holding")
    bench.end(name)
    bench.scan(50)


def _stop(bench: CampaignBench) -> None:
    bench.ask(StopNow())
    bench.scan()


def _stop_hard(bench: CampaignBench) -> None:
    bench.ask(StopNow(is_hard=True))
    bench.until(lambda: not bench.moment.is_injecting)


def _make_safe(bench: CampaignBench) -> None:
    bench.ask(StopNow(is_hard=True))
    bench.until(lambda: bench.server.is_finished)
    bench.scan(10)


def _trip(bench: CampaignBench) -> None:
    bench.inject(Injection("set", "plc.emergency_stop", {"value": 1}))
    bench.until(lambda: bench.server.is_finished)
    bench.scan(10)


ASIDE: Mapping[str, Aside[CampaignBench]] = {
    "holding": Aside("loaded", _hold),
    "manual": Aside("loaded", _take_over),
    "unloading": Aside("loaded", _unload),
    "soft-stopping": Aside("loaded", _stop),
    "hard-stopping": Aside("loaded", _stop_hard),
    "safe": Aside("loaded", _make_safe),
    "tripped": Aside("loaded", _trip),
}
MOMENTS: Mapping[str, tuple[int, int]] = {
    "ramping": (20, 250),
    "measuring": (5, 150),
    "soft-stopping": (1, 250),
    "hard-stopping": (1, 25),
}
"""Scans after which the fault comes, at least and at most; else `MOMENT`."""
MOMENT = (1, 40)
SHOWN: Mapping[str, str] = {
    "monitor": "monitor", "holding": "holding", "manual": "manual", "unloading": "holding",
    "soft-stopping": "stopping", "hard-stopping": "stopping", "safe": "safe",
    "tripped": "tripped",
}  # fmt: skip
"""State of the bench in each state of the table; else automatic."""


def monitored(folder: Path, seed: int) -> CampaignBench:
    """Return a bench that is only watched."""
    bench = CampaignBench(folder, seed=seed, is_started=False)
    bench.until(lambda: not bench.loop.news.is_opening)
    bench.scan(10)
    return bench


ENGINE = Road(ROAD, lambda folder, seed: CampaignBench(folder, seed=seed), ASIDE, monitored)
"""The hydrogen engine's cell."""


def reached(state: str, folder: Path, seed: int) -> CampaignBench:
    """Return a new bench in a state."""
    return ENGINE.reached(state, folder, seed)


def wait_for_moment(bench: CampaignBench, state: str, random: Random) -> None:
    """Let some of the state pass; the bench must still be in it."""
    bench.scan(random.randint(*MOMENTS.get(state, MOMENT)))
    shown = SHOWN.get(state, "automatic")
    assert bench.state == shown, f"{bench.state}, not {shown}"
