"""The list of alarms: those that are there, and those that were since we listen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from bench.messages import Bilingual
from bench.model import BenchModel
from bench.safeguard import Limit
from bench.service.port import AlarmShown, EventShown
from gui.state.console.banner import HIDDEN, IN_SIGHT, limits_of, may_bypass, may_hide, waits
from gui.state.session import Session

MOST_TOLD = 600
"""Newest events of alarms from which the past ones are made; all stand in the run file."""
PAST = "past"
"""State of an alarm that is over."""
_CAME = frozenset({"alarm.came", "alarm.not-to-be-judged"})
_GONE = frozenset({"alarm.returned", "alarm.latched", "alarm.normal", "alarm.removed"})
_TOLD = _CAME | _GONE | {"alarm.acknowledged"}


class Which(Enum):
    """Which alarms are listed."""

    ALL = "all"
    PRESENT = "present"
    HIDDEN = "hidden"
    PAST = "past"


class Deed(Enum):
    """What may be done to an alarm."""

    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    BYPASS = "bypass"
    END_BYPASS = "end-bypass"
    OUT_OF_SERVICE = "out-of-service"
    IN_SERVICE = "in-service"


@dataclass(frozen=True)
class AlarmEntry:
    """One line of the list."""

    id: str
    """Limit."""
    state: str
    """As `AlarmShown.state`, or `PAST`."""
    priority: int
    """1 to 3."""
    reaction: str
    """What follows."""
    text: str
    """Condition as written; of a past one with the value."""
    value: str = ""
    """Value when it came."""
    on_utc_ns: int = 0
    """When it came; 0: not known."""
    off_utc_ns: int = 0
    """When it was gone; 0: it is there, or not known."""
    count: int = 1
    """How often it came."""
    is_first: bool = False
    """Whether it was the first of its incident."""
    is_bypassed: bool = False
    """Whether its reaction is taken from it."""
    until_utc_ns: int = 0
    """When shelving or bypass end; 0: open, or neither."""
    seen_by: str = ""
    """Who acknowledged it; empty: nobody, or not known."""
    reason: str = ""
    """Why it is shelved, out of service or bypassed."""
    beside: Bilingual = Bilingual("")  # noqa: RUF009 - it is frozen
    """Hardwired effect."""
    cause: Bilingual = Bilingual("")  # noqa: RUF009 - it is frozen
    """What usually causes it."""
    consequence: Bilingual = Bilingual("")  # noqa: RUF009 - it is frozen
    """What follows if nobody responds."""
    advice: Bilingual = Bilingual("")  # noqa: RUF009 - it is frozen
    """What to do."""
    deeds: frozenset[Deed] = frozenset()
    """What may be done to it; the server has the last word."""


@dataclass(frozen=True)
class AlarmTableState:
    """The list of alarms."""

    entries: tuple[AlarmEntry, ...] = ()
    """Those that are there in the order of the server, then the past ones, the newest first."""
    waiting: int = 0
    """How many are to be acknowledged."""
    is_connected: bool = True
    """Whether anything can be asked of a server."""


def alarm_table_of(session: Session) -> AlarmTableState:
    """Return the list of alarms."""
    told = [each for each in session.events if each.message.id in _TOLD]
    history = history_of(told[-MOST_TOLD:])
    newest = {each.id: each for each in history}
    limits = limits_of(session.model)
    present = [
        _entry(each, newest.get(each.id), deeds_of(each, session.model))
        for each in session.bench.alarm_list
    ]
    there = {each.id for each in present if each.state in IN_SIGHT | HIDDEN}
    past = [
        _explained(each, limits)
        for each in reversed(history)
        if not (each.id in there and each is newest[each.id])
    ]
    return AlarmTableState(
        entries=(*present, *past),
        waiting=sum(waits(each) for each in session.bench.alarm_list),
        is_connected=session.is_connected,
    )


def history_of(events: Iterable[EventShown]) -> list[AlarmEntry]:
    """Return every coming of an alarm that the events tell of, the oldest first."""
    found: list[AlarmEntry] = []
    open_at: dict[str, int] = {}
    for event in events:
        told = event.message.arguments
        name = str(told.get("limit", ""))
        if event.message.id in _CAME:
            open_at[name] = len(found)
            found.append(_came(event))
        elif name in open_at:
            at = open_at[name]
            if event.message.id in _GONE and not found[at].off_utc_ns:
                found[at] = replace(found[at], off_utc_ns=event.utc_ns)
            elif event.message.id == "alarm.acknowledged":
                found[at] = replace(found[at], seen_by=str(told.get("who", "")))
    return found


def deeds_of(alarm: AlarmShown, model: BenchModel | None) -> frozenset[Deed]:
    """Return what may be done to an alarm; the server has the last word."""
    limit = limits_of(model).get(alarm.id)
    can_hide, can_bypass = may_hide(alarm, limit), may_bypass(alarm, limit)
    is_in_sight = alarm.state not in HIDDEN
    allowed = {
        Deed.ACKNOWLEDGE: waits(alarm),
        Deed.RESET: alarm.state == "latched",
        Deed.SHELVE: can_hide and is_in_sight,
        Deed.UNSHELVE: alarm.state == "shelved",
        Deed.BYPASS: can_bypass and not alarm.is_bypassed,
        Deed.END_BYPASS: alarm.is_bypassed,
        Deed.OUT_OF_SERVICE: can_hide and alarm.state != "out-of-service",
        Deed.IN_SERVICE: alarm.state == "out-of-service",
    }
    return frozenset(deed for deed, is_allowed in allowed.items() if is_allowed)


def chosen(
    entries: Iterable[AlarmEntry], which: Which, needle: str, language: str
) -> tuple[AlarmEntry, ...]:
    """Return the entries of one kind in which all words of a text stand, upper or lower case.

    Args:
        entries: From which.
        which: Which kind.
        needle: Words; empty: all.
        language: ``en`` or ``zh``.
    """
    wanted = needle.casefold().split()
    return tuple(
        each
        for each in entries
        if _is_of(each, which) and all(word in _haystack(each, language) for word in wanted)
    )


def _is_of(entry: AlarmEntry, which: Which) -> bool:
    match which:
        case Which.ALL:
            return True
        case Which.PRESENT:
            return entry.state in IN_SIGHT
        case Which.HIDDEN:
            return entry.state in HIDDEN or entry.is_bypassed
        case Which.PAST:
            return entry.state == PAST


def _haystack(entry: AlarmEntry, language: str) -> str:
    said = (each.text(language) for each in (entry.cause, entry.consequence, entry.advice))
    return " ".join((entry.id, entry.text, entry.value, entry.reason, *said)).casefold()


def _entry(alarm: AlarmShown, told: AlarmEntry | None, deeds: frozenset[Deed]) -> AlarmEntry:
    is_gone = alarm.state in ("returned", "latched")
    return AlarmEntry(
        id=alarm.id,
        state=alarm.state,
        priority=alarm.priority,
        reaction=alarm.reaction,
        text=alarm.text,
        value=alarm.value,
        on_utc_ns=alarm.since_utc_ns,
        off_utc_ns=told.off_utc_ns if told is not None and is_gone else 0,
        count=alarm.count,
        is_first=alarm.is_first,
        is_bypassed=alarm.is_bypassed,
        until_utc_ns=alarm.until_utc_ns,
        seen_by=told.seen_by if told is not None and alarm.state != "active" else "",
        reason=alarm.reason,
        beside=alarm.beside,
        cause=alarm.cause,
        consequence=alarm.consequence,
        advice=alarm.advice,
        deeds=deeds,
    )


def _came(event: EventShown) -> AlarmEntry:
    told = event.message.arguments
    priority = told.get("priority", 3)
    return AlarmEntry(
        id=str(told.get("limit", "")),
        state=PAST,
        priority=priority if isinstance(priority, int) else 3,
        reaction=str(told.get("reaction", "")),
        text=str(told.get("text", "")),
        on_utc_ns=event.utc_ns,
    )


def _explained(entry: AlarmEntry, limits: dict[str, Limit]) -> AlarmEntry:
    limit = limits.get(entry.id)
    if limit is None:
        return entry
    return replace(
        entry,
        beside=limit.beside,
        cause=limit.cause,
        consequence=limit.consequence,
        advice=limit.advice,
    )
