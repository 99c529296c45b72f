"""Instruments behind a GPIB adapter that is spoken to as a Prologix controller is.

The adapter is an instrument of its own on a socket or serial line (*Prologix GPIB-ETHERNET
Controller User Manual* 1.6.6.0; AR488 boxes speak the same): lines that begin with ``++`` are for
itself, all others go to the instrument addressed. PyVISA-py's own sessions for it are not used:
they wait 50 ms for an instrument to begin, whatever the timeout, share the adapter by a table of
the process, and never return from a socket that the adapter has closed. Here the one guarded
`VisaLink` carries the lines.

One exchange at a time is on the bus. After any failure the adapter's session is made anew, which
the other instruments do not notice: each exchange sets the address it needs. An instrument that
does not answer is left alone for a while, so that it does not eat the others' time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from bench.clock import SECOND, Clock
from bench.errors import BadReply, LinkClosed, LinkError, LinkTimeout
from drivers.visa.port import REPLY_TIMEOUT, GiveUp, MessageLink, Wire, never

WIRE = Wire(baud=115_200)
"""The adapter's own lines; its replies and those it passes on end with LF."""
SETUP = ("++mode 1", "++auto 0", "++eos 3", "++eoi 1", "++eot_enable 0")
"""Controller; reads only when told; appends nothing; EOI goes with the last byte."""
LONGEST_WAIT = 3.0
"""Longest time an adapter waits for an instrument to answer, s; what takes longer is polled."""
SHARED_WAIT = 0.5
"""The same where others are on the bus, s: what they may have to wait for is within the patience
that a link's supervision has with them."""
SHUT = SECOND // 4
"""How long an adapter that could not be reached is not tried again by the next instrument, ns."""
MARGIN = 0.05
"""By how much the adapter gives up before we do, s: so that it has nothing left to tell."""
REST = 2 * SECOND
"""How long an instrument that did not answer is left alone, where others share its bus, ns."""

_SPECIAL = str.maketrans({each: "\x1b" + each for each in "\x1b\r\n+"})


