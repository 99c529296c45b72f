"""Propar as manual 9.17.027 shows it, the driver on scripts and on its twin."""

import math
import struct
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.channel import Quality
from bench.clock import SECOND, SystemClock, VirtualClock
from bench.device import Connection, Mailbox, Port, Stage
from bench.errors import DemandOutOfRange
from bench.messages import catalogue
from drivers.simulated.devices.bronkhorst_propar import make
from drivers.simulated.port import Terminals
from drivers.simulated.socket_server import SocketServer
from drivers.simulated.text_link import InProcessLink
from drivers.visa.bronkhorst_propar import DRIVER
from drivers.visa.link import VisaLink
from drivers.visa.propar import Chain, ErrorReply, NumberChain, Parameter, Type, write_float
from drivers.visa.propar_nodes import ProparOptions
from drivers.visa.worker import TextWorker

NORMAL_LITRE = 101325e-3 / (8.31446261815324 * 273.15)  # mol, ideal gas at 0 degC, 101.325 kPa
PER_MINUTE = NORMAL_LITRE / 60.0
FUEL = {"address": 3, "capacity": "400 Ln/min", "gas": "CH4"}
ONE = {"fuel": FUEL}
THREE = {
    "fuel": FUEL,
    "safety_gas": {"address": 4, "capacity": "250 Ln/min", "gas": "5%H2/N2"},
    "steam": {"address": 9, "capacity": "100 Ln/min", "gas": "H2O"},
}


def text(value):
    return value.encode("ascii").hex().upper()


def single(value):
    return struct.pack(">f", value).hex().upper()


def framed(body):
    return f":{len(body) // 2:02X}{body}\r\n".encode("ascii")


PLATE_REQUEST = framed("0304F16171630001C2014DE3017F076401710A")
POLL_REQUEST = framed("0304A1C1214042214301830104040114")


def plate(serial="M6212345A", capacity=400.0, unit="ln/min ", fluid="CH4", node="03"):
    body = f"{node}02F16100{text(serial)}0001C2{single(capacity)}E307{text(unit)}"
    return framed(f"{body}640A{text(fluid.ljust(10))}")


def poll(flow, setpoint, mode=0, alarms=0):
    body = f"0302A1C1{single(flow)}42{single(setpoint)}0183{mode:02X}04{alarms:02X}"
    return framed(body)


class Script:
    """A line that expects exact bytes and answers with exact bytes."""

    def __init__(self, *lines):
        self.lines = deque(lines)

    def step(self, now):
        return now + 3600 * SECOND

    def receive(self, data, now):
        if not self.lines:
            return b""
        expected, reply = self.lines.popleft()
        assert data == expected
        return reply


class Bench:
    """The driver on a link to a twin, or to a script, in virtual time."""

    def __init__(self, twin, nodes=ONE, period=SECOND):
        self.twin = twin
        self.clock = VirtualClock()
        self.samples = deque()
        self.reports = []
        options = ProparOptions.model_validate({"nodes": nodes})
        self.count = 2 * len(nodes)
        connection = Connection("gas", DRIVER, "ASRL1::INSTR", period, options)
        mailbox = Mailbox(DRIVER.readings(options), 0, self.samples)
        self.instrument = DRIVER.build(Port(connection, mailbox, self.report, self.clock))
        self.link = InProcessLink(
            twin, instrument="gas", clock=self.clock, wire=self.instrument.wire
        )
        self.worker = TextWorker(self.link, self.instrument, lambda: 0.5)

    def report(self, level, source, message):
        assert catalogue("zh", message.id.split(".")[0]).get(message.id)
        self.reports.append((level, message.id, message.text()))

    def run(self, seconds):
        until = self.clock.now() + round(seconds * SECOND)
        due = {self.worker: self.clock.now(), self.twin: self.clock.now()}
        while True:
            who = min(due, key=lambda each: due[each])
            if due[who] > until:
                break
            self.clock.wait_until(due[who])
            due[who] = max(who.step(self.clock.now()), self.clock.now() + 1)
        self.clock.wait_until(until)

    def newest(self):
        found = {}
        for index, value, _, quality in self.samples:
            found[index] = (value, quality)
        return [found.get(index) for index in range(self.count)]

    def told(self):
        return [identifier for _, identifier, _ in self.reports]


