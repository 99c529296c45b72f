"""The report of one run: the same results as `h2bench analyze`, never computed anew."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from bench.runs import Run
from protocols.reports.blocks import (
    Block,
    Cell,
    Column,
    Heading,
    Items,
    Paragraph,
    Report,
    Row,
    Table,
    row,
)
from protocols.reports.drawing import Drawing
from protocols.reports.facts import (
    audit_blocks,
    event_blocks,
    instrument_blocks,
    object_blocks,
    protocol_blocks,
    signature_blocks,
    titles_of,
)
from protocols.reports.figures import budget_figure, intervals_figure, map_figure
from protocols.reports.speech import (
    TONES,
    Speech,
    in_brackets,
    rounded,
    shown_unit,
    with_uncertainty,
)
from protocols.results import ChannelRow, Result, RunResults, WindowRow
from protocols.tables import Tables

CONDITIONS: Final = (
    "engine.speed",
    "engine.torque",
    "stack.current",
    "stack.temperature",
    "coolant.temperature",
    "oil.temperature",
    "intake_air.temperature",
    "cell.temperature",
    "cell.pressure",
    "cell.humidity",
    "fuel.temperature",
)
"""Channels whose means are the conditions of a window, where the run has them."""


def run_report(run: Run, results: RunResults, speech: Speech, drawing: Drawing) -> Report:
    """Return the report of a run."""
    header = run.header
    return Report(
        language=speech.language,
        title=speech.say("run-title", title=titles_of(run).text(speech.language)),
        subtitle=speech.say("run-subtitle", serial=header.object_serial or "–", file=run.path.name),
        foot=run.path.name,
        page=speech.say("page"),
        blocks=tuple(_blocks(run, results, speech, drawing)),
        mark=speech.say("simulated") if header.simulated else "",
    )


def _blocks(run: Run, results: RunResults, speech: Speech, drawing: Drawing) -> Iterator[Block]:
    yield speech.verdict_box(results.verdict, results.results)
    yield Paragraph(speech.say("decision-rule"), "faint")
    yield from object_blocks(run, speech)
    yield from _conditions(results.windows, speech)
    yield from result_blocks(results.results, speech, drawing)
    figure = map_figure(drawing, speech, results.windows)
    if figure is not None:
        yield figure
    tables = Tables(speech.language)
    told = [speech.told(text) for text in (*results.warnings, *results.remarks)]
    yield from remark_blocks([*told, *map(tables.closure, results.closures)], speech)
    yield from event_blocks(run, speech)
    yield from instrument_blocks(run, speech)
    yield from protocol_blocks(run, speech)
    yield from audit_blocks([run], speech)
    yield from signature_blocks(speech)


def result_blocks(results: Sequence[Result], speech: Speech, drawing: Drawing) -> Iterator[Block]:
    """Yield results with uncertainty; of judged ones the interval and the budget."""
    if not results:
        return
    yield Heading(speech.say("results"))
    columns = (
        Column(speech.say("quantity"), weight=3.0),
        Column(speech.say("point"), weight=1.3),
        Column(speech.say("value"), is_number=True),
        Column("u", is_number=True, weight=0.8),
        Column(speech.say("interval"), is_number=True, weight=1.8),
        Column(speech.say("unit"), weight=0.8),
        Column(speech.say("asked"), weight=1.3),
        Column(speech.say("verdict"), weight=1.3),
    )
    yield Table(columns, tuple(_result_row(each, speech) for each in results))
    for result in results:
        if result.verdict is not None and math.isfinite(result.lower):
            yield intervals_figure(drawing, speech, result)
        if result.verdict is not None and result.budget:
            yield from _budget(result, speech, drawing)


def remark_blocks(texts: Sequence[str], speech: Speech) -> Iterator[Block]:
    """Yield what weakens the results and what a reader should know."""
    if texts:
        yield Heading(speech.say("remarks"), 2)
        yield Items(tuple(dict.fromkeys(texts)))


def _result_row(result: Result, speech: Speech) -> Row:
    u = result.standard_uncertainty
    has_interval = math.isfinite(result.lower)
    low, high = with_uncertainty(result.lower, u), with_uncertainty(result.upper, u)
    word = "" if result.verdict is None else speech.verdict(result.verdict)
    return (
        *row(
            speech.told(result.title),
            result.at,
            with_uncertainty(result.value, u),
            with_uncertainty(u, u),
            f"{low} … {high}" if has_interval else "–",
            shown_unit(result.unit),
            speech.asked(result) if result.limit is not None else "",
        ),
        Cell(word, TONES[result.verdict]),
    )


def _budget(result: Result, speech: Speech, drawing: Drawing) -> Iterator[Block]:
    title = speech.told(result.title)
    yield Heading(speech.say("budget", title=title), 2)
    columns = (
        Column(speech.say("input"), weight=3.6),
        Column(f"u {in_brackets(result.unit)}".strip(), is_number=True),
        Column(speech.say("share"), is_number=True),
        Column(speech.say("freedom"), is_number=True, weight=0.7),
        Column(speech.say("part"), weight=1.2),
    )
    rows = [
        row(
            speech.told(each.title),
            rounded(each.contribution, 2),
            f"{100 * each.variance_share:.1f} %" if each.counted else "–",
            f"{each.degrees_of_freedom:.0f}" if math.isfinite(each.degrees_of_freedom) else "∞",
            speech.say("common" if each.common else "independent"),
        )
        for each in result.budget
    ]
    yield Table(columns, tuple(rows), speech.say("budget-table"))
    yield budget_figure(drawing, speech, result)


def _conditions(windows: Sequence[WindowRow], speech: Speech) -> Iterator[Block]:
    """Yield the mean conditions of the measured windows, the channels that stand for them."""
    shown = [window for window in windows if window.channels]
    if not shown:
        return
    yield Heading(speech.say("conditions"))
    names = [name for name in CONDITIONS if any(_mean(window, name) for window in shown)]
    titles = [next(found for w in shown if (found := _mean(w, name))) for name in names]
    heads = [f"{each.title.text(speech.language)} {in_brackets(each.unit)}" for each in titles]
    columns = (
        Column(speech.say("point"), weight=1.5),
        Column("n", weight=0.5),
        *(Column(head, is_number=True) for head in heads),
    )
    rows = [
        row(
            window.name if window.valid else f"({window.name})",
            f"{window.approach}.{window.repeat}",
            *("–" if (e := _mean(window, n)) is None else rounded(e.mean, 5) for n in names),
        )
        for window in shown
    ]
    yield Table(columns, tuple(rows), speech.say("conditions-caption"))


def _mean(window: WindowRow, name: str) -> ChannelRow | None:
    return next((each for each in window.channels if each.name == name), None)
