"""The status row: permanent proof that safety chain, detectors and instruments are alive."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from bench.channel import Quality
from bench.checklist import WallClock
from bench.messages import Message
from bench.model import BenchModel
from gui.state.console.contact import Contact, contact_of
from gui.state.console.strip import silence
from gui.state.session import Session

UPS = "ups.charge"
"""Channel that a rig names so for the charge of its uninterruptible supply."""
LOW_CHARGE = 0.3
"""Charge below which it is abnormal (engineering default)."""
LATE = 0.1
"""Lateness of a scan from which it is told, s (engineering default)."""


_BIT = 0.5  # a bit that arrives as a number


class Level(Enum):
    """How a chip is shown."""

    NORMAL = "normal"
    """As it should be: grey."""
    UNKNOWN = "unknown"
    """Not known: grey, and said."""
    ABNORMAL = "abnormal"
    """The bench is not as it should be."""
    DIAGNOSTIC = "diagnostic"
    """The measuring system is not as it should be."""
    BY_HAND = "by-hand"
    """A person has taken something from it."""


@dataclass(frozen=True)
class Chip:
    """One field of the status row."""

    name: str
    """Which: ``heartbeat``."""
    text: Message
    """What it says."""
    level: Level = Level.NORMAL
    """How it is shown."""
    details: tuple[str, ...] = ()
    """Names that belong to it: instruments, channels."""


def status_of(session: Session) -> tuple[Chip, ...]:
    """Return the fields of the status row, in their order; without a server that alone."""
    trouble = silence(session)
    heard = Message("operate.chip-server") if trouble is None else trouble
    level = Level.NORMAL if trouble is None else Level.DIAGNOSTIC
    server = Chip("server", heard, level)
    if contact_of(session) is Contact.GONE:
        return (server,)
    fields: tuple[Callable[[Session], Chip | None], ...] = (
        _chain, _heartbeat, _detectors, _ups, _stale, _silent, _forced, _lateness, _clock,
    )  # fmt: skip
    return (*(chip for field in fields if (chip := field(session)) is not None), server)


def gas_channels(model: BenchModel) -> tuple[str, ...]:
    """Return the measured channels of all limits that guard people against gas, in row order."""
    named = {
        name
        for limit in model.limits
        if limit.is_gas
        for condition in (limit.members or (limit.condition,))
        for name in condition.names
    }
    return tuple(channel.name for channel in model.measured if channel.name in named)


def used_channels(model: BenchModel) -> tuple[str, ...]:
    """Return the measured channels that the rig names, judges or computes with, in row order.

    What an instrument reads beside them may be missing on a healthy bench.
    """
    judged = {
        name
        for limit in model.limits
        for part in (limit.condition, limit.valid_while, *limit.members)
        if part is not None
        for name in part.names
    }
    judged.update(name for each in model.computed for name in each.formula.names)
    return tuple(
        channel.name
        for channel in model.measured
        if model.is_named(channel) or channel.name in judged
    )


def _chain(session: Session) -> Chip | None:
    model, frame = session.model, session.newest
    if model is None or model.safety.closed is None:
        return None
    at = model.safety.closed
    if frame is None or at >= len(frame.values):
        return Chip("chain", Message("operate.chip-chain-unknown"), Level.UNKNOWN)
    if frame.quality[at] != Quality.OK or not math.isfinite(frame.values[at]):
        return Chip("chain", Message("operate.chip-chain-unknown"), Level.DIAGNOSTIC)
    if frame.values[at] > _BIT:
        return Chip("chain", Message("operate.chip-chain-closed"))
    return Chip("chain", Message("operate.chip-chain-open"), Level.ABNORMAL)


def _heartbeat(session: Session) -> Chip | None:
    bench, model = session.bench, session.model
    if model is not None and model.safety.heartbeat is None:
        return None
    if bench.is_beating:
        return Chip("heartbeat", Message("operate.chip-heartbeat"))
    return Chip("heartbeat", Message("operate.chip-no-heartbeat"), Level.ABNORMAL, bench.missing)


def _detectors(session: Session) -> Chip | None:
    if session.model is None:
        return None
    names = gas_channels(session.model)
    if not names:
        return None
    invalid = tuple(name for name in names if not _is_ok(session, name))
    text = Message(
        "operate.chip-detectors", {"valid": len(names) - len(invalid), "count": len(names)}
    )
    if session.newest is None:
        return Chip("detectors", text, Level.UNKNOWN)
    return Chip("detectors", text, Level.DIAGNOSTIC if invalid else Level.NORMAL, invalid)


def _ups(session: Session) -> Chip | None:
    model = session.model
    if model is None or UPS not in model.index:
        return None
    at = session.index(UPS)
    if at is None or session.newest is None or not _is_ok(session, UPS):
        return Chip("ups", Message("operate.chip-ups", {"charge": "–"}), Level.UNKNOWN)
    charge = float(session.newest.values[at])
    text = Message("operate.chip-ups", {"charge": f"{charge:.0%}"})
    return Chip("ups", text, Level.ABNORMAL if charge < LOW_CHARGE else Level.NORMAL)


def _stale(session: Session) -> Chip | None:
    if session.model is None or session.newest is None:
        return None
    forced = set(session.bench.forced)
    used = used_channels(session.model)
    lost = tuple(name for name in used if name not in forced and not _is_ok(session, name))
    text = Message("operate.chip-stale", {"count": len(lost)})
    return Chip("stale", text, Level.DIAGNOSTIC if lost else Level.NORMAL, lost)


def _silent(session: Session) -> Chip:
    silent = session.bench.silent
    if not silent:
        return Chip("instruments", Message("operate.chip-instruments"))
    text = Message("operate.chip-silent", {"count": len(silent), "names": ", ".join(silent)})
    return Chip("instruments", text, Level.DIAGNOSTIC, silent)


def _forced(session: Session) -> Chip:
    forced = session.bench.forced
    text = Message("operate.chip-forced", {"count": len(forced)})
    return Chip("forced", text, Level.BY_HAND if forced else Level.NORMAL, forced)


def _lateness(session: Session) -> Chip:
    bench = session.bench
    told = {"lateness": f"{bench.lateness * 1000:.0f}", "count": bench.overruns}
    level = Level.DIAGNOSTIC if bench.lateness >= LATE else Level.NORMAL
    return Chip("lateness", Message("operate.chip-lateness", told), level)


def _clock(session: Session) -> Chip | None:
    if session.model is None:
        return None
    named = {each.id for each in session.model.preflight if isinstance(each.test, WallClock)}
    check = next((each for each in session.bench.preflight if each.id in named), None)
    if check is None:
        return None
    if check.is_passed or not check.is_needed:
        return Chip("clock", Message("operate.chip-clock"))
    return Chip("clock", Message("operate.chip-clock-wrong"), Level.DIAGNOSTIC)


def _is_ok(session: Session, name: str) -> bool:
    at = session.index(name)
    return at is not None and session.newest is not None and session.newest.quality[at] == 0
