"""Simulated safety PLC, written from its manual (drivers/canbus/dbc/README.md, part 2).

Terminals:

- signals: ``hood_h2_1`` … ``room_h2_3`` (share of the lower flammable limit, 1; NaN: detector
  fault; not wired: not fitted), ``carbon_monoxide`` (1), ``methane`` (share of its lower flammable
  limit), ``oxygen`` (1; all three likewise), ``ventilation_flow`` (1 where the flow switch is
  closed; not wired: closed), ``h2_supply_pressure``, ``nitrogen_pressure`` (Pa absolute; not
  wired: not available), ``emergency_stop`` (1 pressed; not wired: released), ``reset``,
  ``bump_test`` (1 while the key is turned; not wired: never), ``acknowledge`` (1 pressed; not
  wired: never), ``mains``, ``doors_closed`` (not wired: 1), ``ups_charge`` (1; not wired: not
  available).
- actuators: ``fuel_valve``, then for an engine ``ignition``, ``injection``, ``nitrogen_purge``,
  for a solid oxide system ``load_contactor``, ``heater``, ``safety_gas`` (0 or 1);
  ``ventilation`` (0..1), ``horn``, ``beacon`` (0 or 1); set at power-up and when they change.
"""

from __future__ import annotations

from bench.clock import MILLISECOND, SECOND
from drivers.canbus.frame import Frame
from drivers.simulated.devices.bench_device import (
    Guard,
    Guarded,
    Identity,
    Outputs,
    guarded,
    in_steps,
    looked,
    next_tick,
)
from drivers.simulated.devices.plc_chain import (
    EMERGENCY_STOP,
    HEARTBEAT_LOST,
    NONE,
    VENTILATION,
    Chain,
)
from drivers.simulated.devices.plc_detectors import (
    CARBON_MONOXIDE,
    HOOD,
    METHANE,
    NO_GAS,
    OXYGEN,
    ROOM,
    Detectors,
)
from drivers.simulated.devices.plc_objects import OBJECTS
from drivers.simulated.devices.plc_panel import SIGNALS, Panel
from drivers.simulated.port import SendFrame, Terminals

__all__ = [
    "CARBON_MONOXIDE",
    "EMERGENCY_STOP",
    "HEARTBEAT_LOST",
    "HOOD",
    "METHANE",
    "NONE",
    "OXYGEN",
    "ROOM",
    "VENTILATION",
    "SafetyPlcTwin",
    "make",
]

HEARTBEAT, DEMAND, CONFIG = 0x110, 0x111, 0x112
STATUS, IDENTITY = 0x190, 0x192

_INPUTS = ("emergency_stop", 0.0), ("reset", 0.0), ("bump_test", 0.0), ("ventilation_flow", 1.0)
"""Terminals, and what goes for one that is not wired."""
_INPUT_CYCLES = 5
"""Looks at the inputs within a heartbeat timeout."""
_SHORTEST_CYCLE, _LONGEST_CYCLE = 100 * MILLISECOND, SECOND
_TRAVEL = 200 * MILLISECOND
_RESERVED, _NO_VENTILATION = 2, 255
_PERIODS = range(10, 1001)
_TIMEOUTS = range(200, 10001)


