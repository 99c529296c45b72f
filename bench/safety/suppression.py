"""What may be taken from an alarm, and what never (ISA-18.2; hydrogen and stops are not hidden)."""

from __future__ import annotations

from bench.clock import SECOND
from bench.errors import Refused
from bench.safeguard import Limit, Reaction, Scope
from bench.safety.alarm import Suppression

LONGEST = 8 * 3600.0
"""Longest time for which an alarm is shelved or a reaction bypassed, s (one shift)."""


def suppression(seconds: float | None, reason: str, who: str, now: int, utc: int) -> Suppression:
    """Return a suppression that begins now.

    Args:
        seconds: How long, s; None: until the alarm has gone once, but no longer than allowed.
        reason: Why.
        who: Name.
        now: Monotonic, ns.
        utc: Since 1970-01-01T00:00:00Z, ns.

    Raises:
        Refused: the time is not above zero or longer than allowed, or reason or name are empty.
    """
    lasting = LONGEST if seconds is None else seconds
    if not 0 < lasting <= LONGEST:
        raise Refused("alarm.how-long", hours=f"{LONGEST / 3600:g}")
    length = round(lasting * SECOND)
    return Suppression(*_named(reason, who), now + length, utc + length, seconds is None)


def maintenance(reason: str, who: str) -> Suppression:
    """Return a suppression without an end.

    Raises:
        Refused: reason or name are empty.
    """
    return Suppression(*_named(reason, who))


def _named(reason: str, who: str) -> tuple[str, str]:
    if not reason.strip() or not who.strip():
        raise Refused("alarm.who-and-why")
    return who.strip(), reason.strip()


def may_be_hidden(limit: Limit) -> bool:
    """Return whether an alarm may be shelved or put out of service."""
    return not limit.is_gas and limit.reaction < Reaction.UNLOAD


def may_be_bypassed(limit: Limit) -> bool:
    """Return whether the reaction may be taken from a limit."""
    return may_be_hidden(limit) and limit.scope is not Scope.FACILITY


def refuse_hiding(limit: Limit) -> None:
    """Raise Refused where an alarm may not be taken out of sight."""
    if limit.is_gas:
        raise Refused("alarm.guards-people", limit=limit.id)
    if not may_be_hidden(limit):
        raise Refused("alarm.guards-object", limit=limit.id)


def refuse_bypass(limit: Limit) -> None:
    """Raise Refused where the reaction may not be taken from a limit, or there is none."""
    refuse_hiding(limit)
    if limit.scope is Scope.FACILITY:
        raise Refused("alarm.guards-facility", limit=limit.id)
    if limit.is_indicated_only or limit.reaction <= Reaction.WARN:
        raise Refused("alarm.no-reaction", limit=limit.id)
