"""What the pressure in a cylinder says of a run, as tables in a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text as Styled

from bench.messages import Bilingual, Message
from bench.units import significant
from protocols.combustion_results import AbnormalRate, CombustionRow
from protocols.results import RunResults
from protocols.wording import Text

COLUMNS: Final = (
    ("imep_net", 2, "bar"),
    ("imep_cov", 2, "%"),
    ("pmep", 2, "bar"),
    ("mfb10", 1, "°"),
    ("mfb50", 1, "°"),
    ("mfb90", 1, "°"),
    ("peak_pressure", 1, "bar"),
    ("mapo_98", 2, "bar"),
)
"""Numbers of a capture that a terminal shows, their decimals and their unit; JSON has all."""


class CombustionTables:
    """Tables in one language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def all(self, results: RunResults) -> Iterator[RenderableType]:
        """Yield captures, what was left out of them, and how often cycles were abnormal."""
        if results.combustion:
            yield self.captures(results.combustion)
            for row in results.combustion:
                yield from self._notes(row)
        if results.abnormal_cycles:
            yield self.abnormal(results.abnormal_cycles)

    def captures(self, rows: Sequence[CombustionRow]) -> Table:
        """Return one line per capture."""
        table = Table(title=self._say("captures"), title_justify="left")
        for name in ("capture", "at", "used", "speed"):
            table.add_column(self._say(name), justify="left" if name == "at" else "right")
        for name, _, unit in COLUMNS:
            short = self._say(f"short-{name.replace('_', '-')}")
            table.add_column(f"{short}\n{unit}", justify="right")
        for row in rows:
            table.add_row(
                f"{row.capture}{'!' if row.is_incident else ''}",
                row.at,
                f"{row.used}/{row.cycles}",
                f"{row.speed:.0f}",
                *(_number(row.value(name), places) for name, places, _ in COLUMNS),
            )
        return table

    def abnormal(self, rates: Sequence[AbnormalRate]) -> Table:
        """Return abnormal cycles over the whole run."""
        table = Table(title=self._say("abnormal"), title_justify="left")
        for name in ("kind", "events", "of-cycles", "per-thousand"):
            table.add_column(self._say(name), justify="left" if name == "kind" else "right")
        for rate in rates:
            table.add_row(
                rate.title.text(self._language), str(rate.events), str(rate.cycles), _rate(rate)
            )
        return table

    def _notes(self, row: CombustionRow) -> Iterator[Styled]:
        """Yield what has to be said of a capture."""
        begin = f"  {self._say('capture')} {row.capture}: "
        for left_out in row.left_out:
            yield Styled(
                begin
                + self._say(
                    "left-out", count=left_out.count, reason=left_out.title.text(self._language)
                )
            )
        for rate in row.rates:
            if rate.events:
                yield Styled(
                    f"{begin}{rate.title.text(self._language)} {rate.events}/{rate.cycles}, "
                    f"{self._say('per-thousand')} {_rate(rate)}"
                )
        for remark in row.remarks:
            yield Styled(begin + self._told(remark))

    def _say(self, name: str, **arguments: object) -> str:
        return Message(f"combustion.{name}", arguments).text(self._language)

    def _told(self, text: Text) -> str:
        return text.text(self._language) if isinstance(text, Message | Bilingual) else text


def _rate(rate: AbnormalRate) -> str:
    shown = [significant(each, 3) for each in (rate.per_thousand, rate.lower, rate.upper)]
    return f"{shown[0]} ({shown[1]} … {shown[2]})"


def _number(value: float, places: int) -> str:
    return f"{value:.{places}f}" if math.isfinite(value) else "–"
