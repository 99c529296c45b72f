"""The scan cycle: collect, judge, advance the sequence, send demands, record.

One `Loop` owns one open bench, and takes one programme after the other. `scan` does one cycle; what
stands between two cycles (waiting, or virtual time) is the pace's. Safety stands above the
sequence and never waits behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from bench.clock import MILLISECOND, Clock
from bench.control.conduct import Conduct
from bench.control.counters import Counters
from bench.control.demands import Demands
from bench.control.incident_capture import IncidentCapture
from bench.control.limit_news import LimitNews
from bench.control.logbook import Logbook
from bench.control.pace import Pace
from bench.control.position import Position
from bench.control.programme import Programme
from bench.control.pulse import JUDGING, SCAN, Pulse
from bench.control.sequencer import Sequencer
from bench.control.signals import Signals
from bench.control.stage import Stage
from bench.control.states import LOADABLE, Cause, State
from bench.control.stopping import SETTLE, Stop
from bench.control.stretching import Stretching, rest_of
from bench.control.timing import Timing
from bench.errors import Refused
from bench.messages import Message
from bench.model import BenchModel
from bench.opener import Wiring
from bench.record.port import Bookmark, Ending
from bench.safeguard import Limit, Reaction
from bench.safety.alarms import AlarmBook, value_shown
from bench.safety.chain import ChainWatch
from bench.safety.limits import LimitTable
from bench.scan import Row

__all__ = ["SETTLE", "Loop", "Stop"]

BOOKMARK_PERIOD = 700 * MILLISECOND
"""How often a run says where it is: with the time until it is on the disk, no counter loses more
than a second."""

OBSERVING = frozenset({State.MONITOR, State.READY})
"""States in which values may be forced: nothing follows from them."""


class Loop(Conduct):
    """One open bench and what it carries out."""

    def __init__(
        self,
        model: BenchModel,
        programme: Programme,
        wiring: Wiring,
        *,
        clock: Clock,
        pace: Pace,
        period: int,
        counts: Mapping[str, float] = MappingProxyType({}),
        stretching: Stretching | None = None,
        bookmarks: int = BOOKMARK_PERIOD,
    ) -> None:
        """Prepare a bench that is not connected yet.

        Args:
            model: The bench.
            programme: What it carries out first.
            wiring: Its instruments and their links.
            clock: Its time.
            pace: Who serves the links.
            period: Time between two scans, ns.
            counts: Counter → count so far, SI.
            stretching: Lets time leap where nothing happens; None: it never does.
            bookmarks: How often a run says where it is, ns; where a step begins it does so anyway.
        """
        self.programme = programme
        """What is carried out."""
        self.row: Row = programme.scan.row
        """The newest scan; the same object for ever."""
        log = Logbook(clock)
        super().__init__(
            model, Demands(model, wiring.instruments, self.row, pace.wake), log, period
        )
        self.timing = Timing(clock, period, model.index)
        """How late the scans are."""
        self._clock = clock
        self._pace = pace
        self._wiring = wiring
        self._stretching = stretching
        self._chain = ChainWatch(model.safety.closed)
        self.pulse = Pulse(model, wiring.workers, wiring.instruments, log, period)
        """The heartbeat."""
        self.alarms = AlarmBook(self.limits.limits, partial(value_shown, model))
        """What people are told of limits."""
        self.news = LimitNews(self.alarms, self.limits, self.row, model.index, log)
        """How it gets there."""
        self._capture = IncidentCapture(model, wiring.instruments, log, pace.wake)
        self.is_silent = False
        """Whether the heartbeat is left out to prove that it is missed; in MONITOR only."""
        self._signals = Signals(model.safety, wiring.instruments)
        self._bookmarks, self._bookmark_due = bookmarks, 0
        self._is_told = False  # where the run is
        programme.counters.values.update(counts)
        self._take()

    @property
    def limits(self) -> LimitTable:
        """The limits that are judged."""
        return self.programme.limits

    @property
    def counters(self) -> Counters:
        """What the object accumulates."""
        return self.programme.counters

    @property
    def sequencer(self) -> Sequencer | None:
        """The plan's sequence, once it has begun."""
        return self.course.sequence

    @property
    def position(self) -> Position:
        """Where the running sequence is; while it is held: how far the hold is."""
        position = self.course.position
        return replace(position, phase=self.holding) if self.holding else position

    @property
    def phase(self) -> str:
        """Which sequence runs; empty: none."""
        return self.course.phase.value

    @property
    def forced(self) -> Mapping[int, float]:
        """Channel index → value it is forced to, SI."""
        return self.programme.scan.forced

    def load(self, programme: Programme) -> None:
        """Take another programme; the row, what is violated and what is demanded stay.

        Raises:
            Refused: something may actuate.
        """
        if self.state not in LOADABLE or self.is_actuating:
            raise Refused("control.no-loading", state=self.state.value)
        programme.take_over(self.programme)
        self.programme = programme
        self.alarms.load(programme.limits.limits)
        self.news.load(programme.limits)
        self._take()

    def scan(self) -> Row:
        """Let time pass until the next scan is due, and do it."""
        if self._stretching is not None:
            rests_for = rest_of(self, self.row, self.limits, self._wiring.instruments)
            self.timing.leap(self._stretching.leap(self.stage.now, rests_for))
        self._pace.advance(self.timing.next())
        now, leapt = self._clock.now(), self._pace.leapt
        self.timing.show(self.row, now)
        programme = self.programme
        row = programme.scan.collect(now, leapt)
        self.timing.refresh(row)
        self.stage.now = now
        self.pulse.report(SCAN, now - leapt)
        self._watch_chain(row)
        due = self._judge(row)
        self.pulse.report(JUDGING, now - leapt)
        self.react(due)
        self.advance()
        self.demands.send(urgent=self.is_stopping_hard)
        self._capture.look(self.alarms.incident)
        self._beat(now - leapt, due)
        programme.counters.take(row)
        self._record(row)
        if programme.scan.fast:
            self.log.take_rows(programme.scan.fast, leapt)
        return row

    def change(self, cause: Cause) -> None:
        """Go to another state.

        Raises:
            Refused: the cause leads nowhere from here.
        """
        before = self.state
        super().change(cause)
        # a chain that is open when the bench connects says nothing of instruments still to answer
        if before is State.MONITOR and cause is not Cause.TRIP and self.news.is_opening:
            self.news.end_opening()
        if self.state not in OBSERVING:
            for index in list(self.forced):
                self.force(index, None)

    def force(self, index: int, value: float | None) -> None:
        """Show a value (SI) for a channel, marked BAD, until MONITOR or READY is left.

        Args:
            index: Channel.
            value: What to show; None: what is measured again.

        Raises:
            Refused: more than looking goes on.
        """
        if value is not None and self.state not in OBSERVING:
            raise Refused("control.no-forcing", state=self.state.value)
        channel = self.model.channels[index]
        self.programme.scan.force(index, value)
        told: dict[str, object] = {"channel": channel.name}
        if value is None:
            self.log.note("info", channel.name, Message("control.force-ended", told))
        else:
            told["value"] = channel.shown_unit.shown(value)
            self.log.note("warning", channel.name, Message("control.forced", told))

    def reset(self, who: str) -> None:
        """Let the bench go: from TRIPPED to SAFE once the chain is closed, from SAFE to MONITOR.

        Raises:
            Refused: the chain is open, the hard stop still runs, or there is nothing to let go.
        """
        if self.state is State.TRIPPED:
            if not self._chain.is_closed:
                raise Refused("control.chain-still-open")
            if self.is_actuating:
                raise Refused("control.still-stopping")
        self.change(Cause.LEAVE if self.state is State.SAFE else Cause.RESET)
        self.log.note("info", "bench", Message("control.reset", {"who": who or "operator"}))

    def leave(self, stop: Stop) -> None:
        """End where nothing may actuate, so that there is nothing to make safe.

        Raises:
            Refused: something may actuate; it has to be stopped.
        """
        if self.state is State.TRIPPED and self.is_actuating:
            raise Refused("control.still-stopping")
        self.change(Cause.DISCONNECT)
        self.stopping.reason = stop
        self.is_finished = True

    def bookmark(self) -> Bookmark:
        """Return where the run is: enough to go on from here."""
        return Bookmark(
            time_ns=self.stage.now,
            utc_ns=self._clock.utc(),
            state=self.state.value,
            phase=self.phase,
            position=self.course.saved(),
            demands=self.course.kept_demands(),
            counters=dict(self.counters.values),
            halted=self.course.halted,
        )

    def close(self, ending: Ending | None) -> None:
        """Close the recorder and release the links; outputs stay as they are.

        Args:
            ending: How the run ended; None: the recorder is left as it is.
        """
        try:
            if ending is not None:
                self.timing.tell(self.log)
                self.news.close_incident()
                self.log.close(ending)
        finally:
            self._pace.close()

    def _take(self) -> None:
        """Begin with the programme."""
        wiring, wake = self._wiring, self._pace.wake
        stage = Stage(self.model, self.row, self.demands, wiring.instruments, self.log, wake=wake)
        stage.now = self._clock.now()
        stage.limit_switch = self.programme.switch
        stage.count = self.counters.add
        self.take(self.programme.plan, stage)
        self.pulse.guard(self.limits.limits, stage.now - self._pace.leapt)

    def _watch_chain(self, row: Row) -> None:
        is_open = self._chain.is_open(row, is_actuating=self.is_actuating)
        if not is_open or self.state in (State.OFF, State.TRIPPED):
            return
        was_actuating, reason = self.is_actuating, Message("control.chain-open")
        self.change(Cause.TRIP)
        self.log.note("error", "bench", reason)
        if was_actuating:
            self._manual.clear()
            self.stopping.begin(Stop("limit", reason, is_hard=True))

    def _judge(self, row: Row) -> Sequence[Limit]:
        """Return the limits whose reaction is due, the highest first."""
        limits = self.programme.limits
        self.news.take(limits.judge(row), row.time, self._clock.utc())
        if not limits.are_violated:
            if self.stage.flagged:
                self.stage.flagged = set()
            return ()
        due = limits.acting(row.time, self.alarms.bypassed)
        self.stage.flagged = {each.id for each in due if each.reaction >= Reaction.FLAG}
        return due

    def _beat(self, now: int, due: Sequence[Limit]) -> None:
        """Show that the bench is alive at a time of the wires, if it is."""
        if self.is_trip_wanted and not self.is_actuating:
            self.is_trip_wanted = any(limit.reaction is Reaction.TRIP for limit in due)
        is_proof = self.is_silent and self.state is State.MONITOR
        self.pulse.is_withheld = self.is_trip_wanted or is_proof
        self.pulse.beat(now, self._pace.served(now))
        self._signals.show(self.alarms)

    def _record(self, row: Row) -> None:
        count, log = self.programme.scan.recorded, self.log
        log.row(row.time, row.values[:count], row.codes[:count])
        trouble = log.trouble()
        if trouble is not None:  # disk full: the object is made safe
            log.note("error", "recorder", trouble)
            self.begin_stop(Stop("error", trouble, is_hard=False))
        for news in self.counters.take_news():
            log.note(*news)
        is_due = row.time >= self._bookmark_due or log.is_step_new
        was_told, self._is_told = self._is_told, self.is_actuating
        is_last = was_told and not self._is_told  # no counter goes back in the next file
        if is_last or (self._is_told and is_due):
            self._bookmark_due = row.time + self._bookmarks
            log.bookmark(self.bookmark())
