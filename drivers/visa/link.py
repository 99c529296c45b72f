"""The one place that talks to PyVISA: a session that fails loudly, quickly and in one way.

Rules of the house, each earned by a failure seen on the wire: look at the socket before every
message (closed, or data nobody asked for), wait for a reply without PyVISA-py's busy loop, never
``clear()`` a socket, and drop the session after any failure. Resources other than raw sockets
(GPIB, serial, USB, HiSLIP, VXI-11) have no socket to look at; their own timeouts hold.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Literal, cast

from pyvisa import constants
from pyvisa.errors import Error as VisaError
from pyvisa.errors import VisaIOError

from bench.clock import SECOND, Clock
from bench.errors import BadReply, LinkClosed, LinkError, LinkTimeout
from drivers.visa import sockets
from drivers.visa.port import (
    REPLY_TIMEOUT,
    GiveUp,
    Wire,
    block_content,
    block_length,
    never,
)

if TYPE_CHECKING:
    from pyvisa import ResourceManager
    from pyvisa.resources import MessageBasedResource, SerialInstrument

LONGEST_REPLY = 8_000_000
"""More bytes than this without a terminator are no reply."""
WRITE_TIMEOUT = 0.3
"""Longest wait until a socket takes a message, s."""
SLICE = 0.02
"""How often a long wait for a reply is looked at again, s: a safe-off may cut it short."""

_FOREIGN = (VisaError, OSError, RuntimeError, ValueError)
_NO_RESOURCE = (
    constants.StatusCode.error_invalid_resource_name,
    constants.StatusCode.error_resource_not_found,
)
_PARITY = {
    "none": constants.Parity.none,
    "odd": constants.Parity.odd,
    "even": constants.Parity.even,
}


class VisaLink:
    """A VISA session with one instrument; the resource manager stays the application's."""

    def __init__(
        self,
        manager: ResourceManager,
        resource: str,
        *,
        instrument: str,
        clock: Clock,
        wire: Wire,
    ) -> None:
        self._manager = manager
        self._name = resource
        self._instrument = instrument
        self._clock = clock
        self._wire = wire
        self._lock = threading.RLock()
        self._session: MessageBasedResource | None = None
        self._socket: socket.socket | None = None
        self._deadline = 0
        self._give_up = never

    @property
    def is_open(self) -> bool:
        """Whether there is a session."""
        return self._session is not None

    def open(self) -> None:
        """Make a session; sends nothing.

        Raises:
            LinkClosed: refused, unreachable, or no such resource.
        """
        milliseconds = round(self._wire.open_timeout * 1000)
        with self._lock, self._translating("", self._wire.open_timeout):
            self.close()
            session = self._manager.open_resource(self._name, open_timeout=milliseconds)
            self._session = cast("MessageBasedResource", session)
            self._socket = sockets.socket_below(session)
            if self._socket is None:
                self._prepare_session(self._session)
            else:
                self._prepare_socket(self._socket)

    def _prepare_socket(self, below: socket.socket) -> None:
        refused = sockets.connection_error(below)
        if refused:
            raise self._error(LinkClosed, "link.refused", reason=os.strerror(refused))
        if sockets.is_beyond_select(below):
            raise self._error(LinkClosed, "link.too-many-files", limit=sockets.SELECT_LIMIT)
        sockets.prepare(below)

    def _prepare_session(self, session: MessageBasedResource) -> None:
        try:
            session.read_termination = self._wire.reply_end
        except VisaIOError as error:  # GPIB behind a LAN adapter: its controller knows the end
            if error.error_code != constants.StatusCode.error_nonsupported_attribute:
                raise
        if session.interface_type == constants.InterfaceType.asrl:
            line = cast("SerialInstrument", session)
            line.baud_rate = self._wire.baud
            line.data_bits = self._wire.data_bits
            line.parity = _PARITY[self._wire.parity]

    def close(self) -> None:
        """Drop the session; never raises."""
        with self._lock:
            session, self._session, self._socket = self._session, None, None
            if session is not None:
                with suppress(*_FOREIGN):
                    session.close()

    def query(self, message: str, timeout: float = REPLY_TIMEOUT, give_up: GiveUp = never) -> str:
        """Return the answer to a message.

        Args:
            message: what is asked.
            timeout: longest wait, s.
            give_up: when to wait no longer (ns); looked at only where there is a socket.

        Raises:
            LinkTimeout: no complete answer in time, or given up.
            LinkClosed: the other end is gone, or spoke without being asked.
            BadReply: the answer cannot be read.
        """
        with self._lock, self._translating(message, timeout):
            session = self._send(message)
            if self._socket is None:
                session.timeout = timeout * 1000
                reply = session.read_bytes(LONGEST_REPLY, break_on_termchar=True)
            else:
                self._deadline = self._clock.now() + round(timeout * SECOND)
                self._give_up = give_up
                end = self._wire.reply_end.encode("ascii")
                reply = self._read(
                    session, self._socket, message, timeout, lambda got: got.endswith(end)
                )
            return self._text(reply, message)

    def query_block(self, message: str, timeout: float, give_up: GiveUp = never) -> bytes:
        """Return what a definite-length block holds that answers a message.

        Raises:
            LinkTimeout: no whole block in time, or given up.
            LinkClosed: the other end is gone, or spoke without being asked.
            BadReply: the answer is no block.
        """
        end = self._wire.reply_end.encode("ascii")
        with self._lock, self._translating(message, timeout):
            session = self._send(message)
            if self._socket is None:
                session.timeout = timeout * 1000
                reply = _block_from(session, len(end))
            else:
                self._deadline = self._clock.now() + round(timeout * SECOND)
                self._give_up = give_up
                reply = self._read(
                    session, self._socket, message, timeout, lambda got: _is_whole(got, len(end))
                )
            try:
                return block_content(reply, end)
            except ValueError as error:
                raise self._error(
                    BadReply, "link.bad-reply", message, reply=_shown(reply)
                ) from error

    def write(self, message: str) -> None:
        """Send a message that is not answered.

        Raises:
            LinkTimeout: the other end takes no data.
            LinkClosed: the other end is gone, or spoke without being asked.
        """
        with self._lock, self._translating(message, WRITE_TIMEOUT):
            self._send(message)

    def _send(self, message: str) -> MessageBasedResource:
        session = self._session
        if session is None:
            raise self._error(LinkClosed, "link.not-open", message)
        if self._socket is not None:
            self._look_before_sending(self._socket, message)
        session.write_raw(self._wire.frame(message))
        return session

    def _look_before_sending(self, below: socket.socket, message: str) -> None:
        arrived = sockets.waiting(below)
        if arrived == b"":
            raise self._error(LinkClosed, "link.closed", message)
        if arrived is not None:
            raise self._error(LinkClosed, "link.unsolicited", message, reply=_shown(arrived))
        if not sockets.takes_data(below, WRITE_TIMEOUT):
            raise self._error(LinkTimeout, "link.not-reading", message, WRITE_TIMEOUT)

    def _read(
        self,
        session: MessageBasedResource,
        below: socket.socket,
        message: str,
        timeout: float,
        is_whole: Callable[[bytearray], bool],
    ) -> bytes:
        reply = bytearray()
        while not is_whole(reply):
            arrived = self._awaited(below)
            if arrived == b"":
                raise self._error(LinkClosed, "link.closed", message)
            if arrived is None:
                if reply:
                    raise self._error(
                        LinkTimeout, "link.truncated", message, timeout, reply=_shown(reply)
                    )
                given_up = self._clock.now() < self._deadline
                reason = "link.given-up" if given_up else "link.timeout"
                raise self._error(LinkTimeout, reason, message, timeout)
            reply += session.read_bytes(len(arrived))
            if len(reply) > LONGEST_REPLY:
                raise self._error(BadReply, "link.bad-reply", message, reply=_shown(reply))
        return bytes(reply)

    def _awaited(self, below: socket.socket) -> bytes | None:
        """Return what arrives, empty: the peer is gone, None: nothing until the wait is over."""
        while True:
            now = self._clock.now()
            left = (min(self._deadline, self._give_up()) - now) / SECOND
            # short waits end before anything could cut them short
            arrived = sockets.awaited(below, left if left <= REPLY_TIMEOUT else SLICE)
            if arrived is not None or left <= REPLY_TIMEOUT:
                return arrived

    def _text(self, reply: bytes, message: str) -> str:
        end = self._wire.reply_end.encode("ascii")
        if reply.count(end) > 1:
            second = reply.partition(end)[2]
            raise self._error(LinkClosed, "link.unsolicited", message, reply=_shown(second))
        try:
            return self._wire.text(reply)
        except UnicodeDecodeError as error:
            raise self._error(BadReply, "link.bad-reply", message, reply=_shown(reply)) from error

    def _error(
        self,
        kind: type[LinkError],
        message_id: str,
        message: str = "",
        timeout: float = 0.0,
        **more: object,
    ) -> LinkError:
        return kind(
            message_id,
            instrument=self._instrument,
            link=self._name,
            message=message,
            timeout=f"{timeout:g} s",
            **more,
        )

    def _translating(self, message: str, timeout: float) -> _Translating:
        return _Translating(self, message, timeout)

    def translated(self, error: BaseException, message: str, timeout: float) -> LinkError | None:
        """Return a foreign error as ours; None: not one of the wire's."""
        if (
            isinstance(error, VisaIOError)
            and error.error_code == constants.StatusCode.error_timeout
        ):
            return self._error(LinkTimeout, "link.timeout", message, timeout)
        # PyVISA-py raises bare `Exception` when it cannot connect, and only then.
        if not isinstance(error, _FOREIGN) and type(error) is not Exception:
            return None
        reason = _reason(error)
        if message:
            return self._error(LinkClosed, "link.broken", message, reason=reason)
        if isinstance(error, ValueError) or getattr(error, "error_code", None) in _NO_RESOURCE:
            return self._error(LinkClosed, "link.unavailable", reason=reason)
        return self._error(LinkClosed, "link.unreachable", "", timeout, reason=reason)


