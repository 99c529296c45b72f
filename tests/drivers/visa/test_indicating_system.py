"""The indicating system: bytes, what its manual says, results and traces of the same cycles."""

import struct
from collections import deque
from itertools import count
from math import pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.clock import SECOND, SystemClock, VirtualClock
from bench.device import Connection, Mailbox, Port, Stage
from bench.errors import BadReply
from bench.fast_rows import FastRows
from bench.record.rows import TIME, RowLayout, fast_group
from drivers.simulated.cycles import CycleTraces
from drivers.simulated.devices.indicating_evaluation import EngineGeometry, Evaluator
from drivers.simulated.socket_server import SocketServer
from drivers.visa.indicating_cycles import CYCLES, RECORD
from drivers.visa.indicating_system import DRIVER, IndicatingOptions
from drivers.visa.link import VisaLink
from drivers.visa.port import block_content, block_length
from tests.drivers.visa.cylinder import Cylinder
from tests.drivers.visa.unit_bench import Bench, Script

BAR = 1e5
IMEP, COV, PEAK, CA50, MAPO, COUNT, KNOCKS, MISFIRES, EARLY, BACKFIRES = range(10)
SPEED = 40.0 * pi
HELLO = (
    (b"*IDN?\n", b"CELLTEC,CIS-6,IS0042,2.1\n"),
    (b"*CLS\n", b""),
    (b"CAPT:GRID?\n", b"-360.0,0.1,7200\n"),
    (b"CAPT:SCAL?\n", b"0.01,0.001\n"),
    (b"CYL 2\n", b""), (b"CYL?\n", b"2\n"),
    (b"CYCL 200\n", b""), (b"CYCL?\n", b"200\n"),
    (b"WIND 200\n", b""), (b"WIND?\n", b"200\n"),
    (b"CALC:KNOC 1.5\n", b""), (b"CALC:KNOC?\n", b"1.5\n"),
    (b"CALC:MISF 0.5\n", b""), (b"CALC:MISF?\n", b"0.5\n"),
    (b"CALC:PRE 0\n", b""), (b"CALC:PRE?\n", b"0\n"),
    (b"CALC:BACK 0.3\n", b""), (b"CALC:BACK?\n", b"0.3\n"),
    (b"CONF:ENG 131,158.28,260,12.5\n", b""), (b"CONF:ENG?\n", b"131.00,158.28,260.00,12.50\n"),
)  # fmt: skip
RESULTS = (b"FETC?\n", b"21.5000,1.050,151.200,8.020,0.1300,600,3,2,1,0\n")
NO_ERROR = (b"SYST:ERR?\n", b'0,"No error"\n')


def options(**given):
    return IndicatingOptions.model_validate(given)


class Hand:
    """Somebody who speaks to the unit by hand."""

    def __init__(self, cylinder=None):
        self.cylinder = cylinder or Cylinder()
        self.unit = self.cylinder.unit()
        self.now = SECOND
        self.unit.step(self.now)

    def say(self, line):
        self.now += SECOND // 50
        return self.unit.receive(line.encode() + b"\n", self.now)

    def ask(self, line):
        return self.say(line).decode("latin-1").removesuffix("\n")

    def live(self, seconds):
        """Let the unit act by itself."""
        end = self.now + round(seconds * SECOND)
        while (due := self.unit.step(self.now)) <= end:
            self.now = due
        self.now = end

    def results(self):
        return [float(each) for each in self.ask("FETC?").split(",")]

    def cycles(self, first, count):
        reply = self.say(f"CAPT:DATA? {first},{count}")
        return np.frombuffer(block_content(reply, b"\n"), RECORD)


def evaluated(records, speed=SPEED):
    traces = CycleTraces(records["pressure"] * 0.01 * BAR, records["intake"] * 0.001 * BAR)
    return Evaluator(EngineGeometry()).evaluate(traces, speed)


