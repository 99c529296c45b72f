"""A run that was cut off comes back: object running, demands as they were, then its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.channel import Range
from bench.control.outcome import Outcome
from bench.control.reentry import Reentry, resumption, returning
from bench.control.restoring import UNBOUNDED
from bench.control.sequencer import Sequencer
from bench.errors import Refused
from bench.messages import Bilingual
from bench.plan import (
    HoldNode,
    Plan,
    RampNode,
    RampTargetNode,
    RepeatNode,
    RestoreNode,
    SetNode,
    WaitNode,
)
from tests.bench.small_bench import MODES, SmallBench, formula, head, model_of, sequence

RUNNING, DONE, FAILED, HOLD = Outcome
SPEED, TORQUE, MODE, FUEL = range(4)
OFF, BY_SPEED, BY_TORQUE = (float(place) for place in range(3))
SHUT, OPEN = 0.0, 1.0


def a_bench():
    """Return a safe bench: a torque that has a meaning in one mode only, a fuel valve."""
    bench = SmallBench(
        model_of(
            ("out.torque", "x.a"),
            demands=[
                ("out.speed", {"gradient": 10.0}),
                (
                    "out.torque",
                    {"gradient": 5.0, "requires": {"out.mode": frozenset({BY_TORQUE})}},
                ),
                ("out.mode", {"choices": MODES, "range": Range()}),
                ("out.fuel", {"choices": ("shut", "open"), "range": Range()}),
            ],
            ages=1e6,
        )
    )
    bench.demands.make_safe()
    return bench


def put(name, **values):
    places = {"speed": SPEED, "torque": TORQUE, "mode": MODE, "fuel": FUEL}
    return SetNode(head(name), tuple((places[key], value) for key, value in values.items()))


START = put("start", mode=BY_SPEED, fuel=OPEN, speed=20.0)
RE_ENTRY = sequence(START, HoldNode(head("warm"), 5.0), name="re-entry")
ENERGISED = {"out.speed": 50.0, "out.torque": 30.0, "out.mode": BY_TORQUE, "out.fuel": OPEN}


def plan_of(*body, re_entry=RE_ENTRY):
    nothing = sequence(name="none")
    return Plan(
        name="lab/endurance",
        title=Bilingual("test"),
        root=sequence(*body),
        soft_stop=nothing,
        hard_stop=nothing,
        unload=nothing,
        limits=(),
        parameters={},
        texts={},
        re_entry=re_entry,
    )


class Ticking:
    """Something that ticks like a sequence on a bench, once a second."""

    def __init__(self, bench, running):
        self.bench, self.running = bench, running
        self.second = 0

    def tick(self, **values):
        self.second += 1
        self.bench.at(self.second, **values)
        return self.running.tick()

    def until_done(self, most=200, **values):
        for scans in range(1, most):
            if self.tick(**values) is not RUNNING:
                return scans
        raise AssertionError(self.running.position)


def saved_of(plan, scans, bench=None):
    bench = bench or a_bench()
    ticking = Ticking(bench, Sequencer(plan.root, bench.stage, bench))
    for _ in range(scans):
        ticking.tick()
    return ticking.running.saved(), bench.demands.named()


# -- the way back to the demands


def restore(bench, **wanted):
    demands = {f"out.{name}": value for name, value in wanted.items()}
    node = RestoreNode(head("back"), demands)
    return Ticking(bench, Sequencer(sequence(node), bench.stage, bench))


def test_selectors_come_first_and_numbers_follow_their_gradients():
    bench = a_bench()
    way = restore(bench, speed=35.0, mode=BY_SPEED, fuel=OPEN)
    way.tick()
    assert bench.demands.values[MODE] == BY_SPEED
    assert bench.demands.values[FUEL] == OPEN
    assert bench.demands.values[SPEED] == 0.0
    way.tick()
    assert bench.demands.values[SPEED] == 10.0
    assert way.until_done() == 3
    assert bench.demands.values[SPEED] == 35.0


def test_what_comes_back_with_its_mode_begins_where_it_is_measured():
    bench = a_bench()
    bench.demands.set(MODE, BY_TORQUE)
    bench.demands.set(TORQUE, 80.0)
    bench.demands.set(MODE, OFF)
    way = restore(bench, torque=80.0, mode=BY_TORQUE)
    way.tick(out_torque=3.0)
    assert bench.demands.values[TORQUE] == 3.0
    way.tick(out_torque=3.0)
    assert bench.demands.values[TORQUE] == pytest.approx(8.0)


def test_what_is_not_measured_begins_at_its_safe_value():
    bench = a_bench()
    bench.demands.set(MODE, BY_TORQUE)
    bench.demands.set(TORQUE, 80.0)
    bench.demands.set(MODE, OFF)
    restore(bench, torque=80.0, mode=BY_TORQUE).tick()
    assert bench.demands.values[TORQUE] == 0.0


def test_what_is_not_meant_in_the_mode_is_left():
    bench = a_bench()
    way = restore(bench, torque=80.0, mode=BY_SPEED, unknown=5.0)
    assert way.tick() is DONE
    assert bench.demands.values[TORQUE] == 0.0


def test_a_gradient_that_nothing_bounds_takes_a_while():
    bench = SmallBench(model_of(("x.a",), demands=[("out.speed", {})], ages=1e6))
    bench.demands.make_safe()
    assert restore(bench, speed=50.0).until_done() == UNBOUNDED + 1


def test_held_on_its_way_it_goes_on_from_where_the_demands_are():
    bench = a_bench()
    way = restore(bench, speed=50.0)
    for _ in range(3):
        way.tick()
    way.running.interrupt()
    bench.demands.set(SPEED, 0.0)
    assert way.until_done() == 6


@given(st.floats(-100, 100), st.floats(-100, 100), st.sampled_from([OFF, BY_SPEED, BY_TORQUE]))
def test_the_way_back_ends_at_what_was_demanded_and_is_never_steeper(speed, torque, mode):
    bench = a_bench()
    way = restore(bench, speed=speed, torque=torque, mode=mode)
    is_done, before = False, bench.demands.values[SPEED]
    while not is_done:
        is_done = way.tick(out_torque=0.0) is DONE
        now = bench.demands.values[SPEED]
        assert abs(now - before) <= 10.0 * (1 + 1e-9)
        before = now
    assert bench.demands.values[MODE] == mode
    assert bench.demands.values[SPEED] == speed
    assert bench.demands.values[TORQUE] == (torque if mode == BY_TORQUE else 0.0)


def test_after_a_recovery_the_demands_before_it_come_back():
    bench = a_bench()
    for index, value in ((MODE, BY_TORQUE), (SPEED, 50.0), (TORQUE, 30.0)):
        bench.demands.set(index, value)
    before = bench.demands.named()
    down = sequence(put("idle", torque=0.0, mode=OFF), HoldNode(head("cool"), 10.0), name="settle")
    way = Ticking(bench, Sequencer(returning(down, before), bench.stage, bench))
    way.until_done(out_torque=0.0)
    assert bench.demands.named() == before
    assert bench.steps[-2:] == [("settle/demands", "done"), ("settle", "done")]


# -- the whole


PLAN = plan_of(
    put("load", mode=BY_TORQUE, fuel=OPEN, speed=50.0, torque=30.0),
    HoldNode(head("work"), 100.0),
    put("end", speed=0.0, torque=0.0),
)


def test_a_run_comes_back_through_its_re_entry_to_its_demands_and_its_place():
    saved, demands = saved_of(PLAN, 41)
    bench = a_bench()
    back = Ticking(bench, Reentry(PLAN, bench.stage, bench, saved, demands))
    assert back.running.demands == demands
    back.tick(out_torque=0.0)
    assert (back.running.position.id, bench.demands.values[SPEED]) == ("warm", 20.0)
    while back.running.position.id != "work":
        assert back.running.saved() == saved  # cut off on its way, it comes back to the same
        back.tick(out_torque=0.0)
    assert back.running.demands is None
    assert bench.demands.named() == demands
    assert back.running.position.elapsed == 40.0
    assert back.until_done() == 60
    begun = [step.id for step in bench.begun]
    assert begun == ["re-entry", "start", "warm", "re-entry/demands", "all", "work", "end"]


def test_a_step_of_the_re_entry_that_fails_ends_it():
    failing = WaitNode(head("fire"), formula("x.a > 9"), "x.a > 9", 3.0, "stop")
    plan = plan_of(*PLAN.root.body, re_entry=sequence(failing, name="re-entry"))
    saved, demands = saved_of(plan, 5)
    bench = a_bench()
    back = Ticking(bench, Reentry(plan, bench.stage, bench, saved, demands))
    assert back.until_done() == 4
    assert bench.steps[-1] == ("re-entry", "stopped")
    assert back.running.saved() == saved


def test_what_had_energised_nothing_goes_on_at_once_even_without_a_re_entry():
    plan = plan_of(HoldNode(head("wait"), 10.0), re_entry=None)
    saved, demands = saved_of(plan, 4)
    bench = a_bench()
    back = Ticking(bench, Reentry(plan, bench.stage, bench, saved, demands))
    assert back.running.demands is None
    assert back.until_done() == 8
    assert [step.id for step in bench.begun] == ["all", "wait"]


def test_without_a_re_entry_what_was_energised_is_not_gone_on_with():
    plan = plan_of(*PLAN.root.body, re_entry=None)
    saved, demands = saved_of(plan, 5)
    with pytest.raises(Refused, match="re-entry") as refusal:
        resumption(plan, a_bench().model.demands, saved, demands)
    assert "out.torque = 30" in str(refusal.value)


def test_an_object_that_did_not_run_yet_is_not_taken_back_there():
    plan = plan_of(put("crank", mode=BY_SPEED, speed=10.0), HoldNode(head("flush"), 10.0))
    saved, demands = saved_of(plan, 5)
    with pytest.raises(Refused, match=r"flush.*started or stopped.*out.fuel was shut"):
        resumption(plan, a_bench().model.demands, saved, demands)


def test_a_recovery_point_begins_anew_from_its_demands_of_then():
    starting = sequence(
        put("crank", mode=BY_SPEED, speed=10.0),
        HoldNode(head("flush"), 10.0),
        name="start-up",
        is_recovery_point=True,
    )
    plan = plan_of(HoldNode(head("before"), 2.0), starting)
    saved, demands = saved_of(plan, 5)
    assert demands["out.speed"] == 10.0
    found = resumption(plan, a_bench().model.demands, saved, demands)
    assert found.re_entry is None  # it had begun with a safe object
    assert found.demands["out.speed"] == 0.0
    bench = a_bench()
    back = Ticking(bench, Reentry(plan, bench.stage, bench, saved, demands))
    back.tick()
    assert [step.id for step in bench.begun] == ["all", "start-up", "crank", "flush"]


def test_a_loop_that_is_a_recovery_point_begins_its_pass_anew():
    ramp = RampNode(head("up"), (RampTargetNode(SPEED, 60.0, 10.0),), None)
    loop = RepeatNode(head("laps", is_recovery_point=True), 4, (put("lap", speed=20.0), ramp))
    plan = plan_of(START, loop)
    saved, demands = saved_of(plan, 8)
    found = resumption(plan, a_bench().model.demands, saved, demands)
    assert (found.saved.frames[-1].turn, found.saved.frames[-1].child) == (2, 0)
    assert (found.demands["out.speed"], demands["out.speed"]) == (60.0, 50.0)


def test_what_is_through_is_not_gone_on_with():
    saved, demands = saved_of(PLAN, 200)
    with pytest.raises(Refused, match="nothing to go on with"):
        resumption(PLAN, a_bench().model.demands, saved, demands)


def test_held_on_its_way_the_time_of_the_re_entry_stands_still():
    saved, demands = saved_of(PLAN, 5)
    bench = a_bench()
    back = Ticking(bench, Reentry(PLAN, bench.stage, bench, saved, demands))
    back.tick()
    back.running.interrupt()
    back.second += 100
    back.tick()
    assert back.running.position.id == "warm"
    back.running.abandon()
    assert bench.steps[-1] == ("re-entry", "stopped")
