"""Instruments behind a GPIB adapter: its lines byte by byte, and over a real socket."""

import random
import threading
from collections import deque

import pytest

from bench.clock import MILLISECOND, NEVER, SECOND, SystemClock, VirtualClock
from bench.device import Connection, Driver, LinkKind
from bench.errors import ConfigError, LinkClosed, LinkTimeout
from bench.opener import Wanted
from drivers.simulated.faults.text_seat import TextSeat
from drivers.simulated.gpib_hub import VERSION, GpibAdapterTwin, GpibHub
from drivers.visa.gpib_adapter import SETUP, WIRE, GpibAdapter, GpibLink
from drivers.visa.gpib_path import gpib_path
from drivers.visa.instrument import TextInstrument
from drivers.visa.link import VisaLink
from drivers.visa.opening import open_links
from drivers.visa.port import Wire
from drivers.visa.programs import Programs, nothing

LAN = "PRLGX-TCPIP3::192.168.1.30::1234::INTFC"


class Named:
    """An instrument that says its name, and what it has heard."""

    def __init__(self, name):
        self.name = name
        self.heard = []

    def receive(self, data, now):
        self.heard.append(data)
        return f"{self.name}\r\n".encode() if b"?" in data else b""

    def step(self, now):
        return NEVER


class Bus:
    """A hub with two instruments, and links to them through one adapter."""

    def __init__(self, manager):
        self.clock = SystemClock()
        self.twins = {"5": Named("five"), "9 96": Named("nine")}
        self.seats = {
            address: TextSeat(lambda twin=twin: twin, random.Random(1))
            for address, twin in self.twins.items()
        }
        self.hub = GpibHub(self.seats, self.clock)
        box = VisaLink(
            manager,
            f"TCPIP::127.0.0.1::{self.hub.port}::SOCKET",
            instrument="box",
            clock=self.clock,
            wire=WIRE,
        )
        self.adapter = GpibAdapter(box, self.clock)
        self.links = [
            GpibLink(self.adapter, address, instrument=twin.name, name=address, wire=Wire())
            for address, twin in self.twins.items()
        ]

    def close(self):
        for link in self.links:
            link.close()
        self.hub.close()


@pytest.fixture
def bus(manager):
    made = Bus(manager)
    for link in made.links:
        link.open()
    yield made
    made.close()


def test_the_way_is_read_from_the_link():
    path = gpib_path("fra", f"{LAN} GPIB3::9::0::INSTR")
    assert (path.resource, path.address) == ("TCPIP::192.168.1.30::1234::SOCKET", "9 96")
    path = gpib_path("fra", "PRLGX-ASRL4::/dev/ttyUSB0::INTFC GPIB4::12::INSTR")
    assert (path.resource, path.address) == ("ASRL/dev/ttyUSB0::INSTR", "12")
    assert gpib_path("fra", "GPIB0::5::INSTR") is None


@pytest.mark.parametrize(
    "link",
    [
        f"{LAN} GPIB2::5::INSTR",
        f"{LAN} GPIB3::31::INSTR",
        f"{LAN} TCPIP::10.0.0.1::5025::SOCKET",
        f"{LAN} GPIB3::5::INSTR GPIB3::6::INSTR",
        "TCPIP::10.0.0.1::1234::SOCKET GPIB0::5::INSTR",
    ],
)
def test_a_way_that_leads_nowhere_is_refused(link):
    with pytest.raises(ConfigError, match="leads nowhere"):
        gpib_path("fra", link)


class Script:
    """A session with the adapter on which exactly the expected lines go."""

    def __init__(self, *expected):
        self.expected = deque(expected)
        self.is_open = False

    def open(self):
        self.is_open = True

    def close(self):
        self.is_open = False

    def write(self, message):
        assert (message, None) == self.expected.popleft()

    def query(self, message, timeout, give_up=None):
        wanted, reply = self.expected.popleft()
        assert message == wanted
        if isinstance(reply, Exception):
            self.close()
            raise reply
        return reply


HELLO = (*((line, None) for line in SETUP), ("++ver", VERSION))