def bench_on(cylinder, **given):
    return Bench(DRIVER, cylinder.unit(), options(**given), "indicating")


def rows_of(bench):
    found = [each for each in bench.samples if isinstance(each, FastRows)]
    assert {each.group for each in found} <= {"indicating.cycles"}
    return np.concatenate([each.records for each in found]) if found else []


def live(bench):
    """Return the newest live results of a bench."""
    found = {}
    for each in bench.samples:
        if not isinstance(each, FastRows):
            found[each[0]] = (each[1], each[3])
    return found


def port_of(driver):
    connection = Connection("indicating", driver, "L1", SECOND, options())
    return Port(connection, Mailbox(driver.readings(None), 0, deque()), print, VirtualClock())


# --- the driver on the wire


def test_a_conversation_byte_by_byte():
    script = Script(*HELLO, RESULTS, NO_ERROR)
    bench = Bench(DRIVER, script, options(cylinder=2, knock="1.5 bar"), "indicating")
    bench.run(0.5)
    assert bench.told() == ["device.connected"]
    assert not script.lines
    values = [value for value, _ in bench.newest()]
    assert values == pytest.approx(
        [21.5e5, 0.0105, 151.2e5, 8.02 * pi / 180.0, 0.13e5, 600, 3, 2, 1, 0]
    )


@pytest.mark.parametrize(
    ("place", "reply", "told"),
    [(2, b"-180.0,0.1,3600\n", "3600"), (3, b"0.02,0.001\n", "0.02"), (5, b"1\n", "CYL")],
)
def test_a_system_that_is_not_as_the_rig_says_does_not_connect(place, reply, told):
    script = Script(*HELLO[:place], (HELLO[place][0], reply))
    bench = Bench(DRIVER, script, options(cylinder=2, knock="1.5 bar"), "indicating")
    bench.run(0.09)
    assert bench.told()[0] == "device.not-connected"
    assert told in bench.reports[0][2]


