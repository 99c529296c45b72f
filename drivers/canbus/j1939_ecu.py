"""Engine control unit on SAE J1939: its broadcasts, its troubles, and torque/speed control.

Layouts: ``dbc/j1939_engine.dbc``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bench.channel import Range
from bench.clock import NEVER, SECOND
from bench.device import ArmedBy, Demand, Driver, LinkKind, Port, Reading, Watchdog
from bench.messages import Message
from drivers.canbus import j1939
from drivers.canbus.frame import Frame
from drivers.canbus.instrument import CanInstrument
from drivers.canbus.j1939 import (
    ACKNOWLEDGEMENT,
    ADDRESS_CLAIM,
    REQUEST,
    TRANSPORT_CONTROL,
    TRANSPORT_DATA,
    Identifier,
    Reassembly,
)
from drivers.canbus.j1939_address import OwnAddress
from drivers.canbus.j1939_identity import COMPONENT, SOFTWARE, Identification
from drivers.canbus.j1939_tsc1 import MODES, TorqueSpeedControl
from drivers.canbus.j1939_values import BROADCASTS, EC1, PERCENT, READINGS, RPM, Values
from drivers.canbus.port import Filter, Send, pgn
from drivers.canbus.presence import Presence, silence_after
from drivers.quantity import Seconds

DEMANDS = (
    Demand("tsc1_mode", choices=MODES),
    Demand("requested_speed", RPM, Range(0.0, RPM.to_si(8031.875))),
    Demand("requested_torque", PERCENT, Range(-1.25, 1.25)),
)


_ADDRESSING = frozenset({ADDRESS_CLAIM, REQUEST})
_TRANSPORT = frozenset({TRANSPORT_CONTROL, TRANSPORT_DATA})
_CONVERSATION = (ACKNOWLEDGEMENT, TRANSPORT_CONTROL, TRANSPORT_DATA)


class Options(BaseModel):
    """What a rig says of its engine control unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: int = Field(default=0x00, ge=0, le=253)
    """Address of the unit (0: engine 1)."""
    address: int = Field(default=0xF9, ge=0, le=253)
    """The bench's own address (0xF9: service tool 1); some units obey only certain ones."""
    eec1_period: Seconds = Field(default=0.02, ge=0.01, le=0.25)
    """Broadcast period of EEC1: ``20 ms`` (depends on engine speed in some units)."""
    component: str = ""
    """What its identification must hold, such as its model; empty: anything."""
    tsc1_priority: int = Field(default=3, ge=0, le=3)
    """Override control mode priority of TSC1: 0 highest to 3 low."""


