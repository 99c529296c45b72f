"""Waits until channels are steady."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.clock import SECOND
from bench.control.outcome import Outcome, timed_out
from bench.control.saved import Work
from bench.control.stage import Stage
from bench.plan import Criterion, StabiliseNode


class _Window:
    """The fresh values of one channel over the last window."""

    def __init__(self, criterion: Criterion, window: int) -> None:
        self.criterion = criterion
        self._window = window
        self._times: deque[int] = deque()
        self._values: deque[float] = deque()

    def add(self, stage: Stage, time: int) -> None:
        row, channel = stage.row, self.criterion.channel
        if row.quality[channel]:
            self.clear()
        elif row.fresh[channel]:
            self._times.append(time)
            self._values.append(float(row.values[channel]))

    def clear(self) -> None:
        self._times.clear()
        self._values.clear()

    def is_steady(self, stage: Stage, time: int) -> bool:
        times, values, window = self._times, self._values, self._window
        while times and times[0] < time - window:
            times.popleft()
            values.popleft()
        if len(times) < 3 or times[-1] - times[0] < 0.9 * window:
            return False
        x = (np.array(times) - times[0]) / SECOND
        y = np.array(values)
        mean = float(y.mean())
        wanted = self.criterion

        def within(what: str, bound: float | None, found: Callable[[], float]) -> bool:
            if bound is None:
                return True
            scale = abs(mean) if what in wanted.relative else 1.0
            return abs(found()) <= bound * scale

        return (
            within("span", wanted.span, lambda: float(np.ptp(y)))
            and within("deviation", wanted.deviation, lambda: float(y.std(ddof=1)))
            and within("slope", wanted.slope, lambda: _slope(x, y))
            and within("error", wanted.error, lambda: mean - self._target(stage))
        )

    def _target(self, stage: Stage) -> float:
        target = self.criterion.target
        if target is None:
            return 0.0
        return stage.value(target) if stage.is_known(target) else math.inf


def _slope(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> float:
    deviation = x - x.mean()
    return float((deviation * (y - y.mean())).sum() / (deviation**2).sum())


class StabiliseRunner:
    """Waits until every criterion holds over the window."""

    LOOK = SECOND
    """How often the criteria are judged, ns."""

    def __init__(self, node: StabiliseNode) -> None:
        self.phase = ""
        self._node = node
        window = round(node.window * SECOND)
        self._windows = [_Window(criterion, window) for criterion in node.criteria]
        self._start: int | None = None
        self._next = 0

    def tick(self, stage: Stage, time: int) -> Outcome:
        """Take the row; judge once a second."""
        if self._start is None:
            self._start = time
            stage.remarks.clear()
        for window in self._windows:
            window.add(stage, time)
        if time < self._next:
            return Outcome.RUNNING
        self._next = time + self.LOOK
        restless = [w.criterion.name for w in self._windows if not w.is_steady(stage, time)]
        count = len(self._windows)
        self.phase = f"{count - len(restless)}/{count}"
        if not restless:
            return Outcome.DONE
        if time - self._start < round(self._node.within * SECOND):
            return Outcome.RUNNING
        stage.note(
            "error" if self._node.otherwise == "stop" else "warning",
            self._node.head.id,
            "control.not-steady",
            channels=", ".join(restless),
            seconds=self._node.within,
        )
        stage.remarks.append(f"not steady: {', '.join(restless)}")
        return timed_out(self._node.otherwise)

    def interrupt(self) -> None:
        """What was seen before the hold does not count: it starts over, with all its time."""
        for window in self._windows:
            window.clear()
        self._start = None
        self._next = 0

    def save(self) -> Work:
        """Nothing: what was seen before does not count."""
        return {}

    def restore(self, work: Work) -> None:
        """Start over, with all its time."""
