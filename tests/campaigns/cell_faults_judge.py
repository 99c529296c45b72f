"""One row of the table: let it happen, look on, and judge by plant, bench and run file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from bench.clock import SECOND
from bench.runs import open_run
from tests.campaigns.cell_faults_bench import CellBench
from tests.campaigns.cell_faults_table import CellCase
from tests.campaigns.cell_faults_truth import CellMoment, damage, margins
from tests.campaigns.faults_judge import Result, closed

AFTER = 900 * SECOND
"""How long to look on after the reaction was due: oxidation takes one to three minutes, carbon
seven, an unload ten."""
AFTER_NOTHING = 180 * SECOND
"""How long where only a sensor is wrong, and nothing has to move."""
LONGEST_CAUSE = 20_000 * SECOND
"""How long to wait for a cause that the plant has to come to."""
MOMENTS: Mapping[str, tuple[int, int]] = {"ramping": (600, 900)}
"""Scans after which the fault comes, at least and at most; else `MOMENT`."""
MOMENT = (1, 20)
TELLING = frozenset({"warning", "error"})


@dataclass
class CellCourse:
    """What was seen."""

    before: CellMoment
    began: int
    caused: int | None = None
    reacted: int | None = None
    left: str = ""


def tried(case: CellCase, bench: CellBench, random: Random) -> Result:
    """Return what comes of a fault, on a bench that is in the state of the row."""
    bench.scan(random.randint(*MOMENTS.get(case.state, MOMENT)))
    course = CellCourse(bench.moment, bench.clock.now())
    if case.since is None:
        course.caused = course.began
    was = bench.state
    bench.forget()
    for injection in case.injections:
        bench.inject(injection)
    _look_on(case, bench, course, was)
    wrong = [*_reaction_wrong(case, course, bench), *_truth_wrong(case, course, bench)]
    stop = bench.loop.stop
    path, found = closed(bench)
    with open_run(path) as run:
        told = [(each.time_ns, each.source, each.level) for each in run.events]
    wrong += found
    wrong += _telling_wrong(case, course, told)
    ended = f"{bench.state}; {margins(bench.moments)}"
    if stop is not None and stop.message is not None:
        ended += f"; {stop.message.text()[:90]}"
    if bench.failure is not None:
        ended += f" ({bench.failure!r})"
    effect = f"{case.limit or case.source or 'none'}: {case.reaction}"
    return Result(case.fault, case.state, effect, tuple(wrong), _seconds(course), ended)


def _look_on(case: CellCase, bench: CellBench, course: CellCourse, was: str) -> None:
    seen, after = 0, AFTER_NOTHING if case.is_quiet else AFTER
    until = course.began + round(case.within * SECOND) + after
    while bench.clock.now() < (until if course.caused is not None else until + LONGEST_CAUSE):
        bench.scan()
        now = bench.clock.now()
        for moment in bench.moments[seen:]:
            if (
                course.caused is None
                and case.since is not None
                and case.since.holds(moment, moment)
            ):
                course.caused = moment.time
                until = moment.time + round(case.within * SECOND) + after
            is_alone = not (moment.state.fuel_valve_open or moment.inputs.load_contactor)
            if case.reaction == "fallback" and course.reacted is None and is_alone:
                course.reacted = moment.time
        seen = len(bench.moments)
        if course.reacted is None and _is_there(case, bench):
            course.reacted = now
        if case.stays and bench.state != was and not course.left:
            course.left = f"{bench.state} after {(now - course.began) / SECOND:.0f} s"


def _is_there(case: CellCase, bench: CellBench) -> bool:
    if case.phase:
        is_tripped = case.reaction != "trip" or bench.state == "tripped"
        return bench.loop.phase == case.phase and is_tripped
    return case.states is not None and bench.state in case.states


def _due(case: CellCase, course: CellCourse) -> int:
    cause = course.began if course.caused is None else course.caused
    return cause + round(case.within * SECOND)


def _seconds(course: CellCourse) -> float | None:
    if course.reacted is None or course.caused is None:
        return None
    return round((course.reacted - course.caused) / SECOND, 1)


def _reaction_wrong(case: CellCase, course: CellCourse, bench: CellBench) -> Iterator[str]:
    if course.caused is None:
        yield f"the cause never came ({'' if case.since is None else case.since.text})"
    if bench.failure is not None:
        yield f"failed: {bench.failure!r}"
    if case.stays:
        if course.left:
            yield f"left its state: {course.left}"
        return
    if course.reacted is None:
        yield f"no {case.reaction}, but {bench.state} ({bench.loop.phase or 'no sequence'})"
    elif course.reacted > _due(case, course):
        yield f"{(course.reacted - _due(case, course)) / SECOND:.0f} s too late"
    if case.states is not None and bench.state not in case.states:
        yield f"ends in {bench.state}"


def _truth_wrong(case: CellCase, course: CellCourse, bench: CellBench) -> Iterator[str]:
    due = course.reacted if course.reacted is not None else _due(case, course)
    for claim in case.claims:
        if broken := claim.broken(bench.moments, course.before, due):
            yield broken
    if case.survives and (harm := damage(course.before, bench.moments[-1])):
        yield f"not survived: {', '.join(harm)}"


def _telling_wrong(
    case: CellCase, course: CellCourse, told: list[tuple[int, str, str]]
) -> Iterator[str]:
    wanted = case.limit or case.source
    since = [
        (time, source) for time, source, level in told if time >= course.began and level in TELLING
    ]
    times = [time for time, source in since if source == wanted]
    if wanted and not times:
        yield f"{wanted} never told, only {sorted({source for _, source in since})}"
    elif case.stays and times:
        course.reacted = min(times)
    if wanted and times and min(times) > _due(case, course):
        yield f"{wanted} told {(min(times) - _due(case, course)) / SECOND:.0f} s too late"
