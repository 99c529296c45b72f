"""The end of a run: the object's safe sequence, every safe value once more, and time to arrive."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from bench.clock import SECOND
from bench.control.course import Course, Phase
from bench.control.demands import Demands
from bench.control.left_stop import LeftStop
from bench.control.outcome import Outcome
from bench.errors import Refused
from bench.messages import Message
from bench.plan import Plan, SequenceNode
from bench.record.port import AS_PLANNED

SETTLE = 1 * SECOND
"""Time between the last safe demand and the end of the run: it must reach the object."""


class StopKind(IntEnum):
    """Which safe sequence runs; a higher one pre-empts a lower one."""

    NONE = 0
    """None yet."""
    SOFT = 1
    """The object's soft stop."""
    HARD = 2
    """The object's hard stop."""
    PEOPLE_FIRST = 3
    """What protects people and may destroy the object; only a person asks for it."""


@dataclass(frozen=True)
class Stop:
    """Why the sequence ends before its end, or that it has ended."""

    state: str
    """``completed``, ``planned-stop``, ``stopped``, ``limit``, ``operator``, ``error``."""
    message: Message | None
    """Why."""
    is_hard: bool
    """Whether the hard-stop sequence runs."""
    is_people_first: bool = False
    """Whether the object is given up for people's sake."""

    @property
    def kind(self) -> StopKind:
        """Which safe sequence it wants."""
        if self.is_people_first:
            return StopKind.PEOPLE_FIRST
        return StopKind.HARD if self.is_hard else StopKind.SOFT


class Stopping:
    """The stops of one run: one, or a higher one that pre-empts a lower one."""

    def __init__(self, plan: Plan, course: Course, demands: Demands) -> None:
        self.reason: Stop | None = None
        """Why the run ended: what came first; but a run is not complete that was stopped later."""
        self.safe_at: int | None = None
        """When the last safe value was demanded, ns; None: not yet."""
        self.kind = StopKind.NONE
        """Which is the newest."""
        self._plan = plan
        self._course = course
        self._demands = demands

    @property
    def is_hard(self) -> bool:
        """Whether the newest is a hard one, or a higher one."""
        return self.kind >= StopKind.HARD

    @property
    def has_begun(self) -> bool:
        """Whether the object is being made safe, or has been."""
        return self.reason is not None

    def begin(self, stop: Stop, left: LeftStop | None = None) -> None:
        """Run the safe sequence of a stop; one at least as high that runs already goes on.

        Args:
            stop: Why, and which.
            left: A stop that was broken off; one of the same kind goes on there.
        """
        if self.reason is None or self.reason.state in AS_PLANNED:
            self.reason = stop
        if stop.kind <= self.kind:
            return
        phase, root = self._sequence(stop)
        self.kind, self.safe_at = stop.kind, None
        self._demands.begin_stop()
        if left is not None and left.phase == phase.value:
            try:
                self._course.end(phase, root, left)
            except Refused:  # its place is not found: better from the beginning than not at all
                self._course.end(phase, root)
        else:
            self._course.end(phase, root)

    def begin_again(self, stop: Stop, left: LeftStop | None) -> None:
        """Run a safe sequence, whatever has been through before."""
        self.kind = StopKind.NONE
        self.begin(stop, left)

    def tick(self, now: int) -> bool:
        """Advance by one scan (ns); return whether the object is safe."""
        if self.safe_at is not None:
            return now - self.safe_at >= SETTLE
        if self._course.tick() is Outcome.DONE:
            self._demands.end_stop()
            self.safe_at = now
        return False

    def _sequence(self, stop: Stop) -> tuple[Phase, SequenceNode]:
        plan = self._plan
        if stop.is_people_first and plan.people_first is not None:
            return Phase.PEOPLE_FIRST, plan.people_first
        if stop.kind > StopKind.SOFT:
            return Phase.HARD_STOP, plan.hard_stop
        return Phase.SOFT_STOP, plan.soft_stop