class Cell:
    """A twin whose valves let through what they demand, but for what the test cuts off."""

    def __init__(self, nodes=ONE, served=None):
        self.flows = {}
        self.gain = dict.fromkeys(nodes, 1.0)
        self.moves = 0
        options = ProparOptions.model_validate({"nodes": served or nodes})
        self.terminals = Terminals(
            {name: self._signal(name) for name in nodes},
            {f"{name}_flow": self._valve(name) for name in nodes},
            options,
        )
        self.line = make(self.terminals)
        self.bench = Bench(self.line, nodes)

    def _signal(self, name):
        return lambda now: self.flows.get(name, 0.0) * self.gain[name]

    def _valve(self, name):
        def drive(value, now):
            self.moves += 1
            self.flows[name] = value

        return drive

    def ask(self, message):
        now = self.bench.clock.now()
        return self.line.receive(message, now)


# -- the protocol, with the strings of manual 9.17.027 ------------------------------------------


def test_chained_request_and_answer_are_those_of_the_manual():
    chain = Chain(
        3,
        (
            Parameter(113, 3, Type.TEXT),
            Parameter(113, 6, Type.TEXT),
            Parameter(1, 0, Type.INTEGER),
            Parameter(1, 13, Type.FLOAT),
            Parameter(1, 31, Type.TEXT, 7),
            Parameter(1, 17, Type.TEXT, 10),
        ),
        first=12,
    )
    assert chain.request == ":1A0304F1EC7163006D71660001AE0120CF014DF0017F077101710A"  # 3.10.4
    answer = (
        ":370302F1EC004D3632313233343541006D00555345525441470001AE1CD8CF3F800000"
        "F0076D6C6E2F6D696E710A4E322020202020202020"
    )
    assert chain.values(answer) == ["M6212345A", "USERTAG", 7384, 1.0, "mln/min", "N2"]


def test_a_single_request_and_its_answer_are_those_of_the_manual():
    chain = NumberChain(3, (Parameter(1, 1, Type.INTEGER),))
    assert chain.request == ":06030401210121"  # 3.10.3
    assert chain.numbers(":06030201213E80") == (16000,)  # 50 %


@pytest.mark.parametrize(
    ("reply", "code", "is_status"),
    [(":0105", 5, False), (":0109", 9, False), (":0403000405", 4, True)],  # 3.3.3, 3.6
)
def test_errors_of_the_interface_and_of_a_node_are_told_apart(reply, code, is_status):
    chain = NumberChain(3, (Parameter(1, 1, Type.INTEGER),))
    with pytest.raises(ErrorReply) as caught:
        chain.numbers(reply)
    assert (caught.value.code, caught.value.is_status) == (code, is_status)


@pytest.mark.parametrize(
    "reply",
    [
        "", ":", "0603020121", ":06040201213E80", ":06030201223E80", ":07030201213E80",
        ":06030201213E", ":0603020121ZZZZ", ":06030401213E80", ";06030201213E80",
    ],
)  # fmt: skip
def test_what_is_no_answer_to_the_question_is_never_a_number(reply):
    chain = NumberChain(3, (Parameter(1, 1, Type.INTEGER),))
    with pytest.raises(ValueError):  # noqa: PT011 - the reply itself, or what fromhex says
        chain.numbers(reply)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.0, 400.0, width=32), st.integers(0, 255), st.integers(0, 255))
def test_a_chain_of_numbers_reads_as_the_general_one(flow, mode, alarms):
    asked = (Parameter(33, 0, Type.FLOAT), Parameter(1, 4, Type.CHAR), Parameter(1, 20, Type.CHAR))
    reply = framed(f"0302A141{single(flow)}0182{mode:02X}03{alarms:02X}").decode().strip()
    found = NumberChain(3, asked).numbers(reply)
    assert list(found) == Chain(3, asked).values(reply) == [flow, mode, alarms]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=40))
def test_no_bytes_from_the_bench_upset_the_controllers(data):
    cell = Cell()
    cell.line.receive(framed("0304" + data.hex().upper()), 0)
    cell.line.receive(b":" + data + b"\r\n", 0)
    assert cell.ask(POLL_REQUEST).startswith(b":12030")


def test_a_setpoint_is_written_without_an_answer():
    message = write_float(3, Parameter(33, 3, Type.FLOAT), 100.0)
    assert message == ":080302214342C80000"


