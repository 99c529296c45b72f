"""A bench that another process serves: the port of a client, over the wire."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bench.clock import MILLISECOND, SECOND, Clock, SystemClock
from bench.errors import Refused
from bench.service.address import ServerFile, find, find_only
from bench.service.keys import Keys, key_file, user_keys
from bench.service.port import Attention, BenchState, EventShown, Reply
from bench.service.requests import Request
from bench.service.sockets import STATE, ClientSockets
from bench.service.wire import (
    Answered,
    Hello,
    decode_answer,
    decode_event,
    decode_state,
    encode_request,
)

PATIENCE = 3 * SECOND
"""How long a server may take to greet."""
ANSWER_PATIENCE = 10 * SECOND
"""How long it may take to answer a request."""
_NEWS_PATIENCE = 100 * MILLISECOND
_RETRY = 1 * SECOND
_MOST_EVENTS = 2_000


@dataclass(frozen=True)
class Access:
    """What a client needs to find and enter a server."""

    rig: str = ""
    """Rig; empty: the one server of the user."""
    name: str = ""
    """Who asks: ``mk@cell-3``."""
    keys: Keys | None = None
    """Keys; none: those of the user."""
    folder: Path | None = None
    """Where the addresses lie; none: the user's."""


class RemoteBench:
    """A `BenchPort` over the wire, and what came in since; a context manager, for one thread."""

    def __init__(self, access: Access, clock: Clock) -> None:
        """Hold a port that is not connected yet (`connect`)."""
        self._access = access
        self._clock = clock
        self._keys = access.keys or user_keys()
        self._sockets: ClientSockets | None = None
        self._server: ServerFile | None = None
        self._sequence = 0
        self._state = BenchState()
        self._events: deque[EventShown] = deque(maxlen=_MOST_EVENTS)
        self._answers: dict[int, Answered] = {}
        self._opened = clock.now()
        self._greeting = 0
        self._is_greeted = False
        self.client = ""
        """How the gate calls this client."""

    @classmethod
    def connect(
        cls,
        rig: str = "",
        *,
        name: str,
        keys: Keys | None = None,
        folder: Path | None = None,
        clock: Clock | None = None,
        patience: int = PATIENCE,
    ) -> Self:
        """Return a bench of which the newest state is known.

        Args:
            rig: its name; empty: the only server that runs.
            name: who asks: ``mk@cell-3``.
            keys: keys; none: those of the user.
            folder: where the addresses lie; none: the user's.
            clock: what tells how long we wait.
            patience: how long the server may take to greet, ns.

        Raises:
            Refused: no server runs, or it does not let us in, or it does not answer.
        """
        bench = cls(Access(rig, name, keys, folder), clock or SystemClock())
        try:
            bench._open()
            reason = bench._await(bench._greeting, patience).reply.reason
        except BaseException:
            bench.close()
            raise
        if reason is not None:
            bench.close()
            raise Refused(reason.id, **reason.arguments)
        return bench

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the server; what it runs goes on. Again: does nothing."""
        self._is_greeted = False
        self._answers.clear()
        if self._sockets is not None:
            self._sockets.close()
            self._sockets = None

    @property
    def is_connected(self) -> bool:
        """Whether there is a server; without one the state is the last that was seen."""
        return self._is_greeted and self._sockets is not None and not self._sockets.is_lost

    @property
    def server(self) -> ServerFile | None:
        """The server, or the last one."""
        return self._server

    @property
    def attention(self) -> Attention:
        """Whether the run waits for a person."""
        return self._state.attention

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended and the object is safe."""
        return self._state.is_finished

    @property
    def has_begun(self) -> bool:
        """Whether anything has been demanded of the object."""
        return self._state.has_begun

    @property
    def elapsed(self) -> float:
        """Time since the start of the run, s; by the bench's clock."""
        return self._state.elapsed

    def state(self) -> BenchState:
        """Return the newest state that has come."""
        return self._state

    def events(self) -> list[EventShown]:
        """Return the events since the last call, the oldest first."""
        found = list(self._events)
        self._events.clear()
        return found

    def step(self) -> None:
        """Wait for news, at most 0.1 s; a server that was lost is looked for again."""
        if not self.is_connected:
            self._return()
        self._wait(_NEWS_PATIENCE)

    def request(self, request: Request, *, patience: int = ANSWER_PATIENCE) -> Reply:
        """Ask for something; return the answer.

        Without one in time (ns) it is refused here, and may still be done there: the state shows.
        """
        sockets = self._sockets
        try:
            if sockets is None or not self.is_connected:
                raise Refused("gate.no-server", rig=self._rig)  # noqa: TRY301 - one way to refuse
            return self._await(self._send(sockets, request), patience).reply
        except Refused as error:
            return Reply(is_accepted=False, reason=error.message)
        finally:
            self._answers.clear()  # of requests that nobody waits for any more

    def _open(self) -> None:
        """Begin to connect to the server that runs now: `_take_greeting` ends it.

        Raises:
            Refused: none runs.
        """
        self.close()
        access = self._access
        server = find(access.rig, access.folder) if access.rig else find_only(access.folder)
        if server is None:
            raise Refused("gate.no-server", rig=access.rig)
        keys = self._keys
        self._server = server
        self._sockets = ClientSockets(server.ports, server=keys.server.public, client=keys.client)
        self._opened = self._clock.now()
        self._greeting = self._send(self._sockets, Hello())

    def _return(self) -> None:
        """Go on with connecting again, or begin, at most once a second."""
        now = self._clock.now()
        sockets = self._sockets
        if sockets is not None and not sockets.is_lost and now < self._opened + PATIENCE:
            return
        if sockets is not None:
            self.close()
        if now < self._opened + _RETRY:
            self._clock.wait_until(min(self._opened + _RETRY, now + _NEWS_PATIENCE))
            return
        self._opened = now
        try:
            self._open()
        except Refused:
            self.close()

    def _send(self, sockets: ClientSockets, request: Request | Hello) -> int:
        self._sequence += 1
        data = encode_request(request, sequence=self._sequence, sender=self._access.name)
        if not sockets.send(data):
            raise Refused("gate.busy")
        return self._sequence

    def _await(self, sequence: int, patience: int) -> Answered:
        """Wait for the answer to a request.

        Raises:
            Refused: none came in time, or the server is gone.
        """
        due = self._clock.now() + patience
        while sequence not in self._answers:
            sockets, left = self._sockets, due - self._clock.now()
            if sockets is None or sockets.is_lost:
                is_refused = sockets is not None and sockets.is_refused
                if is_refused:
                    raise Refused("gate.key-refused", rig=self._rig, path=key_file())
                raise Refused("gate.lost", rig=self._rig)
            if left <= 0:
                raise Refused("gate.no-answer", rig=self._rig, seconds=patience / SECOND)
            self._wait(min(left, _NEWS_PATIENCE))
        return self._answers.pop(sequence)

    def _take_greeting(self) -> None:
        greeting = self._answers.get(self._greeting)
        if self._is_greeted or greeting is None or not greeting.reply.is_accepted:
            return
        self._is_greeted = True
        self.client = greeting.client
        self._state = greeting.state or self._state

    @property
    def _rig(self) -> str:
        return self._server.rig if self._server is not None else self._access.rig

    def _wait(self, patience: int) -> None:
        """Take in what comes, at most so long (ns)."""
        sockets = self._sockets
        if sockets is None:
            return
        sockets.wait(-(-patience // MILLISECOND))
        for data in sockets.replies():
            answered = decode_answer(data)
            self._answers[answered.sequence] = answered
        self._take_greeting()
        newest: bytes | None = None
        for topic, data in sockets.news():
            if topic == STATE:
                newest = data
            else:
                self._events.append(decode_event(data))
        if newest is not None:
            self._state = decode_state(newest)
