"""What is taken from alarms and channels when a run file begins: the file has to say so itself."""

from __future__ import annotations

from collections.abc import Iterable

from bench.messages import Message
from bench.notices.letter import moment
from bench.safety.alarm import Alarm, Suppression

News = tuple[str, Message]
"""Source (a limit or a channel), what stands."""


def standing(alarms: Iterable[Alarm], forced: Iterable[str]) -> list[News]:
    """Return what a file that begins now has to say of bypasses, hidden alarms, forced values.

    Args:
        alarms: All alarms that are not normal or bypassed.
        forced: Channels that are given by hand.
    """
    found: list[News] = []
    for alarm in alarms:
        name = alarm.limit.id
        if alarm.bypass is not None:
            told = _why(name, alarm.bypass) | {"reaction": _word(alarm)}
            found.append((name, Message("maintenance.still-bypassed", told)))
        if alarm.shelving is not None:
            found.append((name, Message("maintenance.still-shelved", _why(name, alarm.shelving))))
        if alarm.maintenance is not None:
            told = _why(name, alarm.maintenance)
            found.append((name, Message("maintenance.still-out-of-service", told)))
    found += [
        (name, Message("maintenance.still-forced", {"channel": name})) for name in sorted(forced)
    ]
    return found


def _why(name: str, given: Suppression) -> dict[str, object]:
    until = moment(given.until_utc_ns) if given.until_utc_ns else "–"
    return {"limit": name, "who": given.who, "reason": given.reason, "until": until}


def _word(alarm: Alarm) -> str:
    return alarm.limit.reaction.name.lower().replace("_", "-")
