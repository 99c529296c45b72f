"""The results of a run as tables and sentences in a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text as Styled

from analysis.verdict import Verdict
from bench.messages import Bilingual, Message
from bench.units import significant
from protocols.cell_tables import CURVE_POINTS, CellTables, is_row_of_life
from protocols.combustion_tables import CombustionTables
from protocols.results import (
    BudgetRow,
    ClosureRow,
    CycleResult,
    Result,
    RunResults,
    Text,
    WindowRow,
)

COLUMNS = {
    "engine_speed": "engine.speed",
    "torque": "engine.torque",
    "brake_power": "engine.power",
    "fuel_flow": "fuel.flow",
    "brake_thermal_efficiency": "",
    "excess_air_ratio": "",
    "specific_nox_corrected": "",
    "cell_voltage": "cell.voltage",
    "stack_temperature": "stack.temperature",
    "current": "stack.current",
}
"""Quantities of windows nobody judges → channel shown where the engine is not fired."""

_STYLES = {Verdict.PASS: "bold green", Verdict.FAIL: "bold red", Verdict.NOT_SHOWN: "bold yellow"}
_WORDS = {Verdict.PASS: "PASS", Verdict.FAIL: "FAIL", Verdict.NOT_SHOWN: "NOT SHOWN"}
_TEXTUAL = frozenset({"quantity", "at", "unit", "verdict", "input", "part"})


class Tables:
    """Tables in one language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def told(self, text: Text) -> str:
        """Return a text in the language."""
        if isinstance(text, Message | Bilingual):
            return text.text(self._language)
        return text

    def say(self, message_id: str, **arguments: object) -> str:
        """Return a sentence of the catalogue in the language."""
        return Message(message_id, arguments).text(self._language)

    def all(self, results: RunResults) -> Iterator[RenderableType]:
        """Yield everything to show of a run, the verdicts last."""
        listed = [result for result in results.results if not is_row_of_life(result)]
        if listed:
            yield self.results(listed)
        for cycle in results.cycles:
            yield from self.cycle(cycle)
        yield from CellTables(self._language).all(results)
        yield from CombustionTables(self._language).all(results)
        shown = {result.at for result in results.results} | CURVE_POINTS
        rest = [each for each in results.windows if each.name not in shown]
        if rest:
            yield self.windows(rest)
        for judged in results.judged():
            if judged.budget:
                yield self.budget(judged)
        for text in (*results.warnings, *results.remarks):
            yield Styled("· " + self.told(text))
        for closure in results.closures:
            yield Styled(self.closure(closure))
        for judged in results.judged():
            yield from self.verdict(judged)

    def results(self, results: Sequence[Result]) -> Table:
        """Return values with uncertainty and interval."""
        keys = ("quantity", "at", "value", "u", "interval", "unit", "verdict")
        table = self._table(self.say("console.results"), keys)
        for result in results:
            digits = decimals(result.standard_uncertainty)
            verdict = result.verdict
            interval = f"{number(result.lower, digits)} … {number(result.upper, digits)}"
            table.add_row(
                self.told(result.title),
                result.at,
                number(result.value, digits),
                number(result.standard_uncertainty, digits),
                interval if math.isfinite(result.lower) else "",
                result.unit,
                "" if verdict is None else Styled(_WORDS[verdict], style=_STYLES[verdict]),
            )
        return table

    def windows(self, windows: Sequence[WindowRow]) -> Table:
        """Return the measured windows nobody judges: a map, a curve, zero points."""
        table = Table(title=self.say("console.windows"), title_justify="left")
        table.add_column(self.say("console.at"))
        table.add_column("n", justify="right")
        names = [name for name in COLUMNS if any(_cell(each, name) for each in windows)]
        for name in names:
            title, unit, _ = next(found for w in windows if (found := _cell(w, name)))
            table.add_column(f"{self.told(title)}\n{unit}", justify="right")
        for window in windows:
            cells = [_cell(window, name) for name in names]
            table.add_row(
                window.name if window.valid else f"({window.name})",
                f"{window.approach}.{window.repeat}",
                *("–" if cell is None else cell[2] for cell in cells),
            )
        return table

    def budget(self, result: Result) -> Table:
        """Return where the uncertainty of a result comes from, line by line."""
        title = f"{self.say('console.budget')} {self.told(result.title)} ({result.unit})"
        table = self._table(title, ("input", "share-u", "share", "freedom", "part"))
        for row in result.budget:
            table.add_row(*self._budget_row(row))
        table.add_section()
        table.add_row(
            self.say("console.combined"),
            number(result.standard_uncertainty, decimals(result.standard_uncertainty)),
            "100 %",
            _freedom(result.degrees_of_freedom),
            "",
        )
        return table

    def cycle(self, cycle: CycleResult) -> Iterator[RenderableType]:
        """Yield whether a cycle was that cycle: regression and work against its reference."""
        keys = ("quantity", "slope", "intercept", "r-squared", "standard-error", "misses")
        table = self._table(f"{cycle.name}: {cycle.method}", keys)
        for row in cycle.regressions:
            table.add_row(
                row.name,
                f"{row.slope:.4f}",
                f"{significant(row.intercept, 3)} {row.unit}",
                f"{row.r_squared:.4f}",
                f"{significant(row.standard_error, 3)} {row.unit}",
                ", ".join(row.failed) or "–",
            )
        yield table
        word = self.say("console.accepted" if cycle.accepted else "console.not-accepted")
        actual, wanted = f"{cycle.actual_work:.2f}", f"{cycle.reference_work:.2f}"
        yield Styled(f"{word}  {self.say('console.work', actual=actual, wanted=wanted)}")
        for reason in cycle.reasons:
            yield Styled("  " + self.told(reason))

    def closure(self, closure: ClosureRow) -> str:
        """Return one check of measurements against each other as a line."""
        remark = self.told(closure.remark)
        title = self.told(closure.title)
        if not math.isfinite(closure.deviation):
            return f"– {title}: {remark}"
        mark = "✓" if closure.within else "✗"
        return f"{mark} {title}: {closure.deviation:+.2f} % (± {closure.tolerance:g} %) {remark}"

    def verdict(self, judged: Result) -> Iterator[Styled]:
        """Yield a verdict with its reasons."""
        verdict = judged.verdict
        if verdict is None:
            return
        line = Styled(_WORDS[verdict], style=_STYLES[verdict])
        sign = "≥" if judged.sense == "at_least" else "≤"
        target = "" if judged.limit is None else f" {sign} {judged.limit:g} {judged.unit}"
        line.append(
            f"  {self.told(judged.title)}{target} ({judged.confidence:.0%})", style="not bold"
        )
        yield line
        for reason in judged.reasons:
            yield Styled("  " + self.told(reason))

    def _budget_row(self, row: BudgetRow) -> tuple[str, ...]:
        part = "console.common" if row.common else "console.independent"
        return (
            self.told(row.title),
            significant(row.contribution, 2),
            f"{row.variance_share:.1%}" if row.counted else "–",
            _freedom(row.degrees_of_freedom),
            self.say(part if row.counted else "console.contained"),
        )

    def _table(self, title: str, keys: Sequence[str]) -> Table:
        table = Table(title=title, title_justify="left")
        for key in keys:
            justify = "left" if key in _TEXTUAL else "right"
            table.add_column(self.say(f"console.{key}"), justify=justify)
        return table


def _cell(window: WindowRow, name: str) -> tuple[Text, str, str] | None:
    """Return title, unit and value of a quantity, else of the channel that stands for it."""
    for found in window.quantities:
        if found.name == name and math.isfinite(found.value):
            shown = number(found.value, decimals(found.standard_uncertainty))
            return found.title, found.unit, shown
    for row in window.channels:
        if row.name == COLUMNS[name] and math.isfinite(row.mean):
            return row.title, row.unit, number(row.mean, decimals(row.standard_error))
    return None


def decimals(uncertainty: float) -> int:
    """Return how many decimals show two digits of an uncertainty."""
    if not math.isfinite(uncertainty) or uncertainty <= 0:
        return 3
    return min(max(1 - math.floor(math.log10(uncertainty)), 0), 6)


def number(value: float, places: int) -> str:
    """Return a number with so many decimals; a dash where there is none."""
    return f"{value:.{places}f}" if math.isfinite(value) else "–"


def _freedom(degrees: float) -> str:
    return f"{degrees:.0f}" if math.isfinite(degrees) and degrees < 1e4 else "∞"
