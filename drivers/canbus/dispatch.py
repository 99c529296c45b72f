"""Which node hears which frame: one dictionary look-up per frame."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.canbus.frame import Frame
from drivers.canbus.port import CanNode

_EXTENDED = 1 << 29
_MOST_REMEMBERED = 4096


class Dispatch:
    """Hands frames to the nodes that listen to them, and counts those nobody wants."""

    def __init__(self, nodes: Sequence[CanNode]) -> None:
        self._filters = [(wanted, node) for node in nodes for wanted in node.listens]
        self._hearers: dict[int, tuple[CanNode, ...]] = {}
        self.unknown = 0
        """Frames heard that no node listens to."""

    def __call__(self, frame: Frame, now: int) -> bool:
        """Hand a frame on; return whether anybody listens."""
        hearers = self.hearers(frame)
        for node in hearers:
            node.on_frame(frame, now)
        if hearers:
            return True
        self.unknown += 1
        return False

    def hearers(self, frame: Frame) -> tuple[CanNode, ...]:
        """Return the nodes that listen to a frame."""
        key = frame.id | _EXTENDED if frame.extended else frame.id
        hearers = self._hearers.get(key)
        return self._find(key, frame) if hearers is None else hearers

    def _find(self, key: int, frame: Frame) -> tuple[CanNode, ...]:
        if len(self._hearers) >= _MOST_REMEMBERED:  # noise on 29-bit ids must not eat the memory
            self._hearers.clear()
        found: dict[int, CanNode] = {}
        for wanted, node in self._filters:
            if wanted.takes(frame):
                found[id(node)] = node
        self._hearers[key] = tuple(found.values())
        return self._hearers[key]
