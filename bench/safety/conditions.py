"""Which conditions hold on a row: all are comparisons on its extremes, made in one step.

What is no plain comparison of a channel is a hidden column of the row, 1 while it holds; nothing
is read into such a column, so that its extremes are its value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.expression import Resolved
from bench.expression.operations import Channel, Operation, Tree, Value
from bench.safeguard import Limit
from bench.scan import Row

_SIGNS = {">": 1.0, ">=": 1.0, "<": -1.0, "<=": -1.0}


def comparison(condition: Resolved) -> tuple[str, float, float] | None:
    """Return (channel, +1 above or -1 below, bound) of a plain comparison, else None.

    It holds where sign times value exceeds the bound, which is signed as well.
    """
    match condition.tree:
        case Operation(name=name, operands=(Channel(name=channel), Value(value=bound))):
            sign = _SIGNS.get(name)
        case Operation(name=name, operands=(Value(value=bound), Channel(name=channel))):
            sign = -_SIGNS[name] if name in _SIGNS else None
        case _:
            return None
    if sign is None:
        return None
    signed = sign * float(bound)
    # "or equal": what equals the bound exceeds the number just below it
    return channel, sign, math.nextafter(signed, -math.inf) if "=" in name else signed


def conditions_of(limit: Limit) -> tuple[Resolved, ...]:
    """Return the conditions that decide over a limit: its members, else its only one."""
    return limit.members or (limit.condition,)


def watched_channel(condition: Resolved) -> str:
    """Return the first channel of a condition, in reading order; empty where there is none."""
    return _first(condition.tree)


def _first(tree: Tree) -> str:
    match tree:
        case Channel(name=name):
            return name
        case Operation(operands=operands):
            return next((name for name in map(_first, operands) if name), "")
        case Value():
            return ""


@dataclass(frozen=True)
class Comparison:
    """A column above or below a constant."""

    channel: int
    """Column of the row."""
    sign: float
    """+1 above, -1 below."""
    bound: float
    """Signed bound that is to be exceeded, SI."""
    hysteresis: float = 0.0
    """How far the value has to come back behind it, SI."""

    @staticmethod
    def of_formula(column: int) -> Comparison:
        """Return that a hidden column is true."""
        return Comparison(column, 1.0, 0.5)


class Peaks:
    """Columns above or below a constant, judged on the extremes since the last scan."""

    def __init__(self, comparisons: Sequence[Comparison]) -> None:
        # in `Row.extremes` the lowest and the highest value of a column follow each other
        places = [2 * each.channel + (each.sign > 0) for each in comparisons]
        self._places = np.array(places, dtype=np.intp)
        self._signs = np.array([each.sign for each in comparisons])
        self._strict = np.array([each.bound for each in comparisons])
        self._relaxed = np.array([each.bound - each.hysteresis for each in comparisons])
        self._bounds = self._strict
        self._has_hysteresis = any(each.hysteresis for each in comparisons)
        self._signed = np.empty(len(comparisons))

    def met(self, row: Row) -> NDArray[np.bool_]:
        """Return which of them hold on a row."""
        signed = row.extremes.take(self._places, out=self._signed, mode="clip")
        np.multiply(signed, self._signs, out=signed)
        return signed > self._bounds

    def relax(self, violated: NDArray[np.bool_]) -> None:
        """From now on let those that belong to a violated limit hold within hysteresis."""
        if self._has_hysteresis:
            self._bounds = np.where(violated, self._relaxed, self._strict)
