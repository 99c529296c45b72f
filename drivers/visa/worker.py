"""Serves one link: at most one exchange per step, safe values first, reopened when it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.channel import Quality
from bench.clock import NEVER, SECOND
from bench.device import Progress, Stage
from bench.errors import BadReply, BenchError, InstrumentError, LinkError
from bench.messages import Message
from drivers.visa.instrument import TextInstrument
from drivers.visa.port import MessageLink, Pause, Program, Query, Write
from drivers.visa.programs import Poll, in_turns, until

SAFE, LINK, APPLY, ROUTINE = range(4)
"""Who goes first among the tasks that are due."""
FIRST_RETRY, LAST_RETRY = 0.1, 5.0
"""Shortest and longest wait before a link is opened again, s; it doubles in between."""
JITTER = 0.2
"""Share by which that wait varies, so that instruments do not come back in step."""
SAFE_ATTEMPTS, SAFE_RETRY = 3, 1.0
"""How often a safe value that was not taken is sent, and how long after, s."""


@dataclass(eq=False, slots=True)
class _Task:
    """A program under way, or waiting for its time."""

    rank: int
    begin: Callable[[], Program[Any]]
    due: int
    ended: Callable[[Any], None] | None = None
    failed: Callable[[InstrumentError], None] | None = None
    period: int = 0
    program: Program[Any] | None = None
    exchange: Query | Write | None = None


class TextWorker:
    """Runs the programs of one text instrument on its link.

    Args:
        link: the session; this worker owns it.
        instrument: whose programs run.
        random: uniform random numbers in 0..1 for the back-off.
    """

    def __init__(
        self, link: MessageLink, instrument: TextInstrument, random: Callable[[], float]
    ) -> None:
        self._link = link
        self._instrument = instrument
        self._port = instrument.port
        self._clock = instrument.port.clock
        self._random = random
        self._gap = round(instrument.wire.gap * SECOND)
        self._ready = 0
        self._tasks: list[_Task] = []
        self._apply: tuple[_Task, int, float] | None = None
        self._queued: dict[int, float] = {}
        self._held: dict[int, float] = {}
        self._safe: dict[int, float] = {}
        self._safe_task: _Task | None = None
        self._safe_attempts = 0
        self._is_set_up = False
        self._was_connected = False
        self._failures = 0
        self._told: set[str] = set()

    @property
    def name(self) -> str:
        """Name of the link."""
        return self._port.connection.link

    def step(self, now: int) -> int:
        """Do the one most urgent exchange that is due; return when to be called again (ns)."""
        if now < self._ready:
            return self._ready
        try:
            if not self._link.is_open:
                self._connect(now)
            if self._instrument.has_news or self._queued or self._safe:
                self._begin_wanted(now)
            task = self._most_urgent(now)
            if task is not None:
                self._advance(task, now)
        except (LinkError, InstrumentError) as error:
            self._lose(error)
            return self._ready
        return self._next_due()

    def close(self) -> None:
        """Release the link; outputs stay as they are."""
        self._drop_tasks()
        self._instrument.is_connected = False
        self._link.close()

    # -- choosing and advancing -------------------------------------------------------------

    def _most_urgent(self, now: int) -> _Task | None:
        chosen = None
        for task in self._tasks:
            if task.due <= now and (
                chosen is None or (task.rank, task.due) < (chosen.rank, chosen.due)
            ):
                chosen = task
        return chosen

    def _next_due(self) -> int:
        due = NEVER
        for task in self._tasks:
            due = min(due, task.due)
        return max(due, self._ready)

    def _advance(self, task: _Task, now: int) -> None:
        if task.exchange is None:
            self._resume(task, "", "")
        exchange = task.exchange
        if exchange is None:
            return
        if isinstance(exchange, Query):
            reply = self._link.query(exchange.message, exchange.timeout)
        else:
            self._link.write(exchange.message)
            reply = ""
        self._ready = self._clock.now() + self._gap
        task.due = max(task.due, now)
        self._resume(task, reply, exchange.message)

    def _resume(self, task: _Task, reply: str, message: str) -> None:
        """Send a program its reply and note what it wants next."""
        try:
            if task.program is None:
                task.program = task.begin()
                wanted = next(task.program)
            else:
                wanted = task.program.send(reply)
        except StopIteration as end:
            self._finish(task)
            if task.ended is not None:
                task.ended(end.value)
        except InstrumentError as error:
            self._finish(task)
            if task.failed is None:
                raise
            task.failed(error)
        except (ValueError, LookupError) as error:
            raise self._bad_reply(message, reply) from error
        else:
            if isinstance(wanted, Pause):
                task.exchange = None
                task.due = self._clock.now() + round(wanted.seconds * SECOND)
            else:
                task.exchange = wanted

    def _finish(self, task: _Task) -> None:
        task.program = task.exchange = None
        if not task.period:
            self._tasks.remove(task)
            return
        task.due += task.period
        now = self._clock.now()
        if task.due < now:  # late: skip what was missed, keep the rhythm
            task.due += (now - task.due) // task.period * task.period

    def _bad_reply(self, message: str, reply: str) -> BadReply:
        return BadReply(
            "link.bad-reply",
            instrument=self._instrument.name,
            link=self.name,
            message=message,
            reply=ascii(reply[:60]),
        )

    # -- connecting and losing --------------------------------------------------------------

    def _connect(self, now: int) -> None:
        self._link.open()
        programs = self._instrument.programs
        self._tasks = [_Task(LINK, programs.identify, now, self._identified)]

    def _identified(self, identity: str) -> None:
        self._instrument.identity = identity
        self._instrument.is_connected = True
        setup = self._instrument.programs.setup
        self._tasks.append(_Task(LINK, setup, self._clock.now(), self._set_up))

    def _set_up(self, _: None) -> None:
        now = self._clock.now()
        programs = self._instrument.programs
        for poll in programs.polls:
            self._repeat(poll, now, self._polled)
        if programs.housekeep is not None:
            self._repeat(programs.housekeep, now, None)
        for index, value in self._held.items():
            self._queued.setdefault(index, value)
        self._is_set_up = True
        self._say("info", "device.reconnected" if self._was_connected else "device.connected")
        self._was_connected = True
        self._told.clear()

    def _repeat(self, poll: Poll, now: int, ended: Callable[[None], None] | None) -> None:
        period = round(poll.period * SECOND) or self._port.connection.period
        self._tasks.append(_Task(ROUTINE, poll.program, now, ended, self._report_error, period))

    def _polled(self, _: None) -> None:
        self._failures = 0

    def _lose(self, error: BenchError) -> None:
        was_set_up = self._is_set_up
        self._drop_tasks()
        self._link.close()
        self._instrument.is_connected = False
        self._is_set_up = False
        now = self._clock.now()
        self._port.mailbox.mark(Quality.DISCONNECTED, now)
        if error.message.id not in self._told:
            self._told.add(error.message.id)
            lost = "device.lost" if was_set_up else "device.not-connected"
            self._say("error", lost, reason=error.message)
        self._forget_demands()
        self._interrupt_action()
        wait = min(FIRST_RETRY * 2.0 ** min(self._failures, 16), LAST_RETRY)
        wait *= 1.0 - JITTER + 2.0 * JITTER * self._random()
        self._failures += 1
        self._ready = now + round(wait * SECOND)

    def _drop_tasks(self) -> None:
        for task in self._tasks:
            if task.program is not None:
                task.program.close()
        self._tasks = []
        if self._apply is not None:
            _, index, value = self._apply
            self._queued.setdefault(index, value)
        self._apply = None
        self._safe_task = None

    def _forget_demands(self) -> None:
        """Keep only demands that may be sent by themselves; report the others."""
        reapply = self._instrument.programs.reapply
        for index in [index for index in self._queued if index not in reapply]:
            demand = self._instrument.demands[index]
            value = self._queued.pop(index)
            shown = demand.choices[int(value)] if demand.choices else demand.unit.shown(value)
            self._say("error", "device.demand-lost", demand=demand.name, value=shown)

    def _interrupt_action(self) -> None:
        progress = self._instrument.progress()
        if progress.stage is Stage.RUNNING:
            self._end_action(progress.action, "device.action-interrupted")

    # -- what the scan wants ----------------------------------------------------------------

    def _begin_wanted(self, now: int) -> None:
        if self._instrument.has_news:
            news = self._instrument.take_news()
            if news.safe:
                self._drop_demands()
                self._safe.update(news.safe)
                self._safe_attempts = 0
                self._drop_safe_task()
            self._queued.update(news.demands)
            if news.action:
                self._begin_action(news.action, now)
        if self._safe and self._instrument.is_connected:
            if self._safe_task is None:
                self._begin_safe(now)
        elif self._is_set_up:
            if self._queued and self._apply is None:
                self._begin_apply(now)
        elif not self._instrument.is_connected:
            self._forget_demands()

    def _drop_demands(self) -> None:
        self._queued.clear()
        if self._apply is not None:
            self._drop(self._apply[0])
            self._apply = None

    def _drop_safe_task(self) -> None:
        if self._safe_task is not None:
            self._drop(self._safe_task)
            self._safe_task = None

    def _drop(self, task: _Task) -> None:
        if task.program is not None:
            task.program.close()
        self._tasks.remove(task)

    def _begin_safe(self, now: int) -> None:
        apply = self._instrument.programs.apply
        if apply is None:
            self._safe.clear()
            return
        values = dict(self._safe)
        self._safe_attempts += 1

        def begin() -> Program[tuple[InstrumentError, ...]]:
            return in_turns([apply(index, value) for index, value in values.items()])

        self._safe_task = _Task(SAFE, begin, now, self._safe_ended)
        self._tasks.append(self._safe_task)

    def _safe_ended(self, failures: tuple[InstrumentError, ...]) -> None:
        self._safe_task = None
        for failure in failures:
            self._report_error(failure)
        self._hold(self._safe)
        if not failures or self._safe_attempts >= SAFE_ATTEMPTS:
            self._safe.clear()
        else:
            self._begin_safe(self._clock.now() + round(SAFE_RETRY * SECOND))

    def _begin_apply(self, now: int) -> None:
        apply = self._instrument.programs.apply
        index, value = next(iter(self._queued.items()))
        del self._queued[index]
        if apply is not None:
            task = _Task(APPLY, lambda: apply(index, value), now, self._applied, self._apply_failed)
            self._tasks.append(task)
            self._apply = (task, index, value)

    def _applied(self, _: None) -> None:
        if self._apply is not None:
            self._hold({self._apply[1]: self._apply[2]})
        self._apply = None

    def _apply_failed(self, error: InstrumentError) -> None:
        self._apply = None
        self._report_error(error)
        housekeep = self._instrument.programs.housekeep
        for task in self._tasks:  # the error queue may say why
            if housekeep is not None and task.begin is housekeep.program and task.program is None:
                task.due = self._clock.now()

    def _hold(self, values: Mapping[int, float]) -> None:
        reapply = self._instrument.programs.reapply
        self._held.update({index: value for index, value in values.items() if index in reapply})

    # -- actions and reports ----------------------------------------------------------------

    def _begin_action(self, name: str, now: int) -> None:
        if not self._is_set_up:
            self._end_action(name, "device.action-needs-link")
            return
        action = self._instrument.actions[name]
        late = InstrumentError(
            "device.action-timeout",
            instrument=self._instrument.name,
            action=name,
            timeout=f"{action.timeout:g} s",
        )
        due = now + round(action.timeout * SECOND)
        program = self._instrument.programs.actions[name]
        self._tasks.append(
            _Task(
                ROUTINE,
                lambda: until(due, program(), clock=self._clock, late=late),
                now,
                lambda found: self._instrument.note(
                    Progress(Stage.DONE, name, results=dict(found))
                ),
                lambda error: self._instrument.note(
                    Progress(Stage.FAILED, name, error.message)
                ),
            )
        )  # fmt: skip

    def _end_action(self, name: str, message_id: str) -> None:
        message = Message(message_id, {"instrument": self._instrument.name, "action": name})
        self._instrument.note(Progress(Stage.FAILED, name, message))

    def _report_error(self, error: InstrumentError) -> None:
        self._port.report("error", self._instrument.name, error.message)

    def _say(self, level: str, message_id: str, **arguments: object) -> None:
        arguments |= {
            "instrument": self._instrument.name,
            "link": self.name,
            "identity": self._instrument.identity,
        }
        self._port.report(level, self._instrument.name, Message(message_id, arguments))
