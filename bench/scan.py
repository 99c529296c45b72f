"""One scan is one row: a value, a quality and a time per channel, as flat arrays.

`Scan.collect` drains the sample queue into the row. It keeps the extremes between two scans for
the limits, counts as *fresh* what is new, and marks what is too old as stale. Computed channels
follow in one compiled function. Nothing here waits.

Samples come one by one, so they go into the arrays through memory views: what an element costs
there is half of what it costs in NumPy, and no array has to be made of them first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import repeat, starmap
from operator import itemgetter
from typing import cast

import numpy as np
from numpy.typing import NDArray

from bench.channel import FRESH, Kind, Quality
from bench.clock import SECOND
from bench.device import Block, Sample, SampleQueue
from bench.expression import Cells, Resolved, compile_row
from bench.fast_rows import FastRows
from bench.model import BenchModel
from bench.rate import RateMemory

_AGELESS = 2**63 - 1
_LONG_AGO = -(2**61)
SCANS_KEPT = 3
"""Scans within which no value is too old, however often its instrument is asked."""
_STALE, _BAD = Quality.STALE.value, Quality.BAD.value

_FRESH = np.uint8(FRESH)

_Again = list[tuple[int, float]]
"""Channel, and a value that a newer one of the same scan has replaced."""
_Replaced = tuple[slice, NDArray[np.float64]]
"""Consecutive channels, and the values that newer ones of the same scan have replaced, else nan."""


class Row:
    """The newest scan; arrays are reused from scan to scan: copy what is to be kept."""

    def __init__(self, width: int) -> None:
        self.time = 0
        """Time of the scan, ns."""
        self.values: NDArray[np.float64] = np.full(width, np.nan)
        """Newest values, SI."""
        self.extremes: NDArray[np.float64] = np.full((width, 2), np.nan)
        """`low` and `high` of each channel, one after the other."""
        self.quality: NDArray[np.uint8] = np.full(width, Quality.DISCONNECTED, dtype=np.uint8)
        """`Quality` per channel."""
        self.fresh: NDArray[np.bool_] = np.zeros(width, dtype=np.bool_)
        """Whether the value is new since the last scan."""
        self.all_ok = False
        """Whether every channel that has an age is OK, and every result a number."""
        self._see()

    def _see(self) -> None:
        """Look into the arrays."""
        self.low, self.high = self.extremes.T
        """Lowest and highest value since the last scan, SI."""
        self.cells = cast("memoryview[float]", self.values.data)
        """The values, to be read and set one by one."""
        self.marks = self.quality.data
        """The qualities, to be read and set one by one."""
        self.news = cast("memoryview[bool]", self.fresh.data)
        """What is fresh, to be read and set one by one."""
        self._fresh, self._codes = self.fresh.view(np.uint8), np.empty_like(self.quality)

    @property
    def codes(self) -> NDArray[np.uint8]:
        """Quality with the fresh bit, as run files keep it; the same array for ever."""
        np.multiply(self._fresh, _FRESH, out=self._codes)
        return np.bitwise_or(self._codes, self.quality, out=self._codes)

    def put(self, index: int, value: float, *, fresh: bool = True) -> None:
        """Set a channel that no instrument reads (a demand), for the next rows."""
        self.cells[index] = value
        self.marks[index] = 0
        self.news[index] = fresh

    def become(self, other: Row, count: int) -> None:
        """Take another row's width, and go on with the own first `count` channels."""
        other.values[:count], other.fresh[:count] = self.values[:count], self.fresh[:count]
        other.extremes[:count] = self.extremes[:count]
        other.quality[:count] = self.quality[:count]
        self.values, self.extremes = other.values, other.extremes
        self.quality, self.fresh = other.quality, other.fresh
        self._see()


