"""The Solartron 1260: byte by byte, against its twin in virtual time, and through an adapter."""

import itertools
import math
import random
import sys
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.channel import Quality
from bench.clock import MILLISECOND, SECOND, SystemClock, VirtualClock
from bench.device import Connection, Mailbox, Port, Stage
from bench.errors import DemandOutOfRange, LinkClosed
from bench.messages import catalogue
from bench.opener import Wanted
from drivers.simulated.devices.solartron_1260 import RESET_TIME, make
from drivers.simulated.faults.text_seat import TextSeat
from drivers.simulated.gpib_hub import GpibHub
from drivers.simulated.port import Terminals
from drivers.simulated.text_link import InProcessLink
from drivers.visa.opening import open_links
from drivers.visa.solartron_1260 import (
    AMPLITUDE,
    DENSITY,
    DRIVER,
    HIGH,
    LOW,
    Solartron1260Options,
    SweepSettings,
    with_one_exponent_digit,
)
from drivers.visa.worker import TextWorker


def stack(frequency, _now=0):
    """Return an ohmic part, and one arc of 20 mohm and 10 mF s."""
    return 0.010 + 0.020 / (1.0 + 1j * 2.0 * math.pi * frequency * 0.02)


def analyser(response=stack, seen=None, seed=1):
    signals = {} if seen is None else {"overload": lambda now: seen["overload"]}
    draw = random.Random(seed)
    responses = {"impedance": response}
    return make(Terminals(signals, {}, random=draw.random, responses=responses))


class Heard:
    """A twin, every message to it, and when it came."""

    def __init__(self, twin):
        self.twin = twin
        self.lines = []

    def receive(self, data, now):
        self.lines.append((data.decode().strip(), now))
        return self.twin.receive(data, now)

    def step(self, now):
        return self.twin.step(now)


class Bench:
    """The driver on its twin, in virtual time."""

    def __init__(self, twin=None, period=SECOND, **options):
        self.clock = VirtualClock()
        self.samples, self.reports = deque(), []
        self.twin = twin or analyser()
        self.heard = Heard(self.twin)
        settings = Solartron1260Options.model_validate(options)
        connection = Connection("fra", DRIVER, "GPIB0::5::INSTR", period, settings)
        mailbox = Mailbox(DRIVER.readings(settings), 0, self.samples)
        self.instrument = DRIVER.build(Port(connection, mailbox, self._report, self.clock))
        link = InProcessLink(
            self.heard, instrument="fra", clock=self.clock, wire=self.instrument.wire
        )
        self.worker = TextWorker(link, self.instrument, lambda: 0.5)
        self.due = {self.worker: 0, self.twin: 0}

    def _report(self, level, source, message):
        assert catalogue("zh", message.id.split(".")[0]).get(message.id)
        self.reports.append((level, message.id, message.text()))

    def run(self, seconds):
        until = self.clock.now() + round(seconds * SECOND)
        due = dict.fromkeys(self.due, self.clock.now())
        while True:
            who = min(due, key=lambda each: due[each])
            if due[who] > until:
                break
            self.clock.wait_until(due[who])
            due[who] = max(who.step(self.clock.now()), self.clock.now() + 1)
        self.clock.wait_until(until)

    def sweep(self, high=10e3, low=1.0, density=10, amplitude=0.02, limit=4000.0):
        self.run(1.0)
        for index, value in ((HIGH, high), (LOW, low), (DENSITY, density), (AMPLITUDE, amplitude)):
            self.instrument.demand(index, value)
        self.run(1.0)
        self.instrument.start("sweep")
        begun = self.clock.now()
        while self.instrument.progress().stage is Stage.RUNNING:
            assert self.clock.now() - begun < limit * SECOND
            self.run(1.0)
        return self.instrument.progress()

    def points(self):
        """Return what was handed over: running number → values and qualities at one time."""
        found, at = {}, {}
        for index, value, now, quality in self.samples:
            if index == 0 and value > 0.0:
                at[now] = found.setdefault(value, {0: (value, quality)})
            elif now in at and not math.isnan(value):
                at[now][index] = (value, quality)
        return found


