"""Which node hears which frame: one dictionary look-up per frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from drivers.canbus.frame import Frame
from drivers.canbus.port import CanNode

_EXTENDED = 1 << 29
_MOST_REMEMBERED = 4096


class Dispatch:
    """Hands frames to the nodes that listen to them, and counts those nobody wants."""

    def __init__(self, nodes: Sequence[CanNode]) -> None:
        self._filters = [(wanted, node) for node in nodes for wanted in node.listens]
        self._hearers: dict[int, tuple[Callable[[Frame, int], None], ...]] = {}
        self.unknown = 0
        """Frames heard that no node listens to."""

    def __call__(self, frame: Frame, now: int) -> bool:
        """Hand a frame on; return whether anybody listens."""
        key = frame.id | _EXTENDED if frame.extended else frame.id
        hearers = self._hearers.get(key)
        if hearers is None:
            hearers = self._find(key, frame)
        for hear in hearers:
            hear(frame, now)
        if hearers:
            return True
        self.unknown += 1
        return False

    def _find(self, key: int, frame: Frame) -> tuple[Callable[[Frame, int], None], ...]:
        if len(self._hearers) >= _MOST_REMEMBERED:  # noise on 29-bit ids must not eat the memory
            self._hearers.clear()
        found: dict[int, CanNode] = {}
        for wanted, node in self._filters:
            if wanted.takes(frame):
                found[id(node)] = node
        self._hearers[key] = tuple(node.on_frame for node in found.values())
        return self._hearers[key]
