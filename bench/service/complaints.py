"""What clients do wrong, counted and told: one message per client, fault and minute at most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.clock import SECOND
from bench.messages import Message

INTERVAL = 60 * SECOND
"""Time between two messages about one client and fault."""
_MOST = 256  # of clients and faults: whoever comes more often than that is told together
_OTHERS = "others"


@dataclass
class _Tally:
    count: int = 0
    due: int = 0


class Complaints:
    """Counts faults; knows no clock."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str], _Tally] = {}

    def add(self, client: str, fault: str, count: int = 1) -> None:
        """Count a fault (message id) of a client."""
        key = (client, fault)
        if key not in self._tallies and len(self._tallies) >= _MOST:
            key = (_OTHERS, fault)
        self._tallies.setdefault(key, _Tally()).count += count

    def due(self, now: int) -> Iterator[Message]:
        """Yield what is to be told at a time (ns): at once the first time, then by the minute."""
        for key, tally in list(self._tallies.items()):
            if now < tally.due:
                continue
            if not tally.count:
                del self._tallies[key]
                continue
            client, fault = key
            yield Message(fault, {"client": client, "count": tally.count})
            self._tallies[key] = _Tally(due=now + INTERVAL)