SETUP = [("OP 2,0", None), ("OS 0", None), ("OT 0", None), ("CE", None)]
IDENTITY = ("*IDN?", "1260A IMPEDANCE ANALYZER, SOLARTRON,0,0")


def test_a_sweep_of_two_points_line_by_line(driver_stand):
    stand = driver_stand(DRIVER, Solartron1260Options(), IDENTITY, *SETUP, ("*ESR?", "0"),
                         period=3600 * SECOND)  # fmt: skip
    stand.converse()
    for index, value in ((HIGH, 1000.0), (LOW, 100.0), (DENSITY, 1.0), (AMPLITUDE, 0.02)):
        stand.instrument.demand(index, value)
    for _ in range(4):
        stand.now_step()
    stand.instrument.start("sweep")
    stand.link.expect(
        ("TT2", None),
        *SETUP,
        *((line, None) for line in ("CV 0", "SO 1,3", "GT 1", "RA 1,0", "RA 3,0")),
        *((line, None) for line in ("DC 1,0", "DC 3,0", "IA 2.0000000E-2")),
        ("?IA", "+2.0000E-02"),
        ("*ESR?", "0"),
        *_point("1.0000000E+3", "1.0000000E-3", "+1.0000000E+03,+1.1000E-02,-2.0000E-04,0,0"),
        *_point("1.0000000E+2", "1.0000000E-2", "+1.0000000E+02,+1.2000E-02,-3.0000E-04,0,0"),
        *_point("1.0000000E+3", "1.0000000E-3", "+1.0000000E+03,+1.1000E-02,-2.0000E-04,0,0"),
        ("BK", None),
    )
    stand.now_step()
    stand.converse()


def _point(frequency, delay, result):
    return (
        (f"FR {frequency}", None),
        (f"DL {delay}", None),
        ("IS 1.0000000E+0", None),
        ("*ESR?", "0"),
        ("*OPC", None),
        ("SI", None),
        ("*ESR?", "1"),
        ("DO", result),
    )


def test_a_sweep_gives_every_point_once_from_high_to_low_and_the_first_again():
    bench = Bench()
    progress = bench.sweep()
    assert progress.stage is Stage.DONE
    assert progress.results["points"] == 42.0
    assert abs(progress.results["repeat"]) < 0.02
    points = bench.points()
    assert list(points) == [float(number) for number in range(1, 43)]
    frequencies = [point[1][0] for point in points.values()]
    assert frequencies[0] == frequencies[-1] == 10e3
    assert frequencies[:-1] == sorted(frequencies[:-1], reverse=True)
    for point in points.values():
        shown, true = complex(point[2][0], point[3][0]), stack(point[1][0])
        assert abs(shown - true) < 6.0 * 0.003 * abs(true)
        assert point[4] == (0.0, Quality.OK.value)


def test_noise_is_three_tenths_of_a_percent():
    bench = Bench()
    bench.sweep(high=10e3, low=10.0, density=50)
    errors = []
    for point in bench.points().values():
        true = stack(point[1][0])
        errors += [(point[2][0] - true.real) / abs(true), (point[3][0] - true.imag) / abs(true)]
    rms = math.sqrt(sum(error * error for error in errors) / len(errors))
    assert rms == pytest.approx(0.003, rel=0.2)


def test_no_two_points_share_a_poll_and_the_last_one_stays_fresh():
    bench = Bench(period=5 * SECOND)
    bench.sweep(high=1000.0, low=100.0)
    times = [now for index, value, now, _ in bench.samples if index == 0 and value > 0.0]
    assert min(b - a for a, b in itertools.pairwise(times)) > 4 * SECOND
    seen = [now for index, _, now, _ in bench.samples if index == 2]
    assert max(b - a for a, b in itertools.pairwise(seen)) <= 6 * SECOND


def test_the_default_sweep_goes_from_10_khz_to_30_mhz_in_its_real_time():
    bench = Bench()
    bench.run(1.0)
    bench.instrument.start("sweep")
    begun = bench.clock.now()
    bench.run(1800.0)
    assert bench.instrument.progress().stage is Stage.DONE
    points = bench.points()
    assert len(points) == 57  # 55 steps over 5.52 decades, and the first again
    last = [now for index, value, now, _ in bench.samples if index == 0 and value == 57.0]
    expected = sum(
        max(1.0, math.ceil(3.0 - 1e-6) / f) + 1.0 / f for f in SweepSettings().frequencies()
    )
    assert expected < (last[0] - begun) / SECOND < expected + 57 * 1.6 + 10.0


