"""Which reaction acts: of all limits whose reaction is due, the highest; it pre-empts a lower one.

Nothing that was pre-empted is resumed: each scan judges anew what is due then.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bench.safeguard import Limit, Reaction

NOTHING = Reaction.LOG
"""Engaged where no reaction is: what only tells needs no arbitration."""


@dataclass(frozen=True)
class Decision:
    """What is to be done now."""

    reaction: Reaction
    """What."""
    limit: Limit
    """For whose sake."""


class Arbiter:
    """Decides, and counts the recoveries of one run."""

    def __init__(self, recoveries: Collection[str]) -> None:
        """Begin a run; `recoveries` are the names of those there are."""
        self._recoveries = frozenset(recoveries)
        self._tried: dict[str, int] = {}
        self._latest = ""  # limit for which a recovery began last

    def decide(self, due: Sequence[Limit], engaged: Reaction) -> Decision | None:
        """Return what pre-empts the reaction that is engaged, if anything does.

        A recovery that has had all its tries, or that there is none of, becomes an unload; the one
        that runs has the time it needs.

        Args:
            due: Limits whose reaction is due, the highest first.
            engaged: What is being done already; `NOTHING`: nothing is.
        """
        best: Decision | None = None
        for limit in due:
            reaction = limit.reaction
            is_tried = engaged is Reaction.RECOVER and limit.id == self._latest
            if reaction is Reaction.RECOVER and not (is_tried or self.may_recover(limit)):
                reaction = Reaction.UNLOAD
            if reaction >= Reaction.HOLD and (best is None or reaction > best.reaction):
                best = Decision(reaction, limit)
        return best if best is not None and best.reaction > engaged else None

    def may_recover(self, limit: Limit) -> bool:
        """Return whether the recovery of a limit may run once more in this run."""
        return limit.recovery in self._recoveries and self.tried(limit) < limit.tries

    def tried(self, limit: Limit) -> int:
        """Return how often it has run for this limit."""
        return self._tried.get(limit.id, 0)

    def count(self, limit: Limit) -> None:
        """Count that the recovery of a limit begins."""
        self._tried[limit.id] = self.tried(limit) + 1
        self._latest = limit.id
