"""One plot of a stack: the curves of a strip, or one of them, with an axis per unit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.units import significant
from gui import theme
from gui.plots.canvas import Area, Canvas, Line, Scale, pen_of
from gui.state.plots.picture import Curve, Floats, Trace
from gui.state.plots.polyline import last_value, lone_points, polyline, value_at, value_span
from gui.state.plots.strip_plan import Strip

_LEGEND = 18.0
"""Height of a line of the legend, px."""
_MOST_HEADROOM = 0.4
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

    text: str
    """Name, value and unit."""
    colour: str
    """Of the curve."""
    is_dashed: bool
    """Whether the curve is."""


class Lane:
    """A plot of a stack."""

    def __init__(self, canvas: Canvas, row: int, columns: int, plan: LanePlan) -> None:
        self.plan = plan
        """What it shows."""
        self.area: Area = canvas.area(row, columns, plan.units)
        """Where."""
        self._lines: dict[str, tuple[Line, Scale]] = {}
        self._traces: dict[str, Trace] = {}
        self._lone: dict[str, tuple[Floats, Floats]] = {}
        self._by_hand: dict[int, tuple[float, float]] = {}
        for limit in plan.limits:
            pen = pen_of(theme.FAINT, is_dashed=True)
            self.area.scales[0].level(limit, pen)

    def draw(self, traces: Mapping[str, Trace]) -> None:
        """Draw curves by their keys; what is drawn already is not touched."""
        for key in self.plan.keys:
            found = traces.get(key)
            if found is not None and found is not self._traces.get(key):
                self._line(found).set(*polyline(found))
                self._traces[key] = found
                self._lone[key] = lone_points(found)

    def show(self, start: float, end: float) -> None:
        """Show a window of time, and of the values what lies in it."""
        self.area.set_x(start, end)
        for number, (unit, scale) in enumerate(zip(self.plan.units, self.area.scales, strict=True)):
            own = [each for each in self._traces.values() if each.curve.unit == unit]
            limits = self.plan.limits if number == 0 else ()
            low, high = self._by_hand.get(number) or value_span(own, start, end, limits)
            scale.set_y(low, high + self._headroom * (high - low))

    @property
    def _headroom(self) -> float:
        """Share of the height above the values where the legend stands."""
        height = self.area.rect.height()
        return min(_MOST_HEADROOM, _LEGEND / (height - _LEGEND)) if height > 2 * _LEGEND else 0.0

    def zoom_values(self, factor: float, at: float) -> None:
        """Show more or less of the values; `at`: which share of the height stays, from below."""
        for number, scale in enumerate(self.area.scales):
            low, high = scale.y_range
            middle = low + at * (high - low)
            span = (middle + (low - middle) * factor, middle + (high - middle) * factor)
            self._by_hand[number] = (
                span[0],
                span[1] - self._headroom / (1 + self._headroom) * (span[1] - span[0]),
            )
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
            return Entry(key.partition("\n")[2], colour, is_dashed)
        name, unit = trace.curve.title, trace.curve.unit
        low = high = last_value(trace)
        if not math.isnan(time):
            low, high = value_at(trace, time)
        return Entry(f"{name}  {_shown(low, high)} {unit}".rstrip(), colour, is_dashed)

    def _line(self, trace: Trace) -> Line:
        key = trace.curve.key
        if key not in self._lines:
            colour, is_dashed = _look(self.plan.keys.index(key))
            units = self.plan.units
            at = units.index(trace.curve.unit) if trace.curve.unit in units else 0
            scale = self.area.scales[at]
            self._lines[key] = scale.line(pen_of(colour, is_dashed=is_dashed)), scale
        return self._lines[key][0]

    def lone(self) -> Iterator[tuple[Scale, str, Floats, Floats]]:
        """Yield scale, colour, times and values of what no line reaches."""
        for key, (_, scale) in self._lines.items():
            times, values = self._lone[key]
            if len(times):
                yield scale, _look(self.plan.keys.index(key))[0], times, values


def _look(number: int) -> tuple[str, bool]:
    """Return colour, and whether it is dashed, of the n-th curve of a lane."""
    return theme.CURVES[number % len(theme.CURVES)], number >= len(theme.CURVES)


def _shown(low: float, high: float) -> str:
    if not np.isfinite(low):
        return "–"
    if low == high:
        return significant(low)
    return f"{significant(low)} … {significant(high)}"
