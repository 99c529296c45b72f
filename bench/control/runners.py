"""How each kind of step runs: small state machines, advanced once per scan.

``tick(stage, time)`` gets the sequence's own time (ns), which stands still while the sequence is
held. ``interrupt`` tells a step that it was held: windows begin anew, ramps go on from where the
demands are.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Protocol

import numpy as np

from bench.clock import SECOND
from bench.control.stage import Means, Question, Stage
from bench.cycle import CycleTable
from bench.device import Stage as ActionStage
from bench.plan import (
    Criterion,
    CycleNode,
    HoldNode,
    MeasureNode,
    Node,
    PromptNode,
    RampNode,
    RampTargetNode,
    SetNode,
    StabiliseNode,
    WaitNode,
    ZeroNode,
)
from bench.record.port import Point


class Outcome(Enum):
    """How a step is getting on."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    HOLD = "hold"
    """Done, but the operator has to look before the next step."""


class Runner(Protocol):
    """One running step."""

    phase: str
    """What it is doing, for the progress display: ``1/3``, ``4 of 5 steady``."""

    def tick(self, stage: Stage, time: int) -> Outcome:
        """Advance by one scan."""
        ...

    def interrupt(self) -> None:
        """Learn that the sequence was held."""
        ...


def _timed_out(otherwise: str) -> Outcome:
    return {"stop": Outcome.FAILED, "hold": Outcome.HOLD}.get(otherwise, Outcome.DONE)


class SetRunner:
    """Gives demands new values at once."""

    def __init__(self, node: SetNode) -> None:
        self.phase = ""
        self._node = node

    def tick(self, stage: Stage, time: int) -> Outcome:  # noqa: ARG002 - takes no time
        """Set all demands in the order written."""
        for index, value in self._node.values:
            stage.demands.set(index, stage.value(value))
        return Outcome.DONE

    def interrupt(self) -> None:
        """Nothing is under way."""


class RampRunner:
    """Takes demands evenly from where they are to where they shall be."""

    def __init__(self, node: RampNode) -> None:
        self.phase = ""
        self._node = node
        self._lines: list[tuple[int, float, float, int]] | None = None
        self._ends: list[float] = []
        self._start = 0
        self._elapsed = 0
        self._before = 0

    def tick(self, stage: Stage, time: int) -> Outcome:
        """Move the demands along their lines."""
        if self._lines is None:
            self._start = time
            if not self._ends:  # where it goes is decided once, also if it depends on values
                self._ends = [stage.value(target.to) for target in self._node.targets]
            self._lines = [
                self._line(stage, target, end)
                for target, end in zip(self._node.targets, self._ends, strict=True)
            ]
        is_done = True
        elapsed = self._elapsed = time - self._start
        for index, start, end, duration in self._lines:
            if elapsed >= duration:
                stage.demands.set(index, end)
            else:
                is_done = False
                stage.demands.set(index, start + (end - start) * (elapsed / duration))
        return Outcome.DONE if is_done else Outcome.RUNNING

    def _line(
        self, stage: Stage, target: RampTargetNode, end: float
    ) -> tuple[int, float, float, int]:
        start = stage.demands.values[target.demand]
        if start != start:  # noqa: PLR0124 - nan: nothing demanded yet, so nothing to ramp from
            start = end
        seconds = self._node.over if target.gradient is None else abs(end - start) / target.gradient
        remaining = round((seconds or 0.0) * SECOND)
        if target.gradient is None:
            remaining = max(remaining - self._before, 0)
        return target.demand, start, end, remaining

    def interrupt(self) -> None:
        """Go on from where the demands are then, in the time that is left."""
        self._before += self._elapsed
        self._elapsed = 0
        self._lines = None


