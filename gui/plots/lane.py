"""One plot of a stack: the curves of a strip, or one of them, with an axis per unit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF

from bench.units import significant
from gui import theme
from gui.plots.strip_area import Scale, StripArea
from gui.state.plots.picture import Curve, Floats, Trace
from gui.state.plots.polyline import last_value, lone_points, value_at, value_span
from gui.state.plots.strip_plan import Strip

NO_TIME = math.nan
"""Where no time is pointed at."""


@dataclass(frozen=True)
class LanePlan:
    """What a lane shows; lanes of equal plans are not built anew."""

    strip: int
    """Which strip of the stack it belongs to."""
    title: str
    """What people call it."""
    keys: tuple[str, ...]
    """Its curves."""
    units: tuple[str, ...]
    """One axis each."""
    limits: tuple[float, ...]
    """Dashed lines, on the first axis."""


def lane_plans(strips: Sequence[Strip], curves: Mapping[str, Curve]) -> tuple[LanePlan, ...]:
    """Return the lanes of a stack: one per strip, or per curve where they are not overlaid.

    Args:
        strips: From top to bottom.
        curves: Key → the curves that are known by now.
    """
    return tuple(
        LanePlan(
            number,
            strip.title if at == 0 else "",
            keys,
            _units(keys, curves),
            strip.limits if at == 0 else (),
        )
        for number, strip in enumerate(strips)
        for at, keys in enumerate(_split(strip))
    )


def _split(strip: Strip) -> Iterator[tuple[str, ...]]:
    if strip.is_overlaid or len(strip.keys) < 2:
        yield strip.keys
    else:
        yield from ((key,) for key in strip.keys)


def _units(keys: Sequence[str], curves: Mapping[str, Curve]) -> tuple[str, ...]:
    found = dict.fromkeys(curves[key].unit for key in keys if key in curves)
    return tuple(found) or ("",)


@dataclass(frozen=True)
class Entry:
    """A line of the legend."""

    name: str
    """What people call the curve."""
    value: str
    """Value and unit."""
    colour: str
    """Of the curve."""
    is_dashed: bool
    """Whether the curve is."""

    @property
    def text(self) -> str:
        """Name, value and unit."""
        return f"{self.name}  {self.value}".rstrip()


class Lane:
    """A plot of a stack."""

    def __init__(self, plan: LanePlan) -> None:
        self.plan = plan
        """What it shows."""
        self.area = StripArea(len(plan.units))
        """Where."""
        self.legend_rect = QRectF()
        """Where its legend stands, px."""
        self._traces: dict[str, Trace] = {}
        self._lone: dict[str, tuple[Floats, Floats]] = {}
        self._last: dict[str, float] = {}
        self._by_hand: dict[int, tuple[float, float]] = {}

    def draw(self, traces: Mapping[str, Trace]) -> bool:
        """Take curves by their keys; return whether one is another than before."""
        found = {key: traces[key] for key in self.plan.keys if key in traces}
        new = {key: each for key, each in found.items() if each is not self._traces.get(key)}
        self._traces |= new
        self._lone |= {key: lone_points(each) for key, each in new.items()}
        self._last |= {key: last_value(each) for key, each in new.items()}
        return bool(new)

    def show(self, start: float, end: float) -> None:
        """Show a window of time, and of the values what lies in it."""
        self.area.set_x(start, end)
        for number, (unit, scale) in enumerate(zip(self.plan.units, self.area.scales, strict=True)):
            own = [each for each in self._traces.values() if each.curve.unit == unit]
            limits = self.plan.limits if number == 0 else ()
            scale.set_y(*(self._by_hand.get(number) or value_span(own, start, end, limits)))

    def drawn(self) -> Iterator[tuple[Trace, Scale, str, bool]]:
        """Yield each curve that is known: where it is drawn, its colour, whether it is dashed."""
        for number, key in enumerate(self.plan.keys):
            trace = self._traces.get(key)
            if trace is not None:
                yield trace, self._scale(trace), *_look(number)

    def axis_colour(self, number: int) -> str:
        """Return the colour of an axis of values: that of its curve, where it has one alone."""
        own = [each for each in self.drawn() if each[0].curve.unit == self.plan.units[number]]
        return own[0][2] if len(own) == 1 and len(self.plan.units) > 1 else theme.INK

    def zoom_values(self, factor: float, at: float) -> None:
        """Show more or less of the values; `at`: which share of the height stays, from below."""
        for number, scale in enumerate(self.area.scales):
            low, high = scale.y_range
            middle = low + at * (high - low)
            span = (middle + (low - middle) * factor, middle + (high - middle) * factor)
            self._by_hand[number] = span
            scale.set_y(*span)

    def free_values(self) -> None:
        """Show again what the curves have."""
        self._by_hand.clear()

    def legend(self, time: float) -> tuple[Entry, ...]:
        """Return the legend with the values at a time (`NO_TIME`: the newest)."""
        return tuple(self._entry(number, key, time) for number, key in enumerate(self.plan.keys))

    def _entry(self, number: int, key: str, time: float) -> Entry:
        trace = self._traces.get(key)
        colour, is_dashed = _look(number)
        if trace is None:
            return Entry(key.partition("\n")[2], "", colour, is_dashed)
        name, unit = trace.curve.title, trace.curve.unit
        low = high = self._last[key]
        if not math.isnan(time):
            low, high = value_at(trace, time)
        return Entry(name, f"{_shown(low, high)} {unit}".rstrip(), colour, is_dashed)

    def lone(self) -> Iterator[tuple[Scale, str, Floats, Floats]]:
        """Yield scale, colour, times and values of what no line reaches."""
        for trace, scale, colour, _ in self.drawn():
            times, values = self._lone[trace.curve.key]
            if len(times):
                yield scale, colour, times, values

    def _scale(self, trace: Trace) -> Scale:
        units = self.plan.units
        unit = trace.curve.unit
        return self.area.scales[units.index(unit) if unit in units else 0]


def _look(number: int) -> tuple[str, bool]:
    """Return colour, and whether it is dashed, of the n-th curve of a lane."""
    return theme.CURVES[number % len(theme.CURVES)], number >= len(theme.CURVES)


def _shown(low: float, high: float) -> str:
    if not np.isfinite(low):
        return "–"
    if low == high:
        return significant(low)
    return f"{significant(low)} … {significant(high)}"