def test_lines_to_the_adapter_byte_by_byte():
    script = Script(
        *HELLO,
        ("++addr 5", None),
        ("FR 1.0E\x1b+3\x1b\n", None),
        ("*IDN?\x1b\n", None),
        ("++read_tmo_ms 250", None),
        ("++read eoi", "five"),
        ("++addr 7", None),
        ("*IDN?\x1b\n", None),
        ("++read eoi", "seven"),
    )
    adapter = GpibAdapter(script, VirtualClock())
    first = GpibLink(adapter, "5", instrument="fra", name="L", wire=Wire())
    second = GpibLink(adapter, "7", instrument="dvm", name="L", wire=Wire())
    first.open()
    first.write("FR 1.0E+3")
    assert first.query("*IDN?") == "five"
    second.open()
    assert second.query("*IDN?") == "seven"
    first.close()
    assert script.is_open
    second.close()
    assert not script.is_open
    assert not script.expected


def test_a_slow_answer_is_not_waited_for_long_where_others_share_the_bus():
    script = Script(
        *HELLO, ("++addr 5", None), ("A?\x1b\n", None), ("++read_tmo_ms 2950", None),
        ("++read eoi", "1"), ("A?\x1b\n", None), ("++read_tmo_ms 450", None),
        ("++read eoi", "2"),
    )  # fmt: skip
    adapter = GpibAdapter(script, VirtualClock())
    first, second = (
        GpibLink(adapter, each, instrument=each, name="L", wire=Wire()) for each in ("5", "7")
    )
    first.open()
    assert first.query("A?", 5.0) == "1"
    second.open()
    assert first.query("A?", 5.0) == "2"


def test_an_adapter_that_cannot_be_reached_is_not_tried_by_each_instrument_in_turn():
    clock, tried = VirtualClock(), []

    class Dead(Script):
        def open(self):
            tried.append(clock.now())
            raise LinkClosed("link.refused", instrument="box", link="X", reason="off")

    adapter = GpibAdapter(Dead(), clock)
    links = [GpibLink(adapter, each, instrument=each, name="L", wire=Wire()) for each in "567"]
    for link in links:
        with pytest.raises(LinkClosed, match=r"[567] at L refuses"):
            link.open()
    clock.wait_until(SECOND)
    with pytest.raises(LinkClosed):
        links[0].open()
    assert tried == [0, SECOND]


def test_an_error_names_the_instrument_and_its_own_message():
    late = LinkTimeout("link.timeout", instrument="box", link="X", message="++read", timeout="1 s")
    script = Script(
        *HELLO, ("++addr 5", None), ("A?\x1b\n", None), ("++read_tmo_ms 250", None),
        ("++read eoi", late),
    )  # fmt: skip
    link = GpibLink(
        GpibAdapter(script, VirtualClock()), "5", instrument="fra", name="way", wire=Wire()
    )
    link.open()
    with pytest.raises(LinkTimeout, match=r"fra at way did not answer 'A\?' within 0.3 s"):
        link.query("A?")
    assert not link.is_open
    with pytest.raises(LinkClosed, match="not connected"):
        link.query("A?")


def test_each_instrument_on_the_bus_answers_for_itself(bus):
    for _ in range(3):
        assert [link.query("*IDN?") for link in bus.links] == ["five", "nine"]
    assert bus.adapter.version == VERSION


def test_what_is_special_to_the_adapter_reaches_the_instrument_as_it_is(bus):
    bus.links[0].write("FR 1.0E+3\x1b")
    assert bus.links[0].query("A?") == "five"
    assert bus.twins["5"].heard == [b"FR 1.0E+3\x1b\n", b"A?\n"]


