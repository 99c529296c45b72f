"""Are verdicts honest? Runs best-point on many simulated engines and compares with their truth.

    python -m tests.campaigns.verdicts --seeds 200

Each seed is another cell: other calibration errors, other gas, other weather, another engine. The
truth is read from the plant while the windows are measured; nothing that judges sees it.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from analysis.verdict import Verdict
from bench.check import Checked, check
from bench.config import Catalogue
from bench.runs import open_run
from bench.service.requests import Answer
from bench.service.server import BenchServer, Order
from drivers.simulated.plant import Truth
from drivers.simulated.plants.hydrogen_engine import HydrogenEngineParameters
from protocols.verdicts import judge

PARAMETERS = {"settle": "30 s", "window": "60 s", "within": "3 min"}
"""A shorter approach: the plant begins warm, so it is steady sooner."""
TARGETS = {"nominal": None, "42.0 %": 0.42, "43.0 %": 0.43, "44.5 %": 0.445}
"""True efficiency at the point; None: whatever the drawn engine has."""


@dataclass(frozen=True)
class Outcome:
    """One run beside its truth."""

    seed: int
    """Seed of the cell."""
    target: str
    """Key of `TARGETS`."""
    truth: float
    """True efficiency over the measured windows, 1."""
    value: float
    """Measured efficiency, 1."""
    lower: float
    """Lower end of the two-sided 95 % interval, 1."""
    upper: float
    """Upper end, 1."""
    verdict: Verdict
    """Against 43 %."""

    @property
    def is_covered(self) -> bool:
        """Whether the truth lies in the interval."""
        return self.lower <= self.truth <= self.upper


class Watcher:
    """Sums true brake and fuel energy per measured moment."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self.brake: list[float] = []
        self.fuel: list[float] = []

    def __call__(self, truth: Truth) -> None:
        """Take one moment."""
        self.times.append(truth.time)
        self.brake.append(truth.state.brake_power)
        self.fuel.append(truth.state.fuel_power)

    def efficiency(self, windows: Sequence[tuple[int, int]]) -> float:
        """Return true brake energy over true fuel energy within windows (ns)."""
        inside = [
            i
            for i, time in enumerate(self.times)
            if any(start <= time < end for start, end in windows)
        ]
        return sum(self.brake[i] for i in inside) / sum(self.fuel[i] for i in inside)


def cell(seed: int) -> dict[str, float]:
    """Return plant parameters well away from the nominal ones."""
    draw = random.Random(seed)
    return {
        "warm": 1.0,
        "ambient_pressure": draw.uniform(88e3, 103e3),
        "relative_humidity": draw.uniform(0.15, 0.8),
        "ambient_temperature": draw.uniform(283.0, 308.0),
        "friction_torque": draw.uniform(70.0, 160.0),
        "lambda_full_load": draw.uniform(2.05, 2.5),
        "slip_share": draw.uniform(0.001, 0.008),
        "throttle_torque_time_constant": draw.uniform(0.2, 0.8),
        "line_volume": draw.uniform(1e-3, 4e-3),
        "wall_heat_share": draw.uniform(0.09, 0.16),
    }


@cache
def _checked() -> Checked:
    """Return protocol and rig, read once for all seeds of a process."""
    return check("hydrogen-engine/best-point", None, PARAMETERS, Catalogue.shipped())


def carried_out(seed: int, plant: Mapping[str, float], folder: Path) -> tuple[float, Path]:
    """Run best-point once; return the true efficiency and the run file."""
    checked = _checked()
    simulation = checked.model.simulation
    assert simulation is not None
    simulation = replace(simulation, parameters={**simulation.parameters, **plant})
    order = Order(
        model=checked.model,
        plan=checked.plan,
        folder=folder,
        is_simulated=True,
        simulation=simulation,
        seed=seed,
    )
    server = BenchServer(order)
    watcher = Watcher()
    server.wiring.truth.watchers.append(watcher)
    while not server.is_finished:
        server.step()
        if server.loop.stage.question is not None:
            server.request(Answer())
    server.close()
    with open_run(server.path) as run:
        windows = [(p.start_ns, p.end_ns) for p in run.points if p.name == "best-point"]
    return watcher.efficiency(windows), server.path


def outcome(seed: int, target: str) -> Outcome:
    """Run one seed at one target and judge it."""
    plant = cell(seed)
    wanted = TARGETS[target]
    if wanted is not None:
        plant["efficiency_scale"] = wanted / HydrogenEngineParameters().peak_efficiency
    with tempfile.TemporaryDirectory() as folder:
        truth, path = carried_out(seed, plant, Path(folder))
        with open_run(path) as run:
            results = judge(run)
    judged = results.judged()[0]
    return Outcome(
        seed=seed,
        target=target,
        truth=truth,
        value=judged.value / 100.0,
        lower=judged.lower / 100.0,
        upper=judged.upper / 100.0,
        verdict=judged.verdict or Verdict.NOT_SHOWN,
    )


def campaign(
    seeds: Sequence[int], targets: Sequence[str], said: Callable[[str], None]
) -> list[Outcome]:
    """Run all seeds at all targets on all processors, in the order given."""
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor() as pool:
        for target in targets:
            of_target = list(pool.map(partial(outcome, target=target), seeds))
            outcomes.extend(of_target)
            said(summary(target, of_target))
    return outcomes


def share(outcomes: Sequence[Outcome], verdict: Verdict) -> float:
    """Return the share of a verdict."""
    return sum(each.verdict is verdict for each in outcomes) / len(outcomes)


def coverage(outcomes: Sequence[Outcome]) -> float:
    """Return the share of intervals that hold the truth."""
    return sum(each.is_covered for each in outcomes) / len(outcomes)


def summary(target: str, outcomes: Sequence[Outcome]) -> str:
    """Return a line about one target."""
    shares = ", ".join(f"{v.value} {share(outcomes, v):.1%}" for v in Verdict)
    truths = [each.truth for each in outcomes]
    return (
        f"{target:8}  n = {len(outcomes)}  truth {min(truths):.2%} … {max(truths):.2%}  "
        f"coverage {coverage(outcomes):.1%}  {shares}"
    )


def main() -> None:
    """Run the campaign and print what it shows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--targets", nargs="*", default=list(TARGETS), choices=list(TARGETS))
    arguments = parser.parse_args()
    campaign(range(arguments.seeds), arguments.targets, print)


if __name__ == "__main__":
    main()
