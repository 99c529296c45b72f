"""The stops of a hot stack, judged on the plant: what each protects, and what it gives up."""

from contextlib import suppress
from dataclasses import replace
from functools import cache

import pytest

from bench.check import check
from bench.clock import SECOND
from bench.config import Catalogue
from bench.control.left_stop import LeftStop
from bench.control.saved import Saved
from bench.control.states import State
from bench.record.port import Ending
from bench.service import server
from bench.service.requests import GoOn, StopNow
from bench.service.server import BenchServer, Order

STAY = """\
protocol: tests/stay
title: {en: Stay}
object: solid-oxide
rig: short-stack-bench
steps:
  - id: ventilate
    set: {room.ventilation: 100 %, safety_gas.valve: "on"}
  - id: ventilated
    hold: 20 s
  - id: open-fuel
    set: {fuel.valve: open}
  - id: fuel
    ramp: {hydrogen.flow: 2 Ln/min, over: 1 min}
  - id: stay
    hold: 10 h
"""
PEOPLE_FIRST = StopNow(is_hard=True, is_people_first=True)


@cache
def checked(text):
    """Return a protocol and its rig, checked."""
    return check(str(text), None, {}, Catalogue.shipped(), is_simulated=True)


class Furnace:
    """A short stack at 750 degC, its bench and the plant as it is."""

    def __init__(self, folder, protocol):
        order = checked(protocol)
        simulation = order.model.simulation
        warm = replace(simulation, parameters={**simulation.parameters, "warm": 1.0})
        self.server = BenchServer(
            Order(order.model, order.plan, folder, is_simulated=True, simulation=warm, seed=1)
        )
        self.loop = self.server.loop
        self.host = self.server.wiring.truth

    @property
    def truth(self):
        return self.host.state

    @property
    def inputs(self):
        return self.host.inputs

    def scan(self, count=1):
        for _ in range(count):
            self.server.step()

    def until(self, reached, most=3000):
        for _ in range(most):
            if reached():
                return
            self.scan()
        raise AssertionError(self.server.state())

    def until_step(self, step):
        self.until(lambda: self.loop.position.id == step)

    def cut_buses(self, *, are_cut=True):
        for worker in self.server.wiring.workers:
            if worker.name in self.loop.model.buses:
                worker.is_cut = are_cut

    def restart(self, seconds):
        """End the server without a word, and open the bench anew after a time."""
        before = self.server
        left = before.loop.bookmark()
        if seconds:
            self.cut_buses()
            before.loop._pace.advance(before.clock.now() + round(seconds * SECOND))
            self.cut_buses(are_cut=False)
        before.loop.log.shut()
        before._recorder.close(Ending("error", None, before.clock.now()))
        before._queue.clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(server, "opened", lambda *_: before.wiring)
            patch.setattr(server, "deque", lambda: before._queue)
            order = replace(before.order, is_started=False)
            self.server = BenchServer(order, clock=before.clock, stays=True)
        self.loop = self.server.loop
        self.loop.left = LeftStop(left.phase, Saved.from_json(left.position), left.demands)
        self.scan(5)


@pytest.fixture(scope="module")
def protocol(tmp_path_factory):
    path = tmp_path_factory.mktemp("protocols") / "stay.yaml"
    path.write_text(STAY, encoding="utf-8")
    return path


@pytest.fixture
def bench(tmp_path, protocol):
    bench = Furnace(tmp_path, protocol)
    yield bench
    with suppress(Exception):
        bench.server.close()


def on_fuel(bench):
    bench.until_step("stay")
    bench.scan(30)
    assert bench.inputs.fuel_valve
    assert bench.truth.wear.redox_events == 0
    return bench


def asked(bench, request):
    reply = bench.server.request(request)
    assert reply.is_accepted, reply.reason


def test_people_first_shuts_all_that_burns_and_a_hot_stack_oxidises(bench):
    asked(on_fuel(bench), PEOPLE_FIRST)
    bench.scan(10)
    inputs = bench.inputs
    energised = {inputs.fuel_valve, inputs.safety_gas, inputs.load_contactor, inputs.heater}
    assert energised == {False}
    assert inputs.ventilation
    assert inputs.hydrogen_flow == inputs.safety_gas_flow == 0
    assert inputs.nitrogen_flow > 0
    bench.until(lambda: bench.truth.wear.redox_events > 0)
    assert bench.loop.phase == "people-first"
    assert not bench.inputs.safety_gas


def test_people_first_also_ends_a_hard_stop_that_feeds_safety_gas(bench):
    asked(on_fuel(bench), StopNow(is_hard=True))
    bench.scan(20)
    assert bench.inputs.safety_gas
    assert bench.server.state().costs is not None
    asked(bench, PEOPLE_FIRST)
    bench.scan(5)
    assert bench.loop.phase == "people-first"
    assert not bench.inputs.safety_gas


@pytest.mark.parametrize("is_hard", [False, True])
def test_the_hot_hold_of_a_stop_ends_on_order_and_the_stack_cools_down(bench, is_hard):
    asked(on_fuel(bench), StopNow(is_hard))
    name = "hard-stop" if is_hard else "soft-stop"
    bench.until_step(f"{name}/hot-hold")
    before = bench.server.state()
    assert before.position.is_skippable
    assert 5 * 3600 < before.remaining < 60 * 3600
    assert before.remaining == before.stops[name]
    asked(bench, GoOn())
    bench.scan(2)
    assert bench.loop.position.id == f"{name}/cool"
    assert bench.server.state().remaining < before.remaining - 1.9 * 3600
    bench.scan(30)
    assert bench.inputs.safety_gas
    assert bench.truth.wear.redox_events == 0


def test_without_the_computer_the_safety_plc_alone_keeps_the_stack_unharmed(bench):
    on_fuel(bench)
    bench.cut_buses()
    bench.loop._pace.advance(bench.server.clock.now() + 1200 * SECOND)
    inputs = bench.inputs
    assert {inputs.fuel_valve, inputs.load_contactor} == {False}
    assert inputs.safety_gas
    assert bench.host.state.wear.redox_events == 0
    assert bench.host.state.wear.nickel_oxide == 0
    assert bench.loop.state is State.AUTOMATIC  # nobody scans any more


@pytest.mark.parametrize("step", ["hot-hold", "cool"])
@pytest.mark.parametrize(("is_hard", "seconds"), [(False, 0), (True, 0), (True, 30)])
def test_a_stop_cut_off_while_hot_goes_on_there_when_it_is_asked_for(bench, step, is_hard, seconds):
    name = "hard-stop" if is_hard else "soft-stop"
    asked(on_fuel(bench), StopNow(is_hard))
    bench.until_step(f"{name}/hot-hold")
    bench.scan(60)
    if step == "cool":
        asked(bench, GoOn())
        bench.scan(600)
    assert bench.loop.position.id == f"{name}/{step}"
    before, oven = bench.server.state().remaining, bench.loop.demands.named()
    bench.restart(seconds)
    assert not bench.loop.is_actuating
    assert bench.inputs.safety_gas
    assert (bench.loop.state is State.TRIPPED) == (seconds > 0)
    asked(bench, StopNow(is_hard))
    bench.scan(30)
    assert bench.loop.position.id == f"{name}/{step}"
    assert bench.server.state().remaining == pytest.approx(before, abs=1200)
    going_on = bench.loop.demands.named()
    assert going_on["safety_gas.valve"] == 1.0
    if step == "cool":
        lower = going_on["furnace.temperature"]
        assert oven["furnace.temperature"] - 5 < lower < oven["furnace.temperature"]
    assert bench.truth.wear.redox_events == 0
