"""What the process picture shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bench.channel import Channel, Quality
from bench.errors import ConfigError
from bench.expression import Expression, Resolved, parse
from bench.messages import Bilingual
from bench.model import BenchModel
from bench.service.port import AlarmShown
from gui.state.console.gauges import fitted_gauges
from gui.state.console.numbers import Numbers, decimals_for, numbers_of, resolved_on
from gui.state.screens.pipe_ends import clipped
from gui.state.screens.process_picture import Equipment, Point, ProcessPicture, Reading
from gui.state.screens.screen import Screen
from gui.state.session import Session

_ACTIVE = frozenset({"active", "acknowledged"})
"""States of an alarm whose condition holds."""
_STEPS = 500
"""Steps of a scale that values in the picture tell apart at least; gauges show more."""
_SET_ASIDE = frozenset({"shelved", "out-of-service"})


@dataclass(frozen=True)
class FittedReading:
    """A value beside equipment on one bench."""

    index: int
    """Where it stands in a frame."""
    label: Bilingual
    """What it is; empty: the equipment says so."""
    decimals: int | None
    """Of its text; None: as many as its size asks for."""


@dataclass(frozen=True)
class FittedEquipment:
    """A piece of equipment on one bench."""

    name: str
    """In the screen file."""
    drawn: Equipment
    """How it is drawn."""
    active: Resolved | None
    """It runs, or is open, while this holds; None: that is not known."""
    readings: tuple[FittedReading, ...]
    """Its values."""
    limits: frozenset[str]
    """Limits that watch its channels."""
    channels: tuple[int, ...]
    """All its channels."""


@dataclass(frozen=True)
class FittedPipe:
    """A pipe on one bench."""

    medium: str
    """What flows in it."""
    points: tuple[Point, ...]
    """Its corners, from and to the edge of what it joins."""
    flowing: Resolved | None
    """Something flows while this holds; None: that is not known."""
    has_arrow: bool
    """Whether its end is marked with an arrow."""


@dataclass(frozen=True)
class FittedPicture:
    """The process picture on one bench."""

    size: Point
    """Columns and rows."""
    equipment: tuple[FittedEquipment, ...] = ()
    """From the back to the front."""
    pipes: tuple[FittedPipe, ...] = ()
    """Behind the equipment."""


@dataclass(frozen=True)
class Value:
    """A value beside equipment."""

    text: str
    """With its unit."""
    label: Bilingual
    """What it is; empty: the equipment says so."""
    quality: Quality = Quality.OK
    """Whether it may be used."""
    is_forced: bool = False
    """Whether it is given by hand."""


@dataclass(frozen=True)
class EquipmentState:
    """What is shown of a piece of equipment."""

    is_active: bool | None = None
    """Whether it runs, or is open; None: not known."""
    is_doubtful: bool = False
    """Whether it cannot be known now, as a value it follows from is not to be trusted."""
    values: tuple[Value, ...] = ()
    """Values beside it."""
    priority: int = 0
    """Most urgent of its alarms: 1 to 3; 0: none."""
    is_waiting: bool = False
    """Whether an alarm of that priority waits to be acknowledged."""
    is_set_aside: bool = False
    """Whether an alarm of its own is shelved or out of service."""
    alarms: tuple[str, ...] = ()
    """Limits of its alarms."""


@dataclass(frozen=True)
class MimicState:
    """What the process picture shows; in the order of the picture."""

    picture: FittedPicture = field(default_factory=lambda: FittedPicture((36.0, 12.0)))
    """What there is to draw."""
    equipment: tuple[EquipmentState, ...] = ()
    """State of each piece."""
    flows: tuple[bool | None, ...] = ()
    """Whether something flows in each pipe; None: not known."""


def fitted_picture(screen: Screen, model: BenchModel) -> FittedPicture | None:
    """Return the process picture of a bench; None where the screen has none.

    Raises:
        ConfigError: a condition in it makes no sense on this bench.
    """
    picture = screen.picture
    if picture is None:
        return None
    kept = {
        name: each
        for name, each in picture.equipment.items()
        if not each.optional or each.channels & model.index.keys()
    }
    spans = {gauge.channel: gauge.span for gauge in fitted_gauges(screen, model)}
    watched = {limit.id: limit.condition.names for limit in model.limits}
    return FittedPicture(
        size=picture.size,
        equipment=tuple(
            _equipment(name, each, model, watched, spans) for name, each in kept.items()
        ),
        pipes=_pipes(picture, kept, model),
    )


def mimic_of(session: Session, picture: FittedPicture | None) -> MimicState:
    """Return what the process picture shows; an empty one where there is none."""
    numbers = numbers_of(session)
    if numbers is None or picture is None:
        return MimicState()
    alarms = _by_limit(session.bench.alarm_list, picture)
    forced = frozenset(session.bench.forced)
    return MimicState(
        picture=picture,
        equipment=tuple(_shown(each, numbers, alarms, forced) for each in picture.equipment),
        flows=tuple(
            None if pipe.flowing is None else numbers.holds(pipe.flowing) for pipe in picture.pipes
        ),
    )


def _equipment(
    name: str,
    drawn: Equipment,
    model: BenchModel,
    watched: Mapping[str, frozenset[str]],
    spans: Mapping[str, float],
) -> FittedEquipment:
    own = drawn.channels & model.index.keys()
    readings = tuple(
        FittedReading(index, each.label, _decimals(each, model.channels[index], spans))
        for each in drawn.values
        if (index := model.index.get(each.channel)) is not None
    )
    return FittedEquipment(
        name=name,
        drawn=drawn,
        active=None if drawn.active is None else resolved_on(model, drawn.active),
        readings=readings,
        limits=frozenset(limit for limit, names in watched.items() if names & own),
        channels=tuple(sorted(model.index[channel] for channel in own)),
    )


def _decimals(reading: Reading, channel: Channel, spans: Mapping[str, float]) -> int | None:
    """Return the decimals of a value: as written, else by its gauge's scale, else its range."""
    if reading.decimals is not None:
        return reading.decimals
    span = spans.get(channel.name, channel.range.span / channel.shown_unit.factor)
    return decimals_for(span, _STEPS)


