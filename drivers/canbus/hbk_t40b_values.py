"""What the PDOs of the torque flange mean, and whether their last values still hold."""

from __future__ import annotations

import math
import struct

from bench.device import Mailbox
from drivers.canbus.presence import Presence

TORQUE, SPEED = 0, 1
"""Readings by index."""
_SHUNT = 0x04  # status byte 1
_TORQUE_FAULTS = 0x02 | 0x10  # status byte 2: torque invalid, overload
_SPEED_FAULTS = 0x08
_FAULTS = (_TORQUE_FAULTS, _SPEED_FAULTS)
_INTEGER = struct.Struct("<i")
_NEVER_YET = -1


class Values:
    """Posts torque and speed; the status confirms what is not sent because it is unchanged.

    Args:
        mailbox: where readings go.
        presence: told of every sound frame, and of faulty ones.
        factors: what one digit of torque and speed is worth in the reading's unit.
    """

    def __init__(self, mailbox: Mailbox, presence: Presence, *, factors: tuple[float, ...]) -> None:
        self._mailbox = mailbox
        self._presence = presence
        self._factors = factors
        self._newest: list[float | None] = [None] * len(factors)
        self._posted = [_NEVER_YET] * len(factors)
        """When each was posted, ns."""
        self._faults = 0
        self._status = b""
        self.held = _NEVER_YET
        """When the stator last said that its values hold, ns; once `confirm` has told it: never."""

    @property
    def torque(self) -> float | None:
        """The newest torque, N·m; None while there is no valid one."""
        return None if self._faults & _TORQUE_FAULTS else self._newest[TORQUE]

    def forget(self) -> None:
        """Take nothing as known: the stator is started anew."""
        self._newest = [None] * len(self._factors)
        self._faults = 0
        self._status = b""
        self.held = _NEVER_YET

    def take(self, index: int, data: bytes, now: int) -> None:
        """Take the PDO of a reading."""
        if len(data) < 4:
            self._presence.faulty("can.short-frame", id=_NAMES[index], length=len(data), expected=4)
            self._newest[index] = None
            self._mailbox.post(index, math.nan, now)
            return
        self._presence.heard(now)
        value = self._newest[index] = _INTEGER.unpack_from(data)[0] * self._factors[index]
        self._posted[index] = now
        is_faulty = self._faults & _FAULTS[index]
        self._mailbox.post(index, math.nan if is_faulty else value, now)

    def status(self, data: bytes, now: int) -> bool:
        """Take the status PDO; return whether it can be read."""
        if len(data) < 2:
            self._presence.faulty("can.short-frame", id="TPDO2", length=len(data), expected=2)
            return False
        self._presence.heard(now)
        self.held = now
        if data == self._status:
            return True
        self._status = data
        # the shunt signal is no torque: it counts as a fault of the torque
        faults = data[1] | (0x02 if data[0] & _SHUNT else 0)
        changed, self._faults = faults ^ self._faults, faults
        if changed & faults:
            self._presence.faulty("can.node-fault", fault=f"0x{data[0]:02X}{data[1]:02X}")
        for index, value in enumerate(self._newest):
            if value is not None and changed & _FAULTS[index]:
                self._posted[index] = now
                self._mailbox.post(index, math.nan if faults & _FAULTS[index] else value, now)
        return True

    def heartbeat(self, now: int) -> None:
        """Take the heartbeat of the started stator."""
        self._presence.heard(now)
        self.held = now

    def confirm(self) -> None:
        """Confirm what holds, unless it was posted at that time or later."""
        held, self.held = self.held, _NEVER_YET
        for index, value in enumerate(self._newest):
            is_known = value is not None and not self._faults & _FAULTS[index]
            if is_known and self._posted[index] < held:
                self._mailbox.confirm(index, held)


_NAMES = ("TPDO1", "TPDO3")
