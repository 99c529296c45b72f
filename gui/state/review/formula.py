"""Channels that a reader makes up: an expression over the channels of a run, and its numbers.

A formula is checked by the same code as the expressions of rigs and protocols. It is computed from
whole arrays: from samples, or, over times that hold too many of them, from the smallest and
largest value per pixel; the curve is then a band that no value of the formula leaves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bench.errors import BenchError
from bench.expression import Resolved, parse, resolve
from bench.units import Unit, unit

SIGN = "="
"""Stands before the name of a formula where channels are named: no channel begins so."""
_NAME = re.compile(r"[^\W\d][\w.]*")


class FormulaRefused(BenchError):
    """What was written is no formula; its message says why."""


@dataclass(frozen=True)
class Formula:
    """A channel that is computed from others."""

    name: str
    """What it is called: a word, with dots and digits."""
    text: str
    """The expression."""
    unit: str = ""
    """Unit in which it is shown; empty: coherent SI."""

    @property
    def channel(self) -> str:
        """How it is named among the channels of a run."""
        return f"{SIGN}{self.name}"


@dataclass(frozen=True)
class ReadFormula:
    """A formula that makes sense in a run."""

    formula: Formula
    """As written."""
    resolved: Resolved
    """What it computes."""
    unit: Unit
    """Unit in which it is shown."""


def read_formula(
    formula: Formula, units: Callable[[str], Unit | None], known: Iterable[str] = ()
) -> ReadFormula:
    """Return what a formula means.

    Args:
        formula: As written.
        units: Unit of a channel; None where there is no such channel.
        known: Channel names, to name the nearest one to a misspelt name.

    Raises:
        FormulaRefused: no name, no channel in it, or a unit that its values do not have.
        ConfigError: the text is no expression over these channels, or the unit is none.
    """
    if not _NAME.fullmatch(formula.name):
        raise FormulaRefused("review.formula-name", name=formula.name)
    resolved = resolve(parse(formula.text), units=units, known=known)
    if not resolved.names:
        raise FormulaRefused("review.formula-constant", text=formula.text)
    shown = unit(formula.unit) if formula.unit.strip() else resolved.unit
    if not shown.converts_to(resolved.unit):
        raise FormulaRefused(
            "review.formula-unit", unit=formula.unit, found=resolved.unit.label or "1"
        )
    return ReadFormula(formula, resolved, shown)
