"""A link to a twin in the same process: bytes as on the wire, at the clock's time, no waiting."""

from __future__ import annotations

from bench.clock import Clock
from bench.errors import BadReply, LinkClosed, LinkTimeout
from drivers.simulated.port import TextTwin
from drivers.visa.port import REPLY_TIMEOUT, Wire


class InProcessLink:
    """Hands messages to a twin and takes its replies at once; never advances time."""

    def __init__(
        self, twin: TextTwin, *, instrument: str, clock: Clock, wire: Wire, name: str = "simulated"
    ) -> None:
        self._twin = twin
        self._instrument = instrument
        self._clock = clock
        self._wire = wire
        self._name = name
        self._end = wire.reply_end.encode("ascii")
        self._is_open = False

    @property
    def is_open(self) -> bool:
        """Whether there is a session."""
        return self._is_open

    def open(self) -> None:
        """Make a session; sends nothing."""
        self._is_open = True

    def close(self) -> None:
        """Drop the session; never raises."""
        self._is_open = False

    def query(self, message: str, timeout: float = REPLY_TIMEOUT) -> str:
        """Return the twin's answer.

        Raises:
            LinkTimeout: it does not answer, or not a whole reply.
            LinkClosed: the link is not open, or the twin answers more than once.
            BadReply: the answer is no ASCII text.
        """
        reply = self._exchange(message)
        if not reply.endswith(self._end):
            self.close()
            raise LinkTimeout("link.timeout", **self._where(message), timeout=f"{timeout:g} s")
        if reply.count(self._end) > 1:
            self.close()
            raise LinkClosed("link.unsolicited", **self._where(message), reply=ascii(reply[:60]))
        try:
            return self._wire.text(reply)
        except UnicodeDecodeError as error:
            self.close()
            raise BadReply(
                "link.bad-reply", **self._where(message), reply=ascii(reply[:60])
            ) from error

    def write(self, message: str) -> None:
        """Send a message that is not answered.

        Raises:
            LinkClosed: the link is not open, or the twin answers all the same.
        """
        reply = self._exchange(message)
        if reply:
            self.close()
            raise LinkClosed("link.unsolicited", **self._where(message), reply=ascii(reply[:60]))

    def _exchange(self, message: str) -> bytes:
        if not self._is_open:
            raise LinkClosed("link.not-open", **self._where(message))
        return self._twin.receive(self._wire.frame(message), self._clock.now())

    def _where(self, message: str) -> dict[str, object]:
        return {"instrument": self._instrument, "link": self._name, "message": message}
