"""From pause, stop, error or bad data every demand ends at the object's safe value.

Judged on the plant, not on our own variables.
"""

import math
import shutil
import sys
import tempfile

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bench.cli import main
from bench.control.measuring import MeasureRunner
from bench.errors import RunFileError
from bench.exits import Exit
from bench.runs import open_run
from bench.service.requests import Answer, Hold, Resume, StopNow
from bench.service.server import BenchServer
from protocols import hosting
from tests.system.virtual_bench import LOADED, RPM, Failing, VirtualBench

PHASES = ("", "start/ready", "start/flush", "start/running", "load", "point", "confirm", "stay")
"""Steps at which trouble may begin; the first: while the links are opened."""
TEXT_INSTRUMENTS = ("daq", "conditioning", "auxiliaries")
SENSORS = (
    "flange.speed",
    "flange.torque",
    "ecu.oil_pressure",
    "daq.exhaust",
    "daq.crankcase_h2",
    "daq.oil",
    "plc.hood_h2_1",
)
FAULTY = {"nan": math.nan, "overload": 9.9e37, "nothing": 0.0}
AT_REST = 25 * RPM


def judge(bench):
    """Assert that the object is safe, by what the plant shows, and that the file says why."""
    was_asked = bench.server.has_begun
    bench.cut_is_lasting = bench.workers["can0"].is_cut
    ending = bench.close()
    truth, inputs = bench.truth, bench.inputs
    assert not truth.fuel_valve_open
    assert not inputs.injection
    assert not truth.injecting
    assert not truth.fired
    assert truth.ventilation_on
    if bench.cut_is_lasting:
        # Nothing reaches dynamometer and PLC. The controller has noticed the missing demands and
        # keeps its speed (an engine let go would run up); the PLC has noticed the missing
        # heartbeat and closed the valve. Somebody has to mend the cable.
        assert inputs.pedal == 0
        assert truth.speed <= bench.fastest + 20 * RPM
    else:
        assert truth.speed < AT_REST
        assert abs(truth.shaft_torque) < 20
        assert not inputs.ignition
    with open_run(bench.server.path) as run:
        assert run.ending == ending
        if was_asked:
            assert run.ending.state in {"completed", "stopped", "limit", "operator", "error"}
        else:
            assert run.ending.state in {"refused", "stopped"}


