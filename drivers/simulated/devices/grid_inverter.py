"""Simulated grid inverter, written from its manual (drivers/canbus/dbc/grid_inverter.md).

Terminals, SI:

- signals: ``voltage`` (DC, V), ``current`` (DC, A), ``ac_power`` (into the grid, W),
  ``ripple_current`` (A rms), ``temperature`` (of the air at the heat sink, K; not wired: 25 °C),
  ``grid_voltage`` (V, line to line; not wired: the grid is there). One that is not wired reads as
  not available, one that is not a number as a sensor fault.
- actuators: ``load_current`` (A), the current it draws; set at power-up and when it changes.
"""

from __future__ import annotations

import math
import struct

from bench.clock import MILLISECOND, NEVER, SECOND
from drivers.canbus.frame import Frame
from drivers.simulated.devices.bench_device import Guard, Identity, Outputs, guarded
from drivers.simulated.port import SendFrame, Terminals

OFF, STANDBY, RUN, DEMAND_LOST, FAULT = range(5)
UNDERVOLTAGE, OVERVOLTAGE, TOO_HOT, LOST, CORRUPT, NO_GRID, SENSOR = (1 << bit for bit in range(7))
DEMAND, CONFIG, STATUS, VALUES, SETTINGS, IDENTITY = 0x121, 0x122, 0x1B1, 0x1B2, 0x1B3, 0x1B4

_NO_MODE, _NO_CURRENT = 15, 0xFFFF
_ACCEPTED, _MODE, _RANGE = range(3)
_CUT = UNDERVOLTAGE | OVERVOLTAGE | NO_GRID | SENSOR
_STEP = 100 * MILLISECOND
_PERIODS, _TIMEOUTS = range(10, 1001), range(200, 10001)
_HIGHEST_VOLTAGE = 1000.0
_LOWEST_GRID = 0.8 * 400.0
_AIR = 298.15
_HOTTEST = 273.15 + 85.0
_WARMING = 0.006
"""How much warmer than the air the heat sink gets with each watt lost, K/W."""
_INERTIA = 300.0
"""Time constant of the heat sink, s."""


class HeatSink:
    """Follows the losses."""

    def __init__(self) -> None:
        self.temperature = _AIR
        """K."""
        self._at = 0

    def warm(self, loss: float, air: float, now: int) -> None:
        """Go on to a time (ns) with so many watts lost into air of a temperature (K)."""
        share = math.exp((self._at - now) / (_INERTIA * SECOND))
        end = air + _WARMING * max(loss, 0.0)
        self.temperature = end + (self.temperature - end) * share
        self._at = now