class Scan:
    """Turns samples into rows."""

    def __init__(
        self,
        model: BenchModel,
        queue: SampleQueue,
        hidden: Sequence[Resolved] = (),
        *,
        period: int = 0,
    ) -> None:
        """Prepare the row: the model's channels, then one column per hidden expression.

        Args:
            model: The bench.
            queue: Where samples come from.
            hidden: Expressions that limits need.
            period: Time between two scans, ns: no value is too old within three of them.
        """
        count = len(model.channels)
        width = count + len(hidden)
        self.row = Row(width)
        self.recorded = count
        self._queue = queue
        self._times: NDArray[np.int64] = np.full(width, _LONG_AGO, dtype=np.int64)
        self._stamps = self._times.data
        shortest = SCANS_KEPT * period
        ages = [max(age * SECOND, shortest) if age < 1e9 else _AGELESS for age in model.max_age]
        ages += [_AGELESS] * len(hidden)
        self._max_age = np.array(ages, dtype=np.int64)
        self._aged = np.flatnonzero(self._max_age < _AGELESS)
        formulas = [(item.index, item.formula) for item in model.computed]
        formulas += [(count + i, formula) for i, formula in enumerate(hidden)]
        self._compute = compile_row(formulas, model.index.__getitem__)
        self._outputs = np.array([index for index, _ in formulas], dtype=np.intp)
        self._results = _taker([index for index, _ in formulas])
        self._unknown: tuple[bool, ...] = ()  # which results were no number, the last time
        self._worst = _worst_inputs(formulas, model)
        self._unread: NDArray[np.bool_] = np.zeros(width, dtype=np.bool_)
        self._rates = [(each, RateMemory(each.over)) for each in model.rates]
        self._unread[self._outputs] = True
        self._unread[[each.index for each in model.rates]] = True
        self.row.quality[self._outputs] = 0
        self._passed_on = b""  # qualities with those of the results, the last time
        self._seen, self._are_ok = b"", False  # qualities, and whether those of an age are OK
        self._shortest = int(self._max_age.min(initial=-_LONG_AGO))
        self._expiry = _LONG_AGO  # no value that is OK is too old before
        self._forced: dict[int, float] = {}
        self._hidden_by_force: dict[int, tuple[float, int]] = {}
        self.fast: list[FastRows] = []
        """Rows of groups beside the scan that have come since they were taken out here."""

    def collect(self, now: int, leapt: int = 0) -> Row:
        """Return the row at a time.

        Args:
            now: The bench's time, ns.
            leapt: By how much it is ahead of the wires' time, in which values age, ns.
        """
        row = self.row
        row.time = now
        row.fresh[:] = self._unread  # what is computed is always new
        if self._hidden_by_force:
            self._restore()
        again, blocks = self._take()
        if now - leapt > self._expiry:
            self._age(now - leapt)
        if self._forced:
            self._conceal()
        row.all_ok = self._is_sound()
        if self._rates:
            self._tell_rates(leapt)
        self._derive()
        row.extremes.T[:] = row.values
        for index, value in again:
            row.low[index] = min(row.low[index], value)
            row.high[index] = max(row.high[index], value)
        for where, values in blocks:
            np.fmin(row.low[where], values, out=row.low[where])
            np.fmax(row.high[where], values, out=row.high[where])
        for index, value in self._forced.items():
            row.low[index] = row.high[index] = value
        return row

    def take_over(self, other: Scan) -> None:
        """Go on where another scan of the same model and queue is; its row becomes this one's."""
        count = self.recorded
        self._times[:count] = other._times[:count]
        self._rates = other._rates
        self._forced = other._forced
        self._hidden_by_force = other._hidden_by_force
        other.row.become(self.row, count)
        self.row = other.row
        self.row.quality[self._outputs] = 0
        self._passed_on = self._seen = b""
        self._expiry = _LONG_AGO

    def force(self, index: int, value: float | None) -> None:
        """Show a value (SI) in place of what is read, marked BAD; None: what is read again."""
        self._restore()
        if value is None:
            self._forced.pop(index, None)
        else:
            self._forced[index] = value
        self._conceal()

    @property
    def forced(self) -> Mapping[int, float]:
        """Channel → value it is forced to, SI."""
        return self._forced

    def _restore(self) -> None:
        """Bring back what was read of the forced channels."""
        for index, (value, quality) in self._hidden_by_force.items():
            self.row.values[index] = value
            self.row.quality[index] = quality
        self._hidden_by_force.clear()

    def _conceal(self) -> None:
        """Show what channels are forced to."""
        row = self.row
        for index, value in self._forced.items():
            self._hidden_by_force[index] = float(row.values[index]), int(row.quality[index])
            row.values[index] = value
            row.quality[index] = _BAD

    def _tell_rates(self, leapt: int) -> None:
        """Say how fast readings change; one that is not OK is not known from then on."""
        row = self.row
        for rate, memory in self._rates:
            quality = row.quality[rate.of]
            if quality or not math.isfinite(value := float(row.values[rate.of])):
                memory.forget()
            elif row.fresh[rate.of]:
                memory.take(int(self._times[rate.of]) + leapt, value)
            row.values[rate.index] = memory.value
            is_known = not math.isnan(memory.value)
            row.quality[rate.index] = quality if quality or is_known else _BAD
            row.all_ok &= is_known

    def _age(self, now: int) -> None:
        """Mark what is too old, and note when the next value may be."""
        quality, aged = self.row.quality, self._aged
        expiries = self._times[aged] + self._max_age[aged]
        is_ok = quality[aged] == 0
        quality[aged[is_ok & (expiries < now)]] = _STALE
        lasting = expiries[is_ok & (expiries >= now)]
        self._expiry = int(lasting.min(initial=now + self._shortest))

    def _is_sound(self) -> bool:
        """Return whether every channel that has an age is OK."""
        seen = self.row.quality.tobytes()
        if seen != self._seen:  # they change rarely
            self._seen, self._are_ok = seen, not np.count_nonzero(self.row.quality[self._aged])
        return self._are_ok

    def _take(self) -> tuple[_Again, list[_Replaced]]:
        """Drain samples and blocks into the row, in their order; then the confirmations.

        Returns:
            What newer values of the same scan have replaced: of samples, and of blocks.
        """
        again: _Again = []
        blocks: list[_Replaced] = []
        confirmed: list[Sample] = []
        row, stamps, queue, oldest = self.row, self._stamps, self._queue, _AGELESS
        cells, marks, news = row.cells, row.marks, row.news
        for entry in starmap(queue.popleft, repeat((), len(queue))):
            if type(entry) is not tuple:
                if isinstance(entry, Block):
                    self._take_block(entry, blocks)
                elif isinstance(entry, FastRows):
                    self.fast.append(entry)
                continue
            index, value, time, code = entry
            if value == value:  # noqa: PLR0124 - a number
                if news[index]:
                    again.append((index, cells[index]))
                cells[index] = value
                news[index] = True
            elif not code:
                confirmed.append(entry)
                continue
            marks[index] = code
            stamps[index] = time
            if time < oldest:  # noqa: PLR1730 - a call for every sample
                oldest = time
        self._expiry = min(self._expiry, oldest + self._shortest)
        if confirmed:
            self._confirm(confirmed)
        return again, blocks

    def _take_block(self, block: Block, replaced: list[_Replaced]) -> None:
        """Take a block into the row."""
        row, new, codes = self.row, block.values, block.qualities
        where = slice(block.first, block.first + len(new))
        self._times[where] = block.time
        self._expiry = min(self._expiry, block.time + self._shortest)
        row.quality[where] = 0 if codes is None else codes
        values, fresh = row.values[where], row.fresh[where]
        is_new = np.ones(len(new), dtype=np.bool_) if codes is None else ~np.isnan(new)
        is_again = fresh & is_new
        if np.count_nonzero(is_again):
            replaced.append((where, np.where(is_again, values, np.nan)))
        np.copyto(values, new, where=is_new)
        fresh |= is_new

    def _confirm(self, confirmed: Sequence[Sample]) -> None:
        """Take confirmations (OK without a value): they make no BAD or lost value OK."""
        stamps, marks = self._stamps, self.row.marks
        for index, _, time, _ in confirmed:
            stamps[index] = max(stamps[index], time)
            if marks[index] == _STALE:
                marks[index] = 0
                self._expiry = min(self._expiry, time + self._shortest)

    def _derive(self) -> None:
        row = self.row
        if not self._outputs.size:
            return
        self._compute(row.cells)
        unknown = tuple(map(math.isnan, self._results(row.cells)))  # a result is a number or nan
        if True in unknown:
            row.all_ok = False
        if unknown != self._unknown or row.quality.tobytes() != self._passed_on:
            for level in self._worst:
                level.pass_on(row)
            self._unknown, self._passed_on = unknown, row.quality.tobytes()


