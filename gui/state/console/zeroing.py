"""Zeroing step by step: which channels, what they show, and what the comparison has found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.channel import Channel, Kind, Quality
from bench.checklist import ZeroTest
from bench.control.states import State
from bench.messages import Bilingual, Message
from bench.model import BenchModel
from bench.service.port import EventShown
from bench.service.requests import Compare
from bench.service.showing import on_screen
from bench.units import unit
from gui.state.session import Session

_KELVIN = unit("K")
_OUTCOMES = frozenset({"maintenance.compared", "maintenance.not-compared"})


@dataclass(frozen=True)
class ZeroChannel:
    """A channel that can be compared with zero."""

    name: str
    """Channel."""
    title: Bilingual
    """What people call it."""
    shown: str
    """What it shows now."""
    is_valid: bool
    """Whether that may be used."""


@dataclass(frozen=True)
class ZeroState:
    """What the dialog shows of the bench."""

    channels: tuple[ZeroChannel, ...] = ()
    """Channels that can be compared with zero."""
    hindrance: Message | None = None
    """Why nothing can be compared now."""
    usual: tuple[str, ...] = ()
    """Channels whose zero the preflight of the rig asks for."""
    protocol: str = ""
    """The object's own protocol for it; empty: it has none."""
    events: tuple[EventShown, ...] = ()
    """Newest events of the bench."""
    model: BenchModel | None = None
    """The bench as described."""
    has_control: bool = False
    """Whether we hold control."""


@dataclass(frozen=True)
class Outcome:
    """What the comparison of one channel has found."""

    channel: str
    """Channel."""
    said: Message
    """The whole sentence."""
    is_done: bool
    """Whether there is a value; else the sentence says why not."""
    shown: str = ""
    """What it has shown, with its unit."""
    error: str = ""
    """How far that is from zero."""
    verdict: Message | None = None
    """Whether that lies within what is stated."""


def zero_of(session: Session, protocols: Sequence[tuple[str, str]] = ()) -> ZeroState:
    """Return what the dialog shows of a session.

    Args:
        session: What is known.
        protocols: Name and object kind of the protocols there are.
    """
    model = session.model
    if model is None or not session.is_connected:
        return ZeroState(hindrance=Message("start.not-connected"))
    bench = session.bench
    hindrance = None
    if bench.control not in {"", session.client}:
        hindrance = Message("start.control-held", {"holder": bench.control})
    elif bench.state is not State.MONITOR:
        hindrance = Message("dialog.zero-monitor", {"state": bench.state.value})
    return ZeroState(
        channels=tuple(_channel(session, each) for each in model.measured if _has_zero(each)),
        hindrance=hindrance,
        usual=tuple(
            model.channels[each.test.channel].name
            for each in model.preflight
            if isinstance(each.test, ZeroTest)
        ),
        protocol=_own_protocol(model, protocols),
        events=session.events,
        model=model,
        has_control=bool(session.client) and bench.control == session.client,
    )


def comparison(model: BenchModel, channel: str, seconds: float) -> Compare:
    """Return the request that compares a channel with zero.

    Raises:
        KeyError: there is no such channel.
    """
    found = model.channels[model.index[channel]]
    return Compare(channel, f"0 {found.unit.text}".rstrip(), seconds)


def outcome_in(events: Sequence[EventShown], channel: str, after: int) -> Outcome | None:
    """Return what was found of a channel in events of a higher number; None: nothing yet."""
    for event in events:
        told = event.message.arguments
        is_ours = event.number > after and event.message.id in _OUTCOMES
        if is_ours and told.get("channel") == channel:
            return _outcome(channel, event.message)
    return None


def _outcome(channel: str, said: Message) -> Outcome:
    told = said.arguments
    if said.id != "maintenance.compared":
        return Outcome(channel, said, is_done=False)
    verdict = told.get("verdict")
    return Outcome(
        channel=channel,
        said=said,
        is_done=True,
        shown=str(told.get("shown", "")),
        error=str(told.get("error", "")),
        verdict=verdict if isinstance(verdict, Message) else None,
    )


def _has_zero(channel: Channel) -> bool:
    """Return whether zero means that nothing is there: no temperature, no bare number."""
    is_temperature = channel.unit.offset != 0 or channel.unit.dimension == (
        0.0,
        0.0,
        0.0,
        0.0,
        1.0,
        0.0,
    )
    return channel.kind is Kind.MEASURED and bool(channel.unit.label) and not is_temperature


def _channel(session: Session, channel: Channel) -> ZeroChannel:
    at, frame = session.index(channel.name), session.newest
    title = channel.title if channel.title.en else Bilingual(channel.name)
    if at is None or frame is None:
        return ZeroChannel(channel.name, title, "–", is_valid=False)
    value = float(frame.values[at])
    shown = on_screen(channel.shown_unit, value)
    return ZeroChannel(channel.name, title, shown, is_valid=int(frame.quality[at]) == Quality.OK)


def _own_protocol(model: BenchModel, protocols: Sequence[tuple[str, str]]) -> str:
    names = (name for name, kind in protocols if kind == model.object.kind)
    return next((name for name in names if name.rpartition("/")[2] == "zero"), "")
