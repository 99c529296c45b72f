"""The host port of the bench's own text units, from their manual's first page.

Interface: raw TCP socket, ASCII, lines end with LF, SCPI rules for headers, ``;`` and the error
queue (8 deep). A line that comes within 5 ms of the last one is lost.

==================================== ============================================================
``*IDN?`` ``*CLS``                   identification; empty the error queue
``SYSTem:ERRor[:NEXT]?``             oldest error: ``0,"No error"``
``SYSTem:REMote`` ``SYSTem:LOCal``   take and give back control; settings in local: error -203
``SYSTem:REMote?``                   1 or 0
``SYSTem:COMMunicate:TIMeout <s>``   host timeout 0..3600 s, 0 (as delivered): never
``SYSTem:COMMunicate:TIMeout:ACTion`` what the host timeout does: ``HOLD`` (as delivered), ``OFF``
``STATus:ALARm?``                    alarm word, latched; ``STATus:ALARm:CLEar`` clears what is gone
==================================== ============================================================

A host that has been silent for the timeout raises the alarm of the unit for it; ``HOLD`` keeps
setpoints, modes and outputs and gives control back to the panel (local), ``OFF`` does what the
manual of the unit says. Any line from the host ends the silence, but takes nothing back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bench.clock import MILLISECOND, NEVER, SECOND
from drivers.simulated.scpi import (
    Call,
    ErrorQueue,
    Run,
    ScpiFault,
    ScpiParser,
    illegal_value,
    out_of_range,
)

MESSAGE_GAP = 5 * MILLISECOND
QUEUE_DEPTH = 8
LONGEST_TIMEOUT = 3600.0


class HostPort:
    """Lines in, answers out: who has control, whether the host is silent, what is wrong.

    Args:
        identity: answer to ``*IDN?``.
        host_alarm: alarm bit of a silent host.
        switch_off: what ``OFF`` does, at a time (ns).
    """

    def __init__(self, identity: str, host_alarm: int, switch_off: Callable[[int], None]) -> None:
        self.alarms = 0
        """Alarm word, latched."""
        self.present: Callable[[int], int] = lambda _: 0
        """What is wrong at a time (ns), as alarm bits."""
        self._host_alarm = host_alarm
        self._switch_off = switch_off
        self._errors = ErrorQueue(QUEUE_DEPTH, empty='0,"No error"')
        self._commands: dict[str, Run] = {
            "*IDN?": lambda _: identity,
            "*CLS": lambda _: self._errors.clear(),
            "SYSTem:ERRor[:NEXT]?": lambda _: self._errors.take(),
            "SYSTem:REMote": lambda _: self._take_control(is_remote=True),
            "SYSTem:LOCal": lambda _: self._take_control(is_remote=False),
            "SYSTem:REMote?": lambda _: f"{self._is_remote:d}",
            "SYSTem:COMMunicate:TIMeout": self._protected(self._set_timeout),
            "SYSTem:COMMunicate:TIMeout?": lambda _: f"{self._timeout:.1f}",
            "SYSTem:COMMunicate:TIMeout:ACTion": self._protected(self._set_action),
            "SYSTem:COMMunicate:TIMeout:ACTion?": lambda _: "HOLD" if self._holds else "OFF",
            "STATus:ALARm?": lambda _: str(self.alarms),
            "STATus:ALARm:CLEar": self._clear_alarms,
        }
        self._parser = ScpiParser({}, self._errors)
        self._buffer = b""
        self._is_remote = False
        self._timeout, self._patience = 0.0, NEVER
        """Host timeout, s, and how long the host may be silent, ns."""
        self._holds = True
        self._heard: int | None = None
        self._silent_at = NEVER
        """When the host will have been silent for too long, ns."""

    def serve(
        self, queries: Mapping[str, Run], settings: Mapping[str, Callable[[Call], None]]
    ) -> None:
        """Answer the unit's queries, and take its settings while the host has control."""
        self._commands |= queries
        self._commands |= {header: self._protected(run) for header, run in settings.items()}
        self._parser = ScpiParser(self._commands, self._errors)

    def receive(self, data: bytes, now: int) -> bytes:
        """Answer the lines that are complete at a time (ns)."""
        self.watch(now)
        if not self._buffer and data.endswith(b"\n") and data.count(b"\n") == 1:
            return self._line(data, now)
        *lines, rest = (self._buffer + data).split(b"\n")
        self._buffer = rest[-1000:]
        return b"".join([self._line(line + b"\n", now) for line in lines])

    def watch(self, now: int) -> int:
        """Do what is due when the host is silent; return when to look again (ns)."""
        if now < self._silent_at:
            return self._silent_at
        self._silent_at = NEVER
        self.alarms |= self._host_alarm
        if self._holds:
            self._is_remote = False
        else:
            self._switch_off(now)
        return NEVER

    def _line(self, line: bytes, now: int) -> bytes:
        if self._heard is not None and now - self._heard < MESSAGE_GAP:
            return b""
        self._heard, self._silent_at = now, now + self._patience
        return self._parser.receive(line, now)

    def _protected(self, command: Callable[[Call], None]) -> Run:
        def run(call: Call) -> None:
            if not self._is_remote:
                raise ScpiFault(-203, "Command protected")
            command(call)

        return run

    def _take_control(self, *, is_remote: bool) -> None:
        self._is_remote = is_remote

    def _set_timeout(self, call: Call) -> None:
        self._timeout = within(call.number(), 0.0, LONGEST_TIMEOUT)
        self._patience = round(self._timeout * SECOND) if self._timeout else NEVER
        self._silent_at = call.now + self._patience

    def _set_action(self, call: Call) -> None:
        self._holds = choice(call, {"HOLD": True, "OFF": False})

    def _clear_alarms(self, call: Call) -> None:
        self.alarms = self.present(call.now)


def within(value: float, low: float, high: float) -> float:
    """Return a value that lies between two limits.

    Raises:
        ScpiFault: it does not.
    """
    if not low <= value <= high:  # also true for NaN
        raise out_of_range()
    return value


def choice(call: Call, words: Mapping[str, bool]) -> bool:
    """Return what the word of a command stands for.

    Raises:
        ScpiFault: no such word.
    """
    if call.word() not in words:
        raise illegal_value()
    return words[call.word()]
