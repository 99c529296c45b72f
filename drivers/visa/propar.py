"""Propar, the ASCII form: what Bronkhorst instruments are asked, and how their answers are read.

After manual 9.17.027, *RS232 interface with FLOW-BUS protocol*, chapters 3.3 to 3.10. A message is
``:``, then bytes in hexadecimal: length, node, command, data; then CR LF. The length counts the
bytes behind it. Read is command 04, write without an answer 02, and the answer to a read looks like
such a write. Parameters are *chained*: bit 7 of a process byte says that another process follows,
bit 7 of a parameter byte that another parameter of the same process does. In a request, each
parameter first says under which index it is to come back; a text then states its length, 0 for one
that ends with a zero byte.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby
from operator import attrgetter

READ, WRITE, STATUS = 0x04, 0x02, 0x00
"""Command bytes."""
CHAINED = 0x80
"""Bit of a byte behind which another of its kind follows."""


class Type(IntEnum):
    """Types of a parameter (manual 3.4.2), as bits of its byte."""

    CHAR = 0x00
    """One byte."""
    INTEGER = 0x20
    """Two bytes, the higher first."""
    FLOAT = 0x40
    """IEEE single, four bytes, the highest first."""
    TEXT = 0x60
    """Text, its length before it."""


_LETTER = {Type.CHAR: "B", Type.INTEGER: "H", Type.FLOAT: "f"}


@dataclass(frozen=True)
class Parameter:
    """A parameter of a node."""

    process: int
    """Process number."""
    number: int
    """Parameter number (FBnr)."""
    type: Type
    """What it holds."""
    length: int = 0
    """Length of a text; 0: it ends with a zero byte."""


class ErrorReply(Exception):
    """An answer that tells of an error.

    Args:
        code: number in the manual's table.
        is_status: whether a node says so (3.6), not the interface between (3.3.3).
    """

    def __init__(self, code: int, *, is_status: bool) -> None:
        super().__init__(code)
        self.code = code
        self.is_status = is_status


def message(node: int, data: bytes) -> str:
    """Return a message to a node, without its CR LF."""
    return f":{len(data) + 1:02X}{node:02X}{data.hex().upper()}"


def write_float(node: int, parameter: Parameter, value: float) -> str:
    """Return the message that writes a float; nothing answers it."""
    head = bytes((WRITE, parameter.process, parameter.type | parameter.number))
    return message(node, head + struct.pack(">f", value))


def payload(reply: str) -> bytes:
    """Return the bytes behind the length of an answer: node, command, data.

    Raises:
        ErrorReply: it tells of an error.
        ValueError: no propar message.
    """
    data = bytes.fromhex(reply[1:])
    if reply[:1] != ":" or len(data) < 2 or data[0] != len(data) - 1:
        raise ValueError(reply)
    if data[0] == 1:
        raise ErrorReply(data[1], is_status=False)
    if data[0] == 4 and data[2] == STATUS:
        raise ErrorReply(data[3], is_status=True)
    return data[1:]


@dataclass(frozen=True)
class _Part:
    """One parameter of a chain, and the bytes before its value in an answer."""

    head: bytes
    parameter: Parameter


def _parts(parameters: Sequence[Parameter], first: int) -> list[_Part]:
    parts: list[_Part] = []
    runs = [list(run) for _, run in groupby(parameters, attrgetter("process"))]
    for number, run in enumerate(runs):
        process = run[0].process | (CHAINED if number < len(runs) - 1 else 0)
        for place, parameter in enumerate(run):
            more = CHAINED if place < len(run) - 1 else 0
            index = more | parameter.type | (first + len(parts))
            head = bytes((process, index)) if place == 0 else bytes((index,))
            parts.append(_Part(head, parameter))
    return parts


class Chain:
    """Several parameters of one node, asked in one message.

    Args:
        node: address.
        parameters: what is asked; those of one process stand together.
        first: index under which the first one comes back.
    """

    def __init__(self, node: int, parameters: Sequence[Parameter], first: int = 1) -> None:
        self._parts = _parts(parameters, first)
        self._start = bytes((node, WRITE))
        request = bytearray([READ])
        for part in self._parts:
            asked = part.parameter
            request += part.head + bytes((asked.process, asked.type | asked.number))
            if asked.type is Type.TEXT:
                request.append(asked.length)
        self.request = message(node, bytes(request))
        """What is asked, without CR LF."""

    def values(self, reply: str) -> list[float | str]:
        """Return the values of an answer, in the order in which they were asked.

        Raises:
            ErrorReply: it tells of an error.
            ValueError: no answer to this request.
        """
        data = payload(reply)
        if not data.startswith(self._start):
            raise ValueError(reply)
        place = len(self._start)
        found: list[float | str] = []
        for part in self._parts:
            if not data.startswith(part.head, place):
                raise ValueError(reply)
            value, place = _value(data, place + len(part.head), part.parameter.type)
            found.append(value)
        if place != len(data):
            raise ValueError(reply)
        return found


def _value(data: bytes, place: int, kind: Type) -> tuple[float | str, int]:
    """Return the value that begins at a place, and where it ends.

    Raises:
        LookupError: it is cut off.
        ValueError: a text that never ends, or is no ASCII.
    """
    if kind in _LETTER:
        layout = struct.Struct(f">{_LETTER[kind]}")
        end = place + layout.size
        if len(data) < end:
            raise IndexError(place)
        return layout.unpack_from(data, place)[0], end
    length = data[place]
    if length:
        end = place + 1 + length
        return data[place + 1 : end].decode("ascii").strip(" \0"), end
    end = data.index(0, place + 1)
    return data[place + 1 : end].decode("ascii").strip(), end + 1


class NumberChain(Chain):
    """A chain of numbers alone: its answers have one shape and are read at once.

    Args:
        node: address.
        parameters: what is asked: characters and floats.
    """

    def __init__(self, node: int, parameters: Sequence[Parameter]) -> None:
        super().__init__(node, parameters)
        heads = [part.head for part in self._parts]
        heads[0] = b"\0" + self._start + heads[0]
        letters = [_LETTER[part.parameter.type] for part in self._parts]
        layout = [f"{len(head)}s{letter}" for head, letter in zip(heads, letters, strict=True)]
        self._struct = struct.Struct(">" + "".join(layout))
        heads[0] = bytes((self._struct.size - 1,)) + heads[0][1:]
        self._heads = tuple(heads)

    def numbers(self, reply: str) -> tuple[float, ...]:
        """Return the numbers of an answer, in the order in which they were asked.

        Raises:
            ErrorReply: it tells of an error.
            ValueError: no answer to this request.
        """
        try:
            found = self._struct.unpack(bytes.fromhex(reply[1:]))
        except struct.error as error:
            payload(reply)  # says which error it is
            raise ValueError(reply) from error
        if reply[:1] != ":" or found[::2] != self._heads:
            raise ValueError(reply)
        return found[1::2]
