from __future__ import annotations

from collections import deque

import pytest

from bench.clock import MILLISECOND, VirtualClock
from bench.device import Connection
from bench.errors import ConfigError, LinkClosed
from bench.opener import Wanted
from drivers.canbus import dyno_controller, safety_plc
from drivers.canbus.bus import PythonCanBus
from drivers.canbus.opening import open_buses

CONNECTIONS = (
    Connection("dyno", dyno_controller.DRIVER, "can0", 100 * MILLISECOND),
    Connection("plc", safety_plc.DRIVER, "can0", 100 * MILLISECOND),
    Connection("other", safety_plc.DRIVER, "can1", 100 * MILLISECOND),
)


def wanted(**buses: dict[str, object]) -> Wanted:
    return Wanted(
        connections=CONNECTIONS,
        queue=deque(),
        bases={"dyno": 0, "plc": 9, "other": 40},
        report=lambda level, source, message: None,
        clock=VirtualClock(),
        buses=buses,
    )


def test_nodes_of_one_bus_share_a_worker() -> None:
    settings = {"interface": "virtual", "channel": "opening"}
    wiring = open_buses(wanted(can0=settings, can1=settings), CONNECTIONS)
    assert list(wiring.instruments) == ["dyno", "plc", "other"]
    assert [worker.name for worker in wiring.workers] == ["can0", "can1"]
    assert not wiring.is_simulated


def test_a_bus_the_rig_does_not_describe_is_named() -> None:
    with pytest.raises(ConfigError, match=r"'can1'.*can0"):
        open_buses(wanted(can0={"interface": "virtual"}), CONNECTIONS)


def test_a_socketcand_server_that_is_not_there_is_told_at_once() -> None:
    settings = {"interface": "socketcand", "host": "127.0.0.1", "port": 1, "channel": "can0"}
    with pytest.raises(LinkClosed, match="can0"):
        PythonCanBus("can0", settings)


def test_every_reading_has_its_place_in_the_frames() -> None:
    for driver in (dyno_controller.DRIVER, safety_plc.DRIVER):
        names = [reading.name for reading in driver.readings(None)]
        assert len(names) == len(set(names))
        demands = [demand.name for demand in driver.demands(None)]
        assert len(demands) == len(set(demands))
