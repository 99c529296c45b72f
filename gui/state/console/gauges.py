"""What the key gauges show."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from bench.channel import Quality, Range
from bench.expression import Resolved
from bench.messages import Bilingual
from bench.model import BenchModel, DemandPoint
from bench.units import Unit
from gui.state.console.numbers import Numbers, decimals_for, number_text, numbers_of, resolved_on
from gui.state.screens.bounds import Bound, bounds_of
from gui.state.screens.screen import Gauge, Screen
from gui.state.session import Session

_STEPS = 1000
"""Steps of its scale that a gauge tells apart at least."""


@dataclass(frozen=True)
class FittedGauge:
    """A gauge on one bench."""

    channel: str
    """What it shows."""
    index: int
    """Where that stands in a frame."""
    title: Bilingual
    """What people call it."""
    unit: Unit
    """Unit in which it is shown."""
    scale: Range
    """Ends of its scale, SI; without a span: it has none."""
    desired: tuple[Resolved, Resolved] | None
    """Between what the value is wanted."""
    demand: DemandPoint | None
    """Demand that is marked on it."""
    bounds: tuple[Bound, ...]
    """Limits on its scale."""

    @property
    def span(self) -> float:
        """Width of its scale in the unit that is shown; 0: it has none."""
        return self.scale.span / self.unit.factor


@dataclass(frozen=True)
class Segment:
    """The part of a scale beyond a limit; places from 0 (low end) to 1 (high end)."""

    start: float
    """Lower end."""
    end: float
    """Upper end."""
    priority: int
    """Of the limit."""
    is_entered: bool
    """Whether the value lies in it while the limit is judged."""
    text: str
    """The limit with its unit."""
    is_judged: bool = True
    """Whether the limit is judged now."""


@dataclass(frozen=True)
class GaugeState:
    """What one gauge shows; places from 0 (low end of its scale) to 1 (high end)."""

    channel: str
    """What it shows."""
    title: Bilingual
    """What people call it."""
    text: str
    """Value without unit."""
    unit: str
    """Unit as text."""
    place: float = math.nan
    """Where the value stands, below 0 or above 1 where it is off the scale; nan: nowhere."""
    quality: Quality = Quality.OK
    """Whether the value may be used."""
    ends: tuple[str, str] | None = None
    """Ends of its scale as text; None: it has no scale."""
    desired: tuple[float, float] | None = None
    """Between what the value is wanted."""
    demand: float = math.nan
    """Where the demand stands; nan: there is none."""
    demand_text: str = ""
    """Demand without unit; empty: there is none."""
    segments: tuple[Segment, ...] = ()
    """What lies beyond limits."""
    is_forced: bool = False
    """Whether its value is given by hand."""

    @property
    def priority(self) -> int:
        """Highest priority of the limits the value is beyond: 1 to 3; 0: it is beyond none."""
        return min((each.priority for each in self.segments if each.is_entered), default=0)


def fitted_gauges(screen: Screen, model: BenchModel) -> tuple[FittedGauge, ...]:
    """Return the gauges of a screen that a bench has the channels for.

    Raises:
        ConfigError: a range or band is of another quantity than its channel.
    """
    return fitted(screen.gauges, model)


def fitted(gauges: Iterable[Gauge], model: BenchModel) -> tuple[FittedGauge, ...]:
    """Return those of some gauges that a bench has the channels for.

    Raises:
        ConfigError: a range or band is of another quantity than its channel.
    """
    bounds = bounds_of(model)
    return tuple(
        _fitted(gauge, model, bounds.get(gauge.channel, ()))
        for gauge in gauges
        if gauge.channel in model.index
    )


def gauges_of(session: Session, gauges: tuple[FittedGauge, ...]) -> tuple[GaugeState, ...]:
    """Return what the gauges show; none where the bench is not known yet."""
    numbers = numbers_of(session)
    if numbers is None:
        return ()
    forced = session.bench.forced
    return tuple(_shown(each, numbers, is_forced=each.channel in forced) for each in gauges)


def _fitted(gauge: Gauge, model: BenchModel, bounds: tuple[Bound, ...]) -> FittedGauge:
    index = model.index[gauge.channel]
    channel = model.channels[index]
    demand = model.demand_named(gauge.demand or gauge.channel)
    desired = None
    if gauge.desired is not None:
        low, high = (resolved_on(model, each, channel.unit) for each in gauge.desired)
        desired = None if low is None or high is None else (low, high)
    return FittedGauge(
        channel=gauge.channel,
        index=index,
        title=gauge.title if gauge.title.en else channel.title,
        unit=channel.shown_unit,
        scale=_scale(gauge, model, channel.range, demand),
        desired=desired,
        demand=None if demand is None or demand.choices else demand,
        bounds=bounds,
    )


def _scale(gauge: Gauge, model: BenchModel, otherwise: Range, demand: DemandPoint | None) -> Range:
    """Return the ends of a scale: as written, else of the demand, else of the channel."""
    if gauge.range is not None:
        unit = model.channels[model.index[gauge.channel]].unit
        ends = [resolved_on(model, each, unit) for each in gauge.range]
        values = [math.nan if each is None else each.evaluate({}) for each in ends]
        if values[0] < values[1]:
            return Range(*values)
    if demand is not None and demand.range.span > 0:
        return demand.range
    return otherwise


def _shown(gauge: FittedGauge, numbers: Numbers, *, is_forced: bool) -> GaugeState:
    value, unit = numbers.value(gauge.index), gauge.unit
    quality = numbers.quality(gauge.index)
    demanded = math.nan if gauge.demand is None else numbers.value(gauge.demand.channel)
    has_scale = gauge.scale.span > 0
    decimals = decimals_for(gauge.span, _STEPS)
    return GaugeState(
        channel=gauge.channel,
        title=gauge.title,
        text=numbers.text(gauge.index, decimals),
        unit=unit.label,
        place=_place(gauge.scale, value),
        quality=quality,
        ends=_ends(gauge) if has_scale else None,
        desired=_band(gauge, numbers),
        demand=_place(gauge.scale, demanded),
        demand_text="" if math.isnan(demanded) else number_text(unit, demanded, decimals),
        segments=_segments(gauge, numbers, value if quality is Quality.OK else math.nan),
        is_forced=is_forced,
    )


def _ends(gauge: FittedGauge) -> tuple[str, str]:
    low, high = (f"{gauge.unit.from_si(x):.4g}" for x in (gauge.scale.low, gauge.scale.high))
    return low, high


def _place(scale: Range, value: float) -> float:
    return (value - scale.low) / scale.span if scale.span > 0 else math.nan


def _within(scale: Range, value: float) -> float:
    return min(max(_place(scale, value), 0.0), 1.0)


def _band(gauge: FittedGauge, numbers: Numbers) -> tuple[float, float] | None:
    if gauge.desired is None or not gauge.scale.span > 0:
        return None
    low, high = (numbers.of(each) for each in gauge.desired)
    if not low <= high:
        return None
    return _within(gauge.scale, low), _within(gauge.scale, high)


def _segments(gauge: FittedGauge, numbers: Numbers, value: float) -> tuple[Segment, ...]:
    """Return what lies beyond limits; a limit that is not judged now is entered by no value."""
    if not gauge.scale.span > 0:
        return ()
    found: list[Segment] = []
    for bound in gauge.bounds:
        level = bound.level(numbers)
        if math.isnan(level):
            continue
        at = _within(gauge.scale, level)
        is_judged = bound.is_judged(numbers)
        start, end = (at, 1.0) if bound.is_upper else (0.0, at)
        sign = ">" if bound.is_upper else "<"
        text = f"{sign} {number_text(gauge.unit, level)} {gauge.unit.label}".rstrip()
        is_entered = is_judged and bound.is_passed(value, level)
        found.append(Segment(start, end, bound.priority, is_entered, text, is_judged))
    return tuple(found)
