"""Serves a twin on a loopback TCP port, so that the real VISA stack can talk to it.

One thread does everything for one server: it accepts, receives, answers, and lets the twin do
what it does by itself. So the twin needs no lock, and a peer that stops reading stops nobody.
"""

from __future__ import annotations

import selectors
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from bench.clock import SECOND, Clock
from drivers.simulated.port import TextTwin

LOOPBACK = "127.0.0.1"
"""Simulated instruments are never offered to a network."""
LARGEST_BACKLOG = 1_000_000
"""A client that leaves more bytes of replies unread than this is dropped."""
LONGEST_WAIT = 3600.0
"""Longest sleep of the serving thread, s; a twin without plans says `NEVER`."""
CHUNK = 65536


@dataclass(eq=False)
class _Client:
    socket: socket.socket
    unsent: bytearray = field(default_factory=bytearray)


class SocketServer:
    """A twin behind a TCP port of this machine; use it as a context manager.

    Args:
        twin: the instrument; called by the serving thread only.
        clock: the time at which its bytes arrive.
        port: TCP port; 0: any free one, see `port`.
        clients: how many it serves at once; many instruments take a single one and refuse or
            drop the next.
    """

    def __init__(self, twin: TextTwin, clock: Clock, *, port: int = 0, clients: int = 1) -> None:
        self._twin = twin
        self._clock = clock
        self._most = clients
        self._clients: set[_Client] = set()
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
        self._thread = threading.Thread(target=self._serve, name=f"twin-{self.port}", daemon=True)
        self._thread.start()

    @property
    def has_failed(self) -> bool:
        """Whether it has stopped serving although nobody closed it: the twin has failed."""
        return not self._is_closing and not self._thread.is_alive()

    @property
    def resource(self) -> str:
        """VISA resource string that leads here."""
        return f"TCPIP::{LOOPBACK}::{self.port}::SOCKET"

    def __enter__(self) -> Self:
        """Return the server, which is listening."""
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
        """Hang up and take no client any more, as a cable does that is cut; the twin goes on."""
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

    def _ring(self) -> None:
        with suppress(OSError):  # the thread has ended by a failure, and its end with it
            self._alarm.send(b"!")

    def _serve(self) -> None:
        try:
            while not self._is_closing:
                due = self._twin.step(self._clock.now())
                wait = (due - self._clock.now()) / SECOND
                for key, events in self._selector.select(min(max(wait, 0.0), LONGEST_WAIT)):
                    self._attend(key, events)
        finally:
            for client in tuple(self._clients):
                self._drop(client)
            self._listener.close()
            self._bell.close()
            self._selector.close()

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
                    self._receive(client)
                elif events & selectors.EVENT_WRITE:
                    self._send(client, b"")
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
            if len(self._clients) >= self._most:
                connection.close()
                return
            connection.settimeout(0.0)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client = _Client(connection)
            self._clients.add(client)
            self._selector.register(connection, selectors.EVENT_READ, client)

    def _receive(self, client: _Client) -> None:
        data = client.socket.recv(CHUNK)
        if not data:
            self._drop(client)
            return
        self._send(client, self._twin.receive(data, self._clock.now()))

    def _send(self, client: _Client, data: bytes) -> None:
        client.unsent += data
        with suppress(BlockingIOError):
            while client.unsent:
                del client.unsent[: client.socket.send(client.unsent)]
        if len(client.unsent) > LARGEST_BACKLOG:
            self._drop(client)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.unsent else 0)
        self._selector.modify(client.socket, wanted, client)

    def _drop(self, client: _Client) -> None:
        self._clients.discard(client)
        self._selector.unregister(client.socket)
        client.socket.close()
