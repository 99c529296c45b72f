"""An engine control unit on J1939, as it looks from the bus.

Written from SAE J1939-71 (vehicle application layer: byte positions count from 1), J1939-73
(DM1) and J1939-81 (address claim). What the standard leaves to the maker is marked.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.clock import MILLISECOND, NEVER, SECOND
from drivers.simulated.devices.j1939_transport import Outbox
from drivers.simulated.port import CanTwin, Frame, SendFrame, Signal, Terminals

EEC1, EC1, ET1, EFL_P1 = 61444, 65251, 65262, 65263
DM1, SOFT, COMPONENT, CLAIM = 65226, 65242, 65259, 60928
_TSC1, _REQUEST, _CONTROL = 0x0000, 0xEA00, 0xEC00

_TSC1_TIMEOUT = 100 * MILLISECOND
"""When a torque/speed control that is not repeated lapses (maker's choice)."""
_DROOP = 0.05
"""Share of the requested speed over which the governor takes the torque away (maker's choice)."""
_NAME = 0x00_00_00_00_1C_E0_24_01
"""Industry group 0, function 0 (engine), some maker and serial number."""

_MODULE = b"H2LAB*ICE-ECU*00004711*ENGINE-1*"
_SOFTWARE = b"\x03BOOT 2.0*H2-ECU 4.2.1*CAL H2-128-0042*"

_TROUBLES = (
    (94, 1, 3), (110, 0, 1), (100, 1, 1), (190, 0, 2), (175, 0, 1), (91, 3, 7), (520192, 12, 126),
)  # fmt: skip
"""What goes wrong first: SPN, FMI, occurrences."""
_NO_TROUBLE = bytes((0x00, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF))
_EEC1, _ET1 = struct.Struct("<BBBHBBB"), struct.Struct("<BBHHBB")


@dataclass(frozen=True)
class Settings:
    """What the lab sets in the unit."""

    source: int = 0x00
    """Source address (0: engine 1)."""
    eec1_period: float = 0.02
    """Broadcast period of EEC1, s."""

    @classmethod
    def of(cls, options: Any) -> Settings:
        """Return the settings that agree with an instrument's rig options."""
        return cls(**{n: getattr(options, n, getattr(cls, n)) for n in cls.__dataclass_fields__})


def _absent(now: int) -> float:
    del now
    return math.nan


@dataclass(frozen=True)
class Inputs:
    """What comes in at the unit; not a number where nothing is connected."""

    speed: Signal
    """rad/s."""
    torque_fraction: Signal
    """Actual torque, of the reference torque."""
    demand_fraction: Signal
    """What the driver demands, of the reference torque."""
    reference_torque: Signal
    """N·m."""
    coolant_temperature: Signal
    """K."""
    oil_temperature: Signal
    """K."""
    fuel_pressure: Signal
    """Gauge, Pa."""
    oil_pressure: Signal
    """Gauge, Pa."""
    dtc: Signal
    """How many trouble codes are active."""

    @classmethod
    def of(cls, terminals: Terminals) -> Inputs:
        """Return what is connected."""
        signals = terminals.signals
        return cls(**{name: signals.get(name, _absent) for name in cls.__dataclass_fields__})


def byte(value: float, resolution: float, offset: float) -> int:
    """Return a one-byte parameter: 0 to 250; 0xFE too high to say, 0xFF no value."""
    steps = (value - offset) / resolution
    if 0.0 <= steps <= 250.0:  # the usual case first
        return round(steps)
    if not math.isfinite(value):
        return 0xFF
    raw = max(0, round(steps))
    return raw if raw <= 250 else 0xFE


def word(value: float, resolution: float, offset: float = 0.0) -> int:
    """Return a two-byte parameter: 0 to 0xFAFF; 0xFE00 too high to say, 0xFFFF no value."""
    steps = (value - offset) / resolution
    if 0.0 <= steps <= 0xFAFF:  # the usual case first
        return round(steps)
    if not math.isfinite(value):
        return 0xFFFF
    raw = max(0, round(steps))
    return raw if raw <= 0xFAFF else 0xFE00


class TorqueSpeedControl:
    """What another node asks of the engine by TSC1, until it lapses."""

    def __init__(self) -> None:
        self.mode = 0
        self.source = 0xFF
        self.until = NEVER
        """When it lapses, ns."""
        self._speed = math.nan
        self._fraction = math.nan

    def take(self, frame: Frame, now: int) -> None:
        """Take a TSC1 addressed to us; a wrong checksum is passed over."""
        data = frame.data
        if len(data) < 8 or not _is_intact(frame):
            return
        speed, percent = struct.unpack_from("<HB", data, 1)
        self._speed = speed * 0.125 * math.pi / 30.0 if speed <= 0xFAFF else math.nan
        self._fraction = (percent - 125) / 100.0 if percent <= 250 else math.nan
        self.mode, self.source = data[0] & 3, frame.id & 0xFF
        self.until = now + _TSC1_TIMEOUT
        if self.mode == 0:
            self.lapse()

    def lapse(self) -> None:
        """Nobody asks any more."""
        self.mode, self.source, self.until = 0, 0xFF, NEVER

    def torque_limit(self, speed: float) -> float:
        """Return the share of the torque the engine may give: 1 where nobody asks."""
        limit = 1.0
        if self.mode in {2, 3} and math.isfinite(self._fraction):
            limit = max(0.0, min(1.0, self._fraction))
        if self.mode in {1, 3} and math.isfinite(self._speed + speed):
            band = max(_DROOP * self._speed, 1.0)
            limit = min(limit, max(0.0, min(1.0, 0.5 + (self._speed - speed) / band)))
        return limit


def _is_intact(frame: Frame) -> bool:
    counter, checksum = frame.data[7] & 0x0F, frame.data[7] >> 4
    if checksum == 0x0F:
        return True  # the sender has none
    total = sum(frame.data[:7]) + counter + sum(frame.id.to_bytes(4, "big"))
    return checksum == ((total >> 6) + (total >> 3) + total) & 7


class Broadcast:
    """A parameter group that is sent by itself.

    Args:
        can_id: identifier of its frames.
        period: how often it is sent, ns.
        sample: returns its data at a time (ns).
    """

    def __init__(self, can_id: int, period: int, sample: Callable[[int], bytes]) -> None:
        self.frame = Frame(can_id, b"", extended=True)
        """The last one: sent again where its data are the same."""
        self.pgn = can_id >> 8 & 0x3FFFF
        self.period = period
        self.due = 0
        """When it is sent next, ns."""
        self.sample = sample


class Ecu:
    """The unit on its bus."""

    def __init__(self, terminals: Terminals, send: SendFrame) -> None:
        settings = Settings.of(terminals.options)
        self._address = settings.source
        self._torque_limit = terminals.actuators.get("torque_limit")
        self._inputs = Inputs.of(terminals)
        self._send = send
        self._outbox = Outbox(settings.source, send)
        self._control = TorqueSpeedControl()
        self._limit: float | None = None
        eec1 = max(1, round(settings.eec1_period * SECOND))
        slow = {EC1: 5 * SECOND, ET1: SECOND, EFL_P1: SECOND // 2, DM1: SECOND}
        periods = {EEC1: eec1, **{pgn: max(each, eec1) for pgn, each in slow.items()}}
        self._groups: dict[int, Callable[[int], bytes]] = {
            EEC1: self._eec1, EC1: self._ec1, ET1: self._et1, EFL_P1: self._efl_p1, DM1: self._dm1,
            SOFT: lambda _: _SOFTWARE, COMPONENT: lambda _: _MODULE,
            CLAIM: lambda _: _NAME.to_bytes(8, "little"),
        }  # fmt: skip
        self._broadcasts = [
            Broadcast(
                (3 if pgn == EEC1 else 6) << 26 | pgn << 8 | self._address,
                period,
                self._groups[pgn],
            )
            for pgn, period in periods.items()
        ]
        self._next = 0
        self._has_claimed = False

    def receive(self, frame: Frame, now: int) -> None:
        """Take a frame that is on the bus at a time (ns)."""
        destination = frame.id >> 8 & 0xFF
        if not frame.extended or destination not in {self._address, 0xFF}:
            return
        pgn = frame.id >> 8 & 0x3FF00
        if pgn == _TSC1:
            self._control.take(frame, now)
            self._actuate(now)
        elif pgn == _REQUEST and len(frame.data) >= 3:
            wanted = int.from_bytes(frame.data[:3], "little")
            self._answer(wanted, frame.id & 0xFF, now, is_global=destination == 0xFF)
        elif pgn == _CONTROL and destination == self._address:
            self._outbox.receive(frame.data, frame.id & 0xFF, now)

    def step(self, now: int) -> int:
        """Broadcast what is due; return when it next wants to (ns)."""
        if not self._has_claimed:
            self._has_claimed = True
            self._outbox.send(CLAIM | 0xFF, self._groups[CLAIM](now), now)
        control, outbox = self._control, self._outbox
        if now >= control.until:
            control.lapse()
        if now >= self._next:
            self._broadcast(now)
        if control.mode or self._limit != 1.0:
            self._actuate(now)
        if now >= outbox.due:
            outbox.step(now)
        return min(control.until, outbox.due, self._next)

    def _broadcast(self, now: int) -> None:
        for group in self._broadcasts:
            if now >= group.due:
                due = group.due + group.period
                group.due = due if now < due else now + group.period
                data = group.sample(now)
                if len(data) > 8:
                    self._outbox.send(group.pgn, data, now)
                else:
                    frame = group.frame
                    if data != frame.data:
                        frame = group.frame = Frame(frame.id, data, extended=True)
                    self._send(frame, now)
        self._next = min([group.due for group in self._broadcasts])

    def _answer(self, pgn: int, requester: int, now: int, *, is_global: bool) -> None:
        group = self._groups.get(pgn)
        if group is not None:
            receiver = 0xFF if is_global else requester
            sent = pgn | 0xFF if pgn == CLAIM else pgn
            self._outbox.send(sent, group(now), now, to=receiver)
        elif not is_global:
            refusal = bytes((1, 0xFF, 0xFF, 0xFF, requester)) + pgn.to_bytes(3, "little")
            self._outbox.send(0xE8FF, refusal, now)

    def _actuate(self, now: int) -> None:
        is_asked = self._control.mode != 0
        limit = self._control.torque_limit(self._inputs.speed(now)) if is_asked else 1.0
        if limit != self._limit:
            self._limit = limit
            if self._torque_limit is not None:
                self._torque_limit(limit, now)

    def _eec1(self, now: int) -> bytes:
        inputs, control = self._inputs, self._control
        demand = byte(inputs.demand_fraction(now) * 100.0, 1.0, -125.0)
        torque = byte(inputs.torque_fraction(now) * 100.0, 1.0, -125.0)
        speed = word(inputs.speed(now) * 30.0 / math.pi, 0.125)
        # torque limiting, and who asks for it; accelerator pedal
        mode, source = (0xF8, control.source) if control.mode else (0xF1, 0xFF)
        return _EEC1.pack(mode, demand, torque, speed, source, 0xFF, demand)

    def _ec1(self, now: int) -> bytes:
        reference = word(self._inputs.reference_torque(now), 1.0)
        return b"\xff" * 19 + struct.pack("<H", reference) + b"\xff" * 19

    def _et1(self, now: int) -> bytes:
        coolant = byte(self._inputs.coolant_temperature(now) - 273.15, 1.0, -40.0)
        oil = word(self._inputs.oil_temperature(now) - 273.15, 0.03125, -273.0)
        return _ET1.pack(coolant, 0xFF, oil, 0xFFFF, 0xFF, 0xFF)

    def _efl_p1(self, now: int) -> bytes:
        fuel = byte(self._inputs.fuel_pressure(now) / 1000.0, 4.0, 0.0)
        oil = byte(self._inputs.oil_pressure(now) / 1000.0, 4.0, 0.0)
        return bytes((fuel, 0xFF, 0xFF, oil, 0xFF, 0xFF, 0xFF, 0xFF))

    def _dm1(self, now: int) -> bytes:
        wanted = self._inputs.dtc(now)
        if not wanted > 0.5:  # NaN: none
            return _NO_TROUBLE
        active = _TROUBLES[: round(wanted)]
        is_stopping = any(fmi == 0 for _, fmi, _ in active)
        data = bytes((0x54 if is_stopping else 0x44, 0xFF))  # malfunction, stop, warning lamps
        for spn, fmi, count in active:
            data += struct.pack("<HBB", spn & 0xFFFF, (spn >> 16) << 5 | fmi, count)
        return data.ljust(8, b"\xff")


def make(terminals: Terminals, send: SendFrame) -> CanTwin:
    """Return the unit, cabled.

    Signals, each optional (absent: not available): ``speed``, ``torque_fraction``,
    ``demand_fraction``, ``reference_torque``, ``coolant_temperature``, ``oil_temperature``,
    ``fuel_pressure`` and ``oil_pressure`` (gauge), ``dtc`` (how many codes are active).
    Actuator: ``torque_limit`` (share of the torque it may give).
    """
    return Ecu(terminals, send)
