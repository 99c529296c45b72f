"""The gate: the one thread that clients talk to, so that the scan never waits for one of them.

Every `PERIOD` it reads a bounded number of messages; the rest waits in the sockets, and then at
the client. Between gate and scan lie two queues, bounded as well: no side ever waits for the other.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Self

from bench.clock import MILLISECOND, Clock
from bench.errors import Refused
from bench.messages import Message
from bench.service.keys import Keys
from bench.service.live import Frame, joined
from bench.service.port import BenchState, EventShown
from bench.service.reception import Asked, Reception
from bench.service.sockets import EVENT, LIVE, STATE, GateSockets, Ports
from bench.service.wire import encode_event, encode_frame, encode_state

PERIOD = 10 * MILLISECOND
"""Time between two looks at the sockets, ns."""
MOST_REQUESTS = 20
"""Messages read in one period."""
_MOST_HANDSHAKES = 50
_MOST_EVENTS = 50  # sent in one period
_WAITING_EVENTS = 2_000
_WAITING_COMPLAINTS = 200
_WAITING_FRAMES = 25  # one second
_STRANGERS = "127.0.0.1"


class Gate:
    """The server's door; `start` opens it, `stop` closes it. A context manager."""

    def __init__(self, keys: Keys, *, clock: Clock) -> None:
        """Prepare a gate that is closed."""
        self._keys = keys
        self._clock = clock
        self._reception = Reception()
        self._state: BenchState | None = None
        self._events: deque[EventShown] = deque(maxlen=_WAITING_EVENTS)
        self._frames: deque[Frame] = deque()
        self._told = 0
        self._complaints: deque[Message] = deque(maxlen=_WAITING_COMPLAINTS)
        self._stopping = threading.Event()
        self._sockets: GateSockets | None = None
        self._thread: threading.Thread | None = None
        self.clients: frozenset[str] = frozenset()
        """Clients that have asked something and are still connected (`Sender.client`)."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Ports:
        """Listen; return where.

        Raises:
            Refused: this machine lets us have no port.
        """
        sockets = self._sockets = GateSockets(self._keys.server)
        self._thread = threading.Thread(target=self._run, args=(sockets,), name="gate", daemon=True)
        self._thread.start()
        return sockets.ports

    def stop(self) -> None:
        """Send what is to be said, and close; within a second. Again: does nothing."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def ports(self) -> Ports:
        """Where clients are listened to.

        Raises:
            Refused: the gate was never started.
        """
        if self._sockets is None:
            raise Refused("gate.closed")
        return self._sockets.ports

    @property
    def is_running(self) -> bool:
        """Whether clients are listened to."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many were ``accepted``, ``refused``, ``busy``, ``malformed``, ``strangers``."""
        return dict(self._reception.counts)

    def asked(self, most: int = 16) -> list[Asked]:
        """Return what clients ask, the oldest first; each is to be answered."""
        queue = self._reception.queue
        return [queue.popleft() for _ in range(min(most, len(queue)))]

    def publish(self, state: BenchState) -> None:
        """Show a state to all clients; one that was not sent yet is replaced."""
        self._state = state

    def publish_frame(self, frame: Frame) -> None:
        """Show numbers to all clients; once too many wait, it is joined with the newest of them."""
        if len(self._frames) >= _WAITING_FRAMES:
            with suppress(IndexError):  # all have just been sent
                frame = joined(self._frames.pop(), frame)
        self._frames.append(frame)

    def tell(self, level: str, source: str, message: Message, utc_ns: int) -> None:
        """Tell all clients of an event; the oldest is dropped if they cannot keep pace."""
        self._told += 1
        self._events.append(EventShown(self._told, utc_ns, level, source, message))

    def take_complaints(self) -> list[Message]:
        """Return what clients did wrong since the last call."""
        found = self._complaints
        return [found.popleft() for _ in range(len(found))]

    def _run(self, sockets: GateSockets) -> None:
        with sockets:
            due = self._clock.now()
            while not self._stopping.is_set():
                self._turn(sockets)
                due = max(due + PERIOD, self._clock.now())
                self._clock.wait_until(due, self._stopping)
            self._turn(sockets)

    def _turn(self, sockets: GateSockets) -> None:
        reception = self._reception
        strangers = sockets.admit(self._keys.client.public, _MOST_HANDSHAKES)
        if strangers:
            reception.counts["strangers"] += strangers
            reception.complaints.add(_STRANGERS, "gate.complaint-stranger", strangers)
        received = list(sockets.receive(MOST_REQUESTS))
        for connection in sockets.connections():  # after: whoever has sent has come before
            reception.note(connection)
        for each in received:
            reception.meet(each)
        self.clients = reception.clients  # before what they ask can be seen
        now = self._clock.now()
        for each in received:
            reception.take(each, now)
        reception.finish()
        for to, data in reception.outgoing:
            sockets.send(to, data)
        reception.outgoing.clear()
        self._publish(sockets)
        self._complaints.extend(reception.complaints.due(now))

    def _publish(self, sockets: GateSockets) -> None:
        state = self._state
        if state is not None and state is not self._reception.state:
            self._reception.state = state
            sockets.publish(STATE, encode_state(state))
        for _ in range(len(self._frames)):
            sockets.publish(LIVE, encode_frame(self._frames.popleft()))
        for _ in range(min(len(self._events), _MOST_EVENTS)):
            sockets.publish(EVENT, encode_event(self._events.popleft()))
