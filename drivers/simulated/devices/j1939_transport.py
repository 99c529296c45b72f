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
        self._broadcasts: deque[tuple[int, bytes]] = deque()
        self._running: Iterator[bytes] = iter(())
        self._next = NEVER
        self._connections: dict[int, Connection] = {}

    def send(
        self, pgn: int, data: bytes, now: int, *, to: int = _EVERYBODY, priority: int = 6
    ) -> None:
        """Send a group: as one frame, as a broadcast, or as a connection to one address."""
        if len(data) <= 8:
            self._frame(priority << 26 | pgn << 8, data, now)
        elif to == _EVERYBODY:
            self._broadcasts.append((pgn, data))
            self._next = min(self._next, now)
            self.step(now)
        else:
            self._connections[to] = Connection(pgn, data, now + _T3)
            head = struct.pack("<BHBB", 16, len(data), -(-len(data) // 7), 0xFF)
            self._control(to, head, pgn, now)

    def receive(self, data: bytes, source: int, now: int) -> None:
        """Take a connection management frame that is addressed to us."""
        connection = self._connections.get(source)
        if connection is None or len(data) < 8 or data[5:8] != connection.pgn.to_bytes(3, "little"):
            return
        if data[0] == 17:
            connection.deadline = now + _T3
            first = data[2]
            for packet in packets(connection.data):
                if first <= packet[0] < first + data[1]:
                    self._frame(0x1CEB0000 | source << 8, packet, now)
        elif data[0] in {19, 255}:
            del self._connections[source]

    def step(self, now: int) -> int:
        """Send what is due; return when it next wants to (ns)."""
        if now >= self._next:
            self._broadcast(now)
        if not self._connections:
            return self._next
        for source, connection in list(self._connections.items()):
            if now >= connection.deadline:
                del self._connections[source]
                self._control(source, bytes((255, 3, 0xFF, 0xFF, 0xFF)), connection.pgn, now)
        waiting = (connection.deadline for connection in self._connections.values())
        return min((self._next, *waiting))

    def _broadcast(self, now: int) -> None:
        packet = next(self._running, None)
        if packet is not None:
            self._frame(0x1CEB0000 | _EVERYBODY << 8, packet, now)
        elif self._broadcasts:
            pgn, data = self._broadcasts.popleft()
            head = struct.pack("<BHBB", 32, len(data), -(-len(data) // 7), 0xFF)
            self._control(_EVERYBODY, head, pgn, now)
            self._running = packets(data)
        else:
            self._next = NEVER
            return
        self._next = now + _GAP

    def _control(self, to: int, head: bytes, pgn: int, now: int) -> None:
        self._frame(0x1CEC0000 | to << 8, head + pgn.to_bytes(3, "little"), now)

    def _frame(self, identifier: int, data: bytes, now: int) -> None:
        self._send(Frame(identifier | self._address, data, extended=True), now)
