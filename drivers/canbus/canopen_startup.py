"""Brings one CANopen device into operation: identify, configure, start; again when it restarts."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from bench.clock import MILLISECOND, NEVER, SECOND
from bench.device import Port
from bench.errors import BenchError, LinkTimeout, WrongInstrument
from drivers.canbus import canopen
from drivers.canbus.canopen import Command, State, Transfer
from drivers.canbus.canopen_session import Session, Task
from drivers.canbus.frame import Frame
from drivers.canbus.port import Send, nowhere
from drivers.canbus.presence import Presence

RETRY = SECOND
"""Pause before a device that did not answer, or is another one, is asked again."""
SETTLING = 500 * MILLISECOND
"""A heartbeat this soon after the start command may still tell the state before it."""


_BOOT_UP, _OPERATIONAL = int(State.BOOT_UP), int(State.OPERATIONAL)


class Phase(Enum):
    """How far the start-up is."""

    CLOSED = "closed"
    """No bus."""
    CONNECTING = "connecting"
    """Identifying and configuring."""
    WAITING = "waiting"
    """It did not answer, or is another device; asked again later."""
    RUNNING = "running"
    """Started."""


CLOSED, CONNECTING, WAITING, RUNNING = Phase
"""The phases by themselves: to look one up in its enumeration takes longer than to compare it."""


def write16(index: int, subindex: int, number: int) -> Transfer:
    """Return the transfer that writes an UNSIGNED16, at most its largest."""
    return Transfer(index, subindex, min(number, 0xFFFF).to_bytes(2, "little"))


class Startup:
    """Follows one device from the opening of its bus on.

    Args:
        port: what the core gives the instrument.
        presence: told when the device is known, and when it is another one.
        node: its node number.
        expected: what its device name (object 1008) must hold.
        settings: what is written before it is started; what the device refuses is reported,
            and it is started all the same.
    """

    def __init__(
        self,
        port: Port,
        presence: Presence,
        *,
        node: int,
        expected: str,
        settings: Sequence[Transfer],
    ) -> None:
        self.phase = CLOSED
        """How far it is."""
        self._port = port
        self._presence = presence
        self._node = node
        self._expected = expected
        self._send: Send = nowhere
        self._session = Session(node, nowhere)
        self._identity = (Transfer(0x1008, 0), Transfer(0x100A, 0), Transfer(0x1018, 4))
        name, *details = self._identity
        self._identify = (Task(name), *(Task(detail, is_required=False) for detail in details))
        self._configure = tuple(Task(transfer, is_required=False) for transfer in settings)
        self._is_identified = False
        self._retry = NEVER
        self._started = 0
        self._said = ""

    def attach(self, send: Send) -> None:
        """Take the way to send."""
        self._send = send
        self._session = Session(self._node, send)

    def opened(self, now: int) -> None:
        """The bus is there."""
        self._said = ""
        self._presence.opened(now)
        self.begin(now)

    def closed(self, now: int) -> None:
        """The bus is gone."""
        self.phase = CLOSED
        self._session.stop()
        self._presence.lost(now)

    def begin(self, now: int) -> None:
        """Identify and configure the device (anew)."""
        self.phase = CONNECTING
        self._is_identified = False
        self._command(Command.PRE_OPERATIONAL)
        self._session.begin(self._identify, now)

    def receive(self, data: bytes, now: int) -> None:
        """Take an SDO answer of the device."""
        self._session.receive(data, now)

    def is_restarted(self, heartbeat: int, now: int) -> bool:
        """Return whether a heartbeat says that a started device has to be configured anew."""
        if heartbeat == _BOOT_UP:
            return True
        return heartbeat & 0x7F != _OPERATIONAL and now - self._started > SETTLING

    def step(self, now: int) -> int:
        """Go on; return when to be called again (ns)."""
        if self.phase is CLOSED:
            return NEVER
        presence = self._presence
        was_connected = presence.is_connected
        due = presence.check(now)
        if was_connected and not presence.is_connected:
            self._wait(now)
        if self.phase is RUNNING:
            return due
        if self.phase is CONNECTING:
            due = min(due, self._session.step(now))
            if not self._session.is_running:
                self._conclude(now)
                due = min(due, self._session.step(now))
        elif self.phase is WAITING and now >= self._retry:
            self.begin(now)
            due = min(due, self._session.step(now))
        return min(due, self._retry) if self.phase is WAITING else due

    def _conclude(self, now: int) -> None:
        error = self._session.error
        if error is not None:
            self._refuse(error, now)
            return
        if not self._is_identified:
            self._judge_identity(now)
            return
        for refusal in self._session.refusals:
            self._port.report("warning", self._port.connection.name, refusal.message)
        self._presence.heard(now)
        self.phase = RUNNING
        self._said = ""
        self._started = now
        self._command(Command.START)

    def _judge_identity(self, now: int) -> None:
        name, firmware, serial = (transfer.value or b"" for transfer in self._identity)
        title = _text(name)
        if self._expected not in title:
            self._refuse(self._wrong(title), now)
            return
        number = int.from_bytes(serial, "little")
        parts = (title, _text(firmware), f"S/N {number}" if number else "")
        self._presence.identity = " ".join(part for part in parts if part)
        self._is_identified = True
        self._session.begin(self._configure, now)

    def _refuse(self, error: BenchError, now: int) -> None:
        if not isinstance(error, LinkTimeout):  # silence is told by the presence
            self._presence.lost(now)
            if self._said != error.message.id:
                self._said = error.message.id
                self._port.report("error", self._port.connection.name, error.message)
        self._wait(now)

    def _wrong(self, title: str) -> WrongInstrument:
        connection = self._port.connection
        return WrongInstrument(
            "device.wrong-instrument",
            link=f"{connection.link}, node {self._node}",
            identity=title,
            instrument=connection.name,
            expected=self._expected,
        )

    def _wait(self, now: int) -> None:
        self.phase = WAITING
        self._session.stop()
        self._retry = now + RETRY

    def _command(self, command: Command) -> None:
        self._send(Frame(canopen.NMT, canopen.nmt(command, self._node)))


def _text(data: bytes) -> str:
    return data.decode("latin-1").strip("\0 ")
