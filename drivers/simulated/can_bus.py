"""A CAN bus inside the process: nodes and twins exchange frames in virtual time.

No python-can, no threads, no delay: a frame is heard at the time at which it is sent, frames of
one time in the order of sending. Twins and nodes are stepped at their own due times between two
calls, so that cycles and watchdogs keep their exact times however long the scan is.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from bench.clock import NEVER
from drivers.canbus.dispatch import Dispatch
from drivers.canbus.frame import Frame
from drivers.canbus.port import CanNode
from drivers.simulated.port import CanTwin, SendFrame

MOST_ROUNDS = 100
"""Question and answer between nodes and twins at one time; beyond it, time goes on."""

MakeTwin = Callable[[SendFrame], CanTwin]
"""Makes a twin that sends by what it is given (its terminals are already bound)."""


class SimulatedCanBus:
    """Serves the nodes and twins of one bus; a worker.

    ``step(now)`` may be called at any time, and is wanted after demands: they go out then.
    """

    def __init__(self, name: str, nodes: Sequence[CanNode], twins: Mapping[str, MakeTwin]) -> None:
        self.name = name
        self.is_cut = False
        """Whether the cable between nodes and twins is cut: frames are lost both ways."""
        self.dispatch = Dispatch(nodes)
        """Counts the frames nobody listens to."""
        self._nodes = tuple(nodes)
        self._twins = {name: make(self._sender(name)) for name, make in twins.items()}
        self._dues = dict.fromkeys(self._twins, 0)
        self._listens = {name: _listens(twin) for name, twin in self._twins.items()}
        self._hearers: dict[tuple[str, int, bool], tuple[str, ...]] = {}
        self._now = -1
        self._ready: deque[tuple[str, Frame]] = deque()
        self._later: list[tuple[int, int, str, Frame]] = []
        self._sent = 0
        self._node_due = 0
        for node in nodes:
            node.attach(self._from_node)

    def step(self, now: int) -> int:
        """Do all that is due up to a time, in its order; return what is due next (ns)."""
        if self._now < 0:
            self._now = now
            for node in self._nodes:
                node.bus_opened(now)
        while (due := self._next()) < now:
            self._advance(max(due, self._now))
        self._advance(now)
        return self._next()

    def close(self) -> None:
        """Release the link; outputs stay as they are."""
        self._ready.clear()
        self._later.clear()

    def _next(self) -> int:
        due = min(self._dues.values(), default=NEVER)
        if self._later:
            due = min(due, self._later[0][0])
        return min(due, self._node_due)

    def _advance(self, now: int) -> None:
        self._now = now
        while self._later and self._later[0][0] <= now:
            _, _, sender, frame = heapq.heappop(self._later)
            self._ready.append((sender, frame))
        for name, due in self._dues.items():
            if due <= now:
                self._step_twin(name, now)
        due = NEVER
        for _ in range(MOST_ROUNDS):
            self._deliver(now)
            due = NEVER
            for node in self._nodes:
                wanted = node.step(now)
                due = min(due, wanted)
            if not self._ready:
                break
        self._node_due = max(due, now + 1)

    def _deliver(self, now: int) -> None:
        told: set[str] = set()
        while self._ready:
            sender, frame = self._ready.popleft()
            if sender:
                if not self.is_cut:
                    self.dispatch(frame, now)
                self._to_twins(sender, frame, now)
            elif not self.is_cut:
                told.update(self._to_twins(sender, frame, now))
            if told and not self._ready:  # what a twin was told may change when it wants to act
                for name in told:
                    self._step_twin(name, now)
                told.clear()

    def _to_twins(self, sender: str, frame: Frame, now: int) -> tuple[str, ...]:
        key = sender, frame.id, frame.extended
        hearers = self._hearers.get(key)
        if hearers is None:
            hearers = self._hearers[key] = tuple(
                name
                for name, listens in self._listens.items()
                if name != sender and (listens is None or frame.id in listens)
            )
        for name in hearers:
            self._twins[name].receive(frame, now)
        return hearers

    def _step_twin(self, name: str, now: int) -> None:
        self._dues[name] = max(self._twins[name].step(now), now + 1)

    def _from_node(self, frame: Frame) -> None:
        self._ready.append(("", frame))

    def _sender(self, name: str) -> SendFrame:
        def send(frame: Frame, at: int) -> None:
            if at <= self._now:
                self._ready.append((name, frame))
            else:
                self._sent += 1
                heapq.heappush(self._later, (at, self._sent, name, frame))

        return send


def _listens(twin: CanTwin) -> frozenset[int] | None:
    """Return the only ids a twin listens to, where it names them in ``listens``; None: all."""
    found: frozenset[int] | None = getattr(twin, "listens", None)
    return found