# -- the driver ---------------------------------------------------------------------------------


def test_a_conversation_byte_by_byte():
    script = Script(
        (PLATE_REQUEST, plate()),
        (POLL_REQUEST, poll(250.5, 250.0)),
        (b":080302214342C80000\r\n", b""),
        (b":06030421412143\r\n", framed("03022141" + single(100.0))),
        (POLL_REQUEST, poll(99.9, 100.0)),
    )
    bench = Bench(script)
    bench.run(0.5)
    assert bench.newest() == [
        (pytest.approx(250.5 * PER_MINUTE), Quality.OK),
        (pytest.approx(250.0 * PER_MINUTE), Quality.OK),
    ]
    bench.instrument.demand(0, 100.0 * PER_MINUTE)
    bench.run(0.6)
    assert not script.lines
    assert bench.instrument.identity == "Bronkhorst fuel M6212345A CH4 400 ln/min"
    assert bench.told() == ["device.connected"]


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (plate(fluid="H2"), "H2"),
        (plate(capacity=200.0), "200 ln/min"),
        (plate(unit="ls/min "), "ls/min"),
        (plate(unit="g/h    "), "g/h"),
        (plate(capacity=math.nan), "nan"),
    ],
)
def test_a_controller_of_another_gas_size_or_unit_is_refused_in_words(said, named):
    bench = Bench(Script((PLATE_REQUEST, said)))
    bench.run(0.05)
    assert bench.told() == ["device.not-connected"]
    assert named in bench.reports[0][2]
    assert "CH4, 400 Ln/min" in bench.reports[0][2]
    assert not bench.instrument.is_connected


@pytest.mark.parametrize(
    ("capacity", "unit"), [(24.0, "m3n/h  "), (24000.0, "ln/h   "), (400000.0, "mln/min")]
)
def test_another_unit_of_the_same_gas_is_converted(capacity, unit):
    script = Script(
        (PLATE_REQUEST, plate(capacity=capacity, unit=unit)),
        (POLL_REQUEST, poll(capacity / 2, capacity / 4)),
    )
    bench = Bench(script)
    bench.run(0.1)
    assert [value for value, _ in bench.newest()] == pytest.approx(
        [200.0 * PER_MINUTE, 100.0 * PER_MINUTE]
    )


def test_standard_litres_belong_to_20_degrees():
    capacity = 400.0 * 293.15 / 273.15
    script = Script(
        (PLATE_REQUEST, plate(capacity=capacity, unit="ls/min ")),
        (POLL_REQUEST, poll(100.0, 0.0)),
    )
    bench = Bench(script)
    bench.run(0.1)
    assert bench.newest()[0][0] == pytest.approx(100.0 * PER_MINUTE * 273.15 / 293.15)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (poll(-9.0, 0.0), "propar.negative"),
        (poll(409.0, 400.0), "propar.beyond"),
        (poll(0.0, 0.0, mode=1), "propar.control-mode"),
        (poll(0.0, 0.0, alarms=8), "propar.alarm"),
    ],
)
def test_what_is_wrong_with_a_flow_is_told_once(answer, told):
    script = Script((PLATE_REQUEST, plate()), *[(POLL_REQUEST, answer)] * 3)
    bench = Bench(script)
    bench.run(2.5)
    assert bench.told() == ["device.connected", told]
    assert bench.newest()[0][1] == Quality.OK


def test_a_setpoint_not_taken_is_told_with_the_one_that_is_held():
    script = Script(
        (PLATE_REQUEST, plate()),
        (POLL_REQUEST, poll(0.0, 0.0)),
        (b":080302214342C80000\r\n", b""),
        (b":06030421412143\r\n", framed("03022141" + single(12.0))),
    )
    bench = Bench(script)
    bench.run(0.1)
    bench.instrument.demand(0, 100.0 * PER_MINUTE)
    bench.run(0.1)
    assert bench.told() == ["device.connected", "device.demand-not-taken"]
    assert "12 Ln/min" in bench.reports[-1][2]


