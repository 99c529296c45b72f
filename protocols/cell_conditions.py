"""What is wrong with the raw data of a fuel cell, in words, and what is left out because of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.channel import Channel, Quality
from bench.messages import Message
from bench.runs import Run
from protocols.cell_object import CellObject
from protocols.cell_stream import Break, Minutes
from protocols.cell_windows import CellWindow
from protocols.run_series import Series

CURRENT, VOLTAGE, TEMPERATURE = "stack.current", "cell.voltage", "stack.temperature"
THERMOCOUPLES = (
    TEMPERATURE,
    "stack.hottest",
    "stack.outlet_temperature",
    "furnace.temperature",
)
FLOWS = ("fuel.flow", "hydrogen.flow", "air.flow")
FROZEN_MINUTES = 60
"""A thermocouple that shows one and the same number for so long is frozen. Engineering default."""
NEGATIVE = 0.01
"""1. Share of the range below zero that is no zero offset any more. Engineering default."""
SWAP = 3e-3
"""V. Two groups that exchanged voltages differing by more were swapped. Engineering default."""
SWAP_MATCH = 0.25
"""1. How near each comes to the other's old voltage, as a share of their difference."""
SUM_TOLERANCE = 0.02
"""1. How far cells in series may miss the terminal voltage. Engineering default."""
MOST_VISITS = 12
"""Visits at which groups are looked at: each is a channel per group."""
LOOKED_NS = 60 * 10**9
"""How much of a visit is looked at, ns."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Found:
    """What is wrong, and the minutes without it."""

    minutes: Minutes
    """Channels with NaN where they must not be used."""
    warnings: tuple[Message, ...]
    """What to tell."""


def checked(series: Series, minutes: Minutes, channels: Mapping[str, Channel]) -> Found:
    """Return the minutes of a series without what must not be used, and what that is."""
    warnings = [*_breaks(minutes.breaks), *_clock_steps(series)]
    means = dict(minutes.means)
    for name in THERMOCOUPLES:
        if name in means:
            frozen = _frozen(minutes, name)
            warnings += [_told("cell.frozen", name, minutes, each) for each in _runs(frozen)[:3]]
            means[name] = np.where(frozen, np.nan, means[name])
    for name in FLOWS:
        if name in means and name in channels:
            least = -NEGATIVE * channels[name].range.span
            negative = np.nan_to_num(means[name]) < min(least, -1e-9)
            warnings += [
                _told("cell.negative-rows", name, minutes, each) for each in _runs(negative)[:3]
            ]
            means[name] = np.where(negative, np.nan, means[name])
    starved = _without_fuel(replace(minutes, means=means))
    warnings += [
        _told("cell.no-fuel-rows", ", ".join(n for n in FLOWS[:2] if n in means), minutes, each)
        for each in _runs(starved)[:3]
    ]
    if VOLTAGE in means:
        means[VOLTAGE] = np.where(starved, np.nan, means[VOLTAGE])
    return Found(replace(minutes, means=means), tuple(warnings))


def group_warnings(
    series: Series, windows: Sequence[CellWindow], cells: CellObject
) -> Iterator[Message]:
    """Yield what is wrong with the voltages of groups at the reference visits.

    Raises:
        RunFileError: a file is damaged.
    """
    visits = [window for window in windows if window.name in {"reference", "ocv"}]
    spaced = visits[:: max(1, math.ceil(len(visits) / MOST_VISITS))]
    before: NDArray[np.float64] | None = None
    told: set[tuple[int, int]] = set()
    for window in spaced:
        run = series.runs[window.run]
        found = _groups(run, cells.groups, window)
        if found is None:
            continue
        at = f"{window.start / 3600:.1f} h"
        missing = [str(each + 1) for each in np.flatnonzero(np.isnan(found)).tolist()]
        if missing:
            named = ", ".join(missing[:8]) + (" …" if len(missing) > 8 else "")
            yield Message("cell.groups-missing", {"groups": named, "at": at, "count": len(missing)})
        yield from _sum_misfit(found, window, cells, at)
        if before is not None and window.name == "reference":
            for pair in _swapped(before, found):
                if pair not in told:
                    told.add(pair)
                    names = {"first": pair[0] + 1, "second": pair[1] + 1, "at": at}
                    yield Message("cell.groups-swapped", names)
        if window.name == "reference":
            before = found


def _breaks(found: Sequence[Break]) -> list[Message]:
    return [
        Message(
            f"cell.{each.kind}",
            {"file": each.file, "row": each.row, "length": f"{each.seconds / 3600:.2f} h"},
        )
        for each in found
    ]


def _clock_steps(series: Series) -> Iterator[Message]:
    for run in series.runs:
        for step in run.clock_steps:
            row = int(run.timeline.rows_before(np.array([step.time_ns], np.int64))[0])
            told = {"file": run.path.name, "row": row, "step": f"{step.step_ns / 1e9:+.1f} s"}
            yield Message("cell.clock-step", told)


def _frozen(minutes: Minutes, name: str) -> Mask:
    """Return minutes in which a thermocouple shows one number while the cell voltage moves."""
    low, high = minutes.lowest[name], minutes.highest[name]
    same = np.isfinite(low) & (low == high)
    same[1:] &= low[1:] == low[:-1]
    frozen = np.zeros_like(same)
    for first, last in _runs(same):
        if last - first + 1 < FROZEN_MINUTES:
            continue
        others = [other for other in (VOLTAGE, CURRENT, *THERMOCOUPLES) if other in minutes.means]
        moves = any(
            np.unique(minutes.means[other][first : last + 1]).size > FROZEN_MINUTES // 2
            for other in others
            if other != name
        )
        if moves:
            frozen[max(0, first - 1) : last + 1] = True
    return frozen


def _without_fuel(minutes: Minutes) -> Mask:
    """Return minutes in which current is drawn though no fuel flows at all."""
    current = minutes.means.get(CURRENT)
    flows = [minutes.means[name] for name in FLOWS[:2] if name in minutes.means]
    if current is None or not flows:
        return np.zeros(minutes.times.shape, np.bool_)
    most = float(np.nanmax(current)) if np.isfinite(current).any() else 0.0
    total = np.sum([np.nan_to_num(flow) for flow in flows], axis=0)
    known = np.any([np.isfinite(flow) for flow in flows], axis=0)
    usual = float(np.max(total)) if total.size else 0.0
    return known & (np.nan_to_num(current) > 0.1 * most) & (total <= 1e-3 * usual) & (most > 0.0)


def _runs(mask: Mask) -> list[tuple[int, int]]:
    """Return first and last place of every stretch that is true."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _told(message: str, channel: str, minutes: Minutes, stretch: tuple[int, int]) -> Message:
    first, last = stretch
    rows = np.cumsum(minutes.rows)
    begin = int(rows[first] - minutes.rows[first])
    times = minutes.times[[first, last]] / 3600.0
    return Message(
        message,
        {
            "channel": channel,
            "rows": f"{begin}–{max(begin, int(rows[last]) - 1)}",
            "times": f"{times[0]:.2f}–{times[1]:.2f} h",
        },
    )


