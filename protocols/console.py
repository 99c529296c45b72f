"""What a run looks like in a terminal: progress while it runs, tables when it is over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import rich.console
from rich.live import Live
from rich.table import Table
from rich.text import Text as Styled

from bench.messages import worded
from bench.record.port import WATCHED, Ending
from bench.service.port import BenchState, Shown
from protocols.campaign.results import CampaignResults
from protocols.cell_results import SpectrumResult
from protocols.cell_tables import CellTables
from protocols.desk import Entry
from protocols.results import RunResults
from protocols.tables import Tables

MOST_ALARMS = 4
"""Alarms in the picture; the rest is counted."""
_ALARM_STYLES = {
    "acknowledged": "red",
    "returned": "yellow",
    "latched": "yellow",
    "shelved": "dim",
    "out-of-service": "dim",
}
"""Active ones are bold red."""
_URGENT = frozenset({"active", "acknowledged", "latched"})
"""States in which it is said what to do."""
WIDTH = 110
"""Width of tables where the output is no terminal."""


class Console:
    """Shows progress on the error stream, results on the output stream."""

    def __init__(self, language: str, *, is_quiet: bool = False) -> None:
        self._language = language
        self._tables = Tables(language)
        self._is_quiet = is_quiet
        self._out = rich.console.Console()
        if not self._out.is_terminal:
            self._out = rich.console.Console(width=WIDTH)
        self._progress = rich.console.Console(stderr=True, quiet=is_quiet)
        self._live: Live | None = None
        self._last: tuple[str, tuple[str, ...]] = ("", ())

    @property
    def is_live(self) -> bool:
        """Whether progress is a picture in a terminal, which shows what is typed."""
        return self._progress.is_terminal and not self._is_quiet

    def __enter__(self) -> Self:
        """Begin to show progress."""
        if self.is_live:
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

    def show(self, state: BenchState, entry: Entry | None = None) -> None:
        """Show how the run is getting on; without a terminal, one line per step and alarm."""
        if self._live is not None:
            self._live.update(self._picture(state, entry), refresh=True)
        elif (state.position.id, state.alarms) != self._last:
            self._last = state.position.id, state.alarms
            what = "  ".join((state.position.id, *state.alarms)).strip()
            self._progress.print(
                f"{clock_text(state.elapsed)}  {state.state.value:10} {what}",
                highlight=False,
                markup=False,
            )

    def ask(self, state: BenchState) -> None:
        """Show what the operator is asked: a prompt, or whether a held sequence goes on."""
        asked = self._tables.say("console.held")
        if state.question is not None:
            asked = state.question.text(self._language)
        self._progress.print(f"{asked}  [y/n, Enter = y] ", markup=False)

    def finish(self, path: Path, ending: Ending, results: RunResults | None) -> None:
        """Show results, budget, verdict and where the run file is."""
        if results is not None:
            if results.simulated:
                self._out.print(self._tables.say("console.simulated"), style="bold magenta")
            for part in self._tables.all(results):
                self._out.print(part, highlight=False)
        if ending.state != "completed":
            self._out.print(
                Styled(self._ended(ending), style="bold"), highlight=False, soft_wrap=True
            )
        elif results is None:
            self._out.print(self._tables.say("console.nothing-to-judge"), style="bold")
        elif results.verdict is None:
            self._out.print(self._tables.say("console.complete"), style="bold")
        self._out.print(
            f"{self._tables.say('console.file')} {path}", highlight=False, soft_wrap=True
        )

    def spectra(self, spectra: Sequence[SpectrumResult]) -> None:
        """Show what spectra that belong to no run have given."""
        for part in CellTables(self._language).spectra(spectra):
            self._out.print(part, highlight=False)

    def json(
        self,
        path: Path,
        ending: Ending,
        results: RunResults | None,
        files: Sequence[Path] = (),
        campaign: CampaignResults | None = None,
    ) -> str:
        """Return JSON text: run file, how the run ended, verdict, every result.

        Args:
            path: Run file.
            ending: How the run ended.
            results: What it showed; None: it cannot be judged.
            files: All files of the chain that it ended; empty: it was no chain.
            campaign: What they show together; None: nothing was asked of that.
        """
        plain: dict[str, object] = {"verdict": None, "results": []}
        if results is not None:
            plain = results.to_json()
        plain = {"file": str(path), **plain, "state": ending.state}
        if files:
            plain["files"] = [str(each) for each in files]
        if campaign is not None:
            plain["campaign"] = campaign.to_json()
        is_unicode = self._out.encoding.startswith("utf")
        return json.dumps(plain, ensure_ascii=not is_unicode, indent=2)

    def _ended(self, ending: Ending) -> str:
        """Return how and why a run ended before its end."""
        how = self._tables.say(f"run.ended-{ending.state}")
        reason = "" if ending.message is None else ending.message.text(self._language)
        if not reason or reason.startswith(how):
            return self._tables.say("console.ended", reason=reason or how)
        return self._tables.say("console.ended-why", how=how, reason=reason)

    def _picture(self, state: BenchState, entry: Entry | None) -> Table:
        position = state.position
        table = Table.grid(padding=(0, 2))
        mark = f"  {self._tables.say('console.simulated')}" if state.is_simulated else ""
        holder = f"   {self._tables.say('serve.status-control', holder=state.control).strip()}"
        what = "" if state.protocol == WATCHED else f"  {state.protocol}"
        head = Styled(f"{state.rig}{what}{mark}", style="bold")
        table.add_row(head.append(holder if state.control else "", style="not bold"))
        turns = " ".join(f"{turn}/{of}" for turn, of in position.turns)
        word = self._tables.say(f"console.state-{state.state.value}")
        title = position.title.text(self._language)
        phase = "" if state.phase in {"", "sequence"} else f"[{self._word('phase', state.phase)}]"
        place = (word, phase, title, position.id, turns, position.phase)
        table.add_row("  ".join(each for each in place if each))
        times = f"{self._tables.say('console.elapsed')} {clock_text(state.elapsed)}"
        if position.id:
            times = f"{position.elapsed:5.0f} / {position.expected:.0f} s   {times}"
            times += f"   {self._tables.say('console.left')} {clock_text(state.remaining)}"
        table.add_row(times)
        if position.is_skippable:
            table.add_row(Styled(self._tables.say("stops.may-go-on-key"), style="bold"))
        if state.costs is not None:
            table.add_row(Styled(self._tables.say("stops.people-first-key"), style="dim"))
        table.add_row(self._gauges(state.channels))
        if state.counters:
            table.add_row("   ".join(self._counts(state)))
        for line in self._alarms(state):
            table.add_row(line)
        for line in self._notices(state):
            table.add_row(Styled(line, style="bold magenta"))
        if entry is not None:
            table.add_row(self._entry(entry))
        return table

    def _alarms(self, state: BenchState) -> list[Styled | Table]:
        """Return the most urgent alarms, one a line; of limits alone where no book is kept."""
        if not state.alarm_list:
            return [Styled("  ".join(state.alarms), style="bold red")] if state.alarms else []
        most = state.alarm_list[:MOST_ALARMS]
        grid = Table.grid(padding=(0, 2))
        for each in most:
            what = f"{self._word('state', each.state)} ×{each.count}"
            follows = f"→ {self._word('reaction', each.reaction)}"
            value = each.value or self._tables.say("serve.no-value")
            style = _ALARM_STYLES.get(each.state, "bold red")
            grid.add_row(str(each.priority), each.id, what, follows, value, style=style)
        lines: list[Styled | Table] = [grid]
        advice = most[0].advice.text(self._language)
        if advice and most[0].state in _URGENT:
            lines.append(Styled(f"  {advice}", style="bold"))
        hidden = len(state.alarm_list) - MOST_ALARMS
        more = "" if hidden <= 0 else self._tables.say("serve.more-alarms", count=hidden)
        if more or state.is_horn_on:
            lines.append(Styled(f"{more}  {'♪' if state.is_horn_on else ''}".strip(), style="dim"))
        return lines

    def _word(self, kind: str, name: str) -> str:
        return worded(kind, name, self._language)

    def _counts(self, state: BenchState) -> list[str]:
        titles = {name: each.text(self._language) for name, each in state.counter_titles.items()}
        return [f"{titles.get(name) or name} {count}" for name, count in state.counters.items()]

    def _notices(self, state: BenchState) -> list[str]:
        """Return what is not as usual: who holds control stands with it."""
        say, found = self._tables.say, list[str]()
        if state.silent_for:
            found.append(say("serve.silent", seconds=f"{state.silent_for:.0f}"))
        if state.silent:
            found.append(say("serve.status-silent", instruments=", ".join(state.silent)).strip())
        if state.unexplained:
            found.append(say("serve.unexplained", file=state.unexplained))
        if state.forced:
            found.append(say("serve.status-forced", channels=", ".join(state.forced)).strip())
        if state.missing:
            found.append(say("serve.no-beat", parts=", ".join(state.missing)))
        return found

    def _entry(self, entry: Entry) -> Styled:
        """Return the line under the picture: what the keys do, or what is being typed."""
        told = self._tables.told
        line = Styled(told(entry.asks), style="dim")
        line.append(entry.text, style="not dim")
        if entry.said is not None:
            line.append(f"   {told(entry.said)}", style="not dim bold")
        return line

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


def clock_text(seconds: float) -> str:
    """Return a duration as hours, minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