def test_a_node_the_interface_does_not_reach_takes_no_other_with_it():
    both = {"fuel": FUEL, "steam": {"address": 9, "capacity": "100 Ln/min", "gas": "H2O"}}
    other = framed("0904F16171630001C2014DE3017F076401710A")
    script = Script(
        (PLATE_REQUEST, plate()), (other, b":0109\r\n"), *[(POLL_REQUEST, poll(5.0, 5.0))] * 3
    )
    bench = Bench(script, both)
    bench.run(2.5)
    assert bench.told() == ["propar.not-reached", "device.connected"]
    assert bench.newest()[0] == (pytest.approx(5.0 * PER_MINUTE), Quality.OK)


def test_an_answer_of_another_node_drops_the_session():
    wrong = poll(5.0, 5.0).replace(b":12030", b":12040")
    bench = Bench(Script((PLATE_REQUEST, plate()), (POLL_REQUEST, wrong)))
    bench.run(0.05)
    assert bench.told() == ["device.connected", "device.lost"]


# -- on the twin --------------------------------------------------------------------------------


def test_all_nodes_are_read_with_one_exchange_each():
    cell = Cell(THREE)
    cell.bench.run(10.0)
    asked = []
    receive = cell.line.receive

    def listen(data, now):
        asked.append(data)
        return receive(data, now)

    cell.line.receive = listen
    cell.bench.run(5.0)
    assert len(asked) == 15
    assert all(quality == Quality.OK for _, quality in cell.bench.newest())


def test_a_demand_is_reached_within_seconds_and_the_valve_then_rests():
    cell = Cell(THREE)
    cell.bench.run(2.0)
    cell.bench.instrument.demand(1, 100.0 * PER_MINUTE)
    cell.bench.run(1.6)
    assert 40.0 < cell.flows["safety_gas"] / PER_MINUTE < 95.0
    cell.bench.run(10.0)
    assert cell.flows["safety_gas"] == pytest.approx(100.0 * PER_MINUTE)
    moves = cell.moves
    cell.bench.run(100.0)
    assert cell.moves == moves
    assert cell.bench.newest()[2][0] == pytest.approx(100.0 * PER_MINUTE, rel=1e-5)
    assert cell.bench.told() == ["device.connected"]


def test_a_controller_regulates_what_it_measures_itself():
    cell = Cell()
    cell.gain["fuel"] = 1.02
    cell.bench.run(1.0)
    cell.bench.instrument.demand(0, 300.0 * PER_MINUTE)
    cell.bench.run(60.0)
    assert cell.bench.newest()[0][0] == pytest.approx(300.0 * PER_MINUTE, rel=5e-3)
    assert cell.flows["fuel"] == pytest.approx(300.0 * PER_MINUTE / 1.02, rel=5e-3)


def test_a_line_without_gas_raises_the_warning_and_does_not_wind_up():
    cell = Cell()
    cell.gain["fuel"] = 0.0
    cell.bench.run(1.0)
    cell.bench.instrument.demand(0, 300.0 * PER_MINUTE)
    cell.bench.run(120.0)
    assert cell.bench.told() == ["device.connected", "propar.alarm"]
    assert cell.flows["fuel"] <= 330.001 * PER_MINUTE
    cell.gain["fuel"] = 1.0
    cell.bench.run(60.0)
    assert cell.bench.newest()[0][0] == pytest.approx(300.0 * PER_MINUTE, rel=5e-3)
    assert cell.bench.told()[-1] == "propar.no-alarms"


def test_setpoint_zero_closes_the_valve():
    cell = Cell()
    cell.bench.run(1.0)
    for value in (400.0 * PER_MINUTE, 0.0):
        cell.bench.instrument.demand(0, value)
        cell.bench.run(30.0)
    assert cell.flows["fuel"] == 0.0


def test_connecting_opens_no_valve_and_silence_changes_no_setpoint():
    cell = Cell(THREE)
    cell.bench.run(5.0)
    assert set(cell.flows.values()) == {0.0}
    cell.bench.instrument.demand(0, 300.0 * PER_MINUTE)
    cell.bench.run(20.0)
    cell.bench.worker.close()
    now = cell.bench.clock.now()
    for second in range(3600):
        cell.line.step(now + second * SECOND)
    assert cell.flows["fuel"] == pytest.approx(300.0 * PER_MINUTE)


@pytest.mark.parametrize("value", [-1e-6, 400.1 * PER_MINUTE, math.nan])
def test_a_demand_beyond_the_capacity_never_reaches_the_wire(value):
    cell = Cell()
    cell.bench.run(1.0)
    with pytest.raises(DemandOutOfRange):
        cell.bench.instrument.demand(0, value)