class HoldRunner:
    """Keeps all demands for a time."""

    def __init__(self, node: HoldNode) -> None:
        self.phase = ""
        self._duration = round(node.duration * SECOND)
        self._start: int | None = None

    def tick(self, stage: Stage, time: int) -> Outcome:  # noqa: ARG002 - only time counts
        """Wait."""
        if self._start is None:
            self._start = time
        return Outcome.DONE if time - self._start >= self._duration else Outcome.RUNNING

    def interrupt(self) -> None:
        """The time held does not count, what was waited for stays."""


class WaitRunner:
    """Waits until a condition holds."""

    def __init__(self, node: WaitNode) -> None:
        self.phase = node.text
        self._node = node
        self._limit = round(node.within * SECOND)
        self._start: int | None = None

    def tick(self, stage: Stage, time: int) -> Outcome:
        """Look."""
        if self._start is None:
            self._start = time
        if stage.holds(self._node.condition):
            return Outcome.DONE
        if time - self._start < self._limit:
            return Outcome.RUNNING
        stage.note(
            "error" if self._node.otherwise == "stop" else "warning",
            self._node.head.id,
            "control.wait-timeout",
            condition=self._node.text,
            seconds=self._node.within,
        )
        return _timed_out(self._node.otherwise)

    def interrupt(self) -> None:
        """The time held does not count."""


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
        return _timed_out(self._node.otherwise)

    def interrupt(self) -> None:
        """What was seen before the hold does not count: it starts over, with all its time."""
        for window in self._windows:
            window.clear()
        self._start = None
        self._next = 0


class MeasureRunner:
    """Records windows; one that is interrupted or flagged is not judged."""

    def __init__(self, node: MeasureNode) -> None:
        self.phase = ""
        self._node = node
        self._duration = round(node.duration * SECOND)
        self._repeat = 0
        self._start: int | None = None
        self._window_start = 0
        self._means: Means | None = None
        self._flags: set[str] = set()
        self._approach = 0

    def tick(self, stage: Stage, time: int) -> Outcome:
        """Take the row."""
        if self._approach == 0:
            name = self._node.name
            self._approach = stage.approaches[name] = stage.approaches.get(name, 0) + 1
        if self._start is None or self._means is None:
            self._begin(stage, time)
        elif time - self._start >= self._duration:
            self._finish(stage)
            if self._repeat == self._node.repeat:
                return Outcome.DONE
            self._begin(stage, time)
        self._flags |= stage.flagged
        if self._means is not None:
            self._means.add(stage.row)
        return Outcome.RUNNING

    def _begin(self, stage: Stage, time: int) -> None:
        self._start = time
        self._window_start = stage.now
        self._flags = set()
        names = [channel.name for channel in stage.model.channels]
        self._means = Means.of(names)
        self.phase = f"{self._repeat + 1}/{self._node.repeat}"

    def _finish(self, stage: Stage) -> None:
        self._repeat += 1
        name = self._node.name
        if self._means is not None:
            stage.means.setdefault(name, []).append(self._means.result())
        remarks = (*stage.remarks, *(f"limit {flag}" for flag in sorted(self._flags)))
        stage.diary.point(
            Point(
                name=name,
                repeat=self._repeat,
                approach=self._approach,
                start_ns=self._window_start,
                end_ns=stage.now,
                valid=not remarks,
                remarks=remarks,
                step_id=self._node.head.id,
            )
        )

    def interrupt(self) -> None:
        """The window under way is void and taken again."""
        self._start = None


