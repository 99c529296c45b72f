"""The scan cycle: collect, judge, advance the sequence, send demands, record.

One `Loop` owns one open bench. `scan` does one cycle; what stands between two cycles (waiting, or
virtual time) is the pace's. Safety stands above the sequence and never waits behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.clock import MILLISECOND, SECOND, Clock
from bench.control.demands import Demands
from bench.control.limit_news import LimitNews
from bench.control.logbook import Logbook
from bench.control.outcome import Outcome
from bench.control.pace import Pace
from bench.control.programme import Programme
from bench.control.sequencer import Position, Sequencer
from bench.control.stage import Stage
from bench.control.states import ACTUATING, LOADABLE, Cause, State, next_state
from bench.device import Wiring
from bench.errors import Refused
from bench.messages import Message
from bench.model import BenchModel, OnHold
from bench.plan import Plan
from bench.record.port import Ending
from bench.safeguard import Reaction
from bench.safety.limits import Change, LimitTable
from bench.scan import Row

SETTLE = 1 * SECOND
"""Time between the last safe demand and the end of the run: it must reach the object."""

NOTABLE = 100 * MILLISECOND
"""A scan later than this is worth a warning: the machine is too slow or too busy."""


@dataclass(frozen=True)
class Stop:
    """Why the sequence ends before its end, or that it has ended."""

    state: str
    """``completed``, ``stopped``, ``limit``, ``operator``, ``error``."""
    message: Message | None
    """Why."""
    is_hard: bool
    """Whether the hard-stop sequence runs."""


class Loop:
    """One open bench and the run on it."""

    def __init__(
        self,
        model: BenchModel,
        programme: Programme,
        wiring: Wiring,
        *,
        clock: Clock,
        pace: Pace,
        period: int,
    ) -> None:
        self.model = model
        self.programme = programme
        """What is carried out."""
        self.log = Logbook(clock)
        """What the run leaves behind."""
        self.state = State.OFF
        self.stop: Stop | None = None
        """Set once the sequence ends, for whatever reason."""
        self.is_finished = False
        """Whether the safe sequence is through and the bench may be closed."""
        self.late = 0
        """Scans that began later than one period after they were due."""
        self.latest = 0
        """How late the latest of them began, ns."""
        self._clock = clock
        self._pace = pace
        self._period = period
        self._wiring = wiring
        self._due = clock.now()
        self.row: Row = programme.scan.row
        """The newest scan; the same object for ever."""
        self.demands = Demands(model, wiring.instruments, self.row, pace.wake)
        self.stage = self._new_stage()
        """The bench as the programme's steps see it."""
        self.sequencer: Sequencer | None = None
        self._safe_sequencer: Sequencer | None = None
        self._safe_at: int | None = None
        self._heartbeat = 0
        self._stops: list[Stop] = []
        self.news = LimitNews(programme.limits, self.row, model.index, self.log)
        """What is told of limits."""

    @property
    def plan(self) -> Plan:
        """What is carried out."""
        return self.programme.plan

    @property
    def limits(self) -> LimitTable:
        """The limits that are judged."""
        return self.programme.limits

    def load(self, programme: Programme) -> None:
        """Take another programme; the row, what is violated and what is demanded stay.

        Raises:
            Refused: something may actuate.
        """
        if self.state not in LOADABLE:
            raise Refused("control.no-loading", state=self.state.value)
        programme.take_over(self.programme)
        self.programme = programme
        self.news.load(programme.limits)
        self.stage = self._new_stage()
        self.sequencer = self._safe_sequencer = None
        self._stops.clear()
        self.stop, self._safe_at, self.is_finished = None, None, False

    def scan(self) -> Row:
        """Let time pass until the next scan is due, and do it."""
        self._due += self._period
        now = self._clock.now()
        if now > self._due + self._period:
            self.late += 1
            self.latest = max(self.latest, now - self._due)
            self._due = now
        self._pace.advance(self._due)
        now = self._clock.now()
        row = self.programme.scan.collect(now)
        self.stage.now = now
        self._react(self.limits.judge(row))
        self._advance()
        self.demands.send(urgent=self._is_stopping_hard)
        self._beat()
        self._record(row)
        return row

    def change(self, cause: Cause) -> None:
        """Go to another state.

        Raises:
            Refused: the cause leads nowhere from here.
        """
        before = self.state
        self.state = next_state(before, cause)
        if before is State.MONITOR:
            self.news.is_opening = False
        self.log.note(
            "info",
            "bench",
            Message(
                "control.state",
                {"before": before.value, "after": self.state.value, "cause": cause.value},
            ),
        )

    def begin(self) -> None:
        """Start the plan from the object's safe values."""
        self.change(Cause.START)
        self.demands.make_safe()
        self.sequencer = Sequencer(self.plan.root, self.stage, self.log)

    def hold(self) -> None:
        """Hold the sequence."""
        self.change(Cause.HOLD)
        if self.sequencer is not None:
            self.sequencer.interrupt()

    def resume(self) -> None:
        """Go on with the sequence."""
        self.change(Cause.RESUME)

    def begin_stop(self, stop: Stop) -> None:
        """End the sequence and run the object's safe sequence; a hard stop pre-empts a soft one."""
        if self.state is State.STOPPING and (self._is_stopping_hard or not stop.is_hard):
            return
        if self.state not in ACTUATING:
            return
        cause = Cause.HARD_STOP if stop.is_hard else Cause.SOFT_STOP
        if stop.state == "completed":
            cause = Cause.COMPLETE
        self.change(cause)
        for running in (self.sequencer, self._safe_sequencer):
            if running is not None:
                running.abandon()
        self._stops.append(stop)
        self._safe_at = None
        # why it ended is what came first; but a run is not complete that was stopped on its way out
        self.stop = next((each for each in self._stops if each.state != "completed"), stop)
        root = self.plan.hard_stop if stop.is_hard else self.plan.soft_stop
        self.stage.question = None
        self._safe_sequencer = Sequencer(root, self.stage, self.log, perseveres=True)

    def leave(self, stop: Stop) -> None:
        """End where nothing may actuate, so that there is nothing to make safe.

        Raises:
            Refused: something may actuate; it has to be stopped.
        """
        self.change(Cause.DISCONNECT)
        self.stop = stop
        self.is_finished = True

    def close(self, ending: Ending) -> None:
        """Close the recorder and release the links; outputs stay as they are."""
        if self.late:
            worst = round(self.latest / MILLISECOND)
            late = Message("control.late-scans", {"scans": self.late, "worst": worst})
            self.log.note("info" if self.latest < NOTABLE else "warning", "bench", late)
        try:
            self.log.close(ending)
        finally:
            self._pace.close()

    @property
    def position(self) -> Position:
        """Where the running sequence is."""
        running = self.sequencer if self._safe_sequencer is None else self._safe_sequencer
        return running.position if running is not None else Position()

    @property
    def _is_stopping_hard(self) -> bool:
        return self.state is State.STOPPING and bool(self._stops) and self._stops[-1].is_hard

    def _advance(self) -> None:
        if self.state is State.AUTOMATIC and self.sequencer is not None:
            outcome = self.sequencer.tick()
            if outcome is Outcome.DONE:
                self.begin_stop(Stop("completed", None, is_hard=False))
            elif outcome is Outcome.FAILED:
                failed = Message("control.step-failed")
                self.begin_stop(Stop("stopped", failed, is_hard=False))
            elif outcome is Outcome.HOLD:
                self.hold()
        elif self.state is State.HOLDING:
            self._ease()
        elif self.state is State.STOPPING:
            self._stop_on()

    def _ease(self) -> None:
        """Take the demands that shall not stay to their safe values while held."""
        for index, point in enumerate(self.model.demands):
            current = self.demands.values[index]
            if point.on_hold is not OnHold.SAFE or not self.demands.is_meant(index):
                continue
            if current != point.safe:
                step = point.gradient * self._period / SECOND
                difference = point.safe - current
                move = min(max(difference, -step), step)
                self.demands.set(index, point.safe if move == difference else current + move)

    def _stop_on(self) -> None:
        if self._safe_sequencer is not None and self._safe_at is None:
            if self._safe_sequencer.tick() is not Outcome.DONE:
                return
            self.demands.make_safe()
            self._safe_at = self.stage.now
        elif self._safe_at is not None and self.stage.now - self._safe_at >= SETTLE:
            self.change(Cause.STOPPED)
            self.is_finished = True

    def _react(self, changes: Sequence[Change]) -> None:
        self.news.take(changes)
        if not self.limits.are_violated or self.state not in ACTUATING:
            self.stage.flagged = set()
            return
        active = self.limits.active()
        self.stage.flagged = {limit.id for limit in active if limit.reaction >= Reaction.FLAG}
        worst = active[0]
        if worst.reaction >= Reaction.SOFT_STOP:
            is_hard = worst.reaction >= Reaction.HARD_STOP
            reason = Message("control.limit", {"limit": worst.id, "text": worst.text})
            self.begin_stop(Stop("limit", reason, is_hard=is_hard))
        elif worst.reaction is Reaction.HOLD and self.state is State.AUTOMATIC:
            self.hold()

    def _new_stage(self) -> Stage:
        wiring, wake = self._wiring, self._pace.wake
        stage = Stage(self.model, self.row, self.demands, wiring.instruments, self.log, wake=wake)
        stage.limit_switch = self.programme.switch
        return stage

    def _beat(self) -> None:
        if self.model.safety.heartbeat is not None:
            instrument, index = self.model.safety.heartbeat
            self._heartbeat = (self._heartbeat + 1) % 256
            self._wiring.instruments[instrument].demand(index, float(self._heartbeat))

    def _record(self, row: Row) -> None:
        count = self.programme.scan.recorded
        self.log.row(row.time, row.values[:count], row.codes[:count])
        trouble = self.log.trouble()
        if trouble is not None:  # disk full: the object is made safe
            self.log.note("error", "recorder", trouble)
            self.begin_stop(Stop("error", trouble, is_hard=False))
