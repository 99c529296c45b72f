"""How long a long run takes in virtual time: `python -m tests.benchmarks.long_run`.

It runs a protocol on a simulated rig for so many hours of bench time, with plant, twins, drivers,
limits, sequence and recorder on one core, and prints what a scan and 1,000 h cost. Processor time
counts: the machine may have other work.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from bench.check import check
from bench.clock import SECOND
from bench.config import Catalogue
from bench.service.requests import Answer
from bench.service.server import BenchServer, Order
from bench.settings import parse_settings
from bench.units import quantity

RIG = "solid-oxide-system"
PROTOCOL = "solid-oxide/long-run"
HOURS = 1000
"""What the figures are extrapolated to, h."""
HOUR = 3600 * SECOND


@dataclass
class Figures:
    """What a stretch of a run has cost."""

    scans: int = 0
    hours: float = 0.0
    """Bench time, h."""
    processor: float = 0.0
    """Processor time, s."""
    size: int = 0
    """Bytes of the run file."""

    def lines(self) -> list[str]:
        """Return them, and what follows for a long run, for people."""
        hours, scans = max(self.hours, 1e-9), max(self.scans, 1)
        each = 1e6 * self.processor / scans
        return [
            f"{self.scans} scans in {self.hours:.3f} h, one each {3600 * hours / scans:.2f} s",
            f"{each:.0f} us of processor time per scan: {1e6 / max(each, 1e-9):.0f} scans/s",
            f"{HOURS} h take {self.processor * HOURS / hours / 60:.1f} min",
            f"{HOURS} h weigh {self.size * HOURS / hours / 1e9:.2f} GB",
        ]


def opened(arguments: argparse.Namespace, folder: Path) -> BenchServer:
    """Return the bench, not begun yet."""
    parameters = parse_settings(arguments.set or [])
    checked = check(
        arguments.protocol, arguments.rig, parameters, Catalogue.shipped(), is_simulated=True
    )
    simulation = checked.model.simulation
    if simulation is None:
        sys.exit(f"{arguments.rig}: no simulation")
    plant = parse_settings(arguments.plant or [])
    numbers = {name: quantity(text).value for name, text in plant.items()}
    simulation = replace(simulation, parameters={**simulation.parameters, **numbers})
    if arguments.every_scan:
        simulation = replace(simulation, stretch=0)
    times = {"scan": arguments.scan, "stretch": arguments.stretch}
    for name, text in times.items():
        if text is not None:
            simulation = replace(simulation, **{name: round(quantity(text).value * SECOND)})
    order = Order(
        checked.model, checked.plan, folder, is_simulated=True, simulation=simulation, seed=1
    )
    return BenchServer(order)


def run(server: BenchServer, hours: float) -> Figures:
    """Do the scans of so many hours, or of the rest of the run; the operator says yes."""
    begin, scans, processor = server.clock.now(), 0, time.process_time()
    end = begin + round(hours * HOUR)
    while server.clock.now() < end and not server.is_finished:
        server.step()
        scans += 1
        if server.loop.stage.question is not None:
            server.request(Answer())
    passed = (server.clock.now() - begin) / HOUR
    return Figures(scans, passed, time.process_time() - processor)


def main() -> None:
    """Run, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rig", default=RIG)
    parser.add_argument("--protocol", default=PROTOCOL)
    parser.add_argument("--hours", type=float, default=10.0, help="bench time")
    parser.add_argument("--after", type=float, default=0.0, help="hours before it counts")
    parser.add_argument("--every-scan", action="store_true", help="no leaps")
    parser.add_argument("--scan", help="scan period: 1 s")
    parser.add_argument("--stretch", help="longest leap: 1 min")
    parser.add_argument("--set", action="append", help="parameter of the protocol: name=value")
    parser.add_argument("--plant", action="append", help="parameter of the plant: name=value")
    parser.add_argument("--profile", action="store_true", help="where the time goes")
    parser.add_argument("--sort", default="tottime", help="order of the profile")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = opened(arguments, Path(folder))
        if arguments.after:
            run(server, arguments.after)
        profile = cProfile.Profile() if arguments.profile else nullcontext()
        with profile:
            figures = run(server, arguments.hours)
        begun = time.process_time()
        ending = server.close(None)
        figures.processor += time.process_time() - begun
        figures.size = sum(each.stat().st_size for each in Path(folder).iterdir())
        why = ending.message.text("en") if ending.message else ""
        sys.stdout.write("\n".join([*figures.lines(), f"ended: {ending.state} {why}", ""]))
        if isinstance(profile, cProfile.Profile):
            pstats.Stats(profile).sort_stats(arguments.sort).print_stats(45)


if __name__ == "__main__":
    main()