def test_nothing_waits_on_the_wire_while_a_point_is_measured():
    bench = Bench()
    bench.sweep(high=0.1, low=0.05, density=3)
    asked = [now for line, now in bench.heard.lines if line == "*ESR?"]
    assert max(b - a for a, b in itertools.pairwise(asked)) < 8 * SECOND


def test_it_hears_nothing_for_5_s_after_a_reset_and_is_not_asked():
    bench = Bench()
    bench.sweep(high=1000.0, low=100.0, density=1)
    (reset,) = [now for line, now in bench.heard.lines if line == "TT2"]
    assert not [line for line, now in bench.heard.lines if reset < now < reset + RESET_TIME]
    assert bench.worker.health.failures == 0


def test_an_overloaded_point_is_bad_and_told_once():
    seen = {"overload": 1.0}
    bench = Bench(analyser(seen=seen))
    bench.sweep(high=1000.0, low=100.0)
    for point in bench.points().values():
        assert point[4][0] == 2.0
        assert point[2][1] == point[3][1] == Quality.BAD.value
    assert [identifier for _, identifier, _ in bench.reports].count("fra.error") == 1


def test_a_point_that_never_ends_breaks_the_sweep_off_after_its_budget():
    bench = Bench()
    bench.twin.step = lambda now: now + SECOND
    bench.twin._advance = lambda now: None
    progress = bench.sweep(high=1000.0, low=100.0, limit=30.0)
    assert progress.message.id == "fra.late"
    assert bench.heard.lines[-1][0] in ("BK", "*ESR?")
    assert bench.twin.settings["IA"] == 0.0


def test_an_amplitude_of_0_ends_a_sweep_and_the_generator_is_off():
    bench = Bench()
    bench.run(1.0)
    bench.instrument.start("sweep")
    bench.run(20.0)
    assert bench.twin.settings["IA"] == 0.02
    bench.instrument.make_safe({AMPLITUDE: 0.0})
    bench.run(0.2)
    assert bench.twin.settings["IA"] == 0.0
    bench.run(20.0)
    assert bench.instrument.progress().message.id == "fra.stopped"
    bench.instrument.start("sweep")
    bench.run(5.0)
    assert bench.instrument.progress().message.id == "fra.no-sweep"


def test_after_a_sweep_the_generator_is_off():
    bench = Bench()
    bench.sweep(high=1000.0, low=100.0, density=1)
    assert bench.twin.settings["IA"] == 0.0


def test_a_voltage_generator_is_an_option():
    bench = Bench(generator="voltage")
    bench.sweep(high=1000.0, low=100.0, density=1, amplitude=0.5)
    lines = [line for line, _ in bench.heard.lines]
    assert "GT 0" in lines
    assert "VA 5.0000000E-1" in lines


def test_somebody_at_the_panel_is_noticed():
    bench = Bench()
    bench.run(1.0)
    bench.instrument.start("sweep")
    bench.run(12.0)
    bench.twin.settings["FR"] = 50.0
    bench.run(10.0)
    assert bench.instrument.progress().message.id == "fra.other-frequency"


def test_a_lost_link_ends_the_sweep():
    bench = Bench()
    bench.run(1.0)
    bench.instrument.start("sweep")
    bench.run(20.0)
    bench.worker._link.close()
    bench.worker._lose(_gone())
    bench.run(5.0)
    assert bench.instrument.progress().message.id == "device.action-interrupted"


def _gone():
    return LinkClosed("link.closed", instrument="fra", link="L", message="?")


@given(st.floats(1e-9, 9.9e9))
def test_numbers_have_one_exponent_digit(value):
    text = with_one_exponent_digit(value)
    assert text[-3] == "E"
    assert float(text) == pytest.approx(value, rel=1e-7)


@pytest.mark.parametrize("value", [1e10, 1e-10])
def test_a_number_that_needs_two_digits_is_refused(value):
    with pytest.raises(ValueError, match=str(value)):
        with_one_exponent_digit(value)


