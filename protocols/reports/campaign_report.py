"""The report of a campaign: the same results as `h2bench campaign analyze`, never computed anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.messages import Message
from bench.runs import Run
from protocols.campaign.results import CampaignFile, CampaignResults, CombustionAtTest
from protocols.combustion_tables import COLUMNS, CombustionTables
from protocols.reports.audit import Made, audit_blocks
from protocols.reports.blocks import Block, Cell, Column, Heading, Items, Paragraph, Report, Table
from protocols.reports.blocks import row as row_of
from protocols.reports.campaign_parts import (
    drift_blocks,
    kilometre_blocks,
    ledger_blocks,
    test_blocks,
)
from protocols.reports.console_tables import blocks_of
from protocols.reports.deviations import campaign_deviations
from protocols.reports.drawing import Drawing
from protocols.reports.facts import object_blocks, protocol_blocks, signature_blocks
from protocols.reports.instruments import instrument_blocks
from protocols.reports.parts import remark_blocks, result_blocks
from protocols.reports.speech import Speech, day, hours, kilometres, placed
from protocols.reports.trace_figures import pressure_figure


def campaign_report(
    results: CampaignResults,
    runs: Sequence[Run],
    speech: Speech,
    drawing: Drawing,
    *,
    made: Made,
) -> Report:
    """Return the report of a campaign.

    Args:
        results: what all runs show.
        runs: those that count, open, in time; at least one.
        speech: in which language.
        drawing: how figures are drawn.
        made: how the report was made.
    """
    serial = results.object_serial or "–"
    compared = speech.say("compared-campaign")
    told = [speech.told(text) for text in (*results.warnings, *results.remarks)]
    blocks = [
        *_first(results, speech),
        *object_blocks(runs[0], speech),
        *kilometre_blocks(results, speech, drawing),
        *result_blocks(results.results, speech, drawing, has_intervals=False),
        *remark_blocks(told, speech),
        *drift_blocks(results, speech, drawing),
        *test_blocks(results.tests, speech),
        *_combustion(results, runs, speech, drawing),
        *_reliability(results, speech),
        *ledger_blocks(results, speech, drawing),
        *campaign_deviations(results, runs, speech),
        *_files(results.files, speech),
        *instrument_blocks(runs, speech),
        *protocol_blocks(runs, speech),
        *audit_blocks(runs, speech, made, compared),
        *signature_blocks(speech),
    ]
    return Report(
        language=speech.language,
        title=speech.say("campaign-title", target=kilometres(results.target)),
        subtitle=speech.say("campaign-subtitle", serial=serial, runs=len(runs)),
        foot=f"{results.object_kind} {serial}",
        page=speech.say("page"),
        blocks=tuple(blocks),
        mark=speech.say("simulated") if results.simulated else "",
    )


def _first(results: CampaignResults, speech: Speech) -> Iterator[Block]:
    """Yield verdict and claim, by which rule, and what is missing."""
    yield speech.verdict_box(results.verdict, results.results, [_claim(results, speech)])
    if results.verdict is None and not results.missing:
        return
    yield Paragraph(speech.say("campaign-rule"), "faint")
    yield Heading(speech.say("missing"))
    if results.missing:
        yield Items(tuple(speech.told(text) for text in results.missing))
    else:
        yield Paragraph(speech.say("nothing-missing"))


def _claim(results: CampaignResults, speech: Speech) -> str:
    governing = next((each for each in results.equivalences if each.is_governing), None)
    if governing is None:
        return speech.say("no-kilometres")
    return speech.say(
        "claim",
        kilometres=kilometres(results.kilometres),
        lower=kilometres(results.kilometres_lower),
        upper=kilometres(results.kilometres_upper),
        target=kilometres(results.target),
        mechanism=speech.told(governing.title),
        hours=hours(results.total("hours")),
    )


def _combustion(
    results: CampaignResults, runs: Sequence[Run], speech: Speech, drawing: Drawing
) -> Iterator[Block]:
    """Yield captures at the reference tests, the first and the last one drawn."""
    if not (results.combustion or results.abnormal_cycles):
        return
    yield Heading(speech.say("combustion"))
    if results.combustion:
        yield _captures(results.combustion, speech)
    if results.abnormal_cycles:
        yield from blocks_of([CombustionTables(speech.language).abnormal(results.abnormal_cycles)])
    names = {run.path.name: run for run in runs}
    for each in dict.fromkeys((*results.combustion[:1], *results.combustion[-1:])):
        run = names.get(each.file.rpartition("/")[2])
        figure = None if run is None else pressure_figure(drawing, speech, run, each.row)
        if figure is not None:
            yield figure


def _captures(captures: Sequence[CombustionAtTest], speech: Speech) -> Table:
    columns = (
        Column("n", weight=0.5),
        Column(speech.say("point"), weight=1.5),
        Column(speech.say("kilometres-axis"), is_number=True, weight=1.1),
        Column(speech.say("cycles"), is_number=True, weight=1.1),
        *(
            Column(
                Message(f"combustion.short-{name.replace('_', '-')}").text(speech.language)
                + f" [{unit}]",
                is_number=True,
            )
            for name, _, unit in COLUMNS
        ),
    )
    rows = [
        row_of(
            f"{each.test}",
            each.row.at,
            kilometres(each.kilometres),
            f"{each.row.used}/{each.row.cycles}",
            *(placed(each.row.value(name), places) for name, places, _ in COLUMNS),
        )
        for each in captures
    ]
    return Table(columns, tuple(rows), speech.say("captures-caption"))


def _reliability(results: CampaignResults, speech: Speech) -> Iterator[Block]:
    if results.reliability:
        yield Heading(speech.say("reliability"))
        yield Items(tuple(speech.told(each.text) for each in results.reliability))


def _files(files: Sequence[CampaignFile], speech: Speech) -> Iterator[Block]:
    yield Heading(speech.say("files"))
    columns = (
        Column("n", weight=0.4),
        Column(speech.say("file"), weight=3.4),
        Column(speech.say("begin-utc"), weight=1.3),
        Column(speech.say("hours"), is_number=True, weight=0.8),
        Column(speech.say("ending"), weight=1.5),
        Column(speech.say("counts"), weight=2.6),
    )
    rows: list[tuple[Cell, ...]] = []
    number = 0
    for each in files:
        number += each.counted
        told = [speech.told(text) for text in (*each.reasons, *each.remarks)]
        word = speech.say("counted" if each.counted else "not-counted")
        rows.append(
            (
                *row_of(
                    f"{number}" if each.counted else "–",
                    each.name,
                    day(each.begin_utc),
                    hours(each.hours),
                    speech.ending(each.state),
                ),
                Cell("; ".join([word, *told]), "open" if told or not each.counted else "plain"),
            )
        )
    yield Table(columns, tuple(rows), speech.say("counted-caption"))
