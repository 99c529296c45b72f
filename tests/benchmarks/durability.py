"""What a campaign of durability takes in virtual time: `python -m tests.benchmarks.durability`.

A chain of run files is carried out as the command line does it: with leaps, with every scan of 1 s,
and, where asked for, with every scan of 0.1 s. It prints what a scan and an hour of each block
cost, what follows for a whole campaign, and whether they come to the same: ledger, kilometres,
reference tests. Each manner runs in a process of its own. Processor time counts: the machine may
have other work.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from bench.check import check
from bench.config.catalogue import Catalogue
from bench.errors import BenchError
from bench.plan import Plan
from bench.settings import parse_settings
from protocols.campaign.analysing import results_of
from protocols.campaign.executor import Where
from protocols.campaign.results import CampaignResults, DriftPoint
from tests.benchmarks.chain_costs import Asked, Costs, carried_out, extrapolated, unmeasured

PROTOCOL = "hydrogen-engine/durability"
SHORT = {"quarters": "2", "rounds": "1", "cold_starts": "1"}
"""Parameters of the campaign that is measured, where none are given."""
LONG = 200_000.0
"""km. What the figures are extrapolated to."""
MANNERS = {"leaps": ("1 s", True), "second": ("1 s", False), "tenth": ("100 ms", False)}
"""Manner → scan period, and whether time leaps."""
HOUR = 3600.0


@dataclass(frozen=True)
class Done:
    """What one manner gave."""

    costs: Costs
    results: CampaignResults | None
    """What its run files show together; None: they are no campaign of an engine."""
    load: float
    """Of the machine, at the end."""


def main() -> None:
    """Run the manners one after the other, and print the figures."""
    arguments = _arguments()
    parameters = _parameters(arguments)
    done: dict[str, Done] = {}
    kept = nullcontext(arguments.folder) if arguments.folder else tempfile.TemporaryDirectory()
    with kept as folder:
        for manner in arguments.manners:
            scan, leaps = MANNERS[manner]
            asked = Asked(
                protocol=arguments.protocol,
                parameters=parameters,
                folder=Path(folder) / manner,
                scan=scan,
                leaps=leaps,
                faults=arguments.faults,
                profile=arguments.sort if arguments.profile else "",
            )
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
                costs = alone.submit(carried_out, asked).result()
            done[manner] = Done(costs, _together(asked.folder), os.getloadavg()[0])
            long = _plan(arguments.protocol, _long(arguments))
            _print(f"\n== {manner}: every {scan}{', in leaps' if leaps else ''}")
            _print(*_cost_lines(done[manner], long))
    _print(*_comparison({name: each.results for name, each in done.items()}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What a campaign of durability takes.")
    parser.add_argument("--protocol", default=PROTOCOL, help="name or file")
    parser.add_argument("--kilometres", type=float, default=100.0, help="of the chain measured")
    parser.add_argument("--long", type=float, default=LONG, help="km it is extrapolated to")
    parser.add_argument("--set", action="append", help="parameter of the protocol: name=value")
    parser.add_argument("--manners", nargs="+", choices=MANNERS, default=["leaps", "second"])
    parser.add_argument("--faults", type=Path, help="what goes wrong; else nothing does")
    parser.add_argument("--folder", type=Path, help="keeps the run files")
    parser.add_argument("--profile", action="store_true", help="where the time goes")
    parser.add_argument("--sort", default="tottime", help="order of the profile")
    return parser.parse_args()


def _parameters(arguments: argparse.Namespace) -> dict[str, str]:
    given = parse_settings(arguments.set or [])
    if arguments.protocol != PROTOCOL:
        return given
    return {**SHORT, "kilometres": f"{arguments.kilometres:g} km", **given}


def _long(arguments: argparse.Namespace) -> dict[str, str]:
    return {"kilometres": f"{arguments.long:g} km"} if arguments.protocol == PROTOCOL else {}


def _plan(protocol: str, parameters: Mapping[str, str]) -> Plan:
    return check(protocol, None, parameters, Catalogue.shipped(), is_simulated=True).plan


def _together(folder: Path) -> CampaignResults | None:
    try:
        return results_of(folder, opener=Where(1).open)
    except BenchError as error:
        _print(f"no campaign: {error.text('en')}")
        return None


def _cost_lines(done: Done, long: Plan) -> Iterator[str]:
    costs = done.costs
    whole = costs.whole
    yield (
        f"{whole.scans:,} scans in {whole.hours:.2f} h of bench time, {costs.files} files, "
        f"{whole.processor:.1f} s of processor time in scans, {costs.around:.1f} s around them, "
        f"{costs.wall:.0f} s elapsed, load {done.load:.1f}"
    )
    yield f"{whole.each:.0f} us per scan; {costs.size / 1e6:.1f} MB; ended: {costs.ending}"
    yield (
        f"{'block':14}{'h':>8}{'scans':>9}{'us/scan':>9}{'scans/h':>9}{'s/h':>8}"
        f"{'long: h':>10}{'min':>8}"
    )
    rows = extrapolated(costs, long)
    for row in rows:
        yield (
            f"{row.name:14}{row.measured.hours:8.2f}{row.measured.scans:9,}"
            f"{row.measured.each:9.0f}{row.measured.scans / max(row.measured.hours, 1e-9):9.0f}"
            f"{row.measured.processor / max(row.measured.hours, 1e-9):8.2f}"
            f"{row.hours:10.1f}{row.processor / 60:8.1f}"
        )
    hours, minutes = sum(row.hours for row in rows), sum(row.processor for row in rows) / 60
    missing = unmeasured(costs, long)
    if missing:
        yield f"not measured, and not in the sum: {', '.join(missing)}"
    yield f"the whole campaign: {hours:,.0f} h take {minutes:.0f} min of one core"


def _comparison(results: Mapping[str, CampaignResults | None]) -> Iterator[str]:
    """Yield how the manners differ, each from the one before."""
    known = {name: each for name, each in results.items() if each is not None}
    for (name, one), (other, two) in pairwise(known.items()):
        yield f"\n== {other} against {name}"
        yield from _sums(_named(one), _named(two))
        yield from _values(one, two)


def _named(results: CampaignResults) -> dict[str, float]:
    totals = {f"{each.name} [{each.unit}]": each.value for each in results.totals}
    return totals | {f"{each.name} [km]": each.kilometres for each in results.equivalences}


def _sums(one: Mapping[str, float], two: Mapping[str, float]) -> Iterator[str]:
    yield f"{'':34}{'':>14}{'':>14}{'difference':>14}"
    for name in one:
        a, b = one[name], two.get(name, float("nan"))
        yield f"{name:34}{a:14.5g}{b:14.5g}{100 * (b / a - 1) if a else 0.0:13.3f} %"


def _values(one: CampaignResults, two: CampaignResults) -> Iterator[str]:
    """Yield each value at a reference test, and its difference over its standard uncertainty.

    Of the uncertainty only what tests do not share counts: the instruments are the same.
    """
    yield f"{'at the reference tests':34}{'':>14}{'':>14}{'difference':>14}{'/ u':>8}"
    for row in one.drifts:
        other = two.drift(row.name)
        for a, b in zip(row.points, () if other is None else other.points, strict=False):
            own = (_own(a) ** 2 + _own(b) ** 2) ** 0.5
            over = f"{(b.value - a.value) / own:8.2f}" if own else f"{'':8}"
            name = f"{row.name} {a.test} [{row.unit}]"
            yield f"{name:34}{a.value:14.5g}{b.value:14.5g}{b.value - a.value:14.3g}{over}"


def _own(point: DriftPoint) -> float:
    return max(point.standard_uncertainty**2 - point.common_uncertainty**2, 0.0) ** 0.5


def _print(*lines: str | Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
