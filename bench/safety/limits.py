"""Judges all limits on whole rows.

A comparison of one channel with a constant is judged on the extremes since the last scan, so that
a peak no scan shows still counts. Any other condition is a hidden column of the row (1 while it
holds), computed with the other formulas. From the reactions that stop a test upwards, a value
that is not OK counts as a violation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.clock import SECOND
from bench.expression import Resolved
from bench.expression.operations import Channel, Operation, Value
from bench.safeguard import Limit, Reaction
from bench.scan import Row

_QUIET = 2**62


@dataclass(frozen=True)
class Change:
    """A limit that was just violated, or holds again."""

    limit: Limit
    """Which."""
    is_active: bool
    """Whether it is violated now."""
    by_quality: bool
    """Whether that is because a value is not OK."""


class LimitTable:
    """A set of limits with their state; a step's own are enabled only while it runs."""

    def __init__(
        self, limits: Sequence[Limit], index: Mapping[str, int], first_hidden: int
    ) -> None:
        """Prepare limits; `hidden` says which columns they expect from `first_hidden` on."""
        self.limits = tuple(limits)
        count = len(self.limits)
        self.enabled: NDArray[np.bool_] = np.ones(count, dtype=np.bool_)
        """Which limits are judged at all."""
        self.violated: NDArray[np.bool_] = np.zeros(count, dtype=np.bool_)
        """Which limits are violated, their persistence passed."""
        self.are_violated = False
        """Whether any limit is."""
        columns: list[int] = []
        self._guards: NDArray[np.intp] = np.full(count, -1, dtype=np.intp)
        formulas: list[int] = []
        comparisons: list[tuple[int, int, float, float]] = []
        at = first_hidden
        for position, limit in enumerate(self.limits):
            plain = comparison(limit.condition)
            if plain is None:
                formulas.append(position)
                columns.append(at)
                at += 1
            else:
                name, sign, bound = plain
                comparisons.append((position, index[name], sign, bound))
                columns.append(index[name])
            if limit.valid_while is not None:
                self._guards[position] = at
                at += 1
        self._columns = np.array(columns, dtype=np.intp)
        self._formulas = np.array(formulas, dtype=np.intp)
        self._formula_columns = self._columns[self._formulas]
        self._peaks = _Peaks(comparisons)
        self._guarded = self._guards >= 0
        self._has_guards = bool(self._guarded.any())
        self._persistence = np.array([x.persistence * SECOND for x in self.limits], dtype=np.int64)
        self._stops: NDArray[np.bool_] = np.array(
            [x.reaction >= Reaction.SOFT_STOP for x in self.limits], dtype=np.bool_
        )
        self._since: NDArray[np.int64] = np.full(count, _QUIET, dtype=np.int64)
        self._busy = False

    @staticmethod
    def hidden(limits: Sequence[Limit]) -> list[Resolved]:
        """Return the formulas limits need as columns of the row, in their order."""
        columns: list[Resolved] = []
        for limit in limits:
            if comparison(limit.condition) is None:
                columns.append(limit.condition)
            if limit.valid_while is not None:
                columns.append(limit.valid_while)
        return columns

    def judge(self, row: Row) -> tuple[Change, ...]:
        """Return what changed with this row."""
        if not self.limits:
            return ()
        holds = np.zeros(len(self.limits), dtype=np.bool_)
        if self._formulas.size:
            holds[self._formulas] = row.values[self._formula_columns] > 0.5
        self._peaks.add(row, holds)
        lost: NDArray[np.bool_] | None = None
        if not row.all_ok:
            lost = np.logical_and(row.quality[self._columns] != 0, self._stops)
            holds = np.logical_or(holds, lost)
        if not self._busy and not np.count_nonzero(holds):
            return ()
        if self._has_guards:
            guard = (row.values[self._guards] > 0.5) | (row.quality[self._guards] != 0)
            holds &= ~self._guarded | guard
        holds &= self.enabled
        return self._changes(row.time, holds, lost)

    def _changes(
        self, now: int, holds: NDArray[np.bool_], lost: NDArray[np.bool_] | None
    ) -> tuple[Change, ...]:
        self._since[~holds] = _QUIET
        self._since[holds & (self._since == _QUIET)] = now
        violated = holds & (now - self._since >= self._persistence)
        changed = np.flatnonzero(violated != self.violated)
        self.violated = violated
        self.are_violated = bool(np.count_nonzero(violated))
        self._busy = bool(np.count_nonzero(holds) or changed.size)
        return tuple(
            Change(self.limits[i], bool(violated[i]), lost is not None and bool(lost[i]))
            for i in changed
        )

    def active(self) -> list[Limit]:
        """Return the violated limits, the highest reaction first."""
        found = [self.limits[i] for i in np.flatnonzero(self.violated)]
        return sorted(found, key=lambda limit: -limit.reaction)


class _Peaks:
    """Channel above or below a constant, judged on the extremes since the last scan."""

    def __init__(self, comparisons: Sequence[tuple[int, int, float, float]]) -> None:
        """Take (limit, channel, +1 above or -1 below, signed bound that is to be exceeded)."""
        above = [entry for entry in comparisons if entry[2] > 0]
        below = [entry for entry in comparisons if entry[2] < 0]
        self._above = np.array([channel for _, channel, _, _ in above], dtype=np.intp)
        self._below = np.array([channel for _, channel, _, _ in below], dtype=np.intp)
        self._bounds = np.array([bound for *_, bound in (*above, *below)])
        self._which = np.array([limit for limit, *_ in (*above, *below)], dtype=np.intp)
        self._extremes = np.empty(len(self._bounds))
        self._highs = self._extremes[: len(above)]
        self._lows = self._extremes[len(above) :]

    def add(self, row: Row, holds: NDArray[np.bool_]) -> None:
        """Set what holds on this row."""
        if self._which.size:
            self._highs[:] = row.high[self._above]
            np.negative(row.low[self._below], out=self._lows)
            holds[self._which] = self._extremes > self._bounds


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
