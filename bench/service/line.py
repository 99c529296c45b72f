"""One connection of a client: what it asked, what came in, until it is lost."""

from __future__ import annotations

from collections import deque
from typing import Final

from bench.clock import MILLISECOND, SECOND, Clock
from bench.errors import Refused
from bench.service.address import ServerFile
from bench.service.keys import Keys, key_file
from bench.service.live import Frame
from bench.service.port import BenchState, EventShown, Reply
from bench.service.requests import Request
from bench.service.sockets import LIVE, STATE, ClientSockets
from bench.service.wire import (
    Answered,
    Hello,
    decode_answer,
    decode_event,
    decode_frame,
    decode_state,
    encode_request,
)

NEWS_PATIENCE = 100 * MILLISECOND
"""How long a client waits for news, ns."""
MOST_FRAMES = 500
"""Frames that wait to be taken: 20 s; then the oldest are dropped."""
_MOST_EVENTS = 2_000


class Line:
    """A connection to one server; it says hello by itself, and once lost it stays so."""

    def __init__(
        self, server: ServerFile, keys: Keys, name: str, clock: Clock, *, is_live: bool = False
    ) -> None:
        """Begin to connect.

        Args:
            server: Whom to talk to.
            keys: What lets us in.
            name: Who we are.
            clock: What tells how long we wait.
            is_live: Whether frames are wanted.

        Raises:
            Refused: there is no room for a greeting.
        """
        self.server: Final = server
        """Who is talked to."""
        self.client = ""
        """How the gate calls this client; empty: it has not greeted yet."""
        self.state: BenchState | None = None
        """Newest state that has come."""
        self.events: deque[EventShown] = deque(maxlen=_MOST_EVENTS)
        """Events that have come."""
        self.frames: deque[Frame] = deque(maxlen=MOST_FRAMES)
        """Frames that have come."""
        self.opened: Final = clock.now()
        """When it was begun, ns."""
        self._name = name
        self._clock = clock
        self._sequence = 0
        self._answers: dict[int, Answered] = {}
        self._sockets = ClientSockets(
            server.ports, server=keys.server.public, client=keys.client, is_live=is_live
        )
        self._greeting = self._send(Hello())

    @property
    def is_lost(self) -> bool:
        """Whether the server is gone, or does not let us in."""
        return self._sockets.is_lost

    @property
    def is_refused(self) -> bool:
        """Whether one of the two does not hold the key the other expects."""
        return self._sockets.is_refused

    def close(self) -> None:
        """Leave the server. Again: does nothing."""
        self._sockets.close()

    def greet(self, patience: int) -> None:
        """Wait until the server has greeted.

        Raises:
            Refused: it does not let us in, or has not greeted in time (ns).
        """
        reason = self._await(self._greeting, patience).reply.reason
        if reason is not None:
            raise Refused(reason.id, **reason.arguments)

    def ask(self, request: Request, patience: int) -> Answered:
        """Return the answer to a request.

        Raises:
            Refused: none came in time (ns), or the server is gone.
        """
        try:
            return self._await(self._send(request), patience)
        finally:
            self._answers.clear()  # of requests that nobody waits for any more

    def post(self, request: Request) -> int:
        """Send a request without waiting; return its number, for `answers`.

        Raises:
            Refused: there is no room for it.
        """
        return self._send(request)

    def answers(self) -> dict[int, Reply]:
        """Return the answers that have come since the last call, by the number of the request."""
        found, self._answers = self._answers, {}
        return {number: answered.reply for number, answered in found.items()}

    def take_in(self, patience: int) -> None:
        """Take in what comes, at most so long (ns).

        Raises:
            Refused: what came cannot be read.
        """
        self._sockets.wait(-(-patience // MILLISECOND))
        for data in self._sockets.replies():
            answered = decode_answer(data)
            self._answers[answered.sequence] = answered
            if answered.sequence == self._greeting and answered.reply.is_accepted:
                self.client, self.state = answered.client, answered.state
        newest: bytes | None = None
        for topic, data in self._sockets.news():
            if topic == STATE:
                newest = data
            elif topic == LIVE:
                self.frames.append(decode_frame(data))
            else:
                self.events.append(decode_event(data))
        if newest is not None:
            self.state = decode_state(newest)

    def _send(self, request: Request | Hello) -> int:
        self._sequence += 1
        data = encode_request(request, sequence=self._sequence, sender=self._name)
        if not self._sockets.send(data):
            raise Refused("gate.busy")
        return self._sequence

    def _await(self, sequence: int, patience: int) -> Answered:
        due = self._clock.now() + patience
        while sequence not in self._answers:
            left = due - self._clock.now()
            rig = self.server.rig
            if self._sockets.is_refused:
                raise Refused("gate.key-refused", rig=rig, path=key_file())
            if self.is_lost:
                raise Refused("gate.lost", rig=rig)
            if left <= 0:
                raise Refused("gate.no-answer", rig=rig, seconds=patience / SECOND)
            self.take_in(min(left, NEWS_PATIENCE))
        return self._answers.pop(sequence)
