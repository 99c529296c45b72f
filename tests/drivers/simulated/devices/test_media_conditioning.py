import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.clock import MILLISECOND, SECOND
from drivers.simulated.devices.media_conditioning import make
from drivers.simulated.port import Terminals

SETPOINTS = ("coolant_setpoint", "oil_setpoint", "charge_air_setpoint", "intake_air_setpoint")


class Cell:
    """A unit, what its sensors see, and what it did to its outputs."""

    def __init__(self, **seen: float) -> None:
        self.seen = {
            "coolant_temperature": 358.15,
            "oil_temperature": 363.15,
            "charge_air_temperature": 318.15,
            "intake_air_temperature": 298.15,
            "ambient_pressure": 101325.0,
            "intake_pressure": 100870.0,
            "relative_humidity": 0.452,
        } | seen
        self.driven: dict[str, float] = {}
        wires = {name: self._signal(name) for name in self.seen}
        cables = {name: self._cable(name) for name in (*SETPOINTS, "coolant_pump", "ventilation")}
        self.unit = make(Terminals(wires, cables))
        self.now = 0

    def _signal(self, name: str):
        return lambda now: self.seen[name]

    def _cable(self, name: str):
        def drive(value: float, now: int) -> None:
            self.driven[name] = value

        return drive

    def wait(self, seconds: float) -> None:
        until = self.now + round(seconds * SECOND)
        while (due := self.unit.step(self.now)) < until:
            self.now = due
        self.now = until
        self.unit.step(self.now)

    def say(self, text: str) -> str:
        self.wait(0.01)
        return self.unit.receive(text.encode() + b"\n", self.now).decode()

    def remote(self) -> "Cell":
        self.say("SYST:REM")
        return self


def test_it_says_who_it_is_and_has_no_errors():
    assert Cell().say("*IDN?;:SYST:ERR?") == 'CELLTEC,MCU-4,MC0042,2.3;0,"No error"\n'


def test_it_wakes_with_its_stored_setpoints_and_its_pumps_running():
    cell = Cell()
    cell.wait(0.1)
    assert cell.driven == {
        "coolant_setpoint": pytest.approx(361.15),
        "oil_setpoint": pytest.approx(368.15),
        "charge_air_setpoint": pytest.approx(318.15),
        "intake_air_setpoint": pytest.approx(298.15),
        "coolant_pump": 1.0,
        "ventilation": 1.0,
    }


def test_it_shows_all_values_in_the_units_of_its_manual():
    assert Cell().say("MEAS:ALL?") == "85.00,90.00,45.00,25.00,101.325,100.870,45.2\n"
    assert Cell().say("meas:temp:oil?;:measure:humidity?") == "90.00;45.2\n"


@pytest.mark.parametrize(("value", "word"), [(math.nan, "8"), (math.inf, "10")])
def test_a_broken_sensor_reads_overload_and_alarms(value, word):
    cell = Cell(oil_temperature=value)
    assert cell.say("MEAS:TEMP:OIL?") == "9.9E37\n"
    assert cell.say("STAT:ALAR?") == f"{word}\n"


def test_in_local_it_answers_but_takes_nothing():
    cell = Cell()
    assert cell.say("TEMP:COOL 95;:OUTP:PUMP OFF") == ""
    assert cell.say("SYST:ERR?") == '-203,"Command protected"\n'
    assert cell.say("TEMP:COOL?") == "88.00\n"
    assert cell.driven["coolant_pump"] == 1.0


def test_a_setpoint_reaches_its_cable():
    cell = Cell().remote()
    assert cell.say("SOURCE:TEMPERATURE:COOLANT 95.5;:TEMP:INT MIN;:TEMP:COOL?;INT?") == (
        "95.50;10.00\n"
    )
    assert cell.driven["coolant_setpoint"] == pytest.approx(368.65)
    assert cell.driven["intake_air_setpoint"] == pytest.approx(283.15)


@pytest.mark.parametrize("word", ["110.01", "29.99", "nan", "inf", "-1e9"])
def test_a_setpoint_out_of_range_is_rejected_and_the_old_one_kept(word):
    cell = Cell().remote()
    cell.say(f"TEMP:COOL {word}")
    assert cell.say("SYST:ERR?") == '-222,"Data out of range"\n'
    assert cell.say("TEMP:COOL?") == "88.00\n"
    assert cell.driven["coolant_setpoint"] == pytest.approx(361.15)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("TEMP:COOL", -109),
        ("TEMP:COOL hot", -104),
        ("TEMP:WATER 80", -113),
        ("OUTP:PUMP HALF", -224),
        ("TEMP:OIL? HALF", -224),
        ("SYST:COMM:TIM 3601", -222),
    ],
)
def test_what_is_wrong_goes_into_the_error_queue(text, code):
    cell = Cell().remote()
    assert cell.say(text) == ""
    assert cell.say("SYST:ERR?").startswith(f"{code:+d},")
    assert cell.say("SYST:ERR?") == '0,"No error"\n'


