"""Texts and numbers of a report in one language."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from analysis.verdict import Verdict
from bench.messages import Bilingual, Message
from bench.units import UnitError, unit
from protocols.reports.blocks import Tone, VerdictBox
from protocols.results import Result
from protocols.tables import decimals, number
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
MOST_PLACES: Final = 6
"""Smaller numbers get an exponent."""
_SIGNS: Final[Mapping[str, str]] = {"at_least": "≥", "at_most": "≤"}


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

    def asked(self, result: Result) -> str:
        """Return what is asked of a result: ``≥ 43 % (95 %, one-sided)``."""
        if result.limit is None:
            return "–"
        sign, limit = _SIGNS.get(result.sense, ""), f"{result.limit:.6g} {shown_unit(result.unit)}"
        return f"{sign} {limit.strip()}"

    def verdict_box(self, verdict: Verdict | None, results: tuple[Result, ...]) -> VerdictBox:
        """Return the verdict with the sentences of all that was judged."""
        judged = [result for result in results if result.verdict is not None]
        sentences: list[str] = []
        for result in judged:
            word, asked = self.verdict(result.verdict), self.asked(result)
            sentences.append(f"{word}: {self.told(result.title)} {asked}")
            sentences += [self.told(reason) for reason in result.reasons]
        return VerdictBox(self.verdict(verdict), TONES[verdict], tuple(sentences))


def shown_unit(name: str) -> str:
    """Return a unit as people write it: ``°C`` for ``degC``; nothing for pure numbers."""
    if name in {"", "1"}:
        return ""
    try:
        return unit(name).label
    except UnitError:  # a mixture of words, such as km/h per test
        return name


def in_brackets(name: str) -> str:
    """Return a unit behind the name of a quantity; nothing for pure numbers."""
    shown = shown_unit(name)
    return f"[{shown}]" if shown else ""


def with_uncertainty(value: float, uncertainty: float) -> str:
    """Return a number with the digits that its standard uncertainty supports."""
    return number(value, decimals(uncertainty))


def rounded(value: float, digits: int = 4) -> str:
    """Return a number with so many significant digits, a dash where there is none."""
    if not math.isfinite(value):
        return "–"
    if value == 0.0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    if places > MOST_PLACES:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.{max(0, places)}f}"


def day(iso: str) -> str:
    """Return an ISO 8601 time to the minute."""
    return iso[:16].replace("T", " ")
