"""Whether a node is there, judged by the age of what it last said, and what was wrong with it."""

from __future__ import annotations

from bench.channel import Quality
from bench.clock import MILLISECOND, NEVER
from bench.device import Port
from bench.messages import Message

SHORTEST_SILENCE = 500 * MILLISECOND
"""No node counts as gone sooner: the core calls values stale from here on."""


def silence_after(period: int) -> int:
    """Return how long a node with that message period (ns) may be silent: three periods."""
    return max(3 * period, SHORTEST_SILENCE)


class Presence:
    """Follows one node: heard or silent, and its faulty frames, each kind reported once.

    Silence, not an exception, tells that a node or its bus is dead: drivers of CAN interfaces
    go on without an error when the adapter is unplugged.
    """

    def __init__(self, port: Port, silence: int) -> None:
        self.silence = silence
        """After how long without a frame the node counts as gone, ns."""
        self.is_connected = False
        """Whether the node has been heard since the bus was opened, and lately."""
        self.identity = ""
        """What the node says it is."""
        self.faults: dict[str, int] = {}
        """Faulty frames by message id, since the node was made."""
        self._port = port
        self._last = 0
        self._is_awaited = False
        self._is_marked = False
        self._reported: set[str] = set()

    def opened(self, now: int) -> None:
        """Await the node: the bus has been opened."""
        self._last = now
        self._is_awaited = True

    def heard(self, now: int) -> None:
        """Note a sound frame of the node."""
        self._last = now
        if not self.is_connected:
            self.is_connected = True
            self._is_marked = False
            self._reported.clear()
            self._say("info", "can.node-connected", identity=self.identity)

    def check(self, now: int) -> int:
        """Mark the readings DISCONNECTED when the node is silent; return when to look again."""
        if not self.is_connected:
            self._mark(now)
            if not self._is_awaited:
                return NEVER
        due = self._last + self.silence
        if now < due:
            return due
        self.lost(now)
        self._say("error", "can.node-silent", seconds=round(self.silence / 1e9, 3))
        return NEVER

    def lost(self, now: int) -> None:
        """Mark the readings DISCONNECTED until the node is heard again."""
        self.is_connected = False
        self._is_awaited = False
        self._mark(now)

    def faulty(self, message_id: str, **arguments: object) -> None:
        """Count a faulty frame; report the first of its kind since the node was connected."""
        self.faults[message_id] = self.faults.get(message_id, 0) + 1
        if message_id not in self._reported:
            self._reported.add(message_id)
            self._say("warning", message_id, **arguments)

    def _mark(self, now: int) -> None:
        if not self._is_marked:
            self._is_marked = True
            self._port.mailbox.mark(Quality.DISCONNECTED, now)

    def _say(self, level: str, message_id: str, **arguments: object) -> None:
        name = self._port.connection.name
        self._port.report(level, name, Message(message_id, {"node": name, **arguments}))
