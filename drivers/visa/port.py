"""What a driver of a text instrument says, and to whom: exchanges, programs, links.

A driver's work is written as *programs*: generators that yield exchanges and are sent the
replies. The worker carries them out, one exchange at a time, so that the same program runs in a
thread on a bench and in virtual time, and a safe-off waits for one exchange at most::

    def identify(self) -> Program[str]:
        identity = yield Query("*IDN?")
        ...
        return identity
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

from bench.clock import NEVER

REPLY_TIMEOUT = 0.3
"""Longest wait for an ordinary reply, s: what a safe-off may have to wait for."""

GiveUp = Callable[[], int]
"""Returns the time (ns) at which an answer is no longer waited for, asked while waiting."""


def never() -> int:
    """Wait for an answer as long as its own timeout says."""
    return NEVER


@dataclass(frozen=True, slots=True)
class Query:
    """A message that is answered; the program is sent the answer without terminators."""

    message: str
    """What is asked, without terminators."""
    timeout: float = REPLY_TIMEOUT
    """Longest wait for the answer, s."""
    is_block: bool = False
    """Whether the answer is a definite-length block of any bytes (IEEE 488.2, 8.7.9): the program
    is sent what it holds, a character for each byte (latin-1)."""


@dataclass(frozen=True, slots=True)
class Write:
    """A message that is not answered; the program is sent an empty text."""

    message: str
    """What is said, without terminators."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Time in which other programs use the link; the program is sent an empty text."""

    seconds: float
    """How long, s."""


Exchange: TypeAlias = Query | Write | Pause
"""What a program yields."""

R = TypeVar("R")
Program: TypeAlias = Generator[Exchange, str, R]
"""Work on the wire that ends with a result."""


@dataclass(frozen=True)
class Wire:
    """How bytes travel to one instrument model, as its manual says."""

    end: str = "\n"
    """What ends a message to the instrument."""
    reply_end: str = "\n"
    """What ends its reply; blanks and carriage returns around a reply are dropped."""
    start: str = ""
    """What begins a message and its reply (STX in the AK protocol)."""
    gap: float = 0.0
    """Least time from the end of one exchange to the next, s."""
    open_timeout: float = 1.0
    """Longest wait for a connection, s."""
    baud: int = 9600
    """Speed of a serial line, bit/s."""
    data_bits: int = 8
    """Data bits of a serial line."""
    parity: str = "none"
    """Parity of a serial line: ``none``, ``odd`` or ``even``."""

    def frame(self, message: str) -> bytes:
        """Return the bytes of a message."""
        return f"{self.start}{message}{self.end}".encode("ascii")

    def text(self, reply: bytes) -> str:
        """Return a reply without what frames it.

        Raises:
            UnicodeDecodeError: bytes that are no ASCII.
        """
        text = reply.decode("ascii").removesuffix(self.reply_end)
        return (text.removeprefix(self.start) if self.start else text).strip("\r\n ")


AK = Wire(start="\x02", end="\x03", reply_end="\x03")
"""The AK protocol of emission analysers: STX, blank, code, ETX (VDA AK protocol)."""


class MessageLink(Protocol):
    """A session with one instrument; one worker owns it."""

    @property
    def is_open(self) -> bool:
        """Whether there is a session."""
        ...

    def open(self) -> None:
        """Make a session; sends nothing.

        Raises:
            LinkError: nobody answers, or the session cannot be made.
        """
        ...

    def close(self) -> None:
        """Drop the session; never raises."""
        ...

    def query(self, message: str, timeout: float, give_up: GiveUp = never) -> str:
        """Return the answer to a message.

        Args:
            message: what is asked.
            timeout: longest wait, s.
            give_up: when to wait no longer, whatever the timeout.

        Raises:
            LinkError: no answer in time, none that can be read, or nobody there. The session
                is closed: what comes late must never answer the next question.
        """
        ...

    def query_block(self, message: str, timeout: float, give_up: GiveUp = never) -> bytes:
        """Return what a definite-length block holds that answers a message.

        Raises:
            LinkError: as of `query`.
        """
        ...

    def write(self, message: str) -> None:
        """Send a message that is not answered.

        Raises:
            LinkError: it cannot be sent; the session is closed.
        """
        ...


def block_length(reply: bytes | bytearray) -> int | None:
    """Return how many bytes a definite-length block has, its head included; None: not known yet.

    Raises:
        ValueError: it is none.
    """
    if not reply.startswith(b"#"[: len(reply)]):
        raise ValueError(reply[:1])
    if len(reply) < 2:
        return None
    digits = int(reply[1:2])
    if digits == 0:
        raise ValueError(reply[:2])
    if len(reply) < 2 + digits:
        return None
    return 2 + digits + int(reply[2 : 2 + digits])


def block_content(reply: bytes, end: bytes) -> bytes:
    """Return what a definite-length block holds.

    Raises:
        ValueError: it is none, not whole, or something else follows it than the end of a reply.
    """
    length = block_length(reply)
    if length is None or reply[length:] != end:
        raise ValueError(reply[:20])
    return reply[2 + int(reply[1:2]) : length]
