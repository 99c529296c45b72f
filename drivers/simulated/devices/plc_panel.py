"""Horn, beacon, keys and mains of the simulated PLC's panel, from its manual.

The manual is drivers/canbus/dbc/README.md, part 2.
"""

from __future__ import annotations

import math
import struct

from drivers.simulated.devices.bench_device import Guard
from drivers.simulated.port import Signal, Terminals

SIGNALS = 0x113
_KEEP = 2
"""From here on a field of the frame asks for nothing."""


class Panel:
    """What people hear, see and press, and what the building tells."""

    def __init__(self, terminals: Terminals) -> None:
        self._signals = terminals.signals
        self._guard = Guard(SIGNALS, 3)
        self._is_horn_wanted = self._is_beacon_wanted = False
        self._is_silenced = self._was_alarmed = False
        self._flags = (False, False, False)
        self._ups: float | None = None
        self._nitrogen: float | None = None
        self._is_alarmed = False

    @property
    def is_horn_on(self) -> bool:
        """Whether the horn sounds."""
        return (self._is_horn_wanted or self._is_alarmed) and not self._is_silenced

    @property
    def is_beacon_on(self) -> bool:
        """Whether the beacon is lit."""
        return self._is_beacon_wanted or self._is_alarmed

    def requested(self, data: bytes) -> bool:
        """Take a request for horn and beacon; return whether it was sound."""
        if not self._guard.takes(data):
            return False
        horn, beacon = data[1] & 3, data[1] >> 2 & 3
        if horn < _KEEP:
            if horn and not self._is_horn_wanted:
                self._is_silenced = False
            self._is_horn_wanted = bool(horn)
        if beacon < _KEEP:
            self._is_beacon_wanted = bool(beacon)
        return True

    def look(self, now: int) -> None:
        """Take the inputs."""
        is_pressed = self._flag("acknowledge", 0.0, now)
        self._flags = (
            self._flag("mains", 1.0, now),
            self._flag("doors_closed", 1.0, now),
            is_pressed,
        )
        self._is_silenced |= is_pressed
        self._ups = self._value("ups_charge", now)
        self._nitrogen = self._value("nitrogen_pressure", now)

    def alarm(self, *, is_gas: bool) -> None:
        """Take whether gas votes for the alarm; a new alarm sounds though the last was silenced."""
        if is_gas and not self._was_alarmed:
            self._is_silenced = False
        self._is_alarmed = self._was_alarmed = is_gas

    def frame(self, alive: int, timeout: int, *, is_bump_test: bool) -> bytes:
        """Return the bytes of the input frame, without its checksum.

        Args:
            alive: Its counter.
            timeout: Heartbeat timeout in force, ms.
            is_bump_test: Whether test gas may be let to a detector.
        """
        bits = 0
        for flag in reversed((*self._flags, is_bump_test, self.is_horn_on, self.is_beacon_on)):
            bits = bits << 1 | flag
        return struct.pack(
            "<BBBHH",
            alive,
            bits,
            _raw(self._ups, 0.005, 200, 0xFF),
            _raw(self._nitrogen, 1000.0, 60000, 0xFFFF),
            timeout,
        )

    def _flag(self, name: str, unwired: float, now: int) -> bool:
        value = self._value(name, now)
        return (unwired if value is None else value) > 0.5

    def _value(self, name: str, now: int) -> float | None:
        signal: Signal | None = self._signals.get(name)
        return None if signal is None else signal(now)


def _raw(shown: float | None, step: float, most: int, not_available: int) -> int:
    if shown is None:
        return not_available
    if math.isnan(shown):
        return not_available - 1
    return min(max(round(shown / step), 0), most)
