"""Has instruments do what takes its time: zero themselves, sweep; it may be a point as a whole."""

from __future__ import annotations

from bench.clock import SECOND
from bench.control.measuring import Window
from bench.control.outcome import Outcome, Runner
from bench.control.saved import Work
from bench.control.stage import Stage
from bench.device import Stage as ActionStage
from bench.plan import PerformNode, ZeroNode


class ActionsRunner:
    """Has instruments do something that takes its time, one after the other."""

    def __init__(self, node: ZeroNode | PerformNode) -> None:
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


class PointRunner:
    """Records what instruments do as a point; what was held meanwhile is done anew."""

    def __init__(self, node: PerformNode, name: str) -> None:
        self.phase = ""
        self._node = node
        self._name = name
        self._actions = ActionsRunner(node)
        self._window: Window | None = None
        self._approach = 0
        self._is_void = False

    def tick(self, stage: Stage, time: int) -> Outcome:
        """Take the row, and look how the actions are getting on."""
        if self._approach == 0:
            self._approach = Window.approach(stage, self._name)
        window = self._window
        if window is None:
            window = self._window = Window(stage, self._name, self._node.head.id)
        window.take(stage)
        outcome = self._actions.tick(stage, time)
        self.phase = self._actions.phase
        if outcome is not Outcome.DONE:
            return outcome
        if self._is_void:  # the instrument had gone on by itself, while nobody kept the demands
            self._is_void, self._window = False, None
            self._actions = ActionsRunner(self._node)
            return Outcome.RUNNING
        window.write(stage, repeat=1, approach=self._approach)
        return Outcome.DONE

    def interrupt(self) -> None:
        """What is under way is void: it ends, and all is done again."""
        self._is_void = True

    def save(self) -> Work:
        """Nothing: a point that was cut off is void."""
        return {}

    def restore(self, work: Work) -> None:
        """Begin anew, as another approach."""


def perform_runner(node: PerformNode) -> Runner:
    """Return what runs a step of actions; one that is a point begins anew where it is held."""
    return ActionsRunner(node) if node.name is None else PointRunner(node, node.name)
