"""Did every run go on at the right step, and count what the object did? From the files alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.clock import SECOND
from bench.record.port import WATCHED, Bookmark, StepRecord
from bench.runs import open_run
from bench.runs.verifying.run import verify_run
from tests.campaigns.kill_course import Leaf, added, place_of
from tests.campaigns.kill_operator import Life
from tests.campaigns.kill_truth import Span, Truth

MOST_ROWS_LOST = 1.5
"""Rows end so long before a kill at the most, s."""
MOST_LOST = 1.0
"""Running time a kill may cost, s."""
LAG = 0.3
"""What the sensors' delay may shift when the rotor passes 300 rpm, s."""
_EXACT = ("cycles", "distance")
_GOES_ON = frozenset({"sequence", "re-entry"})


@dataclass(frozen=True)
class Told:
    """What a run file says; times in s of UTC."""

    path: Path
    protocol: str
    continues: str
    ending: str
    """How it ended; empty: it was broken off."""
    start: float
    first: float
    """First row: it counts from then on."""
    last: float
    """Last row."""
    unknown: frozenset[str]
    """Counters that could not be counted for a while: a value was not known."""
    bookmark: Bookmark | None
    steps: tuple[StepRecord, ...]

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.name

    @property
    def has_begun(self) -> bool:
        """Whether it says where it was."""
        return self.bookmark is not None and bool(self.bookmark.position)


def told_by(path: Path) -> Told:
    """Read a run file."""
    with open_run(path) as run:
        start, header = run.header.start_utc_ns, run.header
        first = run.timeline[0] if len(run) else header.start_ns
        last = run.timeline[-1] if len(run) else header.start_ns
        unknown = {each.source for each in run.events if each.message.id == "counter.unknown"}
        return Told(
            path,
            header.protocol_name,
            header.continues,
            "" if run.ending is None else run.ending.state,
            start / SECOND,
            (start + first - header.start_ns) / SECOND,
            (start + last - header.start_ns) / SECOND,
            frozenset(unknown),
            run.bookmark,
            run.steps,
        )


@dataclass
class Verdict:
    """What was found in the files of one site."""

    failures: list[str] = field(default_factory=list[str])
    rows_lost: list[float] = field(default_factory=list[float])
    """Of each kill that hit a file: last row to kill, s."""
    lost: list[float] = field(default_factory=list[float])
    """Of each kill that hit something that runs: running time that no counter has, s."""
    resumed: int = 0
    """Runs that went on from another one."""
    anew: int = 0
    """Runs that began anew."""
    counted: float = 0.0
    """Running time counted in the end, s."""
    true: float = 0.0
    """Running time of the twins until then, s."""
    unwatched: float = 0.0
    """Of it, while no server or none that counts watched: between a bookmark and what follows."""

    def insist(self, holds: object, *what: object) -> None:
        """Note what does not hold."""
        if not holds:
            self.failures.append(" ".join(map(str, what)))


def judged(runs: Path, truth: Truth, lives: Sequence[Life], leaves: Sequence[Leaf]) -> Verdict:
    """Judge all run files of a site, recovered all of them."""
    verdict = Verdict()
    files = sorted((told_by(path) for path in runs.glob("*.h5")), key=lambda told: told.start)
    for path in sorted(runs.glob("*.h5")):
        verified = verify_run(path)
        verdict.insist(verified.is_whole, path.name, "is damaged:", verified.findings)
    _judge_kills(files, truth, lives, verdict)
    _judge_course([each for each in files if each.protocol != WATCHED], truth, leaves, verdict)
    return verdict


def _judge_kills(
    files: Sequence[Told], truth: Truth, lives: Sequence[Life], verdict: Verdict
) -> None:
    """Compare the end of each file that was broken off with the kill that did it."""
    for told in files:
        kills = [each.killed.before for each in lives if each.killed.after > told.start]
        if told.ending or not kills:
            continue
        kill = min(kills)
        if told.last > told.first:  # else it was killed before its first rows were written
            late = kill - told.last
            verdict.rows_lost.append(late)
            verdict.insist(late < MOST_ROWS_LOST, told.name, "lost rows:", late)
        if told.bookmark is None or told.protocol == WATCHED:
            continue
        if told.bookmark.phase not in _GOES_ON:
            continue
        lost = truth.ran(kill) - truth.ran(told.bookmark.utc_ns / SECOND)
        verdict.lost.append((lost.low + lost.high) / 2)
        verdict.insist(lost.low <= MOST_LOST, told.name, "lost running time:", lost)


