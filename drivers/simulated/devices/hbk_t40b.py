"""HBK T40B torque flange with TIM40 stator, as it looks on CANopen.

Written from the TIM40 manual A02590 (PDO contents, p. 39), the T40B data sheet B3406 and the
notes in ``drivers/canbus/dbc/hbk_t40b.md``, where what no public page shows is marked.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

from bench.clock import MILLISECOND, NEVER, SECOND
from drivers.simulated.devices.canopen_node import OPERATIONAL, Node, TransmitPdo, text, u8, u32
from drivers.simulated.port import CanTwin, Frame, SendFrame, Terminals

_ZERO, _SHUNT = 0x01, 0x04  # control byte, and its echo in status byte 1
_FAULT, _TORQUE_FAULT, _SPEED_FAULT, _OVERLOAD = 0x01, 0x02, 0x08, 0x10  # status byte 2
_ZEROING = SECOND // 2
"""How long it averages for a zero, ns."""
_OVERLOAD_SHARE = 1.2
"""Share of the nominal torque above which it reports overload."""
_SHUNT_SHARE = 0.5
"""Shunt signal, share of the nominal torque (T40B mounting instructions, chapter 6)."""
_FULL = 2**31 - 1
_DIGITS = struct.Struct("<i")


@dataclass(frozen=True)
class Settings:
    """What the lab sets in the stator's web interface."""

    node: int = 1
    """CAN address."""
    nominal_torque: float = 3000.0
    """Nominal torque of the flange, N·m."""
    resolution: float = 0.001
    """Torque of one digit, N·m."""
    speed_resolution: float = 0.1 * math.pi / 30.0
    """Speed of one digit, rad/s."""
    speed: bool = True
    """Whether the flange has the rotational speed measuring system."""

    @classmethod
    def of(cls, options: Any) -> Settings:
        """Return the settings that agree with an instrument's rig options."""
        return cls(**{n: getattr(options, n, getattr(cls, n)) for n in cls.__dataclass_fields__})


class T40b:
    """The flange on its bus."""

    def __init__(self, terminals: Terminals, send: SendFrame) -> None:
        self._settings = settings = Settings.of(terminals.options)
        self._look_at_torque = terminals.signals["torque"]
        self._look_at_speed = terminals.signals.get("speed", _unconnected)
        self.listens = frozenset({0, 0x200 + settings.node, 0x600 + settings.node})
        """Ids of the frames it takes: network management, control and settings."""
        self._zero = 0.0
        self._control = 0
        self._done = 0
        self._zeroing_until = NEVER
        self._samples: list[float] = []
        objects = {
            (0x1000, 0): u32(0x0000_0194),  # CiA 404: measuring devices
            (0x1001, 0): u8(0),
            (0x1008, 0): text("T40B TIM40"),
            (0x1009, 0): text("TIM40 HW 1.40"),
            (0x100A, 0): text("TIM40 FW 2.62"),
            (0x1018, 0): u8(4),
            (0x1018, 1): u32(0x0000_001D),
            (0x1018, 2): u32(0x5434_3042),  # "T40B"
            (0x1018, 3): u32(0x0002_003E),
            (0x1018, 4): u32(174_120_415),
        }
        pdos = (
            TransmitPdo(1, settings.node, self._torque, every=MILLISECOND),
            TransmitPdo(2, settings.node, self._status, every=10 * MILLISECOND, event=100),
        )
        if settings.speed:
            pdos += (TransmitPdo(3, settings.node, self._speed, every=MILLISECOND),)
        self._node = Node(settings.node, send, objects, pdos)

    def receive(self, frame: Frame, now: int) -> None:
        """Take a frame that is on the bus at a time (ns)."""
        if frame.id == 0x200 + self._settings.node and not frame.extended:
            if self._node.state == OPERATIONAL and frame.data:
                self._take_control(frame.data[0], now)
        else:
            self._node.receive(frame, now)

    def step(self, now: int) -> int:
        """Measure and send what is due; return when it next wants to (ns)."""
        if now >= self._zeroing_until:
            self._samples.append(self._measured(now))
            self._zero += math.fsum(self._samples) / len(self._samples)
            self._done |= _ZERO
            self._zeroing_until = NEVER
        return min(self._node.step(now), self._zeroing_until)

    def _take_control(self, control: int, now: int) -> None:
        if control & _ZERO and not self._control & _ZERO:
            self._samples = [self._measured(now)]
            self._zeroing_until = now + _ZEROING
        if not control & _ZERO:
            self._done &= ~_ZERO
            self._zeroing_until = NEVER
        self._done = self._done & ~_SHUNT | control & _SHUNT
        self._control = control

    def _measured(self, now: int) -> float:
        seen = self._look_at_torque(now)
        if self._done & _SHUNT:
            seen += _SHUNT_SHARE * self._settings.nominal_torque
        return seen - self._zero

    def _torque(self, now: int) -> bytes:
        value = self._measured(now)
        if self._zeroing_until != NEVER and math.isfinite(value):
            self._samples.append(value)
        return _DIGITS.pack(_digits(value, self._settings.resolution))

    def _speed(self, now: int) -> bytes:
        return _DIGITS.pack(_digits(self._look_at_speed(now), self._settings.speed_resolution))

    def _status(self, now: int) -> bytes:
        torque = self._look_at_torque(now)
        faults = 0
        if not abs(torque) <= _OVERLOAD_SHARE * self._settings.nominal_torque:  # or none at all
            faults |= _OVERLOAD if math.isfinite(torque) else _TORQUE_FAULT
        if self._settings.speed and not math.isfinite(self._look_at_speed(now)):
            faults |= _SPEED_FAULT
        if faults:
            faults |= _FAULT
        return bytes((self._done, faults))


def _digits(value: float, resolution: float) -> int:
    """Return a value in digits, at full scale where it has none."""
    digits = value / resolution
    if -_FULL < digits < _FULL:  # the usual case first
        return round(digits)
    return -_FULL if digits < 0.0 and math.isfinite(value) else _FULL


def _unconnected(now: int) -> float:
    del now
    return math.nan


def make(terminals: Terminals, send: SendFrame) -> CanTwin:
    """Return the flange, cabled: signals ``torque`` (N·m) and, with that option, ``speed``."""
    return T40b(terminals, send)
