"""What serves twins on a loopback TCP port: clients come and go, and one thread does everything.

So the twins need no lock, and a peer that stops reading stops nobody.
"""

from __future__ import annotations

import selectors
import socket
import struct
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar

from bench.clock import SECOND, Clock

LOOPBACK = "127.0.0.1"
"""Simulated instruments are never offered to a network."""
CHUNK = 65536
"""Most bytes taken in one go."""
LARGEST_BACKLOG = 1_000_000
"""A client that leaves more bytes unread than this is dropped."""
_AT_ONCE = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""Close without a goodbye (``struct linger``: two shorts on Windows, two ints elsewhere)."""
LONGEST_WAIT = 3600.0
"""Longest sleep of the serving thread, s; a twin without plans says `NEVER`."""


@dataclass(eq=False)
class Client:
    """One peer that has connected."""

    socket: socket.socket
    """Its connection; does not block."""
    unsent: bytearray = field(default_factory=bytearray)
    """What it has not taken yet."""


ClientT = TypeVar("ClientT", bound=Client)


class Closing(ABC):
    """Something that is closed at the end of its ``with`` block."""

    @abstractmethod
    def close(self) -> None:
        """Stop, and free what is held."""

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close it, whatever has happened."""
        self.close()


class LoopbackServer(Closing, Generic[ClientT]):
    """The common part of a server; what it serves says when to act and what to answer.

    Args:
        clock: the time of the twins.
        make_client: makes what is kept of a peer.
        most: how many peers it serves at once; the next one is refused.
        greeting: what a peer is told first.
    """

    port: int
    """TCP port it listens at."""

    def __init__(
        self,
        clock: Clock,
        *,
        make_client: Callable[[socket.socket], ClientT],
        most: int,
        greeting: bytes = b"",
    ) -> None:
        self._clock = clock
        self._make_client = make_client
        self._most = most
        self._greeting = greeting
        self._clients: set[ClientT] = set()
        self._is_closing = False
        self._is_cut = False
        self._is_refusing = False

    @abstractmethod
    def _step(self, now: int) -> int:
        """Let the twins act; return when to be called again (ns)."""

    @abstractmethod
    def _take(self, client: ClientT, data: bytes) -> None:
        """Take what a client has sent."""

    @property
    def has_failed(self) -> bool:
        """Whether it has stopped serving although nobody closed it: a twin has failed."""
        return not self._is_closing and not self._thread.is_alive()

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

    def _listen(self, port: int, *, name: str) -> None:
        """Begin to serve at a port (0: any free one): the last thing a constructor does."""
        self._listener = _listening(port)
        self._alarm, self._bell = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._bell, selectors.EVENT_READ)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name=f"{name}-{self.port}", daemon=True)
        self._thread.start()

    def _ring(self) -> None:
        with suppress(OSError):  # the thread has ended by a failure, and its end with it
            self._alarm.send(b"!")

    def _serve(self) -> None:
        try:
            while not self._is_closing:
                due = self._step(self._clock.now())
                wait = (due - self._clock.now()) / SECOND
                for key, events in self._selector.select(min(max(wait, 0.0), LONGEST_WAIT)):
                    self._attend(key, events)
        finally:
            self._hang_up()
            self._bell.close()
            self._selector.close()

    def _attend(self, key: selectors.SelectorKey, events: int) -> None:
        if key.fileobj is self._listener:
            self._accept()
        elif key.fileobj is self._bell:
            self._bell.recv(CHUNK)
            if self._is_cut:
                self._hang_up()
        elif key.data in self._clients:  # not dropped by what another one has just sent
            self._talk(key.data, events)

    def _hang_up(self) -> None:
        if self._listener.fileno() >= 0:  # first, so that nobody who is dropped gets in again
            self._selector.unregister(self._listener)
            self._listener.close()
        for client in tuple(self._clients):
            self._drop(client)

    def _refuse(self, *, is_refusing: bool) -> None:
        """Hang up and refuse connections, or take them again at the same port."""
        if self._is_cut:
            return
        self._is_refusing = is_refusing
        if is_refusing:
            self._hang_up()
        else:
            self._listener = _listening(self.port)
            self._selector.register(self._listener, selectors.EVENT_READ)

    def _half_close(self, client: ClientT) -> None:
        """Close the sending side of a client's connection; it is heard, but told nothing."""
        with suppress(OSError):  # gone already
            client.socket.shutdown(socket.SHUT_WR)

    def _reset(self, client: ClientT) -> None:
        """Reset a client's connection: what is under way is lost."""
        with suppress(OSError):  # gone already
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._drop(client)

    def _accept(self) -> None:
        with suppress(OSError):  # gone again before we looked
            connection, _ = self._listener.accept()
            if len(self._clients) >= self._most:
                connection.close()
                return
            connection.settimeout(0.0)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client = self._make_client(connection)
            self._clients.add(client)
            self._selector.register(connection, selectors.EVENT_READ, client)
            self._write(client, self._greeting)

    def _talk(self, client: ClientT, events: int) -> None:
        if not events & selectors.EVENT_READ:
            self._write(client, b"")
            return
        try:
            data = client.socket.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._take(client, data)
        else:
            self._drop(client)

    def _write(self, client: ClientT, data: bytes) -> None:
        """Send to a client what it takes now, and the rest when it takes more."""
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

    def _drop(self, client: ClientT) -> None:
        if client in self._clients:
            self._clients.discard(client)
            self._selector.unregister(client.socket)
            client.socket.close()


def _listening(port: int) -> socket.socket:
    """Return a socket that listens at a port of this machine (0: any free one)."""
    listener = socket.create_server((LOOPBACK, port))
    listener.settimeout(0.0)
    return listener
