"""Waits until channels are steady."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.clock import SECOND
from bench.control.outcome import Outcome, timed_out
from bench.control.saved import Work
from bench.control.stage import Stage
from bench.plan import Criterion, StabiliseNode


@dataclass(frozen=True)
class Judged:
    """What is found of one criterion of a channel."""

    criterion: Criterion
    """What is asked of the channel."""
    kind: str
    """Which of it: ``span``, ``deviation``, ``slope``, ``error``."""
    found: float
    """Its size over the window, as the bound is given; nan: too little has been seen."""
    bound: float
    """What it may be: SI, or a share of the mean where `Criterion.relative` says so."""
    is_met: bool
    """Whether it holds."""


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

    def judged(self, stage: Stage, time: int) -> tuple[Judged, ...]:
        """Return what is found of each criterion of the channel at a time, ns."""
        times, values, window = self._times, self._values, self._window
        while times and times[0] < time - window:
            times.popleft()
            values.popleft()
        if len(times) < 3 or times[-1] - times[0] < 0.9 * window:
            return self.unknown()
        x = (np.array(times) - times[0]) / SECOND
        y = np.array(values)
        mean = float(y.mean())
        ways: dict[str, Callable[[], float]] = {
            "span": lambda: float(np.ptp(y)),
            "deviation": lambda: float(y.std(ddof=1)),
            "slope": lambda: _slope(x, y),
            "error": lambda: mean - self._target(stage),
        }
        return tuple(self._judge(kind, bound, ways[kind](), mean) for kind, bound in self._asked())

    def unknown(self) -> tuple[Judged, ...]:
        """Return that too little has been seen to judge."""
        wanted = self.criterion
        return tuple(
            Judged(wanted, kind, math.nan, bound, is_met=False) for kind, bound in self._asked()
        )

    def _asked(self) -> list[tuple[str, float]]:
        wanted = self.criterion
        bounds = {"span": wanted.span, "deviation": wanted.deviation}
        bounds |= {"slope": wanted.slope, "error": wanted.error}
        return [(kind, bound) for kind, bound in bounds.items() if bound is not None]

    def _judge(self, kind: str, bound: float, found: float, mean: float) -> Judged:
        is_relative = kind in self.criterion.relative
        size, scale = abs(found), abs(mean) if is_relative else 1.0
        shown = size / scale if scale else size and math.inf
        return Judged(self.criterion, kind, shown, bound, is_met=size <= bound * scale)

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
        self.found = tuple(each for one in self._windows for each in one.unknown())
        """What was found when it last looked."""
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
        judged = [window.judged(stage, time) for window in self._windows]
        self.found = tuple(each for one in judged for each in one)
        restless = [
            window.criterion.name
            for window, found in zip(self._windows, judged, strict=True)
            if not all(each.is_met for each in found)
        ]
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
