"""Horn, beacon, keys and mains of the simulated PLC's panel, from its manual.

The manual is drivers/canbus/dbc/README.md, part 2.
"""

from __future__ import annotations

from drivers.canbus.frame import Frame
from drivers.simulated.devices.bench_device import Guard, Guarded, in_steps, looked
from drivers.simulated.port import Terminals

SIGNALS, INPUTS = 0x113, 0x194
_KEYS = ("mains", 1.0), ("doors_closed", 1.0), ("acknowledge", 0.0)
_SUPPLIES = ("ups_charge", None), ("nitrogen_pressure", None)
"""Terminals, and what goes for one that is not wired."""
_KEEP = 2
"""From here on a field of the frame asks for nothing."""


class Panel:
    """What people hear, see and press, and what the building tells."""

    def __init__(self, terminals: Terminals) -> None:
        self._signals = terminals.signals
        self._guard = Guard(SIGNALS, 3)
        self._inputs = Guarded(INPUTS, "<BBBHH")
        self._is_horn_wanted = self._is_beacon_wanted = False
        self._is_silenced = self._was_alarmed = False
        self._flags = (False, False, False)
        self._ups: float | None = None
        self._nitrogen: float | None = None
        self._is_alarmed = False
        self.is_horn_on = self.is_beacon_on = False
        """Whether the horn sounds, and the beacon is lit."""

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
        self._switch()
        return True

    def look(self, now: int) -> None:
        """Take the inputs."""
        mains, doors, acknowledge = looked(self._signals, _KEYS, now)
        is_pressed = acknowledge > 0.5
        self._flags = (mains > 0.5, doors > 0.5, is_pressed)
        self._is_silenced |= is_pressed
        self._ups, self._nitrogen = looked(self._signals, _SUPPLIES, now)

    def alarm(self, *, is_gas: bool) -> None:
        """Take whether gas votes for the alarm; a new alarm sounds though the last was silenced."""
        if is_gas and not self._was_alarmed:
            self._is_silenced = False
        self._is_alarmed = self._was_alarmed = is_gas
        self._switch()

    def frame(self, alive: int, timeout: int, *, is_bump_test: bool) -> Frame:
        """Return the input frame.

        Args:
            alive: Its counter.
            timeout: Heartbeat timeout in force, ms.
            is_bump_test: Whether test gas may be let to a detector.
        """
        bits = 0
        for flag in reversed((*self._flags, is_bump_test, self.is_horn_on, self.is_beacon_on)):
            bits = bits << 1 | flag
        return self._inputs.frame(
            alive,
            bits,
            in_steps(self._ups, 0.005, 200, 0xFF),
            in_steps(self._nitrogen, 1000.0, 60000, 0xFFFF),
            timeout,
        )

    def _switch(self) -> None:
        is_alarmed = self._is_alarmed
        self.is_horn_on = (self._is_horn_wanted or is_alarmed) and not self._is_silenced
        self.is_beacon_on = self._is_beacon_wanted or is_alarmed
