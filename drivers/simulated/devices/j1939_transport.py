"""How a simulated J1939 node sends: single frames, broadcasts and connections.

Written from SAE J1939-21, 5.10 (transport protocol): a broadcast announces itself (BAM) and
leaves at least 50 ms between packets; a connection asks (RTS), sends what it is cleared for
(CTS) and ends with the receiver's acknowledgement.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator

from bench.clock import MILLISECOND, NEVER
from drivers.simulated.port import Frame, SendFrame

_GAP = 50 * MILLISECOND
_T3 = 1250 * MILLISECOND
"""Longest wait for the receiver of a connection."""
_EVERYBODY = 0xFF


def packets(data: bytes) -> Iterator[bytes]:
    """Yield the numbered packets of a message, the last one filled with ones."""
    for number, start in enumerate(range(0, len(data), 7), start=1):
        yield bytes((number,)) + data[start : start + 7].ljust(7, b"\xff")


class Connection:
    """One message on its way to one receiver."""

    def __init__(self, pgn: int, data: bytes, deadline: int) -> None:
        self.pgn = pgn
        self.data = data
        self.deadline = deadline


class Outbox:
    """Sends parameter groups of any length from one address."""

    def __init__(self, address: int, send: SendFrame) -> None:
        self._address = address
        self._send = send
        self.due = NEVER
        """When it next wants to send or to give up, ns; no sooner is `step` needed."""
        self._broadcasts: deque[tuple[int, bytes]] = deque()
        self._announced = (0, b"")
        self._cut: list[Frame] = []
        self._running: Iterator[Frame] = iter(())
        self._next = NEVER
        self._connections: dict[int, Connection] = {}

    def send(
        self, pgn: int, data: bytes, now: int, *, to: int = _EVERYBODY, priority: int = 6
    ) -> None:
        """Send a group: as one frame, as a broadcast, or as a connection to one address."""
        if len(data) <= 8:
            self._send(self._frame(priority << 26 | pgn << 8, data), now)
        elif to == _EVERYBODY:
            self._broadcasts.append((pgn, data))
            self._next = min(self._next, now)
            self.step(now)
        else:
            self._connections[to] = Connection(pgn, data, now + _T3)
            self._plan()
            head = struct.pack("<BHBB", 16, len(data), -(-len(data) // 7), 0xFF)
            self._send(self._control(to, head, pgn), now)

    def receive(self, data: bytes, source: int, now: int) -> None:
        """Take a connection management frame that is addressed to us."""
        connection = self._connections.get(source)
        if connection is None or len(data) < 8 or data[5:8] != connection.pgn.to_bytes(3, "little"):
            return
        if data[0] == 17:
            connection.deadline = now + _T3
            self._plan()
            first = data[2]
            for packet in packets(connection.data):
                if first <= packet[0] < first + data[1]:
                    self._send(self._frame(0x1CEB0000 | source << 8, packet), now)
        elif data[0] in {19, 255}:
            del self._connections[source]
            self._plan()

    def step(self, now: int) -> None:
        """Send what is due, and give up who waits too long."""
        if now >= self._next:
            self._broadcast(now)
        if self._connections:
            self._give_up(now)
        self._plan()

    def _give_up(self, now: int) -> None:
        for source, connection in list(self._connections.items()):
            if now >= connection.deadline:
                del self._connections[source]
                abort = bytes((255, 3, 0xFF, 0xFF, 0xFF))
                self._send(self._control(source, abort, connection.pgn), now)

    def _plan(self) -> None:
        self.due = self._next
        if self._connections:
            deadlines = [connection.deadline for connection in self._connections.values()]
            self.due = min(self._next, *deadlines)

    def _broadcast(self, now: int) -> None:
        frame = next(self._running, None)
        if frame is None and self._broadcasts:
            announced = self._broadcasts.popleft()
            if announced != self._announced:  # what comes again unchanged is not cut again
                self._announced, self._cut = announced, self._frames(*announced)
            self._running = iter(self._cut)
            frame = next(self._running)
        if frame is None:
            self._next = NEVER
            return
        self._send(frame, now)
        self._next = now + _GAP

    def _frames(self, pgn: int, data: bytes) -> list[Frame]:
        """Return the announcement of a broadcast, and its packets."""
        head = struct.pack("<BHBB", 32, len(data), -(-len(data) // 7), 0xFF)
        to_all = 0x1CEB0000 | _EVERYBODY << 8
        rest = [self._frame(to_all, packet) for packet in packets(data)]
        return [self._control(_EVERYBODY, head, pgn), *rest]

    def _control(self, to: int, head: bytes, pgn: int) -> Frame:
        return self._frame(0x1CEC0000 | to << 8, head + pgn.to_bytes(3, "little"))

    def _frame(self, identifier: int, data: bytes) -> Frame:
        return Frame(identifier | self._address, data, extended=True)