def test_two_threads_never_get_each_others_replies(bus):
    wrong = []

    def ask(link, name):
        wrong.extend(1 for _ in range(150) if link.query("*IDN?") != name)

    threads = [
        threading.Thread(target=ask, args=(link, twin.name))
        for link, twin in zip(bus.links, bus.twins.values(), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20.0)
    assert not wrong


def test_an_instrument_that_is_silent_does_not_disturb_its_neighbours(bus):
    first, second = bus.links
    bus.seats["5"].is_reachable = False
    with pytest.raises(LinkTimeout):
        first.query("*IDN?")
    assert second.is_open
    assert second.query("*IDN?") == "nine"
    begun = bus.clock.now()
    with pytest.raises(LinkClosed, match="left alone"):
        first.open()
    assert bus.clock.now() - begun < 50 * MILLISECOND
    bus.seats["5"].is_reachable = True
    bus.clock.wait_until(begun + 2 * SECOND)
    first.open()
    assert first.query("*IDN?") == "five"


def test_an_adapter_that_is_gone_is_told(bus):
    def talk():
        for _ in range(20):
            bus.links[0].query("*IDN?")
            bus.clock.wait_until(bus.clock.now() + 5 * MILLISECOND)

    bus.hub.cut()
    with pytest.raises(LinkClosed):
        talk()
    with pytest.raises(LinkClosed, match="refuse"):
        bus.links[0].open()


def test_a_long_answer_is_given_up_when_another_instrument_must_be_made_safe(bus):
    bus.adapter.give_ups.append(bus.clock.now)
    bus.twins["5"].receive = lambda data, now: b""
    begun = bus.clock.now()
    with pytest.raises(LinkTimeout, match="safe value"):
        bus.links[0].query("*IDN?", 2.0)
    assert bus.clock.now() - begun < SECOND
    bus.adapter.give_ups.clear()
    assert bus.links[1].query("*IDN?", 1.0) == "nine"


def test_pyvisa_pys_own_sessions_understand_the_adapter(bus, manager):
    """The hub is no echo of our own driver: a third party's adapter sessions agree with it."""
    with manager.open_resource(bus.hub.adapter("7")):
        instrument = manager.open_resource("GPIB7::5::INSTR")
        assert instrument.query("*IDN?").strip() == "five"
        instrument.write("FR 1.0E+3")
        assert instrument.query("A?").strip() == "five"
        instrument.close()
    assert bus.twins["5"].heard[1] == b"FR 1.0E+3"


def test_the_opener_lets_instruments_behind_one_adapter_share_it():
    driver = Driver("tested", "T", LinkKind.VISA, lambda _: (), lambda _: (), _built)
    links = (f"{LAN} GPIB3::5::INSTR", f"{LAN} GPIB3::6::INSTR", "GPIB0::7::INSTR")
    connections = [
        Connection(f"i{index}", driver, link, SECOND) for index, link in enumerate(links)
    ]
    wanted = Wanted(
        connections, deque(), {each.name: 0 for each in connections}, print, VirtualClock()
    )
    first, second, third = (each._link for each in open_links(wanted, connections).workers)
    assert first._adapter is second._adapter
    assert isinstance(third, VisaLink)


def _built(port):
    return TextInstrument(port, Programs(identify=nothing, polls=()))


def adapter_twin(twin=None):
    seat = TextSeat(lambda: twin or Named("five"), random.Random(1))
    return GpibAdapterTwin({"5": seat})


def test_the_adapter_says_nothing_when_an_instrument_does_not_begin_in_time():
    box = adapter_twin()
    assert box.receive(b"++auto 0\n++read_tmo_ms 100\n++addr 5\n++read eoi\n++addr\n", 0) == b""
    assert box.step(0) == 100 * MILLISECOND
    assert box.advance(99 * MILLISECOND) == b""
    assert box.advance(100 * MILLISECOND) == b"5\r\n"


def test_the_adapter_reads_by_itself_and_appends_what_it_is_told_to():
    twin = Named("five")
    box = adapter_twin(twin)
    assert box.receive(b"++addr 5\n++auto 1\n++eos 0\n*IDN?\n", 0) == b"five\r\n"
    assert twin.heard == [b"*IDN?\r\n"]
    box.receive(b"++eot_enable 1\n++eot_char 3\n", 0)
    assert box.receive(b"A?\n", 0) == b"five\r\n\x03"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (b"++nonsense\n", b"Unrecognized command\r\n"),
        (b"++mode\n", b"1\r\n"),
        (b"++read_tmo_ms 9999\n++read_tmo_ms\n", b"500\r\n"),
        (b"++addr 9 96\r\n++addr\r\n", b"9 96\r\n"),
        (b"++ver\n", f"{VERSION}\r\n".encode()),
    ],
)
def test_the_adapter_answers_for_itself(asked, answer):
    assert adapter_twin().receive(asked, 0) == answer
