"""What a bench does: its state, which sequence owns the demands, and what pre-empts what.

It knows no clock and no row: the loop tells it what the limits call for, and has it advance by one
scan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from bench.control.course import Course, Phase
from bench.control.demands import Demands
from bench.control.easing import Easing
from bench.control.left_stop import LeftStop
from bench.control.logbook import Logbook
from bench.control.manual import ManualRamps
from bench.control.outcome import Outcome
from bench.control.saved import Saved
from bench.control.stage import Stage
from bench.control.states import ACTUATING, Cause, State, next_state
from bench.control.stopping import Stop, StopKind, Stopping
from bench.errors import Refused
from bench.messages import Message
from bench.model import BenchModel
from bench.plan import Plan
from bench.record.port import AS_PLANNED, PLANNED_STOP
from bench.safeguard import Limit, Reaction
from bench.safety.reactions import NOTHING, Arbiter, Decision

_NOTHING: Mapping[str, float] = MappingProxyType({})
_CAUSES = {
    StopKind.SOFT: Cause.SOFT_STOP,
    StopKind.HARD: Cause.HARD_STOP,
    StopKind.PEOPLE_FIRST: Cause.PEOPLE_FIRST,
}


class Conduct:
    """One bench, and the run of one plan after the other."""

    def __init__(self, model: BenchModel, demands: Demands, log: Logbook, period: int) -> None:
        self.model = model
        self.demands = demands
        self.log = log
        """What the run leaves behind."""
        self.state = State.OFF
        self.is_finished = False
        """Whether this run is through and the bench is safe."""
        self.is_trip_wanted = False
        """Whether a limit wants the hardwired chain to open."""
        self.left: LeftStop | None = None
        """A safe sequence that was broken off before this program began; a person may go on."""
        self.plan: Plan
        self.stage: Stage
        self.course: Course
        self.stopping: Stopping
        self._manual = ManualRamps(demands)
        self._period = period
        self._arbiter = Arbiter(())
        self._is_unloaded = False
        self._is_held_after = False

    def take(self, plan: Plan, stage: Stage) -> None:
        """Forget the run before, and take a plan with the bench as its steps see it."""
        self.plan, self.stage = plan, stage
        easing = Easing(stage, self._period)
        self.course = Course(plan, stage, self.log, easing)
        self.stopping = Stopping(plan, self.course, self.demands)
        self._arbiter = Arbiter(plan.recoveries)
        self._manual.clear()
        self.is_finished = self._is_unloaded = self._is_held_after = False

    @property
    def stop(self) -> Stop | None:
        """Why the run has ended or ends; None: it goes on."""
        return self.stopping.reason

    @property
    def is_actuating(self) -> bool:
        """Whether demands may reach an instrument; in TRIPPED: while the hard stop runs."""
        if self.state is State.TRIPPED:
            return self.stopping.has_begun and not self.is_finished
        return self.state in ACTUATING

    @property
    def is_stopping_hard(self) -> bool:
        """Whether a hard stop runs, or a higher one."""
        return self.stopping.is_hard and self.is_actuating

    @property
    def holding(self) -> str:
        """How far a hold is: ``entering``, ``held``, ``exiting``; empty: nothing is held."""
        if self.state is not State.HOLDING:
            return ""
        return "exiting" if self.course.is_returning else self.course.easing.phase or "entering"

    def change(self, cause: Cause) -> None:
        """Go to another state.

        Raises:
            Refused: the cause leads nowhere from here.
        """
        before, self.state = self.state, next_state(self.state, cause)
        if self.state in ACTUATING or cause is Cause.MAKE_SAFE:
            self.left = None
        told = {"before": before.value, "after": self.state.value, "cause": cause.value}
        self.log.note("info", "bench", Message("control.state", told))

    def begin(self, saved: Saved | None = None, *, demands: Mapping[str, float] = _NOTHING) -> None:
        """Start the plan from the object's safe values.

        Args:
            saved: Where it goes on, after its re-entry; None: it begins at its beginning.
            demands: What was demanded there, by name, SI.

        Raises:
            Refused: not from here, or it was saved by another plan; nothing moves.
        """
        next_state(self.state, Cause.START)
        self.course.begin(saved, demands)
        self.change(Cause.START)
        self.demands.make_safe()

    def hold(self) -> None:
        """Hold the sequence; what a limit has begun goes on, and the sequence is held after it."""
        if self.state is State.HOLDING and self.course.is_returning:
            self.course.is_returning = False
            return
        if self.state is State.AUTOMATIC and self.course.phase in (Phase.RECOVERY, Phase.UNLOAD):
            self._is_held_after = True
            return
        self.change(Cause.HOLD)
        self.course.interrupt()

    def resume(self) -> None:
        """Go on with the sequence, once its demands are back where they were."""
        next_state(self.state, Cause.RESUME)
        if not self.course.may_go_on:
            raise Refused("control.nothing-to-resume")
        self._is_unloaded = False
        if self.course.go_back():
            self.change(Cause.RESUME)

    def take_over(self) -> None:
        """Have one operator give the demands.

        Raises:
            Refused: not from here, or what a limit has begun is under way.
        """
        next_state(self.state, Cause.TAKE_OVER)
        if self.course.is_aside:
            raise Refused("control.reaction-runs", phase=self.course.phase.value)
        is_first = self.state is State.READY
        self.change(Cause.TAKE_OVER)
        if is_first:
            self.demands.make_safe()
        else:
            self.course.interrupt()
        self._is_unloaded = False

    def hand_back(self) -> None:
        """Give the demands back to the sequence, which is held."""
        self.change(Cause.HAND_BACK)
        self._manual.clear()

    def set_demands(self, values: Mapping[int, float], seconds: float) -> None:
        """Take demands (by index, SI) to values by hand, all in the same time (s).

        Raises:
            Refused: they are not given by hand now, or one may not be demanded.
        """
        if self.state is not State.MANUAL:
            raise Refused("control.not-manual", state=self.state.value)
        self._manual.begin(values, seconds, self.stage.now)

    def begin_stop(self, stop: Stop, *, is_asked: bool = False) -> None:
        """End the sequence and run the object's safe sequence; a higher one pre-empts a lower one.

        Args:
            stop: Why, and which.
            is_asked: Whether a person wants it: then it runs where no run has the bench, too; in
                TRIPPED it is a hard one.

        Raises:
            Refused: no instrument is connected, or the object has no such sequence.
        """
        if stop.is_people_first and self.plan.people_first is None:
            raise Refused("stops.no-people-first", object=self.model.object.kind)
        if self.is_actuating:
            is_stopping = self.state in (State.STOPPING, State.TRIPPED)
            if is_stopping and stop.kind <= self.stopping.kind:
                return
            if self.state is not State.TRIPPED:
                cause = Cause.COMPLETE if stop.state in AS_PLANNED else _CAUSES[stop.kind]
                self.change(cause)
            self._manual.clear()
            self.stopping.begin(stop)
        elif is_asked:
            left, is_hard = self.left, stop.is_hard or self.state is State.TRIPPED
            self.change(Cause.MAKE_SAFE)
            self.is_finished = False
            self.stopping.begin_again(replace(stop, is_hard=is_hard), left)

    def react(self, due: Sequence[Limit]) -> None:
        """Do what the highest of the reactions that are due calls for, unless it is done already.

        Args:
            due: Limits whose reaction is due, the highest first.
        """
        if not due or self.state not in ACTUATING:
            return
        decision = self._arbiter.decide(due, self._engaged())
        if decision is None:
            return
        reaction, limit = decision.reaction, decision.limit
        if reaction >= Reaction.SOFT_STOP:
            self.is_trip_wanted |= reaction is Reaction.TRIP
            reason = Message("control.limit", {"limit": limit.id, "text": limit.text})
            self.begin_stop(Stop("limit", reason, is_hard=reaction >= Reaction.HARD_STOP))
        elif reaction >= Reaction.RECOVER:
            self._turn_aside(decision)
        else:
            self.hold()

    def advance(self) -> None:
        """Advance what owns the demands by one scan."""
        if self.state is State.AUTOMATIC:
            self._go_on()
        elif self.state is State.HOLDING:
            if not self.course.is_returning:
                self.course.easing.ease()
            elif self.course.go_back():
                self.change(Cause.RESUME)
        elif self.state is State.MANUAL:
            for reason in self._manual.tick(self.stage.now):
                self.log.note("warning", "operator", reason)
        elif self.is_actuating and self.stopping.tick(self.stage.now):
            if self.state is State.STOPPING:
                self.change(Cause.STOPPED)
            self.is_finished = True

    def _engaged(self) -> Reaction:
        """Return the reaction that is being done already."""
        if self.state is State.STOPPING:
            if self.is_trip_wanted:
                return Reaction.TRIP
            return Reaction.HARD_STOP if self.stopping.is_hard else Reaction.SOFT_STOP
        if self.state is State.AUTOMATIC and self.course.is_aside:
            return {
                Phase.RECOVERY: Reaction.RECOVER, Phase.UNLOAD: Reaction.UNLOAD,
            }.get(self.course.phase, NOTHING)  # fmt: skip
        if self.state is State.HOLDING and self.course.is_returning:
            return NOTHING
        if self._is_unloaded:
            return Reaction.UNLOAD
        return NOTHING if self.state is State.AUTOMATIC else Reaction.HOLD

    def _turn_aside(self, decision: Decision) -> None:
        """Run a recovery or the unload in the place of what owns the demands."""
        limit, is_recovery = decision.limit, decision.reaction is Reaction.RECOVER
        if self.course.phase is not Phase.RECOVERY:
            self._is_held_after = self.state is not State.AUTOMATIC
        self.change(Cause.RECOVER if is_recovery else Cause.UNLOAD)
        self._manual.clear()
        told: dict[str, object] = {"limit": limit.id, "text": limit.text}
        if is_recovery:
            self._arbiter.count(limit)
            told |= {"recovery": limit.recovery, "try": self._arbiter.tried(limit)}
            told |= {"tries": limit.tries}
            self.log.note("warning", limit.id, Message("control.recovery", told))
            recovery = self.plan.recoveries[limit.recovery]
            self.course.turn_to(Phase.RECOVERY, recovery, perseveres=False)
        else:
            self.log.note("warning", limit.id, Message("control.unload", told))
            self.course.turn_to(Phase.UNLOAD, self.plan.unload, perseveres=True)

    def _go_on(self) -> None:
        """Advance the sequence that owns the demands, and do what its outcome calls for."""
        outcome, phase = self.course.tick(), self.course.phase
        if outcome is Outcome.RUNNING:
            return
        if phase in (Phase.RECOVERY, Phase.UNLOAD):
            self._end_aside(phase, outcome)
        elif outcome is Outcome.HOLD:
            self.hold()
        elif outcome is Outcome.FAILED:
            failed = Message("control.step-failed")
            self.begin_stop(Stop("stopped", failed, is_hard=False))
        elif phase is Phase.RE_ENTRY:
            self.course.turn_back()
        elif outcome is Outcome.PLANNED_STOP:
            self.begin_stop(Stop(PLANNED_STOP, Message("chain.planned-stop"), is_hard=False))
        else:
            self.begin_stop(Stop("completed", None, is_hard=False))

    def _end_aside(self, phase: Phase, outcome: Outcome) -> None:
        """Go on after a recovery or an unload has ended."""
        if outcome is Outcome.HOLD:
            return  # a protective sequence is not held; the operator looks at it afterwards
        if outcome is Outcome.FAILED:
            self.course.turn_to(Phase.UNLOAD, self.plan.unload, perseveres=True)
            return
        self.course.turn_back()
        self._is_unloaded = phase is Phase.UNLOAD
        if self._is_unloaded or self._is_held_after:
            self.change(Cause.HOLD)
            self.course.is_returning = False
        self._is_held_after = False


def go_on(bench: Conduct) -> None:
    """Have the running step end that waits for its time or for this order.

    Raises:
        Refused: the running step is none that may be cut short.
    """
    running = bench.course.running
    is_running = bench.state is State.AUTOMATIC or bench.stopping.has_begun
    if running is None or not (bench.is_actuating and is_running):
        raise Refused("stops.nothing-to-order")
    running.go_on()
