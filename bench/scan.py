"""One scan is one row: a value, a quality and a time per channel, as flat arrays.

`Scan.collect` drains the sample queue into the row. It keeps the extremes between two scans for
the limits, counts as *fresh* what is new, and marks what is too old as stale. Computed channels
follow in one compiled function. Nothing here waits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.channel import FRESH, Quality
from bench.clock import SECOND
from bench.device import Sample, SampleQueue
from bench.expression import Resolved, compile_row
from bench.model import BenchModel

_AGELESS = 2**63 - 1
_LONG_AGO = -(2**61)


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
        """Whether every channel that has an age is OK."""

    @property
    def codes(self) -> NDArray[np.uint8]:
        """Quality with the fresh bit, as run files keep it."""
        return self.quality | (self.fresh.view(np.uint8) * np.uint8(FRESH))


class Scan:
    """Turns samples into rows."""

    def __init__(
        self, model: BenchModel, queue: SampleQueue, hidden: Sequence[Resolved] = ()
    ) -> None:
        """Prepare the row: the model's channels, then one column per hidden expression."""
        count = len(model.channels)
        width = count + len(hidden)
        self.row = Row(width)
        self.recorded = count
        self._queue = queue
        self._times: NDArray[np.int64] = np.full(width, _LONG_AGO, dtype=np.int64)
        ages = [age * SECOND if age < 1e9 else _AGELESS for age in model.max_age]
        ages += [_AGELESS] * len(hidden)
        self._max_age = np.array(ages, dtype=np.int64)
        self._aged = self._max_age < _AGELESS
        formulas = [(item.index, item.formula) for item in model.computed]
        formulas += [(count + i, formula) for i, formula in enumerate(hidden)]
        self._compute = compile_row(formulas, model.index.__getitem__)
        self._outputs = np.array([index for index, _ in formulas], dtype=np.intp)
        self._first_output = int(self._outputs.min()) if formulas else width
        self._inputs = _inputs(formulas, model)

    def collect(self, now: int) -> Row:
        """Return the row at a time (ns)."""
        row = self.row
        row.time = now
        row.fresh[:] = False
        batch = self._drained()
        if batch:
            self._take(batch)
        row.low[:] = row.values
        row.high[:] = row.values
        if len(batch) > 1:
            self._extremes(batch)
        stale = (now - self._times) > self._max_age
        row.all_ok = not (stale.any() or (row.quality[self._aged] != 0).any())
        if stale.any():
            late = stale & (row.quality == Quality.OK)
            row.quality[late] = Quality.STALE
        self._derive()
        return row

    def put(self, index: int, value: float, *, fresh: bool = True) -> None:
        """Set a channel that no instrument reads (a demand), for the next rows."""
        self.row.values[index] = value
        self.row.quality[index] = Quality.OK
        self.row.fresh[index] = fresh

    def _drained(self) -> list[Sample]:
        queue = self._queue
        return [queue.popleft() for _ in range(len(queue))]

    def _take(self, batch: list[Sample]) -> None:
        row, times = self.row, self._times
        indices, values, stamps, qualities = zip(*batch, strict=True)
        where = np.array(indices, dtype=np.intp)
        new = np.array(values)
        real = new == new  # noqa: PLR0124 - false for NaN: only age or quality is new
        row.quality[where] = qualities
        times[where] = stamps
        if real.all():
            row.values[where] = new
            row.fresh[where] = True
        else:
            kept = where[real]
            row.values[kept] = new[real]
            row.fresh[kept] = True

    def _extremes(self, batch: list[Sample]) -> None:
        if len({sample[0] for sample in batch}) == len(batch):
            return
        low, high = self.row.low, self.row.high
        for index, value, _, _ in batch:
            if value < low[index]:
                low[index] = value
            elif value > high[index]:
                high[index] = value

    def _derive(self) -> None:
        row = self.row
        if not self._outputs.size:
            row.list = row.values.tolist()
            return
        values = row.values.tolist()
        self._compute(values)
        row.list = values
        outputs = self._outputs
        derived = np.array([values[index] for index in outputs.tolist()])
        row.values[outputs] = derived
        row.low[outputs] = derived
        row.high[outputs] = derived
        row.fresh[outputs] = True
        finite = np.isfinite(derived)
        if row.all_ok and finite.all():
            row.quality[outputs] = Quality.OK
            return
        for index, inputs in self._inputs:
            worst = int(row.quality[inputs].max()) if len(inputs) else 0
            bad = not np.isfinite(row.values[index])
            row.quality[index] = max(worst, Quality.BAD) if bad and worst == 0 else worst


def _inputs(
    formulas: Sequence[tuple[int, Resolved]], model: BenchModel
) -> list[tuple[int, NDArray[np.intp]]]:
    return [
        (index, np.array(sorted(model.index[name] for name in formula.names), dtype=np.intp))
        for index, formula in formulas
    ]
