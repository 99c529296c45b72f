"""What every simulated CANopen node does: network management, SDO server, event-driven PDOs.

Written from CiA 301 (application layer and communication profile, 4.2.0): 7.2.4 SDO, 7.2.8 NMT,
7.5.2 object dictionary.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench.clock import MILLISECOND, NEVER
from drivers.simulated.port import Frame, SendFrame

PRE_OPERATIONAL, OPERATIONAL, STOPPED = 0x7F, 0x05, 0x04

_NO_OBJECT = 0x06020000
_NO_SUBINDEX = 0x06090011
_READ_ONLY = 0x06010002
_WRONG_LENGTH = 0x06070010
_OUT_OF_RANGE = 0x06090030
_UNKNOWN_COMMAND = 0x05040001
_NOT_ALTERNATED = 0x05030000


class _Abort(Exception):
    """The transfer ends with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Entry:
    """One object of the dictionary."""

    data: bytes
    """What it holds, little endian."""
    is_writable: bool = False
    """Whether a client may change it."""
    range: tuple[int, int] = (0, 0xFFFF_FFFF)
    """Lowest and highest value it takes."""
    number: int = field(init=False)
    """The content as an unsigned number; PDOs and heartbeat look at it at every step."""

    def __post_init__(self) -> None:
        self.write(self.data)

    def write(self, data: bytes) -> None:
        """Hold other content."""
        self.data = data
        self.number = int.from_bytes(data, "little")


Objects = dict[tuple[int, int], Entry]


def text(words: str) -> Entry:
    """Return a visible string."""
    return Entry(words.encode("ascii"))


def u8(number: int) -> Entry:
    """Return a read-only UNSIGNED8."""
    return Entry(struct.pack("<B", number))


def u16(number: int, low: int = 0, high: int = 0xFFFF) -> Entry:
    """Return a writable UNSIGNED16."""
    return Entry(struct.pack("<H", number), is_writable=True, range=(low, high))


def u32(number: int) -> Entry:
    """Return a read-only UNSIGNED32."""
    return Entry(struct.pack("<I", number))


