"""A map: one quantity over two others that were varied independently, from measured windows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.map_surface import map_surface
from bench.messages import Message
from gui.state.findings.table import Say, unit_label
from gui.state.plots.chart import Chart, Contours, Series, Style
from protocols.results import WindowRow
from protocols.wording import Text

Floats = NDArray[np.float64]

ALIKE, APART = 0.02, 0.1
"""Shares of the span below which two levels are one, and above which they are two."""
FEWEST = 4
"""Points that a map needs."""
LEVELS = 10
"""About so many lines of equal height."""


@dataclass(frozen=True)
class Axes:
    """Which quantities or channels of the windows a map shows, by their names."""

    x: str
    """To the right."""
    y: str
    """Upwards."""
    z: str
    """Height."""


@dataclass(frozen=True)
class Quantity:
    """Something that has a value in every window of a map."""

    name: str
    """As protocols or the bench name it."""
    title: Text
    """What people call it."""
    unit: str
    """Unit of its values."""
    is_result: bool = False
    """Whether it is a result with uncertainty, and no channel alone."""


@dataclass(frozen=True)
class Mapped:
    """Windows that make a map."""

    windows: tuple[WindowRow, ...]
    """Valid windows of one point."""
    axes: Axes
    """What is shown before anybody chooses."""


def mapped(windows: Sequence[WindowRow], wanted: Sequence[Axes] = ()) -> Mapped | None:
    """Return the windows that make a map: of the point that has most of them; None: there is none.

    Args:
        windows: of the run.
        wanted: axes to take where results alone give none, the first that fits.
    """
    named: dict[str, list[WindowRow]] = {}
    for window in windows:
        if window.valid and window.approach > 0:
            named.setdefault(window.name, []).append(window)
    for group in sorted(named.values(), key=len, reverse=True):
        axes = default_axes(group, wanted)
        if axes is not None:
            return Mapped(tuple(group), axes)
    return None


def quantities_in(windows: Sequence[WindowRow]) -> tuple[Quantity, ...]:
    """Return what all windows have a finite value of: results first, then channels."""
    if not windows:
        return ()
    values = [values_of(window) for window in windows]
    common = [
        name
        for name, value in values[0].items()
        if all(math.isfinite(each.get(name, math.nan)) for each in (*values, {name: value}))
    ]
    known = {row.name: Quantity(row.name, row.title, row.unit) for row in windows[0].channels}
    known |= {
        row.name: Quantity(row.name, row.title, row.unit, is_result=True)
        for row in windows[0].quantities
    }
    return tuple(known[name] for name in common)


def values_of(window: WindowRow) -> Mapping[str, float]:
    """Return the values of a window by name: results first, then means of channels."""
    results = {row.name: row.value for row in window.quantities}
    return results | {row.name: row.mean for row in window.channels}


def default_axes(windows: Sequence[WindowRow], wanted: Sequence[Axes] = ()) -> Axes | None:
    """Return the axes of a map; None: there is none.

    The first two results that vary independently, and above them an efficiency, if there is one,
    else the next result. Where no results do, the first of `wanted` that fits.
    """
    if len(windows) < FEWEST:
        return None
    found = quantities_in(windows)
    results = [each.name for each in found if each.is_result]
    for x, y in itertools.combinations(results, 2):
        rest = [name for name in results if name not in {x, y}]
        if rest and is_varied(_column(windows, x), _column(windows, y)):
            return Axes(x, y, next((name for name in rest if "efficiency" in name), rest[0]))
    names = {each.name for each in found}
    for axes in wanted:
        if {axes.x, axes.y, axes.z} <= names and is_varied(
            _column(windows, axes.x), _column(windows, axes.y)
        ):
            return axes
    return None


def is_varied(x: Floats, y: Floats) -> bool:
    """Return whether two quantities were varied independently.

    Each takes different levels while the other keeps one, so that the points are no curve.
    """
    return _varies(x, y) and _varies(y, x)


def _varies(kept: Floats, moved: Floats) -> bool:
    """Return whether one quantity has different levels at one level of the other."""
    spans = float(np.ptp(kept)), float(np.ptp(moved))
    if min(spans) <= 1e-9 * max(float(np.abs(kept).max()), float(np.abs(moved).max())):
        return False
    is_alike = np.abs(kept[:, None] - kept[None, :]) < ALIKE * spans[0]
    is_apart = np.abs(moved[:, None] - moved[None, :]) > APART * spans[1]
    return bool((is_alike & is_apart).any())


def _column(windows: Sequence[WindowRow], name: str) -> Floats:
    return np.array([values_of(window)[name] for window in windows])


def map_chart(windows: Sequence[WindowRow], axes: Axes, say: Say) -> tuple[Chart, Text]:
    """Return a map of windows, and what a reader has to be told of it (empty: nothing).

    Contours end at the hull of the measured points. Where the points are no area there are none,
    and that is told.
    """
    titles = {each.name: each for each in quantities_in(windows)}
    x, y, z = (_column(windows, name) for name in (axes.x, axes.y, axes.z))
    measured = Series("", x, y, Style.POINTS, labels=tuple(_labels(z)), colour=6)
    told: Text = ""
    contours = None
    try:
        surface = map_surface(x=x, y=y, z=z)
    except ValueError:
        told = Message("findings.no-surface")
    else:
        contours = Contours(surface.x, surface.y, surface.z, levels(z))
    chart = Chart(
        x_label=axis_label(titles[axes.x], say),
        y_label=axis_label(titles[axes.y], say),
        series=(measured,),
        contours=contours,
    )
    return chart, told


def axis_label(quantity: Quantity, say: Say) -> str:
    """Return what an axis says: title and unit."""
    shown = unit_label(quantity.unit)
    return f"{say(quantity.title)}, {shown}" if shown else say(quantity.title)


def _labels(heights: Floats) -> list[str]:
    span = float(np.ptp(heights))
    places = 2 if span <= 0.0 else min(max(1 - math.floor(math.log10(span)), 0), 6)
    return [f"{each:.{places}f}" for each in heights.tolist()]


def levels(heights: Floats) -> tuple[float, ...]:
    """Return round heights for about `LEVELS` lines between the smallest and the largest."""
    low, high = float(heights.min()), float(heights.max())
    if not high > low:
        return ()
    raw = (high - low) / LEVELS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(each * power for each in (1.0, 2.0, 5.0, 10.0) if each * power >= raw)
    first, last = math.ceil(low / step), math.floor(high / step)
    return tuple(round(place * step, 12) for place in range(first, last + 1))
