"""The sockets between bench server and clients; nothing else knows ZeroMQ.

Loopback only, CURVE always: a connection whose key is not admitted ends in the handshake. No call
here waits, but `ClientSockets.wait`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import zmq
from zmq.utils import z85
from zmq.utils.monitor import recv_monitor_message

from bench.errors import Refused

MOST_REQUEST_BYTES = 64 * 1024
"""Largest request that is looked at."""
STATE, EVENT, LIVE = b"state", b"event", b"live"
"""Topics of what the server tells without being asked."""
CUT_BYTES = 2 * MOST_REQUEST_BYTES
"""Size of a frame from which the connection is cut before the rest of it is read."""
_MOST_NEWS_BYTES = 16 * 1024 * 1024
_WAITING_REQUESTS = 100  # per client, before its own sends wait
_WAITING_NEWS = 200  # per client, before news for it are dropped
_RECEIVE_BUFFER = 128 * 1024
_HANDSHAKE_MS = 2_000  # who does not speak CURVE by then is cut
_LAST_WORDS_MS = 100
_NO_RETURN_MS = 86_400_000  # a new server listens elsewhere; -1 would drop what has come unread
_ZAP = "inproc://zeromq.zap.01"  # RFC 27: where libzmq asks whom to admit
_DOMAIN = b"h2bench"
_ANY_PORT = "tcp://127.0.0.1:*"


@dataclass(frozen=True)
class KeyPair:
    """A CURVE key pair, as Z85 text (RFC 32)."""

    public: str
    """What others may know."""
    secret: str
    """What nobody else may."""


def new_key_pair() -> KeyPair:
    """Return a new key pair; libsodium draws it from the operating system."""
    public, secret = zmq.curve_keypair()
    return KeyPair(public.decode(), secret.decode())


def is_pair(pair: KeyPair) -> bool:
    """Return whether a public key belongs to its secret."""
    try:
        return zmq.curve_public(pair.secret.encode()).decode() == pair.public
    except (ValueError, zmq.ZMQError):
        return False


@dataclass(frozen=True)
class Ports:
    """Where a gate listens, on 127.0.0.1."""

    requests: int
    """Requests and replies."""
    news: int
    """States and events."""


@dataclass(frozen=True)
class Received:
    """One message of a client."""

    sender: bytes
    """Which connection, as ZeroMQ names it."""
    connection: int
    """Its socket in the operating system, as `Connection.id`."""
    data: bytes | None
    """What it holds; None: it has not exactly one part."""


@dataclass(frozen=True)
class Connection:
    """A connection for requests has come or gone."""

    id: int
    """Its socket in the operating system; used again once it is closed."""
    is_open: bool
    """Whether it came."""


class GateSockets:
    """The server's side; one thread uses it. A context manager."""

    def __init__(self, server: KeyPair) -> None:
        """Listen on two free ports.

        Raises:
            Refused: this machine lets us have none.
        """
        self._server = server
        self._context = zmq.Context[zmq.Socket[bytes]](io_threads=1)
        try:
            self._zap = self._context.socket(zmq.ROUTER)
            self._zap.bind(_ZAP)
            self._requests = self._socket(zmq.ROUTER)
            self._requests.rcvhwm = _WAITING_REQUESTS
            self._requests.sndhwm = _WAITING_NEWS
            self._monitor = self._requests.get_monitor_socket(
                zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED
            )
            self._news = self._socket(zmq.PUB)
            self._news.sndhwm = _WAITING_NEWS
            self.ports = Ports(_listen(self._requests), _listen(self._news))
        except zmq.ZMQError as error:
            self._context.destroy(linger=0)
            raise Refused("gate.no-port", reason=str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close everything; what nobody takes at once is dropped. Again: does nothing."""
        if not self._requests.closed:
            self._requests.disable_monitor()
        self._context.destroy(linger=_LAST_WORDS_MS)

    def receive(self, most: int) -> Iterator[Received]:
        """Yield what clients have sent, at most so many messages; the rest waits in the sockets."""
        for _ in range(most):
            if not _is_waiting(self._requests):
                return
            frames = _frames(self._requests)
            sender, first = frames[0], frames[1]
            data = first.bytes if len(frames) == 2 else None  # who it is from, and one part
            yield Received(sender.bytes, int(first.get(zmq.SRCFD)), data)

    def connections(self) -> Iterator[Connection]:
        """Yield which connections have come and gone."""
        while _is_waiting(self._monitor):
            event = recv_monitor_message(self._monitor)
            is_open = event["event"] == zmq.EVENT_ACCEPTED
            yield Connection(int(event["value"]), is_open)

    def admit(self, key: str, most: int) -> int:
        """Answer whom to admit: only who holds this public key; return how many were not.

        A connection that nobody has answered yet waits; at most so many are.
        """
        admitted = z85.decode(key.encode())
        strangers = 0
        for _ in range(most):
            if not _is_waiting(self._zap):
                break
            frames = [frame.bytes for frame in _frames(self._zap, _ZAP_FRAMES)]
            is_known = frames[_ZAP_MECHANISM:] == [b"CURVE", admitted]
            strangers += not is_known
            verdict = (b"200", b"OK", b"client") if is_known else (b"400", b"unknown key", b"")
            version, request = frames[2:4]
            with suppress(zmq.Again):
                self._zap.send_multipart(
                    [frames[0], b"", version, request, *verdict, b""], zmq.DONTWAIT
                )
        return strangers

    def send(self, to: bytes, data: bytes) -> None:
        """Send to a client; dropped if it is gone or does not read."""
        with suppress(zmq.Again, zmq.ZMQError):  # EHOSTUNREACH: it is gone
            self._requests.send_multipart([to, data], zmq.DONTWAIT)

    def publish(self, topic: bytes, data: bytes) -> None:
        """Send to all that listen; dropped for who does not read."""
        with suppress(zmq.Again):
            self._news.send_multipart([topic, data], zmq.DONTWAIT)

    def _socket(self, kind: int) -> zmq.Socket[bytes]:
        socket = self._context.socket(kind)
        socket.curve_server = True
        socket.curve_secretkey = self._server.secret.encode()
        socket.zap_domain = _DOMAIN
        socket.zap_enforce_domain = True  # nobody is let in while nobody answers whom to
        socket.maxmsgsize = CUT_BYTES
        socket.rcvbuf = _RECEIVE_BUFFER
        _common(socket)
        return socket


class ClientSockets:
    """A client's side of one connection; it does not come back once it is lost."""

    def __init__(
        self, ports: Ports, *, server: str, client: KeyPair, is_live: bool = False
    ) -> None:
        """Begin to connect to the server that holds the secret of a public key.

        Args:
            ports: Where it listens.
            server: Its public key.
            client: Our keys.
            is_live: Whether `LIVE` is wanted, too.
        """
        self.is_lost = False
        """Whether the server is gone, or never was there."""
        self.is_refused = False
        """Whether one of the two does not hold the key the other expects."""
        self._has_met = False
        self._context = zmq.Context[zmq.Socket[bytes]](io_threads=1)
        self._requests = self._socket(zmq.DEALER, server, client)
        self._monitor = self._requests.get_monitor_socket(_LOST | zmq.EVENT_HANDSHAKE_SUCCEEDED)
        self._news = self._socket(zmq.SUB, server, client)
        self._news.subscribe(STATE)
        self._news.subscribe(EVENT)
        if is_live:
            self._news.subscribe(LIVE)
        self._poller = zmq.Poller()
        for socket in (self._requests, self._news, self._monitor):
            self._poller.register(socket, zmq.POLLIN)
        self._requests.connect(f"tcp://127.0.0.1:{ports.requests}")
        self._news.connect(f"tcp://127.0.0.1:{ports.news}")

    def close(self) -> None:
        """Close everything; again: does nothing."""
        if not self._requests.closed:
            self._requests.disable_monitor()
        self._context.destroy(linger=0)

    def wait(self, milliseconds: int) -> None:
        """Wait until something has come, at most so long."""
        self._poller.poll(max(milliseconds, 0))
        while _is_waiting(self._monitor):
            event = recv_monitor_message(self._monitor)["event"]
            if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self._has_met = True
                continue
            self.is_lost = True
            self.is_refused |= not self._has_met and event != zmq.EVENT_CLOSED  # nobody listened

    def send(self, data: bytes) -> bool:
        """Send a request; return whether there was room for it."""
        try:
            self._requests.send(data, zmq.DONTWAIT)
        except zmq.Again:
            return False
        return True

    def replies(self) -> Iterator[bytes]:
        """Yield the replies that have come."""
        while _is_waiting(self._requests):
            yield _frames(self._requests)[-1].bytes

    def news(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield topic and data of the news that have come, at most as many as may wait."""
        for _ in range(2 * _WAITING_NEWS):
            if not _is_waiting(self._news):
                return
            topic, data = (frame.bytes for frame in _frames(self._news)[:2])
            yield topic, data

    def _socket(self, kind: int, server: str, client: KeyPair) -> zmq.Socket[bytes]:
        socket = self._context.socket(kind)
        socket.curve_serverkey = server.encode()
        socket.curve_publickey = client.public.encode()
        socket.curve_secretkey = client.secret.encode()
        socket.maxmsgsize = _MOST_NEWS_BYTES
        socket.rcvhwm = _WAITING_NEWS
        socket.sndhwm = _WAITING_REQUESTS
        socket.reconnect_ivl = _NO_RETURN_MS
        _common(socket)
        return socket


_ZAP_FRAMES = 16
_ZAP_MECHANISM = 7  # sender, "", version, request, domain, address, identity, mechanism, key
_LOST = (
    zmq.EVENT_DISCONNECTED
    | zmq.EVENT_CLOSED
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
)


def _common(socket: zmq.Socket[bytes]) -> None:
    socket.linger = 0
    socket.handshake_ivl = _HANDSHAKE_MS
    socket.heartbeat_ivl = 0  # libzmq aborts on one whose peer is gone amid a flood (issue 4364)


def _listen(socket: zmq.Socket[bytes]) -> int:
    socket.bind(_ANY_PORT)
    return int(socket.getsockopt_string(zmq.LAST_ENDPOINT).rpartition(":")[2])


def _is_waiting(socket: zmq.Socket[bytes]) -> bool:
    return not socket.closed and bool(int(socket.events) & zmq.POLLIN)


def _frames(socket: zmq.Socket[bytes], most: int = 3) -> list[zmq.Frame]:
    """Return the first frames of a message that waits; the others are read and dropped."""
    frames = [socket.recv(zmq.DONTWAIT, copy=False)]
    while frames[-1].more and len(frames) < most:
        frames.append(socket.recv(zmq.DONTWAIT, copy=False))
    more = frames[-1].more
    while more:
        more = socket.recv(zmq.DONTWAIT, copy=False).more
    return frames