class SdoServer:
    """Answers SDO requests: expedited both ways, segmented upload."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._rest: bytes | None = None
        self._toggle = 0
        self._at = (0, 0)

    def answer(self, request: bytes) -> bytes | None:
        """Return the eight bytes to answer, None where the client only gives up."""
        if request[0] >> 5 == 4:
            self._rest = None
            return None
        try:
            return self._answer(request)
        except _Abort as abort:
            self._rest = None
            return struct.pack("<BHBI", 0x80, *self._at, abort.code)

    def _answer(self, request: bytes) -> bytes:
        command = request[0]
        specifier = command >> 5
        if specifier == 3:
            return self._segment(command)
        index, subindex = struct.unpack_from("<HB", request, 1)
        self._at = (index, subindex)
        if specifier == 1:
            return self._download(command, request)
        if specifier == 2:
            return self._upload()
        raise _Abort(_UNKNOWN_COMMAND)

    def _entry(self) -> Entry:
        entry = self._objects.get(self._at)
        if entry is None:
            is_known = any(index == self._at[0] for index, _ in self._objects)
            raise _Abort(_NO_SUBINDEX if is_known else _NO_OBJECT)
        return entry

    def _upload(self) -> bytes:
        data = self._entry().data
        if len(data) <= 4:
            command = 0x43 | (4 - len(data)) << 2
            return struct.pack("<BHB", command, *self._at) + data.ljust(4, b"\0")
        self._rest, self._toggle = data, 0
        return struct.pack("<BHBI", 0x41, *self._at, len(data))

    def _segment(self, command: int) -> bytes:
        if self._rest is None:
            raise _Abort(_UNKNOWN_COMMAND)
        if command >> 4 & 1 != self._toggle:
            raise _Abort(_NOT_ALTERNATED)
        part, rest = self._rest[:7], self._rest[7:]
        head = self._toggle << 4 | (7 - len(part)) << 1 | (not rest)
        self._toggle ^= 1
        self._rest = rest or None
        return bytes((head,)) + part.ljust(7, b"\0")

    def _download(self, command: int, request: bytes) -> bytes:
        entry = self._entry()
        if not entry.is_writable:
            raise _Abort(_READ_ONLY)
        if not command & 2:
            raise _Abort(_UNKNOWN_COMMAND)  # segmented download: no object here needs it
        length = 4 - (command >> 2 & 3) if command & 1 else len(entry.data)
        if length != len(entry.data):
            raise _Abort(_WRONG_LENGTH)
        data = request[4 : 4 + length]
        low, high = entry.range
        if not low <= int.from_bytes(data, "little") <= high:
            raise _Abort(_OUT_OF_RANGE)
        entry.write(data)
        return struct.pack("<BHB", 0x60, *self._at) + bytes(4)


class TransmitPdo:
    """A TPDO of transmission type 254: sent on change, within its inhibit and event times."""

    def __init__(
        self, number: int, node: int, sample: Callable[[int], bytes], *, every: int, event: int = 0
    ) -> None:
        self.id = 0x180 + 0x100 * (number - 1) + node
        self.due = 0
        """When it next looks at its value, ns."""
        index = 0x1800 + number - 1
        self._inhibit = u16(0)
        self._event = u16(event)
        self.objects: Objects = {
            (index, 0): u8(5),
            (index, 1): u32(0x4000_0000 | self.id),
            (index, 2): u8(254),
            (index, 3): self._inhibit,
            (index, 5): self._event,
        }
        self._sample = sample
        self._every = every
        self._sent: Frame | None = None
        self._at = 0

    def reset(self, now: int) -> None:
        """Forget what was sent: the next step sends."""
        self._sent, self.due = None, now

    def step(self, now: int) -> Frame | None:
        """Look at the value, when it is due; return the frame to send now, if any."""
        data = self._sample(now)
        inhibit = self._inhibit.number * 100_000
        self.due = now + max(self._every, inhibit)
        sent = self._sent
        if sent is None or data != sent.data:
            sent = self._sent = Frame(self.id, data)
        else:
            event = self._event.number * MILLISECOND
            if not event or now - self._at < event:
                return None
        self._at = now
        return sent


class Node:
    """Network management, heartbeat, SDO and PDOs of one node."""

    def __init__(
        self, node: int, send: SendFrame, objects: Mapping[tuple[int, int], Entry],
        pdos: tuple[TransmitPdo, ...],
    ) -> None:  # fmt: skip
        self.state = 0
        self._node = node
        self._send = send
        self._pdos = pdos
        self._heartbeat = u16(0)
        self._next_heartbeat = 0
        self._beats = {
            state: Frame(0x700 + node, bytes((state,)))
            for state in (0, PRE_OPERATIONAL, OPERATIONAL, STOPPED)
        }
        """Boot-up message and heartbeats by state."""
        dictionary = {(0x1017, 0): self._heartbeat, **objects}
        for pdo in pdos:
            dictionary |= pdo.objects
        self._sdo = SdoServer(dictionary)

    def receive(self, frame: Frame, now: int) -> None:
        """Take an NMT command or an SDO request."""
        if frame.extended:
            return
        if frame.id == 0 and len(frame.data) == 2 and frame.data[1] in {0, self._node}:
            self._command(frame.data[0], now)
        elif frame.id == 0x600 + self._node and len(frame.data) == 8 and self.state != STOPPED:
            answer = self._sdo.answer(frame.data)
            if answer is not None:
                self._send(Frame(0x580 + self._node, answer), now)

    def step(self, now: int) -> int:
        """Boot, send heartbeat and PDOs; return when it next wants to (ns)."""
        if self.state == 0:
            self.state = PRE_OPERATIONAL
            self._send(self._beats[0], now)
        due = self._beat(now)
        if self.state == OPERATIONAL:
            for pdo in self._pdos:
                frame = pdo.step(now) if now >= pdo.due else None
                if frame is not None:
                    self._send(frame, now)
            return min([due, *[pdo.due for pdo in self._pdos]])
        return due

    def _beat(self, now: int) -> int:
        period = self._heartbeat.number * MILLISECOND
        if not period:
            return NEVER
        if now >= self._next_heartbeat:
            self._send(self._beats[self.state], now)
            self._next_heartbeat = now + period
        return min(self._next_heartbeat, now + period)  # the period may have become shorter

    def _command(self, command: int, now: int) -> None:
        if command in {0x81, 0x82}:
            self.state = 0
            return
        states = {0x01: OPERATIONAL, 0x02: STOPPED, 0x80: PRE_OPERATIONAL}
        if command not in states:
            return
        self.state = states[command]
        if self.state == OPERATIONAL:
            for pdo in self._pdos:
                pdo.reset(now)
