"""What the alarm banner shows: the most urgent alarms, and how many more there are."""

from __future__ import annotations

from dataclasses import dataclass

from bench.messages import Message
from bench.model import BenchModel
from bench.safeguard import Limit
from bench.safety.suppression import may_be_bypassed, may_be_hidden
from bench.service.port import AlarmShown
from gui.state.console.strip import silence
from gui.state.session import Session

ROWS = 3
"""Alarms that the banner shows at once."""
IN_SIGHT = frozenset({"active", "acknowledged", "returned", "latched"})
"""States of an alarm that is shown to the operator."""
HIDDEN = frozenset({"shelved", "out-of-service"})
"""States of one that is taken out of sight."""
_SAFE_REACTIONS = frozenset({"log", "warn", "flag", "hold", "recover"})


@dataclass(frozen=True)
class BannerRow:
    """One alarm of the banner, with what may be done to it."""

    alarm: AlarmShown
    """The alarm."""
    waits: bool
    """Whether it is to be acknowledged."""
    may_shelve: bool
    """Whether it may be taken out of sight; the server has the last word."""


@dataclass(frozen=True)
class BannerState:
    """What the alarm banner shows."""

    rows: tuple[BannerRow, ...] = ()
    """The most urgent alarms, `ROWS` at most."""
    more: int = 0
    """Others in sight."""
    hidden: int = 0
    """Shelved, or out of service."""
    bypassed: int = 0
    """Alarms whose reaction is taken from them."""
    is_horn_on: bool = False
    """Whether the horn sounds."""
    waiting: int = 0
    """Alarms to be acknowledged, of all."""
    is_connected: bool = True
    """Whether anything can be asked of a server."""
    trouble: Message | None = None
    """Why this is not what is there now; None: it is."""


def banner_of(session: Session) -> BannerState:
    """Return what the alarm banner shows, in the order of the server."""
    alarms = session.bench.alarm_list
    limits = limits_of(session.model)
    seen = [each for each in alarms if each.state in IN_SIGHT]
    return BannerState(
        rows=tuple(
            BannerRow(each, waits(each), may_hide(each, limits.get(each.id)))
            for each in seen[:ROWS]
        ),
        more=max(len(seen) - ROWS, 0),
        hidden=sum(each.state in HIDDEN for each in alarms),
        bypassed=sum(each.is_bypassed for each in alarms),
        is_horn_on=session.bench.is_horn_on,
        waiting=sum(waits(each) for each in seen),
        is_connected=session.is_connected,
        trouble=silence(session),
    )


def limits_of(model: BenchModel | None) -> dict[str, Limit]:
    """Return id → limit of the bench; those of protocols are not among them."""
    return {} if model is None else {each.id: each for each in model.limits}


def waits(alarm: AlarmShown) -> bool:
    """Return whether an alarm is to be acknowledged; a latched one may have been."""
    return alarm.state in ("active", "returned", "latched")


def may_hide(alarm: AlarmShown, limit: Limit | None) -> bool:
    """Return whether an alarm may be shelved or put out of service; the server has the last word.

    Args:
        alarm: The alarm.
        limit: Its limit; None: one of the protocol, of which the reaction is known.
    """
    if limit is not None:
        return may_be_hidden(limit)
    return alarm.reaction in _SAFE_REACTIONS


def may_bypass(alarm: AlarmShown, limit: Limit | None) -> bool:
    """Return whether the reaction may be taken from a limit; the server has the last word."""
    if alarm.reaction in ("log", "warn"):
        return False
    if limit is not None:
        return may_be_bypassed(limit) and not limit.is_indicated_only
    return alarm.reaction in _SAFE_REACTIONS
