"""A campaign as tables and sentences in a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text as Styled

from bench.messages import Message
from bench.units import significant
from protocols.campaign.results import (
    CampaignResults,
    CombustionAtTest,
    DriftRow,
    EquivalenceRow,
    LedgerEvent,
    ReferenceTest,
)
from protocols.combustion_tables import COLUMNS, CombustionTables
from protocols.tables import Tables, decimals, number

_TEXTUAL = frozenset({"file", "begin", "state", "counted", "what", "mechanism", "quantity", "point",
    "unit", "valid"})  # fmt: skip
LISTED = frozenset({"service", "top-up", "repair", "adjustment", "recalibration", "failure",
    "trip", "power-cut"})  # fmt: skip
"""Kinds of events that are shown one by one; of the others how many there were."""
MOST_FILES = 40
"""Files that count and are shown one by one; of more, only those with a remark."""


class CampaignTables:
    """Tables in one language."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._tables = Tables(language)

    def all(self, results: CampaignResults) -> Iterator[RenderableType]:
        """Yield everything to show of a campaign, the verdict last."""
        yield from self._head(results)
        yield self._files(results)
        yield from self._sentences_of_files(results)
        yield self._ledger(results)
        if results.events:
            yield self._events(results.events)
        if results.equivalences:
            yield self._equivalences(results.equivalences)
        if results.tests:
            yield self._tests(results.tests)
        if results.drifts:
            yield self._drifts(results.drifts)
            yield from self._sentences_of_drifts(results.drifts)
        if results.combustion:
            yield self._combustion(results.combustion)
        if results.abnormal_cycles:
            yield CombustionTables(self._language).abnormal(results.abnormal_cycles)
        for row in results.reliability:
            yield Styled("· " + self.told(row.text))
        if results.results:
            yield self._tables.results(results.results)
        for text in (*results.warnings, *results.remarks):
            yield Styled("· " + self.told(text))
        yield from self._verdict(results)

    def told(self, text: object) -> str:
        """Return a text in the language."""
        return text.text(self._language) if isinstance(text, Message) else str(text)

    def say(self, word: str, **arguments: object) -> str:
        """Return a sentence of the room in the language."""
        return Message(f"campaign.{word}", arguments).text(self._language)

    def _head(self, results: CampaignResults) -> Iterator[RenderableType]:
        if results.simulated:
            yield Styled(self._tables.say("console.simulated"), style="bold magenta")
        counted = sum(file.counted for file in results.files)
        hours = f"{results.total('hours'):,.1f} h"
        serial = results.object_serial
        yield Styled(self.say("title", serial=serial, runs=counted, hours=hours), style="bold")
        governing = next((row for row in results.equivalences if row.is_governing), None)
        if governing is not None:
            shown = self.say(
                "claim",
                kilometres=_km(results.kilometres),
                target=_km(results.target),
                mechanism=governing.title,
                lower=_km(results.kilometres_lower),
                upper=_km(results.kilometres_upper),
            )
            yield Styled(shown, style="bold")
        duty = results.duty
        if duty is not None:
            speed, energy = f"{duty.speed:.0f} km/h", f"{duty.energy:.2f} kWh/km"
            source = self._tables.told(duty.source)
            yield Styled(
                self.say("duty-line", duty=duty.name, speed=speed, energy=energy, source=source)
            )

    def _files(self, results: CampaignResults) -> Table:
        table = self._table("files", "file", "begin", "hours", "state", "counted")
        is_long = len(results.files) > MOST_FILES
        for file in results.files:
            if is_long and file.counted and not file.remarks:
                continue
            style = "" if file.counted else "yellow"
            word = self.say("yes" if file.counted else "no")
            hours = number(file.hours, 1)
            state = "" if file.problem == "missing" else self._ended(file.state)
            table.add_row(file.name, file.begin_utc[:19], hours, state, word, style=style)
        return table

    def _ended(self, state: str) -> str:
        if state == "completed" or not state:
            return "✓" if state else ""
        found = Message(f"run.ended-{state}").text(self._language)
        return state if found.startswith("run.") else found

    def _sentences_of_files(self, results: CampaignResults) -> Iterator[Styled]:
        for file in results.files:
            for reason in file.reasons:
                yield Styled("  " + self.told(reason), style="yellow")
            for remark in file.remarks:
                yield Styled(f"  {file.name}: {self.told(remark)}")

    def _ledger(self, results: CampaignResults) -> Table:
        table = self._table("ledger", "what", "value", "unit")
        for row in results.totals:
            shown = significant(row.value, 5) if math.isfinite(row.value) else "–"
            if math.isfinite(row.uncertainty):
                places = decimals(row.uncertainty)
                shown = f"{number(row.value, places)} ± {number(row.uncertainty, places)}"
            table.add_row(self.told(row.title), shown, "" if row.unit == "1" else row.unit)
        return table

    def _events(self, events: Sequence[LedgerEvent]) -> Table:
        table = self._table("events", "hours", "km-at", "what")
        for (_, kind), own in groupby(events, key=lambda each: (each.utc, each.kind)):
            if kind not in LISTED:
                continue
            together = list(own)
            first = together[0]
            told = ", ".join(self._tables.told(event.text) for event in together)
            mark = "  ⟂" if any(event.breaks for event in together) else ""
            what = f"{self.told(first.title)}: {told}{mark}"
            table.add_row(number(first.hours, 1), _km(first.kilometres), what)
        counts: dict[str, list[LedgerEvent]] = {}
        for event in events:
            if event.kind not in LISTED:
                counts.setdefault(event.kind, []).append(event)
        for own in counts.values():
            last = own[-1]
            what = f"{self.told(last.title)} × {len(own)}"
            table.add_row(number(last.hours, 1), _km(last.kilometres), what)
        return table

    def _equivalences(self, rows: Sequence[EquivalenceRow]) -> Table:
        table = self._table(
            "equivalences", "mechanism", "km", "band", "exponent", "rate", "missing"
        )
        for place, row in enumerate(rows):
            if place and not row.is_mechanism and rows[place - 1].is_mechanism:
                table.add_section()
            mark = f"  {self.say('mechanism-mark')}" if row.is_governing else ""
            band = f"{_km(row.lower)} … {_km(row.upper)}" if row.is_mechanism else ""
            exponent = ""
            if math.isfinite(row.exponent):
                unit = "" if row.exponent_unit == "1" else f" {row.exponent_unit}"
                exponent = f"{row.exponent:g} ({row.exponent_low:g} … {row.exponent_high:g}){unit}"
            missing = "∞" if math.isinf(row.hours_missing) else number(row.hours_missing, 0)
            table.add_row(
                self.told(row.title) + mark,
                _km(row.kilometres),
                band,
                exponent,
                number(row.kilometres_per_hour, 1),
                missing if row.is_mechanism else "",
                style="bold" if row.is_governing else "",
            )
        return table

    def _tests(self, tests: Sequence[ReferenceTest]) -> Table:
        table = self._table("tests", "count", "point", "hours", "km-at", "valid", "what")
        for test in tests:
            table.add_row(
                str(test.number),
                test.point,
                number(test.hours, 1),
                _km(test.kilometres),
                self.say("yes" if test.valid else "no"),
                "; ".join(self._tables.told(reason) for reason in test.reasons),
                style="" if test.valid else "yellow",
            )
        return table

    def _drifts(self, drifts: Sequence[DriftRow]) -> Table:
        table = self._table(
            "drift", "quantity", "unit", "tests", "first", "slope", "target", "bound", "df"
        )
        for row in drifts:
            digits = decimals(row.scatter) if row.has_fit else 0
            bounds = f"{number(row.lower, digits)} … {number(row.upper, digits)}"
            factors = f"{number(row.df_additive, digits)} / {number(row.df_multiplicative, 3)}"
            slope = "–"
            if math.isfinite(row.slope):
                slope = f"{significant(row.slope, 2)} ± {significant(row.slope_uncertainty, 1)}"
            table.add_row(
                self.told(row.title),
                row.unit,
                str(sum(point.counted for point in row.points)),
                number(row.first, digits),
                slope,
                number(row.at_target, digits),
                bounds if row.has_fit else "–",
                factors if math.isfinite(row.df_additive) else "–",
            )
        return table

    def _combustion(self, rows: Sequence[CombustionAtTest]) -> Table:
        table = self._table("combustion", "count", "km-at", "point", "cylinder", "cycles")
        for name, _, unit in COLUMNS:
            short = self._tables.say(f"combustion.short-{name.replace('_', '-')}")
            table.add_column(f"{short}\n{unit}", justify="right")
        for each in rows:
            row = each.row
            table.add_row(
                str(each.test),
                _km(each.kilometres),
                row.at,
                str(row.cylinder),
                f"{row.used}/{row.cycles}",
                *(number(row.value(name), places) for name, places, _ in COLUMNS),
            )
        return table

    def _sentences_of_drifts(self, drifts: Sequence[DriftRow]) -> Iterator[Styled]:
        for row in drifts:
            for text in (row.correction, *row.reasons):
                if text:
                    yield Styled(f"  {self.told(row.title)}: {self._tables.told(text)}")
            for each in row.breaks:
                where, what = _km(each.kilometres), self._tables.told(each.text)
                yield Styled(f"  {self.told(row.title)} ⟂ {where}: {what}")

    def _verdict(self, results: CampaignResults) -> Iterator[Styled]:
        for judged in results.results:
            yield from self._tables.verdict(judged)
        if results.missing:
            yield Styled(self.say("missing"), style="bold")
            for text in results.missing:
                yield Styled("  " + self._tables.told(text))

    def _table(self, title: str, *keys: str) -> Table:
        table = Table(title=self.say(title), title_justify="left")
        for key in keys:
            justify = "left" if key in _TEXTUAL else "right"
            table.add_column(self.say(f"col-{key}"), justify=justify, overflow="fold")
        return table


def _km(value: float) -> str:
    return f"{value:,.0f}" + " km" if math.isfinite(value) else "–"
