"""How the commands over run files put things: times, durations, sizes, states, verdicts."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass

import rich.box
import rich.console
import typer
from rich.console import RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from bench.clock import SECOND
from bench.messages import LANGUAGES, Message, catalogue
from bench.record.layout.iso_time import iso

WIDTH = 110
"""Width of tables where the output is no terminal."""
_ENDLESS = 10_000
_VERDICTS = {"pass": "PASS", "fail": "FAIL", "not shown": "NOT SHOWN"}
_STYLES = {"pass": "bold green", "fail": "bold red", "not shown": "bold yellow"}


def open_console() -> rich.console.Console:
    """Return the output stream, as wide as the terminal; else of a fixed width."""
    console = rich.console.Console()
    return console if console.is_terminal else rich.console.Console(width=WIDTH)


def show(parts: Iterable[RenderableType]) -> None:
    """Print tables and sentences; a sentence is not cut into lines, so that paths stay whole.

    A table is as wide as its longest names need, where the output is no terminal as all of it.
    """
    for part in parts:
        console = open_console()
        if isinstance(part, Table):
            asked = Measurement.get(console, console.options.update(width=_ENDLESS), part)
            needed = asked.minimum if console.is_terminal else asked.maximum
            console = rich.console.Console(width=max(console.width, needed))
        console.print(part, highlight=False, soft_wrap=isinstance(part, Text))


def print_json(value: object) -> None:
    """Print plain values as JSON; where the output knows no Unicode, escaped."""
    is_unicode = rich.console.Console().encoding.startswith("utf")
    typer.echo(json.dumps(value, ensure_ascii=not is_unicode, indent=2))


def said(message: Message, language: str) -> str:
    """Return a sentence that came out of a file: another version may have given it other blanks."""
    try:
        return message.text(language)
    except (LookupError, ValueError, TypeError, AttributeError):
        return f"{message.id} {dict(message.arguments)}"


@dataclass(frozen=True)
class Words:
    """Texts in the language of the user."""

    language: str
    """``en`` or ``zh``."""

    def say(self, message_id: str, **arguments: object) -> str:
        """Return a sentence."""
        return Message(message_id, arguments).text(self.language)

    def moment(self, utc_ns: int) -> str:
        """Return a moment in UTC, to the second; ISO 8601 sorts, and means the same everywhere."""
        return iso(utc_ns // SECOND * SECOND)[:19].replace("T", " ") + " UTC"

    def duration(self, seconds: float) -> str:
        """Return a duration: seconds below two minutes, then hours, then days."""
        if seconds < 120:
            return self.say("info.seconds", seconds=f"{seconds:.1f}")
        days, rest = divmod(round(seconds), 86_400)
        hours, rest = divmod(rest, 3600)
        time = f"{hours}:{rest // 60:02}:{rest % 60:02}"
        return self.say("info.days", days=days, time=time) if days else time

    def amount(self, size: int) -> str:
        """Return a number of bytes."""
        value, names = float(size), ["B", "kB", "MB", "GB", "TB"]
        while value >= 1000 and len(names) > 1:
            value /= 1000
            names.pop(0)
        return f"{value:.3g} {names[0]}" if value < 999.5 else f"{value:.0f} {names[0]}"

    def number(self, value: float) -> str:
        """Return a number with six digits; nothing, where there is none."""
        return "–" if math.isnan(value) else f"{value:.6g}"

    def state(self, state: str) -> str:
        """Return what a state of a run is called."""
        return self._known(f"info.state-{state}", state)

    def outcome(self, outcome: str) -> str:
        """Return how a step ended."""
        return self._known(f"info.outcome-{outcome}", outcome)

    def level(self, level: str) -> str:
        """Return what a level of events is called."""
        return self._known(f"info.level-{level}", level)

    def verdict(self, verdict: str | None) -> Text:
        """Return a verdict as it is printed everywhere."""
        if verdict is None:
            return Text("–")
        return Text(_VERDICTS.get(verdict, verdict), _STYLES.get(verdict, ""))

    def table(self, *columns: str, right: int = 0) -> Table:
        """Return an empty table.

        Args:
            columns: message ids of the headings.
            right: how many of the last columns hold numbers.
        """
        table = Table(box=rich.box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for place, column in enumerate(columns):
            is_number = place >= len(columns) - right
            justify = "right" if is_number else "left"
            table.add_column(self.say(column), justify=justify, no_wrap=is_number, overflow="fold")
        return table

    def _known(self, message_id: str, otherwise: str) -> str:
        """Return a text; what another program wrote may have none."""
        room = message_id.partition(".")[0]
        return self.say(message_id) if message_id in catalogue(LANGUAGES[0], room) else otherwise
