"""Are durability verdicts honest? Wears many engines by laws nobody who judges knows.

    python -m tests.campaigns.durability --seeds 200     # drift and verdict at 200,000 km
    python -m tests.campaigns.durability --lives 500     # intervals of Weibull lives

Each seed is another engine on another bench. Its reference tests are judged by the functions that
`h2bench campaign analyze` uses; the truth at 200,000 km is read from the engine beside them.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.drift_laws import judge_life, life_bound
from analysis.verdict import Verdict
from analysis.weibull import Weibull, fit_weibull
from analysis.weibull_ranks import fit_ranks
from bench.messages import Message
from bench.units import quantity
from drivers.simulated.plants.hydrogen_engine.ageing_parameters import AgeingParameters
from protocols.campaign.drifts import Drift, _drift
from protocols.campaign.part_results import Measured
from protocols.campaign.quantities import BY_NAME
from protocols.campaign.results import DriftPoint, LedgerEvent
from protocols.campaign.verdict import Case, results_for
from protocols.criteria import Criterion
from protocols.results import Result
from tests.campaigns.durability_engines import HOURS, LIFE, Bench, engine

LIMIT = 43.0
"""%."""
ENDS = ((0.424, 0.441), (0.4285, 0.43))
"""Between which engines end, 1: every second one just below the limit, where passes go wrong."""
CRITERION = Criterion(
    name="efficiency_at_end",
    at="campaign",
    at_least=quantity("43 %"),
    at_most=None,
    confidence=0.95,
    origin="target of the hydrogen engine programme",
)
JUDGES = ("campaign analyze", "line alone", "any law")
"""As the command judges; the straight line with its budget; `analysis.drift_laws`."""
SCHEDULES = {"to the end": (4, 1.0), "8 to the end": (8, 1.0), "three quarters": (4, 0.75)}
"""Reference tests after the first one within a life, and where the last one is."""


@dataclass(frozen=True)
class Judged:
    """What one judge says of one campaign; %."""

    lower: float
    """One-sided bound, 95 %."""
    upper: float
    """One-sided bound, 95 %: both together hold 90 %."""
    verdict: Verdict
    """Against 43 %."""


@dataclass(frozen=True)
class Outcome:
    """One campaign beside its truth."""

    seed: int
    """Of engine and bench."""
    schedule: str
    """Of `SCHEDULES`."""
    law: str
    """By which the engine wears."""
    broken: str
    """What breaks its series of values."""
    truth: float
    """Efficiency at 200,000 km, %."""
    judged: dict[str, Judged]
    """By judge."""


def outcome(seed: int, schedule: str) -> Outcome:
    """Carry out one campaign and judge it."""
    draw = random.Random(f"{seed}/durability")
    quarters, share = SCHEDULES[schedule]
    tried = engine(draw, quarters, ENDS[seed % 2])
    bench = Bench(draw, common=draw.choice((1.0, 0.7)))
    kilometres = [LIFE * number / quarters for number in range(round(quarters * share) + 1)]
    broken = draw.choice((None, None, None, "recalibration", "repair"))
    place = draw.randrange(1, len(kilometres))
    after = kilometres[place - 1]
    if broken == "repair":
        tried = tried.adjusted(after, draw.uniform(0.995, 1.008))
    events = [_event(broken, after)] if broken else []
    points: list[DriftPoint] = []
    for number, km in enumerate(kilometres):
        if number == place and broken == "recalibration":
            bench.recalibrate()
        points.append(_point(number + 1, km, bench.tested(tried, km)))
    drift = _drift(BY_NAME["efficiency"], points, events, LIFE)
    return Outcome(
        seed=seed,
        schedule=schedule,
        law=tried.law,
        broken=broken or "never",
        truth=100.0 * tried.truth(LIFE),
        judged=dict(zip(JUDGES, _judged(drift), strict=True)),
    )


def _event(kind: str, after: float) -> LedgerEvent:
    """Return what breaks the series right after a reference test."""
    return LedgerEvent(
        kind=kind,
        title=Message(f"campaign.kind-{kind}"),
        text=kind,
        utc="",
        hours=after / LIFE * HOURS + 1.0,
        kilometres=after,
        file="",
        breaks=("efficiency",),
    )


def _point(number: int, kilometres: float, shown: Measured) -> DriftPoint:
    return DriftPoint(
        test=number,
        kilometres=kilometres,
        hours=kilometres / LIFE * HOURS,
        value=shown.value,
        standard_uncertainty=shown.standard_uncertainty,
        common_uncertainty=shown.common_uncertainty,
        counted=True,
    )


def _judged(drift: Drift) -> tuple[Judged, Judged, Judged]:
    case = Case(
        criteria=(CRITERION,),
        drifts={"efficiency": drift},
        equivalences=(),
        kilometres=LIFE,
        target=LIFE,
        doubts=(),
    )
    (told,) = results_for(case)
    bounds = [
        life_bound(
            kilometres=[point.kilometres for point in drift.row.points],
            values=[point.value for point in drift.row.points],
            series=[point.series for point in drift.row.points],
            end=LIFE,
            systematic=drift.row.systematic,
            others=others,
        )
        for others in ((), None)
    ]
    first, second = (
        Judged(
            bound.one_sided.lower,
            bound.one_sided.upper,
            judge_life(bound=bound, at_least=LIMIT).verdict,
        )
        for bound in bounds
    )
    return _as_told(told), first, second


def _as_told(told: Result) -> Judged:
    assert told.verdict is not None
    return Judged(told.lower, told.upper, told.verdict)


def campaign(seeds: Sequence[int], schedules: Sequence[str] = tuple(SCHEDULES)) -> list[Outcome]:
    """Carry out all seeds on every schedule, on all processors."""
    work = [(seed, schedule) for schedule in schedules for seed in seeds]
    with ProcessPoolExecutor() as pool:
        return list(pool.map(outcome, *zip(*work, strict=True), chunksize=8))


def coverage(outcomes: Sequence[Outcome], judge: str) -> float:
    """Return the share of campaigns whose two bounds hold the truth."""
    held = [o.judged[judge].lower <= o.truth <= o.judged[judge].upper for o in outcomes]
    return sum(held) / len(held)


def false_passes(outcomes: Sequence[Outcome], judge: str) -> tuple[int, int]:
    """Return how many engines below the limit passed, and how many there were."""
    below = [o for o in outcomes if o.truth < LIMIT]
    return sum(o.judged[judge].verdict is Verdict.PASS for o in below), len(below)


def _rows(outcomes: Sequence[Outcome], schedule: str) -> list[str]:
    rows: list[str] = []
    for judge in JUDGES:
        passed, below = false_passes(outcomes, judge)
        above = [o for o in outcomes if o.truth >= LIMIT]
        shown = sum(o.judged[judge].verdict is Verdict.PASS for o in above)
        failed = sum(o.judged[judge].verdict is Verdict.FAIL for o in above)
        lower = sum(o.judged[judge].lower <= o.truth for o in outcomes) / len(outcomes)
        width = np.median([o.judged[judge].upper - o.judged[judge].lower for o in outcomes])
        rows.append(
            f"| {schedule} | {judge} | {coverage(outcomes, judge):.1%} | {lower:.1%} | "
            f"{width:.2f} | {passed} of {below} ({passed / max(1, below):.1%}) | "
            f"{shown} of {len(above)} | {failed} |"
        )
    return rows


def report(outcomes: Sequence[Outcome]) -> str:
    """Return the figures as a page."""
    seeds = len({o.seed for o in outcomes})
    columns = (
        "tests",
        "judge",
        "truth within both bounds",
        "above the lower one",
        "median width, points",
        "pass below 43 %",
        "pass above",
        "fail above",
    )
    lines = [
        "# Are durability verdicts honest?",
        "",
        f"`python -m tests.campaigns.durability --seeds {seeds}`: engines that wear by laws",
        "nobody who judges knows, on benches as the rig states them. Efficiency at 200,000 km,",
        "limit 43 %; every second engine ends within 0.15 points below it. Both bounds together",
        "are to hold the truth in 90 of 100, the lower one in 95.",
        "",
        f"| {' | '.join(columns)} |",
        "|---" * len(columns) + "|",
    ]
    for schedule in dict.fromkeys(o.schedule for o in outcomes):
        lines += _rows([o for o in outcomes if o.schedule == schedule], schedule)
    lines += ["", *_by("law", outcomes), "", *_by("broken", outcomes)]
    return "\n".join([*lines, ""])


def _by(what: str, outcomes: Sequence[Outcome]) -> list[str]:
    """Return coverage by law of wear, or by what breaks the series."""
    lines = [
        f"| {what} | campaigns | truth within both bounds: {', '.join(JUDGES)} |",
        "|---|---|---|",
    ]
    for value in sorted({getattr(o, what) for o in outcomes}):
        own = [o for o in outcomes if getattr(o, what) == value]
        held = ", ".join(f"{coverage(own, judge):.0%}" for judge in JUDGES)
        lines.append(f"| {value} | {len(own)} | {held} |")
    return lines


@dataclass(frozen=True)
class LifeCoverage:
    """How often intervals of lives hold the truth."""

    failures: int
    """r of each test."""
    units: int
    """n of each test."""
    held: dict[str, float]
    """Quantity → share of 90 % intervals with the truth."""
    scale_error: float
    """Median of estimate over truth of B10."""
    ranks_error: float
    """The same of median-rank regression."""


LIFE_TESTS = ((3, 3), (5, 5), (10, 10), (20, 20), (5, 3), (10, 5), (20, 5))
"""Units, failures at which the test ends."""


def lives(tests: int, units: int, failures: int, seed: int = 0) -> LifeCoverage:
    """Return how often 90 % intervals hold the truth in tests that end at so many failures."""
    law = AgeingParameters()
    truth = Weibull(shape=law.injectors_life_shape, scale=law.injectors_life / 3600.0)
    draw = np.random.default_rng([seed, units, failures])
    held = dict.fromkeys(("shape", "scale", "B10", "R"), 0)
    ratios = np.zeros((tests, 2))
    for place in range(tests):
        times = np.sort(truth.scale * draw.weibull(truth.shape, units))
        at_failure, left = times[:failures], [times[failures - 1]] * (units - failures)
        fit = fit_weibull(failures=at_failure, suspensions=left, confidence=0.9)
        ranked = fit_ranks(failures=at_failure, suspensions=left)
        for name, estimate, value in (
            ("shape", fit.shape, truth.shape),
            ("scale", fit.scale, truth.scale),
            ("B10", fit.life(0.9), truth.life(0.9)),
            ("R", fit.reliability(HOURS), truth.reliability(HOURS)),
        ):
            held[name] += estimate.lower <= value <= estimate.upper
        ratios[place] = (fit.life(0.9).value, ranked.distribution.life(0.9))
    errors = np.median(ratios, axis=0) / truth.life(0.9)
    return LifeCoverage(
        failures=failures,
        units=units,
        held={name: count / tests for name, count in held.items()},
        scale_error=float(errors[0]),
        ranks_error=float(errors[1]),
    )


def lives_report(tests: int) -> str:
    """Return the figures of all life tests as a page."""
    columns = (
        "engines",
        "failures",
        "shape",
        "scale",
        "B10",
        "R(one life)",
        "B10, median over truth",
        "by ranks",
    )
    lines = [
        "# Do intervals of lives hold the truth?",
        "",
        f"`python -m tests.campaigns.durability --lives {tests}`: injectors that die as the",
        "plant's law says (Weibull, shape 1.8), tests that end at a failure; intervals of 90 %.",
        "",
        f"| {' | '.join(columns)} |",
        "|---" * len(columns) + "|",
    ]
    for units, failures in LIFE_TESTS:
        found = lives(tests, units, failures)
        held = " | ".join(f"{share:.1%}" for share in found.held.values())
        lines.append(
            f"| {units} | {failures} | {held} | {found.scale_error:.2f} | {found.ranks_error:.2f} |"
        )
    return "\n".join([*lines, ""])


def main() -> None:
    """Run what is asked and write what it shows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=0)
    parser.add_argument("--lives", type=int, default=0)
    parser.add_argument("--results", type=Path, default=None)
    arguments = parser.parse_args()
    pages: list[str] = []
    if arguments.seeds or not arguments.lives:
        pages.append(report(campaign(range(arguments.seeds or 200))))
    if arguments.lives:
        pages.append(lives_report(arguments.lives))
    page = "\n".join(pages)
    print(page)  # noqa: T201 - a campaign prints what it found
    if arguments.results is not None:
        arguments.results.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
