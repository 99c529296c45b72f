"""What was taken from the bench during a run: reactions bypassed, alarms hidden, values forced."""

from __future__ import annotations

from collections.abc import Iterable

from bench.record.port import Event

_TAKEN = {
    "alarm.bypassed": "bypassed",
    "maintenance.still-bypassed": "bypassed",
    "alarm.shelved": "shelved",
    "alarm.shelved-once": "shelved",
    "maintenance.still-shelved": "shelved",
    "alarm.out-of-service": "out-of-service",
    "maintenance.still-out-of-service": "out-of-service",
    "control.forced": "forced",
    "maintenance.still-forced": "forced",
}


def taken_in(events: Iterable[Event]) -> dict[str, tuple[str, ...]]:
    """Return kind (``bypassed``, ``shelved``, ``out-of-service``, ``forced``) → limits, channels.

    Args:
        events: All events of the run.
    """
    found: dict[str, list[str]] = {}
    for event in events:
        kind, told = _TAKEN.get(event.message.id), event.message.arguments
        if kind is None:
            continue
        name = str(told.get("limit", told.get("channel", event.source)))
        names = found.setdefault(kind, [])
        if name not in names:
            names.append(name)
    return {kind: tuple(names) for kind, names in sorted(found.items())}
