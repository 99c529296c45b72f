"""Simulated dyno controller, written from its manual (drivers/canbus/dbc/README.md, part 1).

Terminals, SI:

- signals: ``speed`` (rad/s), ``torque`` (N·m), ``pedal`` (0..1, where the pedal stands; without
  it the controller sees what it set). A signal that is not wired or not a number reads as not
  available or as a sensor fault.
- actuators: ``mode`` (number in the manual's table), ``speed_setpoint`` (rad/s),
  ``torque_setpoint`` (N·m, 0 where torque is not controlled), ``pedal`` (0..1, 0 unless in
  ``n/alpha``), ``starter`` (0 or 1); set at power-up and when they change. The plant behind them
  closes the loops.
"""

from __future__ import annotations

import math
import struct

from bench.clock import MILLISECOND, NEVER, SECOND
from drivers.canbus.frame import Frame
from drivers.simulated.devices.bench_device import (
    Guard,
    Guarded,
    Identity,
    Outputs,
    in_steps,
    next_tick,
)
from drivers.simulated.port import SendFrame, Signal, Terminals

OFF, N_T, T_N, N_ALPHA, IDLE, MOTOR = range(6)
_NO_MODE, _NO_U16, _NO_PEDAL, _NO_STARTER = 15, 0xFFFF, 0xFFF, 3
READY, RUNNING, TRANSFER, DEMAND_LOST, FAULT = range(5)
_ACCEPTED, _MODE, _RANGE, _STARTER = range(4)
_OVERSPEED, _LOST, _CORRUPT, _SENSOR = 1, 2, 4, 8

DEMAND, CONFIG, STATUS, SETPOINTS, IDENTITY = 0x101, 0x102, 0x181, 0x182, 0x183
_RPM = math.pi / 30.0
_CONTROL = 10 * MILLISECOND
"""Step of ramps."""
_DEMAND_TIMEOUT = 0.5
"""As delivered, s."""
_SETPOINT_PERIOD = 200
"""ms, unless the status period is longer."""
_SPEED_RATE, _TORQUE_RATE, _PEDAL_RATE = 1000 * _RPM, 2000.0, 0.5
_BY_SPEED = frozenset({N_T, T_N, N_ALPHA, MOTOR})
_BY_TORQUE = frozenset({N_T, T_N})
_RELEASED = frozenset({OFF, IDLE, MOTOR})
"""Modes in which the pedal is released."""
_LATCHED = frozenset({DEMAND_LOST, FAULT})
"""States that a demand has to end."""
_PERIODS = range(10, 1001)
_SIGNALS = ("speed", "torque", "pedal")
_OUTPUTS = ("mode", "speed_setpoint", "torque_setpoint", "pedal", "starter")


class Drive:
    """What is in force: mode, setpoints (SI), starter, and the demands they move to."""

    def __init__(self) -> None:
        self.mode = OFF
        self.speed = self.torque = self.pedal = 0.0
        self.starter = 0
        self.wanted: dict[str, float] = {}
        """Demanded setpoints; what is not in it stays as it is."""

    def enter(self, mode: int, actual: Drive) -> None:
        """Change the mode, from the actual values on."""
        self.mode = mode
        self.starter = 0
        self.wanted.clear()
        self.speed, self.torque = actual.speed, actual.torque
        self.pedal = actual.pedal if mode == N_ALPHA else 0.0

    def jump(self) -> None:
        """Take the demands at once."""
        self.speed = self.wanted.get("speed", self.speed)
        self.torque = self.wanted.get("torque", self.torque)
        if self.mode == N_ALPHA:
            self.pedal = self.wanted.get("pedal", self.pedal)

    def approach(self, seconds: float) -> bool:
        """Move towards the demands for a time; return whether all are reached."""
        wanted = self.wanted
        self.speed = _towards(self.speed, wanted.get("speed"), _SPEED_RATE * seconds)
        self.torque = _towards(self.torque, wanted.get("torque"), _TORQUE_RATE * seconds)
        if self.mode == N_ALPHA:
            self.pedal = _towards(self.pedal, wanted.get("pedal"), _PEDAL_RATE * seconds)
        return (
            wanted.get("speed", self.speed) == self.speed
            and (self.mode not in _BY_TORQUE or wanted.get("torque", self.torque) == self.torque)
            and (self.mode != N_ALPHA or wanted.get("pedal", self.pedal) == self.pedal)
        )


