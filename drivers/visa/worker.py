"""Serves one link: at most one exchange per step, safe values first, reopened when it fails."""

from __future__ import annotations

from collections.abc import Callable

from bench.channel import Quality
from bench.clock import NEVER, SECOND
from bench.device import LinkHealth, Progress, Stage
from bench.errors import BenchError, InstrumentError, LinkError
from bench.messages import Message
from drivers.visa.demands import Demands
from drivers.visa.instrument import TextInstrument
from drivers.visa.port import REPLY_TIMEOUT, MessageLink
from drivers.visa.programs import Poll, until
from drivers.visa.tasks import LINK, ROUTINE, Agenda, Task

FIRST_RETRY, LAST_RETRY = 0.1, 0.5
"""Shortest and longest wait before a link is opened again, s; it doubles in between.

The longest one with its jitter, and one attempt that is not answered, stay below a second: an
instrument is back within a second of its return."""
JITTER = 0.2
"""Share by which that wait varies, so that instruments do not come back in step."""
WRITE_TIMEOUT = 0.3
"""Longest wait until the other end takes a message, s."""
SLACK = 0.2
"""What a busy machine may add to a step, s."""
LONGEST_READ = 3.0
"""Longest timeout of an exchange on a link that carries no demands, s."""


class TextWorker:
    """Runs the programs of one text instrument on its link.

    A link that fails is closed; its readings are marked, the reason is reported once, and it is
    opened again after a growing wait: identify, setup, then the polls. Programs under way are
    given up, so a query is repeated (once per connection) and nothing else ever is.

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
        self._clock = instrument.port.clock
        self._random = random
        self._agenda = Agenda(
            link,
            self._clock,
            instrument=instrument.name,
            name=self.name,
            give_up=lambda: instrument.give_up_at,
        )
        self._demands = Demands(instrument, self._agenda, self._clock)
        self._gap = round(instrument.wire.gap * SECOND)
        self._ready = 0
        self._is_set_up = False
        self._was_connected = False
        self._failures = 0
        self._polls = self._lost = self._openings = 0
        self._told: set[str] = set()
        self._failing: set[Poll] = set()

    @property
    def name(self) -> str:
        """Name of the link."""
        return self._instrument.port.connection.link

    @property
    def patience(self) -> int:
        """Longest time of one step, ns: a connection, or an exchange with its answer."""
        longest = REPLY_TIMEOUT if self._instrument.demands else LONGEST_READ
        wire = self._instrument.wire
        return round((max(wire.open_timeout, longest + WRITE_TIMEOUT) + wire.gap + SLACK) * SECOND)

    @property
    def health(self) -> LinkHealth:
        """What has been counted on this link."""
        return LinkHealth(self._polls, self._agenda.late, self._lost, self._openings)

    def step(self, now: int) -> int:
        """Do the one most urgent exchange that is due; return when to be called again (ns)."""
        if now < self._ready:
            return self._ready
        try:
            if not self._link.is_open:
                self._connect(now)
            if self._instrument.has_news or self._demands.are_waiting:
                self._begin_wanted(now)
            task = self._agenda.most_urgent(now)
            if task is not None and self._agenda.advance(task):
                self._ready = self._clock.now() + self._gap
            if self._demands.are_waiting:  # the next demand follows at once, not with the next poll
                self._demands.begin(now, is_set_up=self._is_set_up)
        except (LinkError, InstrumentError) as error:
            self._lose(error)
            return self._ready
        return max(self._agenda.next_due(), self._ready)

    def refresh(self, later_than: int) -> bool:
        """Poll before a time (ns) what would be polled later only; return if anything was."""
        return self._agenda.refresh(self._instrument.port.connection.period, later_than)

    def close(self) -> None:
        """Release the link; outputs stay as they are."""
        self._agenda.clear()
        self._instrument.is_connected = False
        self._link.close()

    def _connect(self, now: int) -> None:
        self._agenda.clear()
        self._link.open()
        self._openings += 1
        self._agenda.add(Task(LINK, self._instrument.programs.identify, now, self._identified))

    def _identified(self, identity: str) -> None:
        self._instrument.identity = identity
        self._instrument.is_connected = True
        setup = self._instrument.programs.setup
        self._agenda.add(Task(LINK, setup, self._clock.now(), self._set_up))

    def _set_up(self, _: None) -> None:
        programs = self._instrument.programs
        for poll in programs.polls:
            self._repeat(poll)
        if programs.housekeep is not None:
            self._repeat(programs.housekeep)
        self._demands.restore()
        self._is_set_up = True
        self._say("info", "device.reconnected" if self._was_connected else "device.connected")
        self._was_connected = True
        self._told.clear()

    def _repeat(self, poll: Poll) -> None:
        period = round(poll.period * SECOND) or self._instrument.port.connection.period

        def ended(_: None) -> None:
            self._failures = 0
            self._polls += 1
            if self._failing:
                self._failing.discard(poll)

        def failed(error: InstrumentError) -> None:
            if poll not in self._failing:  # say it once, not at every poll
                self._instrument.port.report("error", self._instrument.name, error.message)
            self._failing.add(poll)

        task = Task(ROUTINE, poll.program, self._clock.now(), ended, failed, period)
        self._agenda.add(task)

    def _lose(self, error: BenchError) -> None:
        was_set_up, self._is_set_up = self._is_set_up, False
        self._agenda.clear()
        self._link.close()
        self._instrument.is_connected = False
        now = self._clock.now()
        self._instrument.port.mailbox.mark(Quality.DISCONNECTED, now)
        if error.message.id not in self._told:
            self._told.add(error.message.id)
            lost = "device.lost" if was_set_up else "device.not-connected"
            self._say("error", lost, reason=error.message)
        self._demands.lose()
        self._interrupt_action()
        wait = min(FIRST_RETRY * 2.0 ** min(self._failures, 16), LAST_RETRY)
        wait *= 1.0 - JITTER + 2.0 * JITTER * self._random()
        self._failures += 1
        self._lost += 1
        is_urgent = was_set_up and self._is_safe_waiting
        self._ready = now + (self._gap if is_urgent else round(wait * SECOND))

    @property
    def _is_safe_waiting(self) -> bool:
        return self._demands.is_safe_waiting or self._instrument.give_up_at != NEVER

    def _begin_wanted(self, now: int) -> None:
        if self._instrument.has_news:
            news = self._instrument.take_news()
            self._demands.take(news.safe, news.demands)
            if news.action:
                self._begin_action(news.action, now)
        self._demands.begin(now, is_set_up=self._is_set_up)

    def _begin_action(self, name: str, now: int) -> None:
        if not self._is_set_up:
            self._end_action(name, "device.action-needs-link")
            return
        instrument = self._instrument
        action = instrument.actions[name]
        late = InstrumentError(
            "device.action-timeout",
            instrument=instrument.name,
            action=name,
            timeout=f"{action.timeout:g} s",
        )
        due = now + round(action.timeout * SECOND)
        program = instrument.programs.actions[name]
        task = Task(
            ROUTINE,
            lambda: until(due, program(), clock=self._clock, late=late),
            now,
            lambda found: instrument.note(Progress(Stage.DONE, name, results=dict(found))),
            lambda error: instrument.note(Progress(Stage.FAILED, name, error.message)),
        )
        self._agenda.add(task)

    def _interrupt_action(self) -> None:
        progress = self._instrument.progress()
        if progress.stage is Stage.RUNNING:
            self._end_action(progress.action, "device.action-interrupted")

    def _end_action(self, name: str, message_id: str) -> None:
        message = Message(message_id, {"instrument": self._instrument.name, "action": name})
        self._instrument.note(Progress(Stage.FAILED, name, message))

    def _say(self, level: str, message_id: str, **arguments: object) -> None:
        name = self._instrument.name
        arguments |= {"instrument": name, "link": self.name}
        arguments["identity"] = self._instrument.identity
        self._instrument.port.report(level, name, Message(message_id, arguments))
