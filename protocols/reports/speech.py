"""Texts and numbers of a report in one language."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from analysis.verdict import Verdict
from bench.messages import Bilingual, Message, worded
from bench.units import UnitError, unit
from protocols.reports.blocks import Paragraph, Tone, VerdictBox
from protocols.results import Result
from protocols.tables import decimals
from protocols.wording import Text

TONES: Final[Mapping[Verdict | None, Tone]] = {
    Verdict.PASS: "good",
    Verdict.FAIL: "bad",
    Verdict.NOT_SHOWN: "open",
    None: "plain",
}
_WORDS: Final[Mapping[Verdict | None, str]] = {
    Verdict.PASS: "report.pass",
    Verdict.FAIL: "report.fail",
    Verdict.NOT_SHOWN: "report.not-shown",
    None: "report.no-verdict",
}
NEXT: Final = "\u00a0"
"""A space at which no line ends."""
MOST_PLACES: Final = 6
"""Smaller numbers get an exponent."""
WHOLE: Final = 1e15
"""Larger numbers get an exponent."""
_SIGNS: Final[Mapping[str, str]] = {"at_least": "≥", "at_most": "≤"}
_UNITS: Final[Mapping[str, str]] = {"10^6": "×10⁶"}
"""Units of results that are none of measured values."""


@dataclass(frozen=True)
class Speech:
    """Says things in one language."""

    language: str

    def told(self, text: Text) -> str:
        """Return a text."""
        return text.text(self.language) if isinstance(text, Message | Bilingual) else text

    def say(self, word: str, **arguments: object) -> str:
        """Return a sentence of the room ``report``."""
        return Message(f"report.{word}", arguments).text(self.language)

    def verdict(self, verdict: Verdict | None) -> str:
        """Return the word of a verdict."""
        return Message(_WORDS[verdict]).text(self.language)

    def ending(self, state: str) -> str:
        """Return what people call the way a run ended."""
        if state == "open":
            return self.say("open")
        return worded("ending", state, self.language) if state else "–"

    def asked(self, result: Result) -> str:
        """Return what is asked of a result: ``≥ 43 % (95 %)``; empty: nothing."""
        if result.limit is None:
            return ""
        sign, limit = _SIGNS.get(result.sense, ""), f"{result.limit:,.6g}"
        shown = f"{sign} {limit} {shown_unit(result.unit)}".strip().replace(" ", NEXT)
        return f"{shown} ({100 * result.confidence:g}{NEXT}%)"

    def verdict_box(
        self, verdict: Verdict | None, results: Sequence[Result], lead: Sequence[str] = ()
    ) -> VerdictBox:
        """Return the verdict with the sentences of all that was judged.

        Args:
            verdict: of all.
            results: of which those that were judged are told.
            lead: sentences before them.
        """
        sentences = [Paragraph(text) for text in lead]
        for result in results:
            if result.verdict is None:
                continue
            word, asked = self.verdict(result.verdict), self.asked(result)
            told = f"{word}: {self.told(result.title)} {asked}"
            sentences.append(Paragraph(told, TONES[result.verdict]))
            sentences += [Paragraph(self.told(reason)) for reason in result.reasons]
        return VerdictBox(self.verdict(verdict), TONES[verdict], tuple(sentences))


def shown_unit(name: str) -> str:
    """Return a unit as people write it: ``°C`` for ``degC``; nothing for pure numbers."""
    if name in {"", "1"}:
        return ""
    try:
        return _UNITS.get(name) or unit(name).label.replace("^3", "³").replace("^2", "²")
    except UnitError:  # a mixture of words, such as km/h per test
        return name


def in_brackets(name: str) -> str:
    """Return a unit behind the name of a quantity; nothing for pure numbers."""
    shown = shown_unit(name)
    return f"[{shown}]" if shown else ""


def with_uncertainty(value: float, uncertainty: float) -> str:
    """Return a number with the digits that its standard uncertainty supports."""
    if not (math.isfinite(value) and math.isfinite(uncertainty) and uncertainty > 0.0):
        return rounded(value, 5)
    return placed(value, decimals(uncertainty))


def placed(value: float, places: int) -> str:
    """Return a number with so many decimals; a dash where there is none, never ``-0``."""
    if not math.isfinite(value):
        return rounded(value)
    shown = f"{value:,.{places}f}"
    return shown if shown.strip("-0.,") else shown.removeprefix("-")


def significant_places(value: float, digits: int) -> int:
    """Return how many decimals show so many significant digits; 0: none do."""
    if not math.isfinite(value) or value == 0.0:
        return 0
    return min(max(0, digits - 1 - math.floor(math.log10(abs(value)))), MOST_PLACES)


def rounded(value: float, digits: int = 4) -> str:
    """Return a number with so many significant digits, a dash where there is none."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else ("∞" if value > 0 else "-∞")
    if value == 0.0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    if places > MOST_PLACES + digits - 1 or abs(value) >= WHOLE:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.{max(0, places)}f}"


def trimmed(value: float, digits: int = 6) -> str:
    """Return a number as it was stated: without zeros behind its last digit."""
    shown = rounded(value, digits)
    return shown.rstrip("0").rstrip(".") if "." in shown and "e" not in shown else shown


def kilometres(value: float) -> str:
    """Return kilometres."""
    return f"{value:,.0f}" if math.isfinite(value) else rounded(value)


def hours(value: float) -> str:
    """Return hours, below 100 to a hundredth."""
    return placed(value, 2 if abs(value) < 100.0 else 1)


def day(iso: str) -> str:
    """Return an ISO 8601 time to the minute."""
    return iso[:16].replace("T", " ") or "–"
