"""Serves a twin on a loopback TCP port, so that the real VISA stack can talk to it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from bench.clock import NEVER, Clock
from drivers.simulated.faults.text_seat import Delivery, End, TextSeat
from drivers.simulated.loopback import LOOPBACK, Client, LoopbackServer
from drivers.simulated.port import TextTwin


@runtime_checkable
class HangsUp(Protocol):
    """An instrument that closes a connection on which nothing is said."""

    idle_disconnect: int
    """Longest silence, ns."""


class SocketServer(LoopbackServer[Client]):
    """A twin behind a TCP port of this machine; use it as a context manager.

    Args:
        twin: the instrument; called by the serving thread only. On a `TextSeat` it suffers what
            happens to its line.
        clock: the time at which its bytes arrive.
        port: TCP port; 0: any free one, see `port`.
        clients: how many it serves at once; many instruments take a single one and refuse or
            drop the next.
    """

    def __init__(self, twin: TextTwin, clock: Clock, *, port: int = 0, clients: int = 1) -> None:
        super().__init__(clock, make_client=Client, most=clients)
        self._twin = twin
        self._seat = twin if isinstance(twin, TextSeat) else None
        self._later: list[tuple[Client, Delivery]] = []
        instrument = twin.twin if isinstance(twin, TextSeat) else twin
        self._idle = instrument.idle_disconnect if isinstance(instrument, HangsUp) else NEVER
        self._heard: dict[Client, int] = {}
        self._listen(port, name="twin")
        if self._seat is not None:
            self._seat.listeners.append(self._ring)

    @property
    def resource(self) -> str:
        """VISA resource string that leads here."""
        return f"TCPIP::{LOOPBACK}::{self.port}::SOCKET"

    def _step(self, now: int) -> int:
        if self._seat is not None and self._seat.is_reachable is self._is_refusing:
            self._refuse(is_refusing=not self._seat.is_reachable)
        due = min(self._twin.step(now), self._drop_idle(now))
        return min(due, self._deliver_late(now)) if self._later else due

    def _take(self, client: Client, data: bytes) -> None:
        now = self._clock.now()
        self._heard[client] = now
        seat = self._seat
        if seat is None or not seat.is_disturbed:
            self._write(client, self._twin.receive(data, now))
            return
        self._later += [(client, delivery) for delivery in seat.exchange(data, now)]
        self._deliver_late(now)

    def _drop_idle(self, now: int) -> int:
        """Close connections that have been silent too long; return when the next one is (ns)."""
        if self._idle == NEVER:
            return NEVER
        self._heard = {client: self._heard.get(client, now) for client in self._clients}
        for client, heard in self._heard.items():
            if now - heard >= self._idle:
                self._drop(client)
        return min((heard + self._idle for heard in self._heard.values()), default=NEVER)

    def _deliver_late(self, now: int) -> int:
        """Send what is due; return when the next reply is (ns)."""
        later = [(client, each) for client, each in self._later if client in self._clients]
        self._later = [(client, each) for client, each in later if each.due > now]
        for client, delivery in later:
            if delivery.due <= now:
                self._deliver(client, delivery)
        return min((each.due for _, each in self._later), default=NEVER)

    def _deliver(self, client: Client, delivery: Delivery) -> None:
        if delivery.end is End.RESET:
            self._reset(client)
        elif delivery.end is End.HALF_CLOSED:
            self._half_close(client)
        else:
            self._write(client, delivery.data)
