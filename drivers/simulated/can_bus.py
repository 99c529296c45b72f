"""A CAN bus inside the process: nodes and twins exchange frames in virtual time.

No python-can, no threads, no delay: a frame is heard at the time at which it is sent, frames of
one time in the order of sending. Twins and nodes are stepped at their own due times between two
calls, so that cycles and watchdogs keep their exact times however long the scan is. Only who is
due, or has heard something, is stepped; nodes also when the scan calls, which may have demanded
something of them.

A twin may send many frames of one id as one *burst* (``attach_burst``). It keeps its place among
the frames; a node with ``on_burst`` gets it as one array, all others frame by frame.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.clock import NEVER, SECOND
from bench.device import LinkHealth
from drivers.canbus.dispatch import Dispatch
from drivers.canbus.frame import Burst, Frame
from drivers.canbus.port import CanNode
from drivers.simulated.port import CanTwin, SendBurst, SendFrame, burst_attacher

MOST_ROUNDS = 100
"""Question and answer between nodes and twins at one time; beyond it, time goes on."""
PATIENCE = SECOND
"""As long as one step may take."""
_NODES = -1
"""Sender of what comes from a node: nodes do not hear each other."""
_MOST_ROUTES = 4096
_ID_BITS = 29

MakeTwin = Callable[[SendFrame], CanTwin]
"""Makes a twin that sends by what it is given (its terminals are already bound)."""


_Hear = Callable[[Any, int], None]
"""Takes a frame, or a burst where bursts are sent, at a time (ns)."""
_Step = Callable[[int], int]


class _Route(NamedTuple):
    """Who hears a frame: nodes and twins, twins also each other."""

    across: tuple[tuple[_Hear, int], ...]
    """On the other side of the cable: how they hear, and their place among the due times."""
    beside: tuple[_Hear, ...]
    """On the sender's own side."""


class _Routes(dict[int, _Route]):
    """Who hears what one sender sends, by id; found with the first frame of each id."""

    def __init__(self, find: Callable[[Frame], _Route]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, key: int) -> _Route:
        if len(self) >= _MOST_ROUTES:  # noise on 29-bit ids must not eat the memory
            self.clear()
        extended, id = divmod(key, 1 << _ID_BITS)  # noqa: A001 - the field's word
        route = self[key] = self._find(Frame(id, b"", bool(extended)))
        return route


