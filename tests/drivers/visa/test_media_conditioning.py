import math
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.channel import Quality
from bench.clock import SECOND, VirtualClock
from bench.device import Connection, LinkKind, Mailbox, Port
from bench.errors import DemandOutOfRange
from bench.messages import Message, catalogue
from drivers.simulated.devices.media_conditioning import make
from drivers.simulated.port import Terminals
from drivers.simulated.text_link import InProcessLink
from drivers.visa.media_conditioning import DRIVER, TABLE, MediaConditioningOptions
from drivers.visa.numbers import plain_numbers
from drivers.visa.worker import TextWorker

COOLANT, OIL, CHARGE_AIR, INTAKE_AIR, PUMP, VENTILATION = range(6)


class Bench:
    """The driver on a link to a twin, or to a script, in virtual time."""

    def __init__(self, twin, period=SECOND // 2, **options) -> None:
        self.twin = twin
        self.clock = VirtualClock()
        self.samples = deque()
        self.reports = []
        settings = MediaConditioningOptions.model_validate(options)
        link_name = "TCPIP::10.0.0.9::5025::SOCKET"
        connection = Connection("media", DRIVER, link_name, period, settings)
        mailbox = Mailbox(DRIVER.readings(settings), 0, self.samples)
        self.instrument = DRIVER.build(Port(connection, mailbox, self.report, self.clock))
        self.link = InProcessLink(
            twin, instrument="media", clock=self.clock, wire=self.instrument.wire
        )
        self.worker = TextWorker(self.link, self.instrument, lambda: 0.5)

    def report(self, level: str, source: str, message: Message) -> None:
        assert source == "media"
        assert catalogue("zh", message.id.split(".")[0]).get(message.id)
        self.reports.append((level, message.id, message.text()))

    def run(self, seconds: float) -> None:
        until = self.clock.now() + round(seconds * SECOND)
        due = {self.worker: self.clock.now(), self.twin: self.clock.now()}
        while True:
            who = min(due, key=lambda each: due[each])
            if due[who] > until:
                break
            self.clock.wait_until(due[who])
            due[who] = max(who.step(self.clock.now()), self.clock.now() + 1)
        self.clock.wait_until(until)

    def newest(self) -> list[tuple[float, int]]:
        found: dict[int, tuple[float, int]] = {}
        for index, value, _, quality in self.samples:
            found[index] = (value, quality)
        return [found[index] for index in range(7)]

    def told(self, level: str) -> list[str]:
        return [identifier for each, identifier, _ in self.reports if each == level]


class Script:
    """An instrument that expects exact bytes and answers with exact bytes."""

    def __init__(self, *lines: tuple[bytes, bytes]) -> None:
        self.lines = deque(lines)

    def step(self, now: int) -> int:
        return now + 3600 * SECOND

    def receive(self, data: bytes, now: int) -> bytes:
        if not self.lines:
            return b""
        expected, reply = self.lines.popleft()
        assert data == expected
        return reply


class Cell:
    """A unit in a warm cell, and the bench on it."""

    def __init__(self, **options) -> None:
        self.seen = {
            "coolant_temperature": 358.15,
            "oil_temperature": 363.15,
            "charge_air_temperature": 318.15,
            "intake_air_temperature": 298.15,
            "ambient_pressure": 101325.0,
            "intake_pressure": 100870.0,
            "relative_humidity": 0.452,
        }
        self.driven: dict[str, float] = {}
        cables = {
            name: self._cable(name)
            for name in ("coolant_setpoint", "oil_setpoint", "charge_air_setpoint",
                         "intake_air_setpoint", "coolant_pump", "ventilation")
        }  # fmt: skip
        self.terminals = Terminals({name: self._signal(name) for name in self.seen}, cables)
        self.unit = make(self.terminals)
        self.bench = Bench(self.unit, **options)

    def _signal(self, name: str):
        return lambda now: self.seen[name]

    def _cable(self, name: str):
        def drive(value: float, now: int) -> None:
            self.driven[name] = value

        return drive


HELLO = (
    (b"*IDN?\n", b"CELLTEC,MCU-4,MC0042,2.3\n"),
    (b"SYST:REM\n", b""),
    (b"SYST:COMM:TIM:ACT HOLD\n", b""),
    (b"SYST:COMM:TIM:ACT?\n", b"HOLD\n"),
    (b"SYST:COMM:TIM 10.0\n", b""),
    (b"SYST:COMM:TIM?\n", b"10.0\n"),
)
ALL = (b"MEAS:ALL?\n", b"85.00,90.00,45.00,25.00,101.325,100.870,45.2\n")
CALM = ((b"SYST:ERR?\n", b'0,"No error"\n'), (b"STAT:ALAR?\n", b"0\n"))


def test_a_conversation_byte_by_byte():
    script = Script(
        *HELLO,
        ALL,
        *CALM,
        (b"SYST:REM;:SOUR:TEMP:COOL 95.00\n", b""),
        (b"SOUR:TEMP:COOL?\n", b"95.00\n"),
        (b"SYST:REM;:OUTP:PUMP ON\n", b""),
        (b"OUTP:PUMP?\n", b"1\n"),
        ALL,
    )
    bench = Bench(script)
    bench.run(0.3)
    bench.instrument.demand(COOLANT, 368.15)
    bench.instrument.demand(PUMP, 1)
    bench.run(0.3)
    assert not script.lines
    assert bench.instrument.identity == "CELLTEC,MCU-4,MC0042,2.3"
    assert bench.newest() == [
        (pytest.approx(value), Quality.OK)
        for value in (358.15, 363.15, 318.15, 298.15, 101325.0, 100870.0, 0.452)
    ]
    assert bench.told("warning") + bench.told("error") == []


def test_connecting_changes_no_output():
    cell = Cell()
    cell.unit.step(0)
    before = dict(cell.driven)
    cell.driven.clear()
    cell.bench.run(10)
    assert cell.driven == {}
    assert before["coolant_pump"] == before["ventilation"] == 1.0


def test_demands_reach_the_cables_in_si():
    cell = Cell()
    cell.bench.run(1)
    wanted = {COOLANT: 353.15, OIL: 373.15, CHARGE_AIR: 313.15, INTAKE_AIR: 295.15, PUMP: 0}
    for index, value in (wanted | {VENTILATION: 0}).items():
        cell.bench.instrument.demand(index, value)
    cell.bench.run(1)
    assert cell.driven == {
        "coolant_setpoint": pytest.approx(353.15),
        "oil_setpoint": pytest.approx(373.15),
        "charge_air_setpoint": pytest.approx(313.15),
        "intake_air_setpoint": pytest.approx(295.15),
        "coolant_pump": 0.0,
        "ventilation": 0.0,
    }
    assert cell.bench.told("error") == []


@pytest.mark.parametrize(("index", "value"), [(COOLANT, 383.2), (OIL, math.nan), (PUMP, 2)])
def test_a_demand_outside_its_range_never_reaches_the_wire(index, value):
    cell = Cell()
    cell.bench.run(1)
    cell.driven.clear()
    with pytest.raises(DemandOutOfRange):
        cell.bench.instrument.demand(index, value)
    cell.bench.run(1)
    assert cell.driven == {}


def test_a_setpoint_the_unit_rejects_is_told_with_what_it_holds_and_why():
    bench = Bench(
        Script(
            *HELLO,
            ALL,
            *CALM,
            (b"SYST:REM;:SOUR:TEMP:COOL 95.00\n", b""),
            (b"SOUR:TEMP:COOL?\n", b"88.00\n"),
            (b"SYST:ERR?\n", b'-222,"Data out of range"\n'),
            *CALM,
        )
    )
    bench.run(0.2)
    bench.instrument.demand(COOLANT, 368.15)
    bench.run(0.2)
    assert bench.told("error") == ["device.demand-not-taken"]
    assert bench.told("warning") == ["device.instrument-error"]
    assert "88 °C" in bench.reports[1][2]


def test_local_taken_at_the_panel_does_not_stop_a_demand():
    cell = Cell()
    cell.bench.run(1.02)
    cell.unit.receive(b"SYST:LOC\n", cell.bench.clock.now())
    cell.bench.run(0.02)
    cell.bench.instrument.demand(PUMP, 0)
    cell.bench.run(1)
    assert cell.driven["coolant_pump"] == 0.0


def test_when_the_bench_dies_the_unit_holds_its_outputs_raises_an_alarm_and_goes_local():
    cell = Cell()
    cell.bench.run(5)
    cell.bench.instrument.demand(COOLANT, 353.15)
    cell.bench.run(1)
    cell.driven.clear()
    end = cell.bench.clock.now()
    cell.bench.link.close()  # the process is gone: nothing is said any more
    for second in range(1, 100):
        cell.unit.step(end + second * SECOND)
    assert cell.driven == {}
    later = end + 100 * SECOND
    assert cell.unit.receive(b"STAT:ALAR?;:SYST:REM?\n", later) == b"16;0\n"


def test_the_action_is_armed_before_the_timeout_so_that_silence_never_switches_off():
    cell = Cell()
    cell.bench.run(0.5)
    answer = cell.unit.receive(b"SYST:COMM:TIM:ACT?;:SYST:COMM:TIM?\n", SECOND * 2)
    assert answer == b"HOLD;10.0\n"
    said = [message for message, _ in HELLO]
    assert said.index(b"SYST:COMM:TIM:ACT HOLD\n") < said.index(b"SYST:COMM:TIM 10.0\n")


def test_a_restarted_unit_is_armed_again_and_what_it_holds_is_not_touched():
    cell = Cell()
    cell.bench.run(5)
    cell.unit = cell.bench.twin = cell.bench.link._twin = make(cell.terminals)
    cell.unit.step(cell.bench.clock.now())
    cell.driven.clear()
    cell.bench.link.close()
    cell.bench.run(5)
    assert cell.driven == {}
    now = cell.bench.clock.now() + SECOND
    assert cell.unit.receive(b"SYST:COMM:TIM:ACT?;:SYST:COMM:TIM?\n", now) == b"HOLD;10.0\n"


def test_a_unit_that_does_not_hold_the_action_does_not_connect():
    bench = Bench(Script(*HELLO[:3], (b"SYST:COMM:TIM:ACT?\n", b"OFF\n")))
    bench.run(0.1)
    assert bench.told("error") == ["device.not-connected"]
    assert "OFF" in bench.reports[0][2]


def test_a_rig_may_ask_for_another_host_timeout_and_action():
    cell = Cell(host_timeout="30 s", host_timeout_action="off")
    cell.bench.run(5)
    assert cell.bench.instrument.is_connected
    cell.bench.worker.close()
    for second in range(5, 100):
        cell.unit.step(second * SECOND)
    assert cell.driven["coolant_pump"] == 0.0


def test_a_unit_that_keeps_another_host_timeout_does_not_connect():
    bench = Bench(Script(*HELLO[:-1], (b"SYST:COMM:TIM?\n", b"60.0\n")))
    bench.run(0.1)
    assert bench.told("error") == ["device.not-connected"]
    assert "60 s" in bench.reports[0][2]
    assert not bench.instrument.is_connected


def test_another_instrument_is_not_spoken_to():
    bench = Bench(Script((b"*IDN?\n", b"EA Elektro-Automatik,ELR 10080\n")))
    bench.run(0.05)
    assert bench.told("error") == ["device.not-connected"]


@pytest.mark.parametrize(
    "reply",
    [
        b"1,2,3,4,5,6\n",
        b"1,2,3,4,5,6,7,8\n",
        b"1,2,3,4,5,6,x\n",
        b"1,2,3,4,5,6,\n",
        b"1_0,2,3,4,5,6,7\n",
        b"\xff\xfe\n",
        b"\n",
        b"1,2,3,4,5,6,7",
        b"",
    ],
)
def test_garbage_drops_the_link_and_is_never_a_number(reply):
    bench = Bench(Script(*HELLO, (b"MEAS:ALL?\n", reply)))
    bench.run(0.1)
    assert all(math.isnan(value) for _, value, _, _ in bench.samples)
    assert all(quality == Quality.DISCONNECTED for _, quality in bench.newest())
    assert "device.lost" in bench.told("error")


@pytest.mark.parametrize("reply", [b"1.5\n", b"-1\n", b"high\n", b"1,2\n"])
def test_garbage_for_the_alarm_word_drops_the_link(reply):
    bench = Bench(Script(*HELLO, ALL, CALM[0], (b"STAT:ALAR?\n", reply)))
    bench.run(0.2)
    assert "device.lost" in bench.told("error")


def test_a_broken_sensor_is_bad_and_its_neighbours_are_not():
    cell = Cell()
    cell.bench.run(1)
    cell.seen["oil_temperature"] = math.nan
    cell.bench.run(3)
    qualities = [quality for _, quality in cell.bench.newest()]
    assert qualities == [Quality.OK, Quality.BAD] + [Quality.OK] * 5
    assert cell.bench.told("error") == ["conditioning.alarm"]


def test_alarms_are_told_once_by_name_and_their_end_too():
    cell = Cell()
    cell.bench.run(1)
    cell.seen["coolant_temperature"] = 390.0
    cell.bench.run(10)
    assert [text for _, key, text in cell.bench.reports if key == "conditioning.alarm"] == [
        "media raises an alarm: coolant above 115 °C; take the load off and check flow and level"
    ]
    cell.seen["coolant_temperature"] = 358.15
    cell.bench.run(0.02)
    cell.unit.receive(b"STAT:ALAR:CLE\n", cell.bench.clock.now())
    cell.bench.run(5)
    assert "conditioning.no-alarms" in cell.bench.told("info")


def test_what_was_sent_is_asked_for_after_a_lost_link_and_not_sent_again():
    bench = Bench(
        Script(
            *HELLO,
            ALL,
            *CALM,
            (b"SYST:REM;:SOUR:TEMP:COOL 80.00\n", b""),
            (b"SOUR:TEMP:COOL?\n", b"80.00\n"),
            *HELLO,
            (b"SOUR:TEMP:COOL?\n", b"70.00\n"),
            ALL,
            *CALM,
        )
    )
    bench.run(0.2)
    bench.instrument.demand(COOLANT, 353.15)
    bench.run(0.1)
    bench.link.close()
    bench.run(0.1)
    assert bench.told("error") == ["device.demand-not-taken"]
    assert "70 °C" in bench.reports[-1][2]


def test_safe_values_are_held_over_a_lost_link_and_nothing_is_switched():
    cell = Cell()
    cell.bench.run(1)
    cell.bench.instrument.make_safe({PUMP: 1, VENTILATION: 1, COOLANT: 353.15})
    cell.bench.run(1)
    cell.bench.link.close()
    cell.driven.clear()
    cell.bench.run(10)
    assert cell.driven == {}
    assert cell.bench.told("error") == []


def test_a_demand_given_while_the_link_is_lost_is_sent_when_it_is_back():
    cell = Cell()
    cell.bench.run(1)
    cell.bench.twin = cell.bench.link._twin = Script()  # it does not answer
    cell.bench.run(2)
    cell.bench.instrument.demand(COOLANT, 353.15)
    cell.bench.run(1)
    cell.bench.twin = cell.bench.link._twin = cell.unit
    cell.bench.run(2)
    assert cell.driven["coolant_setpoint"] == pytest.approx(353.15)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=7), st.integers(0, 3))
def test_what_is_written_is_read_within_its_resolution(numbers, decimals):
    reply = ",".join(f"{number:.{decimals}f}" for number in numbers)
    assert plain_numbers(reply) == pytest.approx(numbers, abs=0.51 * 10.0**-decimals)


def test_the_data_sheet_is_declared():
    names = [each.name for each in DRIVER.demands(None)]
    assert names == [
        "coolant_temperature",
        "oil_temperature",
        "charge_air_temperature",
        "intake_air_temperature",
        "coolant_pump",
        "ventilation",
    ]
    assert DRIVER.demands(None)[PUMP].choices == ("off", "on")
    assert [each.name for each in DRIVER.readings(None)][4:] == [
        "ambient_pressure",
        "intake_pressure",
        "relative_humidity",
    ]
    assert all(each.uncertainty is not None for each in TABLE.readings)
    assert TABLE.reapply == set(range(6))
    assert DRIVER.link is LinkKind.VISA


def test_the_options_refuse_what_is_no_time():
    with pytest.raises(ValidationError):
        MediaConditioningOptions.model_validate({"host_timeout": "2 h"})
    with pytest.raises(ValidationError):
        MediaConditioningOptions.model_validate({"host_timeout": "1 m"})
