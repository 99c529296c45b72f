"""A rig's twins behind real sockets and hubs of this machine."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import can
import pytest

from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.config import Catalogue, load_rig
from bench.device import Connection
from bench.errors import ConfigError, LinkClosed
from drivers.simulated import commands
from drivers.simulated.addresses import CanAddress, can_address, visa_port
from drivers.simulated.hosting import PLANT_STEP, SimulatedCell, wanted_of
from drivers.simulated.plant import Truth

CLOCK = SystemClock()
MODEL = load_rig("hydrogen-engine-cell", Catalogue.shipped())
WANTED = wanted_of(MODEL, clock=CLOCK, plant={"warm": 1.0}, seed=3)
BY_NAME = {each.name: each for each in MODEL.connections}
DAQ = BY_NAME["daq"]


@pytest.fixture
def cell() -> Iterator[SimulatedCell]:
    with SimulatedCell(WANTED, has_free_ports=True) as cell:
        yield cell


def wait(holds, seconds=5.0):
    end = CLOCK.now() + round(seconds * SECOND)
    while not holds():
        assert CLOCK.now() < end
        CLOCK.wait_until(CLOCK.now() + 5 * MILLISECOND)


def dialled(cell: SimulatedCell, name: str) -> socket.socket:
    port = int(cell.resources[name].split("::")[2])
    return socket.create_connection(("127.0.0.1", port), 2.0)


def test_an_instrument_answers_at_its_address(cell):
    with dialled(cell, "daq") as peer:
        peer.sendall(b"*IDN?\n")
        assert peer.recv(200).startswith(b"Keysight Technologies,DAQ970A")


def test_each_bus_carries_its_own_nodes(cell):
    assert cell.buses["can0"]["port"] != cell.buses["can1"]["port"]
    with can.Bus(**cell.buses["can1"]) as bus:
        wait(lambda: (heard := bus.recv(0.1)) is not None and heard.is_extended_id)


def test_it_tells_what_listens_where(cell):
    told = {each.name: each for each in cell.endpoints}
    assert list(told) == [
        "can0",
        "can1",
        "daq",
        "analyser",
        "auxiliaries",
        "conditioning",
        "indicating",
    ]
    assert told["can0"].serves == "dyno, flange, plc"
    assert told["daq"].address == cell.resources["daq"]


def test_the_plant_keeps_up_when_nobody_looks():
    with SimulatedCell(replace(WANTED, connections=(DAQ,)), has_free_ports=True) as cell:
        seen: list[Truth] = []
        cell.plant.watchers.append(seen.append)
        CLOCK.wait_until(CLOCK.now() + 50 * MILLISECOND)
        cell.keep_up()
        assert CLOCK.now() - seen[-1].time < 2 * PLANT_STEP + 10 * SECOND  # of a busy machine
        assert len(seen) >= 4


def test_a_cut_cable_ends_the_conversation_and_refuses_the_next(cell):
    with dialled(cell, "daq") as peer:
        cell.cut("daq")
        assert peer.recv(10) == b""
    with pytest.raises(OSError, match="refused"):
        dialled(cell, "daq")
    cell.keep_up()  # the instrument itself goes on
    cell.cut("daq")


def test_a_twin_that_fails_is_told(cell, monkeypatch):
    monkeypatch.setattr("threading.excepthook", lambda _: None)
    monkeypatch.setattr(cell._servers.sockets["daq"], "_twin", None)
    with dialled(cell, "daq"):
        wait(lambda: cell._servers.sockets["daq"].has_failed)
    with pytest.raises(LinkClosed, match="has failed"):
        cell.keep_up()


def test_a_port_in_use_is_told_and_nothing_stays_open():
    before = threading.active_count()
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"TCPIP::127.0.0.1::{other.getsockname()[1]}::SOCKET"
        connections = (
            replace(DAQ, link="TCPIP::127.0.0.1::0::SOCKET"),
            replace(BY_NAME["auxiliaries"], link=taken),
        )
        with pytest.raises(LinkClosed, match=r"auxiliaries: .*another h2bench simulate"):
            SimulatedCell(replace(WANTED, connections=connections))
    assert threading.active_count() == before


@pytest.mark.parametrize(
    "link",
    [
        "TCPIP::10.0.0.7::5025::SOCKET",
        "TCPIP::0.0.0.0::5025::SOCKET",
        "TCPIP::127.0.0.1::5025::SOCKET::x",
        "TCPIP::127.0.0.1.evil::5025::SOCKET",
        "TCPIP::127.0.0.1::70000::SOCKET",
        "TCPIP::127.0.0.1::INSTR",
        "GPIB0::9::INSTR",
    ],
)
def test_nothing_but_a_socket_of_this_machine_is_served(link):
    with pytest.raises(ConfigError, match="cannot be simulated"):
        visa_port(Connection("daq", DAQ.driver, link, SECOND))


@pytest.mark.parametrize(
    "change",
    [
        {"interface": "socketcan"},
        {"host": "0.0.0.0"},  # noqa: S104 - this is what must be refused
        {"host": "10.0.0.7"},
        {"port": "x"},
        {"port": 70000},
        {"port": -1},
    ],
)
def test_nothing_but_a_hub_of_this_machine_is_served(change):
    settings = {"interface": "socketcand", "host": "127.0.0.1", "port": 29536, "channel": "can0"}
    assert can_address("can0", settings) == CanAddress(29536, "can0")
    with pytest.raises(ConfigError, match="cannot be simulated"):
        can_address("can0", {**settings, **change})


def test_a_rig_without_simulation_is_refused():
    with pytest.raises(ConfigError, match="no simulation"):
        wanted_of(replace(MODEL, simulation=None), clock=CLOCK, plant={})


def rig_text(*ports: int) -> str:
    text = MODEL.texts["hydrogen-engine-cell.yaml"]
    for shipped, port in zip((29536, 29537, 5025, 7700, 10001, 5030, 5031), ports, strict=True):
        text = text.replace(f"::{shipped}::", f"::{port}::").replace(
            f"port: {shipped}", f"port: {port}"
        )
    return text


def test_the_command_serves_for_as_long_as_it_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("H2BENCH_LANGUAGE", "en")
    with ExitStack() as opened:
        servers = [opened.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(7)]
        ports = [each.getsockname()[1] for each in servers]
    rig = tmp_path / "rig.yaml"
    rig.write_text(rig_text(*ports), encoding="utf-8")
    before = signal.getsignal(signal.SIGINT)
    begun = CLOCK.now()
    commands.simulate(str(rig), ["warm=1"], 0, 0.2)
    assert CLOCK.now() - begun >= 0.2 * SECOND
    told = capsys.readouterr().out
    assert f"TCPIP::127.0.0.1::{ports[2]}::SOCKET" in told
    assert "have stopped" in told
    assert signal.getsignal(signal.SIGINT) is before
    with socket.create_server(("127.0.0.1", ports[2])):  # the port is free again
        pass


def test_the_command_refuses_a_parameter_the_plant_does_not_have():
    with pytest.raises(ConfigError, match=r"no parameter 'warmth'.*warm"):
        commands.simulate("hydrogen-engine-cell", ["warmth=1"], 0, 0.2)
