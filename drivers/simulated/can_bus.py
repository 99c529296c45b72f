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
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

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
NODES = -1
"""Sender of what comes from a node: nodes do not hear each other."""
PATIENCE = SECOND
"""As long as one step may take."""
_MOST_ROUTES = 4096

MakeTwin = Callable[[SendFrame], CanTwin]
"""Makes a twin that sends by what it is given (its terminals are already bound)."""


_Hear = Callable[[Frame, int], None]
_HearBurst = Callable[[int, NDArray[np.uint8], int], None]
_Sent = Frame | Burst


class _Route(NamedTuple):
    """Who hears a frame: how, and at which place among the due times."""

    nodes: tuple[tuple[_Hear, int], ...]
    twins: tuple[tuple[_Hear, int], ...]
    bursts: tuple[_HearBurst | None, ...]
    """How each of the nodes takes many at once; None: one by one."""


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
        self._dispatch = Dispatch(nodes)
        self._nodes = tuple(nodes)
        self._twins = tuple(make(self._sender(at)) for at, make in enumerate(twins.values()))
        self._twin_steps = [(at, twin.step) for at, twin in enumerate(self._twins)]
        self._node_steps = [
            (at, node.step) for at, node in enumerate(nodes, start=len(self._twins))
        ]
        self._dues = [*(0 for _ in (*self._twins, *self._nodes)), NEVER]
        """When each twin, then each node wants to be stepped; NEVER: when there is none."""
        self._listens = [_listens(twin) for twin in self._twins]
        self._routes: dict[tuple[int, int, bool], _Route] = {}
        self._now = -1
        self._due = 0
        self._ready: deque[tuple[int, _Sent]] = deque()
        self._later: list[tuple[int, int, int, _Sent]] = []
        self._sent = 0
        for at, twin in enumerate(self._twins):
            attach = burst_attacher(twin)
            if attach is not None:
                attach(self._burst_sender(at))
        for node in nodes:
            node.attach(self._from_node)

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
        for at in range(len(self._twins), len(self._dues) - 1):
            self._dues[at] = 0  # the scan may have demanded something of each node
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
        dues, later, ready = self._dues, self._later, self._ready
        while later and later[0][0] <= now:
            _, _, sender, frame = heapq.heappop(later)
            ready.append((sender, frame))
        for at, step in self._twin_steps:
            if dues[at] <= now:
                wanted = step(now)
                dues[at] = wanted if wanted > now else now + 1
        for _ in range(MOST_ROUNDS):
            if ready:
                self._deliver(now)
            for at, step in self._node_steps:  # those that are due, or have heard something
                if dues[at] <= now:
                    wanted = step(now)
                    dues[at] = wanted if wanted > now else now + 1
            if not ready:
                break
        self._due = min(dues)
        if later:
            self._due = min(self._due, later[0][0])

    def _deliver(self, now: int) -> None:
        ready, routes = self._ready, self._routes
        told: set[int] = set()
        while ready:
            sender, sent = ready.popleft()
            route = routes.get((sender, sent.id, sent.extended)) or self._find(sender, sent)
            if isinstance(sent, Burst):
                self._deliver_burst(route, sent, now)
            elif sender != NODES:
                self._deliver_frame(route, sent, now)
            elif not self.is_cut:
                for hear, at in route.twins:
                    hear(sent, now)
                    told.add(at)
            if told and not ready:  # what a twin was told may change when it wants to act
                for at in sorted(told):
                    wanted = self._twins[at].step(now)
                    self._dues[at] = wanted if wanted > now else now + 1
                told.clear()

    def _deliver_frame(self, route: _Route, frame: Frame, now: int) -> None:
        """Let all hear what a twin has sent."""
        if not self.is_cut:
            for hear, at in route.nodes:
                hear(frame, now)
                self._dues[at] = now
        for hear, _ in route.twins:
            hear(frame, now)

    def _deliver_burst(self, route: _Route, burst: Burst, now: int) -> None:
        """Let all hear what a twin has sent at once."""
        if not self.is_cut:
            for (hear, at), hear_all in zip(route.nodes, route.bursts, strict=True):
                if hear_all is not None:
                    hear_all(burst.id, burst.data, now)
                else:
                    for frame in burst.frames():
                        hear(frame, now)
                self._dues[at] = now
        for hear, _ in route.twins:
            for frame in burst.frames():
                hear(frame, now)

    def _find(self, sender: int, sent: _Sent) -> _Route:
        frame = Frame(sent.id, b"", sent.extended)  # who hears it is a matter of its id
        if len(self._routes) >= _MOST_ROUTES:  # noise on 29-bit ids must not eat the memory
            self._routes.clear()
        hearers = self._dispatch.hearers(frame) if sender != NODES else ()
        first = len(self._twins)
        nodes = tuple(
            (node.on_frame, at)
            for at, node in enumerate(self._nodes, start=first)
            if node in hearers
        )
        twins = tuple(
            (self._twins[at].receive, at)
            for at, listens in enumerate(self._listens)
            if at != sender and (listens is None or frame.id in listens)
        )
        bursts = tuple(_burst_hearer(self._nodes[at - first]) for _, at in nodes)
        route = self._routes[sender, frame.id, frame.extended] = _Route(nodes, twins, bursts)
        return route

    def _from_node(self, frame: Frame) -> None:
        self._ready.append((NODES, frame))

    def _sender(self, at: int) -> SendFrame:
        return partial(self._send, at)

    def _burst_sender(self, at: int) -> SendBurst:
        def send(id: int, data: NDArray[np.uint8], due: int) -> None:  # noqa: A002 - the field's word
            self._send(at, Burst(id, data), due)

        return send

    def _send(self, at: int, sent: _Sent, due: int) -> None:
        if due <= self._now:
            self._ready.append((at, sent))
        else:
            self._sent += 1
            heapq.heappush(self._later, (due, self._sent, at, sent))


def _listens(twin: CanTwin) -> frozenset[int] | None:
    """Return the only ids a twin listens to, where it names them in ``listens``; None: all."""
    found: frozenset[int] | None = getattr(twin, "listens", None)
    return found


def _burst_hearer(node: CanNode) -> _HearBurst | None:
    """Return how a node takes many frames of one id at once; None: it takes them one by one."""
    found: _HearBurst | None = getattr(node, "on_burst", None)
    return found
