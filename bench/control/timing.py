"""When scans are due, and how late they are: shown in the row, and told at the end."""

from __future__ import annotations

from collections.abc import Mapping

from bench.clock import MILLISECOND, SECOND, Clock
from bench.control.logbook import Logbook
from bench.messages import Message
from bench.scan import Row

NOTABLE = 100 * MILLISECOND
"""A scan later than this is worth a warning: the machine is too slow or too busy."""

LATENESS, OVERRUNS = "bench.lateness", "bench.overruns"
"""Channels of the bench itself (`bench.config.channels`): s, and a count."""


class Timing:
    """The schedule of the scans."""

    def __init__(self, clock: Clock, period: int, index: Mapping[str, int]) -> None:
        self.lateness = 0
        """How late the newest scan began, ns."""
        self.overruns = 0
        """Scans that began later than one period after they were due."""
        self.latest = 0
        """How late the latest of them began, ns."""
        self._clock = clock
        self._period = period
        self._due = clock.now()
        self._missed = 0  # by how much the scan that comes was too late to be caught up, ns
        self._channels = [index[name] for name in (LATENESS, OVERRUNS) if name in index]

    def next(self) -> int:
        """Return when the next scan is due (ns); one that is far too late begins a new count."""
        self._due += self._period
        now = self._clock.now()
        if now > self._due + self._period:
            self.overruns += 1
            self.latest = max(self.latest, now - self._due)
            self._due, self._missed = now, now - self._due
        return self._due

    def leap(self, ns: int) -> None:
        """Take that the bench's time has leapt between two scans."""
        self._due += ns

    def show(self, row: Row, now: int) -> None:
        """Put what is known of the scan that begins now (ns) into its row."""
        self.lateness = max(now - self._due, 0) + self._missed
        self._missed = 0
        for index, value in zip(
            self._channels, (self.lateness / SECOND, self.overruns), strict=False
        ):
            row.put(index, value)

    def refresh(self, row: Row) -> None:
        """Mark it as new, once the row is collected."""
        for index in self._channels:
            row.news[index] = True

    def tell(self, log: Logbook) -> None:
        """Tell whether scans were late."""
        if self.overruns:
            worst = round(self.latest / MILLISECOND)
            late = Message("control.late-scans", {"scans": self.overruns, "worst": worst})
            log.note("info" if self.latest < NOTABLE else "warning", "bench", late)
