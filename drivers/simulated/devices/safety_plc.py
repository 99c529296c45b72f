"""Simulated safety PLC, written from its manual (drivers/canbus/dbc/README.md, part 2).

Terminals:

- signals: ``hood_h2_1`` … ``room_h2_3`` (share of the lower flammable limit, 1; NaN: detector
  fault; not wired: not fitted), ``ventilation_flow`` (1 where the flow switch is closed; not
  wired: closed), ``h2_supply_pressure`` (Pa absolute), ``emergency_stop`` (1 pressed; not wired:
  released), ``reset`` (1 while the key is turned; not wired: never).
- actuators: ``fuel_valve``, ``ignition``, ``injection``, ``nitrogen_purge`` (0 or 1),
  ``ventilation`` (0..1); set at power-up and when they change.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from bench.clock import MILLISECOND, NEVER, SECOND
from drivers.canbus.frame import Frame
from drivers.simulated.devices.bench_device import Guard, Identity, Outputs, guarded
from drivers.simulated.port import SendFrame, Signal, Terminals

HEARTBEAT, DEMAND, CONFIG, STATUS, GAS, IDENTITY = 0x110, 0x111, 0x112, 0x190, 0x191, 0x192
NONE, EMERGENCY_STOP, HEARTBEAT_LOST, HOOD, ROOM, VENTILATION = range(6)

_HEARTBEAT_TIMEOUT = 500 * MILLISECOND
_FLOW_TIMEOUT = 2 * SECOND
_SCAN = 100 * MILLISECOND
_TRAVEL = 200 * MILLISECOND
_IGNITION_AFTER_TRIP = 2 * SECOND
_PURGE_AFTER_TRIP = 10 * SECOND
_ALARM = 0.25
_SWITCHED = ("fuel_valve", "ignition", "injection", "nitrogen_purge")
_RESERVED, _NO_VENTILATION = 2, 255
_PERIODS = range(10, 1001)
_FAULTY, _NOT_FITTED = 1022, 1023


class Detectors:
    """The six gas detectors."""

    def __init__(self, terminals: Terminals) -> None:
        self._signals = [
            terminals.signals.get(f"{place}_h2_{number}")
            for place in ("hood", "room")
            for number in (1, 2, 3)
        ]
        self._shown: list[float | None] = [None] * 6
        self.alarm = NONE
        """Group that votes for the alarm: `HOOD`, `ROOM` or `NONE`."""

    def look(self, now: int) -> None:
        """Take new readings."""
        self._shown = [None if signal is None else signal(now) for signal in self._signals]
        is_hood, is_room = self._is_alarmed(self._shown[:3]), self._is_alarmed(self._shown[3:])
        self.alarm = HOOD if is_hood else ROOM if is_room else NONE

    @staticmethod
    def _is_alarmed(group: list[float | None]) -> bool:
        fitted = votes = 0
        for shown in group:
            if shown is not None:
                fitted += 1
                votes += not shown < _ALARM  # a fault (NaN) votes for the alarm
        return votes >= (2 if fitted == 3 else 1)

    def data(self, alive: int) -> bytes:
        """Return the gas frame's bytes."""
        number = alive
        for position, shown in enumerate(self._shown):
            number |= _tenths(shown) << (4 + 10 * position)
        return struct.pack("<Q", number)


def _tenths(shown: float | None) -> int:
    if shown is None:
        return _NOT_FITTED
    if math.isnan(shown):
        return _FAULTY
    tenths = round(shown * 1000.0)
    return tenths if 0 <= tenths <= 1000 else min(max(tenths, 0), 1000)


@dataclass
class Inputs:
    """What the PLC knows of the cell, by its last look."""

    is_stopped: bool = False
    has_flow: bool = True
    no_flow_since: int = NEVER - _FLOW_TIMEOUT
    is_key_turned: bool = False
    wants_reset: bool = False
    """Whether the key was turned since the chain was judged last."""


