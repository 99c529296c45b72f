"""Programs common to instruments that follow IEEE 488.2 and SCPI-1999."""

from __future__ import annotations

import re

from bench.device import Port
from bench.errors import WrongInstrument
from bench.messages import Message
from drivers.visa.port import Program, Query

QUEUE_CAP = 32
"""Most errors drained in one go: a broken instrument must not hold the link for ever."""
HOUSEKEEPING_PERIOD = 2.0
"""How often the error queue is drained, s."""


def identify(
    port: Port, pattern: str, command: str = "*IDN?", timeout: float = 1.0
) -> Program[str]:
    """Ask who is there and return the answer.

    Raises:
        WrongInstrument: the answer does not match the pattern (a regular expression, searched
            without regard to case).
    """
    identity = yield Query(command, timeout)
    if re.search(pattern, identity, re.IGNORECASE) is None:
        raise WrongInstrument(
            "device.wrong-instrument",
            instrument=port.connection.name,
            link=port.connection.link,
            identity=identity,
            expected=port.connection.driver.title,
        )
    return identity


OLDEST_ERROR = Query("SYST:ERR?")
"""Asks for the oldest error."""
_ERROR = re.compile(r'\s*([+-]?\d+)\s*(?:,\s*"?(.*?)"?\s*)?')


def drain_errors(
    port: Port, question: Query = OLDEST_ERROR, stays: frozenset[int] = frozenset()
) -> Program[None]:
    """Read the error queue until it is empty, at most `QUEUE_CAP` times, and report each error.

    Args:
        port: whose errors they are.
        question: what asks for the oldest error.
        stays: errors that are never taken out; after one of them nothing else comes.

    Raises:
        ValueError: a reply without an error number.
    """
    for _ in range(QUEUE_CAP):
        reply = yield question
        found = _ERROR.fullmatch(reply)
        if found is None:
            raise ValueError(reply)
        if int(found.group(1)) == 0:
            return
        arguments = {
            "instrument": port.connection.name,
            "code": found.group(1),
            "text": found.group(2) or "",
        }
        message = Message("device.instrument-error", arguments)
        port.report("warning", port.connection.name, message)
        if int(found.group(1)) in stays:
            return
