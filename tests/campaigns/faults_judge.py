"""One case: let it happen, look on, and judge by the plant, the demands and the run file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from random import Random
from typing import Any

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.record.recovery import recover
from bench.runs import open_run
from bench.runs.verifying.run import verify_run
from tests.campaigns.faults_bench import CampaignBench, FaultBench
from tests.campaigns.faults_states import wait_for_moment
from tests.campaigns.faults_table import Case
from tests.campaigns.faults_truth import RPM, Moment

QUIET = 12 * SECOND
"""How long to look on where nothing may happen."""
GATHERING = 40 * SECOND
"""How long where an alarm must come: gas gathers slowly."""
LONGEST = 300 * SECOND
LONGEST_STOP = 240.0
"""Seconds a stop may take until every demand is at its safe value."""
MOST_LOST = 1.5
"""Seconds of rows that may be missing at the end of the file."""
STOPPING = frozenset({"soft-stopping", "hard-stopping"})
RAMPED = 1200 * RPM
STOPS = frozenset({"soft-stop", "hard-stop"})
CHANGING = frozenset({"ramping"})


@dataclass(frozen=True)
class Result:
    """What came of a case."""

    fault: str
    state: str
    effect: str
    wrong: tuple[str, ...]
    reaction: float | None
    """Time from the cause to the effect, s; None: there was none."""
    ended: str
    """State of the bench at the end, and how the run ended."""

    @property
    def id(self) -> str:
        return f"{self.fault}@{self.state}"


@dataclass
class Course:
    """What was seen."""

    before: Moment
    demanded: tuple[float, ...]
    began: int
    caused: int | None = None
    reacted: int | None = None
    kept: tuple[float, ...] = ()
    left: str = ""


def tried(case: Case, bench: CampaignBench, random: Random) -> Result:
    """Return what comes of a fault, on a bench that is in the state of the case."""
    wait_for_moment(bench, case.state, random)
    before = bench.moment
    if case.state in CHANGING:
        before = before._replace(speed=max(before.speed, RAMPED))
    course = Course(before, bench.demands, bench.clock.now())
    was = bench.state
    bench.forget()
    for injection in case.injections:
        bench.inject(injection)
    _look_on(case, bench, course, was)
    wrong = [*_state_wrong(case, bench, course), *_truth_wrong(case, bench, course)]
    wrong += _demands_wrong(case, bench, course)
    last = bench.loop.row.time
    wrong += _file_wrong(case, bench, last)
    cause = course.caused if course.caused is not None else course.began
    reaction = None if course.reacted is None else round((course.reacted - cause) / SECOND, 3)
    stop = bench.loop.stop
    ended = bench.state + (
        "" if stop is None or stop.message is None else f": {stop.message.text()[:110]}"
    )
    if bench.failure is not None:
        ended += f" ({bench.failure})"
    return Result(case.fault, case.state, case.effect.name, tuple(wrong), reaction, ended)


def _look_on(case: Case, bench: CampaignBench, course: Course, was: str) -> None:
    """Scan until all that may be waited for has come, or its time is over."""
    effect = case.effect
    expected = effect.states
    goes_on = effect.stays and case.state in STOPPING
    seen = 0
    while bench.clock.now() < course.began + LONGEST:
        bench.scan()
        now = bench.clock.now()
        for moment in bench.moments[seen:]:
            if course.caused is None and (case.since is None or case.since.holds(moment, moment)):
                course.caused = course.began if case.since is None else moment.time
            if effect.name == "fallback" and course.reacted is None and not moment.is_fuel_open:
                course.reacted = moment.time
        seen = len(bench.moments)
        is_there = expected is not None and bench.state in expected
        if effect.phase:
            is_there = bench.loop.phase == effect.phase
        if course.reacted is None and is_there:
            course.reacted, course.kept = now, bench.demands
        if (
            effect.stays
            and bench.state != was
            and not course.left
            and not (goes_on and bench.state == "safe")
        ):
            course.left = f"{bench.state} {(now - course.began) / SECOND:.1f} s after the fault"
        if _is_over(case, bench, course, goes_on=goes_on):
            break


def _is_over(case: Case, bench: CampaignBench, course: Course, *, goes_on: bool) -> bool:
    now, effect = bench.clock.now(), case.effect
    if goes_on:
        return bench.server.is_finished
    if effect.stays or effect.name == "hold":
        quiet = GATHERING if case.alarm else QUIET
        return now >= course.began + quiet + round((case.within or 0.0) * SECOND)
    due = _due(case, course)
    deadlines = [each.after for each in effect.claims if each.after is not None]
    deadlines += [LONGEST_STOP] if effect.demands == "safe" else []
    if now < due + round(min(max(deadlines, default=0.0), 3.0) * SECOND) + SECOND:
        return False
    moment = bench.moments[-1]
    is_true = all(
        each.holds(moment, course.before) for each in effect.claims if each.after is not None
    )
    is_done = effect.demands != "safe" or bench.server.is_finished or bench.failure is not None
    is_done &= effect.name != "unload" or bench.state == "holding"
    return (is_true and is_done) or now >= due + round(
        max(deadlines, default=0.0) * SECOND
    ) + 5 * SECOND


def _due(case: Case, course: Course) -> int:
    """Return when the effect had to be there, ns."""
    cause = course.caused
    if cause is None:
        cause = course.began if course.reacted is None else course.reacted
    return cause + round((case.within or 0.0) * SECOND)


def _state_wrong(case: Case, bench: CampaignBench, course: Course) -> Iterator[str]:
    effect = case.effect
    if course.caused is None and course.reacted is None and not effect.stays:
        yield f"neither cause nor effect came ({'' if case.since is None else case.since.text})"
    if course.left:
        yield f"left its state: {course.left}"
    if effect.states is None or effect.stays:
        if bench.failure is not None and effect.stays:
            yield f"failed: {bench.failure!r}"
        return
    due = _due(case, course)
    if course.reacted is None:
        yield f"never {' or '.join(sorted(effect.states))}, but {bench.state}"
    elif course.reacted > due:
        late = (course.reacted - due) / SECOND
        yield f"{late:.1f} s too late: {bench.state}"
    if bench.state not in effect.states:
        yield f"ends in {bench.state}"
    if effect.name in STOPS and bench.loop.phase != effect.name:
        yield f"ends by the {bench.loop.phase}"


def _truth_wrong(case: Case, bench: CampaignBench, course: Course) -> list[str]:
    due = _due(case, course)
    found = [each.broken(bench.moments, course.before, due) for each in case.effect.claims]
    return [each for each in found if each]


def _demands_wrong(case: Case, bench: CampaignBench, course: Course) -> Iterator[str]:
    names = [each.name for each in bench.loop.demands.points]
    is_stopping = case.state in STOPPING
    if case.effect.demands == "safe" or (case.effect.demands == "kept" and is_stopping):
        if bench.unsafe:
            yield f"not at their safe values: {', '.join(bench.unsafe)}"
    elif case.effect.demands == "kept" and case.effect.name != "unload":
        known = course.demanded
        if case.state in CHANGING:
            known = course.kept or bench.demands
        changed = [
            name
            for name, was, now in zip(names, known, bench.demands, strict=True)
            if was != now and not (isnan(was) and isnan(now))
        ]
        if changed:
            yield f"changed: {', '.join(changed)}"


def _file_wrong(case: Case, bench: CampaignBench, last: int) -> Iterator[str]:
    """Judge the run file: whole, complete to the last scan, and with what happened."""
    full_at = bench.storage.is_full
    path, found = closed(bench)
    yield from found
    with open_run(path) as run:
        end = run.timeline[-1]
        if (last - end) / SECOND > MOST_LOST and not full_at:
            yield f"run file ends {(last - end) / SECOND:.1f} s before the last scan"
        sources = {each.source for each in run.events if each.level in {"warning", "error"}}
    if case.alarm and case.alarm not in sources:
        yield f"no alarm {case.alarm}, only {sorted(sources)}"
    if case.effect.name not in {"none", "still", "fallback"} and not sources:
        yield "nothing was told"


def closed(bench: FaultBench[Any]) -> tuple[Path, list[str]]:
    """End a run, or recover what lies there of it; return its file and what is wrong with it."""
    path, wrong = bench.server.path, list[str]()
    full_at = bench.storage.is_full
    bench.storage.is_full = False  # somebody has made room
    if bench.is_killed:
        path = _recovered(path)
    else:
        try:
            bench.server.close(bench.failure)
        except RunFileError as error:
            if not full_at:
                wrong.append(f"run file: {error}")
            path = _recovered(path)
    verified = verify_run(path)
    wrong += [f"run file: {each.message.text()}" for each in verified.findings]
    return path, wrong


def _recovered(path: Path) -> Path:
    """Return a copy of what lies there, recovered, as after a restart."""
    folder = path.parent.with_name(path.parent.name + "-after")
    shutil.copytree(path.parent, folder, ignore=shutil.ignore_patterns("*.lock", "*.recording"))
    copy = folder / path.name
    recover(copy)
    return copy


def shown(moments: Sequence[Moment]) -> str:
    """Return the course of the plant, for whoever looks into a case."""
    return "\n".join(
        f"{each.time / SECOND:8.1f} {each.speed / RPM:7.1f} rpm {each.torque:8.1f} N*m "
        f"fuel {each.is_fuel_open:d} injecting {each.is_injecting:d} hood {each.hood:.3f}"
        for each in moments
    )
