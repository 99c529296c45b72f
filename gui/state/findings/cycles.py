"""Cycle runs: the regression of speed, torque and power against their reference."""

from __future__ import annotations

from collections.abc import Iterator

from bench.messages import Message
from bench.units import significant
from gui.state.findings.table import Cell, Column, Row, Table, Tone, numeric, unit_label
from gui.state.findings.verdict import Line
from protocols.results import CycleResult, RegressionRow


def regression_table(cycle: CycleResult) -> Table:
    """Return the regression of a cycle; what misses its limit stands out."""
    columns = (
        Column(Message("findings.quantity"), is_number=False),
        Column(Message("findings.regression-slope")),
        Column(Message("findings.intercept")),
        Column(Message("findings.unit"), is_number=False),
        Column(Message("findings.r-squared")),
        Column(Message("findings.standard-error")),
        Column(Message("findings.misses"), is_number=False),
    )
    rows = tuple(Row(tuple(_cells(each))) for each in cycle.regressions)
    return Table(f"regression-{cycle.name}", columns, rows)


def _cells(row: RegressionRow) -> Iterator[Cell]:
    def checked(name: str, text: str, value: float) -> Cell:
        has_failed = name in row.failed
        tone = Tone.WARNING if has_failed else Tone.PLAIN
        return Cell(f"✗ {text}" if has_failed else text, value, tone=tone)

    yield Cell(Message(f"findings.{row.name}"))
    yield checked("slope", f"{row.slope:.4f}", row.slope)
    yield checked("intercept", significant(row.intercept, 3), row.intercept)
    yield Cell(unit_label(row.unit))
    yield checked("r_squared", f"{row.r_squared:.4f}", row.r_squared)
    yield checked("standard_error", significant(row.standard_error, 3), row.standard_error)
    if row.failed:
        yield Cell(Message("findings.missed", {"count": len(row.failed)}), tone=Tone.WARNING)
    else:
        yield Cell("–")


def work_table(cycle: CycleResult) -> Table:
    """Return the work of a cycle against its reference."""
    columns = (
        Column(Message("findings.work-actual"), "kWh"),
        Column(Message("findings.work-reference"), "kWh"),
        Column(Message("findings.work-ratio"), "%"),
        Column(Message("findings.delay"), "s"),
    )
    ratio = (
        100.0 * cycle.actual_work / cycle.reference_work if cycle.reference_work else float("nan")
    )
    cells = (
        numeric(cycle.actual_work, places=3),
        numeric(cycle.reference_work, places=3),
        numeric(ratio, places=2),
        Cell(str(cycle.delay), cycle.delay),
    )
    return Table(f"work-{cycle.name}", columns, (Row(cells),))


def cycle_lines(cycle: CycleResult) -> tuple[Line, ...]:
    """Return whether a cycle run was that cycle, by whose limits, and why not."""
    arguments = {"name": cycle.name, "method": cycle.method, "at": cycle.at}
    if cycle.accepted:
        said = Line(
            Message("findings.accepted", arguments), Tone.STRONG, is_heading=True, shape="✓"
        )
    else:
        said = Line(
            Message("findings.not-accepted", arguments), Tone.FAULT, is_heading=True, shape="✗"
        )
    origin = Line(Message("findings.limits-of", {"origin": cycle.origin}), Tone.FAINT)
    return (said, origin, *(Line(reason, Tone.WARNING, shape="▲") for reason in cycle.reasons))