class DynoControllerTwin:
    """The controller."""

    listens = frozenset({DEMAND, CONFIG})
    """Ids of the frames it takes."""

    def __init__(self, terminals: Terminals, send: SendFrame) -> None:
        self._speed, self._torque, self._pedal = map(terminals.signals.get, _SIGNALS)
        self._send = send
        self._highest_speed = getattr(terminals.options, "highest_speed", 4000 * _RPM)
        self._overspeed = 1.1 * self._highest_speed
        self._highest_torque = getattr(terminals.options, "highest_torque", 3000.0)
        timeout: float = getattr(terminals.options, "demand_timeout", _DEMAND_TIMEOUT)
        self._demand_timeout = round(timeout * SECOND)
        self._guard = Guard(DEMAND, 8)
        self._status, self._setpoints = Guarded(STATUS, "<BHHH"), Guarded(SETPOINTS, "<BHHBB")
        self._identity = Identity(0xD701, 1001)
        self._period = 100
        self._drive = Drive()
        self._outputs = Outputs(terminals, _OUTPUTS)
        self._state = READY
        self._faults = 0
        self._rejected = _ACCEPTED
        self._rejections = 0
        self._alive = self._alive_setpoints = 0
        self._last_demand = self._last_control = 0
        self._due_status = self._due_setpoints = self._due_identity = 0

    @property
    def state(self) -> int:
        """State as in the status frame."""
        return self._state

    @property
    def _setpoint_period(self) -> int:
        return max(_SETPOINT_PERIOD, self._period) * MILLISECOND

    def receive(self, frame: Frame, now: int) -> None:
        """Take a demand or a configuration; other frames are not for this device."""
        if frame.extended:
            return
        if frame.id == DEMAND:
            self._demanded(frame.data, now)
        elif frame.id == CONFIG and len(frame.data) >= 2:
            period = int.from_bytes(frame.data[:2], "little")
            if period in _PERIODS:
                self._period = period
                if self._due_status > now:  # the first ones after power-up are sent at once
                    self._due_status = next_tick(now, period * MILLISECOND)
                if self._due_setpoints > now:
                    self._due_setpoints = next_tick(now, self._setpoint_period)
            self._due_identity = now

    def step(self, now: int) -> int:
        """Watch, ramp, report; return when to be called again (ns)."""
        self._watch(now)
        due = self._control(now)
        self._tell(now)
        if now >= self._due_identity:
            self._due_identity = next_tick(now, SECOND)
            self._send(Frame(IDENTITY, self._identity.data(self._period)), now)
        if now >= self._due_status:
            self._due_status = next_tick(now, self._period * MILLISECOND)
            self._send_status(now)
        if now >= self._due_setpoints:
            self._due_setpoints = next_tick(now, self._setpoint_period)
            self._send_setpoints(now)
        is_watched = self._drive.mode != OFF and self._state != DEMAND_LOST
        lost = self._last_demand + self._demand_timeout if is_watched else NEVER
        return min(due, lost, self._due_status, self._due_setpoints, self._due_identity)

    def _actual_drive(self, now: int) -> Drive:
        actual, held = Drive(), self._drive
        actual.speed = max(_actual(self._speed, held.speed, now), 0.0)
        actual.torque = _actual(self._torque, held.torque, now)
        actual.pedal = _actual(self._pedal, held.pedal, now)
        return actual

    def _demanded(self, data: bytes, now: int) -> None:
        if not self._guard.takes(data):
            self._set_fault(_CORRUPT, on=True)
            return
        self._set_fault(_CORRUPT, on=False)
        self._last_demand = now
        first, speed, torque, pedal = struct.unpack_from("<BHHH", data)
        mode, starter, pedal = first >> 4, pedal >> 12 & 3, pedal & 0xFFF
        wanted: dict[str, float] = {}
        if speed != _NO_U16:
            wanted["speed"] = speed * 0.25 * _RPM
        if torque != _NO_U16:
            wanted["torque"] = torque * 0.25 - 8000.0
        if pedal != _NO_PEDAL:
            wanted["pedal"] = pedal * 0.025 / 100.0
        reason = self._judge(mode, starter, wanted, now)
        if reason != self._rejected:
            self._rejected = reason
            self._due_setpoints = now
        if reason:
            self._rejections = self._rejections + 1 & 0xFF
        else:
            self._accept(mode, starter, wanted, now)

    def _judge(self, mode: int, starter: int, wanted: dict[str, float], now: int) -> int:
        to = self._drive.mode if mode == _NO_MODE else mode
        step = 1e-9
        if (
            to > MOTOR
            or wanted.get("speed", 0.0) > self._highest_speed + step
            or abs(wanted.get("torque", 0.0)) > self._highest_torque + step
            or wanted.get("pedal", 0.0) > 1.0 + step
        ):
            return _RANGE
        if self._state in _LATCHED and mode not in {*_RELEASED, _NO_MODE}:
            return _MODE
        if self._state == FAULT and mode in _RELEASED and self._is_too_fast(now):
            return _MODE
        if starter == 1 and to not in (OFF, IDLE):
            return _STARTER
        return _ACCEPTED

    def _accept(self, mode: int, starter: int, wanted: dict[str, float], now: int) -> None:
        drive = self._drive
        if self._state in _LATCHED:
            if mode == _NO_MODE:
                return
            self._state = READY if drive.mode == OFF else RUNNING
            self._set_fault(_LOST | _OVERSPEED, on=False)
        if mode not in (_NO_MODE, drive.mode):
            drive.enter(mode, self._actual_drive(now))
            self._state = READY if mode == OFF else RUNNING if mode == IDLE else TRANSFER
            self._last_control = now
        drive.wanted.update(wanted)
        if starter != _NO_STARTER:
            drive.starter = starter
        if self._state != TRANSFER:
            drive.jump()

    def _watch(self, now: int) -> None:
        drive = self._drive
        if self._state == FAULT:
            return
        if self._is_too_fast(now):
            self._make_safe(FAULT, _OVERSPEED, now)
            drive.mode, drive.speed, drive.pedal = N_ALPHA, self._highest_speed, 0.0
        elif (
            self._state != DEMAND_LOST
            and drive.mode != OFF
            and now >= self._last_demand + self._demand_timeout
        ):
            self._make_safe(DEMAND_LOST, _LOST, now)

    def _make_safe(self, state: int, fault: int, now: int) -> None:
        drive = self._drive
        self._state = state
        self._set_fault(fault, on=True)
        drive.starter = 0
        drive.wanted.clear()
        self._last_control = now
        if drive.mode in {N_T, T_N, N_ALPHA}:
            drive.enter(N_ALPHA, self._actual_drive(now))

    def _control(self, now: int) -> int:
        """Move setpoints on their ramps; return when to go on."""
        drive = self._drive
        seconds = (now - self._last_control) / SECOND
        if self._state == DEMAND_LOST and drive.pedal > 0.0:
            drive.pedal = max(drive.pedal - _PEDAL_RATE * seconds, 0.0)
        elif self._state == TRANSFER:
            if drive.approach(seconds):
                self._state = RUNNING
                return NEVER
        else:
            return NEVER
        self._last_control = now
        return now + _CONTROL

    def _is_too_fast(self, now: int) -> bool:
        speed = self._speed  # neither an absent nor a faulty one (NaN) is too fast
        return speed is not None and speed(now) > self._overspeed

    def _set_fault(self, fault: int, *, on: bool) -> None:
        faults = self._faults | fault if on else self._faults & ~fault
        if faults != self._faults:
            self._faults = faults
            self._due_setpoints = 0

    def _tell(self, now: int) -> None:
        drive = self._drive
        torque = drive.torque if drive.mode in _BY_TORQUE else 0.0
        pedal = drive.pedal if drive.mode == N_ALPHA else 0.0
        self._outputs.set((drive.mode, drive.speed, torque, pedal, drive.starter), now)

    def _send_status(self, now: int) -> None:
        self._alive = self._alive + 1 & 0xF
        speed = None if self._speed is None else self._speed(now)
        torque = None if self._torque is None else self._torque(now)
        pedal = _actual(self._pedal, self._drive.pedal, now)
        self._set_fault(_SENSOR, on=speed is not None and math.isnan(speed))
        frame = self._status.frame(
            self._alive | self._drive.mode << 4,
            in_steps(None if speed is None else speed / _RPM, 0.25, 64000, _NO_U16),
            in_steps(None if torque is None else torque + 8000.0, 0.25, 64000, _NO_U16),
            in_steps(pedal * 4000.0, 1.0, 4000, _NO_PEDAL) | self._state << 12,
        )
        self._send(frame, now)

    def _send_setpoints(self, now: int) -> None:
        self._alive_setpoints = self._alive_setpoints + 1 & 0xF
        drive = self._drive
        by_speed, by_torque = drive.mode in _BY_SPEED, drive.mode in _BY_TORQUE
        frame = self._setpoints.frame(
            self._alive_setpoints | self._rejected << 4,
            in_steps(drive.speed / _RPM if by_speed else None, 0.25, 64000, _NO_U16),
            in_steps(drive.torque + 8000.0 if by_torque else None, 0.25, 64000, _NO_U16),
            self._faults | (drive.mode != OFF) << 7,
            self._rejections,
        )
        self._send(frame, now)


def _actual(signal: Signal | None, fallback: float, now: int) -> float:
    """Return what a sensor shows, and something else when it is not wired or faulty (NaN)."""
    value = None if signal is None else signal(now)
    return fallback if value is None or math.isnan(value) else value


def _towards(value: float, target: float | None, most: float) -> float:
    if target is None or abs(target - value) <= most:
        return value if target is None else target
    return value + math.copysign(most, target - value)


def make(terminals: Terminals, send: SendFrame) -> DynoControllerTwin:
    """Return the twin behind its terminals."""
    return DynoControllerTwin(terminals, send)
