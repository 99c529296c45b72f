"""Hears everything on a simulated CAN bus, as its hub has stamped it: one clock for all frames."""

from __future__ import annotations

import socket
import threading

GAS, DEMAND, STATUS = 0x191, 0x111, 0x190
"""Frames of the safety PLC (drivers/canbus/dbc/README.md, part 2)."""


class Sniffer(threading.Thread):
    """Notes when the hood's gas was over a limit, and when the fuel valve was told to close.

    Args:
        port: of the socketcand hub on this machine.
        channel: bus.
        threshold: limit of two of three detectors, %LFL.
    """

    def __init__(self, port: int, channel: str, threshold: float) -> None:
        super().__init__(name="sniffer", daemon=True)
        self.frames = 0
        """Frames heard."""
        self.is_open = False
        """Whether the PLC says that the fuel valve is open."""
        self.pair: tuple[int, int] | None = None
        """Stamps of violation and safe demand, µs, of the trial that was armed last."""
        self._threshold = threshold * 10
        self._violated: int | None = None
        self._is_armed = False
        self._socket = socket.create_connection(("127.0.0.1", port), 5.0)
        for command, answer in ((b"", b"hi"), (f"< open {channel} >".encode(), b"ok"),
                                (b"< rawmode >", b"ok")):  # fmt: skip
            if command:
                self._socket.sendall(command)
            if answer not in self._socket.recv(64):
                refused = f"hub does not take {command!r}"
                raise ConnectionError(refused)

    def arm(self) -> None:
        """Begin a trial."""
        self._violated, self.pair, self._is_armed = None, None, True

    def run(self) -> None:
        """Listen until closed."""
        rest = b""
        self._socket.settimeout(None)
        while arrived := self._heard():
            *texts, rest = (rest + arrived).split(b">")
            for text in texts:
                self._take(text.split())

    def close(self) -> None:
        """Stop listening."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self.join(5.0)
        self._socket.close()

    def _heard(self) -> bytes:
        try:
            return self._socket.recv(65536)
        except OSError:
            return b""

    def _take(self, words: list[bytes]) -> None:
        if len(words) != 5 or words[1] != b"frame":
            return
        self.frames += 1
        number = int(words[2], 16)
        if number not in (GAS, DEMAND, STATUS):
            return
        data = int.from_bytes(bytes.fromhex(words[4].decode()), "little")
        seconds, _, micros = words[3].partition(b".")
        stamp = int(seconds) * 1_000_000 + int(micros)
        if number == STATUS:
            self.is_open = bool(data >> 13 & 1)
        elif self._is_armed:
            self._judge(number, data, stamp)

    def _judge(self, number: int, data: int, stamp: int) -> None:
        if number == GAS and self._violated is None:
            raw = [data >> 4 + 10 * detector & 0x3FF for detector in range(3)]
            if sum(each > self._threshold for each in raw) >= 2:
                self._violated = stamp
        elif number == DEMAND and self._violated is not None and data >> 8 & 3 == 0:
            self.pair, self._is_armed = (self._violated, stamp), False