class GridInverterTwin:
    """The inverter."""

    listens = frozenset({DEMAND, CONFIG})
    """Ids of the frames it takes."""

    def __init__(self, terminals: Terminals, send: SendFrame) -> None:
        self._signals = terminals.signals
        self._send = send
        options = terminals.options
        self._highest: float = getattr(options, "highest_current", 300.0)
        self._cut_off: float = getattr(options, "undervoltage", 300.0)
        self._ramp: float = getattr(options, "ramp", 10.0)
        self._guard = Guard(DEMAND, 4)
        self._identity = Identity(0x6101, 3001)
        self._outputs = Outputs(terminals, ("load_current",))
        self._heat_sink = HeatSink()
        self._period, self._timeout = 100, 2000
        self._plate = self._name_plate()
        self._state = OFF
        self._setpoint = self._current = 0.0
        self._alarm = 0
        self._rejected = _ACCEPTED
        self._shown: dict[str, float | None] = {}
        self._alive = 0
        self._heard_at = self._moved_at = 0
        self._due_status = self._due_plate = 0

    @property
    def state(self) -> int:
        """State as in the status frame."""
        return self._state

    @property
    def alarm(self) -> int:
        """Alarms as in the values frame."""
        return self._alarm

    def receive(self, frame: Frame, now: int) -> None:
        """Take a demand or a configuration; other frames are not for this device."""
        if frame.extended:
            return
        if frame.id == DEMAND:
            self._demanded(frame.data, now)
        elif frame.id == CONFIG and len(frame.data) >= 4:
            period, timeout = struct.unpack_from("<HH", frame.data)
            if period in _PERIODS:
                self._period = period
                if self._due_status > now:  # the first one after power-up is sent at once
                    self._due_status = now + period * MILLISECOND
            if timeout in _TIMEOUTS:
                self._timeout = timeout
            self._plate = self._name_plate()
            self._due_plate = now

    def step(self, now: int) -> int:
        """Watch, move the current, report; return when to be called again (ns)."""
        self._rest(now)
        lost_at = self._heard_at + self._timeout * MILLISECOND
        is_watched = self._state in {STANDBY, RUN}
        if is_watched and now >= lost_at:
            self._state = DEMAND_LOST
            self._alarm |= LOST
        is_due = now >= self._due_status
        if is_due or self._is_moving():
            self._look(now)
            self._protect()
        due = self._move(now)
        self._outputs.set((self._current,), now)
        if now >= self._due_plate:
            self._due_plate = now + SECOND
            for frame in self._plate:
                self._send(frame, now)
        if is_due:
            self._due_status = now + self._period * MILLISECOND
            self._report(now)
        return min(due, self._due_status, self._due_plate, lost_at if is_watched else NEVER)

    def _demanded(self, data: bytes, now: int) -> None:
        if not self._guard.takes(data):
            self._alarm |= CORRUPT
            return
        self._alarm &= ~CORRUPT
        self._heard_at = now
        self._rest(now)
        first, raw = struct.unpack_from("<BH", data)
        mode = first >> 4
        current = None if raw == _NO_CURRENT else raw * 0.01
        self._rejected = self._judge(mode, current, now)
        if self._rejected == _ACCEPTED:
            self._accept(mode, current, now)

    def _judge(self, mode: int, current: float | None, now: int) -> int:
        if mode not in {OFF, STANDBY, RUN, _NO_MODE}:
            return _RANGE
        if current is not None and current > self._highest + 1e-9:
            return _RANGE
        if mode == RUN and self._state != RUN:
            if self._state in {DEMAND_LOST, FAULT}:
                return _MODE
            voltage = self._signal("voltage", now)
            if voltage is not None and not voltage >= 1.05 * self._cut_off:
                return _MODE
        if mode == STANDBY and self._state == FAULT:
            return _MODE
        return _ACCEPTED

    def _accept(self, mode: int, current: float | None, now: int) -> None:
        if mode not in {_NO_MODE, self._state}:
            self._enter(mode, now)
        if current is not None and self._state == RUN:
            self._setpoint = current

    def _enter(self, mode: int, now: int) -> None:
        if self._state == FAULT:
            self._look(now)
            self._alarm &= CORRUPT
            self._protect()
            if self._alarm & ~CORRUPT:
                return
        self._alarm &= ~LOST
        self._state = mode
        self._setpoint = 0.0

    def _signal(self, name: str, now: int) -> float | None:
        """Return what a sensor shows: None when not wired, NaN when faulty."""
        signal = self._signals.get(name)
        return None if signal is None else signal(now)

    def _look(self, now: int) -> None:
        names = ("voltage", "current", "ac_power", "ripple_current", "grid_voltage", "temperature")
        shown = self._shown = {name: self._signal(name, now) for name in names}
        dc, ac = self._dc_power(), shown["ac_power"]
        loss = 0.0 if dc is None or ac is None else dc - ac
        air = shown["temperature"]
        self._heat_sink.warm(
            0.0 if math.isnan(loss) else loss,
            _AIR if air is None or math.isnan(air) else air,
            now,
        )

    def _dc_power(self) -> float | None:
        voltage, current = self._shown["voltage"], self._shown["current"]
        return None if voltage is None or current is None else voltage * current

    def _protect(self) -> None:
        voltage, grid = self._shown["voltage"], self._shown["grid_voltage"]
        power = self._dc_power()
        found = 0
        if voltage is not None:
            found |= UNDERVOLTAGE * (self._state == RUN and voltage < self._cut_off)
            found |= OVERVOLTAGE * (voltage > _HIGHEST_VOLTAGE)
        found |= NO_GRID * (grid is not None and not grid >= _LOWEST_GRID)
        found |= SENSOR * (power is not None and math.isnan(power))
        found |= TOO_HOT * (self._heat_sink.temperature > _HOTTEST)
        if not found or (self._state == OFF and found == NO_GRID):
            return
        self._alarm |= found
        self._state = FAULT
        self._setpoint = 0.0
        if found & _CUT:
            self._current = 0.0

    def _is_moving(self) -> bool:
        return self._current != (self._setpoint if self._state == RUN else 0.0)

    def _rest(self, now: int) -> None:
        """Note that the current has stood still until now, if it has."""
        if not self._is_moving():
            self._moved_at = now

    def _move(self, now: int) -> int:
        """Move the current towards its goal; return when to go on."""
        if not self._is_moving():
            return NEVER
        goal = self._setpoint if self._state == RUN else 0.0
        rate = self._ramp if self._state == RUN else self._highest
        most = rate * (now - self._moved_at) / SECOND
        self._moved_at = now
        way = goal - self._current
        self._current = goal if abs(way) <= most else self._current + math.copysign(most, way)
        return now + _STEP if self._is_moving() else NEVER

    def _name_plate(self) -> tuple[Frame, Frame]:
        """Return who it is and what is set on it."""
        settings = struct.pack(
            "<HHHH",
            round(self._highest / 0.01),
            round(self._cut_off / 0.02),
            round(self._ramp / 0.01),
            self._timeout,
        )
        return Frame(IDENTITY, self._identity.data(self._period)), Frame(SETTINGS, settings)

    def _report(self, now: int) -> None:
        self._alive = self._alive + 1 & 0xF
        shown = self._shown
        status = struct.pack(
            "<BHHH",
            self._alive | self._state << 4,
            _u16(shown["voltage"], 0.02),
            _u16(shown["current"], 0.01),
            _u16(shown["ac_power"], 2.0, -2000.0),
        )
        self._send(Frame(STATUS, guarded(STATUS, status)), now)
        is_watched = self._state != OFF
        values = struct.pack(
            "<BHHBB",
            self._alive | self._rejected << 4,
            _u16(self._dc_power(), 2.0),
            _u16(shown["ripple_current"], 0.002),
            min(max(round(self._heat_sink.temperature - 273.15) + 40, 0), 250),
            self._alarm | is_watched << 7,
        )
        self._send(Frame(VALUES, guarded(VALUES, values)), now)


def _u16(value: float | None, step: float, offset: float = 0.0) -> int:
    """Return a 16-bit number: 65535 not available, 65534 fault, else within the field."""
    if value is None:
        return 0xFFFF
    if math.isnan(value):
        return 0xFFFE
    return min(max(round((value - offset) / step), 0), 64000)


def make(terminals: Terminals, send: SendFrame) -> GridInverterTwin:
    """Return the twin behind its terminals."""
    return GridInverterTwin(terminals, send)
