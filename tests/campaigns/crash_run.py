"""A run whose every value is known: what is handed to a recorder, and how it is checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bench.channel import FRESH, Channel, Kind, Quality, Stored
from bench.clock import MILLISECOND, SECOND
from bench.messages import Message
from bench.record.port import (
    SCAN,
    Bookmark,
    Event,
    Header,
    Identity,
    Incident,
    Point,
    RateGroup,
    Record,
    StepBegun,
    StepRecord,
    StoredChannel,
)
from bench.record.rows import QUALITY, TIME, RowLayout, groups_of

SCAN_CHANNELS = 5
"""Channels of the scan, float32 and float64 in turn."""


@dataclass(frozen=True)
class Batch:
    """Rows of one group, handed over at once."""

    group: str
    first: int
    count: int
    time_ns: int
    """Of the first row, monotonic."""


@dataclass(frozen=True)
class KnownRun:
    """The scan, a fast and a slow group, two with times of their own, and an empty one."""

    start_ns: int = 7 * SECOND
    """Monotonic time at which the run begins."""
    duration_ns: int = 30 * SECOND
    """How long it lasts, without its gap."""
    scan_period_ns: int = 30 * MILLISECOND
    """Period of the scan."""
    fast_interval_ns: Fraction = Fraction(SECOND, 70)
    """Time between two rows of the fast group."""
    gap_ns: int = 3 * SECOND
    """How long nothing is sampled in the middle of the run."""
    records_every: int = 9
    """Rows of the scan between two records."""
    beside: tuple[str, ...] = ("fast", "slow", "odd", "cycles", "never")
    """Groups beside the scan."""

    @cached_property
    def header(self) -> Header:
        """What is known when the run begins."""
        return Header(
            title="Crash", rig_name="rig", rig_text="rig: rig\n", protocol_name="crash/points",
            texts={"protocol.yaml": "steps: []\n"}, parameters={}, object_kind="hydrogen-engine",
            object_serial="1", operator="operator", seed=1, simulated=True, plant={},
            channels=tuple(_channel(f"scan.{i}", i) for i in range(SCAN_CHANNELS)),
            scan_period_ns=self.scan_period_ns, start_utc_ns=1_767_225_600 * SECOND,
            start_ns=self.start_ns, groups=_groups(self.fast_interval_ns, self.beside),
        )  # fmt: skip

    @cached_property
    def groups(self) -> Mapping[str, RateGroup]:
        """All groups by name, the scan first."""
        return {group.name: group for group in groups_of(self.header)}

    @cached_property
    def times(self) -> Mapping[str, NDArray[np.int64]]:
        """Group → times of all its rows, monotonic."""
        return {name: self._times(group) for name, group in self.groups.items()}

    @cached_property
    def stored(self) -> Mapping[str, NDArray[np.void]]:
        """Group → all its rows as the file stores them."""
        return {name: self._stored(name) for name in self.groups}

    @cached_property
    def scan_values(self) -> NDArray[np.float64]:
        """All rows of the scan as they are handed over (SI is the channels' unit)."""
        rows = np.arange(len(self.times[SCAN]), dtype=np.int64)
        grid = rows[:, None] * 3.0 + np.arange(SCAN_CHANNELS) * 0.25
        values = np.sin(grid * 0.01) * 1000 + grid
        values[(rows % 37) == 5, SCAN_CHANNELS - 1] = np.nan
        values[(rows % 41) == 7, 0] = np.inf
        return values

    @cached_property
    def scan_qualities(self) -> NDArray[np.uint8]:
        """All qualities of the scan."""
        grid = np.arange(len(self.times[SCAN]))[:, None] + np.arange(SCAN_CHANNELS)
        quality = (grid % 23 == 0) * int(Quality.STALE)
        return (quality | (grid % 5 != 0) * int(FRESH)).astype(np.uint8)

    def batches(self, group: str, first: int, until_ns: int) -> Iterator[Batch]:
        """Yield what has become due from a row on, cut where time jumps."""
        times = self.times[group]
        end = int(np.searchsorted(times, until_ns, "right"))
        gap = int(np.searchsorted(times, self._gap_start))
        for start, stop in ((first, min(end, gap)), (max(first, gap), end)):
            if start < stop:
                yield Batch(group, start, stop - start, int(times[start]))

    def record(self, number: int) -> Record:
        """Return the record with a number, 1.. over the run."""
        at = int(self.times[SCAN][(number - 1) * self.records_every])
        match number % 5:
            case 0:
                return StepRecord(f"{number}", "ramp", f"steps/{number}", self.start_ns, at, "done")
            case 1:
                return StepBegun(f"{number + 4}", f"steps/{number + 4}", at)
            case 2:
                return Point("point", number, 1, self.start_ns, at, valid=True, step_id="5")
            case 3 if number % 2:
                return Incident(number, "low oil", ("low oil", "hot"), "hold", at, at, at + SECOND)
            case 3:
                return Identity(f"instrument {number}", f"identity {number} Ω")
            case _:
                message = Message("crash.event", {"number": number})
                return Event(at, at, "info", "crash", message)

    def bookmark(self, number: int) -> Bookmark:
        """Return the bookmark that comes right before the record with a number."""
        at = int(self.times[SCAN][(number - 1) * self.records_every])
        position = {"step": f"steps/{number}", "left": [number / 3, None, {"$": -0.0}]}
        demands, counters = {"engine.speed": number / 7}, {"cycles": float(number)}
        return Bookmark(at, at, "running", "sequence", position, demands, counters)

    @property
    def _gap_start(self) -> int:
        return self.start_ns + self.duration_ns // 2

    def _times(self, group: RateGroup) -> NDArray[np.int64]:
        if group.interval_ns is not None:
            count = int(self.duration_ns / group.interval_ns) if group.name != "never" else 0
            spacing = group.interval_ns
            exact = [int(row * spacing) for row in range(count)]
            times = np.array(exact, np.int64) + self.start_ns
        else:
            period = {SCAN: self.scan_period_ns, "odd": 37_000_003, "cycles": 410_000_007}
            rows = np.arange(self.duration_ns // period[group.name], dtype=np.int64)
            times = self.start_ns + rows * period[group.name] + (rows * 7919) % 1000
        return times + (times >= self._gap_start) * self.gap_ns

    def _stored(self, name: str) -> NDArray[np.void]:
        layout = RowLayout(self.groups[name])
        made = layout.empty(len(self.times[name]))
        if layout.group.interval_ns is None:
            made[TIME] = self.times[name]
        if name == SCAN:
            values = self.scan_values
            for section in layout.sections:
                made[section.field] = values[:, list(section.channels)].astype(section.dtype)
            made[QUALITY] = self.scan_qualities
            return made
        rows: NDArray[np.int64] = np.arange(len(made), dtype=np.int64)[:, None]
        for place, section in enumerate(layout.sections):
            places = np.arange(made[section.field].shape[1], dtype=np.int64)
            made[section.field] = _known(rows * 31 + places * 7 + place, section.dtype)
        if layout.group.has_quality:
            made[QUALITY] = ((rows + np.arange(len(layout.group.channels))) % 4).astype(np.uint8)
        return made


def _known(grid: NDArray[np.int64], dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
    values = grid % 30011 if dtype.kind in "iu" else np.cos(grid * 0.01) * 50 + grid
    return values.astype(dtype)


def _channel(name: str, number: int) -> Channel:
    return Channel(name, Kind.MEASURED, storage=(Stored.FLOAT32, Stored.FLOAT64)[number % 2])


def _groups(fast_interval_ns: Fraction, beside: tuple[str, ...]) -> tuple[RateGroup, ...]:
    counts = StoredChannel(_channel("fast.counts", 0), "<u2", 0.5, -100.0)
    fast = (counts, StoredChannel(_channel("fast.value", 0), "<f4"))
    slow = (StoredChannel(_channel("slow.total", 1), "<i8"),)
    odd = (StoredChannel(_channel("odd.a", 1)), StoredChannel(_channel("odd.b", 0), "<i4"))
    traces = StoredChannel(
        _channel("cycle.pressure", 0), "<i2", 0.01, 0.0, 90, (-360.0, 8.0, "deg")
    )
    cycles = (traces, StoredChannel(_channel("cycle.work", 0), "<f4"))
    made = (
        RateGroup("fast", fast, fast_interval_ns),
        RateGroup("slow", slow, Fraction(10 * SECOND, 11)),
        RateGroup("odd", odd, None, has_quality=True),
        RateGroup("cycles", cycles, None),
        RateGroup("never", (StoredChannel(_channel("never.value", 0), "<f4"),), Fraction(SECOND)),
    )
    return tuple(group for group in made if group.name in beside)


def known_at_real_rates(start_ns: int) -> KnownRun:
    """Return a run at 100 Hz and 10 kHz, without a gap, longer than any child lives."""
    return KnownRun(
        start_ns=start_ns,
        duration_ns=12 * SECOND,
        scan_period_ns=10 * MILLISECOND,
        fast_interval_ns=Fraction(SECOND, 10_000),
        gap_ns=0,
        records_every=7,
    )