def test_a_capture_reaches_the_recorder_bit_for_bit():
    rng = np.random.default_rng(3)
    cycles = np.zeros(3, RECORD)
    cycles["cycle"], cycles["time"] = [7, 8, 9], [0.5, 0.6, 0.7]
    cycles["speed"], cycles["spark"] = 1200.0, -14.5
    cycles["pressure"] = rng.integers(-32767, 32768, (3, 7200))
    cycles["intake"] = rng.integers(-32767, 32768, (3, 7200))
    block = cycles.tobytes()
    assert b"\n" in block  # a block may hold what ends other replies
    script = Script(
        *HELLO, RESULTS, NO_ERROR,
        (b"CAPT:STAR\n", b""), (b"CAPT:STAT?\n", b"RUN,4,1,3\n"),
        (b"CAPT:STAT?\n", b"DONE,4,3,3\n"), (b"SYST:TIME?\n", b"1.000000\n"),
        (b"CAPT:DATA? 0,3\n", b"#5" + str(len(block)).encode() + block + b"\n"),
    )  # fmt: skip
    bench = Bench(
        DRIVER, script, options(cylinder=2, knock="1.5 bar"), "indicating", period=60 * SECOND
    )
    bench.run(0.5)
    bench.instrument.start("capture")
    bench.run(1.5)
    progress = bench.instrument.progress()
    assert progress.stage is Stage.DONE
    assert progress.results == {"capture": 4.0, "cycles": 3.0}
    rows = rows_of(bench)
    assert rows.dtype == RowLayout(fast_group("indicating", CYCLES)).dtype
    assert (rows["trace_6"] == cycles["pressure"]).all()
    assert (rows["trace_7"] == cycles["intake"]).all()
    assert rows["values_u2"].tolist() == [[2, 0]] * 3
    assert rows["values_u4"].tolist() == [[4, 7], [4, 8], [4, 9]]
    assert rows["values_f4"].tolist() == [[1200.0, -14.5]] * 3
    assert np.diff(rows[TIME]).tolist() == [SECOND // 10] * 2


def test_a_capture_of_an_engine_that_stops_fails_and_keeps_what_there_is():
    cylinder = Cylinder()
    bench = bench_on(cylinder)
    bench.run(3.0)
    bench.instrument.start("capture")
    bench.run(5.0)
    cylinder.state = cylinder.state._replace(speed=0.0, fired=False)
    bench.run(30.0)
    progress = bench.instrument.progress()
    assert progress.stage is Stage.FAILED
    assert progress.message.id == "indicating.capture-broken"
    assert 30 < len(rows_of(bench)) < 80


def test_no_cycle_is_handed_over_twice():
    bench = bench_on(Cylinder(), cycles=100)
    bench.run(3.0)
    for action in ("capture", "incident", "capture", "incident"):
        bench.instrument.start(action)
        bench.run(15.0)
        assert bench.instrument.progress().stage is Stage.DONE
    rows = rows_of(bench)
    numbers, times = rows["values_u4"][:, 1].astype(int), rows[TIME]
    assert (np.diff(numbers) > 0).all()
    assert (np.diff(times) > 0).all()
    assert set(rows["values_u2"][:, 1].tolist()) == {0, 1}
    assert sorted(set(rows["values_u4"][:, 0].tolist())) == [1, 2, 3, 4]


def test_live_results_go_on_while_cycles_are_read():
    bench = bench_on(Cylinder())
    bench.run(3.0)
    bench.instrument.start("capture")
    bench.run(30.0)
    times = [each[2] for each in bench.samples if not isinstance(each, FastRows) and not each[0]]
    assert max(np.diff(times)) < 1.2 * SECOND


class Ticking:
    """A clock that goes on by 20 ms whenever it is read: the unit loses no line."""

    def __init__(self):
        self._ticks = count(1)

    def now(self):
        return next(self._ticks) * SECOND // 50


def test_blocks_come_through_the_real_stack(manager):
    wire = DRIVER.build(port_of(DRIVER)).wire
    with SocketServer(Cylinder().unit(), Ticking()) as server:
        link = VisaLink(
            manager, server.resource, instrument="indicating", clock=SystemClock(), wire=wire
        )
        link.open()
        assert "CIS-6" in link.query("*IDN?", 20.0)
        assert link.query("CYCL 12;:CAPT:STAR;STAT?", 20.0) == "RUN,1,0,12"
        while not link.query("CAPT:STAT?", 20.0).startswith("DONE"):
            pass
        records = np.frombuffer(link.query_block("CAPT:DATA? 0,12", 20.0), RECORD)
        assert records["pressure"].max() * 0.01 == pytest.approx(150.0, rel=0.15)
        assert np.diff(records["cycle"].astype(int)).tolist() == [1] * 11
        assert link.query("CAPT:STAT?", 20.0) == "DONE,1,12,12"
        with pytest.raises(BadReply):
            link.query_block("*IDN?", 2.0)
        assert not link.is_open


# --- the manual


def test_settings_hold_what_they_are_set_to_and_nothing_else():
    hand = Hand()
    for header, wanted in (("CYL", "6"), ("SENS:CYCL", "17"), ("WIND", "300"),
                           ("CALC:KNOC", "2.5"), ("CALC:MISF", "0.4"), ("CALC:PRE", "-3"),
                           ("CALC:BACK", "0.5")):  # fmt: skip
        hand.say(f"{header} {wanted}")
        assert hand.ask(f"{header}?") == wanted
    for wrong in ("CYL 7", "CYL 1.5", "CYCL 0", "WIND 59", "CALC:KNOC 0", "CONF:ENG 131,158,260"):
        assert hand.say(wrong) == b""
        assert not hand.ask("SYST:ERR?").startswith("0")
    assert hand.ask("CYL?;WIND?") == "6;300"
    assert hand.ask("CAPT:STAT?") == "IDLE,0,0,0"
    assert hand.say("CAPT:DATA? 0,1") == b""
    assert hand.ask("SYST:ERR?").startswith("-230")


def test_a_line_that_comes_too_early_is_lost():
    hand = Hand()
    assert hand.unit.receive(b"*IDN?\n*IDN?\n", hand.now).count(b"\n") == 1


def test_what_it_tells_is_what_the_cycles_show():
    hand = Hand(Cylinder(gain=0.02))
    hand.live(1.0)
    hand.say("CAPT:STAR")
    for _ in range(24):
        hand.live(0.98)
        told = hand.results()
    assert hand.ask("CAPT:STAT?") == "DONE,1,200,200"
    records = np.concatenate([hand.cycles(first, 20) for first in range(0, 200, 20)])
    assert np.diff(records["cycle"].astype(int)).tolist() == [1] * 199
    seen = evaluated(records)
    assert told[COUNT] >= 240
    assert told[IMEP] == pytest.approx(seen.imep.mean() / BAR, rel=0.003)
    assert told[PEAK] == pytest.approx(seen.peak.mean() / BAR, rel=0.01)
    assert told[CA50] == pytest.approx(seen.ca50.mean(), abs=0.3)
    assert told[COV] == pytest.approx(100.0 * seen.imep.std() / seen.imep.mean(), rel=0.2)
    assert told[KNOCKS:] == [0.0, 0.0, 0.0, 0.0]
    assert seen.mapo.max() < 0.6 * BAR


def test_the_sensor_is_as_wrong_as_stated():
    gains = [Cylinder(gain=0.01, seed=seed).sensor.gain for seed in range(300)]
    assert np.std(gains) == pytest.approx(0.01 / np.sqrt(3.0), rel=0.15)


def test_a_knocking_engine_is_counted_cycle_by_cycle():
    cylinder = Cylinder()
    hand = Hand(cylinder)
    cylinder.state = cylinder.state._replace(knock_intensity=10e5)
    hand.live(20.0)
    told = hand.results()
    hand.say("CAPT:RING")
    seen = evaluated(hand.cycles(0, 20))
    assert told[KNOCKS] == told[COUNT]
    assert told[MAPO] == pytest.approx(10.0, rel=1.0)
    assert (seen.mapo > BAR).all()
    assert np.median(seen.mapo) == pytest.approx(10e5, rel=0.25)


def test_a_cylinder_in_six_that_does_not_fire_is_counted():
    cylinder = Cylinder()
    age = cylinder.state.ageing
    parts = age.parts._replace(lives=tuple(1.0 for _ in age.parts.lives))
    cylinder.state = cylinder.state._replace(
        ageing=age._replace(worn_plugs=2.0, worn_injectors=0.0, parts=parts)
    )
    hand = Hand(cylinder)
    for _ in range(200):
        hand.live(0.98)
        told = hand.results()
    assert told[MISFIRES] / told[COUNT] == pytest.approx(1.0 / 6.0, abs=0.03)
    assert told[COV] > 20.0
    hand.say("CAPT:RING")
    records = np.concatenate([hand.cycles(first, 20) for first in (0, 20, 40)])
    seen = evaluated(records)
    missed = np.count_nonzero(seen.imep < 0.5 * np.median(seen.imep))
    assert missed == pytest.approx(10, abs=9)


def test_an_engine_at_rest_gives_zeros_and_counters_stay():
    cylinder = Cylinder()
    hand = Hand(cylinder)
    hand.live(10.0)
    before = hand.results()
    cylinder.state = cylinder.state._replace(speed=0.0, fired=False, engine_torque=0.0)
    hand.live(10.0)
    told = hand.results()
    assert told[:COUNT] == [0.0] * 5
    assert told[COUNT] >= before[COUNT] > 90
    hand.say("CAPT:RING")
    assert hand.ask("CAPT:STAT?") == "DONE,1,0,0"


def test_a_leap_of_the_plant_counts_its_cycles():
    cylinder = Cylinder()
    hand = Hand(cylinder)
    hand.live(5.0)
    before = hand.results()[COUNT]
    cylinder.leapt += 60 * SECOND
    assert hand.results()[COUNT] - before == pytest.approx(600, abs=2)
    assert hand.results()[IMEP] == pytest.approx(21.5, rel=0.02)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.05, 3.0), min_size=5, max_size=20), st.integers(0, 100))
