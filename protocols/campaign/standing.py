"""Which runs count: as a whole or not at all, each with its reason.

Nothing dubious is counted. What could leave kilometres out, or count them twice, is a doubt, and a
doubt leaves a verdict NOT SHOWN.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final

from bench.clock import SECOND
from bench.messages import Message
from bench.record.layout.iso_time import iso
from protocols.campaign.inventory import Inventory, Unreadable
from protocols.campaign.part_results import RunFacts
from protocols.campaign.results import CampaignFile
from protocols.campaign.run_reading import RunReading

DOUBTFUL: Final = frozenset(
    {"broken", "not-read", "missing", "other-content", "serial-changed", "clock-set-back",
     "overlapping"}
)  # fmt: skip
"""Problems by which kilometres may be missing, or be there twice."""
SPOILT: Final = frozenset({"broken"})
"""Problems that a copy of the file has not; what nobody read might say something else."""
CLOCK_SLACK: Final = 5 * SECOND
"""ns. Two runs may seem to overlap by so much: clocks are marked to the second in file names."""
COUNTER_SLACK: Final = 0.1
"""h. Counters and rows may differ by so much, or by `COUNTER_SHARE`. Engineering default."""
COUNTER_SHARE: Final = 0.02
"""1. See `COUNTER_SLACK`."""
COUNTED_HOURS: Final = "hours"
"""Counter of running hours."""


@dataclass(frozen=True)
class Problem:
    """Why a run does not count."""

    word: str
    """Which kind."""
    reason: Message
    """In a sentence."""


@dataclass(frozen=True)
class Standing:
    """What counts."""

    files: tuple[CampaignFile, ...]
    """Every run and file that was looked at, in time."""
    counted: tuple[RunReading, ...]
    """Runs that count, in time."""
    doubts: tuple[Message, ...] = ()
    """Why kilometres may be missing or counted twice."""


@dataclass
class _Runs:
    """Runs on the way to a decision."""

    runs: list[RunReading]
    problems: dict[str, Problem] = field(default_factory=dict[str, Problem])
    remarks: dict[str, list[Message]] = field(default_factory=dict[str, list[Message]])
    extra: list[CampaignFile] = field(default_factory=list[CampaignFile])
    doubts: list[Message] = field(default_factory=list[Message])

    def good(self) -> list[tuple[RunReading, RunFacts]]:
        """Return the runs nothing was found against so far, in time."""
        found = [
            (run, run.facts)
            for run in self.runs
            if run.facts is not None and run.name not in self.problems
        ]
        return sorted(found, key=lambda each: (each[1].start_utc_ns, each[0].name))

    def against(self, run: RunReading, word: str, **told: object) -> None:
        """Take a run out."""
        reason = Message(f"campaign.file-{word}", {"file": run.name, **told})
        self.problems.setdefault(run.name, Problem(word, reason))

    def remark(self, run: RunReading, word: str, **told: object) -> None:
        """Keep something in mind of a run that counts."""
        self.remarks.setdefault(run.name, []).append(Message(f"campaign.{word}", told))

    def before(self, run: RunReading) -> RunReading | None:
        """Return the run that one goes on from; None: it begins anew, or is not there."""
        if not run.files.last.continues:
            return None
        wanted = PurePosixPath(run.files.last.continues).name
        own = str(PurePosixPath(run.name).parent)
        found = [each for each in self.runs if each.file_name == wanted and each is not run]
        beside = [each for each in found if str(PurePosixPath(each.name).parent) == own]
        return next(iter([*beside, *found]), None)


def standing_of(
    inventory: Inventory, runs: Sequence[RunReading], *, kind: str, serial: str
) -> Standing:
    """Return which runs of a test object count.

    Args:
        inventory: of the folder.
        runs: every run of it that was read, of whichever object.
        kind: kind of the test object.
        serial: its serial number.
    """
    found = _Runs(list(runs))
    for unreadable in inventory.unreadable:
        _take_unreadable(found, unreadable)
    for rule in _RULES:
        rule(found, kind, serial)
    counted = [run for run, _ in found.good()]
    _remarks(found, counted)
    whole = {run.files.last.run_uuid for run in counted}
    problems = [
        found.problems[run.name]
        for run in found.runs
        if run.name in found.problems
        and found.problems[run.name].word in DOUBTFUL
        # of a spoilt file with a whole copy nothing is missing
        and not (found.problems[run.name].word in SPOILT and run.files.last.run_uuid in whole)
    ]
    files = [_file(run, found) for run in found.runs] + found.extra
    return Standing(
        files=tuple(sorted(files, key=lambda each: (each.begin_utc, each.name))),
        counted=tuple(counted),
        doubts=(*found.doubts, *(each.reason for each in problems)),
    )


def _take_unreadable(found: _Runs, unreadable: Unreadable) -> None:
    """Name a file that says nothing of itself; one that is no run file leaves no doubt."""
    is_foreign = unreadable.why.id == "runs.not-a-run"
    word = "foreign" if is_foreign else "broken"
    told = {"file": unreadable.name, "why": unreadable.why}
    reason = Message(f"campaign.file-{word}", told)
    found.extra.append(
        CampaignFile(name=unreadable.name, counted=False, problem=word, reasons=(reason,))
    )
    if not is_foreign:
        found.doubts.append(reason)


def _cannot_be_read(found: _Runs, _kind: str, _serial: str) -> None:
    for run in found.runs:
        if run.files.is_growing:
            found.against(run, "growing")
        elif run.failures:
            found.against(run, "not-read", why=run.failures[0])
        elif run.findings or run.facts is None:
            why = run.findings[0] if run.findings else "?"
            found.against(run, "broken", why=why)
        elif run.files.missing:
            parts = ", ".join(str(part) for part in run.files.missing)
            found.against(run, "broken", why=Message("runs.gap-part", {"parts": parts}))


def _of_another_object(found: _Runs, kind: str, serial: str) -> None:
    for run in found.runs:
        last = run.files.last
        if (last.object_kind, last.serial) == (kind, serial):
            before = found.before(run)
            theirs = "" if before is None else before.files.last.serial
            if before is not None and theirs != serial:
                found.against(
                    run, "serial-changed", before=before.name, theirs=theirs, serial=serial
                )
        else:
            found.problems.pop(run.name, None)  # what is wrong with it is nothing to this object
            found.against(run, "other-object", kind=last.object_kind, serial=last.serial)
            before = found.before(run)
            if before is not None and before.files.last.serial == serial:
                told = {"file": run.name, "before": before.name, "serial": last.serial}
                found.doubts.append(Message("campaign.chain-leaves", told))


def _empty(found: _Runs, _kind: str, _serial: str) -> None:
    for run, facts in found.good():
        if facts.rows < 2:
            found.against(run, "empty")


def _twice(found: _Runs, _kind: str, _serial: str) -> None:
    first: dict[object, RunReading] = {}
    for run, _ in found.good():
        uuid = run.files.last.run_uuid
        for key in (run.fingerprint, uuid):
            if not key:
                continue
            other = first.setdefault(key, run)
            if other is run:
                continue
            is_same = bool(run.fingerprint) and run.fingerprint == other.fingerprint
            found.against(run, "duplicate" if is_same else "other-content", other=other.name)


def _simulated(found: _Runs, _kind: str, _serial: str) -> None:
    if len({facts.simulated for _, facts in found.good()}) > 1:
        for run, facts in found.good():
            if facts.simulated:
                found.against(run, "simulated")


def _of_another_size(found: _Runs, _kind: str, serial: str) -> None:
    """A serial number does not change its displacement."""
    first: tuple[RunReading, RunFacts] | None = None
    for run, facts in found.good():
        if facts.settings is None:
            continue
        if first is None:
            first = (run, facts)
        elif facts.settings != first[1].settings:
            about = {"before": first[0].name, "serial": serial}
            found.against(run, "serial-changed-size", **about)
            found.problems[run.name] = replace(found.problems[run.name], word="serial-changed")


def _set_back(found: _Runs, _kind: str, _serial: str) -> None:
    for run, facts in found.good():
        before = found.before(run)
        if before is None or before.facts is None:
            continue
        late = before.facts.end_utc_ns - facts.start_utc_ns
        if late > CLOCK_SLACK:
            shown = f"{late / SECOND:.0f} s"
            found.against(run, "clock-set-back", before=before.name, by=shown)


def _overlapping(found: _Runs, _kind: str, _serial: str) -> None:
    reached: tuple[RunReading, int] | None = None
    for run, facts in found.good():
        if reached is not None and facts.start_utc_ns < reached[1] - CLOCK_SLACK:
            found.against(run, "overlapping", other=reached[0].name)
        elif reached is None or facts.end_utc_ns > reached[1]:
            reached = (run, facts.end_utc_ns)


def _missing(found: _Runs, _kind: str, _serial: str) -> None:
    told: set[str] = set()
    for run, facts in found.good():
        if facts.continues and found.before(run) is None and facts.continues not in told:
            told.add(facts.continues)
            about = {"file": run.name, "missing": facts.continues}
            reason = Message("campaign.file-missing", about)
            found.doubts.append(reason)
            found.extra.append(
                CampaignFile(
                    name=facts.continues, counted=False, problem="missing", reasons=(reason,)
                )
            )


def _counters(found: _Runs, _kind: str, _serial: str) -> None:
    for run, facts in found.good():
        before = found.before(run)
        if before is None or before.facts is None:
            continue
        end, own = (each.counters.get(COUNTED_HOURS) for each in (before.facts, facts))
        if end is None or own is None:
            continue
        begin = own / 3600.0 - run.hours - run.lost_hours
        jump = begin - end / 3600.0
        if abs(jump) <= max(COUNTER_SLACK, COUNTER_SHARE * run.hours):
            continue
        about = {"before": before.name, "hours": f"{abs(jump):.1f} h"}
        if jump < 0.0:
            found.against(run, "serial-changed-count", **about)
            found.problems[run.name] = replace(found.problems[run.name], word="serial-changed")
        else:
            gap = Message("campaign.counter-gap", {"file": run.name, **about})
            found.doubts.append(gap)
            found.remarks.setdefault(run.name, []).append(gap)


_RULES: tuple[Callable[[_Runs, str, str], None], ...] = (
    _cannot_be_read, _of_another_object, _empty, _twice, _simulated, _of_another_size, _set_back,
    _overlapping, _missing, _counters,
)  # fmt: skip
"""In this order: what is found first counts."""


def _remarks(found: _Runs, counted: Sequence[RunReading]) -> None:
    for before, run in itertools.pairwise(counted):
        if run.name < before.name:
            found.remark(run, "names-out-of-order", before=before.name)
    for run in counted:
        facts = run.facts
        if facts is not None and facts.clock_steps:
            seconds = f"{sum(step for _, step in facts.clock_steps) / SECOND:+.0f} s"
            found.remark(run, "clock-stepped", steps=len(facts.clock_steps), seconds=seconds)
        if run.missing_channels:
            found.remark(run, "channels-missing", channels=", ".join(run.missing_channels))
        if run.lost_hours > COUNTER_SLACK:
            found.remark(run, "hours-lost", hours=f"{run.lost_hours:.1f} h")


def _others(problem: Problem, run: RunReading) -> Sequence[Message]:
    """Return why further parts could not be read, beside the reason that is told first."""
    return run.failures[1:] if problem.word == "not-read" else ()


def _file(run: RunReading, found: _Runs) -> CampaignFile:
    facts, problem = run.facts, found.problems.get(run.name)
    last = run.files.last
    shown = CampaignFile(
        name=run.name,
        parts=run.files.files,
        protocol=last.protocol,
        serial=last.serial,
        begin_utc=iso(last.start_utc_ns),
        counted=problem is None,
        problem="" if problem is None else problem.word,
        reasons=() if problem is None else (problem.reason, *_others(problem, run)),
        remarks=tuple(found.remarks.get(run.name, ())) if problem is None else (),
        continues=last.continues,
        state=last.ending or "open",
    )
    if facts is None:
        return shown
    hours = (facts.last_ns - facts.first_ns) / SECOND / 3600.0
    return replace(shown, end_utc=iso(facts.end_utc_ns), hours=hours, state=facts.ending)
