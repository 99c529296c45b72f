"""Lets virtual time leap between two scans while the sequence rests (decision 0015)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from bench.channel import Quality
from bench.clock import SECOND
from bench.control.conduct import Conduct
from bench.control.states import State
from bench.device import Instrument
from bench.safety.limits import LimitTable
from bench.scan import Row

SETTLING = 120 * SECOND
"""Time after any change in which every scan is done, where the rig says nothing else: what
instruments, and the controllers in them, take to follow (engineering default)."""


class Stretching:
    """Decides when time leaps, and by how much: whole periods, so that scans keep their grid."""

    def __init__(
        self,
        longest: int,
        period: int,
        leap: Callable[[int], int],
        *,
        settling: int = SETTLING,
    ) -> None:
        """Begin where nothing is known to rest.

        Args:
            longest: Longest leap, ns.
            period: Time between two scans, ns.
            leap: Has time leap by so many ns, or less; returns by how many.
            settling: Time after any change in which every scan is done, ns.
        """
        self._longest = longest
        self._period = period
        self._leap = leap
        self._settling = settling
        self._since: int | None = None

    def leap(self, now: int, rests_for: int) -> int:
        """Let time leap; return by how much, ns.

        Args:
            now: When the last scan was, ns.
            rests_for: For how long nothing is to happen from then on, ns.
        """
        if rests_for <= 0:
            self._since = None
            return 0
        if self._since is None:
            self._since = now
        if now - self._since < self._settling:
            return 0
        # the scan behind the leap comes no later than what happens next
        wished = min(self._longest, rests_for - self._period) // self._period * self._period
        return self._leap(wished) if wished > self._period else 0


def rest_of(
    conduct: Conduct, row: Row, limits: LimitTable, instruments: Mapping[str, Instrument]
) -> int:
    """Return for how long nothing is to happen, ns; 0: something may with the next scan."""
    if conduct.state is not State.AUTOMATIC or conduct.demands.are_new or not limits.is_quiet:
        return 0
    if not row.all_ok and np.count_nonzero(row.quality == Quality.STALE):
        return 0  # a link may be about to be opened again, in the time of the wires
    rests_for = conduct.course.rests_for
    is_whole = rests_for and all(each.is_connected for each in instruments.values())
    return rests_for if is_whole else 0
