"""How each kind of step runs: small state machines, advanced once per scan.

``tick(stage, time)`` gets the sequence's own time (ns), which stands still while the sequence is
held. ``interrupt`` tells a step that it was held: windows begin anew, ramps go on from where the
demands are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from bench.clock import SECOND
from bench.control.acting import ActionsRunner, perform_runner
from bench.control.measuring import CycleRunner, MeasureRunner
from bench.control.outcome import Outcome, Runner, timed_out
from bench.control.saved import Work
from bench.control.stabilising import StabiliseRunner
from bench.control.stage import Question, Stage
from bench.plan import (
    CycleNode,
    HoldNode,
    MeasureNode,
    Node,
    PerformNode,
    PlannedStopNode,
    PromptNode,
    RampNode,
    RampTargetNode,
    SetNode,
    StabiliseNode,
    WaitNode,
    ZeroNode,
)

SERVICE = "service"
"""Source of the events that tell what is done to the object at a planned stop."""


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

    def save(self) -> Work:
        """Nothing is under way."""
        return {}

    def restore(self, work: Work) -> None:
        """Begin anew."""


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
        if math.isnan(start):  # nothing demanded yet: it begins where the object is
            start = stage.measured(target.demand)
        if math.isnan(start):
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

    def save(self) -> Work:
        """Return where it goes, and how much of its time has passed."""
        return {"before": self._before + self._elapsed, "ends": list(self._ends)}

    def restore(self, work: Work) -> None:
        """Go on from where the demands are, in the time that is left."""
        ends = [float(end) for end in work["ends"]]
        if ends and len(ends) != len(self._node.targets):
            raise ValueError(ends)
        self._before, self._ends = int(work["before"]), ends


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

    def rests_for(self, time: int) -> int:
        """Return how long it still lasts."""
        return 0 if self._start is None else self._start + self._duration - time

    def interrupt(self) -> None:
        """The time held does not count, what was waited for stays."""

    def save(self) -> Work:
        """Return when it began."""
        return {} if self._start is None else {"start": self._start}

    def restore(self, work: Work) -> None:
        """Go on with the time that is left."""
        self._start = int(work["start"]) if work else None


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
        return timed_out(self._node.otherwise)

    def rests_for(self, time: int) -> int:
        """Return how long it waits at most; the condition is looked at with every scan."""
        return 0 if self._start is None else self._start + self._limit - time

    def interrupt(self) -> None:
        """The time held does not count."""

    def save(self) -> Work:
        """Return when it began."""
        return {} if self._start is None else {"start": self._start}

    def restore(self, work: Work) -> None:
        """Go on with the time that is left."""
        self._start = int(work["start"]) if work else None


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

    def save(self) -> Work:
        """Nothing: it asks again."""
        return {}

    def restore(self, work: Work) -> None:
        """Ask again."""


class PlannedStopRunner:
    """Ends the run file, the object being safe."""

    def __init__(self, node: PlannedStopNode) -> None:
        self.phase = node.text.en
        self._node = node

    def tick(self, stage: Stage, time: int) -> Outcome:  # noqa: ARG002 - takes no time
        """Tell what is to be done before it goes on."""
        for each in self._node.service:
            stage.note("info", SERVICE, "chain.service", service=each)
        return Outcome.PLANNED_STOP

    def interrupt(self) -> None:
        """Nothing is under way."""

    def save(self) -> Work:
        """Nothing is under way."""
        return {}

    def restore(self, work: Work) -> None:
        """Begin anew."""


RUNNERS: Mapping[type[Any], Callable[[Any], Runner]] = {
    SetNode: SetRunner,
    RampNode: RampRunner,
    HoldNode: HoldRunner,
    StabiliseNode: StabiliseRunner,
    MeasureNode: MeasureRunner,
    WaitNode: WaitRunner,
    CycleNode: CycleRunner,
    ZeroNode: ActionsRunner,
    PerformNode: perform_runner,
    PromptNode: PromptRunner,
    PlannedStopNode: PlannedStopRunner,
}
"""Planned step → what runs it."""


def runner(node: Node) -> Runner:
    """Return what runs a step that is no container."""
    return RUNNERS[type(node)](node)
