"""What of all that happens on a bench is told to people who are not there."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from bench.checklist import DiskSpace, GasStock
from bench.clock import SECOND, Clock
from bench.control.loop import Loop
from bench.errors import ConfigError, Refused, RunFileError
from bench.messages import Message
from bench.notices.courier import Courier, Tell
from bench.notices.notice import Notice, Topic
from bench.notices.settings import Subscription, subscriptions_in
from bench.record.port import Event
from bench.safeguard import Priority
from bench.service.keys import key_file
from bench.service.port import AlarmShown, Attention, BenchState, CheckShown

MOST_HEARD = 1000
"""Events that wait to be looked at; the oldest are lost."""


SHORT_FOR = 60 * SECOND
"""How long a supply has to be short before it is told: a value that is just missing is none."""


class Watch:
    """Turns events and states into notices; pure."""

    def __init__(self, supplies: Sequence[str]) -> None:
        """Begin.

        Args:
            supplies: Preflight checks of gas and disk.
        """
        self._supplies = frozenset(supplies)
        self._short: dict[str, int] = {}
        self._told: set[str] = set()
        self._attention = Attention.NONE
        self._unexplained = ""

    def look(self, events: Sequence[Event], state: BenchState, utc: int) -> list[Notice]:
        """Return what is to be told.

        Args:
            events: What happened since the last look.
            state: The bench now.
            utc: Time, ns since 1970-01-01T00:00:00Z.
        """
        found = [told for each in events if (told := _of_event(each, events, state)) is not None]
        return [*found, *self._of_state(state, utc)]

    def _of_state(self, state: BenchState, utc: int) -> list[Notice]:
        found: list[Notice] = []
        if state.unexplained != self._unexplained:
            self._unexplained = state.unexplained
            if state.unexplained:
                said = Message("serve.unexplained", {"file": state.unexplained})
                subject = Message("notice.unexplained", {"file": state.unexplained})
                key = f"unexplained:{state.unexplained}"
                found.append(Notice(Topic.UNEXPLAINED, key, subject, (said,), utc))
        if state.attention is not self._attention:
            self._attention = state.attention
            if state.attention is not Attention.NONE:
                found.append(_attention(state, utc))
        return [*found, *self._of_supplies(state, utc)]

    def _of_supplies(self, state: BenchState, utc: int) -> list[Notice]:
        found: list[Notice] = []
        for check in state.preflight:
            if check.id not in self._supplies or not check.is_needed:
                continue
            if check.is_passed:
                self._short.pop(check.id, None)
                self._told.discard(check.id)
                continue
            is_short = utc - self._short.setdefault(check.id, utc) >= SHORT_FOR
            if is_short and check.id not in self._told:
                self._told.add(check.id)
                found.append(_supply(check, state, utc))
        return found


def _of_event(event: Event, batch: Sequence[Event], state: BenchState) -> Notice | None:
    told = event.message
    match told.id:
        case "alarm.came" | "alarm.not-to-be-judged":
            return _alarm(event, state)
        case "control.state" if told.arguments.get("after") == "stopping":
            return _stop(event, batch, state)
        case said if said.startswith("serve.judged-") or said == "serve.not-judged":
            return _end(event, state)
        case said:
            is_recorder = event.source == "recorder" and event.level == "error"
            topic = Topic.SUPPLY if is_recorder else _PLAIN.get(said)
            if topic is None:
                return None
            lines = (told, *_urgent(state), *_where(state))
            return Notice(topic, topic.value, told, lines, event.utc_ns)


_PLAIN = {"alarm.flood": Topic.FLOOD, "control.chain-open": Topic.TRIP}
"""Events that are told as they are, with the first alarm."""


def _alarm(event: Event, state: BenchState) -> Notice:
    told = event.message.arguments
    name = str(told.get("limit", event.source))
    known = next((each for each in state.alarm_list if each.id == name), None)
    lines = (event.message,) if known is None else _of_alarm(known)
    if event.message.id == "alarm.not-to-be-judged":
        lines = (Message("notice.no-value"), *lines)
    subject = Message("notice.alarm", {"limit": name, "reaction": told.get("reaction", "")})
    return Notice(
        Topic.ALARM,
        f"alarm:{name}",
        subject,
        (*lines, *_where(state)),
        event.utc_ns,
        Priority(int(str(told.get("priority", 1)))),
    )


def _of_alarm(alarm: AlarmShown) -> tuple[Message, ...]:
    """Return what a person has to know of an alarm: what, value, what to do, hardwired effect."""
    given = (
        ("notice.what", alarm.text),
        ("notice.value", alarm.value),
        ("notice.cause", alarm.cause if alarm.cause.en else ""),
        ("notice.consequence", alarm.consequence if alarm.consequence.en else ""),
        ("notice.advice", alarm.advice if alarm.advice.en else ""),
        ("notice.beside", alarm.beside if alarm.beside.en else ""),
    )
    what, value, *more = (Message(said, {"said": text}) if text else None for said, text in given)
    reaction = Message("notice.reaction", {"reaction": alarm.reaction})
    return tuple(each for each in (what, value, reaction, *more) if each is not None)


def _urgent(state: BenchState) -> tuple[Message, ...]:
    """Return what is to be known of the alarm that came first, or else is the most urgent."""
    active = [each for each in state.alarm_list if each.state in {"active", "acknowledged"}]
    first = next((each for each in active if each.is_first), active[0] if active else None)
    if first is None:
        return ()
    return Message("notice.first", {"limit": first.id}), *_of_alarm(first)


def _stop(event: Event, batch: Sequence[Event], state: BenchState) -> Notice | None:
    cause = str(event.message.arguments.get("cause", ""))
    if cause == "complete":
        return None
    who = next(
        (
            each.source
            for each in batch
            if each.message.id == "control.accepted"
            and each.message.arguments.get("request") == "StopNow"
        ),
        "",
    )
    asked = (Message("notice.stopped-by", {"who": who}),) if who else ()
    subject = Message("notice.stop", {"protocol": state.protocol, "cause": cause})
    lines = (*asked, *(() if asked else _urgent(state)), *_where(state))
    return Notice(Topic.STOP, f"stop:{state.file}:{cause}", subject, lines, event.utc_ns)


def _end(event: Event, state: BenchState) -> Notice:
    file = str(event.message.arguments.get("file", ""))
    ending = state.last_ending
    reason = (
        ()
        if state.last_reason is None
        else (Message("notice.reason", {"said": state.last_reason}),)
    )
    ended = Message("notice.ended", {"file": file, "ending": ending})
    return Notice(
        Topic.END, f"end:{file}", event.message, (ended, *reason, event.message), event.utc_ns
    )


def _attention(state: BenchState, utc: int) -> Notice:
    step = state.position.id
    if state.attention is Attention.QUESTION and state.question is not None:
        subject = Message("notice.question", {"step": step})
        lines = (Message("notice.what", {"said": state.question}), *_where(state))
    else:
        subject = Message("notice.held", {"step": step})
        lines = (*_urgent(state), *_where(state))
    return Notice(Topic.ATTENTION, f"attention:{step}", subject, lines, utc)


def _supply(check: CheckShown, state: BenchState, utc: int) -> Notice:
    title = check.title if check.title.en else check.id
    subject = Message("notice.supply", {"what": title})
    advice = (Message("notice.advice", {"said": check.advice}),) if check.advice.en else ()
    lines = (check.evidence, *advice, *_where(state))
    return Notice(Topic.SUPPLY, f"supply:{check.id}", subject, lines, utc)


def _where(state: BenchState) -> tuple[Message, ...]:
    """Return where the bench is, and which file has it."""
    about = {"state": state.state.value, "protocol": state.protocol, "step": state.position.id}
    where = Message("notice.state", about)
    if state.file is None:
        return (where,)
    return where, Message("notice.file", {"file": Path(state.file).name})


class Noticing:
    """Hears what happens, looks at it between two scans, and hands it to the couriers."""

    def __init__(
        self,
        subscriptions: Sequence[Subscription],
        rig: str,
        supplies: Sequence[str],
        *,
        clock: Clock,
        tell: Tell,
    ) -> None:
        """Prepare.

        Args:
            subscriptions: Who wants to be told.
            rig: Rig.
            supplies: Preflight checks of gas and disk.
            clock: Time.
            tell: Takes what goes wrong with sending.
        """
        self._couriers = [Courier(each, rig, clock=clock, tell=tell) for each in subscriptions]
        self._watch = Watch(supplies)
        self._clock = clock
        self._heard: deque[Event] = deque(maxlen=MOST_HEARD)
        self._state = BenchState()

    def __enter__(self) -> Self:
        """Begin to send."""
        for courier in self._couriers:
            courier.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Send what waits, for a bounded time, and end."""
        self.look(self._state)  # what happened while the bench was made safe
        for courier in self._couriers:
            courier.ask_to_end()
        for courier in self._couriers:
            courier.stop()

    def hear(self, event: Event) -> None:
        """Take an event; from any thread, never waits."""
        if self._couriers:
            self._heard.append(event)

    def look(self, state: BenchState) -> None:
        """Hand on what is to be told; never waits."""
        self._state = state
        if not self._couriers:
            return
        heard = [self._heard.popleft() for _ in range(len(self._heard))]
        for notice in self._watch.look(heard, state, self._clock.utc()):
            for courier in self._couriers:
                courier.take(notice)


def noticing_of(loop: Loop, clock: Clock, folder: Path | None = None) -> Noticing:
    """Return who tells people of what happens on a bench, as the user's file says.

    A file that cannot be used is told of; the bench is served without.

    Args:
        loop: The bench.
        clock: Time.
        folder: Where the file lies; None: with the keys of the user.
    """
    found: Sequence[Subscription] = ()
    try:
        found = subscriptions_in(folder or key_file().parent)
    except ConfigError:  # what it says in detail may quote a password
        _not_used(loop, Message("notice.has-problems"))
    except Refused as error:
        _not_used(loop, error.message)
    supplies = [
        check.id for check in loop.model.preflight if isinstance(check.test, GasStock | DiskSpace)
    ]

    def tell(level: str, source: str, message: Message) -> None:
        with suppress(RunFileError):  # the server has ended, and its file is closed
            loop.log.note(level, source, message)

    return Noticing(found, loop.model.name, supplies, clock=clock, tell=tell)


def _not_used(loop: Loop, reason: Message) -> None:
    loop.log.note("warning", "notices", Message("notice.not-used", {"reason": reason}))
