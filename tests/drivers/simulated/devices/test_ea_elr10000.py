"""The EA load's twin, line by line, as its programming guide has it."""

import pytest

from bench.clock import MILLISECOND, SECOND
from drivers.simulated.devices.ea_elr10000 import make
from drivers.simulated.port import Terminals


class Load:
    """A load on a source, and who talks to it every 10 ms."""

    def __init__(self, *, is_remote=True):
        self.seen = {"voltage": 12.5, "overheated": 0.0, "mains": 1.0, "local": 0.0}
        self.drawn = []
        signals = {name: self._signal(name) for name in self.seen}
        self.twin = make(Terminals(signals, {"load_current": self._draw}))
        self.now = 0
        if is_remote:
            self.say("SYST:LOCK ON")

    def _signal(self, name):
        return lambda now: self.seen[name]

    def _draw(self, value, now):
        self.drawn.append(value)

    def say(self, *lines):
        answers = []
        for line in lines:
            self.now += 10 * MILLISECOND
            answers.append(self.twin.receive(f"{line}\n".encode(), self.now).decode().strip())
        return answers[-1]

    def wait(self, seconds):
        end = self.now + round(seconds * SECOND)
        while self.now < end:
            self.now = min(self.twin.step(self.now), end)
        self.twin.step(self.now)

    def on(self):
        self.say("CURR 33.3", "INP ON")


def test_replies_carry_units():
    load = Load()
    load.on()
    assert load.say("MEAS:ARR?") == "12.50V, 33.30A, 416W"
    assert load.say("meas:scal:curr?") == "33.30A"
    assert load.say("SYST:NOM:VOLT?") == "80.00V"
    assert load.say("CURR:PROT?") == "1100.00A"


def test_settings_without_control_are_refused_and_only_the_queue_tells():
    load = Load(is_remote=False)
    assert load.say("SYST:LOCK:OWN?") == "NONE"
    assert load.say("CURR 10") == ""
    assert load.say("CURR?") == "0.00A"
    assert load.say("SYST:ERR?") == '-221,"Settings conflict"'


def test_the_panel_in_local_mode_refuses_control():
    load = Load()
    load.seen["local"] = 1.0
    load.say("SYST:LOCK ON")
    assert load.say("SYST:LOCK:OWN?") == "LOCAL"


def test_the_queue_is_five_deep():
    load = Load()
    load.say(*["CURR 99999"] * 7)
    told = [load.say("SYST:ERR?") for _ in range(6)]
    assert told[:4] == ['-222,"Data out of range"'] * 4
    assert told[4].startswith("-350")
    assert told[5] == '0,"No error"'


def test_asking_for_errors_erases_alarms_whose_cause_is_gone():
    load = Load()
    load.on()
    load.seen["voltage"] = 90.0
    load.wait(1.0)
    assert load.drawn[-1] == 0.0
    load.say("SYST:ERR?")
    assert int(load.say("STAT:QUES:COND?")) & 1
    load.seen["voltage"] = 12.5
    load.wait(1.0)
    assert int(load.say("STAT:QUES:COND?")) & 1
    load.say("SYST:ERR?")
    assert not int(load.say("STAT:QUES:COND?")) & 1


def test_as_delivered_dc_comes_back_by_itself_after_cooling_down():
    load = Load()
    load.on()
    load.seen["overheated"] = 1.0
    load.wait(1.0)
    assert load.drawn[-1] == 0.0
    load.seen["overheated"] = 0.0
    load.wait(1.0)
    assert load.drawn[-1] == 33.3


def test_after_a_mains_failure_it_needs_12_s():
    load = Load()
    load.on()
    load.seen["mains"] = 0.0
    load.wait(1.0)
    load.seen["mains"] = 1.0
    load.wait(1.0)
    load.say("SYST:ERR?", "INP ON")
    assert load.say("INP?") == "OFF"
    load.wait(12.0)
    load.say("INP ON")
    assert load.say("INP?") == "ON"


@pytest.mark.parametrize(("action", "drawn"), [("AUTO", 33.3), ("OFF", 0.0)])
def test_when_nobody_speaks_remote_control_ends(action, drawn):
    load = Load()
    load.say(f"POW:STAG:AFT:REM {action}", "SYST:COMM:MON:TIM 2", "SYST:COMM:MON:ACT ON")
    load.on()
    load.wait(1.9)
    assert load.drawn[-1] == 33.3
    load.wait(0.2)
    assert load.drawn[-1] == drawn
    assert load.say("SYST:LOCK:OWN?") == "NONE"
    assert int(load.say("STAT:OPER:COND?")) & 1 << 13


def test_power_and_voltage_limit_the_current():
    load = Load()
    load.on()
    load.say("POW 125")
    assert load.drawn[-1] == 10.0
    load.say("VOLT 13")
    assert load.drawn[-1] == 0.0


def test_a_message_too_close_to_the_last_one_is_lost():
    load = Load()
    load.now += 10 * MILLISECOND
    assert load.twin.receive(b"INP?\n", load.now) == b"OFF\n"
    assert load.twin.receive(b"INP?\n", load.now + 4 * MILLISECOND) == b""
    assert load.twin.receive(b"INP?\n", load.now + 9 * MILLISECOND) == b"OFF\n"
