"""One scan is one row: a value, a quality and a time per channel, as flat arrays.

`Scan.collect` drains the sample queue into the row. It keeps the extremes between two scans for
the limits, counts as *fresh* what is new, and marks what is too old as stale. Computed channels
follow in one compiled function. Nothing here waits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, repeat, starmap
from operator import itemgetter
from typing import cast

import numpy as np
from numpy.typing import NDArray

from bench.channel import FRESH, Kind, Quality
from bench.clock import SECOND
from bench.device import Block, Sample, SampleQueue
from bench.expression import Resolved, compile_row
from bench.fast_rows import FastRows
from bench.model import BenchModel
from bench.rate import RateMemory

_AGELESS = 2**63 - 1
_LONG_AGO = -(2**61)
SCANS_KEPT = 3
"""Scans within which no value is too old, however often its instrument is asked."""
_STALE, _BAD = Quality.STALE.value, Quality.BAD.value

_Taken = tuple[NDArray[np.intp], NDArray[np.float64]]
"""Channels, and the values they were given."""


class Row:
    """The newest scan; arrays are reused from scan to scan: copy what is to be kept."""

    def __init__(self, width: int) -> None:
        self.time = 0
        """Time of the scan, ns."""
        self.values: NDArray[np.float64] = np.full(width, np.nan)
        """Newest values, SI."""
        self.low = self.values.copy()
        """Lowest value since the last scan, SI."""
        self.high = self.values.copy()
        """Highest value since the last scan, SI."""
        self.quality: NDArray[np.uint8] = np.full(width, Quality.DISCONNECTED, dtype=np.uint8)
        """`Quality` per channel."""
        self.fresh: NDArray[np.bool_] = np.zeros(width, dtype=np.bool_)
        """Whether the value is new since the last scan."""
        self.list: list[float] = []
        """The values as a list, for compiled expressions."""
        self.all_ok = False
        """Whether every channel that has an age is OK, and every result a number."""

    @property
    def codes(self) -> NDArray[np.uint8]:
        """Quality with the fresh bit, as run files keep it."""
        return self.quality | (self.fresh.view(np.uint8) * np.uint8(FRESH))

    def put(self, index: int, value: float, *, fresh: bool = True) -> None:
        """Set a channel that no instrument reads (a demand), for the next rows."""
        self.values[index] = value
        self.quality[index] = 0
        self.fresh[index] = fresh

    def become(self, other: Row, count: int) -> None:
        """Take another row's width, and go on with the own first `count` channels."""
        other.values[:count], other.low[:count] = self.values[:count], self.low[:count]
        other.high[:count], other.fresh[:count] = self.high[:count], self.fresh[:count]
        other.quality[:count] = self.quality[:count]
        self.values, self.low, self.high = other.values, other.low, other.high
        self.quality, self.fresh, self.list = other.quality, other.fresh, other.list


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
        self._worst = _worst_inputs(formulas, model)
        self._unread: NDArray[np.bool_] = np.zeros(width, dtype=np.bool_)
        self._rates = [(each, RateMemory(each.over)) for each in model.rates]
        self._unread[self._outputs] = True
        self._unread[[each.index for each in model.rates]] = True
        self.row.quality[self._outputs] = 0
        self._passed_on = (b"", b"")  # qualities, and which results were no number, the last time
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
        batch = self._drained()
        taken = self._take(batch) if batch else ()
        if now - leapt > self._expiry:
            self._age(now - leapt)
        if self._forced:
            self._conceal()
        row.all_ok = not np.count_nonzero(row.quality[self._aged])
        if self._rates:
            self._tell_rates(leapt)
        self._derive()
        row.low[:] = row.values
        row.high[:] = row.values
        for where, new in taken:
            np.minimum.at(row.low, where, new)
            np.maximum.at(row.high, where, new)
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
        self._passed_on = (b"", b"")
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

    def _drained(self) -> list[Sample | Block | FastRows]:
        return list(starmap(self._queue.popleft, repeat((), len(self._queue))))

    def _take(self, batch: list[Sample | Block | FastRows]) -> Sequence[_Taken]:
        """Take samples and blocks into the row, in their order; then the confirmations.

        Returns:
            Channels and values, where a channel may have had several; none where none had.
        """
        taken: list[_Taken] = []
        confirmed: list[tuple[NDArray[np.intp], NDArray[np.int64]]] = []
        are_several = False
        for kind, entries in groupby(batch, type):
            if kind is Block:
                for block in cast("Iterator[Block]", entries):
                    are_several |= self._tell_block(block, taken)
            elif kind is FastRows:
                self.fast += cast("Iterator[FastRows]", entries)
            else:
                are_several |= self._tell(cast("Iterator[Sample]", entries), taken, confirmed)
        for where, stamps in confirmed:
            self._confirm(where, stamps)
        return taken if are_several else ()

    def _tell(
        self,
        samples: Iterator[Sample],
        taken: list[_Taken],
        confirmed: list[tuple[NDArray[np.intp], NDArray[np.int64]]],
    ) -> bool:
        """Take samples that have a value, or a quality that is not OK; see `_put`.

        The others confirm (OK without a value); they are left in `confirmed`.
        """
        indices, values, times, qualities = zip(*samples, strict=True)
        where, new = np.array(indices, dtype=np.intp), np.array(values)
        stamps, codes = np.array(times, dtype=np.int64), None
        if any(qualities):
            codes = np.array(qualities, dtype=np.uint8)
        has_no_value = np.isnan(new)
        if np.count_nonzero(has_no_value):
            confirms = has_no_value if codes is None else has_no_value & (codes == 0)
            confirmed.append((where[confirms], stamps[confirms]))
            tells = ~confirms
            where, new, stamps = where[tells], new[tells], stamps[tells]
            codes = None if codes is None else codes[tells]
        if not where.size:
            return False
        self._times[where] = stamps
        self._expiry = min(self._expiry, int(stamps.min()) + self._shortest)
        is_again = self._put(where, new, codes, taken)
        return is_again or len(set(indices)) < len(indices)

    def _tell_block(self, block: Block, taken: list[_Taken]) -> bool:
        """Take a block; see `_put`."""
        where = np.arange(block.first, block.first + len(block.values), dtype=np.intp)
        self._times[where] = block.time
        self._expiry = min(self._expiry, block.time + self._shortest)
        return self._put(where, block.values, block.qualities, taken)

    def _put(
        self,
        where: NDArray[np.intp],
        new: NDArray[np.float64],
        codes: NDArray[np.uint8] | None,
        taken: list[_Taken],
    ) -> bool:
        """Put values and qualities into the row; return whether one had a value already."""
        row = self.row
        row.quality[where] = 0 if codes is None else codes
        if codes is not None:
            real = ~np.isnan(new)  # elsewhere only the quality is new
            where, new = where[real], new[real]
        is_again = bool(taken) and bool(row.fresh[where].any())
        row.values[where] = new
        row.fresh[where] = True
        taken.append((where, new))
        return is_again

    def _confirm(self, where: NDArray[np.intp], stamps: NDArray[np.int64]) -> None:
        """Take confirmations (OK without a value): they make no BAD or lost value OK."""
        np.maximum.at(self._times, where, stamps)
        quality = self.row.quality
        is_back = quality[where] == _STALE
        if np.count_nonzero(is_back):
            quality[where[is_back]] = 0
            self._expiry = min(self._expiry, int(stamps[is_back].min()) + self._shortest)

    def _derive(self) -> None:
        row, outputs = self.row, self._outputs
        row.list = row.values.tolist()
        if not outputs.size:
            return
        self._compute(row.list)
        derived = np.array(self._results(row.list))
        row.values[outputs] = derived
        unknown = np.isnan(derived)  # a result is a number or nan
        if np.count_nonzero(unknown):
            row.all_ok = False
        state = row.quality.tobytes(), unknown.tobytes()
        if state != self._passed_on:
            for level in self._worst:
                level.pass_on(row)
            self._passed_on = row.quality.tobytes(), state[1]


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


def _taker(indices: Sequence[int]) -> Callable[[list[float]], Sequence[float]]:
    """Return what takes some elements out of a list."""
    if len(indices) > 1:
        return itemgetter(*indices)
    return lambda row: [row[index] for index in indices]
