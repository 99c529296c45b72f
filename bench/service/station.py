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
from bench.errors import BenchError, Refused
from bench.messages import Message
from bench.record.port import Ending, Recorder
from bench.safeguard import Reaction
from bench.service.errands import Errands
from bench.service.opening import CONNECT_TIMEOUT
from bench.service.orders import Orders, reason_of
from bench.service.port import Attention, BenchState, Reply
from bench.service.requests import (
    Begin,
    Force,
    HandOver,
    Leave,
    Request,
    Reset,
    Sender,
    StopNow,
    TakeControl,
    TakeOver,
)
from bench.service.rig_files import RigFiles
from bench.service.server import BenchServer, PreparedRun

LOOK_AT_FILES = 60 * SECOND
"""Time between two looks at whether the rig's files are what they were."""
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
    ) -> None:
        self.phase = Phase.WATCHING
        self.server = BenchServer(orders.watching(), clock=clock, stays=True)
        """The open bench."""
        self._orders = orders
        self._judge = judge
        self._errands = Errands(beside)
        self._files = RigFiles.of(orders.model)
        self._changed: tuple[str, ...] = ()
        self._answer: Answering | None = None
        self._present: Collection[str] = ()
        self._must_reset = False
        self._retry_at = 0
        self._owed: Ending | None = None
        self._opened = self.server.clock.now()
        self._look_at = self._opened + LOOK_AT_FILES

    @property
    def is_idle(self) -> bool:
        """Whether nothing actuates, and nothing is under way beside the scan."""
        is_resting = self.phase in {Phase.WATCHING, Phase.CLOSING} and not self.is_actuating
        return is_resting and self._errands.is_idle

    @property
    def is_actuating(self) -> bool:
        """Whether demands may reach an instrument."""
        return self.server.loop.is_actuating

    @property
    def attention(self) -> Attention:
        """Whether the run waits for a person."""
        return self.server.attention

    def state(self) -> BenchState:
        """Return what the bench is doing."""
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
        is_run = self.phase in {Phase.RUNNING, Phase.RETURNING} or error is not None
        self.phase = Phase.CLOSING
        ending = Ending("completed", None, server.clock.now())
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
            case Reset(alarm=""):
                self._reset(sender)
            case StopNow() if self.phase is Phase.RUNNING and not self.server.has_begun:
                self._return(Ending("refused", Message("control.left"), self.server.clock.now()))
            case TakeOver() | Force() if self.phase is not Phase.WATCHING:
                self._check_resting(request)
                return False
            case Leave():
                raise Refused("serve.no-leaving")
            case _:
                return False
        return True

    def _check_resting(self, request: Request) -> None:
        """Check that nothing is just being taken or given back: a hand on it would be lost."""
        if self.phase is not Phase.RUNNING or not self.server.has_begun:
            name = type(request).__name__
            raise Refused("serve.not-now", request=name, phase=self.phase.value)

    def _begin(self, request: Begin, sender: Sender) -> None:
        server, loop = self.server, self.server.loop
        if self.phase is not Phase.WATCHING:
            raise Refused("serve.busy", protocol=server.order.plan.name)
        if loop.state is not State.MONITOR:
            raise Refused("serve.not-in-monitor", state=loop.state.value)
        if server.unexplained:
            raise Refused("serve.unexplained", file=server.unexplained)
        self._check_files(self._changed)
        if server.clock.now() - self._opened >= CONNECT_TIMEOUT:
            server.opening.check()
        self.phase = Phase.PREPARING
        self._errands.send(
            lambda: self._prepare(request, sender.name), self._start, self._not_started
        )

    def _prepare(self, request: Begin, operator: str) -> PreparedRun:
        """Check and prepare a run, in another thread."""
        self._check_files(self._files.changed())
        return self.server.prepared(self._orders.following(request, operator))

    def _check_files(self, changed: tuple[str, ...]) -> None:
        if changed:
            raise Refused("serve.rig-changed", files=", ".join(changed))

    def _start(self, run: PreparedRun) -> None:
        """Take a run that is prepared."""
        server = self.server
        if self.phase is not Phase.PREPARING or server.loop.state is not State.MONITOR:
            refused = Refused("serve.not-in-monitor", state=server.loop.state.value)
            ending = Ending("refused", refused.message, server.clock.now())
            self._put_away(run.recorder, ending)
            self._not_started(refused)
            return
        before = server.load(run)
        self.phase = Phase.RUNNING
        self._put_away(before, Ending("completed", None, server.clock.now()))
        self._reply(Reply(is_accepted=True))

    def _not_started(self, error: BaseException) -> None:
        if self.phase is Phase.PREPARING:
            self.phase = Phase.WATCHING
        reason = reason_of(error)
        refused = Message("control.refused", {"request": Begin.__name__, "reason": reason})
        self._note("warning", refused)
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
            self._return(self._owed)
        elif self.phase is Phase.WATCHING:
            self._watch_on(now)

    def _watch_on(self, now: int) -> None:
        server = self.server
        if server.loop.state is State.SAFE and not self._must_reset:
            server.loop.change(Cause.LEAVE)
        if now >= self._look_at:
            self._look_at = now + LOOK_AT_FILES
            self._errands.send(self._files.changed, self._notice, self._tell_failure)
        is_due = server.trouble is not None and now >= self._retry_at
        if is_due and not self.is_actuating:
            self._retry_at = now + RETRY
            self._return(Ending("error", server.trouble, now))

    def _return(self, ending: Ending) -> None:
        """Go back to watching, which needs a file; until it is there, the run's own goes on."""
        self.phase, self._owed = Phase.RETURNING, None
        self.server.opening.is_over = True
        state = self.server.loop.state
        if state is not State.MONITOR:
            self._must_reset = ending.state in {"limit", "error"} or state is State.TRIPPED
        self._errands.send(
            lambda: self.server.prepared(self._orders.watching()),
            lambda run: self._watch(run, ending),
            lambda error: self._cannot_watch(error, ending),
        )

    def _watch(self, run: PreparedRun, ending: Ending) -> None:
        server = self.server
        if self.phase is not Phase.RETURNING or self.is_actuating:
            self._put_away(run.recorder, Ending("refused", None, server.clock.now()))
            return
        order = server.order
        before = server.load(run)
        self.phase = Phase.WATCHING
        if order.is_judged:
            server.last = before.path, ending
        self._put_away(before, ending, is_judged=order.is_judged and ending.state != "refused")

    def _cannot_watch(self, error: BaseException, ending: Ending) -> None:
        """Go on with the file there is, and try again later."""
        self._tell_failure(error)
        if self.phase is Phase.RETURNING:
            self._retry_at = self.server.clock.now() + RETRY
            self._owed = ending

    def _put_away(self, recorder: Recorder, ending: Ending, *, is_judged: bool = False) -> None:
        """Close a run file beside the scan, and have it judged."""

        def close() -> Message | None:
            recorder.close(ending)
            return self._judge(recorder.path) if is_judged else None

        self._errands.send(close, self._tell, self._tell_failure)

    def _tell(self, message: Message | None) -> None:
        if message is not None:
            self._note("info", message)

    def _tell_failure(self, error: BaseException) -> None:
        level = "warning" if isinstance(error, BenchError) else "error"
        self._note(level, reason_of(error))

    def _notice(self, changed: tuple[str, ...]) -> None:
        if changed and changed != self._changed:
            self._note("warning", Message("serve.rig-changed", {"files": ", ".join(changed)}))
        self._changed = changed

    def _note(self, level: str, message: Message) -> None:
        self.server.loop.log.note(level, "server", message)

    def _reset(self, sender: Sender) -> None:
        loop = self.server.loop
        forbidding = [
            limit.id for limit in loop.limits.active() if limit.reaction >= Reaction.SOFT_STOP
        ]
        if loop.state is State.SAFE:
            if forbidding:
                raise Refused("control.limits-forbid", limits=", ".join(forbidding))
        else:
            loop.reset(sender.name)
        self._must_reset = False