class SafetyPlcTwin:
    """The PLC."""

    listens = frozenset({HEARTBEAT, DEMAND, CONFIG, SIGNALS})
    """Ids of the frames it takes."""

    def __init__(self, terminals: Terminals, send: SendFrame) -> None:
        self._signals = terminals.signals
        self._send = send
        self._object = OBJECTS[getattr(terminals.options, "object", "hydrogen-engine")]
        names = (*self._object.switched, "ventilation", "horn", "beacon")
        self._outputs = Outputs(terminals, names)
        self._detectors = Detectors(terminals)
        self._chain = Chain(self._detectors, self._object)
        self._panel = Panel(terminals)
        self._guard = Guard(DEMAND, 4)
        self._status = Guarded(STATUS, "<BHHBB")
        self._identity = Identity(0x5A01, 2001)
        self._period, self._timeout = 100, 500
        self._cycle = _SHORTEST_CYCLE
        self._counter = -1
        self._is_armed = dict.fromkeys(self._object.switched, True)
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
        """Take heartbeat, requests or configuration."""
        data = frame.data
        if frame.extended:
            return
        if frame.id == HEARTBEAT:
            if len(data) == 2 and data[1] == 255 - data[0] and data[0] != self._counter:
                self._counter = data[0]
                self._chain.heard_at = now
        elif frame.id == DEMAND:
            self._requested(data, now)
        elif frame.id == SIGNALS:
            self._is_corrupt = not self._panel.requested(data)
        elif frame.id == CONFIG and len(data) >= 2:
            self._configure(data, now)

    def _configure(self, data: bytes, now: int) -> None:
        period, timeout = int.from_bytes(data[:2], "little"), int.from_bytes(data[2:4], "little")
        if period in _PERIODS:
            self._period = period
            if self._due_status > now:  # the first one after power-up is sent at once
                self._due_status = next_tick(now, period * MILLISECOND)
        is_sound = len(data) == 5 and data == guarded(CONFIG, data[:4])
        if is_sound and timeout in _TIMEOUTS:
            self._timeout = timeout
            self._chain.heartbeat_timeout = timeout * MILLISECOND
            cycle = self._chain.heartbeat_timeout // _INPUT_CYCLES
            self._cycle = min(max(cycle, _SHORTEST_CYCLE), _LONGEST_CYCLE)
            if self._due_scan > now:
                self._due_scan = next_tick(now, self._cycle)
        self._due_identity = now

    def step(self, now: int) -> int:
        """Look, judge, act, report; return when to be called again (ns)."""
        if now >= self._due_scan:
            self._due_scan = next_tick(now, self._cycle)
            self._look(now)
        before = self._chain.cause
        self._chain.evaluate(now)
        if self._chain.cause != before:
            if before == NONE:
                self._is_armed = dict.fromkeys(self._object.switched, False)
            self._due_status = min(self._due_status, now)
        self._act(now)
        if now >= self._due_identity:
            self._due_identity = next_tick(now, SECOND)
            self._send(Frame(IDENTITY, self._identity.data(self._period)), now)
        if now >= self._due_status:
            self._due_status = next_tick(now, self._period * MILLISECOND)
            self._report(now)
        return min(self._due_scan, self._due_status, self._due_identity, self._chain.due())

    def _look(self, now: int) -> None:
        inputs = self._chain.inputs
        self._detectors.look(now)
        self._panel.look(now)
        stop, reset, bump_test, flow = looked(self._signals, _INPUTS, now)
        inputs.is_stopped = stop > 0.5
        inputs.see_reset(is_turned=reset > 0.5)
        inputs.see_bump_test(now, is_turned=bump_test > 0.5)
        inputs.see_flow(now, has_flow=flow > 0.5)
        self._panel.alarm(is_gas=self._chain.gas_alarm(now) != NO_GAS)

    def _requested(self, data: bytes, now: int) -> None:
        self._is_corrupt = not self._guard.takes(data)
        if self._is_corrupt:
            return
        refused = False
        for position, name in enumerate(self._object.switched):
            request = data[1] >> (2 * position) & 3
            if request == 1:
                if self._chain.is_on[name]:
                    continue
                is_taken = self._is_armed[name] and self._chain.may_switch_on(name, now)
                refused |= not is_taken
                if is_taken:
                    self._chain.is_on[name] = 1
            elif request != _RESERVED:
                self._is_armed[name] = True
                if request == 0:
                    self._chain.is_on[name] = 0
        if data[2] != _NO_VENTILATION:
            refused |= data[2] > 200 or not self._chain.ventilate(data[2] / 200.0, now)
        self._is_rejected = refused

    def _act(self, now: int) -> None:
        chain = self._chain
        if chain.is_on["fuel_valve"] != self._valve:
            self._valve, self._valve_moved_at = chain.is_on["fuel_valve"], now
        panel = (float(self._panel.is_horn_on), float(self._panel.is_beacon_on))
        self._outputs.set((*chain.is_on.values(), chain.ventilation, *panel), now)

    def _report(self, now: int) -> None:
        self._alive = self._alive + 1 & 0xF
        chain = self._chain
        has_arrived = now >= self._valve_moved_at + _TRAVEL
        is_open, *others = chain.is_on.values()
        flags = (
            chain.cause == NONE, chain.has_permit(now), chain.inputs.is_stopped,
            chain.inputs.has_flow, chain.is_beating(now), has_arrived and is_open,
            has_arrived and not is_open, self._is_rejected,
            *others, chain.cause != NONE and chain.present_cause(now) == NONE, self._is_corrupt,
        )  # fmt: skip
        bits = 0
        for flag in reversed(flags):
            bits = bits << 1 | flag
        supply = self._signals.get("h2_supply_pressure")
        status = self._status.frame(
            self._alive | chain.cause << 4,
            bits,
            in_steps(None if supply is None else supply(now), 1000.0, 60000, 0xFFFF),
            round(chain.ventilation * 200.0),
            self._object.code,
        )
        self._send(status, now)
        self._send(self._detectors.hydrogen_frame(self._alive), now)
        self._send(self._detectors.gas_frame(self._alive), now)
        is_bump_test = chain.is_bump_test(now)
        self._send(self._panel.frame(self._alive, self._timeout, is_bump_test=is_bump_test), now)


def make(terminals: Terminals, send: SendFrame) -> SafetyPlcTwin:
    """Return the twin behind its terminals."""
    return SafetyPlcTwin(terminals, send)
