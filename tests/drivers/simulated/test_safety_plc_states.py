"""Whatever bench, operator and cell do: what the safety PLC must never allow."""

from __future__ import annotations

import math

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bench.clock import MILLISECOND, SECOND
from drivers.canbus.frame import Frame
from drivers.simulated.devices import bench_device, safety_plc
from drivers.simulated.port import Terminals

SCAN = 100 * MILLISECOND
ON, PURGE, KEEP = 0x15, 0x40, 0xC0
"""Requests: fuel valve, ignition and injection on; purge on; purge as it is."""
GAS = [f"{place}_h2_{number}" for place in ("hood", "room") for number in (1, 2, 3)]


class SafetyPlcMachine(RuleBasedStateMachine):
    @initialize()
    def power_up(self) -> None:
        self.now = 0
        self.beat = self.alive = 0
        self.last_beat = -SECOND
        self.key_turned_at = -SECOND
        self.plant = dict.fromkeys((*GAS, "emergency_stop", "reset"), 0.0)
        self.plant["ventilation_flow"] = 1.0
        self.outputs: dict[str, float] = {}
        self.was_latched = False
        self.has_tripped = False
        """Whether it has tripped since the fuel valve was last requested closed, or not at all."""
        self.switches = 0
        signals = {name: lambda now, name=name: self.plant[name] for name in self.plant}
        self.twin = safety_plc.make(
            Terminals(signals, {name: self.actuator(name) for name in self.names()}),
            lambda frame, now: None,
        )
        self.twin.step(0)

    @staticmethod
    def names() -> tuple[str, ...]:
        return ("fuel_valve", "ignition", "injection", "nitrogen_purge", "ventilation")

    def actuator(self, name: str):
        def act(value: float, now: int) -> None:
            if name == "fuel_valve" and value == 1:
                assert self.twin.trip_cause == safety_plc.NONE
                assert self.now - self.last_beat < 500 * MILLISECOND
                assert self.plant["emergency_stop"] == 0.0
            self.outputs[name] = value

        return act

    @rule(scans=st.integers(1, 30), beats=st.booleans())
    def pass_time(self, *, scans: int, beats: bool) -> None:
        for _ in range(scans):
            if beats:
                self.show_life()
            self.now += SCAN
            self.twin.step(self.now)

    def show_life(self) -> None:
        self.beat = self.beat + 1 & 0xFF
        self.twin.receive(Frame(0x110, bytes((self.beat, 255 - self.beat))), self.now)
        self.last_beat = self.now

    @rule()
    def start(self) -> None:
        self.pass_time(scans=3, beats=True)
        self.request(switches=ON, ventilation=255)

    @rule()
    def insist(self) -> None:
        """Turn the key and go on asking for the same, as a bench that has not noticed."""
        self.clear_the_air()
        self.emergency_stop(0.0)
        self.turn_the_key()
        self.show_life()
        self.request(switches=self.switches, ventilation=255)

    @rule(
        switches=st.integers(0, 255) | st.sampled_from([ON, ON | PURGE, PURGE, ON | KEEP, 0]),
        ventilation=st.sampled_from([0, 100, 200, 255]),
    )
    def request(self, switches: int, ventilation: int) -> None:
        was_tripped = self.has_tripped
        if switches & 3 in {0, 3}:
            self.has_tripped = False
        self.switches = switches
        self.alive = self.alive + 1 & 0xF
        data = bytes((self.alive, switches, ventilation))
        was_open = self.outputs["fuel_valve"]
        self.twin.receive(Frame(0x111, bench_device.guarded(0x111, data)), self.now)
        self.twin.step(self.now)
        if was_tripped:  # merely repeated since the trip: never re-opens
            assert self.outputs["fuel_valve"] <= was_open

    @rule(data=st.binary(max_size=8), frame_id=st.sampled_from([0x110, 0x111, 0x112, 0x190]))
    def noise(self, data: bytes, frame_id: int) -> None:
        if frame_id == 0x112:
            data = data[:4]  # a whole one might have a checksum that is right by chance
        if frame_id != 0x110 or len(data) != 2 or data[0] + data[1] != 255:
            self.twin.receive(Frame(frame_id, data), self.now)
            self.twin.step(self.now)

    @rule(
        name=st.sampled_from(GAS),
        shown=st.sampled_from([0.0, 0.1, 0.24, 0.25, 0.9, math.nan]),
    )
    def leak(self, name: str, shown: float) -> None:
        self.plant[name] = shown

    @rule()
    def clear_the_air(self) -> None:
        self.plant |= dict.fromkeys(GAS, 0.0)

    @rule(pressed=st.sampled_from([0.0, 1.0]))
    def emergency_stop(self, pressed: float) -> None:
        self.plant["emergency_stop"] = pressed
        self.now += SCAN
        self.twin.step(self.now)
        if pressed:
            assert self.outputs["fuel_valve"] == 0
            assert self.twin.trip_cause != safety_plc.NONE

    @rule(flow=st.sampled_from([0.0, 1.0]))
    def ventilate(self, flow: float) -> None:
        self.plant["ventilation_flow"] = flow

    @rule()
    def turn_the_key(self) -> None:
        self.plant["reset"] = 1.0
        self.now += SCAN
        self.key_turned_at = self.now
        self.twin.step(self.now)
        self.plant["reset"] = 0.0
        self.was_latched = self.twin.trip_cause != safety_plc.NONE

    @invariant()
    def a_trip_shuts_the_fuel_and_ventilates(self) -> None:
        if self.twin.trip_cause != safety_plc.NONE:
            assert self.outputs["fuel_valve"] == 0
            assert self.outputs["injection"] == 0
            assert self.outputs["ventilation"] == 1.0

    @invariant()
    def only_the_key_ends_a_trip(self) -> None:
        is_latched = self.twin.trip_cause != safety_plc.NONE
        assert is_latched or not self.was_latched
        self.has_tripped |= is_latched and not self.was_latched
        self.was_latched = is_latched

    @invariant()
    def fuel_and_purge_are_never_open_together(self) -> None:
        assert not (self.outputs["fuel_valve"] and self.outputs["nitrogen_purge"])

    @invariant()
    def without_the_bench_nothing_stays_on_but_the_trip_sequence(self) -> None:
        if self.now - self.last_beat > 700 * MILLISECOND:
            assert self.outputs["fuel_valve"] == 0
            assert self.outputs["injection"] == 0


SafetyPlcMachine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None
)
TestSafetyPlc = SafetyPlcMachine.TestCase