@given(st.floats(1e-3, 10.0), st.floats(11.0, 1e5), st.integers(1, 30))
def test_a_sweep_is_even_in_the_logarithm(low, high, density):
    frequencies = SweepSettings(high, low, density).frequencies()
    assert frequencies[0] == frequencies[-1] == high
    assert frequencies[-2] == pytest.approx(low)
    ratios = [math.log10(a / b) for a, b in itertools.pairwise(frequencies[:-1])]
    assert max(ratios) == pytest.approx(min(ratios))
    assert len(ratios) == max(round(density * math.log10(high / low)), 1)


@pytest.mark.parametrize("value", [0.5, -1.0])
def test_an_amplitude_beyond_the_generator_never_reaches_the_wire(value):
    with pytest.raises(DemandOutOfRange):
        Bench().instrument.demand(AMPLITUDE, value)


def say(twin, text, now=0):
    return twin.receive(text.encode(), now).decode()


def test_the_twin_takes_only_one_exponent_digit():
    twin = analyser()
    say(twin, "FR 1.0E+3\n")
    assert say(twin, "?FR\n") == "+1.0000000E+03\r\n"
    say(twin, "FR 2.0E+03\n")
    assert say(twin, "?FR;*ESR?\n") == "+1.0000000E+03\r\n32\r\n"
    say(twin, "FR 9.0E+9\n")
    assert say(twin, "*ESR?\n") == "16\r\n"


def test_the_twin_puts_results_on_the_bus_by_itself_when_told_to():
    twin = analyser()
    say(twin, "OP 2,1\nCV 0\nGT 1\nIA 0.01\nFR 1.0E+3\nIS 0.1\nSI\n")
    assert twin.step(0) > 100 * MILLISECOND
    assert say(twin, "", SECOND).startswith("+1.0000000E+03,")


LAN = "PRLGX-TCPIP11::127.0.0.1::{port}::INTFC GPIB11::{address}::INSTR"


def test_a_sweep_through_an_adapter_on_a_real_socket_and_its_neighbour_is_served(manager):
    clock = SystemClock()
    twins = {"5": analyser(), "6": analyser()}
    seats = {key: TextSeat(lambda twin=twin: twin, random.Random(1)) for key, twin in twins.items()}
    options = Solartron1260Options.model_validate({"integration": "50 ms"})
    with GpibHub(seats, clock) as hub:
        connections = [
            Connection(
                f"fra{key}", DRIVER, LAN.format(port=hub.port, address=key), SECOND // 5, options
            )
            for key in seats
        ]
        samples, bases = deque(), {"fra5": 0, "fra6": 5}
        wanted = Wanted(connections, samples, bases, lambda *_: None, clock)
        wiring = open_links(wanted, connections)
        sweeping = wiring.instruments["fra5"]
        due = dict.fromkeys(wiring.workers, 0)
        end = clock.now() + 25 * SECOND
        is_begun = False
        while clock.now() < end and sweeping.progress().stage is not Stage.DONE:
            who = min(due, key=lambda each: due[each])
            clock.wait_until(due[who])
            due[who] = who.step(clock.now())
            if sweeping.is_connected and not is_begun and samples:
                is_begun = True
                for index, value in ((HIGH, 1000.0), (LOW, 100.0), (DENSITY, 1.0)):
                    sweeping.demand(index, value)
                sweeping.start("sweep")
        for worker in wiring.workers:
            worker.close()
        assert sweeping.progress().stage is Stage.DONE, sweeping.progress()
        numbers = [value for index, value, *_ in samples if index == 0 and value > 0.0]
        assert numbers == [1.0, 2.0, 3.0]
        heard = [now for index, _, now, _ in samples if index == 5]
        assert max(b - a for a, b in itertools.pairwise(heard)) < SECOND


def test_a_poll_in_virtual_time_costs_a_handful_of_calls():
    bench = Bench()
    bench.run(10.0)
    calls = []
    sys.setprofile(lambda frame, kind, _: calls.append(frame) if kind.endswith("call") else None)
    try:
        bench.run(10.0)
    finally:
        sys.setprofile(None)
    assert len(calls) / 10 < 120
