"""Whether the bench may say that it is alive: only while every part of it has reported in time.

A part is the scan, the judging, or a worker whose link safety needs. One that is hung, or has
ended, stops reporting; nothing else can report in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


class Heartbeat:
    """Watches the parts of a bench; knows no clock and no wire."""

    def __init__(self, parts: Mapping[str, int], now: int = 0) -> None:
        """Begin at a time (ns), as if all had just reported.

        Args:
            parts: Part → longest time between two reports, ns.
            now: Monotonic, ns.
        """
        self._parts = dict(parts)
        self._heard = dict.fromkeys(parts, now)

    def watch(self, parts: Mapping[str, int], now: int) -> None:
        """Watch other parts from a time (ns) on; those that are the same report as before."""
        self._parts = dict(parts)
        self._heard = {part: self._heard.get(part, now) for part in parts}

    @property
    def parts(self) -> Mapping[str, int]:
        """Part → longest time between two reports, ns."""
        return self._parts

    def report(self, part: str, now: int) -> None:
        """Take that a part was well at a time (ns); what is no part of it is ignored."""
        if part in self._heard and now > self._heard[part]:
            self._heard[part] = now

    def late(self, now: int, reports: Mapping[str, int] = MappingProxyType({})) -> tuple[str, ...]:
        """Return the parts that have not reported in time.

        Args:
            now: Monotonic, ns.
            reports: Part → when it was well, ns: taken first, as `report` does.
        """
        heard, late = self._heard, ()
        for part, longest in self._parts.items():
            at = reports.get(part)
            if at is not None and at > heard[part]:
                heard[part] = at
            if now - heard[part] > longest:
                late = (*late, part)
        return late

    def beats(self, now: int) -> bool:
        """Return whether all of them have."""
        return not self.late(now)