def _groups(run: Run, count: int, window: CellWindow) -> NDArray[np.float64] | None:
    """Return the mean voltage of each group in a minute of a window, V; None: not recorded."""
    names = [f"cvm.group_{number}" for number in range(1, count + 1)]
    if not any(name in run.names for name in names):
        return None
    point = window.window.point
    begin = max(point.start_ns, (point.start_ns + point.end_ns - LOOKED_NS) // 2)
    end = min(point.end_ns, begin + LOOKED_NS)
    found = np.full(count, math.nan)
    for place, name in enumerate(names):
        if name in run.names:
            samples = run.channel(name).values_si(begin, end)
            good = samples.values[samples.qualities == Quality.OK]
            if good.size and np.isfinite(good).any():
                found[place] = float(np.nanmean(good))
    return found


def _sum_misfit(
    found: NDArray[np.float64], window: CellWindow, cells: CellObject, at: str
) -> Iterator[Message]:
    """Yield where the cells in series do not add up to what is measured at the terminals."""
    terminal = window.inputs.get("stack_voltage")
    if terminal is None or np.isnan(found).any() or terminal <= 0.0:
        return
    total = float(np.mean(found)) * cells.cells / cells.strings
    if abs(total / terminal - 1.0) > SUM_TOLERANCE:
        shown = {"sum": f"{total:.2f} V", "terminal": f"{terminal:.2f} V", "at": at}
        yield Message("cell.groups-sum", shown)


def _swapped(before: NDArray[np.float64], now: NDArray[np.float64]) -> Iterator[tuple[int, int]]:
    """Yield pairs of groups of which each shows what the other showed at the visit before."""
    moved = np.flatnonzero(np.abs(now - before - np.nanmedian(now - before)) > SWAP)
    common = float(np.nanmedian(now - before)) if moved.size else 0.0
    for place, first in enumerate(moved.tolist()):
        for second in moved[place + 1 :].tolist():
            apart = abs(before[first] - before[second])
            if apart <= SWAP:
                continue
            one = abs(now[first] - common - before[second])
            other = abs(now[second] - common - before[first])
            if max(one, other) < SWAP_MATCH * apart:
                yield first, second
