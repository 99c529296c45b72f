"""The uncertainty budget of a result: where its uncertainty comes from."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.messages import Message
from bench.units import significant
from gui.state.findings.table import Cell, Column, Row, Table, Tone, numeric, unit_label
from protocols.results import BudgetRow, Result, RunResults
from protocols.wording import Text


@dataclass(frozen=True)
class BudgetState:
    """The budget of one result."""

    title: Text
    """Of the result."""
    at: str
    """Point."""
    table: Table
    """Line by line; the largest share first, what all make together last."""
    check: Text
    """What drawing every input says of it; empty: it was not done."""


def budgets_of(results: RunResults) -> tuple[BudgetState, ...]:
    """Return the budgets of all results that have one."""
    return tuple(_budget(each) for each in results.results if each.budget)


def _budget(result: Result) -> BudgetState:
    shown = unit_label(result.unit)
    columns = (
        Column(Message("findings.input"), is_number=False),
        Column(Message("findings.contribution"), result.unit),
        Column(Message("findings.share")),
        Column(Message("findings.freedom")),
        Column(Message("findings.in-repeats"), is_number=False),
    )
    ordered = sorted(result.budget, key=lambda row: (not row.counted, -row.variance_share))
    combined = Row(
        (
            Cell(Message("findings.combined"), tone=Tone.STRONG),
            numeric(result.standard_uncertainty, result.standard_uncertainty),
            Cell("100.0 %", 1.0, tone=Tone.STRONG),
            _freedom(result.degrees_of_freedom),
            Cell(),
        )
    )
    rows = (*(_row(row) for row in ordered), combined)
    check: Text = ""
    if result.monte_carlo is not None:
        drawn = result.monte_carlo
        arguments = {
            "draws": f"{drawn.draws:,}".replace(",", " "),
            "lower": f"{significant(drawn.lower, 5)} {shown}",
            "upper": f"{significant(drawn.upper, 5)} {shown}",
            "budget": f"{significant(result.lower, 5)} … {significant(result.upper, 5)} {shown}",
        }
        agreed = "findings.drawn-agrees" if drawn.agrees else "findings.drawn-differs"
        check = Message(agreed, arguments)
    return BudgetState(result.title, result.at, Table("budget", columns, rows), check)


def _row(row: BudgetRow) -> Row:
    part = "findings.common" if row.common else "findings.independent"
    tone = Tone.PLAIN if row.counted else Tone.FAINT
    share = (
        Cell(f"{row.variance_share:.1%}".replace("%", " %"), row.variance_share, row.variance_share)
        if row.counted
        else Cell("–")
    )
    return Row(
        (
            Cell(row.title, tone=tone),
            Cell(significant(row.contribution, 2), row.contribution, tone=tone),
            share,
            _freedom(row.degrees_of_freedom),
            Cell(Message(part if row.counted else "findings.contained"), tone=tone),
        )
    )


def _freedom(degrees: float) -> Cell:
    is_finite = math.isfinite(degrees) and degrees < 1e4
    return Cell(f"{degrees:.0f}" if is_finite else "∞", degrees)
