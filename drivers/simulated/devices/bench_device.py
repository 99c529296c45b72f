"""What the bench's own CAN devices have in common, from their manual's first page.

Independent of the drivers' code: the two check each other.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from drivers.canbus.frame import Frame
from drivers.simulated.port import Signal, Terminals

_Unwired = TypeVar("_Unwired")


def _shifted(byte: int) -> int:
    for _ in range(8):
        carry = byte & 0x80
        byte = byte << 1 & 0xFF
        if carry:
            byte ^= 0x1D
    return byte


_NEXT = tuple(_shifted(byte) for byte in range(256))


def checksum(id: int, data: bytes) -> int:  # noqa: A002 - the field's word
    """Return the CRC-8 SAE J1850 over the low byte of the id and the data."""
    crc = _NEXT[0xFF ^ (id & 0xFF)]
    for byte in data:
        crc = _NEXT[crc ^ byte]
    return 0xFF - crc


def guarded(id: int, data: bytes) -> bytes:  # noqa: A002 - the field's word
    """Return data with its checksum behind."""
    return data + bytes((checksum(id, data),))


class Guarded:
    """A message that a device sends again and again: its numbers, and their checksum behind.

    Args:
        id: its arbitration id.
        layout: how `struct` packs its numbers.
    """

    def __init__(self, id: int, layout: str) -> None:  # noqa: A002 - the field's word
        self._id = id
        self._pack = struct.Struct(layout).pack

    def frame(self, *numbers: int) -> Frame:
        """Return the frame that carries these."""
        data = self._pack(*numbers)
        return Frame(self._id, data + bytes((checksum(self._id, data),)))


def looked(
    signals: Mapping[str, Signal], terminals: Iterable[tuple[str, _Unwired]], now: int
) -> list[float | _Unwired]:
    """Return what comes in at terminals, each with what goes for it while it is not wired.

    Looked up anew each time: people may act on a terminal that the rig leaves free.
    """
    find = signals.get
    return [
        unwired if (signal := find(name)) is None else signal(now) for name, unwired in terminals
    ]


def in_steps(shown: float | None, step: float, most: int, all_ones: int) -> int:
    """Return what stands in a field for a value: all ones for none, one less for a fault (NaN).

    Args:
        shown: The value.
        step: What one step is worth.
        most: Highest number of steps; beyond it, or below 0, the field stays at its end.
        all_ones: The field with all bits set.
    """
    if shown is None:
        return all_ones
    steps = shown / step
    if 0.0 < steps < most:
        return round(steps)
    if math.isnan(steps):
        return all_ones - 1
    return most if steps > 0.0 else 0


def next_tick(now: int, period: int) -> int:
    """Return when a cycle (ns) comes next: on the device's own clock, whenever it was looked at."""
    return (now // period + 1) * period


class Guard:
    """Decides whether a frame from the bench is taken."""

    def __init__(self, id: int, length: int) -> None:  # noqa: A002 - the field's word
        self._id = id
        self._length = length
        self._alive = -1

    def takes(self, data: bytes) -> bool:
        """Return whether the frame is whole, its checksum right and its counter new."""
        if len(data) != self._length or data[-1] != checksum(self._id, data[:-1]):
            return False
        alive = data[0] % 16
        is_new = alive != self._alive
        self._alive = alive
        return is_new


class Identity:
    """What the name plate says."""

    def __init__(self, device_type: int, serial: int) -> None:
        self._plate = (device_type, 1, 2, serial)

    def data(self, period: int) -> bytes:
        """Return the identity frame's bytes, for a status period in ms."""
        return struct.pack("<HBBHH", *self._plate, period)


class Outputs:
    """The wires to the plant: told at power-up and of changes only.

    Args:
        terminals: the cables.
        names: the plant inputs, in the order in which they are told.
    """

    def __init__(self, terminals: Terminals, names: Sequence[str]) -> None:
        self._actuators = [terminals.actuators.get(name) for name in names]
        self._told: tuple[float | None, ...] = (None,) * len(names)

    def set(self, values: tuple[float, ...], now: int) -> None:
        """Set all of them."""
        before = self._told
        if values == before:
            return
        self._told = values
        for actuator, value, old in zip(self._actuators, values, before, strict=True):
            if actuator is not None and value != old:
                actuator(value, now)