class _Translating:
    """Closes the link on any failure and turns what libraries raise into a `LinkError`."""

    __slots__ = ("_link", "_message", "_timeout")

    def __init__(self, link: VisaLink, message: str, timeout: float) -> None:
        self._link = link
        self._message = message
        self._timeout = timeout

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Literal[False]:
        if error is None:
            return False
        self._link.close()
        ours = None
        if not isinstance(error, LinkError):
            ours = self._link.translated(error, self._message, self._timeout)
        if ours is not None:
            raise ours from error
        return False


def _is_whole(reply: bytearray, end: int) -> bool:
    """Return whether a block is there with its end; also whether it can be none any more."""
    try:
        length = block_length(reply)
    except ValueError:
        return True
    return length is not None and len(reply) >= length + end


def _block_from(session: MessageBasedResource, end: int) -> bytes:
    """Read a block and the end of the reply from a session that is no raw socket."""
    reply = session.read_bytes(2)
    if reply[:1] != b"#" or not reply[1:].isdigit():
        return reply
    reply += session.read_bytes(int(reply[1:]))
    length = block_length(reply)
    return reply if length is None else reply + session.read_bytes(length - len(reply) + end)


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _shown(reply: bytes | bytearray) -> str:
    """Return the beginning of a reply as text that any screen can show."""
    return ascii(bytes(reply[:60]).decode("latin-1"))
