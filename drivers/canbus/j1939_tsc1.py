"""Torque/speed control 1: asks the engine for a speed or a torque, every 10 ms while it does.

The control lapses in the unit when it is no longer repeated; switched off, it is disabled by one
last frame (SAE J1939-71, TSC1).
"""

from __future__ import annotations

from bench.clock import MILLISECOND, NEVER
from drivers.canbus.j1939 import Identifier, Send
from drivers.canbus.layout import layouts

MODES = ("off", "speed", "torque")
"""Override control modes by code."""
PERIOD = 10 * MILLISECOND
"""Repetition while active."""
_OFF, _SPEED, _TORQUE = 0, 1, 2
_TEMPORARY_CONTROL = 31  # control purpose P32; its transmission rate code 7 is 10 ms


class TorqueSpeedControl:
    """Sends the newest request.

    Args:
        source: the bench's address.
        destination: the unit's address.
        priority: override control mode priority: 0 highest to 3 low.
        send: puts an identifier and its data on the bus.
    """

    def __init__(self, *, source: int, destination: int, priority: int, send: Send) -> None:
        self._id = Identifier(3, 0, source, destination).can_id
        self._layout = layouts("j1939_engine.dbc")["TSC1"]
        self._send = send
        self._priority = priority
        self._mode = _OFF
        self._requests: dict[int, float] = {}
        self._counter = 0
        self._next = NEVER
        self.is_active = False
        """Whether it has something to ask: a mode, and its value; else `step` does nothing."""

    def put(self, index: int, number: float) -> None:
        """Take a demand: 0 mode, 1 speed (rpm), 2 torque (%)."""
        if index:
            self._requests[index] = number
        elif self._mode != (mode := int(number)):
            self._mode = mode
            if mode == _OFF and self.is_active:
                self._send(self._id, self._data())
        self._follow()

    def forget(self) -> None:
        """Ask nothing any more, and send nothing: the unit or the bus is gone."""
        self._mode = _OFF
        self._requests.clear()
        self._follow()

    def _follow(self) -> None:
        self.is_active = self._mode in self._requests
        if not self.is_active:
            self._next = NEVER

    def step(self, now: int) -> int:
        """Send when it is due; return when it is due next (ns)."""
        if not self.is_active:
            return NEVER
        if self._next == NEVER:
            self._next = now
        if now >= self._next:
            self._send(self._id, self._data())
            self._next = max(self._next + PERIOD, now + 1)
            if self._next + PERIOD < now:  # we were held up: no burst to catch up
                self._next = now + PERIOD
        return self._next

    def _data(self) -> bytes:
        values: dict[str, float] = {
            "OverrideMode": self._mode,
            "OverridePriority": self._priority,
            "TransmissionRate": 7,
            "ControlPurpose": _TEMPORARY_CONTROL,
            "MessageCounter": self._counter,
        }
        if self._mode == _SPEED:
            values["RequestedSpeed"] = self._requests[_SPEED]
        if self._mode == _TORQUE:
            values["RequestedTorque"] = self._requests[_TORQUE]
        word = (1 << 64) - 1  # what is not set is not available
        for name, value in values.items():
            field = self._layout[name]
            word = word & ~(field.mask << field.shift) | field.bits(value)
        checksum = self._layout["MessageChecksum"]
        data = word.to_bytes(8, "little")
        word = word & ~(checksum.mask << checksum.shift) | checksum.bits(self._checksum(data))
        self._counter = self._counter + 1 & 7
        return word.to_bytes(8, "little")

    def _checksum(self, data: bytes) -> int:
        total = sum(data[:7]) + self._counter + sum(self._id.to_bytes(4, "big"))
        return (total >> 6) + (total >> 3) + total & 7