class Chain:
    """The safety chain: what trips it, what it holds on and off."""

    def __init__(self, detectors: Detectors) -> None:
        self.inputs = Inputs()
        self.cause = NONE
        self.tripped_at = 0
        self.heard_at = -1
        """Time of the last heartbeat; -1: none yet."""
        self.is_on = dict.fromkeys(_SWITCHED, 0)
        self.ventilation = 1.0
        self._detectors = detectors

    def is_beating(self, now: int) -> bool:
        """Return whether the bench is alive."""
        return self.heard_at >= 0 and now < self.heard_at + _HEARTBEAT_TIMEOUT

    def has_permit(self, now: int) -> bool:
        """Return whether anything may be switched on."""
        return (
            self.cause == NONE
            and self.is_beating(now)
            and self.inputs.has_flow
            and not self.inputs.is_stopped
            and self._detectors.alarm == NONE
        )

    def present_cause(self, now: int) -> int:
        """Return what would trip the chain now."""
        if self.inputs.is_stopped:
            return EMERGENCY_STOP
        if self._detectors.alarm != NONE:
            return self._detectors.alarm
        if self.ventilation > 0 and now >= self.inputs.no_flow_since + _FLOW_TIMEOUT:
            return VENTILATION
        if any(self.is_on.values()) and self.cause == NONE and not self.is_beating(now):
            return HEARTBEAT_LOST
        return NONE

    def evaluate(self, now: int) -> None:
        """Trip, follow the trip's sequence, or be reset."""
        cause = self.present_cause(now)
        wants_reset, self.inputs.wants_reset = self.inputs.wants_reset, False
        if self.cause == NONE:
            if cause != NONE:
                self.cause, self.tripped_at = cause, now
            else:
                return
        elif wants_reset and cause == NONE:
            self.cause = NONE
            self.is_on = dict.fromkeys(_SWITCHED, 0)
            return
        since = now - self.tripped_at
        is_rail_empty = since >= _IGNITION_AFTER_TRIP
        self.ventilation = 1.0
        self.is_on["fuel_valve"] = self.is_on["injection"] = 0
        if is_rail_empty:
            self.is_on["ignition"] = 0
        is_purging = is_rail_empty and since < _IGNITION_AFTER_TRIP + _PURGE_AFTER_TRIP
        self.is_on["nitrogen_purge"] = int(is_purging)

    def due(self) -> int:
        """Return when the chain changes by itself next."""
        if self.cause != NONE:
            return NEVER
        return self.heard_at + _HEARTBEAT_TIMEOUT if any(self.is_on.values()) else NEVER


