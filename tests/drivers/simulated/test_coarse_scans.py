"""Scans so far apart that instruments have to be set for them: virtual time only."""

from collections import Counter, deque
from dataclasses import replace

import pytest

from bench.clock import SECOND, VirtualClock
from bench.config import Catalogue, load_rig
from bench.control.pace import VirtualPace
from bench.device import LinkKind
from drivers.simulated.can_bus import SimulatedCanBus
from drivers.simulated.faults.targets import checked_fault, targets_of
from drivers.simulated.hosting import wanted_of
from drivers.simulated.rig import open_simulated

MODEL = load_rig("hydrogen-engine-cell", Catalogue.shipped())
BY_NAME = {each.name: each for each in MODEL.connections}
FUEL_VALVE, HEARTBEAT = 0, 5


class Cell:
    """The hydrogen engine cell in virtual time, scanned every so many ns; each beat is a scan."""

    def __init__(self, scan, *schedule):
        self.clock = VirtualClock()
        wanted = wanted_of(MODEL, clock=self.clock.wires, plant={"warm": 1.0}, seed=3)
        simulation = replace(wanted.simulation, scan=scan)
        targets = targets_of(wanted)
        faults = tuple(
            checked_fault(targets, what, where, given={}, at=at, lasts=lasts, name=what)
            for what, where, at, lasts in schedule
        )
        wiring = open_simulated(
            replace(wanted, queue=deque(), simulation=simulation, faults=faults)
        )
        self.scan, self.host, self.faults = scan, wiring.truth, wiring.faults
        self.buses = [each for each in wiring.workers if isinstance(each, SimulatedCanBus)]
        self.instruments = wiring.instruments
        self.pace = VirtualPace(wiring.workers, self.clock, wiring.leap)
        self.beats = 0

    def run(self, seconds, *, beats=True):
        for _ in range(round(seconds * SECOND) // self.scan):
            self.pace.advance(self.clock.now() + self.scan)
            if beats:
                self.beats += 1
                self.instruments["plc"].demand(HEARTBEAT, self.beats % 256)
                self.pace.wake("can0")


@pytest.mark.parametrize("scan", [SECOND // 100, SECOND // 10])
def test_at_the_scan_of_the_rig_every_instrument_is_as_on_the_bench(scan):
    for each in MODEL.connections:
        fitted = each.scanned(scan)
        assert fitted.period == max(each.period, scan)
        assert fitted.watchdog_timeout == each.watchdog_timeout
        assert fitted.longest_demand_gap == each.longest_demand_gap


@pytest.mark.parametrize("name", ["dyno", "plc"])
def test_a_watchdog_bears_five_scans_and_never_less_than_on_the_bench(name):
    assert BY_NAME[name].scanned(SECOND).watchdog_timeout == 5.0
    assert BY_NAME[name].scanned(SECOND).longest_demand_gap / 2 >= 1.0
    assert BY_NAME[name].scanned(SECOND // 20).watchdog_timeout == 0.5


@pytest.mark.parametrize(("scan", "word"), [(0.1, "250MS"), (0.7, "500MS"), (1.0, "1S")])
def test_a_power_analyser_updates_no_more_often_than_it_is_asked(scan, word):
    assert BY_NAME["auxiliaries"].scanned(round(scan * SECOND)).options.rate_word == word


def test_nothing_is_told_more_often_than_anybody_looks(monkeypatch):
    cell, heard = Cell(SECOND), Counter()

    def counting(hear):
        def on_frame(self, frame, now):
            is_packet = frame.id & 0xFF0000 == 0xEB0000  # of a transport
            assert is_packet or now % SECOND == 0
            heard[frame.id] += not is_packet
            hear(self, frame, now)

        return on_frame

    for each in MODEL.connections:
        if each.driver.link is LinkKind.CAN:
            node = type(cell.instruments[each.name])
            monkeypatch.setattr(node, "on_frame", counting(node.on_frame))
    cell.run(20)
    heard.clear()
    cell.run(20)
    assert {0x181, 0x190, 0x1A1, 0xCF00400} <= heard.keys()
    assert max(heard.values()) == 20


def test_the_chain_stays_closed_while_the_bench_is_alive_and_trips_when_it_falls_silent():
    cell = Cell(SECOND)
    cell.run(10)
    cell.instruments["plc"].demand(FUEL_VALVE, 1.0)
    cell.run(30)
    assert cell.host.inputs.fuel_valve
    cell.run(4, beats=False)
    assert cell.host.inputs.fuel_valve
    cell.run(2, beats=False)
    assert not cell.host.inputs.fuel_valve


def test_a_controller_that_is_left_alone_takes_the_load_off():
    cell = Cell(SECOND)
    cell.run(10)
    cell.instruments["dyno"].demand(0, 3.0)
    cell.instruments["dyno"].demand(3, 0.5)
    cell.run(4)
    assert cell.host.inputs.pedal == pytest.approx(0.5)
    cell.run(4)
    assert cell.host.inputs.pedal == 0.0


def test_an_emergency_stop_shuts_the_fuel_within_a_scan():
    cell = Cell(SECOND, ("emergency-stop", "plc", "20 s", "5 s"))
    cell.run(10)
    cell.instruments["plc"].demand(FUEL_VALVE, 1.0)
    cell.run(9)
    assert cell.host.inputs.fuel_valve
    cell.run(2)
    assert not cell.host.inputs.fuel_valve


def test_a_node_without_power_is_lost_and_known_again_with_the_same_settings():
    cell = Cell(SECOND, ("reboot", "dyno", "20.3 s", "8 s"))
    cell.run(20)
    assert cell.instruments["dyno"].is_connected
    cell.run(6)
    assert not cell.instruments["dyno"].is_connected
    cell.run(8)
    assert cell.instruments["dyno"].is_connected
