"""Walks a plan, one scan at a time.

The position is a stack of (container, next child, pass) and the one running step: enough to show
where the sequence is, and to find the way back to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bench.control.demands import Demands
from bench.control.outcome import Outcome, Resting, Runner
from bench.control.place import Inside, Place
from bench.control.position import Position
from bench.control.runners import runner
from bench.control.saved import (
    Saved,
    SavedFrame,
    located,
    settling,
    unreadable,
)
from bench.control.stabilising import StabiliseRunner
from bench.control.stage import Stage
from bench.errors import Refused
from bench.messages import Bilingual
from bench.plan import (
    CycleNode,
    Head,
    HoldNode,
    MeasureNode,
    Node,
    PerformNode,
    RepeatNode,
    SequenceNode,
    WaitNode,
    walk,
)
from bench.record.port import StepBegun, StepRecord

MOST_PER_SCAN = 200
"""Steps that take no time, within one scan; the rest follows in the next."""
ENDING_A_SCAN = frozenset({Outcome.HOLD, Outcome.PLANNED_STOP})
"""Outcomes after which the next step does not begin with the same scan, if at all."""


class StepDiary(Protocol):
    """Takes steps as they begin and as they end."""

    def begin_step(self, step: StepBegun) -> None:
        """Take one that begins."""
        ...

    def step(self, record: StepRecord) -> None:
        """Take one that has ended."""
        ...


@dataclass
class _Frame:
    """A container under way."""

    node: SequenceNode | RepeatNode
    started: int
    child: int = 0
    turn: int = 1
    demands: Mapping[str, float] | None = None

    def mark(self, demands: Demands) -> None:
        """Remember with which demands a pass began that is gone back to as a whole."""
        if self.node.head.is_recovery_point:
            self.demands = demands.named()


class Sequencer:
    """Runs one planned sequence."""

    def __init__(
        self,
        root: SequenceNode,
        stage: Stage,
        diary: StepDiary,
        *,
        perseveres: bool = False,
        saved: Saved | None = None,
    ) -> None:
        """Begin at the root, or go on where it was saved.

        Args:
            root: What to run.
            stage: The bench.
            diary: Takes steps as they begin and end.
            perseveres: Whether it goes on after a step that failed.
            saved: Where it goes on.

        Raises:
            Refused: `saved` belongs to another plan.
        """
        self._stage = stage
        self._diary = diary
        self._perseveres = perseveres
        self._frames: list[_Frame] = []
        self._node: Node | None = None
        self._runner: Runner | None = None
        self._step_started = 0
        self._step_began = 0
        self._time = 0
        self._last: int | None = None
        self._is_ordered_on = False
        self.planned_stop = ""
        """Id of the planned stop that it has just come to; empty: none."""
        self.expected_done = 0.0
        """Sum of the estimates of what has ended, s."""
        stage.kept.update(_kept(root, stage))
        if saved is None:
            self._enter(root)
        else:
            self._restore(root, saved)

    def tick(self) -> Outcome:
        """Advance by one scan; HOLD: the operator has to look before it goes on."""
        now = self._stage.now
        if self._last is not None:
            self._time += now - self._last
        self._last = now
        for _ in range(MOST_PER_SCAN):
            if self._runner is None and not self._next():
                return Outcome.DONE
            if self._runner is None:
                continue
            outcome = self._tick_step(self._runner)
            if outcome is Outcome.RUNNING:
                return outcome
            if outcome is Outcome.PLANNED_STOP and self._node is not None:
                self.planned_stop = self._node.head.id
            self._end_step("failed" if outcome is Outcome.FAILED else "done")
            if outcome in ENDING_A_SCAN:
                return outcome
            if outcome is Outcome.FAILED and not self._perseveres:
                self._leave_all()
                return outcome
        return Outcome.RUNNING

    def interrupt(self) -> None:
        """Learn that the sequence is held: its time stands still until the next tick."""
        self._last = None
        if self._runner is not None:
            self._runner.interrupt()

    def go_on(self) -> None:
        """Have the running step end with the next scan, as if its time were over.

        Raises:
            Refused: it is none that may be cut short.
        """
        node = self._node
        if not _is_skippable(node):
            step = "" if node is None else node.head.id
            raise Refused("stops.not-skippable", step=step)
        self._is_ordered_on = True

    def abandon(self) -> None:
        """End the running step and all containers: the sequence will not go on."""
        if self._runner is not None:
            self._end_step("stopped")
        self._leave_all()

    def saved(self) -> Saved:
        """Return where it is, to go on from there."""
        stage, running = self._stage, self._runner
        return Saved(
            frames=tuple(
                SavedFrame(frame.node.head.id, frame.child, frame.turn, frame.demands)
                for frame in self._frames
            ),
            step="" if self._node is None else self._node.head.id,
            time=self._time,
            began=0 if running is None else self._step_began,
            work={} if running is None else running.save(),
            expected_done=self.expected_done,
            approaches=dict(stage.approaches),
            means={point: tuple(windows) for point, windows in stage.means.items()},
            remarks=tuple(stage.remarks),
            planned_stop=self.planned_stop,
        )

    @property
    def rests_for(self) -> int:
        """For how long it changes nothing by itself, ns; 0: it may with the next scan."""
        running = self._runner
        has_begun = self._step_started < self._stage.now and not self._is_ordered_on
        return running.rests_for(self._time) if has_begun and isinstance(running, Resting) else 0

    @property
    def place(self) -> Place:
        """Where it is among its steps."""
        running = self._runner
        return Place(
            self._node,
            (self._time - self._step_began) / 1e9,
            tuple(Inside(frame.node, frame.child, frame.turn) for frame in self._frames),
            running.found if isinstance(running, StabiliseRunner) else (),
        )

    @property
    def position(self) -> Position:
        """Where the sequence is."""
        turns = tuple(
            (frame.turn, frame.node.times)
            for frame in self._frames
            if isinstance(frame.node, RepeatNode)
        )
        if self._node is None or self._runner is None:
            return Position(turns=turns)
        head = self._node.head
        titled = [head, *(frame.node.head for frame in reversed(self._frames))]
        title = next((h.title for h in titled if h.title.en), Bilingual(""))
        return Position(
            id=head.id,
            kind=head.kind,
            title=title,
            phase=self._runner.phase,
            elapsed=(self._time - self._step_began) / 1e9,
            expected=head.estimate.seconds,
            turns=turns,
            is_skippable=_is_skippable(self._node),
        )

    def _tick_step(self, running: Runner) -> Outcome:
        if self._is_ordered_on:
            self._is_ordered_on = False
            self._stage.note("info", self._node.head.id if self._node else "", "stops.ordered-on")
            return Outcome.DONE
        try:
            return running.tick(self._stage, self._time)
        except Refused as error:  # a demand that only run time could know is out of range
            source = self._node.head.id if self._node else ""
            self._stage.diary.note("error", source, error.message)
            return Outcome.FAILED

    def _next(self) -> bool:
        """Go to the next step; whether there is one (a container entered counts)."""
        while self._frames:
            frame = self._frames[-1]
            if frame.child < len(frame.node.body):
                child = frame.node.body[frame.child]
                frame.child += 1
                self._begin(child)
                return True
            node = frame.node
            if isinstance(node, RepeatNode):
                self._stage.count(node.counts)
                if node.body and frame.turn < node.times:
                    frame.turn += 1
                    frame.child = 0
                    frame.mark(self._stage.demands)
                    continue
            self._leave()
        return False

    def _begin(self, node: Node) -> None:
        head = node.head
        if head.when is not None and not self._stage.holds(head.when):
            now = self._stage.now
            self._diary.step(
                StepRecord(head.id, head.kind, _path(self._frames, head), now, now, "skipped")
            )
            self.expected_done += head.estimate.seconds
            return
        if isinstance(node, SequenceNode | RepeatNode):
            self._enter(node)
        else:
            self._begin_step(node)

    def _begin_step(self, node: Node) -> Runner:
        self._stage.limit_switch(node.head.limits, is_on=True)
        self._node, self.planned_stop = node, ""
        self._runner = running = runner(node)
        self._step_started = self._stage.now
        self._step_began = self._time
        self._diary.begin_step(_begun(self._frames, node.head, self._stage.now))
        return running

    def _end_step(self, outcome: str) -> None:
        node, self._node, self._runner = self._node, None, None
        if node is None:
            return
        head = node.head
        self._stage.limit_switch(head.limits, is_on=False)
        self._record(head, self._step_started, outcome)
        self.expected_done += head.estimate.seconds
        if isinstance(node, CycleNode) and outcome == "done":
            self._stage.count(node.counts)

    def _restore(self, root: SequenceNode, saved: Saved) -> None:
        containers, running = located(root, saved)
        stage = self._stage
        stage.approaches = dict(saved.approaches)
        stage.means = {name: list(windows) for name, windows in saved.means.items()}
        stage.remarks = list(saved.remarks)
        self._time, self.expected_done = saved.time, saved.expected_done
        self.planned_stop = saved.planned_stop
        for node, at in zip(containers, saved.frames, strict=True):
            self._enter(node)
            frame = self._frames[-1]
            frame.child, frame.turn, frame.demands = at.child, at.turn, at.demands
        if isinstance(running, MeasureNode | PerformNode) and running.name is not None:
            self._settle_again(running.head.id, running.name)
        elif running is not None:
            try:
                self._begin_step(running).restore(saved.work)
            except (KeyError, TypeError, ValueError) as error:
                raise unreadable(error) from error
            self._step_began = saved.began

    def _settle_again(self, own: str, name: str) -> None:
        """Go back to what settles a measurement that was cut off: it is void."""
        frame = self._frames[-1]
        back = settling(frame.node.body, frame.child - 1)
        frame.child = frame.child - 1 if back is None else back
        again = frame.node.body[frame.child].head.id
        if back is None:
            self._stage.note("warning", own, "resume.measured-anew", point=name)
        else:
            self._stage.note("info", own, "resume.settled-again", point=name, step=again)

    def _enter(self, node: SequenceNode | RepeatNode) -> None:
        self._stage.limit_switch(node.head.limits, is_on=True)
        self._diary.begin_step(_begun(self._frames, node.head, self._stage.now))
        self._frames.append(_Frame(node, self._stage.now))
        self._frames[-1].mark(self._stage.demands)

    def _leave(self, outcome: str = "done") -> None:
        frame = self._frames.pop()
        self._stage.limit_switch(frame.node.head.limits, is_on=False)
        self._record(frame.node.head, frame.started, outcome)

    def _leave_all(self) -> None:
        while self._frames:
            self._leave("stopped")

    def _record(self, head: Head, started: int, outcome: str) -> None:
        path = _path(self._frames, head)
        self._diary.step(StepRecord(head.id, head.kind, path, started, self._stage.now, outcome))


def _path(frames: Sequence[_Frame], head: Head) -> str:
    return "/".join([*(frame.node.head.id for frame in frames), head.id])


def _begun(frames: Sequence[_Frame], head: Head, now: int) -> StepBegun:
    return StepBegun(head.id, _path(frames, head), now)


def _is_skippable(node: Node | None) -> bool:
    return isinstance(node, HoldNode | WaitNode) and node.is_skippable


def _kept(root: SequenceNode, stage: Stage) -> dict[str, frozenset[str]]:
    """Return point → channels that cycles depend on: those their demands are named like."""
    kept: dict[str, frozenset[str]] = {}
    for node in walk(root):
        if isinstance(node, CycleNode) and node.points is not None:
            names = {stage.demands.points[index].name for index in node.columns.values()}
            kept[node.points] = kept.get(node.points, frozenset()) | names
    return kept