def test_the_cycles_do_not_depend_on_how_often_it_is_asked(waits, seed):
    hand = Hand(Cylinder(seed=seed))
    for wait in waits:
        hand.live(wait)
        hand.results()
    turned = (hand.now - SECOND) / SECOND * SPEED / (4.0 * pi)
    assert hand.results()[COUNT] == pytest.approx(turned, abs=1.5)


# --- faults of sensors and encoder


def faulty(what, **values):
    """Return live results and evaluated cycles before a fault, and with it."""
    found = []
    for is_faulty in (False, True):
        cylinder = Cylinder()
        hand = Hand(cylinder)
        if is_faulty:
            cylinder.suffer(what, **values)
        hand.live(40.0)
        told = hand.results()
        hand.say("CAPT:RING")
        found.append((told, evaluated(hand.cycles(0, 20))))
    return found


def test_a_degree_of_top_dead_centre_is_some_percent_of_the_work():
    """Known of heavy engines: about 4.5 % of the mean effective pressure per degree."""
    (before, sound), (told, seen) = faulty("tdc-shifted", by=1.0)
    assert told[IMEP] / before[IMEP] == pytest.approx(1.05, abs=0.025)
    assert seen.imep.mean() / sound.imep.mean() == pytest.approx(1.05, abs=0.025)
    assert told[CA50] - before[CA50] == pytest.approx(1.0, abs=0.6)