class CycleRunner:
    """Follows a time table."""

    def __init__(self, node: CycleNode) -> None:
        self.phase = ""
        self._node = node
        self._table: CycleTable | None = None
        self._start = 0
        self._clipped: set[str] = set()
        self._measure: MeasureRunner | None = None

    def tick(self, stage: Stage, time: int) -> Outcome:
        """Set the demands of this moment."""
        if self._table is None:
            self._table = self._prepared(stage)
            self._start = time
            if self._node.name is not None:
                window = MeasureNode(self._node.head, self._table.duration, 1, self._node.name)
                self._measure = MeasureRunner(window)
        elapsed = (time - self._start) / SECOND
        table = self._table
        self.phase = f"{min(elapsed, table.duration):.0f}/{table.duration:.0f} s"
        for column, index in self._node.columns.items():
            self._set(stage, index, table.at(elapsed, column))
        measured = self._measure is None or self._measure.tick(stage, time) is Outcome.DONE
        return Outcome.DONE if elapsed >= table.duration and measured else Outcome.RUNNING

    def _prepared(self, stage: Stage) -> CycleTable:
        node = self._node
        if node.transform is None:
            return node.table
        points = stage.means.get(node.points or "", [])
        return node.transform(table=node.table, points=points, data=stage.model.object.data)

    def _set(self, stage: Stage, index: int, value: float) -> None:
        point = stage.demands.points[index]
        allowed = min(max(value, point.range.low), point.range.high)
        if allowed != value and point.name not in self._clipped:
            self._clipped.add(point.name)
            stage.note(
                "warning",
                self._node.head.id,
                "control.clipped",
                demand=point.name,
                value=point.shown(value),
                limit=point.shown(allowed),
            )
        stage.demands.set(index, allowed)

    def interrupt(self) -> None:
        """A cycle that was held is no longer that cycle: it begins anew."""
        self._table = None


class ZeroRunner:
    """Has instruments zero or span themselves, one after the other."""

    def __init__(self, node: ZeroNode) -> None:
        self.phase = ""
        self._node = node
        self._at = 0
        self._begun: int | None = None

    def tick(self, stage: Stage, time: int) -> Outcome:
        """Begin the next action or look how it is getting on."""
        if self._at == len(self._node.actions):
            return Outcome.DONE
        instrument, action, timeout = self._node.actions[self._at]
        self.phase = f"{instrument}.{action}"
        if self._begun is None:
            self._begun = time
            stage.start(instrument, action)
            return Outcome.RUNNING
        progress = stage.instruments[instrument].progress()
        if progress.stage is ActionStage.RUNNING and time - self._begun <= timeout * SECOND:
            return Outcome.RUNNING
        if progress.stage is not ActionStage.DONE:
            reason = progress.message or "timeout"
            where = {"instrument": instrument, "action": action, "reason": reason}
            stage.note("error", self._node.head.id, "control.action-failed", **where)
            return Outcome.FAILED
        stage.note(
            "info",
            self._node.head.id,
            "control.action-done",
            instrument=instrument,
            action=action,
            results=dict(progress.results),
        )
        self._at += 1
        self._begun = None
        return Outcome.DONE if self._at == len(self._node.actions) else Outcome.RUNNING

    def interrupt(self) -> None:
        """The instrument goes on by itself."""


class PromptRunner:
    """Asks the operator."""

    def __init__(self, node: PromptNode) -> None:
        self.phase = node.text.en
        self._node = node

    def tick(self, stage: Stage, time: int) -> Outcome:  # noqa: ARG002 - a person takes as long as needed
        """Wait for the answer."""
        if stage.question is None:
            stage.question = Question(self._node.text, self._node.picture)
        answer = stage.question.answer
        if answer is None:
            return Outcome.RUNNING
        stage.question = None
        answered = "control.prompt-done" if answer else "control.prompt-refused"
        stage.note(
            "info" if answer else "error", self._node.head.id, answered, text=self._node.text
        )
        return Outcome.DONE if answer else Outcome.FAILED

    def interrupt(self) -> None:
        """The question stays."""


RUNNERS: Mapping[type[Any], Callable[[Any], Runner]] = {
    SetNode: SetRunner,
    RampNode: RampRunner,
    HoldNode: HoldRunner,
    StabiliseNode: StabiliseRunner,
    MeasureNode: MeasureRunner,
    WaitNode: WaitRunner,
    CycleNode: CycleRunner,
    ZeroNode: ZeroRunner,
    PromptNode: PromptRunner,
}
"""Planned step → what runs it."""


def runner(node: Node) -> Runner:
    """Return what runs a step that is no container."""
    return RUNNERS[type(node)](node)
