"""Bronkhorst mass flow controllers on one RS485 line, after the maker's manuals.

Protocol: 9.17.027 chapter 3, ASCII form. ``:``, length, node, command, data in hexadecimal, CR LF
(3.3.3); a node other than one addressed is silent, and so is a line without a controller of that
address. Commands: 01 write with status, 02 write, 04 read. Process and parameter bytes carry bit 7
while more follow (chains); bits 5 and 6 of a parameter are its type: character 00, integer 20,
float 40 (long integers likewise), string 60, which states its length, 0 if it ends with a zero
(3.4.2, 3.10.4). Status message (3.6): ``04 node 00 status index``; 04 parameter error, 05 type
error, 06 value error, 0D read only. A message that cannot be read: ``01 03`` (3.3.3).

Parameters (9.17.023), process/number:

===== ============================================== =====================================
1/0   measure 0..32000 = 0..100 %, to 41942          integer, read only
1/1   setpoint 0..32000                              integer
1/4   control mode: 0 and 18 digital setpoint,       character
      1 analogue, 3 valve closed, 8 valve fully open
1/13  capacity, in the unit                          float, read only
1/17  fluid name, ten characters                     string, read only
1/20  alarm info, bits: 0 error, 1 warning, 2 min,   character, read only
      3 max, 5 power-up or with 2, 3 response, 7
33/0  measured flow in the unit                      float, read only
33/3  setpoint in the unit                           float
33/7  temperature, degC                              float, read only
113/3 serial number                                  string, read only
===== ============================================== =====================================

A controller regulates what its own sensor measures; it reaches a new setpoint exponentially within
about a second, and closes its valve fully at setpoint 0. Its valve cannot open beyond 110 %. When
flow stays away from its setpoint for long, as on a closed line, it raises bit 1. It keeps setpoint
and control mode when the line falls silent; after a loss of power the setpoint is 0.

Signals, SI: per node its flow, mol/s. Actuators: ``<node>_flow``, mol/s. Set by the laboratory:
address, capacity in ln/min (0 degC, 101.325 kPa), fluid.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.clock import SECOND
from drivers.simulated.devices.flow_controller import CLOSED, DIGITAL, OPEN, Controller
from drivers.simulated.port import Terminals

MOLES_PER_LITRE = 101325.0 * 1e-3 / (8.31446261815324 * 273.15)
"""mol in a normal litre, from the gas law."""
UNIT = MOLES_PER_LITRE / 60.0
"""1 ln/min, mol/s."""
FULL, MOST = 32000.0, 41942
MODES = (*DIGITAL, 1, CLOSED, OPEN)
LOOK = SECOND // 2
"""How often the line looks at its controllers at least."""

COMMAND_ERROR, PARAMETER_ERROR, TYPE_ERROR, VALUE_ERROR, READ_ONLY = 0x02, 0x04, 0x05, 0x06, 0x0D
READ = 4
PROTOCOL_ERROR = b":0103\r\n"
CHAR, INTEGER, FLOAT, STRING = 0x00, 0x20, 0x40, 0x60


@dataclass(frozen=True)
class Entry:
    """A parameter: its type, how it is read and, if it may be, written."""

    type: int
    read: Callable[[int], bytes]
    write: Callable[[bytes, int], bool] | None = None
    """Takes the bytes of a value; returns whether it is allowed."""


def _float(value: float) -> bytes:
    return struct.pack(">f", value)


def _parameters(node: Controller, fluid: str, serial: str) -> dict[tuple[int, int], Entry]:
    """Return what a controller knows: process, number → parameter."""

    def measure(now: int) -> bytes:
        share = node.measured(now) / node.capacity * FULL
        whole = 0 if math.isnan(share) else round(share)
        return struct.pack(">H", min(max(whole, 0), MOST))

    def write_share(data: bytes, now: int) -> bool:
        (number,) = struct.unpack(">H", data)
        if number > FULL:
            return False
        node.wish(number / FULL * node.capacity, now)
        return True

    def write_flow(data: bytes, now: int) -> bool:
        (litres,) = struct.unpack(">f", data)
        flow = litres * UNIT
        if not -1e-6 * node.capacity <= flow <= 1.000001 * node.capacity:  # not with NaN either
            return False
        node.wish(min(max(flow, 0.0), node.capacity), now)
        return True

    def write_mode(data: bytes, now: int) -> bool:
        if data[0] not in MODES:
            return False
        node.choose(data[0], now)
        return True

    return {
        (1, 0): Entry(INTEGER, measure),
        (1, 1): Entry(
            INTEGER,
            lambda _: struct.pack(">H", round(node.setpoint / node.capacity * FULL)),
            write_share,
        ),
        (1, 4): Entry(CHAR, lambda _: bytes((node.mode,)), write_mode),
        (1, 13): Entry(FLOAT, lambda _: _float(node.capacity / UNIT)),
        (1, 17): Entry(STRING, lambda _: fluid.ljust(10)[:10].encode("ascii")),
        (1, 20): Entry(CHAR, lambda _: bytes((node.alarms,))),
        (1, 31): Entry(STRING, lambda _: b"ln/min "),
        (33, 0): Entry(FLOAT, lambda now: _float(node.measured(now) / UNIT)),
        (33, 3): Entry(FLOAT, lambda _: _float(node.setpoint / UNIT), write_flow),
        (33, 7): Entry(FLOAT, lambda _: _float(23.5)),
        (113, 3): Entry(STRING, lambda _: serial.encode("ascii")),
    }


class _Status(Exception):
    """What a status message says: status and index of the byte it applies to."""

    def __init__(self, status: int, index: int) -> None:
        super().__init__(status, index)
        self.status = status
        self.index = index


Asked = tuple[bytes, Entry, int | None]
"""Bytes before the value in the answer, parameter, length of its text if it is one."""


class Station:
    """One node: its controller and its parameters."""

    def __init__(self, parameters: Mapping[tuple[int, int], Entry]) -> None:
        self._parameters = parameters
        self._plans: dict[bytes, tuple[Asked, ...]] = {}

    def answer(self, data: bytes, now: int) -> bytes:
        """Return what a message is answered with: command and what follows; empty: nothing."""
        try:
            if data[0] == READ:
                return self._read(data, now)
            if data[0] not in {1, 2}:
                return bytes((0, COMMAND_ERROR, 2))
            end = self._write(data, now)
            return bytes((0, 0, end)) if data[0] == 1 else b""
        except _Status as fault:
            return b"" if data[0] == 2 else bytes((0, fault.status, fault.index))
        except (IndexError, ValueError, struct.error):  # cut off
            return b"" if data[0] == 2 else bytes((0, PARAMETER_ERROR, len(data)))

    def _read(self, data: bytes, now: int) -> bytes:
        plan = self._plans.get(data)
        if plan is None:
            plan = self._plans[data] = self._planned(data)
        answer = [b"\x02"]
        for head, entry, length in plan:
            value = entry.read(now)
            if length is not None:
                ended = value[:length] if length else value + b"\0"
                value = bytes((length,)) + ended
            answer += (head, value)
        return b"".join(answer)

    def _planned(self, data: bytes) -> tuple[Asked, ...]:
        """Return what a request asks for."""
        plan: list[Asked] = []
        place, more_processes = 1, True
        while more_processes:
            head = data[place : place + 1]
            more_processes, more = data[place] >= 0x80, True
            place += 1
            while more:
                index, process, wanted = data[place : place + 3]
                more = index >= 0x80
                head += bytes((index,))
                entry = self._entry(process & 0x7F, wanted, place)
                place += 3
                length = None
                if entry.type == STRING:
                    length = data[place]
                    place += 1
                plan.append((head, entry, length))
                head = b""
        return tuple(plan)

    def _write(self, data: bytes, now: int) -> int:
        """Write the parameters of a chain; return where it ends."""
        place, more_processes = 1, True
        while more_processes:
            process = data[place]
            more_processes, more = process >= 0x80, True
            place += 1
            while more:
                byte = data[place]
                more = byte >= 0x80
                entry = self._entry(process & 0x7F, byte & 0x7F, place)
                size = {CHAR: 1, INTEGER: 2, FLOAT: 4}.get(entry.type, 0)
                if entry.write is None:
                    raise _Status(READ_ONLY, place + 1)
                if not entry.write(data[place + 1 : place + 1 + size], now):
                    raise _Status(VALUE_ERROR, place + 1)
                place += 1 + size
        return place + 1

    def _entry(self, process: int, byte: int, place: int) -> Entry:
        entry = self._parameters.get((process, byte & 0x1F))
        if entry is None:
            raise _Status(PARAMETER_ERROR, place + 1)
        if entry.type != byte & 0x60:
            raise _Status(TYPE_ERROR, place + 1)
        return entry


class ProparLine:
    """The line with its controllers."""

    def __init__(self, terminals: Terminals) -> None:
        nodes: Mapping[str, Any] = terminals.options.nodes
        self._controllers: list[Controller] = []
        self._stations: dict[int, Station] = {}
        for number, (name, given) in enumerate(nodes.items(), start=1):
            valve = terminals.actuators.get(f"{name}_flow")
            controller = Controller(terminals.signals[name], valve, given.capacity)
            parameters = _parameters(controller, given.gas, f"M2621{number:04d}A")
            self._controllers.append(controller)
            self._stations[given.address] = Station(parameters)
        self._known: dict[bytes, tuple[int, Station, bytes]] = {}
        self._buffer = b""
        self._due = 0

    def receive(self, data: bytes, now: int) -> bytes:
        """Answer the messages that are complete at a time (ns)."""
        known = self._known.get(data)
        if known is not None and not self._buffer:  # a question heard before
            self.step(now)
            return _framed(known[0], known[1].answer(known[2], now))
        *lines, rest = (self._buffer + data).split(b"\n")
        self._buffer = rest[-1000:]
        return b"".join([self._line(line, now) for line in lines])

    def step(self, now: int) -> int:
        """Let the controllers regulate; return when they do so again (ns)."""
        if now < self._due:
            return min(self._due, now + LOOK)
        self._due = min([controller.step(now) for controller in self._controllers])
        return min(self._due, now + LOOK)

    def _line(self, line: bytes, now: int) -> bytes:
        text = line.rstrip(b"\r")
        try:
            message = bytes.fromhex(text[1:].decode("ascii"))
        except ValueError:
            return PROTOCOL_ERROR
        if text[:1] != b":" or len(message) < 3 or message[0] != len(message) - 1:
            return PROTOCOL_ERROR
        station = self._stations.get(message[1])
        if station is None:
            return b""
        data = message[2:]
        answer = station.answer(data, now)
        if data[0] == READ:
            self._known[line + b"\n"] = (message[1], station, data)
        else:
            self._due = now
        self.step(now)
        return _framed(message[1], answer) if answer else b""


def _framed(address: int, answer: bytes) -> bytes:
    framed = bytes((len(answer) + 1, address)) + answer
    return f":{framed.hex().upper()}\r\n".encode("ascii")


def make(terminals: Terminals) -> ProparLine:
    """Return a line whose controllers have just been switched on: all setpoints 0."""
    return ProparLine(terminals)
