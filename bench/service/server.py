"""The bench server: opens a bench, carries a run from connecting to safe, answers clients.

A `BenchServer` keeps one bench open. It begins with one run; a station (`bench.service.station`)
has it take the next one, with a file of its own, between two scans.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from bench.clock import SECOND, Clock, SystemClock, VirtualClock
from bench.control.loop import Loop, Stop
from bench.control.programme import prepare
from bench.control.snapshots import Snapshots
from bench.control.states import Cause, State
from bench.device import SampleQueue
from bench.errors import ConfigError, PowerLost, Refused, RunFileError
from bench.messages import Message
from bench.opener import Power
from bench.record.port import Ending, Recorder
from bench.record.recorder import RunWriter
from bench.service.asking import do, gas_told, told
from bench.service.assembling import loop_of, opened, reason_for, recorder_of
from bench.service.checking import Checking
from bench.service.control import HERE, Control
from bench.service.early_news import EarlyNews
from bench.service.maintaining import Maintaining
from bench.service.opening import Aim, Opening, PreparedRun
from bench.service.order import Order, header_of, path_of
from bench.service.port import Attention, BenchState, Reply
from bench.service.requests import (
    Attest,
    Compare,
    Force,
    HandBack,
    Hold,
    Leave,
    Request,
    Resume,
    RunCheck,
    Sender,
    SetDemands,
    TakeOver,
)
from bench.service.showing import Around, attention_of, state_of
from bench.service.standing import standing

OBSERVED = frozenset({State.MONITOR, State.TRIPPED})
"""States in which a run that is to begin waits, or learns that it cannot."""
WATCHED_IN = frozenset({State.MONITOR, State.TRIPPED})
"""States in which a bench that is only watched is looked after."""


class BenchServer:
    """Keeps a bench open and carries out one order at a time; `step` does one scan."""

    def __init__(
        self,
        order: Order,
        *,
        clock: Clock | None = None,
        stays: bool = False,
        counts: Mapping[str, float] = MappingProxyType({}),
        aim: Aim | None = None,
        power: Power | None = None,
    ) -> None:
        """Open the run file, then the bench; nothing moves.

        Args:
            order: What to carry out.
            clock: The bench's time; None: virtual where it is simulated, else the system's.
            stays: Whether it stays open, watched, though it cannot be recorded.
            counts: Counter → count so far, SI.
            aim: Where the order goes on; None: it begins at its beginning.
            power: What a simulated power cut switches off; None: it cannot be cut.

        Raises:
            RunFileError: the run file cannot be made.
            ConfigError: the rig cannot be simulated.
        """
        self.order = order
        virtual = VirtualClock()
        self.clock: Clock = clock or (virtual if order.is_simulated else SystemClock())
        self.control = Control()
        self.unexplained = ""
        """Run file whose end nobody has explained."""
        self.last: tuple[Path, Ending] | None = None
        """Run file and ending of the last protocol that this server has run before the present."""
        self._stays, self._power = stays, power
        source = order.model.rig_source
        self._rig_file = "" if source is None else str(Path(source.name).absolute())
        self._queue: SampleQueue = deque()
        news = EarlyNews()
        # links open only when their workers are first stepped
        self.wiring = opened(order, self._queue, news, self.clock, power)
        path, header = path_of(order, self.clock), header_of(order, self.clock)
        self.started = header.start_ns
        self._recorder: Recorder = recorder_of(order, path, header, self.clock)
        try:
            self.loop = loop_of(order, self.wiring, self._queue, self.clock, counts)
        except BaseException as error:
            with suppress(RunFileError):  # what the log holds can be recovered
                self._recorder.close(Ending("error", reason_for(error), self.clock.now()))
            raise
        self.checking = Checking(self, stays=stays)
        """The preflight checks."""
        self.maintaining = Maintaining(lambda: self.loop, self.clock)
        """Loop checks and calibrations."""
        self._begin_file(aim)
        news.pass_on(self.loop.log.note)
        if aim is not None:
            _go_on_counting(self.loop, aim)
        self.loop.change(Cause.CONNECT)

    @property
    def path(self) -> Path:
        """The run file."""
        return self._recorder.path

    @property
    def trouble(self) -> Message | None:
        """Why nothing can be recorded into the run file; None: all is well."""
        return self._recorder.trouble

    @property
    def has_begun(self) -> bool:
        """Whether anything has been demanded of the object."""
        return self.loop.sequencer is not None or bool(self.loop.phase) or self.loop.is_actuating

    @property
    def attention(self) -> Attention:
        """Whether the run waits for a person."""
        return attention_of(self.loop)

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended and the object is safe."""
        return self.loop.is_finished

    @property
    def elapsed(self) -> float:
        """Time since the start of the run, s; by the bench's clock."""
        return (self.clock.now() - self.started) / SECOND

    def step(self) -> None:
        """Do one scan.

        Raises:
            Refused: instruments do not answer, or a limit forbids to start.
            PowerLost: a simulated power cut came; nothing is to be done but `abandon`.
        """
        self.snapshots.watch(self.loop.scan())
        if self._power is not None and not self._power.is_on:
            raise PowerLost("chain.power-lost")
        self.checking.tick()
        self.maintaining.tick()
        if self.order.confirms_prompts and self.loop.stage.question is not None:
            self.loop.stage.question.answer = True
        waits = OBSERVED if self.order.is_started else WATCHED_IN
        if self.loop.state in waits:
            self.opening.go_on(is_to_start=self.order.is_started)

    def request(
        self,
        request: Request,
        sender: Sender = HERE,
        instead: Callable[[Request, Sender], bool] = lambda request, sender: False,  # noqa: ARG005 - nobody does
    ) -> Reply:
        """Ask for something; every request and its answer is an event of the run.

        Args:
            request: What is asked.
            sender: Who asks.
            instead: Does what the bench alone cannot, and returns whether it was that; raises
                what `bench.service.asking.do` raises.
        """
        who = sender.name or "client"
        try:
            self.control.check(request, sender)
            if not instead(request, sender):
                self._do(request, sender)
        except (Refused, ConfigError) as error:
            refused = Message("control.refused", told(request, error))
            self.loop.log.note("warning", who, refused)
            return Reply(is_accepted=False, reason=error.message)
        self.loop.log.note("info", who, Message("control.accepted", told(request)))
        return Reply(is_accepted=True)

    def state(self) -> BenchState:
        """Return what the bench is doing."""
        around = Around(
            file=self.path,
            elapsed=self.elapsed,
            control=self.control.holder,
            unexplained=self.unexplained,
            preflight=self.checking.shown(),
            last=self.last,
            has_begun=self.has_begun,
            rig_file=self._rig_file,
            trouble=self.trouble,
            silent=tuple(
                name for name, each in self.wiring.instruments.items() if not each.is_connected
            ),
        )
        return state_of(self.loop, self.order, around)

    def prepared(self, order: Order, aim: Aim | None = None) -> PreparedRun:
        """Return another run on this bench made ready, its file open; in any thread.

        Raises:
            RunFileError: the run file cannot be made.
        """
        programme = prepare(order.model, order.plan, self._queue, period=order.scan_period)
        if not order.is_simulated:
            gc.collect()  # now, while nothing moves
            gc.freeze()
        path, header = path_of(order, self.clock), header_of(order, self.clock)
        recorder = recorder_of(order, path, header, self.clock)
        return PreparedRun(order, programme, recorder, header.start_ns, aim)

    def load(self, run: PreparedRun) -> Recorder:
        """Take another run between two scans; return the recorder of the one before, still open.

        Raises:
            Refused: something may actuate.
        """
        self.loop.load(run.programme)
        before, self._recorder = self._recorder, run.recorder
        self.order, self.started = run.order, run.started
        self.control.note_hold(None)
        self._begin_file(run.aim)
        if run.aim is not None:
            _go_on_counting(self.loop, run.aim)
        return before

    def make_ready(self) -> None:
        """Go from MONITOR to READY at once.

        Raises:
            Refused: instruments do not answer, or a limit forbids it.
        """
        self.opening.check()
        self.loop.change(Cause.CHECKED)

    def ending(self, error: BaseException | None = None) -> Ending:
        """Return how the run ended."""
        stop, now = self.loop.stop, self.clock.now()
        if error is not None:
            is_refusal = isinstance(error, Refused) and not self.has_begun
            return Ending("refused" if is_refusal else "error", reason_for(error), now)
        if stop is None:
            return Ending("stopped", None, now)
        return Ending(stop.state, stop.message, now)

    def close(self, error: BaseException | None = None, ending: Ending | None = None) -> Ending:
        """Close the run file and release the links; return how the run ended."""
        ending = ending or self.ending(error)
        self.loop.close(ending)
        return ending

    def abandon(self) -> None:
        """Leave everything as a power cut does, in virtual time; the file is recovered later."""
        if self.loop.is_actuating:  # on a bench the newest bookmark is less than a second old
            self.loop.log.bookmark(self.loop.bookmark())
        if isinstance(self._recorder, RunWriter):
            self._recorder.abandon()
        self.loop.close(None)

    def make_safe(self) -> None:
        """Run the hard stop to its end: something in the loop itself has failed.

        What fails again ends it: without our heartbeat the hardwired chain makes the object safe.
        """
        try:
            self._stop_hard()
        except BaseException:
            self.loop.log.shut()  # what failed may be the recorder, and the stop needs none
            self._stop_hard()
            raise

    def _stop_hard(self) -> None:
        self.loop.begin_stop(Stop("error", Message("control.loop-failed"), is_hard=True))
        while not self.is_finished and self.loop.is_actuating:
            self.step()

    def _do(self, request: Request, sender: Sender) -> None:
        match request:
            case Leave():
                _leave(self.loop, is_started=self.order.is_started)
                return
            case Attest():
                self.checking.attest(request, sender)
                return
            case RunCheck():
                self.checking.run(request, sender)
                return
            case Compare():
                self.maintaining.compare(request, sender)
                return
            case TakeOver() | HandBack() | SetDemands() | Force():
                self.checking.check_free()
            case _:
                pass
        do(self, request, sender)
        if isinstance(request, Hold | Resume):
            self.control.note_hold(sender if isinstance(request, Hold) else None)

    def _begin_file(self, aim: Aim | None) -> None:
        order, log = self.order, self.loop.log
        self.snapshots = Snapshots(order.model, order.plan.points)
        self.opening = Opening(
            self.loop,
            self.wiring,
            self._recorder,
            self.checking,
            self.clock,
            started=self.started,
            aim=aim,
            stays=self._stays,
        )
        log.record_to(self._recorder)
        if order.model.gas is not None:
            log.note("info", "gas", gas_told(order.model.gas))
        forced = [order.model.channels[index].name for index in self.loop.forced]
        for source, told_of in standing(self.loop.alarms.alarms, forced):
            log.note("warning", source, told_of)


def _go_on_counting(loop: Loop, aim: Aim) -> None:
    values = loop.counters.values
    for name, count in aim.counters.items():  # what ran on while watched counts too
        values[name] = max(values.get(name, 0.0), count)
    loop.log.note("info", "server", aim.told)


def _leave(loop: Loop, *, is_started: bool) -> None:
    """Let go of a bench that is only watched.

    Raises:
        Refused: something actuates, or it is over.
    """
    if loop.is_actuating or loop.is_finished:
        raise Refused("control.no-leaving", state=loop.state.value)
    left = Stop("completed", None, is_hard=False)
    if is_started:
        left = Stop("refused", Message("control.left"), is_hard=False)
    loop.leave(left)
