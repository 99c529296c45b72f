"""Serves a twin on a loopback TCP port, so that the real VISA stack can talk to it."""

from __future__ import annotations

from bench.clock import Clock
from drivers.simulated.loopback import LOOPBACK, Client, LoopbackServer
from drivers.simulated.port import TextTwin


class SocketServer(LoopbackServer[Client]):
    """A twin behind a TCP port of this machine; use it as a context manager.

    Args:
        twin: the instrument; called by the serving thread only.
        clock: the time at which its bytes arrive.
        port: TCP port; 0: any free one, see `port`.
        clients: how many it serves at once; many instruments take a single one and refuse or
            drop the next.
    """

    def __init__(self, twin: TextTwin, clock: Clock, *, port: int = 0, clients: int = 1) -> None:
        super().__init__(clock, make_client=Client, most=clients)
        self._twin = twin
        self._listen(port, name="twin")

    @property
    def resource(self) -> str:
        """VISA resource string that leads here."""
        return f"TCPIP::{LOOPBACK}::{self.port}::SOCKET"

    def _step(self, now: int) -> int:
        return self._twin.step(now)

    def _take(self, client: Client, data: bytes) -> None:
        self._write(client, self._twin.receive(data, self._clock.now()))
