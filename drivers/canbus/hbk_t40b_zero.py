"""Zeroing of the torque flange: control bit on, wait for its echo, let the torque settle.

The flange zeroes whatever it sees. That the shaft stands still and unloaded is for the test
sequence to see to.
"""

from __future__ import annotations

from collections.abc import Callable

from bench.clock import MILLISECOND, NEVER, SECOND
from bench.device import Action, Port, Progress, Stage
from bench.errors import Refused
from bench.messages import Message

ZERO = Action("zero", duration=1.0, timeout=5.0)
"""Average the torque and take it as zero."""
SETTLE = 300 * MILLISECOND
"""How long after the echo the new torque is awaited: it comes only if it has changed."""

BIT = 0x01  # control byte, and its echo in status byte 1


class Zeroing:
    """The one action of the flange."""

    def __init__(self, port: Port, control: Callable[[int], None]) -> None:
        self.progress = Progress()
        """How it is getting on."""
        self.is_busy = False
        """Whether it is wanted or running; else neither `step` nor `status` does anything."""
        self._port = port
        self._control = control
        self._is_running = False
        self._before = 0.0
        self._deadline = NEVER
        self._settled = NEVER

    def want(self, action: str, *, is_connected: bool) -> None:
        """Note on the scan's thread that an action is wanted.

        Raises:
            Refused: no such action, or it is running.
        """
        name = self._port.connection.name
        if action != ZERO.name:
            raise Refused(
                "device.unknown-action", instrument=name, action=action, actions=ZERO.name
            )
        if self.progress.stage is Stage.RUNNING:
            raise Refused("device.action-busy", instrument=name, action=action, running=action)
        if not is_connected:
            self._fail("device.action-needs-link")
            return
        self.progress = Progress(Stage.RUNNING, action)
        self.is_busy = True

    def status(self, echo: int, now: int) -> None:
        """Take status byte 1."""
        if self._is_running and echo & BIT and self._settled == NEVER:
            self._settled = now + SETTLE

    def interrupt(self) -> None:
        """The stator is gone or starts anew."""
        if self.is_busy:
            self._end()
            self._fail("device.action-interrupted")

    def step(self, now: int, torque: float | None) -> int:
        """Begin, finish or give up; return when to be called again (ns).

        Args:
            now: the time, ns.
            torque: the newest torque, N·m; None: there is none.
        """
        if self.is_busy and not self._is_running:
            self._begin(now, torque)
        if not self._is_running:
            return NEVER
        if now >= self._settled:
            self._control(0)
            self._end()
            self._conclude(torque)
        elif now >= self._deadline:
            self._control(0)
            self._end()
            self._fail("device.action-timeout", timeout=f"{ZERO.timeout:g} s")
        return min(self._settled, self._deadline)

    def _begin(self, now: int, torque: float | None) -> None:
        if torque is None:
            self._end()
            self._fail("canopen.zero-without-torque")
            return
        self._before = torque
        self._is_running = True
        self._deadline = now + round(ZERO.timeout * SECOND)
        self._control(BIT)

    def _conclude(self, torque: float | None) -> None:
        if torque is None:
            self._fail("canopen.zero-without-torque")
            return
        results = {"offset_before": self._before, "offset_after": torque}
        self.progress = Progress(Stage.DONE, ZERO.name, results=results)

    def _end(self) -> None:
        self.is_busy = self._is_running = False
        self._deadline = self._settled = NEVER

    def _fail(self, message_id: str, **arguments: object) -> None:
        named = {"instrument": self._port.connection.name, "action": ZERO.name, **arguments}
        self.progress = Progress(Stage.FAILED, ZERO.name, Message(message_id, named))
