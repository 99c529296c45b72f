"""What the protocol of a run asks of its results, from the text recorded with the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from bench.config.grammar import CriterionGrammar, ProtocolFile
from bench.document import parse, validated
from bench.runs import Run
from bench.step import Scalar
from bench.units import quantity


@dataclass(frozen=True)
class Criterion:
    """What one result has to keep; SI."""

    name: str
    """Result."""
    at: str
    """Name of the point."""
    at_least: float | None
    """Lower limit."""
    at_most: float | None
    """Upper limit."""
    confidence: float
    """One-sided, 1."""
    origin: str
    """Where the limit comes from."""


@dataclass(frozen=True)
class Asked:
    """What a protocol asks of the judge."""

    criteria: tuple[Criterion, ...] = ()
    """In the order of the protocol."""
    settings: Mapping[str, object] | None = None
    """``judge:`` as written; None: nothing is set."""

    def number(self, name: str, default: float) -> float:
        """Return a setting in SI.

        Raises:
            UnitError: it is no quantity.
        """
        given = (self.settings or {}).get(name)
        return default if given is None else quantity(cast("str | float", given)).value

    def word(self, name: str, default: str = "") -> str:
        """Return a setting that is a word."""
        given = (self.settings or {}).get(name)
        return default if given is None else str(given)


def asked_of(run: Run) -> Asked:
    """Return what the protocol of a run asks; nothing where its text was not recorded.

    Raises:
        ConfigError: the recorded text is no protocol of this program.
    """
    header = run.header
    name = f"protocols/{header.protocol_name}.yaml"
    text = run.texts.get(name)
    if text is None:
        return Asked()
    file = validated(parse(text, name), ProtocolFile)
    criteria = tuple(
        _criterion(result, given, header.parameters) for result, given in file.verdict.items()
    )
    return Asked(criteria, file.judge)


def _criterion(name: str, given: CriterionGrammar, parameters: Mapping[str, str]) -> Criterion:
    def number(value: Scalar | None) -> float | None:
        if value is None:
            return None
        if isinstance(value, str) and value.startswith("$"):
            value = parameters[value.removeprefix("$")]
        return quantity(value).value

    return Criterion(
        name=name,
        at=given.at,
        at_least=number(given.at_least),
        at_most=number(given.at_most),
        confidence=number(given.confidence) or 0.95,
        origin=given.origin,
    )
