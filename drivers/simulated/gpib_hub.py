"""A GPIB adapter on a loopback TCP port, with simulated instruments on its bus.

Written from the *Prologix GPIB-ETHERNET Controller User Manual* 1.6.6.0, controller mode only:

- A line ends with an LF or CR that is not escaped. One that begins with ``++`` is a command for the
  adapter, another goes to the instrument addressed, without the escapes (ESC before CR, LF, ESC and
  ``+``), with what ``++eos`` appends (0 CRLF, 1 CR, 2 LF, 3 nothing).
- ``++read eoi`` passes on what the instrument says up to EOI; it gives up when the instrument has
  not begun after ``++read_tmo_ms`` (1 to 3000), and then says nothing. Meanwhile the adapter hears
  no other command. ``++auto 1`` reads after each line by itself.
- ``++addr``, ``++mode``, ``++eoi`` and the like answer with their value when they come without one.
- An instrument without power, or an address without one, takes nothing and says nothing.
- Settings belong to the adapter, not to a connection.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping

from bench.clock import MILLISECOND, NEVER, Clock
from drivers.simulated.faults.text_seat import Delivery, TextSeat
from drivers.simulated.loopback import LOOPBACK, Client, LoopbackServer

VERSION = "Prologix GPIB-ETHERNET Controller version 01.06.06.00"
LONGEST_LINE = 4096
SETTINGS: Mapping[str, tuple[int, int, int]] = {
    "mode": (0, 1, 1),
    "auto": (0, 1, 0),
    "eoi": (0, 1, 1),
    "eos": (0, 3, 0),
    "eot_enable": (0, 1, 0),
    "eot_char": (0, 255, 0),
    "read_tmo_ms": (1, 3000, 500),
    "savecfg": (0, 1, 0),
}
"""Setting → lowest, highest, as delivered."""
_ENDS = (b"\r\n", b"\r", b"\n", b"")
_LINE = re.compile(rb"((?:\x1b.|[^\x1b\r\n])*)[\r\n]", re.DOTALL)
_ESCAPED = re.compile(rb"\x1b(.)", re.DOTALL)
_CLIENTS = 4


class GpibInstrument:
    """One instrument on the bus: what it has to say waits until it is read."""

    def __init__(self, seat: TextSeat) -> None:
        self.seat = seat
        self._waiting: deque[Delivery] = deque()

    def hear(self, data: bytes, now: int) -> None:
        """Take bytes."""
        if not self.seat.is_reachable:
            return
        if self.seat.is_disturbed:
            self._waiting.extend(each for each in self.seat.exchange(data, now) if each.data)
        elif reply := self.seat.receive(data, now):
            self._waiting.append(Delivery(reply, now))

    def says(self, now: int) -> bytes:
        """Return what it says at a time, and forget it; empty: nothing yet."""
        if not self.seat.is_reachable:
            self._waiting.clear()
        if not self._waiting or self._waiting[0].due > now:
            return b""
        return self._waiting.popleft().data

    def begins_at(self) -> int:
        """Return when it says something next (ns)."""
        return self._waiting[0].due if self._waiting else NEVER

    def clear(self) -> None:
        """Forget what is to be said, as at a selected device clear."""
        self._waiting.clear()


class GpibAdapterTwin:
    """The adapter: lines in, replies out.

    Args:
        seats: GPIB address (as in ``++addr``) → instrument.
    """

    def __init__(self, seats: Mapping[str, TextSeat]) -> None:
        self._bus = {address: GpibInstrument(seat) for address, seat in seats.items()}
        self._settings = {name: usual for name, (_, _, usual) in SETTINGS.items()}
        self._address = "0"
        self._buffer = b""
        self._lines: deque[bytes] = deque()
        self._reads_until: int | None = None
        self._commands: dict[str, Callable[[list[str], int], bytes]] = {
            "addr": self._addr,
            "clr": self._clr,
            "read": self._read,
            "ver": lambda _words, _now: f"{VERSION}\r\n".encode("ascii"),
        }

    def receive(self, data: bytes, now: int) -> bytes:
        """Take bytes from the network; return what goes back at once."""
        self._buffer += data
        end = 0
        for found in _LINE.finditer(self._buffer):
            self._lines.append(found[1])
            end = found.end()
        self._buffer = self._buffer[end:][-LONGEST_LINE:]
        return self.advance(now)

    def advance(self, now: int) -> bytes:
        """Go on with what is under way; return what goes to the network."""
        said = b""
        while True:
            if self._reads_until is not None:
                said += self._try_read(now)
            if self._reads_until is not None or not self._lines:
                return said
            said += self._line(self._lines.popleft(), now)

    def step(self, now: int) -> int:
        """Let the instruments act; return when one, or the adapter, next wants to (ns)."""
        due = min((each.seat.step(now) for each in self._bus.values()), default=NEVER)
        if self._reads_until is None:
            return due
        instrument = self._bus.get(self._address)
        begins = NEVER if instrument is None else instrument.begins_at()
        return min(due, self._reads_until, max(begins, now + 1))

    def hang_up(self) -> None:
        """Forget what a connection that is gone has asked for."""
        self._buffer = b""
        self._lines.clear()
        self._reads_until = None

    def _line(self, line: bytes, now: int) -> bytes:
        if line.startswith(b"++"):
            name, *words = line[2:].decode("latin-1").lower().split() or [""]
            if name in self._commands:
                return self._commands[name](words, now)
            return self._setting(name, words)
        if not line:
            return b""
        data = _ESCAPED.sub(rb"\1", line) + _ENDS[self._settings["eos"]]
        instrument = self._bus.get(self._address)
        if instrument is not None:
            instrument.hear(data, now)
        return self._read([], now) if self._settings["auto"] else b""

    def _setting(self, name: str, words: list[str]) -> bytes:
        if name not in SETTINGS:
            return b"Unrecognized command\r\n"
        if not words:
            return f"{self._settings[name]}\r\n".encode("ascii")
        low, high, _ = SETTINGS[name]
        if words[0].isdecimal() and low <= int(words[0]) <= high:
            self._settings[name] = int(words[0])
        return b""

    def _addr(self, words: list[str], _now: int) -> bytes:
        if not words:
            return f"{self._address}\r\n".encode("ascii")
        if all(word.isdecimal() for word in words) and int(words[0]) <= 30:
            self._address = " ".join(words)
        return b""

    def _clr(self, _words: list[str], _now: int) -> bytes:
        instrument = self._bus.get(self._address)
        if instrument is not None:
            instrument.clear()
        return b""

    def _read(self, _words: list[str], now: int) -> bytes:
        self._reads_until = now + self._settings["read_tmo_ms"] * MILLISECOND
        return b""

    def _try_read(self, now: int) -> bytes:
        instrument = self._bus.get(self._address)
        said = b"" if instrument is None else instrument.says(now)
        if said or (self._reads_until is not None and now >= self._reads_until):
            self._reads_until = None
        if said and self._settings["eot_enable"]:
            said += bytes([self._settings["eot_char"]])
        return said


class GpibHub(LoopbackServer[Client]):
    """An adapter behind a TCP port of this machine; use it as a context manager.

    Args:
        seats: GPIB address → instrument; called by the serving thread only.
        clock: the time at which bytes arrive.
        port: TCP port; 0: any free one, see `port`.
    """

    def __init__(self, seats: Mapping[str, TextSeat], clock: Clock, *, port: int = 0) -> None:
        super().__init__(clock, make_client=Client, most=_CLIENTS)
        self._adapter = GpibAdapterTwin(seats)
        self._asking: Client | None = None
        self._listen(port, name="gpib")
        for seat in seats.values():
            seat.listeners.append(self._ring)

    def adapter(self, board: str) -> str:
        """Return the VISA resource of the adapter's interface, with a board number."""
        return f"PRLGX-TCPIP{board}::{LOOPBACK}::{self.port}::INTFC"

    def _step(self, now: int) -> int:
        if self._asking is not None and self._asking not in self._clients:
            self._asking = None
            self._adapter.hang_up()
        self._pass_on(self._adapter.advance(now))
        return self._adapter.step(now)

    def _take(self, client: Client, data: bytes) -> None:
        self._asking = client
        self._pass_on(self._adapter.receive(data, self._clock.now()))

    def _pass_on(self, data: bytes) -> None:
        if data and self._asking is not None:
            self._write(self._asking, data)
