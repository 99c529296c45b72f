"""The AK protocol of emission analysers: telegrams, numbers, refusals.

After the VDA AK protocol, as the Emerson NGA 2000 manual 90003752 and the CAI 700 and Servomex
SERVOPRO manuals print it. Framing (STX, ETX) is the wire's; the byte before the code is any.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from bench.device import Port
from bench.errors import InstrumentError
from bench.messages import Message
from drivers.visa.numbers import plain_number
from drivers.visa.port import REPLY_TIMEOUT, Program, Query

CONTROL_TIMEOUT = 1.0
"""Longest wait for the answer to a control command, s: it may switch valves first."""

_REFUSALS = {
    "BS": "ak.reason-busy",
    "SE": "ak.reason-syntax",
    "DF": "ak.reason-data",
    "OF": "ak.reason-offline",
    "NA": "ak.reason-not-available",
}


def number(word: str) -> float:
    """Return a number as AK devices write it; NaN for one marked as not valid (``#``).

    Raises:
        ValueError: no number.
    """
    return math.nan if word.startswith("#") else plain_number(word)


@dataclass(frozen=True)
class Reply:
    """An AK reply without its frame."""

    digit: int
    """Error status: 0, or a digit that changes with the faults."""
    words: tuple[str, ...]
    """Data."""


def parse(code: str, reply: str) -> Reply:
    """Return what answers a code; the byte before the code does not matter.

    Raises:
        ValueError: not a reply to this code.
    """
    head, *rest = reply.split(" ")
    rest = [word for word in rest if word]
    if head[-4:] not in (code, "????") or len(head) > 5 or not rest:
        raise ValueError(reply)
    if re.fullmatch(r"[0-9]", rest[0]) is None:
        raise ValueError(reply)
    return Reply(int(rest[0]), ("????",) if head[-4:] == "????" else tuple(rest[1:]))


class AkConversation:
    """Asks an analyser, and tells people when its faults change."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self.name = port.connection.name
        self.digit = 0

    def ask(self, code: str, channel: int = 0, data: str = "") -> Program[tuple[str, ...]]:
        """Return the data of the answer to a code.

        Raises:
            InstrumentError: unknown code, or refused.
            ValueError: no AK reply to this code.
        """
        timeout = CONTROL_TIMEOUT if code[0] in "SE" else REPLY_TIMEOUT
        text = f" {code} K{channel} {data}".rstrip()
        reply = parse(code, (yield Query(text, timeout)))
        self.digit = reply.digit
        last = reply.words[-1] if reply.words else ""
        if last == "????":
            raise InstrumentError("ak.unknown-code", instrument=self.name, code=code)
        if last in _REFUSALS:
            reason = Message(_REFUSALS[last])
            raise InstrumentError("ak.refused", instrument=self.name, code=code, reason=reason)
        return reply.words

    def values(self, count: int) -> Program[tuple[float, ...]]:
        """Return so many concentrations (unit of the wire); NaN where marked as not valid.

        Raises:
            ValueError: not so many numbers (a time stamp behind them is dropped).
        """
        words = yield from self.ask("AKON")
        if not count <= len(words) <= count + 1:
            raise ValueError(words)
        return tuple([number(word) for word in words[:count]])

    def status(self) -> Program[frozenset[str]]:
        """Return the codes of the operating mode and of what runs.

        Raises:
            ValueError: none at all.
        """
        words = yield from self.ask("ASTZ")
        if not words:
            raise ValueError(words)
        return frozenset(words)

    def per_range(self, code: str, channel: int) -> Program[dict[int, float]]:
        """Return ``M1 value M2 value …`` as range number → value."""
        words = yield from self.ask(code, channel)
        pairs = zip(words[::2], words[1::2], strict=True)
        return {int(name.removeprefix("M")): number(value) for name, value in pairs}

    def tell(self, level: str, message_id: str, **arguments: object) -> None:
        """Report something about this analyser."""
        message = Message(message_id, {"instrument": self.name, **arguments})
        self._port.report(level, self.name, message)
