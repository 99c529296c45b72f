"""What runs have shown: verdict, results, closures, and what a reader has to be told."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from analysis.verdict import Verdict
from bench.messages import Message
from bench.record.port import AS_PLANNED
from gui.state.findings.table import Cell, Column, Row, Table, Tone, numeric, unit_label
from protocols.results import ClosureRow, Result, RunResults
from protocols.tables import decimals, number
from protocols.wording import Text

WORDS = {
    Verdict.PASS: Message("findings.pass"),
    Verdict.FAIL: Message("findings.fail"),
    Verdict.NOT_SHOWN: Message("findings.not-shown"),
}
"""Verdict → what people read."""
TONES = {Verdict.PASS: Tone.STRONG, Verdict.FAIL: Tone.FAULT, Verdict.NOT_SHOWN: Tone.WARNING}
"""Verdict → how much it stands out: what is well has no colour."""
SHAPES = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.NOT_SHOWN: "?"}
"""Verdict → shape beside its word."""


@dataclass(frozen=True)
class Line:
    """One line of text."""

    text: Text
    """What is read."""
    tone: Tone = Tone.PLAIN
    """How much it stands out."""
    is_heading: bool = False
    """Whether it heads what follows."""
    shape: str = ""
    """In front of it."""


@dataclass(frozen=True)
class VerdictState:
    """What the view of the verdict shows."""

    headline: Line
    """The verdict of all."""
    lines: tuple[Line, ...]
    """Judged results with their reasons, closures, warnings, remarks."""
    results: Table
    """Results with uncertainty."""
    counts: Table
    """What was counted; without rows where nothing was."""


def verdict_state(results: RunResults) -> VerdictState:
    """Return what the view of the verdict shows."""
    return VerdictState(
        headline=_headline(results),
        lines=tuple(_lines(results)),
        results=results_table(results),
        counts=_counts(results),
    )


def _headline(results: RunResults) -> Line:
    verdict = results.verdict
    if verdict is None:
        return Line(Message("findings.no-verdict"), Tone.PLAIN, is_heading=True)
    return Line(WORDS[verdict], TONES[verdict], is_heading=True, shape=SHAPES[verdict])


def _lines(results: RunResults) -> Iterator[Line]:
    yield Line(Message("findings.ended", {"ending": results.state}),
        Tone.PLAIN if results.state in AS_PLANNED else Tone.WARNING)  # fmt: skip
    if results.simulated:
        yield Line(Message("findings.simulated"), Tone.STRONG)
    for judged in results.judged():
        yield from _judged(judged)
    if results.closures:
        yield Line(Message("findings.closures"), is_heading=True)
    for closure in results.closures:
        yield _closure(closure)
    for name, texts, tone in (
        ("findings.warnings", results.warnings, Tone.WARNING),
        ("findings.remarks", results.remarks, Tone.PLAIN),
    ):
        if texts:
            yield Line(Message(name), is_heading=True)
        for text in texts:
            yield Line(text, tone, shape="▲" if tone is Tone.WARNING else "·")


def _judged(judged: Result) -> Iterator[Line]:
    if judged.verdict is None:
        return
    yield Line(judged_text(judged), TONES[judged.verdict], is_heading=True,
        shape=SHAPES[judged.verdict])  # fmt: skip
    for reason in judged.reasons:
        yield Line(reason)


def judged_text(judged: Result) -> Message:
    """Return what was asked of a result: title, sense, limit, confidence."""
    limit = math.nan if judged.limit is None else judged.limit
    arguments = {
        "title": judged.title,
        "sign": "≥" if judged.sense == "at_least" else "≤",
        "limit": f"{limit:g} {unit_label(judged.unit)}".rstrip(),
        "confidence": f"{100.0 * judged.confidence:g} %",
    }
    return Message("findings.judged", arguments)


def _closure(closure: ClosureRow) -> Line:
    if not math.isfinite(closure.deviation):
        arguments = {"title": closure.title, "reason": closure.remark}
        return Line(Message("findings.closure-unknown", arguments), Tone.FAINT, shape="–")
    arguments = {
        "title": closure.title,
        "at": closure.at,
        "deviation": f"{closure.deviation:+.2f} %",
        "uncertainty": f"{closure.expanded_uncertainty:.2f} %",
        "tolerance": f"{closure.tolerance:g} %",
    }
    tone = Tone.PLAIN if closure.within else Tone.WARNING
    return Line(Message("findings.closure", arguments), tone, shape="✓" if closure.within else "✗")


_COLUMNS = (
    Column(Message("findings.quantity"), is_number=False),
    Column(Message("findings.point"), is_number=False),
    Column(Message("findings.value")),
    Column(Message("findings.unit"), is_number=False),
    Column(Message("findings.limit")),
    Column(Message("findings.verdict"), is_number=False),
    Column(Message("findings.uncertainty")),
    Column(Message("findings.lower")),
    Column(Message("findings.upper")),
    Column(Message("findings.windows")),
)


def results_table(results: RunResults) -> Table:
    """Return every result with its uncertainty, its 95 % interval and its verdict."""
    rows = tuple(Row(tuple(_result(each))) for each in results.results)
    return Table("results", _COLUMNS, rows)


def _result(result: Result) -> Iterator[Cell]:
    places = decimals(result.standard_uncertainty)
    verdict = result.verdict
    limit = math.nan if result.limit is None else result.limit
    sign = "≥" if result.sense == "at_least" else "≤"
    yield Cell(result.title, tone=Tone.PLAIN if verdict is None else Tone.STRONG)
    yield Cell(result.at)
    yield Cell(number(result.value, places), result.value)
    yield Cell(unit_label(result.unit))
    yield Cell(f"{sign} {limit:g}", limit) if math.isfinite(limit) else Cell()
    yield Cell() if verdict is None else Cell(WORDS[verdict], tone=TONES[verdict])
    for value in (result.standard_uncertainty, result.lower, result.upper):
        yield Cell(number(value, places) if math.isfinite(value) else "", value)
    yield Cell(str(result.windows) if result.windows else "", result.windows or math.nan)


def _counts(results: RunResults) -> Table:
    columns = (
        Column(Message("findings.operation"), is_number=False),
        Column(Message("findings.value")),
        Column(Message("findings.unit"), is_number=False),
    )
    rows = tuple(
        Row(
            (
                Cell(each.title),
                numeric(each.value, places=1 if each.unit else 0),
                Cell(unit_label(each.unit)),
            )
        )
        for each in results.counts
        if math.isfinite(each.value)
    )
    return Table("operation", columns, rows if any(each.value for each in results.counts) else ())
