"""What is wrong with the raw data of a fuel cell, in words, and what is left out because of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.operating_events import EventKind
from bench.channel import Quality
from bench.messages import Message
from bench.runs import Run
from protocols.cell_object import CellObject
from protocols.cell_stream import FUELS, SAFETY_GAS, Stream
from protocols.cell_windows import CellWindow
from protocols.run_series import HOUR, Series

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

MOST_TOLD = 3
"""Places of one kind and channel that are told; the rest is counted."""
_EVENTS: Mapping[EventKind, str] = {
    EventKind.ZERO_FLOW: "cell.no-fuel-rows",
    EventKind.REDOX: "cell.redox-rows",
    EventKind.GAP: "cell.gap",
    EventKind.DUPLICATE: "cell.duplicate",
    EventKind.CLOCK_BACK: "cell.clock-back",
}
"""Operating event that weakens the data → what is said of it."""


def row_warnings(series: Series, stream: Stream) -> Iterator[Message]:
    """Yield what is wrong with rows: channel or file, when, and which rows."""
    yield from _clock_steps(series)
    places = _Places(series, stream)
    for kind, message in _EVENTS.items():
        found = [each for each in stream.history.events if each.kind is kind]
        yield from places.told(
            message, _SHOWN[kind], [(e.time, e.end, e.first_row, e.last_row) for e in found]
        )
    for flaw_kind, message in (("frozen", "cell.frozen"), ("negative", "cell.negative-rows")):
        flaws = [each for each in stream.flaws if each.kind == flaw_kind]
        for channel in dict.fromkeys(each.channel for each in flaws):
            rows = [each.rows for each in flaws if each.channel == channel]
            # the row that is repeated stands before the first that repeats it
            before = 1 if flaw_kind == "frozen" else 0
            yield from places.told(
                message,
                channel,
                [(e.begin, e.end, e.first_row - before, e.last_row) for e in rows],
            )


_SHOWN: Mapping[EventKind, str] = {
    EventKind.ZERO_FLOW: ", ".join(FUELS),
    EventKind.REDOX: ", ".join((*FUELS, SAFETY_GAS)),
    EventKind.GAP: "",
    EventKind.DUPLICATE: "",
    EventKind.CLOCK_BACK: "",
}
"""Operating event → channels that show it."""


_WITH_FILE = frozenset({"cell.gap", "cell.duplicate", "cell.clock-back"})
"""Messages that name the file themselves."""


class _Places:
    """Says where rows stand: file, numbers of rows, hours."""

    def __init__(self, series: Series, stream: Stream) -> None:
        self._series = series
        self._stream = stream

    def told(
        self, message: str, channel: str, found: Sequence[tuple[float, float, int, int]]
    ) -> Iterator[Message]:
        """Yield one message per stretch (begin and end in s, first and last row), and a rest."""
        for each in found[:MOST_TOLD]:
            yield self._message(message, channel, each)
        if len(found) > MOST_TOLD:
            last = self._message(message, channel, found[-1])
            yield Message("cell.and-more", {"count": len(found) - MOST_TOLD, "last": last})

    def _message(self, message: str, channel: str, place: tuple[float, float, int, int]) -> Message:
        begin, end, first, last = place
        run, row = self._stream.place(first)
        _, until = self._stream.place(last)
        file = self._series.runs[run].path.name
        rows = f"{row}–{max(row, until)}"
        is_alone = len(self._series.runs) == 1 or message in _WITH_FILE
        return Message(
            message,
            {
                "channel": self._present(channel),
                "file": file,
                "row": row - 1 if message == _EVENTS[EventKind.GAP] else row,
                "rows": rows if is_alone else f"{file}: {rows}",
                "times": f"{begin / HOUR:.2f}–{end / HOUR:.2f} h",
                "length": f"{(end - begin) / HOUR:.2f} h",
            },
        )

    def _present(self, channels: str) -> str:
        names = [name for name in channels.split(", ") if name]
        has = [name for name in names if any(name in run.names for run in self._series.runs)]
        return ", ".join(has)


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


def _clock_steps(series: Series) -> Iterator[Message]:
    for run in series.runs:
        for step in run.clock_steps:
            row = int(run.timeline.rows_before(np.array([step.time_ns], np.int64))[0])
            told = {"file": run.path.name, "row": row, "step": f"{step.step_ns / 1e9:+.1f} s"}
            yield Message("cell.clock-step", told)


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