class J1939Ecu(CanInstrument):
    """One unit as the scan and its bus see it."""

    def __init__(self, port: Port) -> None:
        self._options: Options = port.connection.options or Options()
        unit, ours = self._options.source, self._options.address
        eec1 = round(self._options.eec1_period * SECOND)
        super().__init__(port, Presence(port, silence_after(eec1)), DEMANDS)
        self._values = Values(port, self._presence, eec1)
        self._address = OwnAddress(port, ours)
        self._reassembly = Reassembly(ours, self._address.send)
        self._identification = Identification(
            port,
            self._presence,
            link=f"{port.connection.link}, address 0x{unit:02X}",
            expected=self._options.component,
            ask=self._request,
        )
        self._control = TorqueSpeedControl(
            source=ours,
            destination=unit,
            priority=self._options.tsc1_priority,
            send=self._address.send,
        )
        self._current: dict[int, float] = {}
        self._before: dict[int, float] = {}
        self._is_open = False
        self._broadcasts = {group << 8 | unit: group for group in BROADCASTS}

    @property
    def listens(self) -> Sequence[Filter]:
        """Frames it wants to hear."""
        groups = (*BROADCASTS, COMPONENT, SOFTWARE, *_CONVERSATION)
        wanted = [pgn(group, source=self._options.source) for group in groups]
        return [*wanted, *self._address.filters]

    def attach(self, send: Send) -> None:
        """Take the way to send."""
        self._address.attach(send)

    def bus_opened(self, now: int) -> None:
        """Claim an address and await the unit; nothing is demanded yet."""
        self._is_open = True
        self._forget()
        self._identification.forget()
        self._presence.opened(now)
        self._address.claim()

    def bus_lost(self, now: int) -> None:
        """The bus is gone."""
        self._is_open = False
        self._forget()
        self._identification.forget()
        self._presence.lost(now)
        self._address.release()

    def on_frame(self, frame: Frame, now: int) -> None:
        """Take a frame of the unit, or of address management."""
        can_id, data, _ = frame
        group = self._broadcasts.get(can_id & 0x3FFFFFF)  # without the priority
        if group is not None and self._presence.is_connected:
            self._demands.confirm()
            self._values.take(group, data, now)
            return
        identifier = j1939.parse(can_id)
        if identifier.pgn in _ADDRESSING:
            self._address.receive(identifier, data)
        if identifier.source == self._options.source and identifier.pgn != REQUEST:
            self._hear(identifier, data, now)

    def step(self, now: int) -> int:
        """Follow identification, presence and demands; return when next called for (ns)."""
        if not self._is_open:
            return NEVER
        presence, identification = self._presence, self._identification
        reassembly, control, values = self._reassembly, self._control, self._values
        was_connected = presence.is_connected
        if now >= reassembly.due:
            reassembly.step(now)
        if now >= identification.due:
            identification.step(now)
        if presence.is_connected and not was_connected:
            self._request(EC1)  # torque needs its reference; it comes by itself only every 5 s
        due = presence.check(now)
        if was_connected and not presence.is_connected:
            self._forget()
            if not identification.is_wrong:
                identification.forget()
        if self._demands.are_waiting:
            self._take_demands()
        asking = control.step(now) if control.is_active else NEVER
        confirming = values.step(now) if now >= values.due else values.due
        return min(due, identification.due, reassembly.due, asking, confirming)

    def _take_demands(self) -> None:
        """Pass on safe values in any case, others to a unit that is connected.

        A demand that merely repeats what was demanded before an interruption moves nothing.
        """
        safe, news = self._demands.drain()
        for index in safe:
            self._before.pop(index, None)
        wanted = dict(safe)
        if self._presence.is_connected:
            wanted |= {i: value for i, value in news.items() if self._before.get(i) != value}
        for index, value in wanted.items():
            self._before.pop(index, None)
            self._current[index] = value
            self._control.put(index, DEMANDS[index].unit.from_si(value))

    def _hear(self, identifier: Identifier, data: bytes, now: int) -> None:
        """Take what is not a broadcast of the connected unit."""
        identification = self._identification
        if not self._presence.is_connected and not identification.is_wrong:
            self._presence.opened(now)  # it is there, and about to say who it is
        if identifier.pgn == ADDRESS_CLAIM:
            # it starts anew: its calibration may be another one
            identification.begin(now, claim=data)
        elif not identification.has_begun:
            identification.begin(now)
        if identifier.pgn in _TRANSPORT:
            whole = self._reassembly.receive(identifier, data, now)
            if whole is not None:
                self._take(whole.pgn, whole.data, now)
        elif identifier.pgn == ACKNOWLEDGEMENT:
            identification.take(j1939.refused(data) or 0, b"", now)
        else:
            self._take(identifier.pgn, data, now)

    def _take(self, group: int, data: bytes, now: int) -> None:
        self._identification.take(group, data, now)
        if self._presence.is_connected and group in BROADCASTS:
            self._values.take(group, data, now)

    def _request(self, group: int) -> None:
        self._address.send(*j1939.request(group, self._options.address, self._options.source))

    def _forget(self) -> None:
        if self._control.is_active:
            message = Message("j1939.control-ended", {"instrument": self.name})
            self._port.report("warning", self.name, message)
        self._values.forget()
        self._control.forget()
        self._demands.forget()
        self._before |= self._current
        self._current.clear()


def readings(options: Any = None) -> tuple[Reading, ...]:
    """Return what the unit broadcasts."""
    del options  # the same for every unit
    return READINGS


def scanned(options: Any, scan: float) -> Options:
    """Return the options for scans so many seconds apart, in virtual time."""
    chosen: Options = options or Options()
    return chosen.model_copy(update={"eec1_period": max(chosen.eec1_period, scan)})


def demands(options: Any = None) -> tuple[Demand, ...]:
    """Return what TSC1 carries."""
    del options  # the same for every unit
    return DEMANDS


DRIVER = Driver(
    name="j1939-ecu",
    title="Engine control unit on SAE J1939",
    link=LinkKind.CAN,
    readings=readings,
    demands=demands,
    build=J1939Ecu,
    options=Options,
    shortest_period=0.01,
    scanned=scanned,
    watchdog=Watchdog("TSC1 repetition", 0.1, Message("j1939.watchdog"), ArmedBy.ALWAYS),
)
"""Data sheet."""
