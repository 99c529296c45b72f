"""From limits as written to limits in SI: rigs, object kinds, protocols and steps share it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bench.document import Section
from bench.errors import ConfigError
from bench.expression import Resolved
from bench.findings import Findings
from bench.safeguard import Limit, Reaction, Scope
from bench.step import LimitGrammar, Scalar
from bench.units import Quantity, unit

REACTIONS = {
    "log": Reaction.LOG,
    "warn": Reaction.WARN,
    "flag": Reaction.FLAG,
    "hold": Reaction.HOLD,
    "soft-stop": Reaction.SOFT_STOP,
    "hard-stop": Reaction.HARD_STOP,
}
"""Reactions by the word that names them."""

_SECONDS = unit("s")


class Reader(Protocol):
    """Gives texts their meaning at one place: on a rig, or in a protocol with its parameters."""

    def expression(self, text: str) -> Resolved:
        """Return an expression with its units; raises ExpressionError."""
        ...

    def quantity(self, written: Scalar) -> Quantity:
        """Return a quantity; raises ConfigError."""
        ...


def resolved_limits(
    written: Sequence[LimitGrammar],
    reader: Reader,
    section: Section,
    findings: Findings,
    scope: Scope,
) -> tuple[Limit, ...]:
    """Return limits in SI; what cannot be read goes to the findings.

    Args:
        written: Limits as written.
        reader: Gives texts their meaning.
        section: Where the list stands.
        findings: Takes the problems.
        scope: Whose limits they are, where they do not say so.
    """
    found = [
        _resolved(grammar, reader, section / position, findings, scope)
        for position, grammar in enumerate(written)
    ]
    return tuple(limit for limit in found if limit is not None)


def _resolved(
    grammar: LimitGrammar, reader: Reader, section: Section, findings: Findings, scope: Scope
) -> Limit | None:
    condition = condition_of(grammar.when, reader, section / "when", findings)
    guard = None
    if grammar.valid_while is not None:
        guard = condition_of(grammar.valid_while, reader, section / "while", findings)
    persistence = 0.0
    with findings.at(section / "for"):
        persistence = _persistence(grammar.lasting, reader)
    if condition is None or (guard is None and grammar.valid_while is not None):
        return None
    return Limit(
        id=grammar.id,
        condition=condition,
        text=grammar.when,
        reaction=REACTIONS[grammar.reaction],
        persistence=persistence,
        valid_while=guard,
        scope=scope if grammar.scope is None else Scope(grammar.scope),
        beside=grammar.beside,
        advice=grammar.advice,
        mark=section.mark,
    )


def _persistence(written: Scalar, reader: Reader) -> float:
    given = reader.quantity(written)
    if given.unit.dimension != _SECONDS.dimension and given.value != 0:
        raise ConfigError("config.dimension", value=written, unit="s")
    if given.value < 0:
        raise ConfigError("config.negative", value=written)
    return given.value


def condition_of(
    text: str, reader: Reader, section: Section, findings: Findings
) -> Resolved | None:
    """Return a condition; None where the text is none, which goes to the findings."""
    with findings.at(section):
        resolved = reader.expression(text)
        if resolved.is_condition:
            return resolved
        findings.add(section, "config.no-condition", text=text)
    return None
