"""One node between the scan and a bus, and one with its twin on a bus in virtual time."""

from collections import deque

import pytest

from bench.channel import Quality
from bench.clock import SECOND, VirtualClock
from bench.device import Block, Connection, Mailbox, Port
from drivers.canbus.checksum import crc8, start_for
from drivers.canbus.frame import Frame
from drivers.simulated.can_bus import SimulatedCanBus
from drivers.simulated.port import Terminals


class Node:
    """What both have in common: demands and readings by name."""

    def __init__(self, driver, *, period, **options):
        self.options = driver.options.model_validate(options)
        self.clock = VirtualClock()
        self.reports = []
        self.newest = {}
        self.samples = deque()
        readings = driver.readings(self.options)
        self.names = [reading.name for reading in readings]
        self.demands = {each.name: each for each in driver.demands(self.options)}
        connection = Connection("node", driver, "can0", round(period * SECOND), self.options)
        mailbox = Mailbox(readings, 0, self.samples)
        self.node = driver.build(Port(connection, mailbox, self.report, self.clock))

    def report(self, level, source, message):
        assert message.text("en") != message.id
        assert message.text("zh") != message.text("en")
        self.reports.append(message)

    def ids(self):
        return [message.id for message in self.reports]

    def tell(self, **values):
        for name, value in values.items():
            choices = self.demands[name].choices
            number = choices.index(value) if isinstance(value, str) else value
            self.node.demand(list(self.demands).index(name), number)

    def values(self):
        """Reading → newest value and quality, of what came since the last call."""
        newest = {}
        for each in self.samples:
            if isinstance(each, Block):
                qualities = each.qualities
                for at, value in enumerate(each.values):
                    quality = Quality.OK if qualities is None else qualities[at]
                    newest[self.names[each.first + at]] = (float(value), quality)
            else:
                newest[self.names[each[0]]] = (each[1], each[3])
        self.samples.clear()
        return newest

    def bad(self):
        return {name for name, (_, quality) in self.values().items() if quality == Quality.BAD}


class Wire(Node):
    """A node whose frames are looked at byte by byte."""

    def __init__(self, driver, *, period=0.1, **options):
        super().__init__(driver, period=period, **options)
        self.sent = []
        self.node.attach(self.sent.append)
        self.node.bus_opened(0)

    def hear(self, *frames):
        for frame in frames:
            self.node.on_frame(frame, self.clock.now())
        self.node.step(self.clock.now())

    def wait(self, seconds):
        self.clock.wait_until(self.clock.now() + round(seconds * SECOND))
        self.node.step(self.clock.now())

    def demand(self, **values):
        """Demand by name; return what goes out."""
        del self.sent[:]
        self.tell(**values)
        self.node.step(self.clock.now())
        return list(self.sent)


class Bench(Node):
    """A node and its twin; the scan repeats its demands."""

    def __init__(self, driver, make, *, period=0.1, profiles=None, plant=None, **options):
        super().__init__(driver, period=period, **options)
        self.plant = dict(plant or {})
        self.inputs = {}
        self.history = []
        self.twin = None
        signals = {name: lambda now, name=name: self.plant[name] for name in self.plant}

        def twin(send):
            acting = _Acting(self)
            self.twin = make(Terminals(signals, acting, self.options, profiles or {}), send)
            return self.twin

        self.bus = SimulatedCanBus("can0", [self.node], {"twin": twin})

    def run(self, seconds, scan=0.1, **values):
        """Scan for a time, demanding the same in every scan."""
        end = self.clock.now() + round(seconds * SECOND)
        while self.clock.now() < end:
            self.tell(**values)
            self.bus.step(self.clock.now())
            self.clock.wait_until(min(self.clock.now() + round(scan * SECOND), end))
            self.bus.step(self.clock.now())
        self.newest |= self.values()

    def shown(self, name):
        return self.newest[name][0]


class _Acting(dict):
    def __init__(self, bench):
        super().__init__()
        self._bench = bench

    def get(self, name, default=None):
        def act(value, now):
            self._bench.inputs[name] = value
            self._bench.history.append((now / SECOND, name, value))

        return act


def with_checksum(frame_id, text):
    """Return a frame of hexadecimal bytes with its checksum behind."""
    data = bytes.fromhex(text)
    return Frame(frame_id, data + bytes((crc8(data, start_for(frame_id)),)))


@pytest.fixture
def wired():
    """Return what makes a node that is looked at byte by byte."""
    return Wire


@pytest.fixture
def benched():
    """Return what makes a node with its twin."""
    return Bench


@pytest.fixture
def guarded():
    """Return what makes frames with a checksum."""
    return with_checksum
