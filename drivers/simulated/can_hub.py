"""A socketcand server on the loopback address, with twins on its buses, in real time.

It speaks what python-can's ``socketcand`` client needs of the protocol (linux-can/socketcand,
doc/protocol.md): ``open``, ``rawmode``, ``send``, ``echo``. No beacon: the rig names host and
port. One thread does everything, so the twins need no lock and a peer that stops reading stops
nobody.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from bench.clock import MILLISECOND, NEVER, SECOND, Clock
from drivers.canbus.frame import Frame
from drivers.simulated.port import CanTwin, SendFrame

LOOPBACK = "127.0.0.1"
"""Simulated instruments are never offered to a network."""
MOST_CLIENTS = 8
"""Clients at once; the next one is refused."""
CHUNK = 65536
"""Most bytes taken in one go."""
LARGEST_BACKLOG = 1_000_000
"""A client that leaves more bytes unread than this is dropped."""
LONGEST_COMMAND = 256
"""A client that sends this much without ending a command is dropped."""
QUIET = 100 * MILLISECOND
"""How long frames are held back from a new client: python-can takes the answer to ``rawmode`` and
all that comes with it for one text."""
LONGEST_WAIT = 3600.0
"""Longest sleep of the serving thread, s."""

MakeTwin = Callable[[SendFrame], CanTwin]
"""Makes a twin that sends by what it is given (its terminals are already bound)."""


@dataclass(eq=False)
class _Client:
    socket: socket.socket
    channel: str = ""
    is_raw: bool = False
    quiet_until: int = 0
    received: bytearray = field(default_factory=bytearray)
    held: bytearray = field(default_factory=bytearray)
    unsent: bytearray = field(default_factory=bytearray)


@dataclass(eq=False)
class _Twin:
    channel: str
    twin: CanTwin
    due: int = 0


class CanHub:
    """Buses behind a TCP port of this machine; use it as a context manager.

    Args:
        buses: bus → name → twin; the serving thread calls them, nobody else may.
        clock: the time at which frames arrive and twins act.
        port: TCP port; 0: any free one, see `port`.
    """

    def __init__(
        self, buses: Mapping[str, Mapping[str, MakeTwin]], clock: Clock, *, port: int = 0
    ) -> None:
        self._clock = clock
        self._clients: set[_Client] = set()
        self._channels = frozenset(buses)
        self._twins: list[_Twin] = []
        for channel, twins in buses.items():
            for make in twins.values():
                self._attach(channel, make)
        self._listener = socket.create_server((LOOPBACK, port))
        self._listener.settimeout(0.0)
        self._alarm, self._bell = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._is_closing = False
        self._is_cut = False
        self.port: int = self._listener.getsockname()[1]
        """TCP port it listens at."""
        self._thread = threading.Thread(target=self._serve, name=f"hub-{self.port}", daemon=True)
        self._thread.start()

    @property
    def has_failed(self) -> bool:
        """Whether it has stopped serving although nobody closed it: a twin has failed."""
        return not self._is_closing and not self._thread.is_alive()

    def settings(self, channel: str) -> dict[str, object]:
        """Return what a rig says under ``buses`` to reach one of the hub's buses."""
        return {
            "interface": "socketcand",
            "host": LOOPBACK,
            "port": self.port,
            "channel": channel,
        }

    def __enter__(self) -> Self:
        """Return the hub, which is listening."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving."""
        self.close()

    def cut(self) -> None:
        """Hang up and take no client any more, as a cable does that is cut; the twins go on."""
        self._is_cut = True
        self._ring()

    def close(self) -> None:
        """Drop all clients and free the port; returns when the thread has ended."""
        if self._is_closing:
            return
        self._is_closing = True
        self._ring()
        self._thread.join()
        self._alarm.close()

    def _attach(self, channel: str, make: MakeTwin) -> None:
        def send(frame: Frame, at: int) -> None:
            del at  # twins send when they are stepped, and that is now
            self._put(channel, frame, station)

        station = _Twin(channel, _Absent())
        self._twins.append(station)
        station.twin = make(send)

    def _ring(self) -> None:
        with suppress(OSError):  # the thread has ended by a failure, and its end with it
            self._alarm.send(b"!")

    def _serve(self) -> None:
        try:
            while not self._is_closing:
                due = self._step_twins(self._clock.now())
                wait = (due - self._clock.now()) / SECOND
                for key, events in self._selector.select(min(max(wait, 0.0), LONGEST_WAIT)):
                    self._attend(key, events)
        finally:
            for client in tuple(self._clients):
                self._drop(client)
            self._listener.close()
            self._bell.close()
            self._selector.close()

    def _step_twins(self, now: int) -> int:
        for station in self._twins:
            if station.due <= now:
                station.due = station.twin.step(now)
        return min((station.due for station in self._twins), default=NEVER)

    def _put(self, channel: str, frame: Frame, sender: _Twin | _Client) -> None:
        """Let all others on a bus hear a frame."""
        now = self._clock.now()
        for station in self._twins:
            if station is not sender and station.channel == channel:
                station.twin.receive(frame, now)
                if isinstance(sender, _Client):
                    station.due = now  # what it was told may change when it wants to act
        text = frame_text(frame, now)
        for client in tuple(self._clients):
            if client is sender or not client.is_raw or client.channel != channel:
                continue
            client.held += text
            if now >= client.quiet_until:
                held, client.held = bytes(client.held), bytearray()
                self._write(client, held)

    def _attend(self, key: selectors.SelectorKey, events: int) -> None:
        client = key.data
        if key.fileobj is self._listener:
            self._accept()
        elif key.fileobj is self._bell:
            self._bell.recv(CHUNK)
            if self._is_cut:
                self._hang_up()
        elif isinstance(client, _Client) and client in self._clients:
            try:
                if events & selectors.EVENT_READ:
                    self._read(client)
                else:
                    self._write(client, b"")
            except OSError:
                self._drop(client)

    def _hang_up(self) -> None:
        for client in tuple(self._clients):
            self._drop(client)
        if self._listener.fileno() >= 0:
            self._selector.unregister(self._listener)
            self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # gone again before we looked
            connection, _ = self._listener.accept()
            if len(self._clients) >= MOST_CLIENTS:
                connection.close()
                return
            connection.settimeout(0.0)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client = _Client(connection)
            self._clients.add(client)
            self._selector.register(connection, selectors.EVENT_READ, client)
            self._write(client, b"< hi >")

    def _read(self, client: _Client) -> None:
        data = client.socket.recv(CHUNK)
        if not data:
            self._drop(client)
            return
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

    def _write(self, client: _Client, data: bytes) -> None:
        client.unsent += data
        try:
            while client.unsent:
                del client.unsent[: client.socket.send(client.unsent)]
        except BlockingIOError:
            pass  # the selector tells when it takes more
        except OSError:
            self._drop(client)
            return
        if len(client.unsent) > LARGEST_BACKLOG:
            self._drop(client)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.unsent else 0)
        self._selector.modify(client.socket, wanted, client)

    def _drop(self, client: _Client) -> None:
        if client in self._clients:
            self._clients.discard(client)
            self._selector.unregister(client.socket)
            client.socket.close()


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
