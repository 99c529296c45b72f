"""One alarm and its life (ISA-18.2), as frozen values and the steps between them.

```
           comes              acknowledge             gone
NORMAL ──────────▶ ACTIVE ─────────────▶ ACKNOWLEDGED ─────▶ NORMAL, latched: LATCHED
                     │ gone                                               │ reset
                     ▼             acknowledge                            ▼
           RETURNED, latched: LATCHED ─────▶ NORMAL, latched: LATCHED   NORMAL
```

Shelved and out of service lie above that: the life beneath goes on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

from bench.safeguard import Limit, Priority, Reaction


class AlarmState(Enum):
    """Where an alarm is in its life."""

    ACTIVE = "active"
    """It is there, and nobody has acknowledged it."""
    ACKNOWLEDGED = "acknowledged"
    """It is there, and somebody deals with it."""
    RETURNED = "returned"
    """It is gone, and nobody has acknowledged it."""
    LATCHED = "latched"
    """It is gone, and stays until it is reset."""
    SHELVED = "shelved"
    """Out of sight for a time; its life goes on."""
    OUT_OF_SERVICE = "out-of-service"
    """Out of sight for maintenance; its life goes on."""
    NORMAL = "normal"
    """Nothing; listed only while its reaction is bypassed."""


@dataclass(frozen=True)
class Suppression:
    """Who took something from an alarm, why, and until when."""

    who: str
    """Name."""
    reason: str
    """Why."""
    until_ns: int = 0
    """Monotonic time of its end; 0: open."""
    until_utc_ns: int = 0
    """The same since 1970-01-01T00:00:00Z; 0: open."""
    is_one_shot: bool = False
    """Whether it also ends when the alarm is gone."""

    def is_over(self, now: int) -> bool:
        """Return whether its time is up."""
        return 0 < self.until_ns <= now


@dataclass(frozen=True)
class Alarm:
    """The alarm of one limit."""

    limit: Limit
    """Whose it is."""
    life: AlarmState = AlarmState.NORMAL
    """Where it is beneath shelving and out of service."""
    since_ns: int = 0
    """When it came, monotonic."""
    since_utc_ns: int = 0
    """When it came, since 1970-01-01T00:00:00Z."""
    count: int = 0
    """How often it came since it was last normal."""
    value: float = math.nan
    """What its first channel came to, SI; nan: not known."""
    is_first: bool = False
    """Whether it was the first of its incident."""
    is_acknowledged: bool = False
    """Whether somebody has seen it since it came."""
    acknowledged_by: str = ""
    """Who."""
    shelving: Suppression | None = None
    """Taken out of sight for a time."""
    maintenance: Suppression | None = None
    """Taken out of service."""
    bypass: Suppression | None = None
    """Its reaction taken from it."""

    @property
    def state(self) -> AlarmState:
        """What people see of it."""
        if self.maintenance is not None:
            return AlarmState.OUT_OF_SERVICE
        return self.life if self.shelving is None else AlarmState.SHELVED

    @property
    def is_active(self) -> bool:
        """Whether its limit is violated, seen or not."""
        return self.life in _THERE

    @property
    def is_listed(self) -> bool:
        """Whether there is anything to tell of it."""
        return self.state is not AlarmState.NORMAL or self.is_bypassed

    @property
    def is_unacknowledged(self) -> bool:
        """Whether it is in sight and waits for somebody."""
        return self.state in _TO_ACKNOWLEDGE and not self.is_acknowledged

    @property
    def is_bypassed(self) -> bool:
        """Whether its reaction is taken from it."""
        return self.bypass is not None

    @property
    def until_utc_ns(self) -> int:
        """When shelving, else the bypass ends, since 1970-01-01T00:00:00Z; 0: open, or neither."""
        ending = self.shelving if self.state is AlarmState.SHELVED else self.bypass
        return 0 if ending is None else ending.until_utc_ns

    @property
    def reason(self) -> str:
        """Why it is out of service, shelved or bypassed; empty: it is none of these."""
        shown = self.maintenance or self.shelving or self.bypass
        return "" if shown is None else shown.reason

    @property
    def effect(self) -> Reaction:
        """What really follows from it: nothing but telling where it is indicated only."""
        return Reaction.WARN if self.limit.is_indicated_only else self.limit.reaction

    def come(self, value: float, now: int, utc: int) -> Alarm:
        """Return it after its limit was violated; the same where it is there already."""
        if self.is_active:
            return self
        return replace(
            self, life=AlarmState.ACTIVE, since_ns=now, since_utc_ns=utc, value=value,
            count=self.count + 1, is_acknowledged=False, acknowledged_by="",
        )  # fmt: skip

    def gone(self) -> Alarm:
        """Return it after its limit holds again; the same where it is not there."""
        if not self.is_active:
            return self
        if self.limit.is_latched:
            return replace(self, life=AlarmState.LATCHED)
        if self.is_acknowledged:
            return self._normal()
        return replace(self, life=AlarmState.RETURNED)

    def seen(self, who: str) -> Alarm:
        """Return it after somebody acknowledged it; the same where there is nothing to."""
        if self.is_acknowledged or self.life not in _TO_ACKNOWLEDGE:
            return self
        if self.life is AlarmState.RETURNED:
            return self._normal()
        life = AlarmState.ACKNOWLEDGED if self.life is AlarmState.ACTIVE else self.life
        return replace(self, life=life, is_acknowledged=True, acknowledged_by=who)

    def let_go(self) -> Alarm:
        """Return it after a reset; the same where it is not latched.

        One that nobody has acknowledged still waits for that.
        """
        if self.life is not AlarmState.LATCHED:
            return self
        if self.is_acknowledged:
            return self._normal()
        return replace(self, life=AlarmState.RETURNED)

    def _normal(self) -> Alarm:
        return Alarm(
            self.limit,
            shelving=self.shelving,
            maintenance=self.maintenance,
            bypass=self.bypass,
        )


_THERE = frozenset({AlarmState.ACTIVE, AlarmState.ACKNOWLEDGED})
_TO_ACKNOWLEDGE = frozenset({AlarmState.ACTIVE, AlarmState.RETURNED, AlarmState.LATCHED})
_RANKS = {
    state: rank
    for rank, state in enumerate(
        (
            AlarmState.ACTIVE,
            AlarmState.ACKNOWLEDGED,
            AlarmState.RETURNED,
            AlarmState.LATCHED,
            AlarmState.SHELVED,
            AlarmState.OUT_OF_SERVICE,
            AlarmState.NORMAL,
        )
    )
}


def urgency(alarm: Alarm) -> tuple[int, Priority, bool, int]:
    """Return the key that sorts alarms for people: the most urgent first, then the newest."""
    return _RANKS[alarm.state], alarm.limit.priority, not alarm.is_first, -alarm.since_ns
