"""When the horn sounds and the beacon is lit."""

from __future__ import annotations

from collections.abc import Iterable

from bench.clock import SECOND
from bench.safeguard import Priority, Reaction
from bench.safety.alarm import Alarm, AlarmState

SOUNDS_AGAIN = {Priority.HIGH: 30 * SECOND, Priority.MEDIUM: 60 * SECOND}
"""Priority that sounds → how long it may be silenced without being acknowledged (engineering
default)."""


class Horn:
    """Which alarms were silenced, and until when that lasts."""

    def __init__(self) -> None:
        self._silent_since: dict[str, int] = {}

    def sound(self, alarm: str) -> None:
        """Let an alarm that has just come be heard."""
        self._silent_since.pop(alarm, None)

    def silence(self, alarms: Iterable[Alarm], now: int) -> None:
        """Stop the horn for what is sounding now; nothing is acknowledged by it."""
        for alarm in alarms:
            if self.sounds_for(alarm, now):
                self._silent_since[alarm.limit.id] = now

    def sounds_for(self, alarm: Alarm, now: int) -> bool:
        """Return whether the horn sounds for an alarm."""
        again = SOUNDS_AGAIN.get(alarm.limit.priority)
        if again is None or not alarm.is_unacknowledged:
            return False
        since = self._silent_since.get(alarm.limit.id)
        return since is None or now - since >= again


def is_beacon_for(alarm: Alarm) -> bool:
    """Return whether the beacon is lit for an alarm: one to deal with at once, or after a stop."""
    if alarm.is_unacknowledged and alarm.limit.priority is Priority.HIGH:
        return True
    is_in_sight = alarm.life is alarm.state is not AlarmState.NORMAL
    return is_in_sight and alarm.effect >= Reaction.SOFT_STOP
