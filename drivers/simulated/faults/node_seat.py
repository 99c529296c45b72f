"""A CAN node with its connector: where its faults happen, on a hub or in the process."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from bench.clock import MILLISECOND, SECOND
from drivers.canbus.frame import Burst, Frame
from drivers.simulated.faults.fault import Fault
from drivers.simulated.plant import FaultValues
from drivers.simulated.port import CanTwin, SendBurst, SendFrame, burst_attacher

MakeTwin = Callable[[SendFrame], CanTwin]
"""Makes a twin that sends by what it is given."""

_NO_FRAME = Frame(1, bytes(8))
_DARK = 100 * MILLISECOND
"""How often a node without power is looked at: its power may have come back."""


class NodeSeat:
    """A CAN twin, and whether and how its frames come through.

    With no fault, it hands on and costs a call; faults swap what is called. A twin with ``suffer``
    is told of all of them, by kind: it knows its own frames.

    Args:
        make: makes the twin, again after each loss of power.
        send: puts a frame on the bus.
    """

    def __init__(self, make: MakeTwin, send: SendFrame) -> None:
        self._make = make
        self._send = send
        self._send_burst: SendBurst | None = None
        self._running: dict[str, Fault] = {}
        self._last = _NO_FRAME
        self._due_babble = 0
        self._sit(make(self._put))

    @property
    def listens(self) -> frozenset[int] | None:
        """The only ids it listens to; None: all."""
        found: frozenset[int] | None = getattr(self.twin, "listens", None)
        return found

    def attach_burst(self, send: SendBurst) -> None:
        """Take the way to send many frames at once."""
        self._send_burst = send
        self._attach_burst(self.twin)

    def receive(self, frame: Frame, now: int) -> None:
        """Take a frame that is on the bus at a time (ns)."""
        self._hear(frame, now)

    def step(self, now: int) -> int:
        """Send what is due; return when it next wants to (ns)."""
        return self._act(now)

    def begin(self, name: str, fault: Fault, now: int) -> None:
        """Let a fault happen."""
        self._running[name] = fault
        self._due_babble = now
        if fault.what == "reboot":
            self._power_on(now)  # outputs fall into their power-on state as the power goes
        self._changed()

    def end(self, name: str, now: int) -> None:
        """Let it be over; after a loss of power the twin is made anew."""
        was_without_power = self._running.pop(name).what == "reboot"
        if was_without_power:
            self._sit(self._make(self._put))
        self._changed()
        del now

    def _put(self, frame: Frame, due: int) -> None:
        if not self._running:
            self._send(frame, due)
            return
        if self._has("node-silent") or self._has("reboot"):
            return
        for fault in tuple(self._running.values()):
            if fault.what == "short-frames":
                frame = frame._replace(data=frame.data[: round(fault.number("bytes"))])
        self._last = frame
        self._send(frame, due)

    def _put_burst(self, id: int, data: NDArray[np.uint8], due: int) -> None:  # noqa: A002 - the field's word
        burst = Burst(id, data)
        if self._running or self._send_burst is None:  # what happens to frames happens to each
            for frame in burst.frames():
                self._put(frame, due)
            return
        self._send_burst(id, data, due)

    def _attach_burst(self, twin: CanTwin) -> None:
        attach = burst_attacher(twin)
        if attach is not None and self._send_burst is not None:
            attach(self._put_burst)

    def _has(self, what: str) -> bool:
        return any(fault.what == what for fault in tuple(self._running.values()))

    def _power_on(self, now: int) -> None:
        twin = self._make(self._put)
        self._attach_burst(twin)
        twin.step(now)
        self._sit(twin)

    def _sit(self, twin: CanTwin) -> None:
        self.twin = twin
        """The node."""
        self._hear, self._act = twin.receive, twin.step
        self._attach_burst(twin)

    def _changed(self) -> None:
        twin = self.twin
        suffer: Callable[[Mapping[str, FaultValues]], None] | None = getattr(twin, "suffer", None)
        if suffer is not None:
            suffer({fault.what: fault.values for fault in tuple(self._running.values())})
        self._hear, self._act = twin.receive, twin.step
        if self._has("reboot"):
            self._hear, self._act = _deaf, _unpowered
        elif self._has("babbling"):
            self._act = self._babble

    def _babble(self, now: int) -> int:
        """Step the twin, and repeat its last frame as often as it is due."""
        due = self.twin.step(now)
        rates = [
            fault.number("rate")
            for fault in tuple(self._running.values())
            if fault.what == "babbling"
        ]
        if rates and now >= self._due_babble:
            self._put(self._last, now)
            self._due_babble = now + round(SECOND / max(rates))
        return min(due, self._due_babble)


def _deaf(frame: Frame, now: int) -> None:
    """Hear nothing, as a node without power."""
    del frame, now


def _unpowered(now: int) -> int:
    """Do nothing, as a node without power; return when to look again (ns)."""
    return now + _DARK
