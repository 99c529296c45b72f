"""The program ends while an engine runs; its successor moves nothing until a person says so.

Judged on the plant. The program ends with its cables: nothing reaches the instruments any more,
and what they do by themselves goes on.
"""

from contextlib import suppress
from dataclasses import replace

import pytest

from bench.clock import SECOND
from bench.control.states import State
from bench.record.port import Ending
from bench.runs import open_run
from bench.service import server
from bench.service.requests import Reset, StopNow
from bench.service.server import BenchServer
from tests.system.virtual_bench import RPM, VirtualBench

BUSES = ("can0", "can1")


def restart(bench, seconds):
    """End the server without a word, and open the bench anew after a time."""
    before = bench.server
    for bus in BUSES:
        bench.cut(bus)
    before.loop._pace.advance(before.clock.now() + round(seconds * SECOND))
    before.loop.log.shut()  # its file is not the point
    before._recorder.close(Ending("error", None, before.clock.now()))
    before._queue.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "opened", lambda *_: before.wiring)
        patch.setattr(server, "deque", lambda: before._queue)
        order = replace(before.order, is_started=False)
        bench.server = BenchServer(order, clock=before.clock, stays=True)
    bench.loop = bench.server.loop
    for bus in BUSES:
        bench.cut(bus, is_cut=False)


@pytest.fixture
def bench(tmp_path):
    bench = VirtualBench(tmp_path)
    yield bench
    with suppress(Exception):
        bench.close()


def stop(bench, *, is_hard):
    """Ask for a stop, and scan to its end."""
    assert bench.server.request(StopNow(is_hard)).is_accepted
    for _ in range(2000):
        bench.server.step()
        if bench.loop.is_finished:
            return
    raise AssertionError(bench.server.state())


def judge(bench):
    truth, inputs = bench.truth, bench.inputs
    assert truth.speed < 25 * RPM
    assert not truth.fuel_valve_open
    assert not inputs.injection
    assert not inputs.ignition
    assert inputs.mode.value == "off"
    assert truth.ventilation_on


def close_chain(bench):
    bench.is_key_turned = True
    bench.scan(3)
    bench.is_key_turned = False
    bench.scan(3)
    assert bench.server.request(Reset()).is_accepted
    assert bench.server.request(Reset()).is_accepted
    assert bench.loop.state is State.MONITOR


@pytest.mark.parametrize("step", ["stay", "start/flush"])
def test_an_engine_that_a_lost_server_left_turning_turns_until_somebody_stops_it(bench, step):
    bench.until_step(step)
    restart(bench, 10)
    bench.scan(100)
    assert bench.truth.speed > 100 * RPM
    assert not bench.loop.is_actuating


@pytest.mark.parametrize("is_hard", [False, True])
def test_in_tripped_a_stop_is_the_hard_one_and_the_engine_comes_to_rest(bench, is_hard):
    bench.until_step("stay")
    restart(bench, 10)
    bench.scan(20)
    assert bench.loop.state is State.TRIPPED
    stop(bench, is_hard=is_hard)
    judge(bench)
    assert bench.loop.state is State.TRIPPED
    bench.close()
    with open_run(bench.server.path) as run:
        steps = [each.id for each in run.steps]
    assert "hard-stop/cut" in steps
    assert "hard-stop/run-down" in steps


@pytest.mark.parametrize("is_hard", [False, True])
@pytest.mark.parametrize("step", ["stay", "start/flush"])
def test_from_monitor_a_stop_brings_an_engine_to_rest_that_the_dynamometer_drives(
    bench, step, is_hard
):
    bench.until_step(step)
    restart(bench, 10)
    bench.scan(20)
    if bench.loop.state is State.TRIPPED:
        close_chain(bench)
    fastest = bench.truth.speed
    stop(bench, is_hard=is_hard)
    assert bench.loop.state is State.SAFE
    judge(bench)
    assert bench.truth.speed <= fastest