def test_the_error_queue_says_when_it_ran_over():
    cell = Cell()
    for _ in range(10):
        cell.say("NONSENSE")
    errors = [cell.say("SYST:ERR?") for _ in range(9)]
    assert errors[-2:] == ['-350,"Queue overflow"\n', '0,"No error"\n']


def test_switches_take_words_and_digits():
    cell = Cell().remote()
    assert cell.say("OUTP:PUMP OFF;PUMP?;VENT 0;VENT?") == "0;0\n"
    assert (cell.driven["coolant_pump"], cell.driven["ventilation"]) == (0.0, 0.0)
    assert cell.say("OUTP:PUMP ON;VENT 1;PUMP?;VENT?") == "1;1\n"


def test_a_line_too_soon_after_the_last_one_is_lost():
    unit = Cell().unit
    assert unit.receive(b"*IDN?\n", 0)
    assert unit.receive(b"*IDN?\n", 5 * MILLISECOND - 1) == b""
    assert unit.receive(b"*IDN?\n", 5 * MILLISECOND)


def test_a_line_may_come_in_pieces():
    unit = Cell().unit
    assert unit.receive(b"SYST:ER", 0) == b""
    assert unit.receive(b"R?\n", 1) == b'0,"No error"\n'


def test_with_host_timeout_zero_the_pumps_keep_running_when_the_host_falls_silent():
    cell = Cell().remote()
    cell.wait(20_000.0)
    assert (cell.driven["coolant_pump"], cell.driven["ventilation"]) == (1.0, 1.0)
    assert cell.say("STAT:ALAR?") == "0\n"


def test_with_a_host_timeout_silence_switches_the_pumps_off():
    cell = Cell().remote()
    assert cell.say("SYST:COMM:TIM 10;TIM?") == "10.0\n"
    cell.wait(9.9)
    assert cell.driven["coolant_pump"] == 1.0
    cell.wait(0.2)
    assert (cell.driven["coolant_pump"], cell.driven["ventilation"]) == (0.0, 0.0)
    assert cell.say("OUTP:PUMP ON;:STAT:ALAR?") == "16\n"
    cell.wait(10.1)
    assert cell.driven["coolant_pump"] == 0.0  # silent a second time
    assert cell.say("STAT:ALAR:CLE;:STAT:ALAR?") == "0\n"


@pytest.mark.parametrize(
    ("signal", "value", "word"),
    [("coolant_temperature", 389.0, "1"), ("oil_temperature", 424.0, "2")],
)
def test_an_alarm_stays_until_it_is_gone_and_cleared(signal, value, word):
    cell = Cell()
    was, cell.seen[signal] = cell.seen[signal], value
    cell.wait(2.0)
    cell.seen[signal] = was
    assert cell.say("STAT:ALAR?") == f"{word}\n"
    assert cell.say("STAT:ALAR:CLE;:STAT:ALAR?") == "0\n"


def test_hot_coolant_without_its_pump_alarms():
    cell = Cell(coolant_temperature=375.0).remote()
    assert cell.say("STAT:ALAR?") == "0\n"
    assert cell.say("OUTP:PUMP OFF;:STAT:ALAR?") == "4\n"


def test_an_output_without_a_cable_drives_nothing():
    wires = {name: (lambda now: 300.0) for name in Cell().seen}
    unit = make(Terminals(wires, {}))
    assert unit.receive(b"SYST:REM;:OUTP:PUMP OFF;:OUTP:PUMP?\n", 0) == b"0\n"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=8))
def test_no_bytes_upset_it(pieces):
    cell = Cell()
    for index, piece in enumerate(pieces):
        cell.unit.receive(piece, index * SECOND)
    cell.now = 60 * SECOND
    cell.unit.receive(b"\n", cell.now)
    assert cell.say("*IDN?").startswith("CELLTEC,")


@given(st.floats(30.0, 110.0))
def test_a_setpoint_is_read_back_within_its_resolution(value):
    cell = Cell().remote()
    assert float(cell.say(f"TEMP:COOL {value:.2f};COOL?")) == pytest.approx(value, abs=0.0051)
