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
from bench.control.measuring import CycleRunner, MeasureRunner
from bench.control.outcome import Outcome, Runner, timed_out
from bench.control.saved import Work
from bench.control.stabilising import StabiliseRunner
from bench.control.stage import Question, Stage
from bench.device import Stage as ActionStage
from bench.plan import (
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

    def interrupt(self) -> None:
        """The time held does not count."""

    def save(self) -> Work:
        """Return when it began."""
        return {} if self._start is None else {"start": self._start}

    def restore(self, work: Work) -> None:
        """Go on with the time that is left."""
        self._start = int(work["start"]) if work else None


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

    def save(self) -> Work:
        """Return which action is under way."""
        return {"at": self._at}

    def restore(self, work: Work) -> None:
        """Begin the action under way anew."""
        self._at = int(work["at"])
        if not 0 <= self._at <= len(self._node.actions):
            raise ValueError(self._at)


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