class SafeEnds(RuleBasedStateMachine):
    """A technician, a bench, and whatever can go wrong with it."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.mkdtemp()
        self.bench = VirtualBench(self.folder)
        self.is_misled = False
        """Whether the speed shown is a plausible lie."""

    @initialize(phase=st.sampled_from(PHASES), more=st.integers(0, 20))
    def begin(self, phase, more):
        self.bench.answers = phase not in {"start/ready", "confirm"}
        if phase == "confirm":
            self.bench.answers = True
            self.bench.until_step("point")
            self.bench.answers = False
        if phase:
            self.bench.until_step(phase)
        self.bench.fastest = self.bench.truth.speed
        self.scan(more)

    def scan(self, count):
        bench = self.bench
        for _ in range(count):
            bench.scan()
            bench.fastest = max(bench.fastest, bench.truth.speed)

    @rule(count=st.integers(1, 60))
    def some_scans(self, count):
        self.scan(count)

    @rule()
    def hold(self):
        self.bench.server.request(Hold())
        self.scan(3)

    @rule()
    def resume(self):
        self.bench.server.request(Resume())

    @rule(is_done=st.booleans())
    def answer(self, is_done):
        self.bench.server.request(Answer(is_done))

    @rule(is_hard=st.booleans())
    def stop(self, is_hard):
        self.bench.server.request(StopNow(is_hard))
        self.scan(1)

    @rule(bus=st.sampled_from(("can0", "can1")), is_cut=st.booleans())
    def cable(self, bus, is_cut):
        self.bench.cut(bus, is_cut=is_cut)
        self.scan(2)

    @rule(name=st.sampled_from(TEXT_INSTRUMENTS), is_mute=st.booleans())
    def text_instrument(self, name, is_mute):
        (self.bench.mute if is_mute else self.bench.unmute)(name)

    @rule(source=st.sampled_from(SENSORS), fault=st.sampled_from(sorted(FAULTY)))
    def sensor(self, source, fault):
        self.bench.sensors[source] = lambda _: FAULTY[fault]
        self.is_misled |= (source, fault) == ("flange.speed", "nothing")
        self.scan(2)

    @rule(rate=st.sampled_from((0.001, 0.02)))
    def leak(self, rate):
        self.bench.leak(rate)

    @rule()
    def gas_alarm(self):
        for number in (1, 2):
            self.bench.sensors[f"plc.hood_h2_{number}"] = lambda _: 0.3
        self.scan(2)

    @rule()
    def emergency_stop(self):
        self.bench.is_stop_pressed = True
        self.scan(2)

    @precondition(lambda self: self.bench.state == "automatic")
    @rule()
    def mistake_in_a_step(self):
        self.bench.break_step()
        self.scan(1)

    def teardown(self):
        bench = self.bench
        try:
            bench.answers = True
            self.scan(30)
            bench.server.request(StopNow())
            bench.until(lambda: bench.is_over, most=4000)
            bench.coast(10)
            if self.is_misled and bench.inputs.mode.value == "off":
                bench.coast(600)  # let go too soon, fuel out: it comes to rest by its friction
            judge(bench)
        finally:
            bench.close()
            shutil.rmtree(self.folder)


SafeEnds.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestWhateverHappens = SafeEnds.TestCase


@pytest.fixture
def bench(tmp_path):
    bench = VirtualBench(tmp_path)
    bench.fastest = 0.0
    yield bench
    bench.close()


def finish(bench):
    """Scan to the end; return the highest speed on the way."""
    fastest = 0.0
    while not bench.is_over:
        bench.scan()
        fastest = max(fastest, bench.truth.speed)
        assert bench.seconds < 400
    return fastest


def test_a_leak_ends_the_run_with_the_engine_braked_and_the_valve_shut_within_two_scans(bench):
    bench.until_step("stay")
    before = bench.truth.speed
    bench.leak(0.02)
    bench.until(lambda: bench.loop.stop is not None, most=600)
    reason = bench.loop.stop.message
    assert reason.arguments.get("limit", reason.id) in {"hood-hydrogen", "control.chain-open"}
    assert bench.loop.stop.is_hard
    bench.scan(2)
    assert not bench.truth.fuel_valve_open
    assert not bench.inputs.injection
    assert bench.inputs.mode.value == "n/α"  # the load stays on: it brakes
    assert finish(bench) < 1.1 * before
    judge(bench)
    with open_run(bench.server.path) as run:
        assert run.ending.state == "limit"


def test_hydrogen_is_shut_off_within_two_scans_of_the_detectors_alarm(bench):
    bench.until_step("point")
    for number in (1, 2):
        bench.sensors[f"plc.hood_h2_{number}"] = lambda _: 0.26
    seconds = bench.seconds
    bench.until(lambda: not bench.truth.fuel_valve_open, most=5)
    assert bench.seconds - seconds <= 0.31  # PLC frame, scan, plant: 100 ms each
    finish(bench)
    judge(bench)


@pytest.mark.parametrize("shown", [0.26, math.nan])
def test_one_detector_of_three_warns_and_stops_nothing(bench, shown):
    bench.until_step("point")
    bench.sensors["plc.hood_h2_1"] = lambda _: shown
    bench.scan(20)
    assert bench.server.state().alarms == ("hood-hydrogen-early",)
    finish(bench)
    judge(bench)
    assert bench.loop.stop.state == "completed"


def test_a_cut_bus_leaves_the_controller_holding_its_speed_and_the_plc_shuts_the_valve(bench):
    bench.until_step("stay")
    bench.cut("can0")
    bench.scan(7)  # 500 ms without a heartbeat, then the PLC's own scan
    assert not bench.truth.fuel_valve_open
    assert not bench.inputs.injection
    speed = bench.truth.speed
    bench.fastest = finish(bench)
    bench.coast(10)
    assert bench.truth.speed == pytest.approx(speed, rel=0.02)
    assert bench.inputs.mode.value == "n/α"
    judge(bench)


def test_a_bus_that_comes_back_lets_the_stop_take_the_engine_to_rest(bench):
    bench.until_step("stay")
    bench.cut("can0")
    bench.scan(10)
    bench.cut("can0", is_cut=False)
    bench.fastest = finish(bench)
    judge(bench)


def test_a_hard_stop_never_drives_an_engine_that_stands(bench):
    bench.answers = False
    bench.until_step("start/ready")
    bench.server.request(StopNow(is_hard=True))
    assert finish(bench) < 1 * RPM
    judge(bench)


def test_a_soft_stop_while_cranking_never_runs_the_engine_up(bench):
    bench.until_step("start/flush")
    before = bench.truth.speed
    bench.server.request(StopNow())
    assert finish(bench) < 1.1 * before
    judge(bench)


@pytest.mark.parametrize("scans", [0, 5, 40, 250])
def test_a_second_stop_makes_a_soft_one_hard(bench, scans):
    bench.until_step("stay")
    bench.server.request(StopNow())
    bench.scan(scans)
    assert bench.server.request(StopNow(is_hard=True)).is_accepted
    bench.scan(2)
    assert not bench.truth.fuel_valve_open
    assert not bench.inputs.injection
    assert bench.loop.position.id.startswith("hard-stop/")
    finish(bench)
    judge(bench)


def test_a_stop_that_settles_already_can_still_be_made_hard(bench):
    bench.answers = False
    bench.until_step("start/ready")
    bench.server.request(StopNow())
    bench.until(lambda: bench.loop.stopping.safe_at is not None)
    bench.server.request(StopNow(is_hard=True))
    bench.scan(2)
    assert bench.loop.position.id.startswith("hard-stop/")
    finish(bench)
    judge(bench)


def test_a_gas_alarm_while_held_stops_hard(bench):
    bench.until_step("stay")
    assert bench.server.request(Hold()).is_accepted
    bench.scan(5)
    for number in (1, 2):
        bench.sensors[f"plc.hood_h2_{number}"] = lambda _: 0.3
    finish(bench)
    judge(bench)
    with open_run(bench.server.path) as run:
        assert run.ending.state == "limit"


def test_a_prompt_that_is_refused_ends_the_run_softly(bench):
    bench.until_step("point")
    bench.answers = False
    bench.until_step("confirm")
    bench.server.request(Answer(is_done=False))
    finish(bench)
    judge(bench)
    with open_run(bench.server.path) as run:
        assert run.ending.state == "stopped"


def test_a_run_that_is_stopped_by_a_limit_on_its_way_out_is_not_complete(bench):
    bench.until(lambda: bench.loop.stop is not None)
    assert bench.loop.stop.state == "completed"
    for number in (1, 2):
        bench.sensors[f"plc.room_h2_{number}"] = lambda _: 0.3
    finish(bench)
    judge(bench)
    with open_run(bench.server.path) as run:
        assert run.ending.state == "limit"


def test_a_mistake_in_a_step_runs_the_hard_stop(bench):
    bench.until_step("stay")
    bench.break_step()
    finish(bench)
    assert isinstance(bench.failure, ZeroDivisionError)
    judge(bench)
    with open_run(bench.server.path) as run:
        assert run.ending.state == "error"
        assert "ZeroDivisionError" in run.ending.message.text()


@pytest.mark.parametrize("call", ["row", "record"])
def test_a_recorder_that_breaks_does_not_keep_the_engine_running(bench, monkeypatch, call):
    def broken(*_):
        raise ValueError(call)

    bench.until_step("stay")
    monkeypatch.setattr(bench.server._recorder, call, broken)
    bench.sensors["plc.hood_h2_1"] = lambda _: 0.15  # a warning: an event
    finish(bench)
    assert str(bench.failure) == call
    judge(bench)


def test_a_run_that_completes_ends_safe(bench):
    finish(bench)
    judge(bench)
    with open_run(bench.server.path) as run:
        assert run.ending.state == "completed"
        assert [point.valid for point in run.points] == [True, True]


def test_an_error_inside_is_shown_whole_and_gives_the_exit_code_70(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(MeasureRunner, "tick", Failing().tick.__func__)
    servers = []

    def kept(order, **more):
        servers.append(BenchServer(order, **more))
        return servers[0]

    monkeypatch.setattr(hosting, "BenchServer", kept)
    arguments = [LOADED, "--simulated", "--plant", "warm=1", "--output", tmp_path, "--json"]
    monkeypatch.setattr(sys, "argv", ["h2bench", "run", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == Exit.INTERNAL == 70
    assert "ZeroDivisionError" in capsys.readouterr().err
    state = servers[0].wiring.truth.state
    assert not state.fuel_valve_open
    assert state.speed < AT_REST
    with open_run(servers[0].path) as run:
        assert run.ending.state == "error"
        assert run.steps[-1].id == "hard-stop"


def test_a_file_that_cannot_be_completed_is_told_and_gives_the_exit_code_70(
    tmp_path, monkeypatch, capsys
):
    class Unfinished(BenchServer):
        def close(self, error=None):
            super().close(error)
            raise RunFileError("record.file-gone", path=self.path)

    monkeypatch.setattr(hosting, "BenchServer", Unfinished)
    arguments = ["hydrogen-engine-cell", "--simulated", "--for", "5 s", "--output", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["h2bench", "monitor", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == Exit.INTERNAL
    assert "is gone" in capsys.readouterr().err
