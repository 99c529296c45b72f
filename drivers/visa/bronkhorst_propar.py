"""Bronkhorst mass flow controllers, several on one serial line, asked by propar in its ASCII form.

Manual 9.17.027 (protocol, chapter 3) and 9.17.023 (parameters); parameter numbers and types after
the maker's ``bronkhorst-propar`` 1.3.0. At each connection every node says serial number, capacity,
unit and fluid; a controller of another gas or size than the rig states is refused in words: its
numbers would be wrong, and it may be somebody else's line. Flows travel as floats in the
controller's own unit. The reference state belongs to the unit: ``ln/min`` is a litre at 0 degC and
101.325 kPa, ``ls/min`` one at 20 degC. One chained read per node brings measured flow, setpoint,
control mode and alarm bits.

A setpoint is written without an answer and then read back, so that all safe values are on the wire
before the first one is verified, and a silent node keeps none from the others. A node that twice in
a row does not answer is left out, which is told, its readings stay disconnected; it is asked again
at the next connection, or by the action ``find_nodes``.

No watchdog: a controller on RS232 or RS485 keeps its setpoint when the line falls silent. What must
not flow then is closed by the valves of the safety PLC.

The rig's link is ``ASRL...::INSTR`` for a serial port (PyVISA-py needs pyserial for it; 38400 baud,
8 data bits, no parity), or ``TCPIP::host::port::SOCKET`` for a serial device server in raw TCP
mode. Simulated ones always stand behind such a server, which is the same on Linux and Windows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bench.device import Action, Driver, LinkKind, Port
from bench.errors import InstrumentError, WrongInstrument
from bench.messages import Message
from bench.units import unit
from drivers.visa.instrument import TextInstrument
from drivers.visa.port import Program, Query, Wire, Write
from drivers.visa.programs import ActionProgram, Poll, Programs
from drivers.visa.propar import Chain, ErrorReply, NumberChain, Parameter, Type, write_float
from drivers.visa.propar_nodes import LITRE, NodeOptions, ProparOptions, demands, readings

WIRE = Wire(end="\r\n", reply_end="\r\n", baud=38400)
SERIAL = Parameter(113, 3, Type.TEXT)
CAPACITY = Parameter(1, 13, Type.FLOAT)
UNIT = Parameter(1, 31, Type.TEXT, 7)
FLUID = Parameter(1, 17, Type.TEXT, 10)
MEASURED = Parameter(33, 0, Type.FLOAT)
SETPOINT = Parameter(33, 3, Type.FLOAT)
CONTROL_MODE = Parameter(1, 4, Type.CHAR)
ALARM_INFO = Parameter(1, 20, Type.CHAR)

DIGITAL_MODES = frozenset({0, 18})
"""Control modes in which the setpoint of this line counts: bus, RS232."""
CAPACITY_TOLERANCE = 1e-3
"""How far the capacity may be from the one stated, relative: floats are singles."""
TAKEN_TOLERANCE = 1e-5
"""How far a setpoint read back may be from the one written, share of the capacity."""
NEGATIVE, BEYOND = -0.02, 1.02
"""Shares of the capacity outside which a measured flow is told (engineering default)."""
MOST_MISSES = 2
"""Connections in a row at which a node does not answer, until it is left out."""

_LITRES: Mapping[str, float] = MappingProxyType(
    {
        bronkhorst: unit(ours).factor / LITRE.factor
        for bronkhorst, ours in {
            "ln/min": "Ln/min",
            "ln/h": "Ln/h",
            "m3n/h": "m3n/h",
            "ls/min": "Ls/min",
            "ls/h": "Ls/h",
        }.items()
    }
    | {"mln/min": 1e-3, "mls/min": 1e-3 * unit("Ls/min").factor / LITRE.factor}
)
"""Unit of a controller → Ln/min."""
ALARMS: Mapping[int, str] = MappingProxyType(
    {
        1: "propar.alarm-error",
        2: "propar.alarm-warning",
        4: "propar.alarm-minimum",
        8: "propar.alarm-maximum",
        16: "propar.alarm-batch",
        32: "propar.alarm-power-up",
        64: "propar.alarm-master",
        128: "propar.alarm-hardware",
    }
)
"""Bit of the alarm info (9.17.023) → what it means."""


@dataclass
class Node:
    """What is known of one controller."""

    name: str
    place: int
    options: NodeOptions
    factor: float = 1.0
    """Its unit in Ln/min."""
    identity: str = ""
    misses: int = 0
    """Connections in a row at which it did not answer."""
    told: dict[str, object] = field(default_factory=dict[str, object])
    """What was told last, by what it is about."""

    def __post_init__(self) -> None:
        address = self.options.address
        self.plate = Chain(address, (SERIAL, CAPACITY, UNIT, FLUID))
        self.chain = NumberChain(address, (MEASURED, SETPOINT, CONTROL_MODE, ALARM_INFO))
        self.query = Query(self.chain.request)
        self.setpoint = NumberChain(address, (SETPOINT,))
        self.capacity = LITRE.from_si(self.options.capacity)
        self.low, self.high = NEGATIVE * self.capacity, BEYOND * self.capacity
        self.seen: tuple[int, int, bool] = (0, 0, False)
        """Control mode, alarm bits, whether the flow is outside, as told last."""


class Line:
    """What the bench does with the controllers of one line."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._name = port.connection.name
        options: ProparOptions = port.connection.options
        self._nodes = [Node(name, n, each) for n, (name, each) in enumerate(options.nodes.items())]
        self._present: list[Node] = []
        self._asked: set[int] = set()

    def programs(self) -> Programs:
        """Return what runs on the wire."""
        return Programs(
            identify=self.identify,
            polls=(Poll(self.poll),),
            apply=self.apply,
            verify=self.verify,
            actions={"find_nodes": self.find_nodes},
        )

    # -- who is there -------------------------------------------------------------------------

    def identify(self) -> Program[str]:
        """Ask every node who it is; return what they said.

        Raises:
            WrongInstrument: another gas, capacity or kind of unit than the rig states, or no node.
        """
        self._present = []
        for node in self._nodes:
            node.misses = node.misses + 1 if node.place in self._asked else 0
            if node.misses < MOST_MISSES:
                continue
            self._tell_once(node, "there", "error", "propar.silent")
        left_out = {node.place for node in self._nodes if node.misses >= MOST_MISSES}
        self._asked = set(left_out)
        for node in self._nodes:
            if node.place not in left_out and (yield from self._meet(node)):
                self._present.append(node)
        if not self._present:
            raise self._wrong("", "-")
        return "Bronkhorst " + "; ".join(node.identity for node in self._present)

    def _meet(self, node: Node) -> Program[bool]:
        """Ask a node who it is; return whether the interface reaches it."""
        try:
            reply = yield from self._ask(node, Query(node.plate.request))
            serial, capacity, plate_unit, fluid = node.plate.values(reply)
        except ErrorReply as error:
            self._tell_once(node, "there", "error", _id_of(error), code=f"{error.code:02X}")
            return False
        node.identity = f"{node.name} {serial} {fluid} {capacity:g} {plate_unit}"
        factor = _LITRES.get(str(plate_unit).casefold(), math.nan)
        litres = float(capacity) * factor
        fits = abs(litres - node.capacity) <= CAPACITY_TOLERANCE * node.capacity  # not with NaN
        if not fits or str(fluid).casefold() != node.options.gas.casefold():
            raise self._wrong(node.identity, _stated(node))
        node.factor = factor
        if node.told.pop("there", None):
            self._tell(node, "info", "propar.back")
        return True

    def _wrong(self, identity: str, expected: str) -> WrongInstrument:
        return WrongInstrument(
            "device.wrong-instrument",
            instrument=self._name,
            link=self._port.connection.link,
            identity=identity,
            expected=expected,
        )

    def _ask(self, node: Node, query: Query) -> Program[str]:
        """Ask a node; remember while it has not answered."""
        self._asked.add(node.place)
        reply = yield query
        self._asked.discard(node.place)
        return reply

    def find_nodes(self) -> ActionProgram:
        """Ask the nodes that were left out; one that is still silent costs a new connection."""
        for node in [each for each in self._nodes if each not in self._present]:
            node.misses = 0
            self._asked.discard(node.place)
            if (yield from self._meet(node)):
                self._present.append(node)
        return {}

    # -- what is read -------------------------------------------------------------------------

    def poll(self) -> Program[None]:
        """Read all nodes, one exchange each."""
        now, post_all, asked = self._port.clock.now, self._port.mailbox.post_all, self._asked
        for node in tuple(self._present):
            asked.add(node.place)
            reply = yield node.query
            asked.discard(node.place)
            try:
                flow, setpoint, mode, alarms = node.chain.numbers(reply)
            except ErrorReply as error:
                post_all(2 * node.place, (math.nan, math.nan), now())
                self._tell_once(node, "there", "error", _id_of(error), code=f"{error.code:02X}")
                continue
            flow *= node.factor
            post_all(2 * node.place, (flow, setpoint * node.factor), now())
            seen = (mode, alarms, not node.low <= flow <= node.high)
            if seen != node.seen or node.told:
                self._compare(node, flow, seen)

    def _compare(self, node: Node, flow: float, seen: tuple[float, float, bool]) -> None:
        """Tell what has changed beside the numbers."""
        if node.told.pop("there", None):
            self._tell(node, "info", "propar.back")
        (mode, alarms, is_outside), (was_mode, was_alarms, was_outside) = seen, node.seen
        node.seen = int(mode), int(alarms), is_outside
        if mode != was_mode and mode not in DIGITAL_MODES:
            self._tell(node, "error", "propar.control-mode", mode=f"{mode:g}")
        new = int(alarms) & ~was_alarms
        for bit in (bit for bit in ALARMS if bit & new):
            self._tell(node, "warning", "propar.alarm", alarm=Message(ALARMS[bit]))
        if was_alarms and not alarms:
            self._tell(node, "info", "propar.no-alarms")
        if is_outside and not was_outside:
            told = "propar.negative" if flow < 0.0 else "propar.beyond"
            shown = {"flow": f"{flow:.4g} Ln/min", "capacity": f"{node.capacity:g} Ln/min"}
            self._tell(node, "warning", told, **shown)

    # -- what is demanded ---------------------------------------------------------------------

    def apply(self, index: int, value: float) -> Program[None]:
        """Write a setpoint (mol/s) and read it back.

        Raises:
            InstrumentError: the node is not there, or holds another one.
        """
        node = self._reached(index, value)
        wanted = LITRE.from_si(value) / node.factor
        yield Write(write_float(node.options.address, SETPOINT, wanted))
        yield from self.verify(index, value)

    def verify(self, index: int, value: float) -> Program[None]:
        """Ask whether a node holds a setpoint (mol/s).

        Raises:
            InstrumentError: the node is not there, or holds another one.
        """
        node = self._reached(index, value)
        reply = yield from self._ask(node, Query(node.setpoint.request))
        try:
            (held,) = node.setpoint.numbers(reply)
        except ErrorReply as error:
            raise self._not_taken(node, value, f"{error.code:02X}") from error
        litres = held * node.factor
        if not abs(litres - LITRE.from_si(value)) <= TAKEN_TOLERANCE * node.capacity:
            raise self._not_taken(node, value, f"{litres:.6g} {LITRE.label}")

    def _reached(self, index: int, value: float) -> Node:
        node = self._nodes[index]
        if node not in self._present:
            raise self._not_taken(node, value, "-")
        return node

    def _not_taken(self, node: Node, value: float, actual: str) -> InstrumentError:
        return InstrumentError(
            "device.demand-not-taken",
            instrument=self._name,
            demand=node.name,
            value=LITRE.shown(value),
            actual=actual,
        )

    def _tell_once(
        self, node: Node, about: str, level: str, message_id: str, **arguments: object
    ) -> None:
        if node.told.get(about) != message_id:
            node.told[about] = message_id
            self._tell(node, level, message_id, **arguments)

    def _tell(self, node: Node, level: str, message_id: str, **arguments: object) -> None:
        arguments |= {"instrument": self._name, "node": node.name}
        arguments["address"] = node.options.address
        self._port.report(level, self._name, Message(message_id, arguments))


def _id_of(error: ErrorReply) -> str:
    return "propar.refused" if error.is_status else "propar.not-reached"


def _stated(node: Node) -> str:
    return f"{node.name}: {node.options.gas}, {node.capacity:g} Ln/min"


FIND_NODES = Action("find_nodes", duration=1.0, timeout=10.0)


def _build(port: Port) -> TextInstrument:
    taken = demands(port.connection.options)
    programs = Line(port).programs()
    return TextInstrument(port, programs, wire=WIRE, demands=taken, actions=(FIND_NODES,))


DRIVER = Driver(
    name="bronkhorst-propar",
    title="Bronkhorst EL-FLOW mass flow controllers on a propar line",
    link=LinkKind.VISA,
    readings=readings,
    demands=demands,
    build=_build,
    actions=(FIND_NODES,),
    options=ProparOptions,
    shortest_period=0.1,
)
"""The model, as the rig names it."""
