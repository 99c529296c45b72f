"""Any instrument of a rig may stand behind a GPIB adapter: nothing but its link says so."""

from collections import deque
from dataclasses import replace

import pytest

from bench.channel import Quality
from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.config import Catalogue, load_rig
from bench.device import Connection
from bench.errors import ConfigError, LinkClosed
from drivers.simulated.addresses import gpib_address, links_of
from drivers.simulated.hosting import SimulatedCell, wanted_of
from drivers.simulated.rig import open_simulated
from drivers.visa.opening import open_links

CLOCK = SystemClock()
MODEL = load_rig("hydrogen-engine-cell", Catalogue.shipped())
BY_NAME = {each.name: each for each in MODEL.connections}
LINK = "PRLGX-TCPIP3::127.0.0.1::0::INTFC GPIB3::{}::INSTR"
MOVED = tuple(
    replace(BY_NAME[name], link=LINK.format(address), period=SECOND // 5)
    for name, address in (("daq", 9), ("auxiliaries", 10), ("conditioning", 11))
)
WANTED = replace(wanted_of(MODEL, clock=CLOCK, plant={"warm": 1.0}, seed=3), connections=MOVED)


@pytest.fixture
def cell():
    with SimulatedCell(WANTED, has_free_ports=True) as cell:
        yield cell


def served(cell, until, seconds=10.0):
    """Serve the real drivers on what the cell offers until something holds."""
    connections = [replace(each, link=cell.resources[each.name]) for each in MOVED]
    samples = deque()
    wanted = replace(WANTED, connections=connections, queue=samples)
    wiring = open_links(wanted, connections)
    due = dict.fromkeys(wiring.workers, 0)
    end = CLOCK.now() + round(seconds * SECOND)
    try:
        while CLOCK.now() < end and not until(wiring, samples):
            who = min(due, key=lambda each: due[each])
            CLOCK.wait_until(due[who])
            due[who] = who.step(CLOCK.now())
    finally:
        for worker in wiring.workers:
            worker.close()
    return wiring, samples


def test_three_instruments_are_read_through_one_adapter(cell, manager):
    def is_done(wiring, samples):
        heard = {each.identity != "" for each in wiring.instruments.values()}
        return heard == {True} and len(samples) > 200

    wiring, samples = served(cell, is_done)
    told = {name: each.identity for name, each in wiring.instruments.items()}
    assert "DAQ970A" in told["daq"]
    assert "MCU-4" in told["conditioning"]
    assert "WT" in told["auxiliaries"]
    bases = WANTED.bases
    first = {
        name: [value for index, value, _, quality in samples
               if bases[name] <= index < bases[name] + 3 and quality == Quality.OK.value]
        for name in told
    }  # fmt: skip
    assert all(first.values())


def test_all_of_them_are_named_with_their_way(cell):
    told = {each.name: each.address for each in cell.endpoints}
    port = told["daq"].split("::")[2]
    assert told["daq"] == f"PRLGX-TCPIP3::127.0.0.1::{port}::INTFC GPIB3::9::INSTR"
    assert told["conditioning"] == f"PRLGX-TCPIP3::127.0.0.1::{port}::INTFC GPIB3::11::INSTR"


def test_a_cut_cable_of_the_adapter_is_the_end_for_all_behind_it(cell, manager):
    cell.cut("daq")
    CLOCK.wait_until(CLOCK.now() + 50 * MILLISECOND)
    wiring, _ = served(cell, lambda *_: False, seconds=0.5)
    assert not any(each.identity for each in wiring.instruments.values())
    cell.keep_up()


def test_an_adapter_that_has_failed_is_told(cell, monkeypatch):
    monkeypatch.setattr("threading.excepthook", lambda _: None)
    (hub,) = cell._servers.adapters.values()
    hub._adapter = None
    hub._ring()
    end = CLOCK.now() + 5 * SECOND
    while not hub.has_failed:
        assert CLOCK.now() < end
        CLOCK.wait_until(CLOCK.now() + MILLISECOND)
    with pytest.raises(LinkClosed, match="has failed"):
        cell.keep_up()


def test_in_virtual_time_the_same_link_leads_to_the_twin_itself():
    wiring = open_simulated(WANTED)
    assert set(wiring.instruments) == {"daq", "auxiliaries", "conditioning"}


@pytest.mark.parametrize(
    "link",
    [
        "PRLGX-TCPIP3::10.0.0.7::1234::INTFC GPIB3::9::INSTR",
        "PRLGX-TCPIP3::127.0.0.1::70000::INTFC GPIB3::9::INSTR",
        "PRLGX-ASRL3::/dev/ttyUSB0::INTFC GPIB3::9::INSTR",
    ],
)
def test_nothing_but_an_adapter_of_this_machine_is_served(link):
    with pytest.raises(ConfigError, match="cannot be simulated"):
        gpib_address(Connection("daq", BY_NAME["daq"].driver, link, SECOND))


def test_the_control_file_tells_their_ways_apart():
    links = links_of(MOVED, {})
    assert links["daq"] == "port 0, GPIB address 9"
    assert len(set(links.values())) == 3
