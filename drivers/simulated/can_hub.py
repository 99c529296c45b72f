"""A socketcand server on the loopback address, with twins on its buses, in real time.

It speaks what python-can's ``socketcand`` client needs of the protocol (linux-can/socketcand,
doc/protocol.md): ``open``, ``rawmode``, ``send``, ``echo``. No beacon: the rig names host and
port.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench.clock import MILLISECOND, NEVER, SECOND, Clock
from drivers.canbus.frame import Frame
from drivers.simulated.loopback import LOOPBACK, Client, LoopbackServer
from drivers.simulated.port import CanTwin, SendFrame

MOST_CLIENTS = 8
"""Clients at once; the next one is refused."""
LONGEST_COMMAND = 256
"""A client that sends this much without ending a command is dropped."""
QUIET = 100 * MILLISECOND
"""How long frames are held back from a new client: python-can takes the answer to ``rawmode`` and
all that comes with it for one text."""

MakeTwin = Callable[[SendFrame], CanTwin]
"""Makes a twin that sends by what it is given (its terminals are already bound)."""


@dataclass(eq=False)
class _Client(Client):
    channel: str = ""
    is_raw: bool = False
    quiet_until: int = 0
    received: bytearray = field(default_factory=bytearray)
    held: bytearray = field(default_factory=bytearray)


@dataclass(eq=False)
class _Twin:
    channel: str
    twin: CanTwin
    due: int = 0


class CanHub(LoopbackServer[_Client]):
    """Buses behind a TCP port of this machine; use it as a context manager.

    Args:
        buses: bus → name → twin; the serving thread calls them, nobody else may.
        clock: the time at which frames arrive and twins act.
        port: TCP port; 0: any free one, see `port`.
    """

    def __init__(
        self, buses: Mapping[str, Mapping[str, MakeTwin]], clock: Clock, *, port: int = 0
    ) -> None:
        super().__init__(clock, make_client=_Client, most=MOST_CLIENTS, greeting=b"< hi >")
        self._channels = frozenset(buses)
        self._parted: frozenset[str] = frozenset()
        self._twins: list[_Twin] = []
        for channel, twins in buses.items():
            for make in twins.values():
                self._attach(channel, make)
        self._listen(port, name="hub")

    def settings(self, channel: str) -> dict[str, object]:
        """Return what a rig says under ``buses`` to reach one of the hub's buses."""
        return {
            "interface": "socketcand",
            "host": LOOPBACK,
            "port": self.port,
            "channel": channel,
        }

    def part(self, channel: str, is_parted: bool) -> None:  # noqa: FBT001 - what a cable can be
        """Cut the cable between the clients and the twins of one bus, or mend it."""
        changed = {channel}
        self._parted = self._parted | changed if is_parted else self._parted - changed

    def _attach(self, channel: str, make: MakeTwin) -> None:
        def send(frame: Frame, at: int) -> None:
            del at  # twins send when they are stepped, and that is now
            self._put(channel, frame, station)

        station = _Twin(channel, _Absent())
        self._twins.append(station)
        station.twin = make(send)

    def _step(self, now: int) -> int:
        for station in self._twins:
            if station.due <= now:
                station.due = station.twin.step(now)
        return min((station.due for station in self._twins), default=NEVER)

    def _put(self, channel: str, frame: Frame, sender: _Twin | _Client) -> None:
        """Let all others on a bus hear a frame."""
        now = self._clock.now()
        is_parted = channel in self._parted
        if is_parted and isinstance(sender, _Client):
            return
        for station in self._twins:
            if station is not sender and station.channel == channel:
                station.twin.receive(frame, now)
                if isinstance(sender, _Client):
                    station.due = now  # what it was told may change when it wants to act
        if is_parted:
            return
        text = frame_text(frame, now)
        for client in tuple(self._clients):
            if client is sender or not client.is_raw or client.channel != channel:
                continue
            client.held += text
            if now >= client.quiet_until:
                held, client.held = bytes(client.held), bytearray()
                self._write(client, held)

    def _take(self, client: _Client, data: bytes) -> None:
        client.received += data
        *commands, rest = client.received.split(b">")
        client.received = rest
        for command in commands:
            self._obey(client, command.decode("ascii", "replace").strip(" <\r\n"))
        if len(rest) > LONGEST_COMMAND:
            self._drop(client)

    def _obey(self, client: _Client, command: str) -> None:
        word, _, rest = command.partition(" ")
        if word == "open" and rest in self._channels:
            client.channel = rest
            self._write(client, b"< ok >")
        elif word == "rawmode" and client.channel:
            client.is_raw = True
            client.quiet_until = self._clock.now() + QUIET
            self._write(client, b"< ok >")
        elif word == "echo":
            self._write(client, b"< echo >")
        elif word == "send" and client.is_raw and (frame := parse_send(rest)) is not None:
            self._put(client.channel, frame, client)
        else:
            self._write(client, b"< error unknown command or bus >")


class _Absent:
    """Stands in for a twin while it is made."""

    def receive(self, frame: Frame, now: int) -> None:
        """Hear nothing."""

    def step(self, now: int) -> int:
        """Do nothing."""
        del now
        return NEVER


def frame_text(frame: Frame, now: int) -> bytes:
    """Return a frame as socketcand sends it; eight digits mean a 29-bit id."""
    number = f"{frame.id:08X}" if frame.extended else f"{frame.id:03X}"
    seconds, rest = divmod(now, SECOND)
    return f"< frame {number} {seconds}.{rest // 1000:06d} {frame.data.hex()} >".encode("ascii")


def parse_send(text: str) -> Frame | None:
    """Return the frame of a ``send`` command (id, length, bytes), None where it is malformed."""
    parts = text.split()
    try:
        number, length = int(parts[0], 16), int(parts[1])
        data = bytes(int(part, 16) for part in parts[2:])
    except (ValueError, IndexError):
        return None
    is_extended = len(parts[0]) > 3
    if len(data) != length or length > 8 or not 0 <= number < (1 << 29 if is_extended else 1 << 11):
        return None
    return Frame(number, data, is_extended)
