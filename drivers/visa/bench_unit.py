"""What the bench's own text units have in common: control, host timeout, alarm word.

Their manual is the docstring of `drivers.simulated.devices.host_port`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

from bench.device import Port
from bench.errors import InstrumentError
from bench.messages import Message
from drivers.visa.port import Program, Query, Wire, Write

WIRE = Wire(gap=0.01)
"""LF; a unit loses a line that comes within 5 ms of the last one."""
REMOTE = "SYST:REM"
"""Takes control; sent with every setting, as the panel may have taken it back, and safe values
go out before the setup of a link."""
HOST_TIMEOUT = 30.0
"""Host timeout where the rig states none, s: many polls, and several reconnections."""
LONGEST_TIMEOUT = 3600.0
"""Longest host timeout of the units, s."""
HOUSEKEEPING_PERIOD = 10.0
"""How often the error queue is drained, s: alarms come with every poll."""

_NUMBER = r"[+-]?\d+(?:\.\d+)?(?:E[+-]?\d+)?"
_NUMBERS = re.compile(rf"{_NUMBER}(?:,{_NUMBER})*", re.ASCII)


class HostTimeout(Protocol):
    """The options that say what a unit does without its host."""

    @property
    def host_timeout(self) -> float:
        """Silence after which it acts, s; 0: never."""
        ...

    @property
    def host_timeout_action(self) -> str:
        """``hold`` or ``off``."""
        ...


def values(reply: str) -> tuple[float, ...]:
    """Return the numbers of a reply with commas; 9.9E37 stands for a broken sensor.

    Raises:
        ValueError: a part is no number.
    """
    if _NUMBERS.fullmatch(reply) is None:
        raise ValueError(reply)
    return tuple(map(float, reply.split(",")))


def arm(port: Port, options: HostTimeout, message_id: str) -> Program[None]:
    """Take control; set what the unit does when the bench is silent, then the timeout.

    Raises:
        InstrumentError: it holds another action or timeout; with the message given.
    """
    yield Write(REMOTE)
    action = options.host_timeout_action.upper()
    yield Write(f"SYST:COMM:TIM:ACT {action}")
    held_action = (yield Query("SYST:COMM:TIM:ACT?")).strip()
    if held_action != action:
        raise holds_other(port, message_id, action, held_action)
    timeout = options.host_timeout
    yield Write(f"SYST:COMM:TIM {timeout:.1f}")
    (held,) = values((yield Query("SYST:COMM:TIM?")))
    if abs(held - timeout) > 0.051:
        raise holds_other(port, message_id, f"{timeout:g} s", f"{held:g} s")


def holds_other(port: Port, message_id: str, value: str, actual: str) -> InstrumentError:
    """Return the error of a unit that is not set up as the rig says."""
    name = port.connection.name
    return InstrumentError(message_id, instrument=name, value=value, actual=actual)


class AlarmWord:
    """Tells of alarms when they change.

    Args:
        port: where to tell.
        alarms: bit → message of what it means.
        family: first word of the messages ``<family>.alarm`` and ``<family>.no-alarms``.
    """

    def __init__(self, port: Port, alarms: Mapping[int, str], family: str) -> None:
        self._port = port
        self._alarms = alarms
        self._family = family
        self._told = 0

    def compare(self, number: float) -> None:
        """Take an alarm word.

        Raises:
            ValueError: no alarm word.
        """
        word = int(number)
        if word == self._told:
            return
        if word != number or word < 0:
            raise ValueError(number)
        told, self._told = self._told, word
        for bit in (1 << place for place in range(word.bit_length())):
            if bit & word & ~told:
                name = Message(self._alarms[bit]) if bit in self._alarms else f"bit {bit}"
                self._tell("error", "alarm", alarm=name)
        if not word:
            self._tell("info", "no-alarms")

    def _tell(self, level: str, message_id: str, **arguments: object) -> None:
        name = self._port.connection.name
        message = Message(f"{self._family}.{message_id}", {"instrument": name, **arguments})
        self._port.report(level, name, message)
