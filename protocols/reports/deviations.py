"""What deviated: alarms, forced values, gaps, clock steps, windows and tests that do not count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.record.layout.iso_time import iso
from bench.record.port import AS_PLANNED
from bench.record.results import Explanation, explanation_in
from bench.runs import Run
from bench.runs.chunk_source import ChunkCache
from bench.runs.damage import damage_told
from bench.runs.part_file import PartFile
from protocols.campaign.results import CampaignResults, ReferenceTest
from protocols.reports.blocks import Block, Column, Heading, Items, Paragraph, Row, Table, row
from protocols.reports.speech import Speech, day
from protocols.results import RunResults

AUDITED = frozenset({"warning", "error"})
"""Levels of events that are told one by one."""
MOST_EVENTS = 200
"""Events listed of one run; how many more there are is said."""
MOST_PER_RUN = 20
"""Different ones listed of a run of a campaign."""


def run_deviations(run: Run, results: RunResults, speech: Speech) -> Iterator[Block]:
    """Yield what deviated in a run."""
    yield Heading(speech.say("deviations"))
    told = [*_of_file(run, speech), *_of_windows(results, speech)]
    begin = run.header.start_ns
    events = [event for event in run.events if event.level in AUDITED]
    told += [
        f"{(event.time_ns - begin) / 1e9:.0f} s: {speech.told(event.message)}"
        for event in events[:MOST_EVENTS]
    ]
    if len(events) > MOST_EVENTS:
        told.append(speech.say("more-events", count=len(events) - MOST_EVENTS))
    yield Items(tuple(told)) if told else Paragraph(speech.say("no-deviations"))


def campaign_deviations(
    results: CampaignResults, runs: Sequence[Run], speech: Speech
) -> Iterator[Block]:
    """Yield what deviated in a campaign: runs that do not count, tests that do not, alarms."""
    yield Heading(speech.say("deviations"))
    left_out = sum(not each.counted for each in results.files)
    told = [speech.say("left-out", count=left_out)] if left_out else []
    told += [_test(each, speech) for each in results.tests if not each.valid]
    if told:
        yield Items(tuple(told))
    rows = [each for number, run in enumerate(runs, 1) for each in _of_run(number, run, speech)]
    if rows:
        columns = (
            Column(speech.say("run"), weight=0.5),
            Column(speech.say("first-at"), weight=1.4),
            Column("n", is_number=True, weight=0.4),
            Column(speech.say("what"), weight=6.0),
        )
        yield Table(columns, tuple(rows), speech.say("deviations-caption"))
    if not told and not rows:
        yield Paragraph(speech.say("no-deviations"))


def explanation_of(run: Run) -> Explanation | None:
    """Return why a run broke off, as a person says; None: nobody has.

    Raises:
        RunFileError: it is not as written.
    """
    part = PartFile(run.parts[-1], ChunkCache(0))
    try:
        with damage_told(run.parts[-1]):
            return explanation_in(part.entry)
    finally:
        part.close()


def _of_file(run: Run, speech: Speech) -> Iterator[str]:
    """Yield how a run broke off, what is wrong with its file, and where its time is no axis."""
    if run.ending is None:
        yield speech.ending("open")
    elif run.ending.state not in AS_PLANNED:
        why = "" if run.ending.message is None else f": {speech.told(run.ending.message)}"
        yield f"{speech.ending(run.ending.state)}{why}"
    explained = explanation_of(run)
    if explained is not None:
        who, when = explained.operator or "–", day(iso(explained.utc_ns))
        yield speech.say("explained", who=who, when=when, text=explained.text)
    yield from (speech.told(finding) for finding in run.findings)
    for gap in run.gaps:
        begin, end = ((at - run.header.start_ns) / 1e9 for at in (gap.start_ns, gap.end_ns))
        why = speech.told(gap.why)
        yield speech.say("gap", begin=f"{begin:.1f}", end=f"{end:.1f}", why=why)
    for step in run.clock_steps:
        at = f"{(step.time_ns - run.header.start_ns) / 1e9:.0f}"
        yield speech.say("clock-step", at=at, by=f"{step.step_ns / 1e9:+.3f}")
    for each in run.incidents:
        yield speech.say("incident", alarms=", ".join(each.alarms), reaction=each.reaction)


def _of_windows(results: RunResults, speech: Speech) -> Iterator[str]:
    for window in results.windows:
        if not window.valid:
            why = "; ".join(map(speech.told, window.remarks))
            name = f"{window.name} {window.approach}.{window.repeat}"
            yield speech.say("window", name=name, why=why or speech.say("not-counted"))


def _of_run(number: int, run: Run, speech: Speech) -> Iterator[Row]:
    """Yield what deviated in one run of a campaign, the same from the same source once."""
    first = day(iso(run.header.start_utc_ns))
    for text in _of_file(run, speech):
        yield row(f"{number}", first, "", text)
    found: dict[tuple[str, str], list[str]] = {}
    for event in run.events:
        if event.level in AUDITED:
            told = found.setdefault((event.source, event.message.id), [])
            told.append(f"{day(iso(event.utc_ns))}\0{speech.told(event.message)}")
    for texts in list(found.values())[:MOST_PER_RUN]:
        when, _, what = texts[0].partition("\0")
        yield row(f"{number}", when, f"{len(texts)}", what)
    if len(found) > MOST_PER_RUN:
        count = len(found) - MOST_PER_RUN
        yield row(f"{number}", "", "", speech.say("more-events", count=count))


def _test(test: ReferenceTest, speech: Speech) -> str:
    """Return why a reference test does not count; its reasons name the conditions it missed."""
    why = "; ".join(map(speech.told, test.reasons)) or speech.say("not-counted")
    about = {"number": test.number, "point": test.point, "file": test.file}
    return speech.say("test-not-valid", **about, why=why)