def test_a_silent_node_is_left_out_and_the_others_take_their_safe_values():
    cell = Cell(THREE, served={name: each for name, each in THREE.items() if name != "fuel"})
    cell.bench.instrument.make_safe({0: 0.0, 1: 200.0 * PER_MINUTE})
    cell.bench.run(20.0)
    assert "propar.silent" in cell.bench.told()
    assert cell.flows["safety_gas"] == pytest.approx(200.0 * PER_MINUTE)
    fuel, _, safety_gas, *_ = cell.bench.newest()
    assert fuel[1] == Quality.DISCONNECTED
    assert safety_gas[1] == Quality.OK
    assert "device.demand-not-taken" in cell.bench.told()  # of the silent one


def test_a_node_that_falls_silent_under_way_costs_the_others_two_connections():
    cell = Cell(THREE)
    cell.bench.run(5.0)
    station = cell.line._stations.pop(9)
    cell.line._known.clear()
    cell.bench.run(5.0)
    assert cell.bench.told().count("propar.silent") == 1
    assert [quality for _, quality in cell.bench.newest()] == [0, 0, 0, 0, 3, 3]
    cell.line._stations[9] = station
    cell.bench.instrument.start("find_nodes")
    cell.bench.run(2.0)
    assert cell.bench.instrument.progress().stage is Stage.DONE
    assert [quality for _, quality in cell.bench.newest()] == [0] * 6
    assert cell.bench.told()[-1] == "propar.back"


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (b":06030101213E80\r\n", b":0403000005\r\n"),  # setpoint 50 % with status
        (b":06030201213E80\r\n", b""),  # the same without
        (b":0603010121FFFF\r\n", b":0403000603\r\n"),  # value error
        (b":06030101203E80\r\n", b":0403000D03\r\n"),  # measure is read only
        (b":06030101013E80\r\n", b":0403000503\r\n"),  # setpoint is no character
        (b":06030401210121\r\n", b":06030201210000\r\n"),
        (b":06050401210121\r\n", b""),  # nobody has address 5
        (b":0603040121\r\n", b":0103\r\n"),  # too short for its length
        (b":06030401210139\r\n", b":0403000403\r\n"),  # no such parameter
    ],
)
def test_the_twin_answers_as_the_manual_says(message, answer):
    assert Cell().ask(message)[:9] == answer[:9]
    assert len(Cell().ask(message)) == len(answer)


def test_measured_flow_as_an_integer_is_32000_at_the_capacity():
    cell = Cell()
    cell.flows["fuel"] = 200.0 * PER_MINUTE
    assert cell.ask(b":06030401210120\r\n") == b":06030201213E80\r\n"


def test_options_are_checked():
    for wrong in (
        {"nodes": {}},
        {"nodes": {"Fuel": FUEL}},
        {"nodes": {"fuel": FUEL | {"address": 0}}},
        {"nodes": {"fuel": FUEL | {"gas": "methane 4.5 purity"}}},
        {"nodes": {"fuel": FUEL | {"capacity": "400 L/min"}}},
        {"nodes": {"a": FUEL, "b": FUEL}},
        {"nodes": {"a": FUEL, "a_setpoint": FUEL | {"address": 4}}},
    ):
        with pytest.raises(ValidationError):
            ProparOptions.model_validate(wrong)


def test_the_real_visa_stack_reads_a_line_behind_a_serial_device_server(manager):
    clock = SystemClock()
    cell = Cell(THREE)
    with SocketServer(cell.line, clock) as server:
        bench = Bench(cell.line, THREE)
        link = VisaLink(
            manager, server.resource, instrument="gas", clock=clock, wire=bench.instrument.wire
        )
        link.open()
        plates = Chain(9, (Parameter(1, 31, Type.TEXT, 7), Parameter(1, 17, Type.TEXT, 10)))
        assert plates.values(link.query(plates.request)) == ["ln/min", "H2O"]
        cell.flows["steam"] = 50.0 * PER_MINUTE  # after the valves have closed at power-up
        flow = NumberChain(9, (Parameter(33, 0, Type.FLOAT),))
        assert flow.numbers(link.query(flow.request)) == pytest.approx((50.0,))
        link.close()
