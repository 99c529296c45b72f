"""A run that was cut off comes back: object running, demands as they were, then its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.channel import Range
from bench.control.course import Course, Phase
from bench.control.easing import Easing
from bench.control.outcome import Outcome
from bench.control.reentry import resumption
from bench.control.saved import Saved
from bench.control.sequencer import Sequencer
from bench.control.states import Cause
from bench.errors import Refused
from bench.messages import Bilingual
from bench.plan import (
    HoldNode,
    Plan,
    RampNode,
    RampTargetNode,
    RepeatNode,
    SetNode,
)
from tests.bench.control.hosted import Hosted, hold
from tests.bench.control.hosted import put as load
from tests.bench.small_bench import MODES, SmallBench, head, model_of, sequence

RUNNING, DONE, FAILED, HOLD, PLANNED_STOP = Outcome
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


class Back:
    """Demands on their way back, one scan per second."""

    def __init__(self, bench, **wanted):
        self.bench, self.second = bench, 0
        self.easing = Easing(bench.stage, 1_000_000_000)
        self.easing.keep_named({f"out.{name}": value for name, value in wanted.items()})

    def tick(self, **values):
        self.second += 1
        self.bench.at(self.second, **values)
        return self.easing.go_back()

    def __getitem__(self, index):
        return self.bench.demands.values[index]


def test_selectors_come_first_and_numbers_follow_their_gradients():
    back = Back(a_bench(), speed=25.0, mode=BY_SPEED, fuel=OPEN)
    assert not back.tick()
    assert (back[MODE], back[FUEL], back[SPEED]) == (BY_SPEED, OPEN, 10.0)
    assert not back.tick()
    assert back.tick()
    assert back[SPEED] == 25.0


def with_an_old_torque():
    bench = a_bench()
    for index, value in ((MODE, BY_TORQUE), (TORQUE, 80.0), (MODE, OFF)):
        bench.demands.set(index, value)
    return bench


def test_what_comes_back_with_its_mode_begins_where_it_is_measured():
    back = Back(with_an_old_torque(), torque=80.0, mode=BY_TORQUE)
    assert not back.tick(out_torque=3.0)
    assert back[TORQUE] == 3.0
    back.tick(out_torque=3.0)
    assert back[TORQUE] == pytest.approx(8.0)


def test_what_is_not_measured_begins_at_its_safe_value():
    back = Back(with_an_old_torque(), torque=80.0, mode=BY_TORQUE)
    assert not back.tick()
    assert back[TORQUE] == 0.0


def test_what_is_not_meant_in_the_mode_is_left():
    back = Back(a_bench(), torque=80.0, mode=BY_SPEED, unknown=5.0)
    assert back.tick()
    assert back[TORQUE] == 0.0


@given(st.floats(-100, 100), st.floats(-100, 100), st.sampled_from([OFF, BY_SPEED, BY_TORQUE]))
def test_the_way_back_ends_at_what_was_demanded_and_is_never_steeper(speed, torque, mode):
    back = Back(a_bench(), speed=speed, torque=torque, mode=mode)
    is_there, before = False, back[SPEED]
    while not is_there:
        is_there = back.tick(out_torque=0.0)
        assert abs(back[SPEED] - before) <= 10.0 * (1 + 1e-9)
        before = back[SPEED]
    assert (back[SPEED], back[MODE]) == (speed, mode)
    assert back[TORQUE] == (torque if mode == BY_TORQUE else 0.0)


# -- the whole


PLAN = plan_of(
    put("load", mode=BY_TORQUE, fuel=OPEN, speed=50.0, torque=30.0),
    HoldNode(head("work"), 100.0),
    put("end", speed=0.0, torque=0.0),
)


def cut_off(plan, scans):
    """Return how a run is gone on with that was cut off after so many scans."""
    saved, demands = saved_of(plan, scans)
    return resumption(plan, a_bench().model.demands, saved, demands), saved, demands


def test_what_was_energised_comes_back_through_the_re_entry_to_its_demands_and_its_place():
    way, saved, demands = cut_off(PLAN, 41)
    assert (way.re_entry, way.saved, way.demands) == (PLAN.re_entry, saved, demands)


def test_the_whole_way_is_re_entry_demands_and_the_place_where_it_was():
    _, saved, demands = cut_off(PLAN, 41)
    bench = a_bench()
    course = Course(PLAN, bench.stage, bench, Easing(bench.stage, 1_000_000_000))
    course.begin(saved, demands)
    ticking = Ticking(bench, course)
    assert ticking.until_done(out_torque=0.0) == 6
    assert Saved.from_json(course.saved()) == saved  # cut off again, it comes back to the same
    assert course.kept_demands() == demands
    course.turn_back()
    assert course.phase is Phase.SEQUENCE
    while course.position.id != "work":
        assert Saved.from_json(course.saved()) == saved
        ticking.tick(out_torque=0.0)
    assert bench.demands.named() == demands
    assert course.position.elapsed == 40.0
    assert ticking.until_done() == 60
    begun = [step.id for step in bench.begun]
    assert begun == ["re-entry", "start", "warm", "all", "work", "end"]


def test_what_had_energised_nothing_goes_on_at_once_even_without_a_re_entry():
    plan = plan_of(HoldNode(head("wait"), 10.0), re_entry=None)
    way, saved, demands = cut_off(plan, 4)
    assert (way.re_entry, way.saved, way.demands) == (None, saved, demands)


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
    ticking = Ticking(bench, Sequencer(plan.root, bench.stage, bench, saved=found.saved))
    ticking.tick()
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


def test_a_loop_goes_on_from_the_bookmark_of_another_bench():
    body = (load("a", 50.0), hold("long", 100))
    first = Hosted(*body, re_entry=[load("w", 20.0), hold("warm", 1)]).begin()
    first.scan(100)
    bookmark = first.loop.bookmark()
    second = Hosted(*body, re_entry=[load("w", 20.0), hold("warm", 1)])
    second.scan()
    second.loop.change(Cause.CHECKED)
    second.loop.begin(Saved.from_json(bookmark.position), demands=bookmark.demands)
    second.scan(2)
    again = second.loop.bookmark()
    assert (again.position, again.demands) == (bookmark.position, bookmark.demands)
    assert second.loop.phase == "re-entry"
    before = first.loop.position.elapsed
    while second.loop.position.id != "long":
        second.scan()
    while second.loop.position.elapsed == before:
        second.scan()
    assert second.loop.demands.values[0] == 50.0
    assert second.loop.position.elapsed == pytest.approx(before + 0.1)
