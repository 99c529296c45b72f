"""Whatever instrument is lost and found again: coming back changes no output; nobody is exempt.

What was demanded before is repeated by the scan all the time, as the bench does. Power stays off
until it is demanded anew; gas and cooling stay as the instrument holds them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

import pytest

from bench.clock import MILLISECOND, SECOND, VirtualClock
from bench.config import Catalogue, load_rig
from bench.device import Connection, Demand, LinkKind, Mailbox, Port
from drivers.simulated.can_bus import SimulatedCanBus
from drivers.simulated.port import Terminals
from drivers.simulated.text_link import InProcessLink
from drivers.visa.worker import TextWorker

SCAN = 100 * MILLISECOND
TWINS = {point.name: point for point in entry_points(group="h2bench.twins")}
RIGS = Catalogue.shipped()
CONNECTIONS = {
    connection.driver.name: connection
    for name in RIGS.rig_names()
    for connection in load_rig(name, RIGS).connections
    if connection.driver.demands(connection.options)
}


DRIVES_NOTHING = frozenset({"solartron-1260"})
"""Its generator is part of what it measures: no output of the plant hangs on it."""
AT_REST = {"local": 0.0, "overheated": 0.0, "voltage": 70.0}
"""What a load sees at its panel and its terminals, where it may switch on."""


class Cables(dict[str, Callable[[int], float]]):
    """Every sensor there is reads the same harmless value; a load may switch on."""

    def __init__(self, driver: str) -> None:
        super().__init__()
        self._own = AT_REST if driver == "ea-elr10000" else {}

    def __missing__(self, terminal: str) -> Callable[[int], float]:
        return lambda now: self._own.get(terminal, 100.0)

    def get(self, terminal: str, default: Any = None) -> Any:
        return self[terminal] if terminal in self._own else default


class Outputs(dict[str, Callable[[float, int], None]]):
    """Every output there is, and what it is driven to."""

    def __init__(self) -> None:
        super().__init__()
        self.driven: dict[str, float] = {}

    def get(self, name: str, default: Any = None) -> Callable[[float, int], None]:
        def drive(value: float, now: int) -> None:
            self.driven[name] = value

        return drive


class Stand:
    """One driver on its twin, with a scan that repeats what is demanded."""

    def __init__(self, connection: Connection) -> None:
        driver, options = connection.driver, connection.options
        self.driver = driver.name
        self.clock = VirtualClock()
        self.demands = driver.demands(options)
        self.outputs = Outputs()
        self.wanted: dict[int, float] = {}
        self.beat = 0
        mailbox = Mailbox(driver.readings(options), 0, deque())
        port = Port(connection, mailbox, lambda *said: None, self.clock)
        self.instrument = driver.build(port)
        terminals = Terminals(
            Cables(driver.name),
            self.outputs,
            options,
            responses={"impedance": lambda frequency, now: complex(0.01, 0.0)},
        )
        make = TWINS[driver.name].load()
        self.cut: Callable[..., None]
        if driver.link is LinkKind.CAN:
            self._connect_bus(make, terminals)
        else:
            self._connect_text(make(terminals), driver.name)

    def _connect_bus(self, make: Any, terminals: Terminals) -> None:
        bus = SimulatedCanBus(
            "can0", [self.instrument], {"twin": lambda send: make(terminals, send)}
        )
        self.step = bus.step

        def cut(*, is_cut: bool) -> None:
            bus.is_cut = is_cut

        self.cut = cut

    def _connect_text(self, twin: Any, name: str) -> None:
        wire = self.instrument.wire
        link = InProcessLink(twin, instrument=name, clock=self.clock, wire=wire)
        worker = TextWorker(link, self.instrument, lambda: 0.5)
        is_away = False

        def step(now: int) -> None:
            twin.step(now)
            if not is_away:
                for _ in range(10):
                    worker.step(self.clock.now())
                    self.clock.wait_until(self.clock.now() + 10 * MILLISECOND)

        def cut(*, is_cut: bool) -> None:
            nonlocal is_away
            is_away = is_cut
            link.close()

        self.step, self.cut = step, cut

    def run(self, seconds: float, *, scans: bool = True) -> None:
        end = self.clock.now() + round(seconds * SECOND)
        while self.clock.now() < end:
            if scans:
                self.scan()
            begun = self.clock.now()
            self.step(begun)
            self.clock.wait_until(begun + SCAN)

    def scan(self) -> None:
        self.beat = self.beat + 1 & 0xFF
        for index, value in self.wanted.items():
            is_heartbeat = self.demands[index].name == "heartbeat"
            self.instrument.demand(index, float(self.beat) if is_heartbeat else value)


def energised(demand: Demand) -> float:
    """Return a value that moves something."""
    return (
        len(demand.choices) - 1.0
        if demand.choices
        else 0.7 * demand.range.high + 0.3 * demand.range.low
    )


@pytest.fixture(params=sorted(CONNECTIONS))
def stand(request: pytest.FixtureRequest) -> Stand:
    return Stand(CONNECTIONS[request.param])


def test_connecting_changes_no_output(stand: Stand) -> None:
    stand.step(0)
    before = dict(stand.outputs.driven)
    stand.run(5.0)
    assert stand.instrument.is_connected
    assert stand.outputs.driven == before


def test_coming_back_changes_no_output_though_the_scan_repeats_what_it_demanded(
    stand: Stand,
) -> None:
    stand.run(2.0)
    idle = dict(stand.outputs.driven)
    stand.wanted = {
        index: energised(each)
        for index, each in enumerate(stand.demands)
        if each.name != "starter"  # which works only while nothing else does
    }
    stand.run(3.0)
    assert stand.outputs.driven != idle or stand.driver in DRIVES_NOTHING
    stand.cut(is_cut=True)
    stand.run(20.0, scans=False)  # its watchdog has acted, its sequence has ended
    held = dict(stand.outputs.driven)
    stand.cut(is_cut=False)
    stand.run(5.0)
    assert stand.instrument.is_connected
    assert stand.outputs.driven == pytest.approx(held)
