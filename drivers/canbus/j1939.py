"""SAE J1939 as a node needs it: identifiers, transport protocol, requests, address claim.

Pure: nothing here owns a bus or a clock. Sources: SAE J1939-21 (data link layer), J1939-73
(diagnostic messages), J1939-81 (network management).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from bench.clock import MILLISECOND, NEVER

GLOBAL = 0xFF
"""Destination address of everybody."""
NO_ADDRESS = 0xFE
"""Source address of who could not claim one."""

ACKNOWLEDGEMENT = 0xE800
REQUEST = 0xEA00
TRANSPORT_DATA = 0xEB00
TRANSPORT_CONTROL = 0xEC00
ADDRESS_CLAIM = 0xEE00

_RTS, _CTS, _END, _BAM, _ABORT = 16, 17, 19, 32, 255
_TIMED_OUT, _BAD_SEQUENCE = 3, 7
"""Reasons of an abort (J1939-21, table 7)."""
_T1 = 750 * MILLISECOND
"""Longest gap between two packets (J1939-21, C.3)."""
_T2 = 1250 * MILLISECOND
"""Longest wait for the first packet after a clear-to-send."""
_CONTROL = struct.Struct("<BHBB")
_NEGATIVE = 1
_LONGEST = 1785  # 255 packets of 7 bytes


class Identifier(NamedTuple):
    """What a 29-bit identifier says."""

    priority: int
    """0 (highest) to 7."""
    pgn: int
    """Parameter group number; its low byte is 0 where the identifier names a destination."""
    source: int
    """Source address."""
    destination: int = GLOBAL
    """Destination address; global for PDU2 format."""

    @property
    def can_id(self) -> int:
        """The 29 bits."""
        specific = self.destination if self.pgn >> 8 & 0xFF < 240 else 0
        return self.priority << 26 | (self.pgn | specific) << 8 | self.source


@lru_cache(maxsize=256)
def parse(can_id: int) -> Identifier:
    """Return what an identifier says (J1939-21, 5.2: PDU1 below format 240, PDU2 from there)."""
    pgn, source = can_id >> 8 & 0x3FFFF, can_id & 0xFF
    if pgn >> 8 & 0xFF < 240:
        return Identifier(can_id >> 26 & 7, pgn & 0x3FF00, source, pgn & 0xFF)
    return Identifier(can_id >> 26 & 7, pgn, source)


class Group(NamedTuple):
    """A whole parameter group, however many packets it came in."""

    pgn: int
    """Parameter group number."""
    source: int
    """Source address."""
    data: bytes
    """Its bytes."""


Send = Callable[[int, bytes], None]
"""Puts a 29-bit identifier and its data on the bus."""


@dataclass
class _Session:
    pgn: int
    size: int
    packets: int
    is_broadcast: bool
    deadline: int
    batch: int = 0
    """Number of packets that one clear-to-send allows."""
    until: int = 0
    """Last packet of the running batch."""
    data: bytearray = field(default_factory=bytearray)
    received: int = 0


class Reassembly:
    """Puts multi-packet messages together: BAM to all, RTS/CTS to one's own address."""

    def __init__(self, address: int, send: Send) -> None:
        self._address = address
        self._send = send
        self._sessions: dict[tuple[int, int], _Session] = {}
        self.due = NEVER
        """No session waits too long before, ns."""

    def receive(self, can_id: Identifier, data: bytes, now: int) -> Group | None:
        """Take a frame of the transport protocol; return the message it completes, if any.

        A lost, repeated or late packet ends its session: a broadcast comes again, a message to
        us is aborted and may be requested again.
        """
        if len(data) < 8 or can_id.destination not in {GLOBAL, self._address}:
            return None
        if now >= self.due:
            self.step(now)
        if can_id.pgn == TRANSPORT_CONTROL:
            self._control(can_id, data, now)
            return None
        return self._data(can_id, data, now)

    def step(self, now: int) -> int:
        """Give up sessions that wait too long; return when the next one would (ns)."""
        for key in [key for key, session in self._sessions.items() if now >= session.deadline]:
            self._drop(key, _TIMED_OUT)
        self.due = min((session.deadline for session in self._sessions.values()), default=NEVER)
        return self.due

    def _control(self, can_id: Identifier, data: bytes, now: int) -> None:
        kind, size, packets, batch = _CONTROL.unpack_from(data)
        key = (can_id.source, can_id.destination)
        if kind == _ABORT:
            self._sessions.pop(key, None)
        if kind not in {_BAM, _RTS} or (kind == _BAM) != (can_id.destination == GLOBAL):
            return
        if not 8 < size <= _LONGEST or packets != -(-size // 7):
            self._sessions.pop(key, None)
            return
        pgn = int.from_bytes(data[5:8], "little")
        # a new announcement ends what its sender had begun (J1939-21, 5.10.3)
        session = _Session(pgn, size, packets, kind == _BAM, now + _T1, batch or GLOBAL)
        self._sessions[key] = session
        self.due = min(self.due, session.deadline)  # each packet makes its own deadline later
        if kind == _RTS:
            self._clear(can_id.source, session, now)

    def _data(self, can_id: Identifier, data: bytes, now: int) -> Group | None:
        key = (can_id.source, can_id.destination)
        session = self._sessions.get(key)
        if session is None:
            return None
        if data[0] != session.received + 1:
            self._drop(key, _BAD_SEQUENCE)
            return None
        session.received += 1
        session.deadline = now + _T1
        session.data += data[1:8]
        if session.received < session.packets:
            if not session.is_broadcast and session.received == session.until:
                self._clear(can_id.source, session, now)
            return None
        del self._sessions[key]
        if not self._sessions:
            self.due = NEVER
        if not session.is_broadcast:
            end = struct.pack("<BHBB", _END, session.size, session.packets, 0xFF)
            self._answer(can_id.source, end, session.pgn)
        return Group(session.pgn, can_id.source, bytes(session.data[: session.size]))

    def _clear(self, source: int, session: _Session, now: int) -> None:
        count = min(session.batch, session.packets - session.received)
        session.until = session.received + count
        session.deadline = now + _T2
        clear = bytes((_CTS, count, session.received + 1, 0xFF, 0xFF))
        self._answer(source, clear, session.pgn)

    def _drop(self, key: tuple[int, int], reason: int) -> None:
        session = self._sessions.pop(key)
        if not session.is_broadcast:
            self._answer(key[0], bytes((_ABORT, reason, 0xFF, 0xFF, 0xFF)), session.pgn)

    def _answer(self, destination: int, head: bytes, pgn: int) -> None:
        identifier = Identifier(7, TRANSPORT_CONTROL, self._address, destination)
        self._send(identifier.can_id, head + pgn.to_bytes(3, "little"))


def request(pgn: int, source: int, destination: int = GLOBAL) -> tuple[int, bytes]:
    """Return the frame that requests a parameter group (J1939-21, 5.4.2)."""
    return Identifier(6, REQUEST, source, destination).can_id, pgn.to_bytes(3, "little")


def refused(data: bytes) -> int | None:
    """Return the PGN that an acknowledgement refuses; None where it refuses none."""
    if len(data) < 8 or data[0] != _NEGATIVE:
        return None
    return int.from_bytes(data[5:8], "little")


def address_claim(name: int, source: int) -> tuple[int, bytes]:
    """Return the frame that claims an address for a 64-bit NAME (J1939-81, 4.2.2)."""
    return Identifier(6, ADDRESS_CLAIM, source).can_id, name.to_bytes(8, "little")


class Trouble(NamedTuple):
    """One diagnostic trouble code."""

    spn: int
    """Suspect parameter number."""
    fmi: int
    """Failure mode identifier."""
    occurrences: int = 0
    """How often it occurred."""

    def __str__(self) -> str:
        return f"SPN {self.spn} FMI {self.fmi}"


class Diagnosis(NamedTuple):
    """What DM1 says."""

    malfunction: int
    """Malfunction indicator lamp: 0 off, 1 on, 2 error, 3 not available."""
    stop: int
    """Red stop lamp."""
    warning: int
    """Amber warning lamp."""
    protect: int
    """Protect lamp."""
    troubles: tuple[Trouble, ...]
    """Active codes."""


def diagnosis(data: bytes) -> Diagnosis | None:
    """Return what the bytes of a DM1 say; None where they are too few (J1939-73, 5.7.1)."""
    if len(data) < 6:
        return None
    lamps = data[0]
    found: list[Trouble] = []
    for at in range(2, len(data) - 3, 4):
        code = int.from_bytes(data[at : at + 4], "little")
        trouble = Trouble(code & 0xFFFF | code >> 5 & 0x70000, code >> 16 & 0x1F, code >> 24 & 0x7F)
        # no active code is sent as SPN 0, FMI 0; bytes to fill the frame are all ones
        if trouble.spn not in {0, 0x7FFFF}:
            found.append(trouble)
    return Diagnosis(lamps >> 6, lamps >> 4 & 3, lamps >> 2 & 3, lamps & 3, tuple(found))


def fields(data: bytes) -> tuple[str, ...]:
    """Return the parts of a text that asterisks separate (identification messages)."""
    parts = (part.decode("latin-1").strip("\0 ") for part in data.rstrip(b"\xff").split(b"*"))
    return tuple(part for part in parts if part)
