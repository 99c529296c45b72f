"""Has the curves of formulas computed for the window that is seen; the newest wish counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from bench.messages import Message
from bench.runs import Run, Window
from gui.bridge.run_feed import RunFeed
from gui.state.plots.picture import Curve, Trace
from gui.state.review.formula import Formula
from gui.state.review.formula_trace import formula_trace
from gui.state.review.measure import read_in


@dataclass(frozen=True)
class FormulaWish:
    """A formula of a run in a window of time."""

    curve: Curve
    """What it is called."""
    formula: Formula
    """What is computed."""
    start_ns: int
    """First moment, monotonic."""
    end_ns: int
    """Last moment, monotonic."""
    offset: float
    """Where the run begins on the axis, s."""
    pixels: int
    """How many pixels lie between."""


class FormulaCurves(QObject):
    """Curves of formulas; of each one computation is under way at a time."""

    changed = Signal()
    """There are other `traces`."""
    failed = Signal(str, object)
    """Name of a formula, and why it has no curve (`Message`)."""

    def __init__(self, feed: RunFeed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._feed = feed
        self._wishes: dict[str, FormulaWish] = {}
        self._busy: dict[str, FormulaWish] = {}
        self._traces: dict[str, Trace] = {}

    @property
    def traces(self) -> Mapping[str, Trace]:
        """Key → the newest curve of each formula that is wanted."""
        return self._traces

    def want(self, wishes: Sequence[FormulaWish]) -> None:
        """Compute these from now on."""
        self._wishes = {each.curve.key: each for each in wishes}
        self._traces = {key: t for key, t in self._traces.items() if key in self._wishes}
        for key in self._wishes:
            self._ask(key)

    def _ask(self, key: str) -> None:
        wish = self._wishes.get(key)
        if wish is None or key in self._busy:
            return
        self._busy[key] = wish
        self._feed.ask(
            wish.curve.run, lambda run: _computed(run, wish),
            partial(self._take, key), partial(self._fail, key),
        )  # fmt: skip

    def _take(self, key: str, trace: Trace) -> None:
        done = self._busy.pop(key)
        if key in self._wishes:
            self._traces[key] = trace
            self.changed.emit()
            if self._wishes[key] != done:
                self._ask(key)

    def _fail(self, key: str, why: Message) -> None:
        done = self._busy.pop(key)
        if key in self._wishes:
            self.failed.emit(done.formula.name, why)
            if self._wishes[key] != done:
                self._ask(key)


def _computed(run: Run, wish: FormulaWish) -> Trace:
    """Return a curve on the axis of the plot.

    Raises:
        BenchError: the formula makes no sense in this run, or the file is damaged.
    """
    read = read_in(run, wish.formula)
    curve = replace(wish.curve, unit=read.unit.label)
    found = formula_trace(run, read, curve, Window(wish.start_ns, wish.end_ns), wish.pixels)
    return replace(found, times=found.times + wish.offset)
