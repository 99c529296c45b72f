"""Whose request it is, whether it has a form, and whether there is room for it: no sockets here.

One request takes one of three ways: into the queue of the scan; answered at once (`Hello`, what
has no form, what is sent twice); answered with *busy*, when the queue or this client's share of
it is full.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from bench.clock import SECOND
from bench.errors import Refused
from bench.messages import Message
from bench.service.complaints import Complaints
from bench.service.port import BenchState, Reply
from bench.service.requests import Request, Sender, StopNow
from bench.service.sockets import Connection, Received
from bench.service.wire import Answered, Envelope, Hello, encode_answer, open_envelope, request_of

MOST_WAITING = 64
"""Requests that wait for the scan."""
MOST_PER_CLIENT = 16
"""Of them, of one client."""
MOST_PER_SECOND = 50
"""Requests of one client that reach the scan: each is an event of the run file."""
_MOST_CLIENTS = 64  # whose requests are taken; the others are busy
_GIVEN_BY_US = b"\0"  # a connection that names itself cannot begin so (zmq_setsockopt)


@dataclass(frozen=True)
class Asked:
    """A request that waits for its answer."""

    request: Request
    """What is asked."""
    sender: Sender
    """By whom."""
    answer: Callable[[Reply], None]
    """To be called once, from any thread; it does not wait."""


class _Allowance:
    """Lets requests through at a rate, after a pause as many at once as in one second."""

    def __init__(self) -> None:
        self._left = float(MOST_PER_SECOND)
        self._since = 0

    def take(self, now: int) -> bool:
        """Return whether there is room for one more at a time (ns)."""
        more = (now - self._since) / SECOND * MOST_PER_SECOND
        self._left = min(self._left + more, MOST_PER_SECOND)
        self._since = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


@dataclass
class _Client:
    name: str
    connection: int
    newest: int = -1
    waiting: int = 0
    allowance: _Allowance = field(default_factory=_Allowance)
    stops: _Allowance = field(default_factory=_Allowance)


@dataclass(frozen=True)
class _Answer:
    to: bytes
    client: _Client
    sequence: int
    reply: Reply


@dataclass
class Reception:
    """The clients, and what they have asked."""

    queue: deque[Asked] = field(default_factory=deque[Asked])
    """What waits for the scan, the oldest first."""
    outgoing: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    """Answers to be sent: client, data."""
    complaints: Complaints = field(default_factory=Complaints)
    """What clients do wrong."""
    counts: Counter[str] = field(default_factory=Counter[str])
    """How many were ``accepted``, ``refused`` by the scan, ``busy``, ``malformed``."""
    state: BenchState | None = None
    """Newest state, for who begins to talk."""
    _clients: dict[bytes, _Client] = field(default_factory=dict[bytes, _Client])
    _open: set[int] = field(default_factory=set[int])
    _answers: deque[_Answer] = field(default_factory=deque[_Answer])
    _numbers: int = 0

    @property
    def clients(self) -> frozenset[str]:
        """The clients that have asked something and are still connected."""
        return frozenset(client.name for client in self._clients.values())

    def note(self, connection: Connection) -> None:
        """Take note of a connection that has come or gone."""
        if connection.is_open:
            self._open.add(connection.id)
            return
        self._open.discard(connection.id)
        for sender, client in list(self._clients.items()):
            if client.connection == connection.id:
                del self._clients[sender]

    def meet(self, received: Received) -> None:
        """Know who has sent something, before it is looked at."""
        self._client(received)

    def take(self, received: Received, now: int) -> None:
        """Look at what a client has sent; read at a time (ns)."""
        client = self._client(received)
        sequence = -1
        try:
            if received.data is None or not received.sender.startswith(_GIVEN_BY_US):
                raise Refused("gate.malformed", reason="frames")  # noqa: TRY301 - one way to refuse
            envelope = open_envelope(received.data)
            sequence = envelope.sequence
            request = request_of(envelope)
            self._check_new(client, sequence)
        except Refused as error:
            self.complaints.add(client.name, "gate.complaint-malformed")
            self.counts["malformed"] += 1
            self._say(received.sender, client, Answered(sequence, _no(error.message)))
            return
        if isinstance(request, Hello):
            welcome = Answered(sequence, Reply(is_accepted=True), client.name, self.state)
            self._say(received.sender, client, welcome)
        elif self._may_ask(received.sender, client, request, now):
            self._queue(received.sender, client, envelope, request)
        else:
            self.complaints.add(client.name, "gate.complaint-busy")
            self.counts["busy"] += 1
            self._say(received.sender, client, Answered(sequence, _no(Message("gate.busy"))))

    def finish(self) -> None:
        """Make the answers that were given since into outgoing ones."""
        for _ in range(len(self._answers)):
            given = self._answers.popleft()
            given.client.waiting -= 1
            self.counts["accepted" if given.reply.is_accepted else "refused"] += 1
            self._say(given.to, given.client, Answered(given.sequence, given.reply))

    def _client(self, received: Received) -> _Client:
        """Return who sent it; who is gone already is nobody we know."""
        known = self._clients.get(received.sender)
        if known is not None:
            return known
        self._numbers += 1
        client = _Client(f"client-{self._numbers}", received.connection)
        if received.connection in self._open and len(self._clients) < _MOST_CLIENTS:
            self._clients[received.sender] = client
        return client

    @staticmethod
    def _check_new(client: _Client, sequence: int) -> None:
        if sequence <= client.newest:
            raise Refused("gate.out-of-order", sequence=sequence, newest=client.newest)
        client.newest = sequence

    def _may_ask(self, sender: bytes, client: _Client, request: Request, now: int) -> bool:
        """Return whether there is room and time; a stop finds both where nothing else does."""
        is_stop = isinstance(request, StopNow)
        factor = 2 if is_stop else 1
        return (
            (sender in self._clients or len(self._clients) < _MOST_CLIENTS)
            and len(self.queue) < factor * MOST_WAITING
            and client.waiting < factor * MOST_PER_CLIENT
            and (client.stops if is_stop else client.allowance).take(now)
        )

    def _queue(self, sender: bytes, client: _Client, envelope: Envelope, request: Request) -> None:
        client.waiting += 1
        answer = partial(self._hand_over, sender, client, envelope.sequence)
        asked = Asked(request, Sender(envelope.sender, client.name), answer)
        if isinstance(request, StopNow):  # it waits for nobody's notes
            self.queue.appendleft(asked)
        else:
            self.queue.append(asked)

    def _hand_over(self, to: bytes, client: _Client, sequence: int, reply: Reply) -> None:
        self._answers.append(_Answer(to, client, sequence, reply))

    def _say(self, to: bytes, client: _Client, answered: Answered) -> None:
        named = Answered(answered.sequence, answered.reply, client.name, answered.state)
        self.outgoing.append((to, encode_answer(named)))


def _no(reason: Message) -> Reply:
    return Reply(is_accepted=False, reason=reason)
