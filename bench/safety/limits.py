"""Judges all limits on whole rows.

A comparison of one channel with a constant is judged on the extremes since the last scan, so that
a peak no scan shows still counts. Any other condition is a hidden column of the row (1 while it
holds), computed with the other formulas. From the reactions that stop a test upwards, a value
that is not OK counts as a violation; of a limit that is voted on, it always votes.

```
condition, or enough votes ──for──▶ violated ──delay──▶ acting
                 back (behind the hysteresis) ──clears-after──▶ over
```
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.clock import SECOND
from bench.expression import Resolved
from bench.safeguard import Limit, Reaction
from bench.safety.conditions import (
    Comparison,
    Peaks,
    comparison,
    conditions_of,
    watched_channel,
)
from bench.scan import Row

_QUIET = 2**62


@dataclass(frozen=True)
class Change:
    """A limit that was just violated, or is over."""

    limit: Limit
    """Which."""
    is_active: bool
    """Whether it is violated now."""
    by_quality: bool
    """Whether that is because values are not OK."""
    value: float = math.nan
    """What its first channel came to, SI: of a comparison the peak, of a vote the worst; nan:
    there is none, or it is not OK."""


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
        self._index = index
        self._lay_out(first_hidden)
        self._persistence = _nanoseconds([x.persistence for x in self.limits])
        self._clearing = _nanoseconds([x.clears_after for x in self.limits])
        self._delays = _nanoseconds([x.delay for x in self.limits])
        self._holding_since = np.full(count, _QUIET, dtype=np.int64)
        self._back_since = np.full(count, _QUIET, dtype=np.int64)
        self._violated_since = np.full(count, _QUIET, dtype=np.int64)
        self._busy = False
        self._idle: tuple[bytes, bytes, bool, bytes] | None = None
        """A row on which nothing held, as far as the limits see it."""

    def _lay_out(self, first_hidden: int) -> None:
        """Give every condition its place, and what needs one its hidden column."""
        comparisons, guards, owners = list[Comparison](), list[Comparison](), list[int]()
        guarded = list[int]()
        at = first_hidden
        for position, limit in enumerate(self.limits):
            for condition in conditions_of(limit):
                owners.append(position)
                plain = comparison(condition)
                if plain is None:
                    comparisons.append(Comparison.of_formula(at))
                    at += 1
                    continue
                channel = self._index[plain[0]]
                comparisons.append(Comparison(channel, *plain[1:], limit.hysteresis))
            if limit.valid_while is not None:
                guarded.append(position)
                guards.append(Comparison.of_formula(at))
                at += 1
        self._count = len(comparisons)
        self._peaks = Peaks([*comparisons, *guards])
        self._guarded = np.array(guarded, dtype=np.intp)
        self._guards = np.array([each.channel for each in guards], dtype=np.intp)
        self._columns = np.array([each.channel for each in comparisons], dtype=np.intp)
        self._owners = np.array([*owners, *guarded], dtype=np.intp)
        self._votes = np.array([max(x.votes, 1) for x in self.limits], dtype=np.intp)
        self._has_votes = self._count > len(self.limits)
        self._starts = np.searchsorted(owners, np.arange(len(self.limits)))
        counting = [x.reaction >= Reaction.SOFT_STOP or bool(x.members) for x in self.limits]
        self._loss_counts = np.array(counting, dtype=np.bool_)[owners]

    @staticmethod
    def hidden(limits: Sequence[Limit]) -> list[Resolved]:
        """Return the formulas limits need as columns of the row, in their order."""
        columns: list[Resolved] = []
        for limit in limits:
            columns += [each for each in conditions_of(limit) if comparison(each) is None]
            if limit.valid_while is not None:
                columns.append(limit.valid_while)
        return columns

    def take_over(self, other: LimitTable) -> None:
        """Go on with what another table knows of limits of equal id.

        What is violated stays so until the next row says otherwise; times go on where the
        condition is the same.
        """
        places = {limit.id: i for i, limit in enumerate(other.limits)}
        for i, limit in enumerate(self.limits):
            before = places.get(limit.id)
            if before is None:
                continue
            self.violated[i] = other.violated[before]
            self._violated_since[i] = other._violated_since[before]
            known = other.limits[before]
            if (known.condition, known.members) == (limit.condition, limit.members):
                self._holding_since[i] = other._holding_since[before]
                self._back_since[i] = other._back_since[before]
        self._settle(changed=True)

    @property
    def is_quiet(self) -> bool:
        """Whether no condition holds, and nothing has just changed."""
        return not self._busy

    def judge(self, row: Row) -> tuple[Change, ...]:
        """Return what changed with this row."""
        if not self.limits:
            return ()
        met = self._peaks.met(row)
        seen = met.tobytes(), row.quality.tobytes(), row.all_ok, self.enabled.tobytes()
        if not self._busy and seen == self._idle:
            return ()
        found, lost = met[: self._count], self._lost(row)
        holds = self._elected(found | lost)
        self._mind_guards(holds, met, row)
        holds &= self.enabled
        if not self._busy and not np.count_nonzero(holds):
            self._idle = seen  # what was found counts for nothing, as in the row before
            return ()
        changed = self._follow(row.time, holds)
        if not changed.size:
            return ()
        by_value = self._elected(found & ~lost)
        return tuple(self._change(int(i), row, is_sound=bool(by_value[i])) for i in changed)

    def acting(self, now: int, bypassed: Collection[str] = ()) -> list[Limit]:
        """Return the limits whose reaction is due, the highest first.

        Args:
            now: Time of the row that was judged, ns.
            bypassed: Ids of the limits whose reaction was taken from them.
        """
        if not self.are_violated:
            return []
        due = self.violated & (now - self._violated_since >= self._delays)
        found = [self.limits[i] for i in np.flatnonzero(due)]
        return _highest_first(
            limit for limit in found if not limit.is_indicated_only and limit.id not in bypassed
        )

    def active(self) -> list[Limit]:
        """Return the violated limits, the highest reaction first."""
        return _highest_first([self.limits[i] for i in np.flatnonzero(self.violated)])

    def _lost(self, row: Row) -> NDArray[np.bool_]:
        """Return of which conditions a value is not OK, where that counts."""
        if row.all_ok:
            return np.zeros(self._count, dtype=np.bool_)
        return np.logical_and(row.quality[self._columns] != 0, self._loss_counts)

    def _mind_guards(self, holds: NDArray[np.bool_], met: NDArray[np.bool_], row: Row) -> None:
        """Take out of what holds what is known not to be valid now."""
        if self._guards.size:
            holds[self._guarded] &= met[self._count :] | (row.quality[self._guards] != 0)

    def _elected(self, found: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which limits have their votes, of what was found of all conditions."""
        if not self._has_votes:
            return found
        counts = np.add.reduceat(found, self._starts, dtype=np.intp)
        return np.greater_equal(counts, self._votes)

    def _follow(self, now: int, holds: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Take what holds now; return which limits changed."""
        since, back = self._holding_since, self._back_since
        since[~holds] = _QUIET
        since[holds & (since == _QUIET)] = now
        back[holds] = _QUIET
        back[~holds & (back == _QUIET)] = now
        has_come = holds & (now - since >= self._persistence)
        stays = self.violated & (holds | (now - back < self._clearing)) & self.enabled
        violated = has_come | stays
        changed = np.flatnonzero(violated != self.violated)
        self.violated = violated
        self._busy = bool(np.count_nonzero(holds))
        if changed.size or self.are_violated:
            self._violated_since[changed] = now
            self._settle(changed=bool(changed.size))
        return changed

    def _settle(self, *, changed: bool) -> None:
        """Bring what follows from `violated` up to date."""
        self.are_violated = bool(np.count_nonzero(self.violated))
        self._busy = self._busy or self.are_violated or changed
        if changed:
            self._peaks.relax(self.violated[self._owners])

    def _change(self, position: int, row: Row, *, is_sound: bool) -> Change:
        limit = self.limits[position]
        is_active = bool(self.violated[position])
        by_quality = is_active and not is_sound
        return Change(limit, is_active, by_quality, self._value(limit, row))

    def _value(self, limit: Limit, row: Row) -> float:
        worst, highest = math.nan, -math.inf
        for condition in conditions_of(limit):
            plain = comparison(condition)
            name, sign = watched_channel(condition), 1.0
            if plain is not None:
                name, sign, _ = plain
            column = self._index.get(name, -1)
            if column < 0 or row.quality[column]:
                continue
            extremes = row.values if plain is None else row.high if sign > 0 else row.low
            value = float(extremes[column])
            if sign * value > highest:
                worst, highest = value, sign * value
        return worst


def _nanoseconds(seconds: Sequence[float]) -> NDArray[np.int64]:
    return np.array([value * SECOND for value in seconds], dtype=np.int64)


def _highest_first(limits: Iterable[Limit]) -> list[Limit]:
    return sorted(limits, key=lambda limit: -limit.reaction)
