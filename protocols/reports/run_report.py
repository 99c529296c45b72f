"""The report of one run: the same results as `h2bench analyze`, never computed anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bench.record.layout.iso_time import iso
from bench.runs import Run
from protocols.cell_tables import CURVE_POINTS, CellTables, is_row_of_life
from protocols.combustion_tables import CombustionTables
from protocols.reports.audit import Made, audit_blocks
from protocols.reports.blocks import Block, Column, Heading, Paragraph, Report, Table, row
from protocols.reports.console_tables import blocks_of
from protocols.reports.deviations import run_deviations
from protocols.reports.drawing import Drawing
from protocols.reports.facts import object_blocks, protocol_blocks, signature_blocks, titles_of
from protocols.reports.figures import map_figure
from protocols.reports.instruments import instrument_blocks
from protocols.reports.parts import remark_blocks, result_blocks
from protocols.reports.speech import Speech, day, in_brackets, placed, significant_places
from protocols.reports.trace_figures import (
    curve_figure,
    life_figure,
    pressure_figure,
    spectrum_figure,
)
from protocols.results import ChannelRow, RunResults, WindowRow
from protocols.tables import Tables, decimals

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
MOST_COLUMNS: Final = 6
"""Conditions in one table; more stand in a second one."""
MOST_PLACES: Final = 3
"""Decimals of a condition."""
MOST_DIGITS: Final = 5
"""Digits of a condition."""


def run_report(
    run: Run,
    results: RunResults,
    speech: Speech,
    drawing: Drawing,
    *,
    made: Made,
    compared: str,
) -> Report:
    """Return the report of a run.

    Args:
        run: the run, open.
        results: what it shows.
        speech: in which language.
        drawing: how figures are drawn.
        made: how the report was made.
        compared: what was compared with the stored checksums, as a sentence.
    """
    header = run.header
    blocks = [
        *_first(run, results, speech),
        *_conditions(results.windows, speech),
        *_measured(run, results, speech, drawing),
        *run_deviations(run, results, speech),
        *instrument_blocks([run], speech),
        *protocol_blocks([run], speech),
        *audit_blocks([run], speech, made, compared),
        *signature_blocks(speech),
    ]
    return Report(
        language=speech.language,
        title=speech.say("run-title", title=titles_of(run).text(speech.language)),
        subtitle=speech.say("run-subtitle", serial=header.object_serial or "–", file=run.path.name),
        foot=run.path.name,
        page=speech.say("page"),
        blocks=tuple(blocks),
        mark=speech.say("simulated") if header.simulated else "",
    )


def _first(run: Run, results: RunResults, speech: Speech) -> Iterator[Block]:
    """Yield the verdict, by which rule, and of what."""
    ended = speech.say("run-ended", how=speech.ending(results.state))
    yield speech.verdict_box(results.verdict, results.results, [ended])
    if results.verdict is not None:
        yield Paragraph(speech.say("decision-rule"), "faint")
    ending = results.ending
    end_ns = run.timeline[-1] if ending is None else ending.end_ns
    end = iso(run.header.start_utc_ns + end_ns - run.header.start_ns)
    yield from object_blocks(run, speech, [row(speech.say("end"), day(end) + " UTC")])


def _measured(run: Run, results: RunResults, speech: Speech, drawing: Drawing) -> Iterator[Block]:
    """Yield results with their figures."""
    listed = [result for result in results.results if not is_row_of_life(result)]
    yield from result_blocks(listed, speech, drawing, has_intervals=True)
    figure = map_figure(drawing, speech, results.windows)
    if figure is not None:
        yield figure
    tables = Tables(speech.language)
    shown = {result.at for result in results.results} | CURVE_POINTS
    rest = [each for each in results.windows if each.name not in shown]
    if rest:
        yield from blocks_of([tables.windows(rest)])
    for cycle in results.cycles:
        yield Heading(speech.say("cycle", name=cycle.name), 2)
        yield from blocks_of(tables.cycle(cycle))
    yield from _cell(results, speech, drawing)
    yield from _combustion(run, results, speech, drawing)
    told = [speech.told(text) for text in (*results.warnings, *results.remarks)]
    yield from remark_blocks([*told, *map(tables.closure, results.closures)], speech)


def _cell(results: RunResults, speech: Speech, drawing: Drawing) -> Iterator[Block]:
    """Yield what a fuel cell shows beside single results."""
    blocks = list(blocks_of(CellTables(speech.language).all(results)))
    if not blocks:
        return
    yield Heading(speech.say("cell"))
    if results.curves:
        yield curve_figure(drawing, speech, results.curves)
        yield Paragraph(speech.say("curve-units"), "faint")
    spectrum = spectrum_figure(drawing, speech, results.spectra)
    life = None if results.life is None else life_figure(drawing, speech, results.life)
    yield from (each for each in (spectrum, life) if each is not None)
    yield from blocks


def _combustion(run: Run, results: RunResults, speech: Speech, drawing: Drawing) -> Iterator[Block]:
    """Yield what the pressure in a cylinder shows, with the first capture that was asked for."""
    blocks = list(blocks_of(CombustionTables(speech.language).all(results)))
    if not blocks:
        return
    yield Heading(speech.say("combustion"))
    yield from blocks
    captures = sorted(results.combustion, key=lambda each: each.is_incident)
    figure = pressure_figure(drawing, speech, run, captures[0]) if captures else None
    if figure is not None:
        yield figure


def _conditions(windows: Sequence[WindowRow], speech: Speech) -> Iterator[Block]:
    """Yield the mean conditions of the measured windows, the channels that stand for them."""
    shown = [window for window in windows if window.channels]
    names = [name for name in CONDITIONS if any(_mean(window, name) for window in shown)]
    if not names:
        return
    yield Heading(speech.say("conditions"))
    for first in range(0, len(names), MOST_COLUMNS):
        caption = "" if first else speech.say("conditions-caption")
        yield _condition_table(shown, names[first : first + MOST_COLUMNS], caption, speech)


def _condition_table(
    windows: Sequence[WindowRow], names: Sequence[str], caption: str, speech: Speech
) -> Table:
    titles = [next(found for w in windows if (found := _mean(w, name))) for name in names]
    heads = [f"{each.title.text(speech.language)} {in_brackets(each.unit)}" for each in titles]
    columns = (
        Column(speech.say("point"), weight=1.3),
        Column("n", weight=0.5),
        *(Column(head, is_number=True, weight=_weight(head)) for head in heads),
    )
    rows = [
        row(
            window.name if window.valid else f"({window.name})",
            f"{window.approach}.{window.repeat}",
            *(_shown(_mean(window, name)) for name in names),
        )
        for window in windows
    ]
    return Table(columns, tuple(rows), caption)


def _shown(mean: ChannelRow | None) -> str:
    if mean is None:
        return "–"
    by_digits = significant_places(mean.mean, MOST_DIGITS)
    return placed(mean.mean, min(MOST_PLACES, by_digits, decimals(mean.standard_error)))


def _weight(head: str) -> float:
    """Return a width in which the longest word of a heading has room."""
    return max(1.0, max(map(len, head.split())) / 9.0)


def _mean(window: WindowRow, name: str) -> ChannelRow | None:
    return next((each for each in window.channels if each.name == name), None)
