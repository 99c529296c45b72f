"""Parts of a report that stand in several kinds of it: results, budgets, remarks, combustion."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from protocols.reports.blocks import Block, Cell, Column, Heading, Items, Row, Table, row
from protocols.reports.drawing import Drawing
from protocols.reports.figures import budget_figure, intervals_figure
from protocols.reports.speech import (
    TONES,
    Speech,
    in_brackets,
    rounded,
    shown_unit,
    with_uncertainty,
)
from protocols.results import BudgetRow, Result


def result_blocks(
    results: Sequence[Result], speech: Speech, drawing: Drawing, *, has_intervals: bool
) -> Iterator[Block]:
    """Yield results with uncertainty; of judged ones the budget.

    Args:
        results: those of a run, or of a campaign.
        speech: in which language.
        drawing: how figures are drawn.
        has_intervals: whether judged ones are drawn against their limit.
    """
    if not results:
        return
    yield Heading(speech.say("results"))
    has_asked = any(result.verdict is not None for result in results)
    points = dict.fromkeys(result.at for result in results)
    columns = (
        Column(speech.say("quantity"), weight=3.0),
        *([Column(speech.say("point"), weight=1.3)] if len(points) > 1 else []),
        Column(speech.say("value"), is_number=True, weight=1.1),
        Column("u", is_number=True, weight=0.9),
        Column(speech.say("interval"), is_number=True, weight=2.0),
        Column(speech.say("unit"), weight=0.8),
        *([Column(speech.say("asked"), weight=1.6)] if has_asked else []),
        *([Column(speech.say("verdict"), weight=1.2)] if has_asked else []),
    )
    rows = [_row(each, speech, has_point=len(points) > 1, has_asked=has_asked) for each in results]
    yield Table(columns, tuple(rows), speech.say("results-caption"))
    for result in results:
        if result.verdict is None:
            continue
        if has_intervals and math.isfinite(result.lower):
            yield intervals_figure(drawing, speech, result)
        if result.budget:
            yield from _budget(result, speech, drawing)


def remark_blocks(texts: Sequence[str], speech: Speech) -> Iterator[Block]:
    """Yield what weakens the results and what a reader should know."""
    if texts:
        yield Heading(speech.say("remarks"), 2)
        yield Items(tuple(dict.fromkeys(texts)))


def _row(result: Result, speech: Speech, *, has_point: bool, has_asked: bool) -> Row:
    u = result.standard_uncertainty
    low, high = with_uncertainty(result.lower, u), with_uncertainty(result.upper, u)
    word = "" if result.verdict is None else speech.verdict(result.verdict)
    return (
        *row(speech.told(result.title)),
        *(row(result.at) if has_point else ()),
        *row(
            with_uncertainty(result.value, u),
            with_uncertainty(u, u),
            f"{low} … {high}" if math.isfinite(result.lower) and u > 0.0 else "–",
            shown_unit(result.unit),
        ),
        *((Cell(speech.asked(result)), Cell(word, TONES[result.verdict])) if has_asked else ()),
    )


def _budget(result: Result, speech: Speech, drawing: Drawing) -> Iterator[Block]:
    title = speech.told(result.title)
    yield Heading(speech.say("budget", title=title), 2)
    columns = (
        Column(speech.say("input"), weight=3.6),
        Column(f"u {in_brackets(result.unit)}".strip(), is_number=True),
        Column(speech.say("share"), is_number=True),
        Column(speech.say("freedom"), is_number=True, weight=0.7),
        Column(speech.say("part"), weight=1.3),
    )
    rows = tuple(_budget_row(each, speech) for each in result.budget)
    yield Table(columns, rows, speech.say("budget-table"))
    yield budget_figure(drawing, speech, result)


def _budget_row(each: BudgetRow, speech: Speech) -> Row:
    known = math.isfinite(each.degrees_of_freedom) and each.degrees_of_freedom < 1e4
    return row(
        speech.told(each.title),
        rounded(each.contribution, 2),
        f"{100 * each.variance_share:.1f} %" if each.counted else "–",
        f"{each.degrees_of_freedom:.0f}" if known else "∞",
        speech.say(("common" if each.common else "independent") if each.counted else "contained"),
    )