def _pipes(
    picture: ProcessPicture, kept: Mapping[str, Equipment], model: BenchModel
) -> tuple[FittedPipe, ...]:
    """Return the pipes all of whose equipment is there."""
    found: list[FittedPipe] = []
    for pipe in picture.pipes:
        named = [each for each in pipe.through if isinstance(each, str)]
        if any(name not in kept for name in named):
            continue
        joined = [each for each in kept.values() if each.kind != "room"]
        points = clipped(picture.corners(pipe), joined)
        flowing = None if pipe.flowing is None else resolved_on(model, pipe.flowing)
        found.append(FittedPipe(pipe.medium, points, flowing, pipe.arrow))
    return tuple(found)


def _shown(
    each: FittedEquipment,
    numbers: Numbers,
    alarms: Mapping[str, tuple[AlarmShown, ...]],
    forced: frozenset[str],
) -> EquipmentState:
    own = alarms.get(each.name, ())
    active = [alarm for alarm in own if alarm.state in _ACTIVE or alarm.state == "latched"]
    priority = min((alarm.priority for alarm in active), default=0)
    is_active = None if each.active is None else numbers.holds(each.active)
    return EquipmentState(
        is_active=is_active,
        is_doubtful=each.active is not None and numbers.is_doubtful(each.active),
        values=tuple(_value(reading, numbers, forced) for reading in each.readings),
        priority=priority,
        is_waiting=any(x.state == "active" for x in active if x.priority == priority),
        is_set_aside=any(alarm.state in _SET_ASIDE for alarm in own),
        alarms=tuple(alarm.id for alarm in own),
    )


def _value(reading: FittedReading, numbers: Numbers, forced: frozenset[str]) -> Value:
    channel = numbers.model.channels[reading.index]
    number = numbers.text(reading.index, reading.decimals)
    text = f"{number} {channel.shown_unit.label}".rstrip()
    quality = numbers.quality(reading.index)
    return Value(text, reading.label, quality, channel.name in forced)


def _by_limit(
    alarms: Iterable[AlarmShown], picture: FittedPicture
) -> Mapping[str, tuple[AlarmShown, ...]]:
    """Return equipment → its alarms; those of protocols and steps by the names in their text."""
    found: dict[str, tuple[AlarmShown, ...]] = {}
    for alarm in alarms:
        names = _names(alarm.text)
        for each in picture.equipment:
            if alarm.id in each.limits or names & each.drawn.channels:
                found[each.name] = (*found.get(each.name, ()), alarm)
    return found


def _names(text: str) -> frozenset[str]:
    """Return the channels a condition reads; none where the text is no plain condition."""
    try:
        found: Expression = parse(text)
    except ConfigError:
        return frozenset()
    return found.names
