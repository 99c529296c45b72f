"""From limits as written to limits in SI: rigs, object kinds, protocols and steps share it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bench.document import Mark
from bench.expression import ExpressionError, Resolved
from bench.findings import Findings
from bench.model import Limit, Reaction, Scope
from bench.step import LimitGrammar
from bench.units import quantity, unit

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


def resolved_limits(
    written: Sequence[LimitGrammar],
    resolver: Callable[[str], Resolved],
    mark: Callable[[tuple[str | int, ...]], Mark],
    findings: Findings,
    scope: Scope,
) -> tuple[Limit, ...]:
    """Return limits in SI; what cannot be read goes to the findings.

    Args:
        written: Limits as written.
        resolver: Gives an expression its units.
        mark: Where a part of the list stands: ``(0, "when")``.
        findings: Takes the problems.
        scope: Whose limits they are, where they do not say so.
    """
    limits: list[Limit] = []
    for position, grammar in enumerate(written):
        condition = _condition(grammar.when, resolver, mark((position, "when")), findings)
        guard = None
        if grammar.valid_while is not None:
            guard = _condition(grammar.valid_while, resolver, mark((position, "while")), findings)
        if condition is None:
            continue
        persistence = 0.0
        with findings.at(mark((position, "for"))):
            given = quantity(grammar.lasting)
            if given.unit.dimension != _SECONDS.dimension and given.value != 0:
                findings.add(
                    mark((position, "for")), "config.dimension", value=grammar.lasting, unit="s"
                )
            persistence = given.value
        limits.append(
            Limit(
                id=grammar.id,
                condition=condition,
                text=grammar.when,
                reaction=REACTIONS[grammar.reaction],
                persistence=persistence,
                valid_while=guard,
                scope=scope if grammar.scope is None else Scope(grammar.scope),
                beside=grammar.beside,
                advice=grammar.advice,
                mark=mark((position,)),
            )
        )
    return tuple(limits)


def _condition(
    text: str, resolver: Callable[[str], Resolved], mark: Mark, findings: Findings
) -> Resolved | None:
    try:
        resolved = resolver(text)
    except ExpressionError as error:
        findings.take(replace(mark, column=mark.column + (error.offset or 0)), error)
        return None
    if not resolved.is_condition:
        findings.add(mark, "config.no-condition", text=text)
        return None
    return resolved
