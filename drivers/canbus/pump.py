"""The worker of one CAN bus: it owns the bus, and hands frames between the wire and the nodes.

A dead bus shows by its silence, hardly ever by an exception (python-can: the socketcand client
spins and returns nothing, adapters stay "active" after an unplug), so age decides. A bus that
is dead is dropped and opened anew, with growing pauses. What was waiting to be sent is
forgotten: nothing moves after a recovery until it is demanded again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.clock import MILLISECOND, NEVER, SECOND, Clock
from bench.device import LinkHealth, Report
from bench.errors import LinkError
from bench.messages import Message
from drivers.canbus.bus import Bus, OpenBus, Opening, PythonCanBus
from drivers.canbus.dispatch import Dispatch
from drivers.canbus.frame import Frame
from drivers.canbus.port import CanNode

POLL = 2 * MILLISECOND
"""How often the bus is looked at; frames are stamped within this time of their arrival."""
FIRST_PAUSE = 200 * MILLISECOND
"""Pause before a dead bus is opened anew; doubles up to `LONGEST_PAUSE`."""
LONGEST_PAUSE = 500 * MILLISECOND
"""Longest pause between two attempts: a bus is back within a second of its return."""
OPENING = 15 * SECOND
"""An attempt that takes longer is abandoned (python-can's socketcand client may take 10 s)."""
MOST_FRAMES = 100
"""Frames taken per step, so that a flood cannot keep demands from going out."""
PATIENCE = 250 * MILLISECOND
"""Longest time of one step: nothing in it waits, but a busy machine may hold it up."""


class CanBusWorker:
    """Serves one CAN bus."""

    def __init__(
        self,
        name: str,
        settings: Mapping[str, object],
        nodes: Sequence[CanNode],
        *,
        clock: Clock,
        report: Report,
        open_bus: OpenBus = PythonCanBus,
    ) -> None:
        self.name = name
        self.dispatch = Dispatch(nodes)
        """Counts the frames nobody listens to."""
        self.unsent = 0
        """Frames that nodes wanted to send while the bus was down."""
        self.openings = 0
        """How often the bus has been opened."""
        self.patience = PATIENCE
        """Longest time one step may take, ns."""
        self._heard = self._late = self._failures = 0
        self._promised = NEVER - POLL
        self._settings = settings
        self._nodes = tuple(nodes)
        self._clock = clock
        self._report = report
        self._open_bus = open_bus
        self._patience = max((node.silence for node in nodes), default=SECOND)
        self._bus: Bus | None = None
        self._opening: Opening | None = None
        self._failure: LinkError | None = None
        self._said = ""
        self._error_frames = 0
        self._pause = FIRST_PAUSE
        self._since = 0
        """When the last known frame came, the bus was opened, or an attempt was begun."""
        self._retry = 0
        self._is_closed = False
        for node in nodes:
            node.attach(self._send)

    @property
    def is_open(self) -> bool:
        """Whether the bus is open."""
        return self._bus is not None

    @property
    def health(self) -> LinkHealth:
        """Frames heard, steps that came more than a poll too late, failures and openings."""
        return LinkHealth(self._heard, self._late, self._failures, self.openings)

    def step(self, now: int) -> int:
        """Do what is due; return when to be called again (ns). Never raises a LinkError."""
        if self._is_closed:
            return now + SECOND
        self._late += now > self._promised + POLL
        if self._bus is None:
            self._open(now)
        if self._bus is not None:
            self._receive(self._bus)
        due = min((node.step(now) for node in self._nodes), default=now + POLL)
        if self._bus is not None:
            self._supervise(self._bus, now)
        self._promised = max(min(due, now + POLL), now)
        return self._promised

    def close(self) -> None:
        """Release the bus; outputs stay as they are."""
        self._is_closed = True
        if self._opening is not None:
            self._opening.abandon()
            self._opening = None
        self._release()

    def _send(self, frame: Frame) -> None:
        if self._bus is None or self._failure is not None:
            self.unsent += 1
            return
        try:
            self._bus.send(frame)
        except LinkError as error:
            self._failure = error

    def _receive(self, bus: Bus) -> None:
        for _ in range(MOST_FRAMES):
            try:
                frame = bus.receive()
            except LinkError as error:
                self._failure = error
                return
            if frame is None:
                return
            heard = self._clock.now()
            if self.dispatch(frame, heard):
                self._heard += 1
                self._since = heard
                self._pause = FIRST_PAUSE
                self._said = ""

    def _supervise(self, bus: Bus, now: int) -> None:
        if bus.error_frames and not self._error_frames:
            self._say("warning", Message("can.error-frames", {"bus": self.name}))
        self._error_frames = bus.error_frames
        if self._failure is not None:
            self._drop(self._failure.message, now)
        elif self._nodes and now - self._since >= self._patience:
            seconds = round(self._patience / SECOND, 3)
            self._drop(Message("can.bus-silent", {"bus": self.name, "seconds": seconds}), now)

    def _drop(self, reason: Message, now: int) -> None:
        self._failures += 1
        if reason.id != self._said:  # a bus that stays dead is reported once
            self._said = reason.id
            self._say("error", reason)
        self._release()
        self._retry = now + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        for node in self._nodes:
            node.bus_lost(now)

    def _release(self) -> None:
        bus, self._bus, self._failure = self._bus, None, None
        if bus is not None:
            try:
                bus.close()
            except LinkError as error:
                self._say("warning", error.message)

    def _open(self, now: int) -> None:
        if self._opening is None:
            if now < self._retry:
                return
            self._opening = Opening(self.name, self._settings, self._open_bus)
            self._since = now
        try:
            bus = self._opening.result()
        except LinkError as error:
            self._opening = None
            self._drop(error.message, now)
            return
        if bus is not None:
            self._opening = None
            self._begin(bus, now)
        elif now - self._since >= OPENING:
            self._opening.abandon()
            self._opening = None
            self._drop(Message("can.opening-hangs", {"bus": self.name}), now)

    def _begin(self, bus: Bus, now: int) -> None:
        self._bus = bus
        self._since = now
        self._error_frames = 0
        self.openings += 1
        for node in self._nodes:
            node.bus_opened(now)

    def _say(self, level: str, message: Message) -> None:
        self._report(level, self.name, message)