class SimulatedCanBus:
    """Serves the nodes and twins of one bus; a worker.

    ``step(now)`` may be called at any time, and is wanted after demands: they go out then.
    """

    def __init__(self, name: str, nodes: Sequence[CanNode], twins: Mapping[str, MakeTwin]) -> None:
        self.name = name
        self.patience = PATIENCE
        """Longest time one step may take, ns; in virtual time none takes any."""
        self.is_cut = False
        """Whether the cable between nodes and twins is cut: frames are lost both ways."""
        self._now = -1
        self._due = 0
        self._ready: deque[tuple[_Routes, Frame | Burst]] = deque()
        """What is to be heard now, with who hears what its sender sends."""
        self._later: list[tuple[int, int, _Routes, Frame | Burst]] = []
        self._sent = 0
        self._dispatch = Dispatch(nodes)
        self._nodes = tuple(nodes)
        self._twins = tuple(make(self._sender(at)) for at, make in enumerate(twins.values()))
        self._listens = [_listens(twin) for twin in self._twins]
        self._twin_steps = [(at, twin.step) for at, twin in enumerate(self._twins)]
        first = len(self._twins)
        self._node_steps = [(at, node.step) for at, node in enumerate(nodes, start=first)]
        self._asked = slice(first, first + len(self._nodes)), [0] * len(self._nodes)
        self._dues = [*(0 for _ in (*self._twins, *self._nodes)), NEVER]
        """When each twin, then each node wants to be stepped; NEVER: when there is none."""
        for at, twin in enumerate(self._twins):
            attach = burst_attacher(twin)
            if attach is not None:
                attach(self._burst_sender(at))
        routes, put = self._routes(_NODES), self._ready.append
        for node in nodes:
            node.attach(lambda frame: put((routes, frame)))

    @property
    def health(self) -> LinkHealth:
        """One opening: nothing fails and nothing is late here."""
        return LinkHealth(openings=int(self._now >= 0))

    def step(self, now: int) -> int:
        """Do all that is due up to a time, in its order; return what is due next (ns)."""
        if self._now < 0:
            self._now = now
            for node in self._nodes:
                node.bus_opened(now)
        places, zeros = self._asked
        self._dues[places] = zeros  # the scan may have demanded something of each node
        while self._due < now:
            self._advance(max(self._due, self._now))
        self._advance(now)
        return self._due

    def close(self) -> None:
        """Release the link; outputs stay as they are."""
        self._ready.clear()
        self._later.clear()

    def _advance(self, now: int) -> None:
        self._now = now
        later, ready = self._later, self._ready
        while later and later[0][0] <= now:
            _, _, routes, sent = heapq.heappop(later)
            ready.append((routes, sent))
        self._serve(self._twin_steps, now)
        for _ in range(MOST_ROUNDS):
            while ready:
                self._deliver(now)
                self._serve(self._twin_steps, now)  # what one was told may change what it does
            self._serve(self._node_steps, now)
            if not ready:
                break
        self._due = min(self._dues)
        if later:
            self._due = min(self._due, later[0][0])

    def _serve(self, steps: Iterable[tuple[int, _Step]], now: int) -> None:
        """Step those that are due, or have heard something."""
        dues = self._dues
        for at, step in steps:
            if dues[at] <= now:
                wanted = step(now)
                dues[at] = wanted if wanted > now else now + 1

    def _deliver(self, now: int) -> None:
        """Let all that was sent be heard in its order; who hears across the cable is due."""
        ready, dues, is_cut = self._ready, self._dues, self.is_cut
        while ready:
            routes, sent = ready.popleft()
            across, beside = routes[sent.id | sent.extended << _ID_BITS]
            if not is_cut:
                for hear, at in across:
                    hear(sent, now)
                    dues[at] = now
            for hear in beside:
                hear(sent, now)

    def _routes(self, sender: int, *, are_bursts: bool = False) -> _Routes:
        """Return who hears what a sender sends, to be found as it sends."""

        def find(frame: Frame) -> _Route:
            first = len(self._twins)
            twins = [
                (_one_by_one(twin.receive) if are_bursts else twin.receive, at)
                for at, (twin, listens) in enumerate(zip(self._twins, self._listens, strict=True))
                if at != sender and (listens is None or frame.id in listens)
            ]
            if sender == _NODES:
                return _Route(tuple(twins), ())
            hearers = self._dispatch.hearers(frame)
            nodes = [
                (_burst_hearer(node) if are_bursts else node.on_frame, at)
                for at, node in enumerate(self._nodes, start=first)
                if node in hearers
            ]
            return _Route(tuple(nodes), tuple(hear for hear, _ in twins))

        return _Routes(find)

    def _sender(self, at: int) -> SendFrame:
        return self._way(self._routes(at))

    def _burst_sender(self, at: int) -> SendBurst:
        put = self._way(self._routes(at, are_bursts=True))

        def send(id: int, data: NDArray[np.uint8], due: int) -> None:  # noqa: A002 - the field's word
            put(Burst(id, data), due)

        return send

    def _way(self, routes: _Routes) -> Callable[[Frame | Burst, int], None]:
        """Return what sends, now or later, to those who hear."""
        put = self._ready.append

        def send(sent: Frame | Burst, due: int) -> None:
            if due <= self._now:
                put((routes, sent))
            else:
                self._sent += 1
                heapq.heappush(self._later, (due, self._sent, routes, sent))

        return send


def _listens(twin: CanTwin) -> frozenset[int] | None:
    """Return the only ids a twin listens to, where it names them in ``listens``; None: all."""
    found: frozenset[int] | None = getattr(twin, "listens", None)
    return found


def _burst_hearer(node: CanNode) -> _Hear:
    """Return how a node takes a burst: at once if it can, else frame by frame."""
    on_burst: Callable[[int, NDArray[np.uint8], int], None] | None
    on_burst = getattr(node, "on_burst", None)
    if on_burst is None:
        return _one_by_one(node.on_frame)
    return lambda burst, now: on_burst(burst.id, burst.data, now)


def _one_by_one(hear: Callable[[Frame, int], None]) -> _Hear:
    """Return how a burst is heard frame by frame."""

    def hear_all(burst: Burst, now: int) -> None:
        for frame in burst.frames():
            hear(frame, now)

    return hear_all