def test_wrong_pegging_moves_the_peak_and_not_the_work():
    (before, _), (told, seen) = faulty("pegging-off", by=2.0 * BAR)
    assert told[PEAK] - before[PEAK] == pytest.approx(2.0, abs=1.0)
    assert told[IMEP] == pytest.approx(before[IMEP], rel=0.02)
    assert seen.peak.mean() / BAR == pytest.approx(told[PEAK], rel=0.02)


def test_a_saturated_amplifier_shows_no_higher_pressure():
    _, (told, seen) = faulty("saturated", at=100.0 * BAR)
    assert told[PEAK] == pytest.approx(100.0, abs=1.0)
    assert seen.peak.max() < 101.0 * BAR
    assert told[IMEP] < 21.0


def test_lost_teeth_and_a_broken_sensor_are_seen_in_the_results():
    (before, _), (told, _) = faulty("teeth-lost", teeth=6.0)
    assert abs(told[IMEP] / before[IMEP] - 1.0) > 0.02
    _, (broken, seen) = faulty("broken")
    assert broken[IMEP] == pytest.approx(0.0, abs=0.01)
    assert np.ptp(seen.peak) < BAR


# --- blocks on the wire


@given(st.binary(max_size=300))
def test_any_bytes_come_through_a_block(content):
    block = b"#3" + f"{len(content):03d}".encode() + content
    assert block_length(block) == len(block)
    assert block_content(block + b"\n", b"\n") == content
    for cut in range(len(block)):
        assert block_length(block[:cut]) in (None, len(block))


@pytest.mark.parametrize("wrong", [b"1.0\n", b"#0abc\n", b"#15hell\n", b"#15hello!\n", b"#x"])
def test_what_is_no_block_is_refused(wrong):
    with pytest.raises(ValueError, match=r"#|1|b"):
        block_content(wrong, b"\n")


def test_the_record_is_laid_out_as_the_manual_says():
    assert RECORD.itemsize == struct.calcsize("<Idff") + 2 * 2 * 7200
