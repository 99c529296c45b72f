"""A bench that another process serves: the port of a client, over the wire."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from bench.clock import SECOND, Clock, SystemClock
from bench.errors import Refused
from bench.messages import Message
from bench.service.address import ServerFile, find, find_only
from bench.service.keys import Keys, user_keys
from bench.service.line import MOST_FRAMES, NEWS_PATIENCE, Line
from bench.service.live import Frame
from bench.service.port import Attention, BenchState, EventShown, Reply
from bench.service.requests import Request

PATIENCE = 3 * SECOND
"""How long a server may take to greet."""
ANSWER_PATIENCE = 10 * SECOND
"""How long it may take to answer a request."""
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
    is_live: bool = False
    """Whether frames are wanted (`LiveBench`)."""


class RemoteBench:
    """A `BenchPort` over the wire, and what came in since; a context manager, for one thread."""

    def __init__(self, access: Access, clock: Clock) -> None:
        """Hold a port that is not connected yet (`connect`)."""
        self._access = access
        self._clock = clock
        self._keys = access.keys or user_keys()
        self._line: Line | None = None
        self._server: ServerFile | None = None
        self._state = BenchState()
        self._events: list[EventShown] = []
        self._retry = clock.now()

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
            bench._open().greet(patience)
            bench._look()
        except BaseException:
            bench.close()
            raise
        return bench

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the server; what it runs goes on. Again: does nothing."""
        if self._line is not None:
            self._line.close()
            self._line = None

    @property
    def is_connected(self) -> bool:
        """Whether there is a server; without one the state is the last that was seen."""
        line = self._line
        return line is not None and bool(line.client) and not line.is_lost

    @property
    def client(self) -> str:
        """How the gate calls this client; empty: it is not connected."""
        return self._line.client if self._line is not None else ""

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
        found, self._events = self._events, []
        return found

    def step(self) -> None:
        """Wait for news, at most 0.1 s; a server that was lost is looked for again."""
        if not self.is_connected:
            self._return()
        if self._line is not None:
            self._line.take_in(NEWS_PATIENCE)
            self._look()

    def request(self, request: Request, *, patience: int = ANSWER_PATIENCE) -> Reply:
        """Ask for something; return the answer.

        Without one in time (ns) it is refused here, and may still be done there: the state shows.
        """
        line = self._line
        if line is None or not self.is_connected:
            return Reply(is_accepted=False, reason=Message("gate.no-server", {"rig": self._rig}))
        try:
            return line.ask(request, patience).reply
        except Refused as error:
            return Reply(is_accepted=False, reason=error.message)
        finally:
            self._look()

    @property
    def _rig(self) -> str:
        return self._server.rig if self._server is not None else self._access.rig

    def _open(self) -> Line:
        """Begin to talk to the server that runs now.

        Raises:
            Refused: none runs.
        """
        access = self._access
        server = find(access.rig, access.folder) if access.rig else find_only(access.folder)
        if server is None:
            raise Refused("gate.no-server", rig=access.rig)
        self._server = server
        self._line = Line(server, self._keys, access.name, self._clock, is_live=access.is_live)
        return self._line

    def _return(self) -> None:
        """Go on with connecting again, or begin, at most once a second."""
        now = self._clock.now()
        line = self._line
        if line is not None and not line.is_lost and now < line.opened + PATIENCE:
            return
        self.close()
        if now < self._retry:
            self._clock.wait_until(min(self._retry, now + NEWS_PATIENCE))
            return
        self._retry = now + _RETRY
        with suppress(Refused):  # none runs yet
            self._open()

    def _look(self) -> None:
        """Take over what has come in."""
        line = self._line
        if line is None:
            return
        self._state = line.state or self._state
        self._events = [*self._events, *line.events][-_MOST_EVENTS:]
        line.events.clear()


class LiveBench(RemoteBench):
    """A bench for a live screen: its numbers come too, and it is asked without waiting."""

    def __init__(self, access: Access, clock: Clock) -> None:
        """Hold a port that is not connected yet; `step` connects it."""
        super().__init__(replace(access, is_live=True), clock)
        self._frames: list[Frame] = []

    @property
    def is_refused(self) -> bool:
        """Whether there is a server that does not hold the same keys."""
        return self._line is not None and self._line.is_refused

    def frames(self) -> list[Frame]:
        """Return the frames since the last call, the oldest first; the oldest of many are lost."""
        found, self._frames = self._frames, []
        return found

    def post(self, request: Request) -> int:
        """Ask for something without waiting; return its number, for `answers`.

        Raises:
            Refused: there is no server, or no room for it.
        """
        if self._line is None or not self.is_connected:
            raise Refused("gate.no-server", rig=self._rig)
        return self._line.post(request)

    def answers(self) -> dict[int, Reply]:
        """Return what was posted and answered since the last call; `request` takes them, too."""
        return {} if self._line is None else self._line.answers()

    def _look(self) -> None:
        super()._look()
        line = self._line
        if line is not None:
            self._frames = [*self._frames, *line.frames][-MOST_FRAMES:]
            line.frames.clear()
