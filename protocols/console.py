"""What a run looks like in a terminal: progress while it runs, tables when it is over."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import rich.console
from rich.live import Live
from rich.table import Table
from rich.text import Text as Styled

from analysis.verdict import Verdict
from bench.messages import Bilingual, Message
from bench.record.port import Ending
from bench.service.port import BenchState, Shown
from bench.units import significant
from protocols.results import BudgetRow, Result, RunResults, Text, WindowRow

_STYLES = {Verdict.PASS: "bold green", Verdict.FAIL: "bold red", Verdict.NOT_SHOWN: "bold yellow"}
_WORDS = {Verdict.PASS: "PASS", Verdict.FAIL: "FAIL", Verdict.NOT_SHOWN: "NOT SHOWN"}

COLUMNS = (
    "engine_speed",
    "torque",
    "brake_power",
    "fuel_flow",
    "brake_thermal_efficiency",
    "excess_air_ratio",
    "specific_nox_corrected",
)
"""Quantities in the table of windows nobody judges."""
WIDTH = 110
"""Width of tables where the output is no terminal."""


def results_json(path: Path, state: str, results: RunResults | None) -> str:
    """Return a run's results as JSON text: verdict, every result, and the run file's path."""
    plain = {} if results is None else results.to_json()
    return json.dumps({"file": str(path), **plain, "state": state}, ensure_ascii=False, indent=2)


class Console:
    """Shows progress on the error stream, results on the output stream."""

    def __init__(self, language: str, *, is_quiet: bool = False) -> None:
        self._language = language
        self._is_quiet = is_quiet
        self._out = rich.console.Console()
        if not self._out.is_terminal:
            self._out = rich.console.Console(width=WIDTH)
        self._progress = rich.console.Console(stderr=True, quiet=is_quiet)
        self._live: Live | None = None
        self._last = ""

    def __enter__(self) -> Self:
        """Begin to show progress."""
        if self._progress.is_terminal and not self._is_quiet:
            self._live = Live(console=self._progress, auto_refresh=False, transient=True)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the screen as it was."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def show(self, state: BenchState) -> None:
        """Show how the run is getting on; without a terminal, one line per step."""
        if self._live is not None:
            self._live.update(self._picture(state), refresh=True)
        elif state.position.id != self._last:
            self._last = state.position.id
            self._progress.print(
                f"{clock_text(state.elapsed)}  {state.state.value:10} {state.position.id}",
                highlight=False,
                markup=False,
            )

    def ask(self, state: BenchState) -> None:
        """Show a question."""
        if state.question is not None:
            asked = state.question.text(self._language)
            self._progress.print(f"{asked}  [y/n, Enter = y] ", markup=False)

    def finish(self, path: Path, ending: Ending, results: RunResults | None) -> None:
        """Show results, budget, verdict and where the run file is."""
        if results is not None:
            if results.simulated:
                self._out.print(self._say("console.simulated"), style="bold magenta")
            self._show_results(results)
        if ending.state != "completed":
            reason = "" if ending.message is None else ending.message.text(self._language)
            self._out.print(
                f"{self._say('console.ended', state=ending.state)} {reason}", style="bold"
            )
        self._out.print(f"{self._say('console.file')} {path}", highlight=False, soft_wrap=True)

    def _show_results(self, results: RunResults) -> None:
        if results.results:
            self._out.print(self._result_table(results.results))
        rest = [w for w in results.windows if w.name not in {r.at for r in results.results}]
        if rest:
            self._out.print(self._window_table(rest))
        for judged in results.judged():
            if judged.budget:
                self._out.print(self._budget_table(judged))
        for text in (*results.warnings, *results.remarks):
            self._out.print("· " + self._told(text), markup=False)
        for closure in results.closures:
            remark = self._told(closure.remark)
            if math.isfinite(closure.deviation):
                mark = "✓" if closure.within else "✗"
                self._out.print(
                    f"{mark} {self._told(closure.title)}: {closure.deviation:+.2f} % "
                    f"(± {closure.tolerance:g} %) {remark}",
                    markup=False,
                )
            elif remark:
                self._out.print(f"– {self._told(closure.title)}: {remark}", markup=False)
        for judged in results.judged():
            self._show_verdict(judged)

    def _show_verdict(self, judged: Result) -> None:
        verdict = judged.verdict
        if verdict is None:
            return
        line = Styled()
        line.append(_WORDS[verdict], style=_STYLES[verdict])
        sign = "≥" if judged.sense == "at_least" else "≤"
        target = "" if judged.limit is None else f" {sign} {judged.limit:g} {judged.unit}"
        line.append(f"  {self._told(judged.title)}{target} ({judged.confidence:.0%})")
        self._out.print(line)
        for reason in judged.reasons:
            self._out.print("  " + self._told(reason), markup=False)

    def _result_table(self, results: Sequence[Result]) -> Table:
        table = Table(title=self._say("console.results"), title_justify="left")
        for key in ("quantity", "at", "value", "u", "interval", "unit", "verdict"):
            table.add_column(
                self._say(f"console.{key}"),
                justify="left" if key in {"quantity", "at", "unit", "verdict"} else "right",
            )
        for result in results:
            digits = _digits(result.standard_uncertainty)
            verdict = result.verdict
            table.add_row(
                self._told(result.title),
                result.at,
                _number(result.value, digits),
                _number(result.standard_uncertainty, digits),
                f"{_number(result.lower, digits)} … {_number(result.upper, digits)}"
                if math.isfinite(result.lower)
                else "",
                result.unit,
                "" if verdict is None else Styled(_WORDS[verdict], style=_STYLES[verdict]),
            )
        return table

    def _window_table(self, windows: Sequence[WindowRow]) -> Table:
        """Return the measured windows nobody judges: a map, a curve, zero points."""
        table = Table(title=self._say("console.windows"), title_justify="left")
        names = [name for name in COLUMNS if any(_quantity(w, name) for w in windows)]
        table.add_column(self._say("console.at"))
        table.add_column("n", justify="right")
        for name in names:
            found = next(q for w in windows if (q := _quantity(w, name)))
            table.add_column(f"{self._told(found.title)}\n{found.unit}", justify="right")
        for window in windows:
            cells = [_quantity(window, name) for name in names]
            table.add_row(
                window.name if window.valid else f"({window.name})",
                f"{window.approach}.{window.repeat}",
                *(
                    "–" if q is None else _number(q.value, _digits(q.standard_uncertainty))
                    for q in cells
                ),
            )
        return table

    def _budget_table(self, result: Result) -> Table:
        title = f"{self._say('console.budget')} {self._told(result.title)} ({result.unit})"
        table = Table(title=title, title_justify="left")
        for key in ("input", "share-u", "share", "freedom", "part"):
            table.add_column(
                self._say(f"console.{key}"), justify="left" if key in {"input", "part"} else "right"
            )
        for row in result.budget:
            table.add_row(*self._budget_row(row))
        table.add_section()
        table.add_row(
            self._say("console.combined"),
            _number(result.standard_uncertainty, _digits(result.standard_uncertainty)),
            "100 %",
            _freedom(result.degrees_of_freedom),
            "",
        )
        return table

    def _budget_row(self, row: BudgetRow) -> tuple[str, ...]:
        part = "console.common" if row.common else "console.independent"
        return (
            self._told(row.title),
            significant(row.contribution, 2),
            f"{row.variance_share:.1%}" if row.counted else "–",
            _freedom(row.degrees_of_freedom),
            self._say(part if row.counted else "console.contained"),
        )

    def _picture(self, state: BenchState) -> Table:
        position = state.position
        table = Table.grid(padding=(0, 2))
        mark = f"  {self._say('console.simulated')}" if state.is_simulated else ""
        table.add_row(Styled(f"{state.protocol}{mark}", style="bold"))
        turns = " ".join(f"{turn}/{of}" for turn, of in position.turns)
        word = self._say(f"console.state-{state.state.value}")
        title = position.title.text(self._language)
        table.add_row(f"{word}  {title}  {position.id} {turns}  {position.phase}")
        table.add_row(
            f"{position.elapsed:5.0f} / {position.expected:.0f} s   "
            f"{self._say('console.elapsed')} {clock_text(state.elapsed)}   "
            f"{self._say('console.left')} {clock_text(state.remaining)}"
        )
        table.add_row(self._gauges(state.channels))
        if state.alarms:
            table.add_row(Styled("  ".join(state.alarms), style="bold red"))
        return table

    def _gauges(self, channels: Sequence[Shown]) -> Table:
        """Return the key channels, two beside one another; dim where a value is not OK."""
        grid = Table.grid(padding=(0, 2))
        for justify in ("left", "right", "left", "right"):
            grid.add_column(justify=justify, min_width=14)
        for i in range(0, len(channels), 2):
            cells: list[Styled] = []
            for shown in channels[i : i + 2]:
                style = "" if shown.quality == 0 else "dim"
                title = shown.title.text(self._language) or shown.name
                cells += [Styled(title, style=style), Styled(shown.text, style=style)]
            grid.add_row(*cells)
        return grid

    def _told(self, text: Text) -> str:
        if isinstance(text, Message | Bilingual):
            return text.text(self._language)
        return text

    def _say(self, message_id: str, **arguments: object) -> str:
        return Message(message_id, arguments).text(self._language)


def _quantity(window: WindowRow, name: str) -> Result | None:
    return next((q for q in window.quantities if q.name == name and math.isfinite(q.value)), None)


def clock_text(seconds: float) -> str:
    """Return a duration as hours, minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _digits(uncertainty: float) -> int:
    """Return the decimals that show two digits of an uncertainty."""
    if not math.isfinite(uncertainty) or uncertainty <= 0:
        return 3
    return min(max(1 - math.floor(math.log10(uncertainty)), 0), 6)


def _number(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}" if math.isfinite(value) else "–"


def _freedom(degrees: float) -> str:
    return f"{degrees:.0f}" if math.isfinite(degrees) and degrees < 1e4 else "∞"
