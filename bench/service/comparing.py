"""The client's side of loop checks and calibrations: what to apply, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bench.channel import Channel, Kind
from bench.clock import SECOND, Clock
from bench.errors import Refused, did_you_mean
from bench.maintenance.comparison import steps_of
from bench.messages import Message
from bench.model import BenchModel
from bench.service.port import BenchState, EventShown, Reply
from bench.service.requests import Compare, Request, TakeControl

PATIENCE = 15 * SECOND
"""How long the result may take beyond the averaging."""
END = "q"
"""What a person types who gives up: points without the last one conclude nothing."""
_RESULTS = frozenset({"maintenance.compared", "maintenance.not-compared"})
_SUMMARIES = frozenset(
    {"maintenance.loop-passed", "maintenance.loop-failed", "maintenance.calibrated"}
)


class Served(Protocol):
    """A bench that is served, as `bench.service.client.RemoteBench` holds it."""

    def state(self) -> BenchState:
        """Return the newest state."""
        ...

    def step(self) -> None:
        """Wait for news, a moment at most."""
        ...

    def events(self) -> list[EventShown]:
        """Return the events since the last call."""
        ...

    def request(self, request: Request) -> Reply:
        """Ask for something."""
        ...


@dataclass(frozen=True)
class Reference:
    """One thing to apply."""

    value: str
    """What it stands for, with its unit: ``20 kg/h``."""
    applied: str = ""
    """The signal: ``12 mA``; empty: the value itself is applied."""

    @staticmethod
    def parse(text: str) -> Reference:
        """Return what a person wrote: ``12 mA=20 kg/h``, or ``20 kg/h``.

        Raises:
            Refused: a side is empty.
        """
        signal, equals, value = (part.strip() for part in text.partition("="))
        if not signal or (equals and not value):
            raise Refused("maintenance.no-reference", text=text)
        return Reference(value, signal) if equals else Reference(signal)

    def __str__(self) -> str:
        return f"{self.applied} = {self.value}" if self.applied else self.value


def channel_of(model: BenchModel, name: str) -> Channel:
    """Return a measured channel.

    Raises:
        Refused: there is none of that name.
    """
    index = model.index.get(name)
    if index is None or model.channels[index].kind is not Kind.MEASURED:
        hint = did_you_mean(name, [channel.name for channel in model.measured])
        raise Refused("serve.no-measured", name=name, hint=hint)
    return model.channels[index]


def references_of(channel: Channel, percents: str) -> tuple[Reference, ...]:
    """Return what is to be applied for shares of a channel's range in %: ``0,25,50,75,100``.

    Raises:
        Refused: the channel has no range, or no such shares.
    """
    try:
        shares = [float(each) / 100.0 for each in percents.split(",")]
    except ValueError as error:
        raise Refused("maintenance.bad-points", text=percents) from error
    if not all(0.0 <= share <= 1.0 for share in shares):
        raise Refused("maintenance.bad-points", text=percents)
    values = steps_of(channel, shares)
    if not values:
        raise Refused("maintenance.no-range", channel=channel.name)
    unit = channel.unit
    return tuple(Reference(f"{unit.from_si(each):.9g} {unit.text}".strip()) for each in values)


class Comparing:
    """Leads a person through the points of one channel."""

    def __init__(
        self,
        bench: Served,
        wanted: Compare,
        *,
        clock: Clock,
        ask: Callable[[Message], str],
        tell: Callable[[Message], None],
    ) -> None:
        """Prepare.

        Args:
            bench: The server.
            wanted: What all points have in common.
            clock: What tells how long we wait.
            ask: Shows what to apply and returns what the person typed.
            tell: Shows what came of a point.
        """
        self._bench = bench
        self._wanted = wanted
        self._clock = clock
        self._ask = ask
        self._tell = tell
        self._kept: list[Message] = []

    def run(self, references: Sequence[Reference]) -> Message | None:
        """Compare all points; return what the server concludes, None: nothing.

        Raises:
            Refused: the server does not do it, or no result came in time.
        """
        if not self._bench.state().control:
            self._request(TakeControl())
        conclusion: Message | None = None
        last = len(references) - 1
        for number, reference in enumerate(references):
            typed = self._typed(reference)
            if typed == END:
                self._tell(Message("maintenance.ended", {"count": number}))
                break
            place = {"is_first": number == 0, "is_last": number == last}
            conclusion = self._compare(
                replace(self._wanted, reference=reference.value, applied=reference.applied, **place)
            )
        return conclusion

    def _typed(self, reference: Reference) -> str:
        about = {"channel": self._wanted.channel, "reference": str(reference)}
        return self._ask(Message("maintenance.apply", about)).strip().lower()

    def _compare(self, request: Compare) -> Message | None:
        self._bench.events()  # what was before is no answer
        self._kept.clear()
        self._request(request)
        seconds = f"{self._wanted.seconds:g}"
        self._tell(Message("maintenance.averaging", {"seconds": seconds}))
        due = self._clock.now() + round(self._wanted.seconds * SECOND) + PATIENCE
        self._awaited(due)
        return self._awaited(due) if request.is_last else None

    def _awaited(self, due: int) -> Message:
        """Wait for the next result of this channel, and show it; raises `Refused`."""
        while self._clock.now() < due:
            for message in self._news():
                if message.arguments.get("channel") == self._wanted.channel:
                    if message.id == "maintenance.not-compared":
                        raise Refused(message.id, **message.arguments)
                    self._tell(message)
                    return message
            self._bench.step()
        raise Refused("maintenance.no-answer")

    def _news(self) -> Iterator[Message]:
        self._kept += [each.message for each in self._bench.events()]
        while self._kept:
            message = self._kept.pop(0)
            if message.id in _RESULTS | _SUMMARIES:
                yield message

    def _request(self, request: Request) -> None:
        reply = self._bench.request(request)
        if not reply.is_accepted:
            reason = reply.reason or Message("serve.refused")
            raise Refused(reason.id, **reason.arguments)