class GpibAdapter:
    """An adapter and who has its bus now.

    Args:
        link: the session with the adapter; it belongs to this object.
        clock: the time.
    """

    def __init__(self, link: MessageLink, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._lock = threading.RLock()
        self._users: set[str] = set()
        self._rests: dict[str, int] = {}
        self._addressed = ""
        self._waits = 0
        self._failure: tuple[int, LinkError] | None = None
        self.give_ups: list[GiveUp] = []
        """When a long exchange must be over, for each instrument on the bus."""
        self.version = ""
        """What the adapter says it is."""

    def enter(self, address: str) -> None:
        """Begin to use the bus; sends nothing to the instrument.

        Raises:
            LinkError: the adapter cannot be reached, or the instrument is left alone for now.
        """
        with self._lock:
            if self._clock.now() < self._rests.get(address, 0) and self._users - {address}:
                raise LinkClosed(
                    "link.resting",
                    instrument=address,  # all that is known here; a session says it better
                    link=self.version,
                    seconds=f"{REST / SECOND:g}",
                )
            self._prepare()
            self._users.add(address)

    def leave(self, address: str) -> None:
        """Use the bus no more; the last one closes the adapter's session."""
        with self._lock:
            self._users.discard(address)
            if not self._users:
                self._link.close()

    def tell(self, address: str, data: bytes) -> None:
        """Send bytes to an instrument.

        Raises:
            LinkError: the adapter does not take them.
        """
        with self._lock:
            self._tell(address, data)

    def ask(self, address: str, data: bytes, timeout: float, give_up: GiveUp) -> str:
        """Return what an instrument answers to bytes.

        Raises:
            LinkTimeout: it does not answer in time, or must not be waited for any longer.
            LinkError: the adapter fails.
        """
        with self._lock:
            self._tell(address, data)
            timeout = min(timeout, SHARED_WAIT if self._users - {address} else LONGEST_WAIT)
            waits = round(1000 * max(timeout - MARGIN, 0.001))
            if waits != self._waits:
                self._link.write(f"++read_tmo_ms {waits}")
                self._waits = waits
            try:
                return self._link.query("++read eoi", timeout, self._soonest(give_up))
            except LinkTimeout:
                self._rests[address] = self._clock.now() + REST
                raise

    def _soonest(self, give_up: GiveUp) -> GiveUp:
        return lambda: min([give_up(), *(each() for each in self.give_ups)])

    def _tell(self, address: str, data: bytes) -> None:
        self._prepare()
        if self._addressed != address:
            self._link.write(f"++addr {address}")
            self._addressed = address
        self._link.write(data.decode("ascii").translate(_SPECIAL))

    def _prepare(self) -> None:
        if self._link.is_open:
            return
        if self._failure is not None and self._clock.now() < self._failure[0]:
            raise self._failure[1]
        try:
            self._link.open()
            self._addressed, self._waits = "", 0
            for line in SETUP:
                self._link.write(line)
            self.version = self._link.query("++ver", REPLY_TIMEOUT)
        except LinkError as error:
            self._failure = self._clock.now() + SHUT, error
            raise
        self._failure = None


class GpibLink:
    """A session with one instrument on an adapter's bus."""

    def __init__(
        self, adapter: GpibAdapter, address: str, *, instrument: str, name: str, wire: Wire
    ) -> None:
        self._adapter = adapter
        self._address = address
        self._wire = wire
        self._where: Mapping[str, object] = {"instrument": instrument, "link": name}
        self._is_open = False

    @property
    def is_open(self) -> bool:
        """Whether there is a session."""
        return self._is_open

    def open(self) -> None:
        """Make a session; sends nothing to the instrument.

        Raises:
            LinkClosed: the adapter cannot be reached, or the instrument is left alone for now.
        """
        self.close()
        try:
            self._adapter.enter(self._address)
        except LinkError as error:
            raise self._ours(error, "", 0.0) from error
        self._is_open = True

    def close(self) -> None:
        """Drop the session; never raises."""
        if self._is_open:
            self._is_open = False
            self._adapter.leave(self._address)

    def query(self, message: str, timeout: float = REPLY_TIMEOUT, give_up: GiveUp = never) -> str:
        """Return the answer to a message.

        Raises:
            LinkTimeout: no complete answer in time, or given up.
            LinkClosed: no session, or the adapter is gone.
            BadReply: the answer cannot be read.
        """
        return self._carried(
            message,
            timeout,
            lambda data: self._adapter.ask(self._address, data, timeout, give_up),
        )

    def query_block(self, message: str, timeout: float, give_up: GiveUp = never) -> bytes:
        """Return nothing: the bytes of a block would be taken for the adapter's own.

        Raises:
            BadReply: always.
        """
        del timeout, give_up
        self.close()
        raise BadReply("link.no-blocks", **self._where, message=message)

    def write(self, message: str) -> None:
        """Send a message that is not answered.

        Raises:
            LinkClosed: no session, or the adapter is gone.
        """

        def tell(data: bytes) -> str:
            self._adapter.tell(self._address, data)
            return ""

        self._carried(message, REPLY_TIMEOUT, tell)

    def _carried(self, message: str, timeout: float, carry: Callable[[bytes], str]) -> str:
        if not self._is_open:
            raise LinkClosed("link.not-open", **self._where, message=message)
        try:
            return carry(self._wire.frame(message))
        except LinkError as error:
            self.close()
            raise self._ours(error, message, timeout) from error

    def _ours(self, error: LinkError, message: str, timeout: float) -> LinkError:
        """Return an adapter's error as one of this instrument."""
        told = {
            **error.message.arguments,
            **self._where,
            "message": message,
            "timeout": f"{timeout:g} s",
        }
        return type(error)(error.message.id, **told)
