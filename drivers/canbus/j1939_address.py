"""The bench's own address on a J1939 bus: claimed, defended, given up (SAE J1939-81, 4.4)."""

from __future__ import annotations

from bench.device import Port
from bench.messages import Message
from drivers.canbus import j1939
from drivers.canbus.frame import Frame
from drivers.canbus.j1939 import ADDRESS_CLAIM, GLOBAL, NO_ADDRESS, REQUEST, Identifier
from drivers.canbus.port import Filter, Send, nowhere, pgn

OWN_NAME = 0x00_00_81_00_FF_E4_83_11
"""NAME: industry group 0, function 129 (off-board service tool), no registered maker."""


class OwnAddress:
    """Claims an address when the bus opens; nothing is sent from it once it is lost."""

    def __init__(self, port: Port, address: int) -> None:
        self.is_held = False
        """Whether frames may be sent from it."""
        self.filters: tuple[Filter, ...] = (pgn(ADDRESS_CLAIM), pgn(REQUEST))
        """Frames to pass to `receive`."""
        self._port = port
        self._address = address
        self._bus: Send = nowhere

    def attach(self, send: Send) -> None:
        """Take the way to send."""
        self._bus = send

    def send(self, can_id: int, data: bytes) -> None:
        """Put a frame on the bus, unless the address is lost."""
        if self.is_held:
            self._bus(Frame(can_id, data, extended=True))

    def claim(self) -> None:
        """Claim it: the bus has been opened."""
        self.is_held = True
        self._say_claim(self._address)

    def release(self) -> None:
        """The bus is gone."""
        self.is_held = False

    def receive(self, identifier: Identifier, data: bytes) -> None:
        """Take a claim or a request of anybody."""
        if identifier.pgn == REQUEST:
            is_meant = identifier.destination in {GLOBAL, self._address}
            if is_meant and data[:3] == ADDRESS_CLAIM.to_bytes(3, "little"):
                self._say_claim(self._address if self.is_held else NO_ADDRESS)
            return
        is_ours = identifier.source == self._address and len(data) == 8
        if not is_ours or not self.is_held or data == OWN_NAME.to_bytes(8, "little"):
            return
        if int.from_bytes(data, "little") > OWN_NAME:
            self._say_claim(self._address)
            return
        self.is_held = False
        self._say_claim(NO_ADDRESS)
        name = self._port.connection.name
        arguments = {"instrument": name, "address": f"0x{self._address:02X}"}
        self._port.report("error", name, Message("j1939.address-taken", arguments))

    def _say_claim(self, source: int) -> None:
        can_id, data = j1939.address_claim(OWN_NAME, source)
        self._bus(Frame(can_id, data, extended=True))