def _judge_course(
    files: Sequence[Told], truth: Truth, leaves: Sequence[Leaf], verdict: Verdict
) -> None:
    """Follow the runs of one object, each from where the one before was."""
    before: Told | None = None
    for told in files:
        if told.ending == "refused":
            continue
        begin = 0
        if told.continues:
            verdict.resumed += 1
            right = "" if before is None else before.name
            verdict.insist(told.continues == right, told.name, "goes on from", told.continues)
            begin = _place_again(before, leaves, verdict)
        else:
            verdict.anew += 1
            why = before is None or before.ending or not _may_go_on(before)
            verdict.insist(why, told.name, "began anew after", before and before.name)
        if not told.has_begun:
            continue
        _judge_steps(told, begin, leaves, verdict)
        gains = _judge_counts(before, told, truth, verdict)
        _judge_passes(told, begin, gains, leaves, verdict)
        before = told
    if before is not None and before.bookmark is not None:
        end = truth.ran(before.bookmark.utc_ns / SECOND)
        verdict.counted = before.bookmark.counters["hours"]
        verdict.true = (end.low + end.high) / 2


def _may_go_on(told: Told) -> bool:
    return told.bookmark is not None and told.bookmark.phase in _GOES_ON


def _place_again(before: Told | None, leaves: Sequence[Leaf], verdict: Verdict) -> int:
    """Return where a run is to go on."""
    if before is None or before.bookmark is None:
        return 0
    try:
        place = place_of(leaves, before.bookmark.position)
    except LookupError as error:
        verdict.insist(None, before.name, error)
        return 0
    return leaves[place].again


def _judge_steps(told: Told, begin: int, leaves: Sequence[Leaf], verdict: Verdict) -> None:
    """No step is skipped, none is done twice, and the bookmark is where the steps are."""
    bookmark, known = told.bookmark, {leaf.id for leaf in leaves}
    assert bookmark is not None
    done = [step for step in told.steps if step.id in known and step.outcome == "done"]
    right = [leaf.id for leaf in leaves[begin : begin + len(done)]]
    names = [step.id for step in done]
    verdict.insist(names == right, told.name, "from", begin, "did", names)
    odd = [step.id for step in told.steps if step.id in known and step.outcome == "skipped"]
    verdict.insist(not odd, told.name, "skipped", odd)
    if bookmark.phase != "sequence" or not done:
        return
    try:
        place = place_of(leaves, bookmark.position)
    except LookupError as error:
        verdict.insist(None, told.name, error)
        return
    ended = sum(step.end_ns <= bookmark.time_ns for step in done)
    verdict.insist(place == begin + ended, told.name, "is at", place, "after", begin, "+", ended)


def _judge_counts(
    before: Told | None, told: Told, truth: Truth, verdict: Verdict
) -> Mapping[str, float]:
    """What a run added is what the object did.

    No more than since the bookmark before, and no less than since the first row of this run.
    Returns what it added.
    """
    bookmark = told.bookmark
    assert bookmark is not None
    end, start, since = bookmark.utc_ns / SECOND, told.first, truth.utc[0]
    was: Mapping[str, float] = {}
    if before is not None and before.bookmark is not None:
        since, was = before.bookmark.utc_ns / SECOND, before.bookmark.counters
    gains = {name: value - was.get(name, 0.0) for name, value in bookmark.counters.items()}
    bounds = {
        "hours": (truth.ran(end) - truth.ran(start), truth.ran(end) - truth.ran(since), LAG),
        "starts": (
            truth.started(end) - truth.started(start),
            truth.started(end + LAG) - truth.started(since),
            0.0,
        ),
        "energy": _within(
            truth.worked(end) - truth.worked(start), truth.worked(end) - truth.worked(since), 5e3
        ),
        # the meter ends at 40 kg/h, and what fills an empty rail is more: no lower bound
        "hydrogen": _within(Span(-math.inf, 0.0), truth.used(end) - truth.used(since), 5e-4),
    }
    for name, (least, most, slack) in bounds.items():
        gain = gains[name]
        is_low = gain >= least.low - slack or name in told.unknown
        verdict.insist(is_low, told.name, name, gain, "of at least", least)
        verdict.insist(gain <= most.high + slack, told.name, name, gain, "of at most", most)
    between = truth.ran(start) - truth.ran(since)
    verdict.unwatched += max(0.0, (between.low + between.high) / 2) if before else 0.0
    return gains


def _judge_passes(
    told: Told,
    begin: int,
    gains: Mapping[str, float],
    leaves: Sequence[Leaf],
    verdict: Verdict,
) -> None:
    """Each finished pass was counted once."""
    bookmark = told.bookmark
    if bookmark is None or bookmark.phase != "sequence":
        return
    place = _place(leaves, bookmark)
    if place is not None:
        passed = added(leaves, begin, place)
        for name in _EXACT:
            right = passed.get(name, 0.0)
            verdict.insist(math.isclose(gains[name], right), told.name, name, gains[name], right)


def _within(least: Span, most: Span, slack: float) -> tuple[Span, Span, float]:
    """Bounds of what a sensor integrates: 1 % of it and a little more."""
    return least, most, slack + 0.01 * abs(most.high)


def _place(leaves: Sequence[Leaf], bookmark: Bookmark) -> int | None:
    try:
        return place_of(leaves, bookmark.position)
    except LookupError:
        return None
