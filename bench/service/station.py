"""The station: one open bench for ever, and one protocol after the other on it.

It watches, recording; it prepares what a client wants to begin beside the scan; between two scans
it takes the run with a file of its own, and goes back to watching when the object is safe. The
verdict is made by a process of its own. Everything happens in the thread that calls `step`, but
what reads, compiles, opens and closes files: that is sent on errands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Executor
from enum import Enum
from pathlib import Path

from bench.clock import SECOND, Clock
from bench.control.states import Cause, State
from bench.errors import Refused
from bench.messages import Message
from bench.preflight.instant import Look
from bench.record.port import Ending
from bench.runs.resuming import Interrupted
from bench.safeguard import Reaction
from bench.service.errands import Errands
from bench.service.filing import Filing
from bench.service.opening import CONNECT_TIMEOUT, PreparedRun
from bench.service.orders import Orders, reason_of
from bench.service.past import Inquest, LeftOver, Past
from bench.service.port import BenchState, Reply
from bench.service.requests import (
    Begin,
    Explain,
    Force,
    HandOver,
    Leave,
    Request,
    Reset,
    RunCheck,
    Sender,
    StopNow,
    TakeControl,
    TakeOver,
)
from bench.service.rig_files import RigFiles, RigWatch
from bench.service.server import BenchServer
from bench.service.whereabouts import SOFTLY

RETRY = 10 * SECOND
"""Time after which a file that could not be made is tried again."""

Answering = Callable[[Reply], None]
"""Takes the answer to a request."""


class Phase(Enum):
    """What a station is about."""

    WATCHING = "watching"
    """It records, and may be operated by hand."""
    PREPARING = "preparing"
    """A run is being checked and prepared beside the scan."""
    RUNNING = "running"
    """A run has the bench."""
    RETURNING = "returning"
    """The run is over; the next file to watch into is being made."""
    CLOSING = "closing"
    """Nothing begins any more."""


class Station:
    """Keeps one bench open; `step` does one scan and what follows from it.

    Args:
        orders: What it can be told to do.
        beside: Who does the work beside the scan.
        judge: Judges a closed run file and returns what to tell.
        clock: The bench's time; None: as the orders need it.
        broken: The last run, which broke off and which nobody has explained.
        left: A safe sequence that broke off with the program before.

    Raises:
        RunFileError: the file to watch into cannot be made.
        ConfigError: the rig cannot be simulated.
    """

    def __init__(
        self,
        orders: Orders,
        *,
        beside: Executor,
        judge: Callable[[Path], Message],
        clock: Clock | None = None,
        broken: Interrupted | None = None,
        left: LeftOver | None = None,
    ) -> None:
        past = Past(orders)
        self.phase = Phase.WATCHING
        self.server = BenchServer(orders.watching(), clock=clock, stays=True, counts=past.counts())
        """The open bench."""
        self._orders = orders
        self._past = past
        self._errands = Errands(beside)
        self._filing = Filing(self.server.loop.log, self._errands, judge)
        self._inquest = Inquest(past, broken, self._errands, self._filing, past.stopped())
        self.server.checking.beside = self._filing.do
        self._filing.note("info", Message("serve.fresh"))
        if left is not None:
            self._filing.note("warning", left.told)
            self.server.loop.left = left.stop
        self._answer: Answering | None = None
        self._present: Collection[str] = ()
        self._must_reset = self._is_called_off = False
        self._retry_at = 0
        self._owed: Ending | None = None
        self._unfiled: Ending | None = None  # of what has ended, while its file is still open
        self._opened = self.server.clock.now()
        files = RigFiles.of(orders.model)
        self._rig = RigWatch(files, self._errands, self._filing, self._opened)

    @property
    def is_idle(self) -> bool:
        """Whether nothing actuates, and nothing is under way beside the scan."""
        is_resting = (
            self.phase in {Phase.WATCHING, Phase.CLOSING} and not self.server.loop.is_actuating
        )
        return is_resting and self._errands.is_idle

    @property
    def _is_ours(self) -> bool:
        """Whether nothing is just being taken or given back: a hand on it would be lost."""
        if self.phase is Phase.RUNNING:
            return self.server.has_begun
        return self.phase is Phase.WATCHING

    def state(self) -> BenchState:
        """Return what the bench is doing."""
        self.server.unexplained = self._inquest.file
        return self.server.state()

    def step(self) -> None:
        """Do one scan, and what is due after it.

        Raises:
            BenchError: the bench cannot go on; it is to be made safe.
        """
        try:
            self.server.step()
        except Refused as error:
            if self.server.has_begun:
                raise
            self._return(self.server.ending(error))
        self._errands.look()
        self._go_on()

    def ask(
        self, request: Request, sender: Sender, answer: Answering, present: Collection[str] = ()
    ) -> None:
        """Do what a client asks between two scans.

        Args:
            request: What is asked.
            sender: Who asks.
            answer: Takes the answer: at once, but for `Begin` when it is checked and prepared.
            present: The clients that are connected.
        """
        self._present = present
        self.server.control.hear(sender)
        reply = self.server.request(request, sender, self._do)
        if reply.is_accepted and isinstance(request, Begin):
            self._answer = answer
        else:
            answer(reply)

    def end(self) -> None:
        """Begin nothing any more."""
        if self.phase is not Phase.RUNNING:
            self.phase = Phase.CLOSING

    def close(self, error: BaseException | None = None) -> Ending:
        """Close the run file and release the links; return how the last run ended."""
        server = self.server
        is_run = self.phase is Phase.RUNNING or error is not None
        self.phase = Phase.CLOSING
        self._errands.look()  # a run that was being prepared is put away
        ending = self._unfiled or Ending("completed", None, server.clock.now())
        if is_run:
            ending = server.ending(error)
        return server.close(ending=ending)

    def _do(self, request: Request, sender: Sender) -> bool:
        """Do what needs the station; return whether it was that."""
        match request:
            case Begin():
                self._begin(request, sender)
            case TakeControl():
                self.server.control.take(sender, self._present)
            case HandOver(to=to):
                self.server.control.hand_over(sender, to, self._present)
            case Explain():
                self._inquest.explain(request, sender)
            case Reset(alarm=""):
                self._reset(sender)
            case StopNow() if self.phase is Phase.RUNNING and not self.server.has_begun:
                self._return(Ending("refused", Message("control.left"), self.server.clock.now()))
            case StopNow() if self.phase is Phase.PREPARING:
                self._is_called_off = True
            case TakeOver() | Force() | RunCheck() if not self._is_ours:
                name = type(request).__name__
                raise Refused("serve.not-now", request=name, phase=self.phase.value)
            case Leave():
                raise Refused("serve.no-leaving")
            case _:
                return False
        return True

    def _begin(self, request: Begin, sender: Sender) -> None:
        server, loop = self.server, self.server.loop
        if self.phase is not Phase.WATCHING:
            raise Refused("serve.busy", protocol=server.order.plan.name)
        if loop.state is not State.MONITOR:
            raise Refused("serve.not-in-monitor", state=loop.state.value)
        if self._inquest.file:
            raise Refused("serve.unexplained", file=self._inquest.file)
        server.checking.check_free()
        self._rig.check_known()
        look = None  # instruments have their time to answer; then the run itself asks
        if server.clock.now() - self._opened >= CONNECT_TIMEOUT:
            server.opening.check()
            look = server.checking.look()
        self.phase, self._is_called_off = Phase.PREPARING, False
        self._errands.send(
            lambda: self._prepare(request, sender.name, look), self._start, self._not_started
        )

    def _prepare(self, request: Begin, operator: str, look: Look | None) -> PreparedRun:
        """Check and prepare a run, in another thread."""
        self._rig.check()
        if request.is_resumed:
            order, aim = self._past.continued(request, operator)
        else:
            order, aim = self._orders.following(request, operator), None
        self.server.checking.check(order, look)
        return self.server.prepared(order, aim)

    def _start(self, run: PreparedRun) -> None:
        """Take a run that is prepared."""
        server = self.server
        is_wanted = self.phase is Phase.PREPARING and not self._is_called_off
        if not is_wanted or server.loop.state is not State.MONITOR:
            refused = Refused("serve.not-in-monitor", state=server.loop.state.value)
            if self._is_called_off:
                refused = Refused("control.left")
            ending = Ending("refused", refused.message, server.clock.now())
            self._filing.put_away(run.recorder, ending)
            self._not_started(refused)
            return
        before = server.load(run)
        self.phase = Phase.RUNNING
        self._filing.put_away(before, Ending("completed", None, server.clock.now()))
        self._reply(Reply(is_accepted=True))

    def _not_started(self, error: BaseException) -> None:
        if self.phase is Phase.PREPARING:
            self.phase = Phase.WATCHING
        reason = reason_of(error)
        refused = Message("control.refused", {"request": Begin.__name__, "reason": reason})
        self._filing.note("warning", refused)
        self._reply(Reply(is_accepted=False, reason=reason))

    def _reply(self, reply: Reply) -> None:
        answer, self._answer = self._answer, None
        if answer is not None:
            answer(reply)

    def _go_on(self) -> None:
        server, now = self.server, self.server.clock.now()
        if self.phase in {Phase.WATCHING, Phase.RUNNING} and server.is_finished:
            self._return(server.ending())
        elif self._owed is not None and self.phase is Phase.RETURNING and now >= self._retry_at:
            if not server.loop.is_actuating:
                self._return(self._owed)
        elif self.phase is Phase.WATCHING:
            self._watch_on(now)

    def _watch_on(self, now: int) -> None:
        server = self.server
        if server.loop.state is State.SAFE and not self._must_reset:
            server.loop.change(Cause.LEAVE)
        self._rig.look(now)
        is_due = server.trouble is not None and now >= self._retry_at
        if is_due and not self.server.loop.is_actuating:
            self._retry_at = now + RETRY
            self._return(Ending("error", server.trouble, now))

    def _return(self, ending: Ending) -> None:
        """Go back to watching, which needs a file; until it is there, the run's own goes on."""
        self.phase, self._owed, self._unfiled = Phase.RETURNING, None, ending
        self.server.opening.is_over = True
        state = self.server.loop.state
        if state is not State.MONITOR:
            self._must_reset |= ending.state in {"limit", "error"} or state is State.TRIPPED
        self._errands.send(
            lambda: self.server.prepared(self._orders.watching()),
            lambda run: self._watch(run, ending),
            lambda error: self._cannot_watch(error, ending),
        )

    def _watch(self, run: PreparedRun, ending: Ending) -> None:
        server = self.server
        if self.phase is not Phase.RETURNING or self.server.loop.is_actuating:
            self._filing.put_away(run.recorder, Ending("refused", None, server.clock.now()))
            self._owed = ending  # somebody stops it once more: the run's file takes that as well
            return
        order = server.order
        before = server.load(run)
        self.phase, self._unfiled = Phase.WATCHING, None
        if order.is_judged:
            server.last = before.path, ending
            self._inquest.stopped = before.path if ending.state in SOFTLY else None
        self._filing.put_away(
            before, ending, is_judged=order.is_judged and ending.state != "refused"
        )

    def _cannot_watch(self, error: BaseException, ending: Ending) -> None:
        """Go on with the file there is, and try again later."""
        self._filing.tell_failure(error)
        if self.phase is Phase.RETURNING:
            self._retry_at = self.server.clock.now() + RETRY
            self._owed = ending

    def _reset(self, sender: Sender) -> None:
        loop = self.server.loop
        forbidding = [
            limit.id for limit in loop.limits.active() if limit.reaction >= Reaction.SOFT_STOP
        ]
        if loop.state is State.SAFE and forbidding:
            raise Refused("control.limits-forbid", limits=", ".join(forbidding))
        loop.reset(sender.name)
        self._must_reset = False
