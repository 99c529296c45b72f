"""Demands by hand: what each is now, what it may be, and what is wrong with a staged value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bench.config.quantities import selected
from bench.control.states import State
from bench.errors import ConfigError
from bench.messages import Bilingual, Message
from bench.model import BenchModel, DemandPoint
from gui.state.session import Session

_BY_HAND = frozenset({State.MONITOR, State.READY, State.AUTOMATIC, State.HOLDING})


@dataclass(frozen=True)
class DemandRow:
    """One demand."""

    name: str
    """Name in protocols."""
    title: Bilingual
    """What people call it; its name where it has no title."""
    now: str
    """Value now, with its unit."""
    safe: str
    """Safe value; empty: it stays as it is."""
    range: str
    """What object and instrument both allow; empty: no bound, or words."""
    gradient: str
    """Steepest ramp; empty: no bound."""
    unit: str
    """Unit for people."""
    choices: tuple[str, ...] = ()
    """Words of a selector."""
    needs: Message | None = None
    """Which mode it needs and is not in; None: it means something now."""


@dataclass(frozen=True)
class ForceRow:
    """A measured channel that may be given by hand."""

    channel: str
    """Channel."""
    title: Bilingual
    """What people call it."""
    unit: str
    """Unit for people."""


@dataclass(frozen=True)
class ManualState:
    """All demands, and who demands."""

    rows: tuple[DemandRow, ...] = ()
    """Demands, in the order of the rig."""
    is_manual: bool = False
    """Whether they are given by hand now."""
    may_take_over: bool = False
    """Whether that may be asked for."""
    may_hand_back: bool = False
    """Whether they may be given back to a sequence."""
    may_force: bool = False
    """Whether measured values may be given by hand (MONITOR)."""
    has_control: bool = False
    """Whether we hold control."""
    hindrance: Message | None = None
    """Why nothing can be demanded by hand; None: it can, or is."""
    forced: tuple[str, ...] = ()
    """Channels given by hand."""
    model: BenchModel | None = None
    """The bench as described."""


def manual_of(session: Session) -> ManualState:
    """Return the demands of a session."""
    bench, model = session.bench, session.model
    if model is None or not session.is_connected:
        return ManualState(hindrance=Message("start.not-connected"))
    is_free = bench.control in {"", session.client}
    state, values = bench.state, bench.demands
    now = {
        each.name: each.shown(values[each.name]) for each in model.demands if each.name in values
    }
    hindrance = None
    if not is_free:
        hindrance = Message("start.control-held", {"holder": bench.control})
    elif state is not State.MANUAL and state not in _BY_HAND:
        hindrance = Message("start.not-by-hand", {"state": state.value})
    return ManualState(
        rows=tuple(_row(model, point, now) for point in model.demands),
        is_manual=state is State.MANUAL,
        may_take_over=is_free and state in _BY_HAND,
        may_hand_back=is_free and state is State.MANUAL,
        may_force=is_free and state is State.MONITOR,
        has_control=bool(session.client) and bench.control == session.client,
        hindrance=hindrance,
        forced=bench.forced,
        model=model,
    )


def staged_problem(
    model: BenchModel, name: str, written: str, beside: Mapping[str, str], now: Mapping[str, str]
) -> Message | None:
    """Return what is wrong with a staged value, as the bench would say it; None: nothing.

    Args:
        model: The bench.
        name: Demand.
        written: Value with unit, or word.
        beside: All staged values.
        now: Demand → value now, as shown.
    """
    point = model.demand_named(name)
    if point is None:
        return Message("start.no-demand", {"name": name})
    try:
        value = selected(written, point.choices, point.unit)
    except ConfigError as error:
        return error.message
    if not point.range.holds(value):
        told = {"value": point.shown(value), "low": point.shown(point.range.low)}
        high = {"demand": name, "high": point.shown(point.range.high)}
        return Message("control.demand-out-of-range", {**told, **high})
    return _mode_lacking(model, point, {**now, **beside})


def staged_text(row: DemandRow, text: str) -> str:
    """Return a staged value with the unit of its row where it is a number alone."""
    bare = text.strip()
    if not row.unit or row.choices:
        return bare
    try:
        float(bare)
    except ValueError:
        return bare
    return f"{bare} {row.unit}"


def force_rows(model: BenchModel) -> tuple[ForceRow, ...]:
    """Return the measured channels of a bench, which may be given by hand."""
    return tuple(ForceRow(each.name, each.title, each.shown_unit.label) for each in model.measured)


def _row(model: BenchModel, point: DemandPoint, now: Mapping[str, str]) -> DemandRow:
    title = _title(model, point)
    return DemandRow(
        name=point.name,
        title=title,
        now=now.get(point.name, "–"),
        safe="" if math.isnan(point.safe) else point.shown(point.safe),
        range="" if point.choices else _range(point),
        gradient=_gradient(point),
        unit=point.unit.label,
        choices=point.choices,
        needs=_mode_lacking(model, point, now),
    )


def _title(model: BenchModel, point: DemandPoint) -> Bilingual:
    """Return what people call a demand: its own title, else that of the channel it governs."""
    own = model.channels[point.channel].title
    same = model.index.get(point.name)
    if not own.en and same is not None:
        own = model.channels[same].title
    return own if own.en else Bilingual(point.name)


def _range(point: DemandPoint) -> str:
    low, high = point.range.low, point.range.high
    if math.isinf(low) and math.isinf(high):
        return ""
    shown = ("…" if math.isinf(each) else point.shown(each) for each in (low, high))
    return " … ".join(shown).replace("… … ", "… ").replace(" … …", " …")


def _gradient(point: DemandPoint) -> str:
    if point.choices or math.isinf(point.gradient):
        return ""
    number = point.gradient / point.unit.factor
    label = "K" if point.unit.offset else point.unit.label
    return f"{number:.4g} {label}/s" if label else f"{number:.4g} /s"


def _mode_lacking(
    model: BenchModel, point: DemandPoint, words: Mapping[str, str]
) -> Message | None:
    """Return which mode a demand needs that is not chosen; None: it has it, or needs none."""
    for name, allowed in point.requires.items():
        selector = model.demand_named(name)
        if selector is None:
            continue
        wanted = [selector.choices[int(value)] for value in sorted(allowed)]
        if words.get(name) not in wanted:
            told = {"selector": _title(model, selector), "words": ", ".join(wanted)}
            return Message("start.needs-mode", told)
    return None
