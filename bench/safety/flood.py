"""How many alarms the people at the bench are given."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.clock import SECOND
from bench.safeguard import Priority
from bench.safety.alarm import Alarm, AlarmState

WINDOW = 600 * SECOND
"""Time over which alarms are counted (ISA-18.2)."""
MOST = 10
"""Alarms in that time which one person can respond to (ISA-18.2); more are a flood."""
_KEPT = 1000


@dataclass(frozen=True)
class Flood:
    """Alarms of the last ten minutes that were not out of sight."""

    last_ten_minutes: int = 0
    """How many came; counted up to 1000."""
    is_flood: bool = False
    """Whether they are more than one person can respond to."""
    per_priority: Mapping[Priority, int] = field(default_factory=dict[Priority, int])
    """How many of each priority."""


class FloodMeter:
    """Counts alarms as they come."""

    def __init__(self) -> None:
        self._times: deque[tuple[int, Priority]] = deque(maxlen=_KEPT)
        self._is_flood = False

    def take(self, alarm: Alarm, now: int) -> None:
        """Count an alarm that has just come, unless it is out of sight."""
        if alarm.state is AlarmState.ACTIVE:
            self._times.append((now, alarm.limit.priority))

    def tick(self, now: int) -> bool:
        """Forget what was too long ago; return whether a flood has begun or ended."""
        if not self._times:
            return False
        while self._times and now - self._times[0][0] >= WINDOW:
            self._times.popleft()
        was_flood, self._is_flood = self._is_flood, len(self._times) > MOST
        return self._is_flood is not was_flood

    @property
    def figures(self) -> Flood:
        """What was counted."""
        counts = Counter(priority for _, priority in self._times)
        return Flood(len(self._times), self._is_flood, {each: counts[each] for each in Priority})
