"""Which conditions hold on a row: comparisons on the extremes, other conditions as columns."""

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
    """A plain comparison at its place."""

    place: int
    """Of the condition."""
    channel: int
    """Column of the row."""
    sign: float
    """+1 above, -1 below."""
    bound: float
    """Signed bound that is to be exceeded, SI."""
    hysteresis: float
    """How far the value has to come back behind it, SI."""


class Peaks:
    """Channel above or below a constant, judged on the extremes since the last scan."""

    def __init__(self, comparisons: Sequence[Comparison]) -> None:
        above = [each for each in comparisons if each.sign > 0]
        below = [each for each in comparisons if each.sign < 0]
        ordered = (*above, *below)
        self._above = np.array([each.channel for each in above], dtype=np.intp)
        self._below = np.array([each.channel for each in below], dtype=np.intp)
        self._strict = np.array([each.bound for each in ordered])
        self._relaxed = np.array([each.bound - each.hysteresis for each in ordered])
        self._bounds = self._strict
        self._which = np.array([each.place for each in ordered], dtype=np.intp)
        self._has_hysteresis = any(each.hysteresis for each in ordered)
        self._extremes = np.empty(len(ordered))
        self._highs = self._extremes[: len(above)]
        self._lows = self._extremes[len(above) :]

    def add(self, row: Row, holds: NDArray[np.bool_]) -> None:
        """Set what holds on this row."""
        if self._which.size:
            self._highs[:] = row.high[self._above]
            np.negative(row.low[self._below], out=self._lows)
            holds[self._which] = self._extremes > self._bounds

    def relax(self, violated: NDArray[np.bool_]) -> None:
        """From now on let a condition that belongs to a violated limit hold within hysteresis."""
        if self._has_hysteresis:
            self._bounds = np.where(violated[self._which], self._relaxed, self._strict)