class _Level:
    """Computed channels that need no other ones of their level: quality in one go."""

    def __init__(self, outputs: Sequence[int], inputs: Sequence[Sequence[int]]) -> None:
        self._outputs = np.array(outputs, dtype=np.intp)
        self._inputs = np.array([index for each in inputs for index in each], dtype=np.intp)
        lengths = [len(each) for each in inputs]
        self._starts = np.cumsum([0, *lengths[:-1]], dtype=np.intp)

    def pass_on(self, row: Row) -> None:
        """Give each output the worst quality of its inputs; BAD where it is no number."""
        worst = np.maximum.reduceat(row.quality[self._inputs], self._starts)
        unknown = np.isnan(row.values[self._outputs])
        worst[unknown & (worst == 0)] = _BAD
        row.quality[self._outputs] = worst


def _worst_inputs(formulas: Sequence[tuple[int, Resolved]], model: BenchModel) -> list[_Level]:
    """Return the computed channels by level, the first of which needs none of the others."""
    level_of: dict[int, int] = {}
    levels: list[tuple[list[int], list[list[int]]]] = []
    for index, formula in formulas:
        names = formula.names
        if index >= len(model.channels):  # a limit: that nothing is demanded yet is well known
            names = [name for name in names if not _is_demand(name, model)]
        # a constant has only itself: it keeps the quality it began with
        inputs = sorted(model.index[name] for name in names) or [index]
        level = max((level_of.get(each, -1) for each in inputs), default=-1) + 1
        level_of[index] = level
        if level == len(levels):
            levels.append(([], []))
        levels[level][0].append(index)
        levels[level][1].append(inputs)
    return [_Level(outputs, inputs) for outputs, inputs in levels]


def _is_demand(name: str, model: BenchModel) -> bool:
    return model.channels[model.index[name]].kind is Kind.DEMANDED


def _taker(indices: Sequence[int]) -> Callable[[Cells], Sequence[float]]:
    """Return what takes some elements out of a row."""
    if len(indices) > 1:
        return itemgetter(*indices)
    return lambda row: [row[index] for index in indices]
