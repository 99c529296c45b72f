"""The alarms of a bench as the events of its run file leave them, where no server can be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bench.clock import SECOND
from bench.messages import Bilingual
from bench.record.port import Event
from bench.service.port import AlarmShown

_CAME = frozenset({"alarm.came", "alarm.not-to-be-judged"})
_LIFE = {
    "alarm.returned": "returned",
    "alarm.latched": "latched",
    "alarm.normal": "normal",
    "alarm.removed": "normal",
}
_HIDING = {
    "alarm.shelved": "shelved",
    "alarm.shelved-once": "shelved",
    "alarm.out-of-service": "out-of-service",
    "alarm.unshelved": "",
    "alarm.shelving-over": "",
    "alarm.in-service": "",
    "alarm.given-back": "",
}
_BYPASSING = {"alarm.bypassed": True, "alarm.bypass-over": False, "alarm.bypass-ended": False}
_ORDER = ("active", "returned", "latched", "acknowledged", "shelved", "out-of-service", "normal")


@dataclass
class _Kept:
    """One alarm, as far as the events tell."""

    life: str = "normal"
    hidden: str = ""
    is_acknowledged: bool = False
    is_bypassed: bool = False
    came: Event | None = None
    count: int = 0
    reason: str = ""
    until: int = 0

    def take(self, event: Event) -> None:
        """Take one event of it."""
        said = event.message.id
        if said in _CAME:
            self.life, self.came, self.is_acknowledged = "active", event, False
            self.count += 1
        elif said == "alarm.acknowledged":
            self.is_acknowledged = True
            self.life = {"active": "acknowledged", "returned": "normal"}.get(self.life, self.life)
        elif said == "alarm.reset":
            self.life = "normal" if self.is_acknowledged else "returned"
        elif said in _LIFE:
            self.life = _LIFE[said]
        elif said in _HIDING:
            self.hidden = _HIDING[said]
            self._suppress(event, is_on=bool(self.hidden))
        elif said in _BYPASSING:
            self.is_bypassed = _BYPASSING[said]
            self._suppress(event, is_on=self.is_bypassed)

    @property
    def state(self) -> str:
        """What people would see of it."""
        return self.hidden or self.life

    def _suppress(self, event: Event, *, is_on: bool) -> None:
        self.reason = str(event.message.arguments.get("reason", "")) if is_on else ""
        self.until = _until(event) if is_on else 0


def alarms_after(events: Iterable[Event]) -> tuple[AlarmShown, ...]:
    """Return the alarms that are not normal after events, those that nobody has seen first."""
    kept: dict[str, _Kept] = {}
    for event in events:
        told = event.message
        if told.id.startswith("alarm.") and "limit" in told.arguments:
            kept.setdefault(str(told.arguments["limit"]), _Kept()).take(event)
    listed = {name: each for name, each in kept.items() if each.state != "normal"}
    listed |= {name: each for name, each in kept.items() if each.is_bypassed}
    found = [_shown(name, each) for name, each in listed.items()]
    return tuple(sorted(found, key=lambda each: _ORDER.index(each.state)))


def _until(event: Event) -> int:
    """Return when what was taken from an alarm comes back; 0: it is open."""
    try:
        minutes = float(str(event.message.arguments.get("minutes", "")))
    except ValueError:
        return 0
    return event.utc_ns + round(minutes * 60 * SECOND)


def _shown(name: str, kept: _Kept) -> AlarmShown:
    told: Mapping[str, object] = {}
    if kept.came is not None:
        told = kept.came.message.arguments
    nothing = Bilingual("")
    return AlarmShown(
        id=name,
        state=kept.state,
        priority=int(str(told.get("priority", 3))),
        reaction=str(told.get("reaction", "")),
        text=str(told.get("text", "")),
        since_utc_ns=0 if kept.came is None else kept.came.utc_ns,
        count=kept.count,
        is_first=False,
        is_bypassed=kept.is_bypassed,
        until_utc_ns=kept.until,
        value="",
        beside=nothing,
        cause=nothing,
        consequence=nothing,
        advice=nothing,
        reason=kept.reason,
    )
