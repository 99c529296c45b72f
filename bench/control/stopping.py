"""The end of a run: the object's safe sequence, every safe value once more, and time to arrive."""

from __future__ import annotations

from dataclasses import dataclass

from bench.clock import SECOND
from bench.control.course import Course, Phase
from bench.control.demands import Demands
from bench.control.left_stop import LeftStop
from bench.control.outcome import Outcome
from bench.errors import Refused
from bench.messages import Message
from bench.plan import Plan

SETTLE = 1 * SECOND
"""Time between the last safe demand and the end of the run: it must reach the object."""


@dataclass(frozen=True)
class Stop:
    """Why the sequence ends before its end, or that it has ended."""

    state: str
    """``completed``, ``stopped``, ``limit``, ``operator``, ``error``."""
    message: Message | None
    """Why."""
    is_hard: bool
    """Whether the hard-stop sequence runs."""


class Stopping:
    """The stops of one run: one, or a hard one that pre-empts a soft one."""

    def __init__(self, plan: Plan, course: Course, demands: Demands) -> None:
        self.reason: Stop | None = None
        """Why the run ended: what came first; but a run is not complete that was stopped later."""
        self.safe_at: int | None = None
        """When the last safe value was demanded, ns; None: not yet."""
        self.is_hard = False
        """Whether the newest is a hard one."""
        self._plan = plan
        self._course = course
        self._demands = demands

    @property
    def has_begun(self) -> bool:
        """Whether the object is being made safe, or has been."""
        return self.reason is not None

    def begin(self, stop: Stop, left: LeftStop | None = None) -> None:
        """Run the safe sequence of a stop; a hard stop that runs already goes on.

        Args:
            stop: Why, and which.
            left: A stop that was broken off; one of the same kind goes on there.
        """
        if self.reason is None or self.reason.state == "completed":
            self.reason = stop
        if self.is_hard:
            return
        self.is_hard, self.safe_at = stop.is_hard, None
        phase = Phase.HARD_STOP if stop.is_hard else Phase.SOFT_STOP
        root = self._plan.hard_stop if stop.is_hard else self._plan.soft_stop
        if left is not None and left.phase == phase.value:
            try:
                self._course.end(phase, root, left)
            except Refused:  # its place is not found: better from the beginning than not at all
                self._course.end(phase, root)
        else:
            self._course.end(phase, root)

    def begin_again(self, stop: Stop, left: LeftStop | None) -> None:
        """Run a safe sequence, whatever has been through before."""
        self.is_hard = False
        self.begin(stop, left)

    def tick(self, now: int) -> bool:
        """Advance by one scan (ns); return whether the object is safe."""
        if self.safe_at is not None:
            return now - self.safe_at >= SETTLE
        if self._course.tick() is Outcome.DONE:
            self._demands.make_safe()
            self.safe_at = now
        return False
