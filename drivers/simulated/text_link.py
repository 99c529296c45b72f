"""A link to a twin in the same process: bytes as on the wire, at the clock's time, no waiting."""

from __future__ import annotations

import errno
import os

from bench.clock import SECOND, Clock
from bench.errors import BadReply, LinkClosed, LinkError, LinkTimeout
from drivers.simulated.faults.text_seat import End, TextSeat
from drivers.simulated.port import TextTwin
from drivers.simulated.scpi import MOST_KNOWN
from drivers.visa.port import (
    REPLY_TIMEOUT,
    GiveUp,
    Wire,
    block_content,
    block_length,
    never,
)


class InProcessLink:
    """Hands messages to a twin and takes its replies at once; never advances time.

    A reply that is delayed by a fault is taken at once, too, unless it comes after the timeout.
    """

    def __init__(
        self, twin: TextTwin, *, instrument: str, clock: Clock, wire: Wire, name: str = "simulated"
    ) -> None:
        self._twin = twin
        self._seat = twin if isinstance(twin, TextSeat) else None
        self._instrument = instrument
        self._clock = clock
        self._wire = wire
        self._name = name
        self._end = wire.reply_end.encode("ascii")
        self._framed: dict[str, bytes] = {}
        """The bytes of messages that were sent before: polls are always the same."""
        self.is_open = False
        """Whether there is a session."""

    def open(self) -> None:
        """Make a session; sends nothing.

        Raises:
            LinkClosed: it takes no connections, by a fault.
        """
        if self._seat is not None and not self._seat.is_reachable:
            self.is_open = False
            refused = os.strerror(errno.ECONNREFUSED)
            raise LinkClosed("link.refused", **self._where(""), reason=refused)
        self.is_open = True

    def close(self) -> None:
        """Drop the session; never raises."""
        self.is_open = False

    def query(self, message: str, timeout: float = REPLY_TIMEOUT, give_up: GiveUp = never) -> str:
        """Return the twin's answer; it comes at once, so that nothing is ever given up.

        Raises:
            LinkTimeout: it does not answer, or not a whole reply.
            LinkClosed: the link is not open, or the twin answers more than once.
            BadReply: the answer is no ASCII text.
        """
        del give_up
        reply = self._exchange(message, timeout)
        if not reply.endswith(self._end) or reply.count(self._end) > 1:
            raise self._unexpected(message, reply, timeout)
        try:
            return self._wire.text(reply)
        except UnicodeDecodeError as error:
            self.close()
            raise BadReply(
                "link.bad-reply", **self._where(message), reply=ascii(reply[:60])
            ) from error

    def _unexpected(self, message: str, reply: bytes, timeout: float) -> LinkError:
        """Close the session; return what is wrong with a reply that is not one."""
        self.close()
        where = self._where(message)
        if not reply.endswith(self._end):
            return LinkTimeout("link.timeout", **where, timeout=f"{timeout:g} s")
        return LinkClosed("link.unsolicited", **where, reply=ascii(reply[:60]))

    def query_block(self, message: str, timeout: float, give_up: GiveUp = never) -> bytes:
        """Return what the twin's block holds; it comes at once.

        Raises:
            LinkTimeout: it does not answer, or not a whole block.
            LinkClosed: the link is not open.
            BadReply: the answer is no block.
        """
        del give_up
        reply, where = self._exchange(message, timeout), self._where(message)
        try:
            length = block_length(reply)
            if length is None or len(reply) < length + len(self._end):
                self.close()
                raise LinkTimeout("link.timeout", **where, timeout=f"{timeout:g} s")
            return block_content(reply, self._end)
        except ValueError as error:
            self.close()
            raise BadReply("link.bad-reply", **where, reply=ascii(reply[:60])) from error

    def write(self, message: str) -> None:
        """Send a message that is not answered.

        Raises:
            LinkClosed: the link is not open, or the twin answers all the same.
        """
        reply = self._exchange(message, REPLY_TIMEOUT)
        if reply:
            self.close()
            raise LinkClosed("link.unsolicited", **self._where(message), reply=ascii(reply[:60]))

    def _exchange(self, message: str, timeout: float) -> bytes:
        if not self.is_open:
            raise LinkClosed("link.not-open", **self._where(message))
        seat = self._seat
        if seat is not None and seat.is_disturbed:
            return self._disturbed(seat, message, timeout)
        framed = self._framed.get(message)
        if framed is None:
            framed = self._wire.frame(message)
            if len(self._framed) < MOST_KNOWN:
                self._framed[message] = framed
        return self._twin.receive(framed, self._clock.now())

    def _disturbed(self, seat: TextSeat, message: str, timeout: float) -> bytes:
        """Return what of the answer arrives in time through a line with faults."""
        if not seat.is_reachable:
            self.close()
            raise LinkClosed("link.closed", **self._where(message))
        now = self._clock.now()
        last = now + round(timeout * SECOND)
        arrived = b""
        for delivery in seat.exchange(self._wire.frame(message), now):
            if delivery.end is not End.STAYS:
                self.close()
                raise LinkClosed("link.closed", **self._where(message))
            if delivery.due <= last:
                arrived += delivery.data
        return arrived

    def _where(self, message: str) -> dict[str, object]:
        return {"instrument": self._instrument, "link": self._name, "message": message}
