"""CANopen as a client needs it (CiA 301): identifiers, NMT commands, SDO transfers.

Pure: nothing here owns a bus or a clock. A `Transfer` is one SDO upload or download; its owner
puts the requests on the bus, passes in the answers and watches the time.
"""

from __future__ import annotations

import struct
from enum import IntEnum

from bench.errors import BadReply, InstrumentError

NMT = 0x000
"""COB-ID of network management commands."""
TPDO = (0x180, 0x280, 0x380, 0x480)
"""COB-IDs of the four default transmit PDOs, without the node."""
RPDO = (0x200, 0x300, 0x400, 0x500)
"""COB-IDs of the four default receive PDOs, without the node."""
SDO_ANSWER = 0x580
"""COB-ID of what an SDO server sends, without the node."""
SDO_REQUEST = 0x600
"""COB-ID of what an SDO client sends, without the node."""
HEARTBEAT = 0x700
"""COB-ID of boot-up and heartbeat, without the node."""


class Command(IntEnum):
    """NMT commands (CiA 301, 7.2.8.3.1)."""

    START = 0x01
    STOP = 0x02
    PRE_OPERATIONAL = 0x80
    RESET_NODE = 0x81
    RESET_COMMUNICATION = 0x82


class State(IntEnum):
    """What a heartbeat says of its node (CiA 301, 7.2.8.3.2)."""

    BOOT_UP = 0x00
    STOPPED = 0x04
    OPERATIONAL = 0x05
    PRE_OPERATIONAL = 0x7F


_HEAD = struct.Struct("<BHB")
_ABORT = struct.Struct("<BHBI")

_DOWNLOAD, _UPLOAD, _UPLOAD_SEGMENT = 0x20, 0x40, 0x60  # requests, command specifier
_UPLOADED_SEGMENT, _UPLOADED, _DOWNLOADED, _ABORTED = 0x00, 0x40, 0x60, 0x80  # answers
_SPECIFIER, _TOGGLE, _EXPEDITED, _SIZED, _LAST = 0xE0, 0x10, 0x02, 0x01, 0x01

_ABORT_SPECIFIER = 0x0504_0001
_LONGEST = 256
"""Longest object read, bytes: more is no name of a device."""


def nmt(command: Command, node: int) -> bytes:
    """Return the data of an NMT command to a node (0: all of them)."""
    return bytes((command, node))


class Transfer:
    """One SDO transfer: an upload (read), or an expedited download (write) of 1 to 4 bytes."""

    def __init__(self, index: int, subindex: int, data: bytes | None = None) -> None:
        if data is not None and not 1 <= len(data) <= 4:
            raise ValueError("an expedited download takes 1 to 4 bytes")
        self.index = index
        self.subindex = subindex
        self.value: bytes | None = None
        """What was read, or b"" once a write is confirmed; None until then."""
        self._data = data
        self._parts = bytearray()
        self._is_segmented = False
        self._toggle = 0

    def request(self) -> bytes:
        """Return the first request; the transfer begins anew."""
        self.value, self._is_segmented, self._toggle = None, False, 0
        self._parts.clear()
        if self._data is None:
            return _HEAD.pack(_UPLOAD, self.index, self.subindex) + bytes(4)
        unused = 4 - len(self._data)
        command = _DOWNLOAD | unused << 2 | _EXPEDITED | _SIZED
        return _HEAD.pack(command, self.index, self.subindex) + self._data.ljust(4, b"\0")

    def receive(self, answer: bytes) -> bytes | None:
        """Take an answer; return the next request, or None when there is none to send.

        An answer that belongs to another object is passed over.

        Raises:
            InstrumentError: the node refuses.
            BadReply: the answer fits no transfer; `refusal` is what to send then.
        """
        if len(answer) < 8:
            raise self._bad(answer)
        specifier = answer[0] & _SPECIFIER
        if self._is_segmented and specifier == _UPLOADED_SEGMENT:
            return self._segment(answer)
        _, index, subindex = _HEAD.unpack_from(answer)
        if (index, subindex) != (self.index, self.subindex):
            return None
        if specifier == _ABORTED:
            code = _ABORT.unpack(answer)[3]
            raise InstrumentError("canopen.sdo-aborted", code=f"0x{code:08X}", object=self.name)
        if specifier == _DOWNLOADED and self._data is not None:
            self.value = b""
            return None
        if specifier == _UPLOADED and self._data is None and not self._is_segmented:
            return self._initiated(answer)
        raise self._bad(answer)

    def refusal(self, code: int = _ABORT_SPECIFIER) -> bytes:
        """Return what tells the node that the client gives up."""
        return _ABORT.pack(_ABORTED, self.index, self.subindex, code)

    @property
    def name(self) -> str:
        """The object as manuals write it: 1018:01."""
        return f"{self.index:04X}:{self.subindex:02X}"

    def _initiated(self, answer: bytes) -> bytes | None:
        if answer[0] & _EXPEDITED:
            unused = answer[0] >> 2 & 3 if answer[0] & _SIZED else 0
            self.value = answer[4 : 8 - unused]
            return None
        self._is_segmented = True
        return bytes((_UPLOAD_SEGMENT,)).ljust(8, b"\0")

    def _segment(self, answer: bytes) -> bytes | None:
        if answer[0] & _TOGGLE != self._toggle:
            raise self._bad(answer)
        unused = answer[0] >> 1 & 7
        self._parts += answer[1 : 8 - unused]
        if answer[0] & _LAST:
            self.value = bytes(self._parts)
            return None
        if len(self._parts) > _LONGEST:
            raise self._bad(answer)
        self._toggle ^= _TOGGLE
        return bytes((_UPLOAD_SEGMENT | self._toggle,)).ljust(8, b"\0")

    def _bad(self, answer: bytes) -> BadReply:
        return BadReply("canopen.bad-answer", object=self.name, answer=answer.hex(" "))