class SafetyPlcTwin:
    """The PLC."""

    listens = frozenset({HEARTBEAT, DEMAND, CONFIG})
    """Ids of the frames it takes."""

    def __init__(self, terminals: Terminals, send: SendFrame) -> None:
        self._signals = terminals.signals
        self._send = send
        self._outputs = Outputs(terminals, (*_SWITCHED, "ventilation"))
        self._detectors = Detectors(terminals)
        self._chain = Chain(self._detectors)
        self._guard = Guard(DEMAND, 4)
        self._identity = Identity(0x5A01, 2001)
        self._period = 100
        self._counter = -1
        self._is_armed = dict.fromkeys(_SWITCHED, True)
        """Whether a request was seen off since power-up or the last trip."""
        self._is_rejected = self._is_corrupt = False
        self._valve = 0
        self._valve_moved_at = -_TRAVEL
        self._alive = 0
        self._due_scan = self._due_status = self._due_identity = 0

    @property
    def trip_cause(self) -> int:
        """Cause of the trip that is latched, 0 for none."""
        return self._chain.cause

    def receive(self, frame: Frame, now: int) -> None:
        """Take heartbeat, request or configuration."""
        data = frame.data
        if frame.extended:
            return
        if frame.id == HEARTBEAT:
            if len(data) == 2 and data[1] == 255 - data[0] and data[0] != self._counter:
                self._counter = data[0]
                self._chain.heard_at = now
        elif frame.id == DEMAND:
            self._requested(data, now)
        elif frame.id == CONFIG and len(data) >= 2:
            period = int.from_bytes(data[:2], "little")
            if period in _PERIODS:
                self._period = period
                self._due_status = min(self._due_status, now + period * MILLISECOND)
            self._due_identity = now

    def step(self, now: int) -> int:
        """Look, judge, act, report; return when to be called again (ns)."""
        if now >= self._due_scan:
            self._due_scan = now + _SCAN
            self._look(now)
        before = self._chain.cause
        self._chain.evaluate(now)
        if self._chain.cause != before:
            if before == NONE:
                self._is_armed = dict.fromkeys(_SWITCHED, False)
            self._due_status = min(self._due_status, now)
        self._act(now)
        if now >= self._due_identity:
            self._due_identity = now + SECOND
            self._send(Frame(IDENTITY, self._identity.data(self._period)), now)
        if now >= self._due_status:
            self._due_status = now + self._period * MILLISECOND
            self._report(now)
        return min(self._due_scan, self._due_status, self._due_identity, self._chain.due())

    def _look(self, now: int) -> None:
        inputs = self._chain.inputs
        self._detectors.look(now)
        inputs.is_stopped = self._input("emergency_stop", 0.0, now) > 0.5
        is_key_turned = self._input("reset", 0.0, now) > 0.5
        inputs.wants_reset = is_key_turned and not inputs.is_key_turned
        inputs.is_key_turned = is_key_turned
        inputs.has_flow = self._input("ventilation_flow", 1.0, now) > 0.5
        if inputs.has_flow:
            inputs.no_flow_since = NEVER - _FLOW_TIMEOUT
        else:
            inputs.no_flow_since = min(inputs.no_flow_since, now)

    def _input(self, name: str, unwired: float, now: int) -> float:
        signal = self._signals.get(name)
        return unwired if signal is None else signal(now)

    def _requested(self, data: bytes, now: int) -> None:
        self._is_corrupt = not self._guard.takes(data)
        if self._is_corrupt:
            return
        refused = False
        for position, name in enumerate(_SWITCHED):
            request = data[1] >> (2 * position) & 3
            if request == 1:
                if self._chain.is_on[name]:
                    continue
                is_taken = self._is_armed[name] and self._may_switch_on(name, now)
                refused |= not is_taken
                if is_taken:
                    self._chain.is_on[name] = 1
            elif request != _RESERVED:
                self._is_armed[name] = True
                if request == 0:
                    self._chain.is_on[name] = 0
        if data[2] != _NO_VENTILATION:
            refused |= not self._ventilate(data[2])
        self._is_rejected = refused

    def _may_switch_on(self, name: str, now: int) -> bool:
        chain = self._chain
        if name == "nitrogen_purge":
            return chain.cause == NONE and not chain.is_on["fuel_valve"]
        if name == "fuel_valve" and chain.is_on["nitrogen_purge"]:
            return False
        return chain.has_permit(now)

    def _ventilate(self, request: int) -> bool:
        chain = self._chain
        if request > 200:
            return False
        is_forced = chain.cause != NONE or self._detectors.alarm != NONE
        chain.ventilation = 1.0 if is_forced else request / 200.0
        return not is_forced or request == 200

    def _act(self, now: int) -> None:
        chain = self._chain
        if chain.is_on["fuel_valve"] != self._valve:
            self._valve, self._valve_moved_at = chain.is_on["fuel_valve"], now
        self._outputs.set((*chain.is_on.values(), chain.ventilation), now)

    def _report(self, now: int) -> None:
        self._alive = self._alive + 1 & 0xF
        chain = self._chain
        has_arrived = now >= self._valve_moved_at + _TRAVEL
        is_open = chain.is_on["fuel_valve"]
        flags = (
            chain.cause == NONE, chain.has_permit(now), chain.inputs.is_stopped,
            chain.inputs.has_flow, chain.is_beating(now), has_arrived and is_open,
            has_arrived and not is_open, self._is_rejected, chain.is_on["ignition"],
            chain.is_on["injection"], chain.is_on["nitrogen_purge"],
            chain.cause != NONE and chain.present_cause(now) == NONE, self._is_corrupt,
        )  # fmt: skip
        bits = 0
        for flag in reversed(flags):
            bits = bits << 1 | bool(flag)
        data = struct.pack(
            "<BHHBB",
            self._alive | chain.cause << 4,
            bits,
            _hundredths(self._signals.get("h2_supply_pressure"), now),
            round(chain.ventilation * 200.0),
            0,
        )
        self._send(Frame(STATUS, guarded(STATUS, data)), now)
        self._send(Frame(GAS, self._detectors.data(self._alive)), now)


def _hundredths(signal: Signal | None, now: int) -> int:
    """Return a pressure in 0.01 bar: 65535 not available, 65534 fault."""
    if signal is None:
        return 0xFFFF
    pascal = signal(now)
    return 0xFFFE if math.isnan(pascal) else min(max(round(pascal / 1000.0), 0), 60000)


def make(terminals: Terminals, send: SendFrame) -> SafetyPlcTwin:
    """Return the twin behind its terminals."""
    return SafetyPlcTwin(terminals, send)
