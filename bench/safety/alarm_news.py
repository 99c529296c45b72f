"""What is said of alarms: one message per transition, with who and why."""

from __future__ import annotations

from bench.clock import SECOND
from bench.messages import LANGUAGES, Bilingual, Message
from bench.safeguard import Limit, Reaction
from bench.safety.alarm import Alarm, AlarmState, Suppression
from bench.safety.flood import Flood
from bench.safety.limits import Change

News = tuple[str, str, Message]
"""Level (``info``, ``warning``, ``error``), source (a limit, or ``alarms``), what happened."""

ALARMS = "alarms"
"""Source of what concerns no single limit."""


def came(alarm: Alarm, change: Change, value: str) -> News:
    """Return the news that an alarm is there; `value`: what it came to, empty: not known."""
    limit = alarm.limit
    arguments: dict[str, object] = {
        "limit": limit.id,
        "text": f"{limit.text} ({value})" if value else limit.text,
        "priority": int(limit.priority),
        "reaction": word(limit.reaction),
        "details": _details(limit),
    }
    level = "error" if limit.reaction >= Reaction.HOLD else "warning"
    if change.by_quality:
        return level, limit.id, Message("alarm.not-to-be-judged", arguments)
    return level, limit.id, Message("alarm.came", arguments)


def _details(limit: Limit) -> Bilingual:
    """Return hardwired effect, cause, consequence and advice as one text."""
    return Bilingual(*(_details_in(language, limit) for language in LANGUAGES))


def _details_in(language: str, limit: Limit) -> str:
    parts = (limit.cause, limit.consequence, limit.advice)
    beside = f"({limit.beside.text(language)})" if limit.beside.en else ""
    return " ".join(filter(None, (*(part.text(language) for part in parts), beside)))


def word(reaction: Reaction) -> str:
    """Return a reaction as files write it: ``hard-stop``."""
    return reaction.name.lower().replace("_", "-")


def gone(before: Alarm, after: Alarm) -> News:
    """Return the news that an alarm's cause is gone."""
    named = {"limit": before.limit.id, "text": before.limit.text}
    if after.life is AlarmState.LATCHED:
        return _info(before.limit, Message("alarm.latched", named))
    if after.life is AlarmState.RETURNED:
        return _info(before.limit, Message("alarm.returned", named))
    return _info(before.limit, Message("alarm.normal", named))


def removed(limit: Limit) -> News:
    """Return the news that an alarm is gone because its limit is."""
    return _info(limit, Message("alarm.removed", {"limit": limit.id, "text": limit.text}))


def acknowledged(limit: Limit, who: str) -> News:
    """Return the news that somebody has seen an alarm."""
    return _info(limit, Message("alarm.acknowledged", {"limit": limit.id, "who": who}))


def silenced(who: str) -> News:
    """Return the news that somebody stopped the horn."""
    return "info", ALARMS, Message("alarm.silenced", {"who": who})


def was_reset(limit: Limit, who: str) -> News:
    """Return the news that somebody let go a latched alarm."""
    return _info(limit, Message("alarm.reset", {"limit": limit.id, "who": who}))


def shelved(limit: Limit, shelving: Suppression, now: int) -> News:
    """Return the news that an alarm is out of sight from now on."""
    arguments = _why(limit, shelving) | {"minutes": _minutes(shelving, now)}
    if shelving.is_one_shot:
        return _info(limit, Message("alarm.shelved-once", arguments))
    return _info(limit, Message("alarm.shelved", arguments))


def unshelved(limit: Limit, who: str) -> News:
    """Return the news that somebody brought a shelved alarm back; nobody: its time is up."""
    named = {"limit": limit.id, "who": who}
    if not who:
        return _info(limit, Message("alarm.shelving-over", named))
    return _info(limit, Message("alarm.unshelved", named))


def out_of_service(limit: Limit, maintenance: Suppression) -> News:
    """Return the news that an alarm is out of service."""
    return _info(limit, Message("alarm.out-of-service", _why(limit, maintenance)))


def in_service(limit: Limit, who: str) -> News:
    """Return the news that an alarm is in service again; nobody: it may not stay out."""
    named = {"limit": limit.id, "who": who}
    if not who:
        return _info(limit, Message("alarm.given-back", named))
    return _info(limit, Message("alarm.in-service", named))


def bypassed(limit: Limit, bypass: Suppression, now: int) -> News:
    """Return the news that the reaction is taken from a limit from now on."""
    arguments = _why(limit, bypass)
    arguments |= {"minutes": _minutes(bypass, now), "reaction": word(limit.reaction)}
    return "warning", limit.id, Message("alarm.bypassed", arguments)


def bypass_over(limit: Limit, who: str) -> News:
    """Return the news that a reaction is back; nobody: its time is up."""
    arguments = {"limit": limit.id, "who": who, "reaction": word(limit.reaction)}
    if not who:
        return "warning", limit.id, Message("alarm.bypass-over", arguments)
    return "warning", limit.id, Message("alarm.bypass-ended", arguments)


def flood(figures: Flood) -> News:
    """Return the news that more alarms come than one person can respond to, or no more."""
    count = {"count": figures.last_ten_minutes}
    if not figures.is_flood:
        return "info", ALARMS, Message("alarm.flood-over", count)
    return "warning", ALARMS, Message("alarm.flood", count)


def _info(limit: Limit, message: Message) -> News:
    return "info", limit.id, message


def _minutes(given: Suppression, now: int) -> str:
    return f"{(given.until_ns - now) / (60 * SECOND):.4g}"


def _why(limit: Limit, given: Suppression) -> dict[str, object]:
    return {"limit": limit.id, "who": given.who, "reason": given.reason}
